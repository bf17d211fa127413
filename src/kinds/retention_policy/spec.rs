//! How a manifest writes the retention policy.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The retention policy, whole: what is left out is not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionPolicySpec {
    /// What it is called: letters, digits, `_` and `-`.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// By `INBOX`, `DELETED_ITEMS`, `SENT_ITEMS`, `DRAFTS` or `JUNK_EMAIL`: what happens to mail in it.
    pub folders: BTreeMap<String, FolderSpec>,
}

/// What happens to the mail of a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FolderSpec {
    /// `NONE`, `DELETE` or `PERMANENTLY_DELETE`.
    pub action: String,
    /// After how many days, 1 to 730.
    pub period_in_days: Option<i64>,
}
