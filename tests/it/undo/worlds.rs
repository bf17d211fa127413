//! Random pairs of worlds: what `undo` leads to is what was there before, also after a part of the run only.
#![expect(clippy::disallowed_methods, reason = "reads the files of its runs")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;
use tokio::runtime::Builder;
use workmailctl::apply::{
    Budget, Journal, JournalHeader, UndoFile, UndoHeader, UndoLine, recorded,
};
use workmailctl::kinds::KINDS;
use workmailctl::live;
use workmailctl::model::Desired;
use workmailctl::plan::Plan;
use workmailctl::plan::undo::{Recorded, last_look, lists, pieces, reversal};

use crate::support::canonical::{differences, state};
use crate::support::pipeline;
use crate::support::random::values;
use crate::support::random_settings::{Dice, INSTANCE, Pair, THERE, pairs};
use crate::support::service::World;
use crate::support::world::{now, sound};

/// How many pairs a run of every day has.
const PAIRS: u32 = 25;
/// In how many rounds a world is reached.
const ROUNDS: usize = 4;

#[test]
fn what_is_undone_is_as_it_was_before() {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut failures, mut compared, mut calls) = (String::new(), 0, 0);
    for (index, pair) in values("undo", PAIRS, &pairs()).enumerate() {
        match runtime.block_on(comes_back(&pair)) {
            Ok(Some(count)) => {
                compared += 1;
                calls += count;
            }
            Ok(None) => {}
            Err(why) => {
                let Pair { before, wanted, .. } = &pair;
                let number = index + 1;
                writeln!(failures, "pair {number}: {why}\n{before}\n{wanted}")
                    .expect("a text takes all");
            }
        }
    }
    eprintln!("{compared} runs undone, {calls} calls");
    assert!(failures.is_empty(), "{failures}");
    assert!(
        compared * 2 >= PAIRS as usize,
        "too few of the pairs can be reached: {compared}"
    );
}

