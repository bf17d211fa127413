//! Runs undone without a service: the planner's own model stands in its place, and each part of a run is undone.

use std::collections::{BTreeMap, BTreeSet};

use workmailctl::diff::under_declared_names;
use workmailctl::kinds::identity_center_application::tag_of;
use workmailctl::kinds::setting::tell_versions;
use workmailctl::kinds::{KINDS, ToldBy};
use workmailctl::live::{Piece, under_names};
use workmailctl::model::{Desired, IDENTITY_CENTER_APPLICATION, Part, Snapshot, Target};
use workmailctl::plan::undo::{Recorded, Reversal, last_look, lists, pieces, record, reversal};
use workmailctl::plan::{Allowances, Plan, Scope, model};

use crate::cases::{live_of, needed, operations};
use crate::support::canonical::{canonical, differences, forgives};
use crate::support::exceptions::except;
use crate::support::markdown;
use crate::support::random::{chosen, values};
use crate::support::random_settings::{Dice, Pair, pairs};
use crate::support::world::{self, APPLICATION, id_of, sound, with_quotas};

use super::changes::{CHANGES, IN_CENTER};

/// How many random pairs a run of every day has.
const PAIRS: u32 = 16;
/// In how many rounds a world is reached or undone.
const ROUNDS: usize = 8;

/// An organization, and how many things were made in it: each has an id of its own.
#[derive(Clone)]
struct World {
    live: Snapshot,
    made: usize,
}

impl World {
    fn new(live: Snapshot) -> Self {
        Self {
            live,
            made: 100_000,
        }
    }

    /// Applies so many calls of a plan; what a run records of itself.
    fn run(&mut self, plan: &Plan, most: usize) -> Recorded {
        let before = record(&plan.operations, &self.live);
        let naming = model::Naming::of(plan);
        let mut created = BTreeMap::new();
        let operations = plan.operations[..most].to_vec();
        for operation in &operations {
            self.made += 1;
            let id = id_of(operation, self.made);
            // One that was made before is not made again.
            let id = id.map(|id| match id.strip_suffix("0123456789abcdef") {
                Some(start) if id == APPLICATION => format!("{start}{:016}", self.made),
                _ => id,
            });
            model::apply_to(KINDS, &mut self.live, operation, &naming, id.as_deref());
            created.extend(id.map(|id| (operation.id, id)));
        }
        self.read();
        Recorded {
            organization: plan.organization.clone(),
            management: plan.management.clone(),
            before,
            operations,
            created,
            naming,
        }
    }

    /// Looks at it again: everything under the name that the service has for it, and what only tags remember as far
    /// as they do.
    fn read(&mut self) {
        tell_versions(&mut self.live);
        let tags: BTreeSet<String> = self
            .live
            .tags()
            .into_iter()
            .flatten()
            .map(|(key, _)| key)
            .collect();
        self.live.settings.retain(|target, _| {
            target.kind() != IDENTITY_CENTER_APPLICATION || tags.contains(&tag_of(target.name()))
        });
        with_quotas(&mut self.live);
        let names = self.live.entities.iter().filter_map(|(target, entity)| {
            let name = entity.live_name.clone()?;
            Some((target.clone(), Target::new(target.kind().to_owned(), name)))
        });
        let names = names.collect();
        self.live.rename(&names);
        let twins = self.live.twins.iter().map(|(target, twin)| (target, twin));
        let ids = self
            .live
            .settings
            .iter()
            .chain(twins)
            .filter_map(|(target, setting)| {
                let name = setting.live_name.clone()?;
                Some((
                    setting.id.clone()?,
                    Target::new(target.kind().to_owned(), name),
                ))
            });
        let ids = ids.collect();
        under_names(&mut self.live, &ids);
    }

