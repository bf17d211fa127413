//! What can be managed, one folder a kind, and the list of them.
//!
//! A kind is a row of facts (`Entry`) that all stages read: its section in the manifest, its plain
//! fields with the calls that tell and set them. What users, groups and resources share (addresses,
//! registration, members, delegates, grants) is in `entity`.

#[cfg(feature = "client")]
pub(crate) mod api;
mod beyond;
#[cfg(feature = "client")]
mod execute;
mod kind;
mod operations;

pub mod access_control_rule;
pub mod availability_configuration;
pub mod email_monitoring;
pub mod entity;
pub mod group;
pub mod identity_center_application;
pub mod identity_provider;
pub mod impersonation_role;
pub mod inbound_dmarc;
pub mod mobile_device_access_override;
pub mod mobile_device_access_rule;
pub mod organization;
pub mod personal_access_token;
pub mod resource;
pub mod retention_policy;
pub mod setting;
pub mod tag;
pub mod user;

pub use beyond::{BEYOND, Beyond};
#[cfg(feature = "client")]
pub(crate) use execute::{Outgoing, execute};
pub use kind::{Clear, Entry, Field, Kinds, Lowering, Pattern, Profile, Shape, ToldBy};
pub use operations::{Use, uses};
use setting::SettingKind;

/// Every kind, in the order of sections.
pub static KINDS: Kinds = &[&user::ENTRY, &group::ENTRY, &resource::ENTRY];

/// Every kind of settings, those that others name first.
pub static SETTINGS: &[&SettingKind] = &[
    &impersonation_role::ENTRY,
    &access_control_rule::ENTRY,
    &retention_policy::ENTRY,
    &inbound_dmarc::ENTRY,
    &email_monitoring::ENTRY,
    &identity_center_application::ENTRY,
    &identity_provider::ENTRY,
    &tag::ENTRY,
    &availability_configuration::ENTRY,
    &mobile_device_access_rule::ENTRY,
    &mobile_device_access_override::ENTRY,
    &personal_access_token::ENTRY,
];

/// The kind of settings of this name, such as `access-control-rule`.
pub fn setting(name: &str) -> Option<&'static SettingKind> {
    SETTINGS.iter().find(|kind| kind.name == name).copied()
}

/// The kind of this name, such as `user`.
pub fn by_name(kinds: Kinds, name: &str) -> Option<&'static Entry> {
    kinds.iter().find(|entry| entry.name == name).copied()
}

/// The kind of this section, such as `users`.
pub fn by_section(kinds: Kinds, section: &str) -> Option<&'static Entry> {
    kinds.iter().find(|entry| entry.section == section).copied()
}

/// The API's member for a flag of a `Flags` field: the same word with a great first letter.
pub fn member_of_flag(flag: &str) -> String {
    let mut letters = flag.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}
