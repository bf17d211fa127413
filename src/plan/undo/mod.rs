//! What brings an organization back to what it was before a run, as a desired state: it is compared, planned,
//! guarded and checked like a manifest.
//!
//! A run records what its plan touched as it was, and each call before it is sent. `trace` runs the recorded calls
//! on the model, so that of everything that was touched all its states on the way are known. What is live now and
//! was on that way is turned back to the first of them; what is anything else, somebody else made: it is told and
//! left alone. Sets are turned back element by element. `entity`, `setting` and `domains` do this;
//! `looks` says what has to be recorded and read for it.

mod domains;
mod entity;
mod looks;
mod setting;
mod strangers;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::setting::{SettingKind, references, without};
use crate::kinds::{self, Kinds};
use crate::live::under_names;
use crate::model::{
    Declared, Desired, DesiredGrant, DesiredOrganization, Grantee, Management, OnRemoval, Part,
    Pins, Reference, Section, Setting, Snapshot, TAG, Target, Unmanaged, Wanted, Wish,
};

use super::document::{Operation, OrganizationStamp};
use super::model::Naming;
use looks::goes;
use trace::Traces;

pub use looks::{last_look, lists, pieces, record};

/// What one run recorded of itself.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The organization that it wrote.
    pub organization: OrganizationStamp,
    /// The rules of management that it was guarded by.
    pub management: Management,
    /// What its plan touches, as it was before.
    pub before: Snapshot,
    /// The calls that may have had an effect, in the order of the plan.
    pub operations: Vec<Operation>,
    /// By the number of a call, the id of what it made.
    pub created: BTreeMap<usize, String>,
    /// What the temporary names of its plan were made of.
    pub naming: Naming,
}

/// What brings an organization back.
#[derive(Clone, Debug)]
pub struct Reversal {
    /// What it was, of everything that was touched and can be brought back.
    pub desired: Desired,
    /// What is left alone or cannot be brought back, as sentence fragments.
    pub notes: Vec<String>,
    /// True if there is more to bring back that waits for this: a name that is free only then, or a deregistration.
    pub more: bool,
    /// True if something could not be read, and so is left alone.
    pub unread: bool,
}

/// What brings the organization back to what it was before the first of the runs, which are in their order.
pub fn reversal(kinds: Kinds, runs: &[Recorded], live: &Snapshot) -> Reversal {
    let apart = setting::told_apart(live);
    let mut live = live.clone();
    under_names(&mut live, &apart);
    let live = &live;
    let mut traces = Traces::of(kinds, runs);
    traces.join_made_anew(live);
    let mut draft = Draft {
        leaving: leaving(&traces, live),
        ..Draft::default()
    };
    if let Some(last) = runs.last() {
        draft.desired.organization = DesiredOrganization {
            alias: last.organization.alias.clone(),
            pins: Pins {
                id: Some(last.organization.id.clone()),
                ..Pins::default()
            },
            ..DesiredOrganization::default()
        };
    }
    for (target, states) in &traces.settings {
        let before = states.first().and_then(Option::as_ref);
        if let (Some(before), Some((there, _))) = (before, setting::find(target, states, live)) {
            let gets = draft.name(setting::named(target, before), there, live);
            let names = [there.name().to_owned(), gets.name().to_owned()];
            draft.names.insert(target.clone(), names);
        } else if let Some(before) = before {
            let name = setting::named(target, before).name().to_owned();
            draft.names.insert(target.clone(), [name.clone(), name]);
        }
    }
    draft.unmoved(runs, live);
    for (target, states) in &traces.entities {
        entity::turn_back(kinds, target, states, live, &mut draft);
    }
    for (target, states) in &traces.settings {
        setting::turn_back(target, states, live, &mut draft);
    }
    strangers::called_again(&traces, live, &mut draft);
    setting::with_their_owners(live, &mut draft);
    domains::turn_back(&traces.organizations, live, &mut draft);
    draft.waits();
    draft.meant(&apart);
    draft.without_who_is_gone(live);
    draft.only_what_is_first();
    draft.manage(kinds);
    if traces.has_secrets {
        draft.note("passwords and other secrets that were sent stay as they are".to_owned());
    }
    Reversal {
        desired: draft.desired,
        notes: draft.notes,
        more: draft.more,
        unread: draft.unread,
    }
}

