//! Something goes wrong with one call, whichever it is: its answer is lost, its effect comes late, it is
//! throttled, fails, gets no answer or is denied. The run converges, or tells which call failed and why; then
//! the next one converges.

use std::collections::BTreeMap;
use std::time::Duration;

use workmailctl::apply::{Event, Outcome};
use workmailctl::plan::Plan;
use workmailctl::report::{Look, event_text};

use crate::support::mishap::{At, Mishap, writes_something};

use super::stage::{Stage, apply, for_all, stages};

/// How many worlds a run of every day has.
const WORLDS: u32 = 2;
/// The most calls of a plan.
const CALLS: usize = 25;
/// How long a client waits for an answer, where it is to give up.
const SHORT: Duration = Duration::from_secs(3);
/// How many runs go on at a time on one processor: most of them wait.
const AT_A_TIME: usize = 6;

/// What goes wrong with a call.
struct Fault {
    what: &'static str,
    mishap: Mishap,
    /// With how many attempts.
    attempts: usize,
    ends: Ends,
}

/// How a run with a fault ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// Converged.
    Well,
    /// Converged, or the call that was hit is told as failed, and by which exit code.
    Told(&'static [u8]),
    /// The call that was hit is told as failed, and by which exit code.
    Failed(&'static [u8]),
}

const fn once(what: &'static str, mishap: Mishap) -> Fault {
    Fault {
        what,
        mishap,
        attempts: 1,
        ends: Ends::Well,
    }
}

const fn always(what: &'static str, mishap: Mishap, ends: Ends) -> Fault {
    Fault {
        what,
        mishap,
        attempts: usize::MAX,
        ends,
    }
}

const FAULTS: &[Fault] = &[
    once("the answer is lost", Mishap::Reset { with_effect: true }),
    once("the request is lost", Mishap::Reset { with_effect: false }),
    once("throttled", Mishap::Refused("ThrottlingException", 400)),
    once("a failure", Mishap::Refused("InternalFailure", 500)),
    once(
        "no answer in time, with the effect",
        Mishap::Silence { with_effect: true },
    ),
    once(
        "no answer in time, without",
        Mishap::Silence { with_effect: false },
    ),
    Fault {
        what: "the effect comes right after the retry",
        mishap: Mishap::Late(1),
        attempts: 1,
        ends: Ends::Told(&[1, 69]),
    },
    Fault {
        what: "the effect comes much later",
        mishap: Mishap::Late(12),
        attempts: 1,
        ends: Ends::Told(&[1, 69]),
    },
    always(
        "every answer is lost",
        Mishap::Reset { with_effect: true },
        Ends::Told(&[1, 69]),
    ),
    always(
        "nothing but failures",
        Mishap::Refused("InternalFailure", 500),
        Ends::Failed(&[69]),
    ),
    always(
        "denied",
        Mishap::Refused("AccessDeniedException", 400),
        Ends::Failed(&[77]),
    ),
];

/// All faults at every call, rather than a few at each.
fn is_whole() -> bool {
    std::env::var("WORKMAILCTL_EVERY").is_ok()
}

#[test]
fn whatever_goes_wrong_with_a_write_is_told_and_mended_by_the_next_run() {
    let stages = stages("faults of writes", WORLDS, CALLS);
    let mut all = Vec::new();
    for (position, stage) in stages.iter().enumerate() {
        for write in 0..stage.writes {
            for (number, fault) in FAULTS.iter().enumerate() {
                let turn = number % 6 == (write + position) % 6;
                if is_whole() || turn {
                    all.push((stage, write, fault));
                }
            }
        }
    }
    let ended = for_all(&all, AT_A_TIME, |_, (stage, write, fault)| {
        meets(stage, At::Write(*write), fault)
    });
    print(&ended);
    for fault in FAULTS {
        let happened = |(what, _): &&(&str, &str)| *what == fault.what;
        assert!(
            ended.iter().filter(happened).count() >= 2,
            "{} does not happen",
            fault.what
        );
    }
}

#[test]
fn whatever_goes_wrong_with_a_read_nothing_is_written_from_what_is_not_known() {
    let stages = stages("faults of reads", WORLDS, CALLS);
    let faults = [
        once("the answer is lost", Mishap::Reset { with_effect: true }),
        once("throttled", Mishap::Refused("ThrottlingException", 400)),
        once("a failure", Mishap::Refused("InternalFailure", 500)),
        always(
            "denied",
            Mishap::Refused("AccessDeniedException", 400),
            Ends::Told(&[]),
        ),
        always(
            "nothing but failures",
            Mishap::Refused("InternalFailure", 500),
            Ends::Told(&[]),
        ),
    ];
    let mut all = Vec::new();
    for stage in &stages {
        for request in 0..stage.requests {
            for (number, fault) in faults.iter().enumerate() {
                if is_whole() || (request % 20 == 4 * number) {
                    all.push((stage, request, fault));
                }
            }
        }
    }
    let ended = for_all(&all, AT_A_TIME, |_, (stage, request, fault)| {
        meets(stage, At::Request(*request), fault)
    });
    print(&ended);
}

fn print(ended: &[(&'static str, &'static str)]) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in ended {
        *counts.entry(*one).or_default() += 1;
    }
    for ((what, how), count) in counts {
        eprintln!("{count:5}  {what}: {how}");
    }
    eprintln!("{} faults, each mended by the next run", ended.len());
}

