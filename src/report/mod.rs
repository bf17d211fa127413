//! Values → strings: plans, outcomes, snapshots and journals for people; documents and records for
//! programs; manifests and tables of what is live. Nothing here prints.

mod check;
pub mod export;
mod journal;
mod look;
mod mailboxes;
mod plan;
mod records;
mod rows;
mod run;
mod schema;
mod snapshot;
mod status;
mod status_page;

use std::time::Duration;

use jiff::Timestamp;

use crate::plan::Plan;

pub use check::check_text;
pub use journal::journal as journal_text;
pub use look::{Look, Paint};
pub use mailboxes::{
    ExportCounts, ExportRow, ExportSummary, export_rows, export_summary_text, policies_json,
    policies_text,
};
pub use plan::text as plan_text;
pub use records::{Counts, LeftByBudget, Record, RunSummary};
pub use run::{Ending, ending, event as event_text};
pub use schema::{plan_schema, report_schema};
pub use snapshot::snapshot as snapshot_text;
pub use status::status_text;
pub use status_page::status_page;

/// What a plan's text tells besides the plan.
#[derive(Clone, Debug)]
pub struct PlanContext {
    /// What was read.
    pub source: Source,
    /// The caller's ARN, where it is known.
    pub caller: Option<String>,
    /// The manifest's path, as it was given.
    pub manifests: String,
    /// How long reading took; none: it was not measured.
    pub reading: Option<Duration>,
    /// How many reads and writes run at a time.
    pub parallelism: (usize, usize),
    /// Whether fields and calls are shown.
    pub details: bool,
    /// The time that the plan is made for, where that is not now.
    pub at: Option<Timestamp>,
    /// The command that applies this plan, without flags that lift guards.
    pub apply_command: String,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The service.
    Live,
    /// An emulator inside the process.
    Emulator,
    /// A copy of the live organization that is thrown away.
    Rehearsal,
    /// A snapshot in this file.
    Snapshot(String),
}

impl PlanContext {
    /// About how long an apply of the plan takes, by how long reading took.
    fn estimate(&self, plan: &Plan) -> Option<Duration> {
        let reading = self.reading?;
        let (reads, writes) = self.parallelism;
        let calls = u32::try_from(plan.snapshot.calls)
            .ok()
            .filter(|calls| *calls > 0)?;
        let one = reading * u32::try_from(reads).ok()?.min(calls).max(1) / calls;
        let mut lengths = std::collections::BTreeMap::new();
        for operation in &plan.operations {
            *lengths.entry(operation.component).or_insert(0_usize) += 1;
        }
        let longest = lengths.values().copied().max()?;
        let rounds = longest.max(plan.operations.len().div_ceil(writes.max(1)));
        Some(one * u32::try_from(rounds).ok()?)
    }
}

/// `1 call`, `2 calls`, `1,284 calls`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {}", if count == 1 { one } else { many })
}
