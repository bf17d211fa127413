//! All states on the way of what runs touched, by the model.

use std::collections::BTreeMap;

use crate::kinds::setting::SettingKind;
use crate::kinds::{self, Kinds, SETTINGS};
use crate::model::{Entity, OrganizationLive, Part, Party, Setting, Snapshot, Target};

use super::super::model::apply_to;
use super::super::organization;
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
                let states = self.settings.entry(target.clone());
                let states = states.or_insert_with(|| vec![setting]);
                states.push(now.settings.get(target).cloned());
            } else if organization::is_one(target) {
                if self.organizations.is_empty() {
                    self.organizations.push(organization);
                }
                self.organizations.push(now.organization.clone());
            } else {
                let states = self.entities.entry(target.clone());
                let states = states.or_insert_with(|| vec![before]);
                states.push(now.entities.get(target).cloned());
            }
            if goes(operation) {
                self.without(target, &now);
            }
            if call.starts_with("Delete") {
                self.with_all_of(target, &mut now);
            }
        }
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
                let states = self.settings.entry(target);
                let states = states.or_insert_with(|| vec![Some(setting)]);
                states.push(None);
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
            let states = self.entities.entry(target.clone());
            let states = states.or_insert_with(|| vec![Some(entity.clone())]);
            states.push(Some(less));
            states.push(Some(entity.clone()));
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