    /// The plan to there, with temporary names of its own. What it renames stands under its new name then.
    fn planned(&mut self, desired: &Desired) -> Result<Plan, String> {
        self.live = under_declared_names(desired, self.live.clone());
        let nonce = format!("{:016x}", self.made.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let plan = world::tried(
            desired,
            &self.live,
            &Allowances::default(),
            &Scope::default(),
            &nonce,
        );
        plan.map_err(|bug| bug.to_string())
    }

    /// Goes to the end, in as many rounds as that takes; none if no plan leads there.
    fn reach(&mut self, desired: &Desired) -> Option<Vec<Recorded>> {
        let mut runs = Vec::new();
        for _ in 0..ROUNDS {
            let plan = self.planned(desired).expect("no contradiction");
            if !plan.problems.is_empty() {
                return None;
            }
            if plan.operations.is_empty() {
                self.read();
                return Some(runs);
            }
            runs.push(self.run(&plan, plan.operations.len()));
        }
        None
    }

    /// Undoes the runs; what was said of what does not come back.
    fn undo(&mut self, runs: &[Recorded]) -> Result<Vec<String>, String> {
        let mut notes: Vec<String> = Vec::new();
        for _ in 0..ROUNDS {
            let back = back(runs, &self.live);
            if back.unread {
                return Err(format!("all was read, and: {:?}", back.notes));
            }
            if let Some(note) = back.notes.iter().find(|note| note.contains(" since")) {
                return Err(format!("nobody changed anything, and: {note}"));
            }
            let plan = self.planned(&back.desired)?;
            if !plan.problems.is_empty() {
                return Err(format!("problems {:?}", plan.problems));
            }
            let new = back.notes.into_iter().filter(|note| !notes.contains(note));
            notes.extend(new.collect::<Vec<_>>());
            if plan.operations.is_empty() {
                self.read();
                return if back.more {
                    Err(format!(
                        "there is more to undo, and no plan for it: {notes:?}"
                    ))
                } else {
                    Ok(notes)
                };
            }
            self.run(&plan, plan.operations.len());
            self.verify();
        }
        Err(format!("after {ROUNDS} rounds there is more to undo"))
    }

    /// Verifies all domains, as their owner does.
    fn verify(&mut self) {
        if let Part::Known(domains) = &mut self.live.organization.mail_domains {
            for domain in domains.values_mut() {
                domain.ownership = Part::Known("VERIFIED".to_owned());
            }
        }
    }
}

/// What brings it back, by no more than what is read for that.
fn back(runs: &[Recorded], live: &Snapshot) -> Reversal {
    let wanted = lists(KINDS, runs);
    let mut seen = live.clone();
    let listed = |kind: &str| wanted.lists.contains(kind) || wanted.settings.contains(kind);
    for (kind, list) in &mut seen.lists {
        if !listed(kind) {
            *list = Part::NotRead;
        }
    }
    seen.settings.retain(|target, _| listed(target.kind()));
    seen.entities.retain(|target, _| listed(target.kind()));
    let more = pieces(KINDS, runs, &seen);
    for (target, entity) in &mut seen.entities {
        let has = |piece: Piece| {
            more.pieces
                .get(target)
                .is_some_and(|pieces| pieces.contains(&piece))
        };
        let entry = KINDS.iter().find(|entry| entry.name == target.kind());
        for field in entry.expect("a kind").fields {
            let piece = if field.told_by == ToldBy::Mailbox {
                Piece::Mailbox
            } else {
                Piece::Details
            };
            if !has(piece) {
                entity.fields.insert(field.name.into(), Part::NotRead);
            }
        }
        if !has(Piece::Aliases) {
            entity.aliases = Part::NotRead;
        }
        if !has(Piece::Links) {
            entity.links = Part::NotRead;
        }
        if !has(Piece::Grants) {
            entity.grants = Part::NotRead;
        }
        entity.groups = Part::NotRead;
    }
    reversal(KINDS, runs, &seen)
}

/// What is not as it was, but for what is forgiven.
fn left(before: &Snapshot, after: &Snapshot, notes: &[String]) -> Vec<String> {
    let before = canonical(before);
    let mut left = differences(&before, &canonical(after));
    left.retain(|line| forgives(line, &before, notes).is_none());
    left
}

/// Goes from one world to the other and back; none if no plan leads there.
fn there_and_back(pair: &Pair, parts: &mut Parts) -> Option<Result<(), String>> {
    let mut world = World::new(world::empty());
    world.reach(&sound(&pair.before))?;
    world::forget_management(&mut world.live);
    let start = world.clone();
    let wanted = sound(&pair.wanted);
    let runs = world.reach(&wanted)?;
    let all = world.undo(&runs);
    let check = |undone: Result<Vec<String>, String>, world: &World| {
        let notes = undone?;
        let left = left(&start.live, &world.live, &notes);
        if left.is_empty() {
            return Ok(());
        }
        Err(format!("{left:#?}\nnotes {notes:#?}"))
    };
    if let Err(why) = check(all, &world) {
        return Some(Err(why));
    }
    let mut begun = start.clone();
    let first = begun.planned(&wanted).expect("no contradiction");
    parts.calls += first.operations.len();
    for most in parts.chosen(first.operations.len()) {
        let mut world = begun.clone();
        let run = world.run(&first, most);
        let undone = world.undo(&[run]);
        if let Err(why) = check(undone, &world) {
            let calls = operations(&first);
            return Some(Err(format!("after {most} calls: {why}\n{calls}")));
        }
    }
    Some(Ok(()))
}

/// Where runs end.
struct Parts {
    dice: Dice,
    most: usize,
    calls: usize,
    undone: usize,
}

impl Parts {
    fn new(seed: u64, most: usize) -> Self {
        Self {
            dice: Dice(seed),
            most,
            calls: 0,
            undone: 0,
        }
    }

