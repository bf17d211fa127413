//! How a manifest writes a mobile device access override.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What holds for one device of the user, whatever the rules say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MobileDeviceAccessOverrideSpec {
    /// The device; its case means nothing.
    pub device_id: String,
    /// ALLOW or DENY.
    pub effect: String,
    /// What it is for.
    pub description: Option<String>,
}