/// One run with one fault, and the next one without. Returns the fault and how the first run ended.
async fn meets(
    stage: &Stage,
    at: At,
    fault: &Fault,
) -> Result<(&'static str, &'static str), String> {
    let world = stage.world_that_waits(SHORT).await;
    world.way.meets(at, fault.mishap.clone(), fault.attempts);
    let mut begun = Vec::new();
    let ran = Box::pin(apply(&world, &stage.desired, &mut begun)).await;
    let Some(hit) = world.way.hit() else {
        return Ok((fault.what, "did not happen"));
    };
    let point = |why: String| {
        let number = stage.number;
        format!(
            "pair {number}, {at:?} ({hit}), {}: {why}\n{}",
            fault.what,
            stage.manifests()
        )
    };
    let how = match &ran {
        Ok(ran) if ran.converged() => "converged",
        Ok(ran) => match (&ran.outcome, begun.last()) {
            (Some(outcome), Some(plan)) if ran.after.is_none() => {
                told(outcome, plan, &hit, fault.ends).map_err(point)?;
                "told, and the rest went on"
            }
            // What could not be read is not written, and stays.
            _ if !writes_something(&hit) => "left, for it could not be read",
            _ => return Err(point(format!("left {:?}", ran.left))),
        },
        Err(_) if !writes_something(&hit) => "not begun, for it could not be read",
        Err(why) => return Err(point(why.clone())),
    };
    match fault.ends {
        Ends::Well if how != "converged" => {
            let why = ran.err().unwrap_or_else(|| how.to_owned());
            return Err(point(format!("it does not converge: {why}")));
        }
        Ends::Failed(_) if how == "converged" && !world.way.hit_again() => {
            return Err(point("nothing failed".to_owned()));
        }
        _ => {}
    }
    world.way.mend();
    world.way.comes_late(&world.emulator).await;
    stage.recovers(&world, begun).await.map_err(point)?;
    Ok((fault.what, how))
}

/// A run that did not do everything says of what failed which call of which thing it was, and why; and all the
/// rest is done, or waits for that.
fn told(outcome: &Outcome, plan: &Plan, hit: &str, ends: Ends) -> Result<(), String> {
    let codes = match ends {
        Ends::Well => &[][..],
        Ends::Told(codes) | Ends::Failed(codes) => codes,
    };
    for (id, failure) in &outcome.failed {
        let operation = plan.operation(*id).ok_or("it is not in the plan")?;
        let failed = Event::OperationFailed {
            id: *id,
            code: failure.code.clone(),
            message: failure.message.clone(),
            request_id: failure.request_id.clone(),
        };
        let line = event_text(&failed, plan, &Look::default()).unwrap_or_default();
        let call = format!("{} {}", operation.call.operation, operation.target);
        if !line.contains(&call) || failure.message.trim().is_empty() {
            return Err(format!("`{line}` does not tell what failed"));
        }
        if !codes.is_empty() && !codes.contains(&failure.exit_code) {
            return Err(format!("{} is another end: {line}", failure.exit_code));
        }
    }
    let is_hit = |id: &usize| {
        let operation = plan.operation(*id);
        operation.is_some_and(|operation| operation.call.operation == hit)
    };
    if writes_something(hit) && !outcome.failed.keys().any(is_hit) {
        return Err(format!("{hit} is not told: {outcome:?}"));
    }
    for operation in &plan.operations {
        let id = operation.id;
        let is_open = !outcome.done.contains(&id)
            && !outcome.failed.contains_key(&id)
            && !outcome.stale.contains_key(&operation.component);
        if is_open && !outcome.skipped.contains_key(&id) {
            return Err(format!("nothing is told of operation {id}: {outcome:?}"));
        }
    }
    Ok(())
}
