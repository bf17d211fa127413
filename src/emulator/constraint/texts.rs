//! The facts of texts, words, numbers and flags: lengths, patterns, values, bounds.
//! Source: API reference, the members of the operations and data types; where its print misleads, the
//! published model.

use super::{Shape, number, patterned, text};

pub(super) static ACCESS_CONTROL_RULE_ACTION: Shape = patterned(1, 64, r"[a-zA-Z]+");
pub(super) static ACCESS_CONTROL_RULE_DESCRIPTION: Shape = patterned(0, 255, r"[\u0020-\u00FF]+");
pub(super) static ACCESS_CONTROL_RULE_EFFECT: Shape = Shape::Word(&["ALLOW", "DENY"]);
pub(super) static ACCESS_CONTROL_RULE_NAME: Shape = patterned(1, 64, r"[a-zA-Z0-9_-]+");
pub(super) static ACCESS_EFFECT: Shape = Shape::Word(&["ALLOW", "DENY"]);
pub(super) static AMAZON_RESOURCE_NAME: Shape = patterned(
    1,
    1011,
    r"arn:aws:workmail:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}",
);
pub(super) static APPLICATION_ARN: Shape = patterned(
    10,
    1224,
    r"^arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b):sso::\d{12}:application/(sso)?ins-[a-zA-Z0-9-.]{16}/apl-[a-zA-Z0-9]{16}$",
);
pub(super) static BOOLEAN: Shape = Shape::Flag;
pub(super) static BOOLEAN_OBJECT: Shape = Shape::Flag;
pub(super) static DESCRIPTION: Shape = patterned(0, 1023, r"[\S\s]*");
pub(super) static DEVICE_ID: Shape = patterned(1, 32, r"[A-Za-z0-9]+");
pub(super) static DEVICE_MODEL: Shape = patterned(1, 256, r"[\u0020-\u00FF]+");
pub(super) static DEVICE_OPERATING_SYSTEM: Shape = patterned(1, 256, r"[\u0020-\u00FF]+");
pub(super) static DEVICE_TYPE: Shape = patterned(1, 256, r"[\u0020-\u00FF]+");
pub(super) static DEVICE_USER_AGENT: Shape = patterned(1, 256, r"[\u0020-\u00FF]+");
pub(super) static DIRECTORY_ID: Shape = patterned(12, 12, r"^d-[0-9a-f]{10}$");
pub(super) static DOMAIN_NAME: Shape = patterned(3, 255, r"[a-zA-Z0-9.-]+");
pub(super) static EMAIL_ADDRESS: Shape = patterned(
    1,
    254,
    r"[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]+\.[a-zA-Z-]{2,}",
);
pub(super) static ENTITY_IDENTIFIER: Shape = patterned(1, 256, r"[a-zA-Z0-9._%+@-]+");
pub(super) static ENTITY_STATE: Shape = Shape::Word(&["ENABLED", "DISABLED", "DELETED"]);
pub(super) static EXTERNAL_USER_NAME: Shape = patterned(0, 256, r"[\u0020-\u00FF]+");
pub(super) static FOLDER_NAME: Shape = Shape::Word(&[
    "INBOX",
    "DELETED_ITEMS",
    "SENT_ITEMS",
    "DRAFTS",
    "JUNK_EMAIL",
]);
pub(super) static GROUP_NAME: Shape = patterned(1, 256, r"[\u0020-\u00FF]+");
pub(super) static HOSTED_ZONE_ID: Shape = patterned(1, 32, r"[^/\\]*");
pub(super) static IDEMPOTENCY_CLIENT_TOKEN: Shape = patterned(1, 128, r"[\x21-\x7e]+");
pub(super) static IDENTITY_CENTER_APPLICATION_NAME: Shape = patterned(0, 255, r"^[\w+=,.@-]+$");
pub(super) static IDENTITY_PROVIDER_AUTHENTICATION_MODE: Shape =
    Shape::Word(&["IDENTITY_PROVIDER_ONLY", "IDENTITY_PROVIDER_AND_DIRECTORY"]);
pub(super) static IDENTITY_PROVIDER_USER_ID: Shape = patterned(
    1,
    47,
    r"^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$",
);
pub(super) static IDENTITY_PROVIDER_USER_ID_FOR_UPDATE: Shape = patterned(
    0,
    47,
    r"^$|^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$",
);
pub(super) static IDENTITY_PROVIDER_USER_ID_PREFIX: Shape = patterned(1, 47, r"^[A-Fa-f0-9-]+$");
pub(super) static IMPERSONATION_ROLE_DESCRIPTION: Shape =
    patterned(1, 256, r"[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F\x3C\x3E\x5C]+");
pub(super) static IMPERSONATION_ROLE_ID: Shape = patterned(1, 64, r"[a-zA-Z0-9_-]+");
pub(super) static IMPERSONATION_ROLE_NAME: Shape =
    patterned(1, 64, r"[^\x00-\x1F\x7F\x3C\x3E\x5C]+");
pub(super) static IMPERSONATION_ROLE_TYPE: Shape = Shape::Word(&["FULL_ACCESS", "READ_ONLY"]);
pub(super) static IMPERSONATION_RULE_DESCRIPTION: Shape =
    patterned(1, 256, r"[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F\x3C\x3E\x5C]+");
pub(super) static IMPERSONATION_RULE_ID: Shape = patterned(1, 64, r"[a-zA-Z0-9_-]+");
pub(super) static IMPERSONATION_RULE_NAME: Shape =
    patterned(1, 64, r"[^\x00-\x1F\x7F\x3C\x3E\x5C]+");
