//! How a manifest writes an access control rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An access control rule. A condition that is left out is none; one that is there is not empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessControlRuleSpec {
    /// ALLOW or DENY; a DENY that fits counts more than any ALLOW.
    pub effect: String,
    /// What the rule is for; the API demands it.
    pub description: String,
    /// Only for these protocols.
    pub actions: Option<Vec<String>>,
    /// For all protocols but these.
    pub not_actions: Option<Vec<String>>,
    /// Only from these networks or IPv4 ranges.
    pub ip_ranges: Option<Vec<String>>,
    /// From anywhere but these networks or IPv4 ranges.
    pub not_ip_ranges: Option<Vec<String>>,
    /// Only for these users.
    pub users: Option<Vec<String>>,
    /// For everybody but these users.
    pub not_users: Option<Vec<String>>,
    /// Only for these impersonation roles.
    pub impersonation_roles: Option<Vec<String>>,
    /// For all but these impersonation roles.
    pub not_impersonation_roles: Option<Vec<String>>,
}
