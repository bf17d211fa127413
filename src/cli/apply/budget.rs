//! `--max-calls` and `--max-duration`: how much one run may do, over all its rounds and manifests.
#![expect(
    clippy::disallowed_methods,
    reason = "measures time from the first call on"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use workmailctl::apply::{Budget, Outcome, Stop, together};
use workmailctl::plan::Plan;
use workmailctl::report::{LeftByBudget, RunSummary, counted};

use super::super::failure::Failure;
use super::super::global::duration;

/// The flags, and when the time began to run.
#[derive(ClapArgs, Debug)]
pub(super) struct BudgetFlags {
    /// Send at most N requests that write, then leave the rest to the next run (exit 5)
    ///
    /// Nothing is left half-way: what hangs together begins only where it fits as a whole, and then goes
    /// through. Retries count, and may go beyond N.
    #[arg(long, value_name = "N", value_parser = calls)]
    max_calls: Option<u64>,
    /// Begin nothing more once this time has passed since the first call, and leave the rest to the next
    /// run (exit 5)
    ///
    /// What hangs together and has begun goes through; reading before and after is not part of the time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_duration: Option<Duration>,
    #[arg(skip)]
    begun: OnceLock<Instant>,
}

impl BudgetFlags {
    /// Refuses a budget in which nothing of the plan goes through: a run that does nothing would be
    /// followed by another one that does nothing.
    pub(super) fn refuse_too_few(&self, plan: &Plan, so_far: &RunSummary) -> Result<(), Failure> {
        let Some(calls) = self.max_calls.filter(|_| so_far.operations.writes == 0) else {
            return Ok(());
        };
        match together(&plan.operations).into_iter().min() {
            Some(least) if !fits(least, calls) => {
                let message = format!(
                    "--max-calls {calls} is too few: what hangs together goes through as a whole, and the \
                     least of this plan is {}",
                    counted(least, "call", "calls")
                );
                Err(Failure::usage(message).help(format!(
                    "nothing was written; pass --max-calls {least} or more"
                )))
            }
            _ => Ok(()),
        }
    }

    /// What is left of the budget for a plan that is executed now.
    pub(super) fn left(&self, so_far: &RunSummary) -> Budget {
        let begun = *self.begun.get_or_init(Instant::now);
        let written = so_far.operations.writes;
        Budget {
            calls: self.max_calls.map(|calls| calls.saturating_sub(written)),
            until: self.max_duration.and_then(|time| begun.checked_add(time)),
        }
    }

    /// What a run leaves because of its budget; none where that was not the reason.
    pub(super) fn record(&self, plan: &Plan, outcome: &Outcome) -> Option<LeftByBudget> {
        let flag = match outcome.stopped? {
            Stop::Calls => format!("--max-calls {}", self.max_calls?),
            Stop::Time => format!("--max-duration {}", written(self.max_duration?)),
            Stop::Interrupted | Stop::Aborted => return None,
        };
        let done: BTreeSet<usize> = outcome.done.iter().copied().collect();
        let left = plan.operations.iter();
        let left = left.filter(|operation| !done.contains(&operation.id));
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for operation in left {
            *sizes.entry(operation.component).or_default() += 1;
        }
        // What a component waits for may go first, in a run of its own; the component itself may not.
        let largest = sizes.values().copied().max().unwrap_or(0);
        let is_too_large = self.max_calls.is_some_and(|calls| !fits(largest, calls));
        Some(LeftByBudget {
            flag,
            operations: sizes.values().sum(),
            components: sizes.len(),
            needs_calls: is_too_large.then_some(largest),
        })
    }
}

fn fits(count: usize, calls: u64) -> bool {
    u64::try_from(count).is_ok_and(|count| count <= calls)
}

/// A time as the flag takes it.
fn written(time: Duration) -> String {
    if time.subsec_nanos() == 0 {
        format!("{}s", time.as_secs())
    } else {
        format!("{}ms", time.as_millis())
    }
}

fn calls(text: &str) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(calls) if calls > 0 => Ok(calls),
        _ => Err("write a number above 0".to_owned()),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("write a time above 0".to_owned()),
        time => Ok(time),
    }
}
