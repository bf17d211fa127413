//! The records of an apply as JSON lines: `version` first, `summary` last, what happens in between.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::apply::{Event, Failure, GivenBack, Outcome};
use crate::model::Held;
use crate::plan::{Blocked, Left, Plan};

use super::counted;

/// One line of `apply --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Record {
    /// What an apply tells of itself.
    Run(Box<RunRecord>),
    /// What happened to one operation or component.
    Event(Box<Event>),
}

/// What an apply tells of itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum RunRecord {
    /// The first record.
    Version {
        /// The version of this format, `1`.
        format_version: u32,
        /// The version of the tool.
        tool_version: String,
    },
    /// The plan that is worked on. A second one follows where a second round is made.
    Planned {
        /// The plan.
        plan: Box<Plan>,
    },
    /// The last record.
    Summary(Box<RunSummary>),
}

/// How an apply ended.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// The exit code.
    pub exit_code: u8,
    /// How it ended: `noChanges`, `converged`, `notConverged`, `partial`, `stale`, `blocked`,
    /// `interrupted`, `failed`.
    pub result: String,
    /// One sentence about it.
    pub message: String,
    /// The plan's hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
    /// Counts of operations.
    pub operations: Counts,
    /// Operations that failed, by number.
    pub failed: BTreeMap<usize, FailureRecord>,
    /// Components that were left alone, with what differs.
    pub stale: BTreeMap<usize, Vec<String>>,
    /// Components that were left alone because the service evaluates rules otherwise, with how.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub doubted: BTreeMap<usize, Vec<String>>,
    /// What the service could not be asked about its evaluation of rules, and why.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub not_sampled: BTreeSet<String>,
    /// How often an operation had to wait for the service, by error code.
    pub waits: BTreeMap<String, u64>,
    /// What is still not as wanted, as sentences.
    pub remaining: Vec<String>,
    /// What was written as wanted and does not work, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What waits for something outside, and did not before this run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// By operation that failed: the address that was released and not claimed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub given_back: BTreeMap<usize, GivenBack>,
    /// Whose primary address is a temporary one now, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub temporary: Vec<String>,
    /// The guards that the next run meets, as far as it finds what this one left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next_blocked: Vec<Blocked>,
    /// What was left because the run may do no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_by_budget: Option<LeftByBudget>,
    /// The journal's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<String>,
}

/// What a budget leaves to the next run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftByBudget {
    /// The flag that ended the run, as `--max-calls 100`.
    pub flag: String,
    /// How many operations are left.
    pub operations: usize,
    /// In how many components.
    pub components: usize,
    /// The fewest calls with which all of it goes through, if they are more than the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_calls: Option<usize>,
}

/// Counts of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// That have their effect.
    pub done: usize,
    /// That failed.
    pub failed: usize,
    /// That were not sent.
    pub skipped: usize,
    /// Requests that write.
    pub writes: u64,
}

/// Why an operation failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureRecord {
    /// The error code, where the service gave one.
    pub code: Option<String>,
    /// What it said.
    pub message: String,
    /// The request id, where a reply came.
    pub request_id: Option<String>,
}

impl Record {
    /// The first record.
    pub fn version() -> Self {
        Self::Run(Box::new(RunRecord::Version {
            format_version: 1,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        }))
    }

    /// The record of a plan that is about to be worked on.
    pub fn planned(plan: &Plan) -> Self {
        Self::Run(Box::new(RunRecord::Planned {
            plan: Box::new(plan.clone()),
        }))
    }

    /// The last record.
    pub fn summary(summary: RunSummary) -> Self {
        Self::Run(Box::new(RunRecord::Summary(Box::new(summary))))
    }

    /// The record as one line, without its end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("records are plain data")
    }
}

impl LeftByBudget {
    /// Why the run ended and what to do, as a sentence.
    pub fn sentence(&self) -> String {
        let Self {
            flag,
            operations,
            components,
            needs_calls,
        } = self;
        let left = counted(*operations, "operation", "operations");
        let are = if *operations == 1 { "is" } else { "are" };
        let parts = counted(*components, "component", "components");
        let mut text = format!("stopped by {flag}: {left} in {parts} {are} left, run again");
        if let Some(needed) = needs_calls {
            let _ = write!(
                text,
                "; one part of it goes through only as a whole, with --max-calls {needed} or more"
            );
        }
        text
    }
}

impl RunSummary {
    /// Takes in what a plan that ended early leaves.
    pub fn leave(&mut self, left: Left) {
        let temporary = left.temporary.iter().map(|(target, address)| {
            format!("the primary address of {target} is {address} until the next run")
        });
        self.temporary = temporary.collect();
        self.next_blocked = left.blocked;
    }

    /// Takes in what an outcome tells; several rounds add up.
    pub fn add(&mut self, outcome: &Outcome) {
        self.operations.done += outcome.done.len();
        self.operations.failed += outcome.failed.len();
        self.operations.skipped += outcome.skipped.len();
        self.operations.writes += outcome.writes;
        for (id, failure) in &outcome.failed {
            self.failed.insert(*id, failure.into());
        }
        self.stale.extend(outcome.stale.clone());
        self.remaining.extend(outcome.misjudged.iter().cloned());
        self.doubted.extend(outcome.doubted.clone());
        self.not_sampled.extend(outcome.not_sampled.clone());
        self.given_back.extend(outcome.given_back.clone());
        for (code, count) in &outcome.waits {
            *self.waits.entry(code.clone()).or_default() += count;
        }
    }
}

impl From<&Failure> for FailureRecord {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.clone(),
            message: failure.message.clone(),
            request_id: failure.request_id.clone(),
        }
    }
}
