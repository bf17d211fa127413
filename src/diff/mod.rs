//! How the manifest and the snapshot differ, and what has to be read to tell.
//!
//! `needs` says what comparing needs, `diff` compares, `more_needs` says what writing the differences
//! needs; after the second read `diff` is asked again. It cannot fail: what is Unknown becomes a gap,
//! what contradicts the live organization a problem.
//!
//! Reading order: `organization` and `domains` (the organization itself), `renames` (what goes by another name live), `entities` (each declared thing),
//! `ownership` (what is not declared), `unread` (what cannot be written because something else is not
//! known), `claims` and `names` (addresses and names that come: who has them, whether they may be used),
//! `settle` (what waits, and what waits for that), `relations` (members, delegates, grants), `settings`
//! (rules, roles, policies, configurations), with `setting_names` before them and `tokens` beside them.

mod bounds;
mod claims;
mod crowd;
mod domains;
mod entities;
mod leftovers;
mod named;
mod names;
mod needs;
mod organization;
mod ownership;
mod relations;
mod renames;
mod setting_names;
mod settings;
mod settle;
mod sign_ins;
mod successors;
mod tokens;
mod unread;
mod watched;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::kinds::{Entry, Kinds};
use crate::model::{
    Action, Change, ChangeSet, Desired, Gap, Held, NotWatched, Part, Problem, Snapshot, Target,
    Unknown, UnknownCause, Wanted,
};

pub use leftovers::hold_leftovers;
pub use needs::{more_needs, needs};
pub use renames::under_declared_names;
pub use sign_ins::{SignInWrites, sign_in_needs};
pub use watched::{Joining, watched_needs};

/// What the comparison ends in: see [`ChangeSet`]. Changes come in the order of targets.
pub fn diff(kinds: Kinds, desired: &Desired, live: &Snapshot) -> ChangeSet {
    let ends = Ends {
        kinds,
        desired,
        live,
    };
    let mut draft = Draft::default();
    if desired.organization.removal.is_some() {
        organization::remove(&ends, &mut draft);
        return draft.finish();
    }
    organization::compare(&ends, &mut draft);
    domains::compare(&ends, &mut draft);
    named::compare(&ends, &mut draft);
    renames::compare(&ends, &mut draft);
    renames::done(&ends, &mut draft);
    for entry in kinds.iter().copied().filter(|entry| ends.manages(entry)) {
        if let Some(gap) = ends.unlisted(entry.name) {
            draft.gaps.push(gap);
            continue;
        }
        entities::compare(&ends, entry, &mut draft);
        ownership::compare(&ends, entry, &mut draft);
    }
    unread::withhold(&ends, &mut draft);
    settle::settle(&ends, &mut draft);
    relations::compare(&ends, &mut draft);
    ownership::made_anew(&ends, &mut draft);
    domains::remove(&ends, &mut draft);
    settings::compare(&ends, &mut draft);
    needs::not_watched(&ends, &mut draft);
    ChangeSet {
        valid_until: desired.next_until,
        ..draft.finish()
    }
}

/// Both ends of the comparison.
pub(crate) struct Ends<'a> {
    pub(crate) kinds: Kinds,
    pub(crate) desired: &'a Desired,
    pub(crate) live: &'a Snapshot,
}

/// What is found, before it is put in order.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) changes: BTreeMap<Target, Change>,
    /// What settings become that are made or changed.
    pub(crate) becomes: BTreeMap<Target, Map<String, Value>>,
    /// Who will not be registered when the plan ends, although the manifest wants it.
    pub(crate) waiting: BTreeSet<Target>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) held: Vec<Held>,
    pub(crate) left_behind: Vec<crate::model::LeftBehind>,
    pub(crate) not_watched: Vec<NotWatched>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<String>,
}

