//! From changes to steps: creation, plain fields, members, delegates, grants, removal. Addresses and
//! registration are planned in `addresses`.

use std::collections::BTreeSet;

use crate::kinds::entity::calls::{
    DeleteMailboxPermissions, DeregisterFromWorkMail, PutMailboxPermissions,
};
use crate::kinds::user::INITIAL_PASSWORD;
use crate::kinds::{Entry, Kinds, Profile, by_name};
use crate::model::{Action, Change, Delta, EntityState, Party, Right, Snapshot, Target};

use super::rules::{
    CLEAR_BEFORE_DEREGISTER, DEREGISTER_BEFORE_DELETE, FREE_NAME_BEFORE_USE,
    REGISTER_BEFORE_REFERENCE, REGISTER_BEFORE_USE,
};
use super::step::{Fact, Step, id_of, party_id};

/// What a whole planning run lowers with.
pub(super) struct Lowering<'a> {
    pub(super) kinds: Kinds,
    pub(super) changes: &'a [Change],
    pub(super) live: &'a Snapshot,
    /// Who the plan registers.
    pub(super) registering: BTreeSet<&'a Target>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(kinds: Kinds, changes: &'a [Change], live: &'a Snapshot) -> Self {
        let registering = changes
            .iter()
            .filter(|change| change.writable)
            .filter(|change| {
                change.deltas.iter().any(|delta| {
                    matches!(
                        delta,
                        Delta::State {
                            after: EntityState::Registered,
                            ..
                        }
                    )
                })
            })
            .map(|change| &change.target)
            .collect();
        Self {
            kinds,
            changes,
            live,
            registering,
        }
    }

    /// Appends the steps of every change that is written.
    pub(super) fn all(&self, steps: &mut Vec<Step>) {
        for (index, change) in self.changes.iter().enumerate() {
            if let Some(entry) =
                by_name(self.kinds, change.target.kind()).filter(|_| change.writable)
            {
                match change.action {
                    Action::Create | Action::Update => self.bring(index, change, entry, steps),
                    Action::Deregister | Action::Delete => self.remove(index, change, entry, steps),
                }
            }
        }
    }

    fn bring(&self, index: usize, change: &Change, entry: &Entry, steps: &mut Vec<Step>) {
        let target = &change.target;
        let renamed = change.deltas.iter().find_map(|delta| match delta {
            Delta::Name { before, .. } => Some(before.as_str()),
            _ => None,
        });
        let live = self.live.entities.get(target);
        let profile = Profile {
            target,
            id: id_of(self.live, target),
            live,
            created: change.action == Action::Create,
            complete: false,
            renamed: renamed.is_some().then(|| target.name()),
            wanted: change
                .deltas
                .iter()
                .filter_map(|delta| match delta {
                    Delta::Field { field, after, .. } => Some((entry.field(field)?, after)),
                    _ => None,
                })
                .collect(),
            password: change.deltas.iter().find_map(|delta| match delta {
                Delta::Field { field, after, .. } if field == INITIAL_PASSWORD => Some(after),
                _ => None,
            }),
        };
        if profile.created {
            let step = Step::new(
                target,
                Some(index),
                (entry.lowering.create)(&profile),
                "state",
            )
            .needs(&FREE_NAME_BEFORE_USE, Fact::name_free(target.name()))
            .gives(Fact::Exists(target.clone()));
            steps.push(step);
            if !self.registering.contains(target) {
                return;
            }
        }
        self.fields(index, renamed, entry, &profile, steps);
        self.links(index, change, entry, steps);
        self.grants(index, change, steps);
    }

    fn fields(
        &self,
        index: usize,
        renamed: Option<&str>,
        entry: &Entry,
        profile: &Profile<'_>,
        steps: &mut Vec<Step>,
    ) {
        for call in (entry.lowering.update)(profile) {
            let target = profile.target;
            let mut step = self.using(Step::new(target, Some(index), call, "fields"), target);
            step.parts = entry
                .fields
                .iter()
                .filter(|field| step.call.input.contains_key(field.member))
                .map(|field| field.name)
                .collect();
            if let Some(former) = renamed {
                step.parts.push("name");
                step = step
                    .needs(&FREE_NAME_BEFORE_USE, Fact::name_free(target.name()))
                    .gives(Fact::name_free(former));
            }
            steps.push(step);
        }
    }

    fn links(&self, index: usize, change: &Change, entry: &Entry, steps: &mut Vec<Step>) {
        let (Some(link), Some(unlink), Some(part)) =
            (entry.lowering.link, entry.lowering.unlink, entry.links)
        else {
            return;
        };
        let id = id_of(self.live, &change.target);
        for delta in &change.deltas {
            let (party, call) = match delta {
                Delta::LinkAdded(party) => (party, link(id.clone(), party_id(self.live, party))),
                Delta::LinkRemoved(party, _) => {
                    (party, unlink(id.clone(), party_id(self.live, party)))
                }
                _ => continue,
            };
            let removes = matches!(delta, Delta::LinkRemoved(..));
            let step = Step::new(&change.target, Some(index), call, part).about(party);
            let step = self.referring(self.using(step, &change.target), party, removes);
            steps.push(step);
        }
    }

    fn grants(&self, index: usize, change: &Change, steps: &mut Vec<Step>) {
        let entity_id = id_of(self.live, &change.target);
        for delta in &change.deltas {
            let Delta::Grant {
                grantee,
                before,
                after,
                ..
            } = delta
            else {
                continue;
            };
            let grantee_id = party_id(self.live, grantee);
            let entity_id = entity_id.clone();
            let call = if after.is_empty() {
                crate::model::Call::new(&DeleteMailboxPermissions {
                    entity_id,
                    grantee_id,
                })
            } else {
                let permission_values: BTreeSet<Right> = after.clone();
                crate::model::Call::new(&PutMailboxPermissions {
                    entity_id,
                    grantee_id,
                    permission_values,
                })
            };
            let removes = !before.is_subset(after) && after.is_empty();
            let step = Step::new(&change.target, Some(index), call, "permissions").about(grantee);
            steps.push(self.referring(self.using(step, &change.target), grantee, removes));
        }
    }

    fn remove(&self, index: usize, change: &Change, entry: &Entry, steps: &mut Vec<Step>) {
        let target = &change.target;
        let Some(entity) = self.live.entities.get(target) else {
            return;
        };
        let registered = entity.is_registered();
        if registered {
            let request = DeregisterFromWorkMail {
                entity_id: id_of(self.live, target),
            };
            let step = Step::new(
                target,
                Some(index),
                crate::model::Call::new(&request),
                "state",
            )
            .needs(&CLEAR_BEFORE_DEREGISTER, Fact::Cleared(target.clone()))
            .gives(Fact::Deregistered(target.clone()))
            .taking_away();
            steps.push(step);
        }
        if change.action == Action::Delete {
            let call = (entry.lowering.delete)(id_of(self.live, target));
            let step = Step::new(target, Some(index), call, "state")
                .needs(&CLEAR_BEFORE_DEREGISTER, Fact::Cleared(target.clone()))
                .needs(
                    &DEREGISTER_BEFORE_DELETE,
                    Fact::Deregistered(target.clone()),
                )
                .gives(Fact::name_free(target.name()))
                .taking_away();
            steps.push(step);
        }
    }

    /// A step that needs its own target registered.
    fn using(&self, step: Step, target: &Target) -> Step {
        if self.registering.contains(target) {
            step.needs(&REGISTER_BEFORE_USE, Fact::Registered(target.clone()))
        } else {
            step
        }
    }

    /// A step that brings or takes a reference to somebody.
    fn referring(&self, step: Step, party: &Party, removes: bool) -> Step {
        let Some(other) = party.target() else {
            return if removes { step.taking_away() } else { step };
        };
        let step = if self.registering.contains(other) {
            step.needs(&REGISTER_BEFORE_REFERENCE, Fact::Registered(other.clone()))
        } else {
            step
        };
        if removes {
            step.taking_away().gives(Fact::Cleared(other.clone()))
        } else {
            step
        }
    }
}
