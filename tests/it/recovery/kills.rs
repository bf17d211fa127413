//! Dropped before and after the effect of every one of its writes, a run is completed by the next one.

use crate::support::mishap::{At, Mishap};

use super::stage::{Stage, apply, for_all, stages};

/// How many worlds a run of every day has.
const WORLDS: u32 = 2;
/// The most calls of a plan.
const CALLS: usize = 40;

#[test]
fn a_run_that_is_dropped_at_any_write_is_completed_by_the_next() {
    let stages = stages("kill points", WORLDS, CALLS);
    let walks: Vec<(&Stage, bool)> = stages
        .iter()
        .flat_map(|stage| [(stage, false), (stage, true)])
        .collect();
    let points = for_all(&walks, 1, |_, (stage, with_effect)| {
        walk(stage, *with_effect)
    });
    let points: usize = points.into_iter().sum();
    let calls: usize = stages.iter().map(|stage| stage.calls).sum();
    eprintln!("{points} kill points, each completed by the next run");
    assert!(points >= 2 * calls, "{points} points of {calls} calls");
}

/// Every point of one stage. Returns how many there are.
async fn walk(stage: &Stage, with_effect: bool) -> Result<usize, String> {
    for write in 0.. {
        let world = stage.world().await;
        world
            .way
            .meets(At::Write(write), Mishap::Gone { with_effect }, 1);
        let mut begun = Vec::new();
        let ended = tokio::select! {
            ran = Box::pin(apply(&world, &stage.desired, &mut begun)) => Some(ran),
            () = world.way.gone() => None,
        };
        let point = || {
            let what = world.way.hit().unwrap_or_default();
            let number = stage.number;
            format!("pair {number}, {with_effect}, write {write} ({what})")
        };
        if let Some(ran) = ended {
            let ran = ran.map_err(|why| format!("{}: {why}", point()))?;
            if !ran.converged() {
                return Err(format!("{}: left {:?}", point(), ran.left));
            }
            return Ok(write);
        }
        world.way.mend();
        stage
            .recovers(&world, begun)
            .await
            .map_err(|why| format!("{}: {why}\n{}", point(), stage.manifests()))?;
    }
    unreachable!("a run ends")
}
