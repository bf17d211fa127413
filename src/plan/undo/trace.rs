//! All states on the way of what runs touched, by the model.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::setting::{SettingKind, twin_name};
use crate::kinds::{self, Kinds, SETTINGS};
use crate::model::{Entity, OrganizationLive, Part, Party, Setting, Snapshot, Target};

use super::super::model::apply_to;
use super::super::organization;
use super::entity::is_told;
use super::setting::named as called;
use super::{Recorded, goes, is_own};

/// The states of each thing in their order, what it was before the first; none where it was not there.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) entities: BTreeMap<Target, Vec<Option<Entity>>>,
    pub(super) settings: BTreeMap<Target, Vec<Option<Setting>>>,
    pub(super) organizations: Vec<OrganizationLive>,
    /// True if a call sent a secret.
    pub(super) has_secrets: bool,
    ids: Ids,
    keys: Keys,
}

/// By kind and id, the name under which the states of something are kept: a later run may call it by another one.
#[derive(Default)]
struct Keys(BTreeMap<(String, String), Target>);

impl Keys {
    /// The name for the states of something; another one than its own where something else has that.
    fn key(&self, target: &Target, id: Option<String>, taken: bool) -> Target {
        let kind = target.kind().to_owned();
        let known = id.and_then(|id| self.0.get(&(kind.clone(), id)));
        match known {
            Some(known) => known.clone(),
            None if taken => Target::new(kind, twin_name(target.name(), &self.0.len().to_string())),
            None => target.clone(),
        }
    }

    fn note(&mut self, key: &Target, ids: [Option<String>; 2]) {
        // What a call that was not answered made has no id here.
        let told = ids.into_iter().flatten().filter(|id| is_told(id));
        for id in told {
            let kind = key.kind().to_owned();
            self.0.entry((kind, id)).or_insert_with(|| key.clone());
        }
    }
}

/// By kind, the ids of all settings that there were, by the first run that recorded them.
#[derive(Default)]
struct Ids(BTreeMap<String, BTreeSet<String>>);

impl Ids {
    fn of(run: &Recorded) -> Self {
        let mut all = BTreeMap::new();
        for operation in &run.operations {
            let kind = operation.target.kind();
            if kinds::setting(kind).is_some() {
                all.entry(kind.to_owned()).or_insert_with(BTreeSet::new);
            }
        }
        let twins = run.before.twins.iter().map(|(target, twin)| (target, twin));
        for (target, setting) in run.before.settings.iter().chain(twins) {
            if let (Some(ids), Some(id)) = (all.get_mut(target.kind()), &setting.id) {
                ids.insert(id.clone());
            }
        }
        Self(all)
    }
}

impl Traces {
    pub(super) fn of(kinds: Kinds, runs: &[Recorded]) -> Self {
        let mut traces = Self::default();
        for run in runs {
            traces.run(kinds, run);
        }
        traces
    }

    fn run(&mut self, kinds: Kinds, run: &Recorded) {
        let mut now = run.before.clone();
        let before = Ids::of(run);
        for operation in &run.operations {
            let target = &operation.target;
            let call = operation.call.operation.as_str();
            self.has_secrets |= call == "CreateUser" || call == "ResetPassword";
            if call == "TagResource" && is_own(target) {
                continue;
            }
            let created = run.created.get(&operation.id).map(String::as_str);
            let before = now.entities.get(target).cloned();
            let setting = now.settings.get(target).cloned();
            let organization = now.organization.clone();
            apply_to(kinds, &mut now, operation, &run.naming, created);
            if kinds::setting(target.kind()).is_some() {
                let after = now.settings.get(target).cloned();
                let stands_aside = |other: &Target| now.settings.contains_key(other);
                self.setting(target, setting, after, stands_aside);
            } else if organization::is_one(target) {
                if self.organizations.is_empty() {
                    self.organizations.push(organization);
                }
                self.organizations.push(now.organization.clone());
            } else {
                self.entity(target, before, now.entities.get(target).cloned());
            }
            if goes(operation) {
                self.without(target, &now);
            }
            if call.starts_with("Delete") {
                self.with_all_of(target, &mut now);
            }
        }
        for (kind, ids) in before.0 {
            self.ids.0.entry(kind).or_insert(ids);
        }
    }

