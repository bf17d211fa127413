//! Something goes wrong with a call of a run, whichever it is, and whatever of it: the file of that run brings the
//! world back too.

use std::collections::BTreeMap;

use crate::recovery::for_all;
use crate::support::canonical::state;
use crate::support::mishap::{At, Mishap};
use crate::support::random::values;
use crate::support::random_settings::{Dice, Pair, near_pairs};

use super::back::{Cut, Undone, begun, changes, compared, planned, reaches, undo};

/// How many pairs a run of every day has.
const PAIRS: u32 = 22;
/// How many pairs go on at a time on one processor: most of them wait.
const AT_A_TIME: usize = 4;

/// What goes wrong with a call, with how many attempts of it.
const FAULTS: &[(&str, Mishap, usize)] = &[
    ("the answer is lost", Mishap::Reset { with_effect: true }, 1),
    (
        "every answer is lost",
        Mishap::Reset { with_effect: true },
        usize::MAX,
    ),
    (
        "every request is lost",
        Mishap::Reset { with_effect: false },
        usize::MAX,
    ),
    ("the effect comes right after the retry", Mishap::Late(1), 1),
    ("the effect comes much later", Mishap::Late(12), 1),
    (
        "nothing but failures",
        Mishap::Refused("InternalFailure", 500),
        usize::MAX,
    ),
    (
        "denied",
        Mishap::Refused("AccessDeniedException", 400),
        usize::MAX,
    ),
    (
        "refused in a sentence",
        Mishap::Refused("InvalidParameterException", 400),
        usize::MAX,
    ),
];

/// How a pair ended.
enum Ended {
    /// One of the worlds is what no plan leads to, or there is nothing between them.
    NotReached,
    /// By the number of the fault.
    Undone(usize, Undone),
}

#[test]
fn what_is_undone_after_a_call_that_failed_or_was_not_answered_is_as_it_was_before() {
    let all: Vec<Pair> = values("undo after mishaps", PAIRS, &near_pairs(50)).collect();
    let pairs: Vec<&Pair> = all.iter().collect();
    let ended = for_all(&pairs, AT_A_TIME, |index, pair| {
        let pair = *pair;
        async move {
            let number = index % FAULTS.len();
            Box::pin(comes_back(pair, number)).await.map_err(|why| {
                let Pair { before, wanted, .. } = pair;
                let (what, ..) = &FAULTS[number];
                format!(
                    "pair {}, {what}: {why}\n\n{before}\n\n{wanted}\n",
                    index + 1
                )
            })
        }
    });
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in &ended {
        if let Ended::Undone(number, undone) = one {
            let (runs, calls) = counts.entry(FAULTS[*number].0).or_default();
            *runs += 1;
            *calls += undone.calls;
        }
    }
    for (what, (runs, calls)) in &counts {
        eprintln!("{runs:6}  runs undone, {calls} calls: {what}");
    }
    let runs: usize = counts.values().map(|(runs, _)| runs).sum();
    assert!(
        runs * 3 >= all.len(),
        "too few of the pairs can be reached: {runs}"
    );
}

async fn comes_back(pair: &Pair, number: usize) -> Result<Ended, String> {
    let (world, before, wanted) = begun(pair).await;
    if reaches(&world, &before).await.is_none() {
        return Ok(Ended::NotReached);
    }
    let start = state(&world).await;
    let plan = match planned(&world, &wanted).await {
        Some((plan, _)) if !plan.operations.is_empty() => plan,
        _ => return Ok(Ended::NotReached),
    };
    let mut dice = Dice(pair.behavior);
    let write = dice.below(plan.operations.len());
    let (_, mishap, attempts) = &FAULTS[number];
    world.way.meets(At::Write(write), mishap.clone(), *attempts);
    let folder = tempfile::tempdir().expect("a folder");
    let runs = changes(&world, &wanted, Cut::Nowhere, folder.path()).await;
    let hit = world.way.hit();
    world.way.mend();
    world.way.comes_late(&world.emulator).await;
    let (Some(runs), Some(hit)) = (runs, hit) else {
        return Ok(Ended::NotReached);
    };
    let point = |why: String| format!("{hit}, write {write}: {why}");
    let undone = undo(&world, &runs).await.map_err(point)?;
    compared(&start, &state(&world).await, &undone).map_err(point)?;
    Ok(Ended::Undone(number, undone))
}