pub(super) static INSTANCE_ARN: Shape = patterned(
    10,
    1124,
    r"^arn:(aws|aws-us-gov|aws-cn|aws-iso|aws-iso-b):sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$",
);
pub(super) static IP_ADDRESS: Shape = patterned(
    1,
    15,
    r"^(([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$",
);
pub(super) static IP_RANGE: Shape = patterned(
    1,
    18,
    r"^(([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])/([0-9]|[12][0-9]|3[0-2])$",
);
pub(super) static KMS_KEY_ARN: Shape = patterned(
    20,
    2048,
    r"arn:aws:kms:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}",
);
pub(super) static LAMBDA_ARN: Shape = patterned(
    49,
    256,
    r"arn:aws:lambda:[a-z]{2}-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9\-_\.]+(:(\$LATEST|[a-zA-Z0-9\-_]+))?",
);
pub(super) static LOG_GROUP_ARN: Shape = patterned(
    47,
    562,
    r"arn:aws:logs:[a-z\-0-9]*:[0-9]{12}:log-group:([\.\-_/#A-Za-z0-9]+):\*$",
);
pub(super) static MAILBOX_EXPORT_JOB_ID: Shape = patterned(1, 63, r"[A-Za-z0-9-]+");
pub(super) static MAILBOX_QUOTA: Shape = number(1, None);
pub(super) static MAX_RESULTS: Shape = number(1, Some(100));
pub(super) static MOBILE_DEVICE_ACCESS_RULE_DESCRIPTION: Shape = patterned(1, 256, r"[\S\s]+");
pub(super) static MOBILE_DEVICE_ACCESS_RULE_EFFECT: Shape = Shape::Word(&["ALLOW", "DENY"]);
pub(super) static MOBILE_DEVICE_ACCESS_RULE_ID: Shape = patterned(1, 64, r"[a-zA-Z0-9_-]+");
pub(super) static MOBILE_DEVICE_ACCESS_RULE_NAME: Shape = patterned(1, 64, r"[\S\s]+");
pub(super) static NEW_RESOURCE_DESCRIPTION: Shape = text(0, 64);
pub(super) static NEXT_TOKEN: Shape = patterned(1, 1024, r"[\S\s]*|[a-zA-Z0-9/+=]{1,1024}");
pub(super) static ORGANIZATION_ID: Shape = patterned(34, 34, r"^m-[0-9a-f]{32}$");
pub(super) static ORGANIZATION_NAME: Shape =
    patterned(1, 62, r"^(?!d-)([\da-zA-Z]+)([-][\da-zA-Z]+)*");
pub(super) static PASSWORD: Shape = patterned(0, 256, r"[\u0020-\u00FF]+");
pub(super) static PERMISSION_TYPE: Shape =
    Shape::Word(&["FULL_ACCESS", "SEND_AS", "SEND_ON_BEHALF"]);
pub(super) static PERSONAL_ACCESS_TOKEN_CONFIGURATION_STATUS: Shape =
    Shape::Word(&["ACTIVE", "INACTIVE"]);
pub(super) static PERSONAL_ACCESS_TOKEN_ID: Shape = patterned(1, 64, r"[a-zA-Z0-9_-]+");
pub(super) static PERSONAL_ACCESS_TOKEN_LIFETIME_IN_DAYS: Shape = number(1, Some(3653));
pub(super) static POLICY_DESCRIPTION: Shape = patterned(0, 256, r"[\w\d\s\S\-!?=,.;:'_]+");
pub(super) static RESOURCE_DESCRIPTION: Shape = text(1, 64);
pub(super) static RESOURCE_NAME: Shape =
    patterned(1, 20, r"[\w\-.]+(@[a-zA-Z0-9.\-]+\.[a-zA-Z0-9-]{2,})?");
pub(super) static RESOURCE_TYPE: Shape = Shape::Word(&["ROOM", "EQUIPMENT"]);
pub(super) static RETENTION_ACTION: Shape = Shape::Word(&["NONE", "DELETE", "PERMANENTLY_DELETE"]);
pub(super) static RETENTION_PERIOD: Shape = number(1, Some(730));
pub(super) static ROLE_ARN: Shape = patterned(
    20,
    2048,
    r"arn:aws:iam:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}",
);
pub(super) static S3_BUCKET_NAME: Shape = patterned(1, 63, r"[A-Za-z0-9.-]+");
pub(super) static S3_OBJECT_KEY: Shape = patterned(1, 1023, r"[A-Za-z0-9!_.*'()/-]+");
pub(super) static SHORT_STRING: Shape = patterned(1, 64, r"[a-zA-Z0-9_-]+");
pub(super) static STRING: Shape = text(0, 256);
pub(super) static TAG_KEY: Shape = text(1, 128);
pub(super) static TAG_VALUE: Shape = text(0, 256);
pub(super) static URL: Shape = patterned(0, 256, r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/.*");
pub(super) static USER_ATTRIBUTE: Shape = text(0, 256);
pub(super) static USER_NAME: Shape =
    patterned(1, 64, r"[\w\-.]+(@[a-zA-Z0-9.\-]+\.[a-zA-Z0-9-]{2,})?");
pub(super) static USER_ROLE: Shape =
    Shape::Word(&["USER", "RESOURCE", "SYSTEM_USER", "REMOTE_USER"]);
pub(super) static WORK_MAIL_DOMAIN_NAME: Shape = patterned(3, 209, r"[a-zA-Z0-9.-]+");
pub(super) static WORK_MAIL_IDENTIFIER: Shape = text(12, 256);
