//! `Outcome`: what an apply did and did not do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Target;

/// What an apply did and did not do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Numbers of the operations that have their effect.
    pub done: Vec<usize>,
    /// Operations that failed, by number.
    pub failed: BTreeMap<usize, Failure>,
    /// Operations that were not sent, with the reason.
    pub skipped: BTreeMap<usize, String>,
    /// Components that were left alone, with what differs.
    pub stale: BTreeMap<usize, Vec<String>>,
    /// By the operation whose claim failed: whether all that was released for it was given back.
    pub given_back: BTreeMap<usize, bool>,
    /// Ids that the service gave to what was created.
    pub created: BTreeMap<Target, String>,
    /// How many requests were sent that write.
    pub writes: u64,
    /// How often an operation had to wait for the service, by error code.
    pub waits: BTreeMap<String, u64>,
    /// Why it ended before the end of the plan, if it did.
    pub stopped: Option<Stop>,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The error code, where the service gave one.
    pub code: Option<String>,
    /// What it said.
    pub message: String,
    /// The request id, where a reply came.
    pub request_id: Option<String>,
    /// The exit code that this failure would have before the first write.
    pub exit_code: u8,
}

/// Why an apply ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stop {
    /// The first interrupt: components in flight were finished.
    Interrupted,
    /// The second interrupt: aborted at once.
    Aborted,
}

impl Outcome {
    /// True if every operation has its effect.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
            && self.skipped.is_empty()
            && self.stale.is_empty()
            && self.stopped.is_none()
    }
}