/// The names that are given up: what has them now had others, which are free or given up, too.
fn leaving(traces: &Traces, live: &Snapshot) -> BTreeSet<Target> {
    let entities = traces.entities.iter().filter_map(|(target, states)| {
        let before = states.first()?.as_ref()?;
        let (there, _) = entity::find(target, states, live)?;
        Some((there.clone(), entity::named(target, before)))
    });
    let settings = traces.settings.iter().filter_map(|(target, states)| {
        let before = states.first()?.as_ref()?;
        let (there, _) = setting::find(target, states, live)?;
        Some((there.clone(), setting::named(target, before)))
    });
    let mut moving: BTreeMap<Target, Target> = entities
        .chain(settings)
        .filter(|(there, had)| there != had)
        .collect();
    loop {
        let has_room = |had: &Target| {
            let is_live = live.entities.contains_key(had) || live.settings.contains_key(had);
            !is_live || moving.contains_key(had)
        };
        let stay = moving.iter().find(|(_, had)| !has_room(had));
        let Some(stay) = stay.map(|(there, _)| there.clone()) else {
            return moving.into_keys().collect();
        };
        moving.remove(&stay);
    }
}

#[derive(Default)]
struct Draft {
    desired: Desired,
    notes: Vec<String>,
    /// The names that are given up.
    leaving: BTreeSet<Target>,
    /// By the name of a setting in the plans: the one that it has now, and the one that it gets.
    names: BTreeMap<Target, [String; 2]>,
    /// What has to be said of some before they are deregistered, under the names that they have.
    first: BTreeMap<Target, Declared>,
    /// The names that some had, and the names under which they wait for them.
    waiting: Vec<(Target, Target)>,
    more: bool,
    unread: bool,
}

impl Draft {
    /// Puts off everything else as long as something comes first.
    fn only_what_is_first(&mut self) {
        if self.first.is_empty() {
            return;
        }
        self.more = true;
        let organization = &self.desired.organization;
        self.desired = Desired {
            organization: DesiredOrganization {
                alias: organization.alias.clone(),
                pins: organization.pins.clone(),
                ..DesiredOrganization::default()
            },
            entities: std::mem::take(&mut self.first),
            ..Desired::default()
        };
    }

    /// Notes the names of what was to be renamed and was not: the plans of the runs know it by the new one.
    fn unmoved(&mut self, runs: &[Recorded], live: &Snapshot) {
        for (target, before) in runs.iter().flat_map(|run| &run.before.settings) {
            let Some(name) = &before.live_name else {
                continue;
            };
            let mut there = live.settings.iter();
            let is_it = |(other, now): &(&Target, &Setting)| {
                other.kind() == target.kind() && now.id == before.id
            };
            let name = there
                .find(is_it)
                .map_or(name.as_str(), |(now, _)| now.name());
            let names = self.names.entry(target.clone());
            names.or_insert_with(|| [name.to_owned(), name.to_owned()]);
        }
    }

    /// The name that something gets: the one that it had, or as long as another one has that, the one that it has.
    fn name(&mut self, had: Target, has: &Target, live: &Snapshot) -> Target {
        let goes_by = |setting: &Setting| setting.live_name.as_deref() == Some(had.name());
        if live.settings.get(has).is_some_and(goes_by) {
            return had;
        }
        let mut alike = live.settings.iter();
        let is_taken = live.entities.contains_key(&had)
            || live.settings.contains_key(&had)
            || alike.any(|(other, setting)| other.kind() == had.kind() && goes_by(setting));
        if had != *has && is_taken && !self.leaving.contains(&had) {
            let waits = (had, has.clone());
            if !self.waiting.contains(&waits) {
                self.waiting.push(waits);
            }
            return has.clone();
        }
        had
    }

    /// Says by its id which one is meant of those that have one name.
    fn meant(&mut self, apart: &BTreeMap<String, Target>) {
        for (target, declared) in &mut self.desired.settings {
            let former = declared.previously.as_deref().unwrap_or(target.name());
            let mut apart = apart.iter();
            let is_it = |(_, other): &(&String, &Target)| {
                other.kind() == target.kind() && other.name() == former
            };
            if let Some((id, _)) = apart.find(is_it) {
                declared.id = Some(id.clone());
                declared.previously = None;
            }
        }
    }

    /// Tells of names that are not free: there is more to do where what has one goes, and nothing can be done
    /// where it stays.
    fn waits(&mut self) {
        for (had, has) in std::mem::take(&mut self.waiting) {
            let entity = self.desired.entities.get(&had);
            let setting = self.desired.settings.get(&had);
            let goes = entity.is_some_and(|declared| declared.wanted == Wanted::Absent)
                || setting.is_some_and(|declared| declared.absent);
            if goes {
                self.more = true;
            } else {
                self.note(format!("{has} keeps its name: {had} is something else now"));
            }
        }
    }

