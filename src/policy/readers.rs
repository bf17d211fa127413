//! Who holds which right over which mailbox, through grants, nested groups and delegate seats.
//!
//! A grant to a group reaches the members of nested groups too; delegates of a resource read its
//! calendar. Source: behaviour notes, sections 7 and 8; `docs/safety.md`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{GROUP, RESOURCE, Right, Snapshot, Target, USER};

/// The relations that give rights, as a graph: from who has to what it gives.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    groups_of: BTreeMap<Target, BTreeSet<Target>>,
    members_of: BTreeMap<Target, BTreeSet<Target>>,
    given_to: BTreeMap<Target, BTreeSet<(Target, Hold)>>,
}

/// One hold over a mailbox or a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// A granted right.
    Granted(Right),
    /// A delegate seat.
    Delegate,
}

impl Rights {
    /// The relations that a snapshot tells.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut rights = Self::default();
        for (target, entity) in &snapshot.entities {
            for link in entity
                .links
                .known()
                .into_iter()
                .flatten()
                .filter(|link| !link.deleted)
            {
                if let Some(party) = link.party.target() {
                    rights.link(target, party);
                }
            }
            for grant in entity.grants.known().into_iter().flatten() {
                if let Some(grantee) = grant.grantee.target() {
                    for right in &grant.rights {
                        rights.give(grantee, target, Hold::Granted(*right));
                    }
                }
            }
        }
        rights
    }

    /// Adds a member or a delegate.
    pub fn link(&mut self, target: &Target, party: &Target) {
        if target.kind() == RESOURCE {
            self.give(party, target, Hold::Delegate);
        } else {
            self.groups_of
                .entry(party.clone())
                .or_default()
                .insert(target.clone());
            self.members_of
                .entry(target.clone())
                .or_default()
                .insert(party.clone());
        }
    }

    /// Adds a hold.
    pub fn give(&mut self, grantee: &Target, mailbox: &Target, hold: Hold) {
        self.given_to
            .entry(grantee.clone())
            .or_default()
            .insert((mailbox.clone(), hold));
    }

    /// Takes every relation between the two away.
    pub fn remove(&mut self, from: &Target, to: &Target) {
        if let Some(groups) = self.groups_of.get_mut(from) {
            groups.remove(to);
        }
        if let Some(members) = self.members_of.get_mut(to) {
            members.remove(from);
        }
        if let Some(held) = self.given_to.get_mut(from) {
            held.retain(|(mailbox, _)| mailbox != to);
        }
    }

    /// Every group that somebody is in, directly or not, and themselves.
    pub fn upwards(&self, target: &Target) -> BTreeSet<Target> {
        closure(target, &self.groups_of)
    }

    /// Every person in a group, directly or not; a user is only themselves.
    pub fn people(&self, target: &Target) -> BTreeSet<Target> {
        closure(target, &self.members_of)
            .into_iter()
            .filter(|member| member.kind() == USER)
            .collect()
    }

    /// What somebody holds, themselves or through groups.
    pub fn held_by(&self, target: &Target) -> BTreeSet<(Target, Hold)> {
        self.upwards(target)
            .iter()
            .filter_map(|holder| self.given_to.get(holder))
            .flatten()
            .cloned()
            .collect()
    }
}

/// The people who can read a mailbox: who has `FULL_ACCESS`, or is a delegate of the resource.
pub fn readers(rights: &Rights, mailbox: &Target) -> BTreeSet<Target> {
    let mut readers = BTreeSet::new();
    for (holder, held) in &rights.given_to {
        let reads = held.contains(&(mailbox.clone(), Hold::Delegate))
            || held.contains(&(mailbox.clone(), Hold::Granted(Right::FullAccess)));
        if reads && holder.kind() == GROUP {
            readers.extend(rights.people(holder));
        } else if reads {
            readers.insert(holder.clone());
        }
    }
    readers
}

fn closure(from: &Target, next: &BTreeMap<Target, BTreeSet<Target>>) -> BTreeSet<Target> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from];
    while let Some(target) = todo.pop() {
        if seen.insert(target.clone()) {
            todo.extend(next.get(target).into_iter().flatten());
        }
    }
    seen
}
