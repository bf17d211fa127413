//! The facts of lists and structures: sizes and members. Source: API reference, the data types.

use super::texts::{
    ACCESS_CONTROL_RULE_ACTION, ACCESS_EFFECT, APPLICATION_ARN, BOOLEAN, DEVICE_MODEL,
    DEVICE_OPERATING_SYSTEM, DEVICE_TYPE, DEVICE_USER_AGENT, DOMAIN_NAME, ENTITY_IDENTIFIER,
    ENTITY_STATE, EXTERNAL_USER_NAME, FOLDER_NAME, HOSTED_ZONE_ID,
    IDENTITY_PROVIDER_USER_ID_PREFIX, IMPERSONATION_ROLE_ID, IMPERSONATION_RULE_DESCRIPTION,
    IMPERSONATION_RULE_ID, IMPERSONATION_RULE_NAME, INSTANCE_ARN, IP_RANGE, LAMBDA_ARN, PASSWORD,
    PERMISSION_TYPE, PERSONAL_ACCESS_TOKEN_CONFIGURATION_STATUS,
    PERSONAL_ACCESS_TOKEN_LIFETIME_IN_DAYS, RETENTION_ACTION, RETENTION_PERIOD, STRING, TAG_KEY,
    TAG_VALUE, URL, USER_ATTRIBUTE, WORK_MAIL_IDENTIFIER,
};
use super::{Shape, list, optional, required};

pub(super) static ACTIONS_LIST: Shape = list(0, Some(10), &ACCESS_CONTROL_RULE_ACTION);
pub(super) static BOOKING_OPTIONS: Shape = Shape::Structure(&[
    optional("AutoAcceptRequests", &BOOLEAN),
    optional("AutoDeclineRecurringRequests", &BOOLEAN),
    optional("AutoDeclineConflictingRequests", &BOOLEAN),
]);
pub(super) static DEVICE_MODEL_LIST: Shape = list(1, Some(10), &DEVICE_MODEL);
pub(super) static DEVICE_OPERATING_SYSTEM_LIST: Shape = list(1, Some(10), &DEVICE_OPERATING_SYSTEM);
pub(super) static DEVICE_TYPE_LIST: Shape = list(1, Some(10), &DEVICE_TYPE);
pub(super) static DEVICE_USER_AGENT_LIST: Shape = list(1, Some(10), &DEVICE_USER_AGENT);
pub(super) static DOMAIN: Shape = Shape::Structure(&[
    required("DomainName", &DOMAIN_NAME),
    optional("HostedZoneId", &HOSTED_ZONE_ID),
]);
pub(super) static DOMAINS: Shape = list(0, Some(5), &DOMAIN);
pub(super) static EWS_AVAILABILITY_PROVIDER: Shape = Shape::Structure(&[
    required("EwsEndpoint", &URL),
    required("EwsUsername", &EXTERNAL_USER_NAME),
    required("EwsPassword", &PASSWORD),
]);
pub(super) static FOLDER_CONFIGURATION: Shape = Shape::Structure(&[
    required("Name", &FOLDER_NAME),
    required("Action", &RETENTION_ACTION),
    optional("Period", &RETENTION_PERIOD),
]);
pub(super) static FOLDER_CONFIGURATIONS: Shape = list(0, None, &FOLDER_CONFIGURATION);
pub(super) static IDENTITY_CENTER_CONFIGURATION: Shape = Shape::Structure(&[
    required("InstanceArn", &INSTANCE_ARN),
    required("ApplicationArn", &APPLICATION_ARN),
]);
pub(super) static IMPERSONATION_ROLE_ID_LIST: Shape = list(0, Some(10), &IMPERSONATION_ROLE_ID);
pub(super) static IMPERSONATION_RULE: Shape = Shape::Structure(&[
    required("ImpersonationRuleId", &IMPERSONATION_RULE_ID),
    optional("Name", &IMPERSONATION_RULE_NAME),
    optional("Description", &IMPERSONATION_RULE_DESCRIPTION),
    required("Effect", &ACCESS_EFFECT),
    optional("TargetUsers", &TARGET_USERS),
    optional("NotTargetUsers", &TARGET_USERS),
]);
pub(super) static IMPERSONATION_RULE_LIST: Shape = list(0, Some(10), &IMPERSONATION_RULE);
pub(super) static IP_RANGE_LIST: Shape = list(0, Some(1024), &IP_RANGE);
pub(super) static LAMBDA_AVAILABILITY_PROVIDER: Shape =
    Shape::Structure(&[required("LambdaArn", &LAMBDA_ARN)]);
pub(super) static LIST_GROUPS_FILTERS: Shape = Shape::Structure(&[
    optional("NamePrefix", &STRING),
    optional("PrimaryEmailPrefix", &STRING),
    optional("State", &ENTITY_STATE),
]);
pub(super) static LIST_GROUPS_FOR_ENTITY_FILTERS: Shape =
    Shape::Structure(&[optional("GroupNamePrefix", &STRING)]);
pub(super) static LIST_RESOURCES_FILTERS: Shape = Shape::Structure(&[
    optional("NamePrefix", &STRING),
    optional("PrimaryEmailPrefix", &STRING),
    optional("State", &ENTITY_STATE),
]);
pub(super) static LIST_USERS_FILTERS: Shape = Shape::Structure(&[
    optional("UsernamePrefix", &STRING),
    optional("DisplayNamePrefix", &USER_ATTRIBUTE),
    optional("PrimaryEmailPrefix", &STRING),
    optional("State", &ENTITY_STATE),
    optional(
        "IdentityProviderUserIdPrefix",
        &IDENTITY_PROVIDER_USER_ID_PREFIX,
    ),
]);
pub(super) static PERMISSION_VALUES: Shape = list(0, None, &PERMISSION_TYPE);
pub(super) static PERSONAL_ACCESS_TOKEN_CONFIGURATION: Shape = Shape::Structure(&[
    required("Status", &PERSONAL_ACCESS_TOKEN_CONFIGURATION_STATUS),
    optional("LifetimeInDays", &PERSONAL_ACCESS_TOKEN_LIFETIME_IN_DAYS),
]);
pub(super) static TAG: Shape =
    Shape::Structure(&[required("Key", &TAG_KEY), required("Value", &TAG_VALUE)]);
pub(super) static TAG_KEY_LIST: Shape = list(0, Some(50), &TAG_KEY);
pub(super) static TAG_LIST: Shape = list(0, Some(50), &TAG);
pub(super) static TARGET_USERS: Shape = list(1, Some(10), &ENTITY_IDENTIFIER);
pub(super) static USER_ID_LIST: Shape = list(0, Some(10), &WORK_MAIL_IDENTIFIER);
