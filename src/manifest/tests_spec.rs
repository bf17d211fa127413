//! The section `tests`: what must be true of what the rules mean. Parsed and checked; not run yet.

use schemars::JsonSchema;
use serde::Deserialize;

/// One test: what must be true of what the rules mean.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TestSpec {
    /// What must be true, in words.
    pub(super) name: String,
    /// Sign-ins, all of them.
    pub(super) access: Option<AccessTestSpec>,
    /// A mobile device.
    pub(super) mobile_device: Option<DeviceTestSpec>,
    /// A role that acts in somebody's mailbox.
    pub(super) impersonation: Option<ImpersonationTestSpec>,
    /// Who reads a mailbox.
    pub(super) readers: Option<ReadersTestSpec>,
    /// `ALLOW` or `DENY`; what `readers` expects stands there.
    pub(super) expect: Option<String>,
}

/// Every sign-in of these users with these actions from there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct AccessTestSpec {
    /// Who: `all`, or names.
    pub(super) users: Option<WhoSpec>,
    /// Impersonation roles, in the place of users.
    pub(super) impersonation_roles: Option<Vec<String>>,
    /// With what; left out: with anything.
    pub(super) actions: Option<Vec<String>>,
    /// From these networks, ranges or addresses.
    pub(super) ips: Option<Vec<String>>,
    /// From anywhere but these networks, ranges or addresses.
    pub(super) not_ips: Option<Vec<String>>,
}

/// Everybody, or these.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(from = "serde_json::Value")]
#[schemars(with = "WhoSchema")]
pub(super) enum WhoSpec {
    /// `all`.
    All,
    /// These.
    Some(Vec<String>),
    /// What is neither.
    Other(String),
}

/// The word `all`, or a list of names.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum WhoSchema {
    /// `all`.
    Word(String),
    /// Names.
    Names(Vec<String>),
}

/// What a device tells.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct DeviceTestSpec {
    /// Its type.
    pub(super) r#type: Option<String>,
    /// Its model.
    pub(super) model: Option<String>,
    /// Its operating system.
    pub(super) operating_system: Option<String>,
    /// The program that it uses.
    pub(super) user_agent: Option<String>,
    /// Whose it is, where overrides count.
    pub(super) user: Option<String>,
    /// Its id, where overrides count.
    pub(super) device_id: Option<String>,
}

/// A role that acts in somebody's mailbox.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImpersonationTestSpec {
    /// The role.
    pub(super) role: String,
    /// Whose mailbox.
    pub(super) user: String,
}

/// Who reads a mailbox.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReadersTestSpec {
    /// The mailbox of this user or resource.
    pub(super) mailbox: String,
    /// Nobody but these.
    pub(super) only: Vec<String>,
}

impl From<serde_json::Value> for WhoSpec {
    fn from(value: serde_json::Value) -> Self {
        match &value {
            serde_json::Value::String(word) if word == "all" => Self::All,
            serde_json::Value::Array(names) => {
                let names = names.iter().map(|name| name.as_str().map(str::to_owned));
                names
                    .collect::<Option<Vec<String>>>()
                    .map_or_else(|| Self::Other(value.to_string()), Self::Some)
            }
            other => Self::Other(other.to_string()),
        }
    }
}
