//! `Target`: the kind and the name of one managed thing, written `user/alice`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The kind of users.
pub const USER: &str = "user";
/// The kind of groups.
pub const GROUP: &str = "group";
/// The kind of resources: rooms and equipment.
pub const RESOURCE: &str = "resource";
/// The kind of the organization itself.
pub const ORGANIZATION: &str = "organization";
/// The kind of mail domains.
pub const MAIL_DOMAIN: &str = "mail-domain";
/// The kind of access control rules.
pub const ACCESS_CONTROL_RULE: &str = "access-control-rule";
/// The kind of impersonation roles.
pub const IMPERSONATION_ROLE: &str = "impersonation-role";
/// The kind of mobile device access rules.
pub const MOBILE_DEVICE_ACCESS_RULE: &str = "mobile-device-access-rule";
/// The kind of mobile device access overrides, named `USER/DEVICE`.
pub const MOBILE_DEVICE_ACCESS_OVERRIDE: &str = "mobile-device-access-override";
/// The kind of the retention policy.
pub const RETENTION_POLICY: &str = "retention-policy";
/// The kind of what is done with mail that fails DMARC.
pub const INBOUND_DMARC: &str = "inbound-dmarc";
/// The kind of where it is logged what happens to mail.
pub const EMAIL_MONITORING: &str = "email-monitoring";
/// The kind of how users sign in through IAM Identity Center.
pub const IDENTITY_PROVIDER: &str = "identity-provider";
/// The kind of applications in IAM Identity Center that this program made, by name.
pub const IDENTITY_CENTER_APPLICATION: &str = "identity-center-application";
/// The kind of tags of the organization, named by their keys.
pub const TAG: &str = "tag";
/// The kind of availability configurations, named by their domains.
pub const AVAILABILITY_CONFIGURATION: &str = "availability-configuration";
/// The kind of personal access tokens, named by their ids.
pub const PERSONAL_ACCESS_TOKEN: &str = "personal-access-token";

/// One managed thing. Names of users, groups and resources are compared without case, as the
/// service does, and so are users' devices; all other names exactly.
#[derive(Clone, Debug)]
pub struct Target {
    kind: Cow<'static, str>,
    name: String,
}

/// A text that is no target.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a target: write KIND/NAME, such as `user/alice`")]
pub struct TargetError(String);

impl Target {
    /// The target of this kind and name.
    pub fn new(kind: impl Into<Cow<'static, str>>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
        }
    }

    /// The user of this name.
    pub fn user(name: impl Into<String>) -> Self {
        Self::new(USER, name)
    }

    /// The group of this name.
    pub fn group(name: impl Into<String>) -> Self {
        Self::new(GROUP, name)
    }

    /// The resource of this name.
    pub fn resource(name: impl Into<String>) -> Self {
        Self::new(RESOURCE, name)
    }

    /// The kind's name, such as `user` or `mail-domain`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True for users, groups and resources: what the service calls an entity.
    pub fn is_entity(&self) -> bool {
        matches!(self.kind.as_ref(), USER | GROUP | RESOURCE)
    }

    /// True if its name has no case. Source: API reference, `PutMobileDeviceAccessOverride`, `DeviceId`.
    fn is_folded(&self) -> bool {
        self.is_entity() || self.kind == MOBILE_DEVICE_ACCESS_OVERRIDE
    }

    fn folded(&self) -> impl Iterator<Item = char> + '_ {
        let fold = self.is_folded();
        self.name
            .chars()
            .map(move |c| if fold { c.to_ascii_lowercase() } else { c })
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Target {}

impl PartialOrd for Target {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Target {
    fn cmp(&self, other: &Self) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| {
            if self.is_folded() {
                without_case(&self.name, &other.name)
            } else {
                self.name.cmp(&other.name)
            }
        })
    }
}

/// Compares texts without the case of ASCII letters: byte by byte, and folded only where the bytes
/// differ, for a large organization compares millions of them.
pub(super) fn without_case(one: &str, two: &str) -> Ordering {
    for (left, right) in one.bytes().zip(two.bytes()) {
        if left != right {
            let folded = left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase());
            if folded != Ordering::Equal {
                return folded;
            }
        }
    }
    one.len().cmp(&two.len())
}

impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        for character in self.folded() {
            character.hash(state);
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => {
                Ok(Self::new(known_kind(kind), name))
            }
            _ => Err(TargetError(text.to_owned())),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Kind and name of one managed thing, such as `user/alice`.",
            "pattern": "^[^/]+/.+$",
        })
    }
}

/// The static text of a frequent kind, so that large snapshots hold it once.
fn known_kind(kind: &str) -> Cow<'static, str> {
    match kind {
        USER => Cow::Borrowed(USER),
        GROUP => Cow::Borrowed(GROUP),
        RESOURCE => Cow::Borrowed(RESOURCE),
        other => Cow::Owned(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_compared_without_case_and_other_kinds_exactly() {
        assert_eq!(Target::user("Ana"), Target::user("ana"));
        assert_ne!(Target::user("ana"), Target::group("ana"));
        let device = |name| Target::new(MOBILE_DEVICE_ACCESS_OVERRIDE, name);
        assert_eq!(device("Ana/ABC1"), device("ana/abc1"));
        assert_ne!(
            Target::new("access-control-rule", "A"),
            Target::new("access-control-rule", "a")
        );
    }

    #[test]
    fn a_target_reads_back_what_it_writes() {
        let target: Target = "user/alice".parse().expect("a target");
        assert_eq!(target.to_string(), "user/alice");
        assert!("alice".parse::<Target>().is_err());
    }
}