    fn setting(
        &mut self,
        target: &Target,
        before: Option<Setting>,
        after: Option<Setting>,
        stands_aside: impl Fn(&Target) -> bool,
    ) {
        let id = |setting: &Option<Setting>| setting.as_ref()?.id.clone();
        let came = before
            .as_ref()
            .is_some_and(|before| self.came(target.kind(), before));
        // What is made anew goes on with what stands aside for it.
        let other = |states: &Vec<Option<Setting>>| {
            let other = states.last()?.as_ref()?.id.as_deref().unwrap_or_default();
            let aside = Target::new(target.kind().to_owned(), twin_name(target.name(), other));
            Some(!stands_aside(&aside))
        };
        let taken = self.settings.get(target).and_then(other);
        let taken = before.is_none() && taken.unwrap_or_default();
        let key = self.keys.key(target, id(&before), taken);
        self.keys.note(&key, [id(&before), id(&after)]);
        let first = || {
            let earlier = came.then_some(None);
            earlier.into_iter().chain([before]).collect()
        };
        let states = self.settings.entry(key);
        states.or_insert_with(first).push(after);
    }

    fn entity(&mut self, target: &Target, before: Option<Entity>, after: Option<Entity>) {
        let id = |entity: &Option<Entity>| Some(entity.as_ref()?.id.clone());
        let is_there = |states: &Vec<Option<Entity>>| states.last().is_some_and(Option::is_some);
        let taken = self.entities.get(target).is_some_and(is_there);
        let key = self
            .keys
            .key(target, id(&before), before.is_none() && taken);
        self.keys.note(&key, [id(&before), id(&after)]);
        let states = self.entities.entry(key);
        states.or_insert_with(|| vec![before]).push(after);
    }

    /// True for what an earlier run would have recorded if it had been there: a call whose effect came late made it.
    fn came(&self, kind: &str, setting: &Setting) -> bool {
        let ids = self.ids.0.get(kind);
        ids.zip(setting.id.as_ref())
            .is_some_and(|(ids, id)| !ids.contains(id))
    }

    /// Puts together what was made anew under its name: two of one name, the first of which is gone.
    pub(super) fn join_made_anew(&mut self, live: &Snapshot) {
        let is_live = |id: Option<&str>| {
            let mut ids = live.settings.values().map(|there| there.id.as_deref());
            id.is_none() || ids.any(|other| other == id)
        };
        let aside = self.settings.iter().filter_map(|(aside, states)| {
            let before = states.first()?.as_ref()?;
            let target = called(aside, before);
            let others = self.settings.get(&target)?;
            let is_gone = states.last()?.is_none() && !is_live(before.id.as_deref());
            let is_new = target != *aside && others.first()?.is_none();
            (is_gone && is_new).then(|| (aside.clone(), target))
        });
        let aside: Vec<(Target, Target)> = aside.collect();
        for (aside, target) in aside {
            let before = self
                .settings
                .remove(&aside)
                .and_then(|states| states.into_iter().next());
            if let (Some(before), Some(states)) = (before, self.settings.get_mut(&target)) {
                states[0] = before;
            }
        }
    }

    /// What belongs to somebody is nobody's once they are deleted.
    fn with_all_of(&mut self, owner: &Target, now: &mut Snapshot) {
        for kind in owned_by(owner.kind()) {
            let is_of = |target: &Target| kind.owner_of(target).as_ref() == Some(owner);
            let gone = now.settings.extract_if(.., |target, _| is_of(target));
            for (target, setting) in gone {
                self.setting(&target, Some(setting), None, |_| false);
            }
        }
    }

    /// What others may lose with somebody who goes, though no call takes it from them.
    fn without(&mut self, gone: &Target, now: &Snapshot) {
        for (target, entity) in &now.entities {
            if !named(entity).any(|party| party == gone) {
                continue;
            }
            let is_gone = |party: &Party| party.target() == Some(gone);
            let mut less = entity.clone();
            if let Part::Known(links) = &mut less.links {
                links.retain(|link| !is_gone(&link.party));
            }
            if let Part::Known(grants) = &mut less.grants {
                grants.retain(|grant| !is_gone(&grant.grantee));
            }
            self.entity(target, Some(entity.clone()), Some(less));
            self.entity(target, Some(entity.clone()), Some(entity.clone()));
        }
    }
}

/// The kinds of settings that belong to things of a kind.
pub(super) fn owned_by(kind: &str) -> impl Iterator<Item = &'static SettingKind> {
    let owned = SETTINGS.iter().copied();
    owned.filter(move |other| other.owner.is_some_and(|owner| owner.kind == kind))
}

/// The members, delegates and grantees of somebody.
pub(super) fn named(entity: &Entity) -> impl Iterator<Item = &Target> {
    let links = entity.links.known().into_iter().flatten();
    let grants = entity.grants.known().into_iter().flatten();
    let links = links.filter_map(|link| link.party.target());
    links.chain(grants.filter_map(|grant| grant.grantee.target()))
}
