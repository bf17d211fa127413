//! From one world to another one with the file that undoes it, and back.
#![expect(clippy::disallowed_methods, reason = "reads the files of its runs")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use workmailctl::apply::{
    Budget, Journal, JournalHeader, UndoFile, UndoHeader, UndoLine, recorded,
};
use workmailctl::kinds::KINDS;
use workmailctl::live;
use workmailctl::model::{Desired, DesiredOrganization, Snapshot};
use workmailctl::plan::Plan;
use workmailctl::plan::undo::{Recorded, last_look, lists, pieces, reversal};

use crate::support::canonical::{differences, forgives};
use crate::support::pipeline;
use crate::support::random_settings::{INSTANCE, Pair, THERE};
use crate::support::service::World;
use crate::support::world::{now, sound};

/// In how many rounds a world is reached.
const ROUNDS: usize = 6;

/// Everything of an organization, by its target and part.
pub(super) type State = BTreeMap<String, Value>;

/// Where a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    Nowhere,
    /// After so many calls.
    Budget(usize),
    /// Killed at its so manyth request, which has its effect or not.
    Dropped(usize, bool),
}

/// What was done and undone.
#[derive(Debug, Default)]
pub(super) struct Undone {
    /// How many calls may have had an effect.
    pub(super) calls: usize,
    /// The plans of the undo, in their order.
    pub(super) rounds: usize,
    /// What was said of what does not come back.
    pub(super) notes: Vec<String>,
    /// The domains that were verified again in between.
    pub(super) verified: BTreeSet<String>,
}

/// An organization with two domains and an application in IAM Identity Center, and what both manifests mean in it.
pub(super) async fn begun(pair: &Pair) -> (World, Desired, Desired) {
    let world = World::of(&["example.com", "example.org"], &[]).await;
    let input = json!({"Name": "there", "InstanceArn": INSTANCE});
    let application = world.ask("CreateIdentityCenterApplication", input).await;
    let application = application["ApplicationArn"].as_str().expect("an ARN");
    let manifest = |text: &str| sound(&text.replace(THERE, application));
    let (before, wanted) = (manifest(&pair.before), manifest(&pair.wanted));
    (world, before, wanted)
}

/// Applies until nothing is left to plan; none if no plan leads there.
pub(super) async fn reaches(world: &World, desired: &Desired) -> Option<()> {
    for _ in 0..ROUNDS {
        let (plan, live) = planned(world, desired).await?;
        if plan.operations.is_empty() {
            return Some(());
        }
        let outcome = pipeline::carry_out(world, &plan, &live).await;
        if !outcome.is_complete() {
            return None;
        }
    }
    None
}

pub(super) async fn planned(world: &World, desired: &Desired) -> Option<(Plan, Snapshot)> {
    let seen = pipeline::look(world, desired).await.ok()?;
    let plan = pipeline::planned(desired, &seen);
    plan.problems.is_empty().then_some((plan, seen.live))
}

/// Goes to the other world as far as it comes, and reads what that recorded; none if no plan leads there.
pub(super) async fn changes(
    world: &World,
    desired: &Desired,
    cut: Cut,
    folder: &Path,
) -> Option<Vec<Recorded>> {
    let mut runs = Vec::new();
    for round in 0..ROUNDS {
        let Some((plan, mut live)) = planned(world, desired).await else {
            // What a run that failed leaves may be what no plan goes on with.
            return (!runs.is_empty()).then_some(runs);
        };
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
                calls: Some(most as u64),
                ..Budget::default()
            },
            _ => Budget::default(),
        };
        if let Cut::Dropped(request, with_effect) = cut {
            world.cut.after(request, with_effect);
        }
        let running = pipeline::carry_out_within(world, &plan, &live, budget, &mut journal);
        let outcome = tokio::select! {
            outcome = Box::pin(running) => Some(outcome),
            () = world.cut.reached() => None,
        };
        world.cut.mend();
        assert!(journal.failure().is_none());
        runs.push(read(&beside));
        let is_whole = outcome.is_some_and(|outcome| outcome.is_complete());
        if !is_whole || !matches!(cut, Cut::Nowhere) {
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

/// Undoes the runs. A domain that has to be verified again is, and then the rest is undone.
pub(super) async fn undo(world: &World, runs: &[Recorded]) -> Result<Undone, String> {
    let mut undone = Undone {
        calls: runs.iter().map(|run| run.operations.len()).sum(),
        ..Undone::default()
    };
    loop {
        rounds(world, runs, &mut undone).await?;
        let due: BTreeSet<String> = undone
            .notes
            .iter()
            .filter_map(|note| note.split_once(" has to be verified again"))
            .filter_map(|(target, _)| target.strip_prefix("mail-domain/"))
            .map(str::to_owned)
            .collect();
        if due.is_subset(&undone.verified) {
            let since = undone.notes.iter().find(|note| note.contains(" since"));
            return match since {
                Some(note) => Err(format!("nobody changed anything, and: {note}")),
                None => Ok(undone),
            };
        }
        for domain in &due {
            let path = format!("/_emulator/domains/{domain}/verify");
            world.control("POST", &path, Value::Null).await;
        }
        undone.verified.extend(due);
    }
}

async fn rounds(world: &World, runs: &[Recorded], undone: &mut Undone) -> Result<(), String> {
    for _ in 0..ROUNDS {
        let (desired, notes) = back(world, runs).await;
        for note in notes {
            if !undone.notes.contains(&note) {
                undone.notes.push(note);
            }
        }
        let seen = pipeline::look(world, &desired)
            .await
            .map_err(|error| error.to_string())?;
        let plan = pipeline::try_planned(&desired, &seen).map_err(|error| error.to_string())?;
        if !plan.problems.is_empty() {
            return Err(format!("problems {:?}", plan.problems));
        }
        if plan.operations.is_empty() {
            return Ok(());
        }
        undone.rounds += 1;
        let outcome = pipeline::carry_out(world, &plan, &seen.live).await;
        if !outcome.is_complete() {
            return Err(format!(
                "{:?} {:?} {:?}",
                outcome.failed, outcome.skipped, outcome.stale
            ));
        }
    }
    Err(format!("after {ROUNDS} rounds there is more to undo"))
}

/// What brings it back, by what is live now.
async fn back(world: &World, runs: &[Recorded]) -> (Desired, Vec<String>) {
    let organization = DesiredOrganization {
        alias: "acme".to_owned(),
        ..DesiredOrganization::default()
    };
    let wanted = lists(KINDS, runs);
    let reading = live::read(&world.client, KINDS, &organization, &wanted, now());
    let (mut live, client) = Box::pin(reading).await.expect("the organization");
    let wanted = pieces(KINDS, runs, &live);
    Box::pin(live::read_more(&client, KINDS, &mut live, &wanted)).await;
    let back = reversal(KINDS, runs, &live);
    (back.desired, back.notes)
}

/// How many differences are forgiven, by why; an error with the others.
pub(super) fn compared(
    start: &State,
    end: &State,
    undone: &Undone,
) -> Result<BTreeMap<&'static str, usize>, String> {
    let mut forgiven = BTreeMap::new();
    let mut left = Vec::new();
    for line in differences(start, end) {
        match forgives(&line, start, &undone.notes) {
            Some(why) => *forgiven.entry(why).or_default() += 1,
            None => left.push(line),
        }
    }
    if left.is_empty() {
        return Ok(forgiven);
    }
    Err(format!("{left:#?}\nnotes {:#?}", undone.notes))
}