    /// Tells of what could not be read.
    fn unread(&mut self, what: &str) {
        self.unread = true;
        self.note(format!("{what} could not be read: left alone"));
    }

    /// True if the list of a kind was read; tells of the thing otherwise.
    fn is_listed(&mut self, target: &Target, live: &Snapshot) -> bool {
        let is_listed = matches!(live.listed(target.kind()), Part::Known(()) | Part::Absent);
        if !is_listed {
            self.unread(&target.to_string());
        }
        is_listed
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes out of sets and rules who is not there and does not come back.
    fn without_who_is_gone(&mut self, live: &Snapshot) {
        let comes = |target: &Target, declared: &Declared| {
            (declared.wanted != Wanted::Absent).then(|| target.clone())
        };
        let mut there: BTreeSet<Target> = live.entities.keys().cloned().collect();
        let declared = self.desired.entities.iter();
        let (come, go): (Vec<_>, Vec<_>) =
            declared.partition(|(target, declared)| comes(target, declared).is_some());
        let go: BTreeSet<Target> = go.into_iter().map(|(target, _)| target.clone()).collect();
        there.extend(come.into_iter().map(|(target, _)| target.clone()));
        there.retain(|target| !go.contains(target));
        let is_there =
            |reference: &Reference| reference.resolve(|target| there.contains(target)).is_some();
        let mut notes = Vec::new();
        for (target, declared) in &mut self.desired.entities {
            let mut keep = |reference: &Reference, what: &str| {
                let keeps = is_there(reference);
                if !keeps {
                    notes.push(format!(
                        "{what} {} of {target} is not there any more",
                        reference.0
                    ));
                }
                keeps
            };
            if let Some(Wish { items, .. }) = &mut declared.links {
                items.retain(|reference| keep(reference, "the member or delegate"));
            }
            if let Some(Wish { items, .. }) = &mut declared.grants {
                items.retain(|grant: &DesiredGrant| match &grant.grantee {
                    Grantee::One(one) | Grantee::MembersOf(one) => keep(one, "the grantee"),
                });
            }
        }
        let mut settings: BTreeSet<Target> = live.settings.keys().cloned().collect();
        settings.retain(|target| !self.leaving.contains(target));
        for (target, declared) in &self.desired.settings {
            if declared.absent {
                settings.remove(target);
            } else {
                settings.insert(target.clone());
            }
        }
        self.desired.settings.retain(|target, declared| {
            let Some(kind) = kinds::setting(target.kind()) else {
                return true;
            };
            for named in references(kind.members, &declared.value) {
                if there.contains(&named.target) || settings.contains(&named.target) {
                    continue;
                }
                notes.push(format!(
                    "{} is not there any more, and {target} named it",
                    named.target
                ));
                match without(kind.members, &declared.value, &named) {
                    Some(left) => declared.value = left,
                    None => return false,
                }
            }
            true
        });
        for note in notes {
            self.note(note);
        }
    }

    /// Says of every section that something of it is managed, and that what is not declared stays.
    fn manage(&mut self, kinds: Kinds) {
        let sections = &mut self.desired.management.sections;
        let mut manage = |section: &str, unmanaged: Unmanaged| {
            self.desired.sections.insert(section.to_owned());
            let how = Section {
                unmanaged,
                on_removal: OnRemoval::Delete,
                ..Section::default()
            };
            sections.insert(section.to_owned(), how);
        };
        for (target, declared) in &self.desired.entities {
            if let Some(entry) = kinds::by_name(kinds, target.kind()) {
                manage(entry.section, Unmanaged::Keep);
            }
            for kind in declared
                .owns
                .iter()
                .filter_map(|owned| kinds::setting(owned))
            {
                manage(kind.section, Unmanaged::Keep);
            }
        }
        for target in self.desired.settings.keys() {
            if let Some(kind) = kinds::setting(target.kind()) {
                manage(kind.section, Unmanaged::Keep);
                implied(kind, &mut manage);
            }
        }
    }
}

/// What no section declares by itself goes with what it was made for, and comes with it.
fn implied(kind: &SettingKind, manage: &mut impl FnMut(&str, Unmanaged)) {
    for named in kinds::setting::kinds_named(kind.members) {
        if let Some(named) = kinds::setting(named).filter(|named| named.nature.implied) {
            manage(named.section, Unmanaged::Remove);
        }
    }
}

/// True for a tag of the program's own: it remembers, and is nobody's.
fn is_own(target: &Target) -> bool {
    target.kind() == TAG && kinds::setting(TAG).is_some_and(|kind| kind.is_own(target.name()))
}
