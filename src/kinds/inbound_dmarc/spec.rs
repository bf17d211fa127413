//! How a manifest writes inbound DMARC.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done with mail that fails DMARC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InboundDmarcSpec {
    /// True: what the sender's domain asks for.
    pub enforced: bool,
}
