//! The facts of every shape: types, lengths, patterns, words, bounds, sizes of lists.
//! Source: API reference, the members of the operations and data types.

use super::{Shape, optional, required};

pub(super) static AMAZON_RESOURCE_NAME: Shape = Shape::Text {
    min: 1,
    max: Some(1011),
    pattern: Some(
        r"arn:aws:workmail:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}",
    ),
};
pub(super) static BOOKING_OPTIONS: Shape = Shape::Structure(&[
    optional("AutoAcceptRequests", &BOOLEAN),
    optional("AutoDeclineRecurringRequests", &BOOLEAN),
    optional("AutoDeclineConflictingRequests", &BOOLEAN),
]);
pub(super) static BOOLEAN: Shape = Shape::Flag;
pub(super) static BOOLEAN_OBJECT: Shape = Shape::Flag;
pub(super) static DIRECTORY_ID: Shape = Shape::Text {
    min: 12,
    max: Some(12),
    pattern: Some(r"^d-[0-9a-f]{10}$"),
};
pub(super) static DOMAIN: Shape = Shape::Structure(&[
    required("DomainName", &DOMAIN_NAME),
    optional("HostedZoneId", &HOSTED_ZONE_ID),
]);
pub(super) static DOMAIN_NAME: Shape = Shape::Text {
    min: 3,
    max: Some(255),
    pattern: Some(r"[a-zA-Z0-9.-]+"),
};
pub(super) static DOMAINS: Shape = Shape::List {
    min: 0,
    max: Some(5),
    item: &DOMAIN,
};
pub(super) static EMAIL_ADDRESS: Shape = Shape::Text {
    min: 1,
    max: Some(254),
    pattern: Some(r"[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]+\.[a-zA-Z-]{2,}"),
};
pub(super) static ENTITY_IDENTIFIER: Shape = Shape::Text {
    min: 1,
    max: Some(256),
    pattern: Some(r"[a-zA-Z0-9._%+@-]+"),
};
pub(super) static ENTITY_STATE: Shape = Shape::Word(&["ENABLED", "DISABLED", "DELETED"]);
pub(super) static GROUP_NAME: Shape = Shape::Text {
    min: 1,
    max: Some(256),
    pattern: Some(r"[\u0020-\u00FF]+"),
};
pub(super) static HOSTED_ZONE_ID: Shape = Shape::Text {
    min: 1,
    max: Some(32),
    pattern: Some(r"[^/\\]*"),
};
pub(super) static IDEMPOTENCY_CLIENT_TOKEN: Shape = Shape::Text {
    min: 1,
    max: Some(128),
    pattern: Some(r"[\x21-\x7e]+"),
};
pub(super) static IDENTITY_PROVIDER_USER_ID: Shape = Shape::Text {
    min: 1,
    max: Some(47),
    pattern: Some(
        r"^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$",
    ),
};
pub(super) static IDENTITY_PROVIDER_USER_ID_FOR_UPDATE: Shape = Shape::Text {
    min: 0,
    max: Some(47),
    pattern: Some(
        r"^$|^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$",
    ),
};
pub(super) static IDENTITY_PROVIDER_USER_ID_PREFIX: Shape = Shape::Text {
    min: 1,
    max: Some(47),
    pattern: Some(r"^[A-Fa-f0-9-]+$"),
};
pub(super) static KMS_KEY_ARN: Shape = Shape::Text {
    min: 20,
    max: Some(2048),
    pattern: Some(r"arn:aws:kms:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}"),
};
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
pub(super) static MAILBOX_QUOTA: Shape = Shape::Number {
    min: Some(1),
    max: None,
};
pub(super) static MAX_RESULTS: Shape = Shape::Number {
    min: Some(1),
    max: Some(100),
};
pub(super) static NEW_RESOURCE_DESCRIPTION: Shape = Shape::Text {
    min: 0,
    max: Some(64),
    pattern: None,
};
pub(super) static NEXT_TOKEN: Shape = Shape::Text {
    min: 1,
    max: Some(1024),
    pattern: Some(r"[\S\s]*|[a-zA-Z0-9/+=]{1,1024}"),
};
pub(super) static ORGANIZATION_ID: Shape = Shape::Text {
    min: 34,
    max: Some(34),
    pattern: Some(r"^m-[0-9a-f]{32}$"),
};
pub(super) static ORGANIZATION_NAME: Shape = Shape::Text {
    min: 1,
    max: Some(62),
    pattern: Some(r"^(?!d-)([\da-zA-Z]+)([-][\da-zA-Z]+)*"),
};
pub(super) static PASSWORD: Shape = Shape::Text {
    min: 0,
    max: Some(256),
    pattern: Some(r"[\u0020-\u00FF]+"),
};
pub(super) static PERMISSION_TYPE: Shape =
    Shape::Word(&["FULL_ACCESS", "SEND_AS", "SEND_ON_BEHALF"]);
