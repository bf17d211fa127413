//! The words that every stage speaks: targets, addresses, parts of the live organization, what is
//! declared, changes, and calls as data. No I/O, no knowledge of any stage.

mod address;
mod call;
mod change;
mod declared;
mod exports;
mod globs;
mod management;
mod part;
mod path;
mod secret;
mod setting;
mod snapshot;
mod target;

pub use address::{Address, AddressError, RESERVED_LOCAL_PART, RESERVED_NAME, test_domain};
pub use call::{Call, Id, Request};
pub use change::{
    Action, Cause, Change, ChangeSet, Delta, Gap, Held, LeftBehind, NotWatched, Problem, Reason,
    Risk,
};
pub use declared::{
    CreateOrganization, Declared, Desired, DesiredGrant, DesiredOrganization, Grantee,
    OrganizationRemoval, Party, Pins, Reference, TokenRule, Wanted, Wish,
};
pub use exports::{END_OF_SERVICE, Evidence, ExportScope, MailboxExports, from_time};
pub use globs::Globs;
pub use management::{
    Approval, Limit, Limits, MANAGEMENT_TAG, Management, NeverLockOut, OnRemoval, Section,
    Unmanaged, hex, is_after_the_service, until_time,
};
pub use part::{Part, Unknown, UnknownCause};
pub use path::{FieldPath, Segment};
pub use secret::{
    Generation, ManagedSecret, PASSWORD_LENGTH, SECRET_VARIABLE, SecretSource, SourceFault,
    USUAL_LENGTH, secret_argument,
};
pub use setting::{DeclaredSetting, Setting, unresolved};
pub use snapshot::{
    DomainLive, Entity, EntityState, Grant, Lookup, Member, OrganizationLive, Right, Snapshot,
};
pub use target::{
    ACCESS_CONTROL_RULE, AVAILABILITY_CONFIGURATION, EMAIL_MONITORING, GROUP,
    IDENTITY_CENTER_APPLICATION, IDENTITY_PROVIDER, IMPERSONATION_ROLE, INBOUND_DMARC, MAIL_DOMAIN,
    MOBILE_DEVICE_ACCESS_OVERRIDE, MOBILE_DEVICE_ACCESS_RULE, ORGANIZATION, PERSONAL_ACCESS_TOKEN,
    RESOURCE, RETENTION_POLICY, TAG, Target, TargetError, USER,
};
