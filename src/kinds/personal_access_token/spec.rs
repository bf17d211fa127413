//! How a manifest writes what it wants of personal access tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which personal access tokens are removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalAccessTokensSpec {
    /// Those that were not used for more than so many days, or never since they were made, 1 to 3653.
    pub max_unused_days: i64,
}
