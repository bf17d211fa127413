//! How a manifest writes an impersonation role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An impersonation role, whole: what is left out is not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImpersonationRoleSpec {
    /// `FULL_ACCESS` or `READ_ONLY`.
    pub r#type: String,
    /// What the role is for.
    pub description: Option<String>,
    /// Whom it may impersonate; `[]`: nobody.
    pub rules: Vec<ImpersonationRuleSpec>,
    /// The former name: a rename is declared, never guessed.
    pub previously: Option<String>,
}

/// A rule of an impersonation role. Without `targetUsers` and `notTargetUsers` it is about everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImpersonationRuleSpec {
    /// Its id, unique within the role: letters, digits, `_` and `-`.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// ALLOW or DENY; a DENY that fits counts more than any ALLOW.
    pub effect: String,
    /// Only these users.
    pub target_users: Option<Vec<String>>,
    /// Everybody but these users.
    pub not_target_users: Option<Vec<String>>,
}