pub(super) static PERMISSION_VALUES: Shape = Shape::List {
    min: 0,
    max: None,
    item: &PERMISSION_TYPE,
};
pub(super) static RESOURCE_DESCRIPTION: Shape = Shape::Text {
    min: 1,
    max: Some(64),
    pattern: None,
};
pub(super) static RESOURCE_NAME: Shape = Shape::Text {
    min: 1,
    max: Some(20),
    pattern: Some(r"[\w\-.]+(@[a-zA-Z0-9.\-]+\.[a-zA-Z0-9-]{2,})?"),
};
pub(super) static RESOURCE_TYPE: Shape = Shape::Word(&["ROOM", "EQUIPMENT"]);
pub(super) static STRING: Shape = Shape::Text {
    min: 0,
    max: Some(256),
    pattern: None,
};
pub(super) static TAG: Shape =
    Shape::Structure(&[required("Key", &TAG_KEY), required("Value", &TAG_VALUE)]);
pub(super) static TAG_KEY: Shape = Shape::Text {
    min: 1,
    max: Some(128),
    pattern: None,
};
pub(super) static TAG_KEY_LIST: Shape = Shape::List {
    min: 0,
    max: Some(50),
    item: &TAG_KEY,
};
pub(super) static TAG_LIST: Shape = Shape::List {
    min: 0,
    max: Some(50),
    item: &TAG,
};
pub(super) static TAG_VALUE: Shape = Shape::Text {
    min: 0,
    max: Some(256),
    pattern: None,
};
pub(super) static USER_ATTRIBUTE: Shape = Shape::Text {
    min: 0,
    max: Some(256),
    pattern: None,
};
pub(super) static USER_NAME: Shape = Shape::Text {
    min: 1,
    max: Some(64),
    pattern: Some(r"[\w\-.]+(@[a-zA-Z0-9.\-]+\.[a-zA-Z0-9-]{2,})?"),
};
pub(super) static USER_ROLE: Shape =
    Shape::Word(&["USER", "RESOURCE", "SYSTEM_USER", "REMOTE_USER"]);
pub(super) static WORK_MAIL_DOMAIN_NAME: Shape = Shape::Text {
    min: 3,
    max: Some(209),
    pattern: Some(r"[a-zA-Z0-9.-]+"),
};
pub(super) static WORK_MAIL_IDENTIFIER: Shape = Shape::Text {
    min: 12,
    max: Some(256),
    pattern: None,
};

/// Every pattern of this table, to be compiled once.
pub(super) static PATTERNED: &[&str] = &[
    r"[\S\s]*|[a-zA-Z0-9/+=]{1,1024}",
    r"[\u0020-\u00FF]+",
    r"[\w\-.]+(@[a-zA-Z0-9.\-]+\.[a-zA-Z0-9-]{2,})?",
    r"[\x21-\x7e]+",
    r"[^/\\]*",
    r"[a-zA-Z0-9.-]+",
    r"[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]+\.[a-zA-Z-]{2,}",
    r"[a-zA-Z0-9._%+@-]+",
    r"^$|^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$",
    r"^(?!d-)([\da-zA-Z]+)([-][\da-zA-Z]+)*",
    r"^([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$",
    r"^[A-Fa-f0-9-]+$",
    r"^d-[0-9a-f]{10}$",
    r"^m-[0-9a-f]{32}$",
    r"arn:aws:kms:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}",
    r"arn:aws:workmail:[a-z0-9-]*:[a-z0-9-]+:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}",
];
