//! Executing a plan against the service.
//!
//! `execute` starts what the schedule allows and takes in what has ended; `run` sends one run of
//! operations with nothing in between; `sample` asks what the service makes of rules; `attempt` sends one call until it is known whether it has its
//! effect; `service` is all that is asked of the client. Nothing here decides what shall happen to
//! whom: that stands in the plan.

mod attempt;
mod context;
mod run;
mod sample;
mod secrets;
mod service;

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::client::Client;
use crate::kinds::Kinds;
use crate::model::Snapshot;
use crate::plan::Plan;

use super::schedule::Schedule;
use super::{Budget, Interrupt, Outcome, Sink, Stop};
use context::Context;
use run::{Ended, run};
pub use secrets::{NoSecrets, Secrets};
use service::{Live, Service};

/// How fast and how patient an apply is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many writes are in flight at the same time, at least one.
    pub write_parallelism: usize,
    /// How long one operation waits for the service to catch up.
    pub wait_deadline: Duration,
    /// Whether every component is compared with a fresh read right before its first write.
    pub compare: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            write_parallelism: 4,
            wait_deadline: Duration::from_mins(2),
            compare: false,
        }
    }
}

/// What an apply runs with, beside the plan.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How fast and how patient it is.
    pub pace: &'a Pace,
    /// What ends it early.
    pub interrupt: &'a Interrupt,
    /// What finds the secrets that its calls need.
    pub secrets: &'a dyn Secrets,
    /// How much it may do.
    pub budget: Budget,
}

/// Makes the calls of a plan, and tells what was done and what was not.
///
/// `snapshot` is the organization as it was read before; `kinds` is what it was planned with. The
/// first interrupt, and a budget that is spent, let the components in flight end; the second interrupt drops what is being sent, but
/// for an address that is between its release and its claim; the third one drops that too.
pub async fn execute(
    client: &Client,
    kinds: Kinds,
    plan: &Plan,
    snapshot: &Snapshot,
    with: &Run<'_>,
    events: &mut dyn Sink,
) -> Outcome {
    let service = Live { client, kinds };
    carry_out(service, kinds, plan, snapshot, with, events).await
}

async fn carry_out<S: Service>(
    service: S,
    kinds: Kinds,
    plan: &Plan,
    snapshot: &Snapshot,
    with: &Run<'_>,
    events: &mut dyn Sink,
) -> Outcome {
    let context = Context::new(service, kinds, plan, snapshot, with, events);
    let Run {
        pace, interrupt, ..
    } = *with;
    let mut schedule = Schedule::new(&plan.operations, pace.write_parallelism);
    let mut running = FuturesUnordered::new();
    let mut stop = None;
    loop {
        if interrupt.level() > 0 {
            schedule.close();
            stop.get_or_insert(Stop::Interrupted);
        }
        while let Some(started) = schedule.start(context.room()) {
            context.keep(&started.admitted);
            let component = schedule.component(started.component).to_vec();
            running.push(run(&context, started, component));
        }
        let ended = tokio::select! {
            biased;
            () = interrupt.reached(1), if stop.is_none() => continue,
            ended = running.next() => ended,
        };
        let Some(ended) = ended else {
            break;
        };
        if ended.aborted {
            schedule.close();
            stop = Some(Stop::Aborted);
        }
        settle(&context, &mut schedule, &ended);
    }
    drop(running);
    if stop != Some(Stop::Aborted) {
        ask_again(&context).await;
    }
    let left = schedule.open();
    // An interrupt that found nothing left to begin has not ended anything early.
    let stop = stop.filter(|stop| *stop == Stop::Aborted || !left.is_empty());
    let stop = stop.or_else(|| context.spent().filter(|_| !left.is_empty()));
    leave(&context, &left, stop);
    context.into_outcome(stop)
}

/// Asks of every component that has made its last write of rules what the service makes of them now.
async fn ask_again<S: Service>(context: &Context<'_, S>) {
    for sample in context.samples.values() {
        if context.are_done(&sample.writes) {
            let differs = context.differing(&sample.after, "were written").await;
            context.misjudged(differs);
        }
    }
}

/// Takes in a run that has ended: what it frees, and what falls with it.
fn settle<S: Service>(context: &Context<'_, S>, schedule: &mut Schedule, ended: &Ended) {
    for index in &ended.done {
        schedule.done(*index);
    }
    if let Some(index) = ended.failed {
        let because = format!("operation {} failed", context.operation(index).id);
        for fallen in schedule.failed(index) {
            context.skip(fallen, &because);
        }
    }
    let left_alone = if ended.stale {
        Some("its component is not as the plan expected")
    } else if ended.doubted {
        Some("the service evaluates rules otherwise than the plan")
    } else {
        None
    };
    if let Some(because) = left_alone {
        for fallen in schedule.leave_alone(ended.first) {
            context.skip(fallen, because);
        }
    }
    schedule.finish(ended.first);
}

/// Says of everything that was never sent why it was not.
fn leave<S: Service>(context: &Context<'_, S>, left: &[usize], stop: Option<Stop>) {
    let because = match stop {
        Some(Stop::Calls | Stop::Time) => {
            // This is what a budget is for, and may be nearly all of a plan: it is counted, not listed.
            for index in left {
                context.leave(*index, "left to the next run by the budget");
            }
            return;
        }
        Some(Stop::Interrupted) => "interrupted before its component began",
        Some(Stop::Aborted) => "aborted before it was sent",
        None => "what it depends on is never done by this plan",
    };
    for index in left {
        context.skip(*index, because);
    }
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
