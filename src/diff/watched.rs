//! What has to be read so that it can be told who reads a watched mailbox after a plan.
//!
//! Only where something in the plan can let somebody in, and only of the mailboxes that it can let
//! them into: the grants on the mailbox, the delegates of a resource, then the members of the groups
//! among these, downwards; and the roles that may act as any of them. It is asked again after each read, because a list tells whom to ask for next.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::{Needs, Piece};
use crate::model::{
    Action, Change, Delta, Entity, EntityState, GROUP, Globs, IMPERSONATION_ROLE, Part, Party,
    RESOURCE, Right, Snapshot, Target, USER,
};

/// What in a plan can let somebody read a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joining {
    /// Who gets `FULL_ACCESS` or a delegate seat, by mailbox.
    pub holders: BTreeMap<Target, BTreeSet<Target>>,
    /// Who joins, by group.
    pub members: BTreeMap<Target, BTreeSet<Target>>,
    /// Who was deregistered and comes back, with all that the service kept.
    pub back: BTreeSet<Target>,
    /// The impersonation roles that may come to reach somebody.
    pub roles: BTreeSet<Target>,
}

impl Joining {
    /// What in these changes lets somebody read.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut joining = Self::default();
        for change in changes.into_iter().filter(|change| change.writable) {
            for delta in &change.deltas {
                match delta {
                    Delta::State {
                        before: Some(EntityState::Deregistered),
                        after: EntityState::Registered,
                    } => {
                        joining.back.insert(change.target.clone());
                    }
                    Delta::LinkAdded(party) => joining.link(&change.target, party.target()),
                    Delta::Grant {
                        grantee,
                        before,
                        after,
                        ..
                    } if after.contains(&Right::FullAccess)
                        && !before.contains(&Right::FullAccess) =>
                    {
                        joining.hold(&change.target, grantee.target());
                    }
                    // Whom a role may impersonate stands in its rules.
                    Delta::Field { field, .. }
                        if change.target.kind() == IMPERSONATION_ROLE
                            && field.split('.').next() == Some("rules")
                            && change.action != Action::Delete =>
                    {
                        joining.roles.insert(change.target.clone());
                    }
                    _ => {}
                }
            }
        }
        joining
    }

    /// Notes a member of a group or a delegate of a resource who comes.
    pub fn link(&mut self, target: &Target, party: Option<&Target>) {
        if target.kind() == RESOURCE {
            self.hold(target, party);
        } else {
            let members = self.members.entry(target.clone()).or_default();
            members.extend(party.cloned());
        }
    }

    /// Notes who gets `FULL_ACCESS` or a seat.
    pub fn hold(&mut self, mailbox: &Target, party: Option<&Target>) {
        let holders = self.holders.entry(mailbox.clone()).or_default();
        holders.extend(party.cloned());
    }

    /// True if nobody can come to read anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True if it may concern any mailbox, not only those that it names: through groups, or because
    /// somebody comes back who may hold something, or because a role acts as somebody who does.
    pub fn is_anywhere(&self) -> bool {
        !self.members.is_empty()
            || !self.roles.is_empty()
            || self.back.iter().any(|target| target.kind() != RESOURCE)
    }

    /// True if somebody may come to read this mailbox. One that the plan makes does not count.
    pub fn concerns(&self, mailbox: &Target, live: &Snapshot) -> bool {
        let Some(entity) = live.entities.get(mailbox) else {
            return false;
        };
        let comes_back = self.back.contains(mailbox);
        // Groups have no mailbox. Source: behaviour notes, section 7.
        mailbox.kind() != GROUP
            && !entity.built_in
            && (entity.is_registered() || comes_back)
            && (comes_back || self.is_anywhere() || self.holders.contains_key(mailbox))
    }
}

/// What is still to be read so that it can be told who reads what `patterns` name.
pub fn watched_needs(patterns: &[String], joining: &Joining, live: &Snapshot) -> Needs {
    let mut needs = Needs::default();
    if patterns.is_empty() || joining.is_empty() {
        return needs;
    }
    let watched = Globs::new(patterns);
    let concerned: Vec<(&Target, &Entity)> = live
        .entities
        .iter()
        .filter(|(target, entity)| watched.match_either(target, Some(entity)))
        .filter(|(target, _)| joining.concerns(target, live))
        .collect();
    if concerned.is_empty() && !joining.is_anywhere() {
        return needs;
    }
    // Ids have no names without the lists; and only a list tells what a glob means.
    let not_listed = |kind: &&str| matches!(live.listed(kind), Part::NotRead);
    let mut lists: Vec<&str> = [USER, GROUP].into_iter().filter(not_listed).collect();
    if lists.is_empty() && joining.is_anywhere() && not_listed(&RESOURCE) {
        let known = live.entities.keys();
        lists.extend(watched.may_name(RESOURCE, known).then_some(RESOURCE));
    }
    needs.lists = lists.into_iter().map(str::to_owned).collect();
    // A role that acts as somebody who comes to read comes with them.
    if not_listed(&IMPERSONATION_ROLE) {
        needs.settings.insert(IMPERSONATION_ROLE.to_owned());
    }
    let mut groups = BTreeSet::new();
    for (target, entity) in concerned {
        if matches!(entity.grants, Part::NotRead) {
            needs.piece(target, Piece::Grants);
        }
        if target.kind() == RESOURCE && matches!(entity.links, Part::NotRead) {
            needs.piece(target, Piece::Links);
        }
        groups.extend(joining.holders.get(target).into_iter().flatten().cloned());
        groups.extend(holders(target, entity).cloned());
    }
    members(&mut needs, joining, live, groups);
    needs
}

/// Who has `FULL_ACCESS` on a mailbox or is a delegate of a resource, as far as it was read.
fn holders<'a>(target: &Target, entity: &'a Entity) -> impl Iterator<Item = &'a Target> {
    let grants = entity.grants.known().into_iter().flatten();
    let granted = grants
        .filter(|grant| grant.rights.contains(&Right::FullAccess))
        .map(|grant| &grant.grantee);
    let links = entity.links.known().into_iter().flatten();
    let is_resource = target.kind() == RESOURCE;
    let seated = links
        .filter(move |link| is_resource && !link.deleted)
        .map(|link| &link.party);
    granted.chain(seated).filter_map(Party::target)
}

/// Asks for the members of groups, downwards, over who is there and who comes.
fn members(needs: &mut Needs, joining: &Joining, live: &Snapshot, groups: BTreeSet<Target>) {
    let mut seen = BTreeSet::new();
    let mut todo: Vec<Target> = groups.into_iter().collect();
    while let Some(group) = todo.pop() {
        if group.kind() != GROUP || !seen.insert(group.clone()) {
            continue;
        }
        todo.extend(joining.members.get(&group).into_iter().flatten().cloned());
        let Some(entity) = live.entities.get(&group) else {
            continue;
        };
        // Nobody gets anything through a group that is deregistered when the plan has ended.
        if !entity.is_registered() && !joining.back.contains(&group) {
            continue;
        }
        if matches!(entity.links, Part::NotRead) {
            needs.piece(&group, Piece::Links);
        }
        let links = entity.links.known().into_iter().flatten();
        todo.extend(links.filter_map(|link| link.party.target().cloned()));
    }
}