/// How many calls were undone; none if the first of the worlds cannot be reached.
async fn comes_back(pair: &Pair) -> Result<Option<usize>, String> {
    let world = World::of(&["example.com", "example.org"], &[]).await;
    let input = json!({"Name": "there", "InstanceArn": INSTANCE});
    let application = world.ask("CreateIdentityCenterApplication", input).await;
    let application = application["ApplicationArn"].as_str().expect("an ARN");
    let manifest = |text: &str| sound(&text.replace(THERE, application));
    let (before, wanted) = (manifest(&pair.before), manifest(&pair.wanted));
    if reaches(&world, &before).await.is_none() {
        return Ok(None);
    }
    let start = state(&world).await;
    let mut dice = Dice(pair.behavior);
    let cut = match dice.below(3) {
        0 => Cut::Nowhere,
        1 => Cut::Budget(1 + dice.below(30)),
        _ => Cut::Dropped(dice.below(60), dice.below(2) == 0),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let Some(runs) = changes(&world, &wanted, &cut, folder.path()).await else {
        return Ok(None);
    };
    let calls = runs.iter().map(|run| run.operations.len()).sum();
    let mut notes = Vec::new();
    for _ in 0..ROUNDS {
        let (desired, told) = back(&world, &runs).await;
        notes.extend(told);
        let seen = pipeline::look(&world, &desired)
            .await
            .expect("the organization");
        let plan =
            pipeline::try_planned(&desired, &seen).map_err(|error| format!("{cut:?}: {error}"))?;
        let refused = plan.problems.iter();
        let mut refused = refused.filter(|problem| problem.message.contains("looks like a rename"));
        if refused.next().is_some() {
            return Ok(None);
        }
        if !plan.problems.is_empty() {
            return Err(format!("{cut:?}: problems {:?}", plan.problems));
        }
        if plan.operations.is_empty() {
            break;
        }
        let outcome = pipeline::carry_out(&world, &plan, &seen.live).await;
        if !outcome.is_complete() {
            return Err(format!(
                "{cut:?}: {:?} {:?} {:?}",
                outcome.failed, outcome.skipped, outcome.stale
            ));
        }
    }
    let end = state(&world).await;
    let left: Vec<String> = differences(&start, &end)
        .into_iter()
        .filter(|line| !is_told(line, &notes))
        .collect();
    if left.is_empty() {
        return Ok(Some(calls));
    }
    Err(format!("{cut:?}: {left:#?}\nnotes {notes:#?}"))
}

/// Where a run ends.
#[derive(Debug)]
enum Cut {
    Nowhere,
    /// After so many calls.
    Budget(usize),
    /// Killed at its so manyth request, which has its effect or not.
    Dropped(usize, bool),
}

/// True for what an undo says that it cannot bring back: what needs a secret again, applications of IAM Identity
/// Center, and what names them.
fn is_told(line: &str, notes: &[String]) -> bool {
    let target = line.split([' ', ':']).next().unwrap_or_default();
    let lost = ["needs its password again", "cannot be made again"];
    // A role that is made anew has another id, by which rules of unmanaged sections named it.
    if line.contains("{\"id\":") {
        return true;
    }
    let unverified = |note: &String| note.contains("has to be verified again");
    let of_domain = line.starts_with("organization ") || line.contains("@example.org");
    if of_domain && notes.iter().any(unverified) {
        return true;
    }
    let again = |note: &String| note.starts_with(target) && note.contains("is deregistered again");
    if notes.iter().any(again) {
        return true;
    }
    let told = |note: &String| {
        lost.iter()
            .any(|lost| note.starts_with(target) && note.contains(lost))
    };
    let application = notes
        .iter()
        .any(|note| note.starts_with("identity-center-application/"));
    notes.iter().any(told) || (application && target.starts_with("identity-"))
}

/// Applies until nothing is left to plan; none if no plan leads there.
async fn reaches(world: &World, desired: &Desired) -> Option<()> {
    for _ in 0..ROUNDS {
        let plan = planned(world, desired).await?;
        if plan.0.operations.is_empty() {
            return Some(());
        }
        let outcome = pipeline::carry_out(world, &plan.0, &plan.1).await;
        if !outcome.is_complete() {
            return None;
        }
    }
    None
}

async fn planned(world: &World, desired: &Desired) -> Option<(Plan, workmailctl::model::Snapshot)> {
    let seen = pipeline::look(world, desired)
        .await
        .expect("the organization");
    let plan = pipeline::planned(desired, &seen);
    plan.problems.is_empty().then_some((plan, seen.live))
}

/// Goes to the other world as far as the cut lets it, and reads what that recorded.
async fn changes(
    world: &World,
    desired: &Desired,
    cut: &Cut,
    folder: &Path,
) -> Option<Vec<Recorded>> {
    let mut runs = Vec::new();
    for round in 0..ROUNDS {
        let (plan, mut live) = planned(world, desired).await?;
        if plan.operations.is_empty() {
            break;
        }
        let needs = last_look(KINDS, &plan.operations);
        Box::pin(live::read_more(&world.client, KINDS, &mut live, &needs)).await;
        let path = folder.join(format!("{round}.jsonl"));
        let journal = Journal::create(&path, &JournalHeader::of(&plan, None)).expect("a journal");
        let beside = UndoFile::beside(&path);
        let mut journal = journal.with(UndoFile::create(&beside, &plan, &live).expect("a file"));
        let budget = match cut {
            Cut::Budget(most) => Budget {
                calls: Some(*most as u64),
                ..Budget::default()
            },
            _ => Budget::default(),
        };
        if let Cut::Dropped(request, with_effect) = cut {
            world.cut.after(*request, *with_effect);
        }
        let running = pipeline::carry_out_within(world, &plan, &live, budget, &mut journal);
        tokio::select! {
            _ = Box::pin(running) => {}
            () = world.cut.reached() => {}
        }
        world.cut.mend();
        assert!(journal.failure().is_none());
        runs.push(read(&beside));
        if !matches!(cut, Cut::Nowhere) {
            break;
        }
    }
    Some(runs)
}

fn read(path: &Path) -> Recorded {
    let text = std::fs::read_to_string(path).expect("it was written");
    let mut lines = text.lines();
    let header: UndoHeader =
        serde_json::from_str(lines.next().expect("a header")).expect("a header");
    let lines: Vec<UndoLine> = lines
        .map(|line| serde_json::from_str(line).expect("a line"))
        .collect();
    recorded(header, lines)
}

/// What brings it back, by what is live now.
async fn back(world: &World, runs: &[Recorded]) -> (Desired, Vec<String>) {
    let organization = workmailctl::model::DesiredOrganization {
        alias: "acme".to_owned(),
        ..Default::default()
    };
    let wanted = lists(KINDS, runs);
    let reading = live::read(&world.client, KINDS, &organization, &wanted, now());
    let (mut live, client) = Box::pin(reading).await.expect("the organization");
    let wanted = pieces(KINDS, runs, &live);
    Box::pin(live::read_more(&client, KINDS, &mut live, &wanted)).await;
    let back = reversal(KINDS, runs, &live);
    (back.desired, back.notes)
}
