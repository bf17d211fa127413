//! `Outcome`: what an apply did and did not do.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Call, Target};

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
    /// Components that were left alone because the service evaluates rules otherwise, with how.
    pub doubted: BTreeMap<usize, Vec<String>>,
    /// What the service makes of the rules that were written, otherwise than they were written for.
    pub misjudged: Vec<String>,
    /// What the service could not be asked about its evaluation of rules, and why.
    pub not_sampled: BTreeSet<String>,
    /// By the operation that failed: the address that was released and not claimed.
    pub given_back: BTreeMap<usize, GivenBack>,
    /// Ids that the service gave to what was created.
    pub created: BTreeMap<Target, String>,
    /// How many requests were sent that write, retries included.
    pub writes: u64,
    /// How often an operation had to wait for the service, by error code.
    pub waits: BTreeMap<String, u64>,
    /// Why it ended before the end of the plan, if it did.
    pub stopped: Option<Stop>,
}

/// An address that was released and not claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GivenBack {
    /// The address.
    pub address: String,
    /// Whose it was.
    pub holder: String,
    /// Who did not get it.
    pub claimer: String,
    /// How far it came.
    pub back: Back,
    /// The calls that gave it back and have their effect, in the words of the plan.
    pub calls: Vec<Call>,
}

/// How far an address came that is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Back {
    /// It is what it was.
    Whole,
    /// It is an alias of whose primary address it was.
    AsAlias,
    /// It is nobody's.
    Not,
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
    /// As many requests as it may send: components in flight were finished.
    Calls,
    /// As long as it may take: components in flight were finished.
    Time,
}

impl Failure {
    /// True if the organization's directory cannot be written through WorkMail, as with an AD Connector:
    /// trying again changes nothing.
    /// Source: API reference, `UnsupportedOperationException`; behaviour notes, section 15.
    pub fn is_unsupported(&self) -> bool {
        self.code.as_deref() == Some("UnsupportedOperationException")
    }
}

impl Stop {
    /// True if a budget is the reason, and nobody asked to stop.
    pub fn is_budget(self) -> bool {
        matches!(self, Self::Calls | Self::Time)
    }
}

impl Outcome {
    /// True if all that failed cannot be done through WorkMail in this organization.
    pub fn is_only_unsupported(&self) -> bool {
        let mut failures = self.failed.values();
        !self.failed.is_empty()
            && self.stale.is_empty()
            && self.doubted.is_empty()
            && self.stopped.is_none()
            && failures.all(Failure::is_unsupported)
    }

    /// True if every operation has its effect.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
            && self.skipped.is_empty()
            && self.stale.is_empty()
            && self.doubted.is_empty()
            && self.stopped.is_none()
    }
}