    fn chosen(&mut self, calls: usize) -> Vec<usize> {
        let all: Vec<usize> = (1..calls).collect();
        let chosen = if all.len() <= self.most {
            all
        } else {
            (0..self.most).map(|_| *self.dice.one(&all)).collect()
        };
        self.undone += chosen.len();
        chosen
    }
}

#[test]
fn every_part_of_a_change_of_each_kind_is_undone() {
    let mut parts = Parts::new(1, usize::MAX);
    let mut failures = Vec::new();
    for change in CHANGES {
        let manifest = |text: &str| format!("{}\n{text}", change.both).replace("CENTER", IN_CENTER);
        let pair = Pair {
            before: manifest(change.before),
            wanted: manifest(change.after),
            behavior: 0,
        };
        match there_and_back(&pair, &mut parts) {
            None => failures.push(format!("{}: no plan leads there", change.what)),
            Some(Err(why)) => failures.push(format!("{}: {why}", change.what)),
            Some(Ok(())) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    eprintln!(
        "{} changes of {} calls, {} parts",
        CHANGES.len(),
        parts.calls,
        parts.undone
    );
}

#[test]
fn parts_of_runs_between_random_worlds_are_undone() {
    let (mut reached, mut calls, mut undone) = (0, 0, 0);
    let only = chosen();
    for (index, pair) in values("undo on the model", PAIRS, &pairs()).enumerate() {
        if only
            .as_ref()
            .is_some_and(|only| !only.contains(&(index + 1)))
        {
            continue;
        }
        let mut parts = Parts::new(pair.behavior, 3);
        match there_and_back(&pair, &mut parts) {
            None => {}
            Some(Ok(())) => {
                reached += 1;
                calls += parts.calls;
                undone += parts.undone;
            }
            Some(Err(why)) => {
                let Pair { before, wanted, .. } = pair;
                panic!("pair {}: {why}\n\n{before}\n\n{wanted}\n", index + 1);
            }
        }
    }
    eprintln!("{reached} pairs of {calls} calls undone, and {undone} parts of them");
    assert!(
        only.is_some() || reached >= 8,
        "too few of the pairs can be reached: {reached}"
    );
}

/// What undoes the plan of a case, or so many of its calls as `part` says, with the runs that lead to `second` after it;
/// after somebody else applied `since`.
#[test]
fn cases() {
    markdown::run(
        "undo",
        &[
            "plan",
            "last look",
            "reads",
            "domains",
            "undo",
            "notes",
            "more",
        ],
        |case| {
            let mut world = World::new(live_of(case));
            let manifest = case.block("manifest").expect("a manifest");
            let plan = world.planned(&sound(manifest)).expect("no contradiction");
            let part = case
                .block("part")
                .map(|part| part.trim().parse().expect("a number"));
            let mut runs = vec![world.run(&plan, part.unwrap_or(plan.operations.len()))];
            if let Some(second) = case.block("second") {
                let more = world.reach(&sound(second));
                runs.extend(more.expect("a plan leads there"));
            }
            if let Some(since) = case.block("since") {
                world.reach(&sound(since)).expect("a plan leads there");
            }
            if let Some(lines) = case.block("unread") {
                except(&mut world.live, lines);
            }
            let back = reversal(KINDS, &runs, &world.live);
            let undo = world.planned(&back.desired).expect("no contradiction");
            let organization = &back.desired.organization;
            let domains = organization.mail_domains.iter().flatten().cloned();
            let default = organization.default_mail_domain.iter();
            let domains = domains.chain(default.map(|name| format!("default {name}")));
            let domains: Vec<String> = domains.collect();
            let mut reads = lists(KINDS, &runs);
            reads.pieces = pieces(KINDS, &runs, &world.live).pieces;
            vec![
                ("plan".to_owned(), operations(&plan)),
                (
                    "last look".to_owned(),
                    needed(&last_look(KINDS, &plan.operations)),
                ),
                ("reads".to_owned(), needed(&reads)),
                ("domains".to_owned(), domains.join("\n")),
                ("undo".to_owned(), operations(&undo)),
                ("notes".to_owned(), back.notes.join("\n")),
                ("more".to_owned(), format!("{} {}", back.more, back.unread)),
            ]
        },
    );
}
