//! How a manifest writes e-mail monitoring.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where it is logged what happens to mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmailMonitoringSpec {
    /// The ARN of the log group, with `:*` at its end.
    pub log_group_arn: String,
    /// The ARN of the role that writes to it; left out: the service's own.
    pub role_arn: Option<String>,
}
