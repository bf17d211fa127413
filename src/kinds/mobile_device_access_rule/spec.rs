//! How a manifest writes a mobile device access rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mobile device access rule. A condition that is left out is none; one that is there is not empty.
/// Each value is the beginning of what a device tells, without case; `$NONE` fits one that tells nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MobileDeviceAccessRuleSpec {
    /// ALLOW or DENY; a DENY that fits counts more than any ALLOW.
    pub effect: String,
    /// What the rule is for.
    pub description: Option<String>,
    /// Only devices whose type begins so.
    pub device_types: Option<Vec<String>>,
    /// Only devices that tell a type, and none that begins so.
    pub not_device_types: Option<Vec<String>>,
    /// Only devices whose model begins so.
    pub device_models: Option<Vec<String>>,
    /// Only devices that tell a model, and none that begins so.
    pub not_device_models: Option<Vec<String>>,
    /// Only devices whose operating system begins so.
    pub device_operating_systems: Option<Vec<String>>,
    /// Only devices that tell an operating system, and none that begins so.
    pub not_device_operating_systems: Option<Vec<String>>,
    /// Only devices whose user agent begins so.
    pub device_user_agents: Option<Vec<String>>,
    /// Only devices that tell a user agent, and none that begins so.
    pub not_device_user_agents: Option<Vec<String>>,
    /// The former name: a rename is declared, never guessed.
    pub previously: Option<String>,
}