impl Ends<'_> {
    pub(crate) fn manages(&self, entry: &Entry) -> bool {
        self.desired.sections.contains(entry.section)
    }

    /// The gap of a kind whose list is not known.
    pub(crate) fn unlisted(&self, kind: &str) -> Option<Gap> {
        let unknown = match self.live.listed(kind) {
            Part::Known(()) => return None,
            Part::Unknown(unknown) => unknown.clone(),
            Part::Absent | Part::NotRead => not_in_snapshot(),
        };
        Some(Gap {
            target: Target::new(
                crate::model::ORGANIZATION,
                self.live.organization.alias.clone(),
            ),
            part: format!("the list of {kind}s"),
            unknown,
        })
    }

    /// True if the thing is registered once the manifest is fulfilled. What the plan removes is not.
    pub(crate) fn ends_registered(&self, target: &Target, draft: &Draft) -> bool {
        if draft.waiting.contains(target) {
            return false;
        }
        if let Some(change) = draft.changes.get(target)
            && matches!(change.action, Action::Deregister | Action::Delete)
        {
            return !change.writable;
        }
        let live = || {
            self.live
                .entities
                .get(target)
                .is_some_and(crate::model::Entity::is_registered)
        };
        match self
            .desired
            .entities
            .get(target)
            .map(|declared| declared.wanted)
        {
            // What is only reported is made and registered by nobody.
            Some(Wanted::Registered) => {
                let change = draft.changes.get(target);
                change.is_none_or(|change| change.writable) || live()
            }
            Some(Wanted::Deregistered | Wanted::Absent) => false,
            Some(Wanted::Unsaid) | None => live(),
        }
    }

    /// True if the manifest declares it, and not as absent.
    pub(crate) fn declares(&self, target: &Target) -> bool {
        self.desired
            .entities
            .get(target)
            .is_some_and(|declared| declared.wanted != Wanted::Absent && !declared.implied)
    }

    /// The members or delegates of a thing whose time has passed, and when.
    pub(crate) fn due_links(&self, target: &Target) -> BTreeMap<Target, Timestamp> {
        let declared = self.desired.entities.get(target);
        let mut due = BTreeMap::new();
        for (reference, time) in declared.iter().flat_map(|declared| &declared.due_links) {
            if let Some(party) = reference.resolve(|candidate| self.is_there(candidate)) {
                note_due(&mut due, party, *time);
            }
        }
        due
    }

    /// True if it is declared or live, and nobody's own.
    pub(crate) fn is_there(&self, target: &Target) -> bool {
        self.declares(target)
            || self
                .live
                .entities
                .get(target)
                .is_some_and(|entity| !entity.built_in)
    }
}

impl Draft {
    fn finish(self) -> ChangeSet {
        let mut problems = self.problems;
        problems.sort();
        problems.dedup();
        ChangeSet {
            changes: self
                .changes
                .into_values()
                .filter(|change| !change.deltas.is_empty() || change.action != Action::Update)
                .collect(),
            becomes: self.becomes,
            gaps: self.gaps,
            held: self.held,
            left_behind: self.left_behind,
            not_watched: self.not_watched,
            problems,
            notes: self.notes,
            valid_until: None,
        }
    }
}

/// Notes that somebody's time has passed. Of several times the last one counts: until then they were
/// as declared.
pub(crate) fn note_due(due: &mut BTreeMap<Target, Timestamp>, party: Target, time: Timestamp) {
    let last = due.entry(party).or_insert(time);
    *last = time.max(*last);
}

/// Why something is not known that nobody asked for, as in a snapshot that was made for less.
pub(crate) fn not_in_snapshot() -> Unknown {
    Unknown {
        operation: "snapshot".to_owned(),
        cause: UnknownCause::Garbled,
        message: "the snapshot does not hold it".to_owned(),
        request_id: None,
    }
}

/// The reason why a part is not certain; none if it is Known or Absent.
pub(crate) fn uncertain<T>(part: &Part<T>) -> Option<Unknown> {
    match part {
        Part::Known(_) | Part::Absent => None,
        Part::Unknown(unknown) => Some(unknown.clone()),
        Part::NotRead => Some(not_in_snapshot()),
    }
}
