//! Who holds which right over which mailbox, through grants, nested groups and delegate seats.
//!
//! A grant to a group reaches the members of nested groups too; delegates of a resource read its
//! calendar. Source: behaviour notes, sections 7 and 8; `docs/safety.md`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Entity, GROUP, IMPERSONATION_ROLE, Member, Part, Party, RESOURCE, Right, Snapshot, Target, USER,
};

use super::impersonation::{ImpersonationRule, may_impersonate};

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

    /// Takes a member away.
    pub fn unlink(&mut self, group: &Target, member: &Target) {
        if let Some(groups) = self.groups_of.get_mut(member) {
            groups.remove(group);
        }
        if let Some(members) = self.members_of.get_mut(group) {
            members.remove(member);
        }
    }

    /// Takes a hold away.
    pub fn take(&mut self, grantee: &Target, mailbox: &Target, hold: Hold) {
        if let Some(held) = self.given_to.get_mut(grantee) {
            held.remove(&(mailbox.clone(), hold));
        }
    }

    /// Every group that somebody is in, directly or not, and themselves.
    pub fn upwards(&self, target: &Target) -> BTreeSet<Target> {
        closure(target, &self.groups_of)
    }

    /// Everything in a group, directly or not, and the group; a user is only themselves.
    pub fn downwards(&self, target: &Target) -> BTreeSet<Target> {
        closure(target, &self.members_of)
    }

    /// Every person in a group, directly or not; a user is only themselves.
    pub fn people(&self, target: &Target) -> BTreeSet<Target> {
        self.downwards(target)
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

/// Who can read a mailbox, and what is missing to tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// The people and the impersonation roles that can, as far as it was read.
    pub known: BTreeSet<Target>,
    /// Why there may be more of them, each as a sentence fragment.
    pub untold: BTreeSet<String>,
}

/// Who can read a mailbox: who has `FULL_ACCESS`, or is a delegate of the resource, themselves or
/// through groups, and the roles that may impersonate the owner or one of these. Only what is registered
/// counts: a mailbox that is deregistered is read by nobody, and nobody who is deregistered reads.
pub fn readers(snapshot: &Snapshot, mailbox: &Target) -> Readers {
    let mut readers = Readers::default();
    let Some(entity) = registered(snapshot, mailbox) else {
        return readers;
    };
    let mut holders: Vec<&Party> = Vec::new();
    match &entity.grants {
        Part::Known(grants) => holders.extend(
            grants
                .iter()
                .filter(|grant| grant.rights.contains(&Right::FullAccess))
                .map(|grant| &grant.grantee),
        ),
        part => readers.untold.extend(unread("permissions", mailbox, part)),
    }
    if mailbox.kind() == RESOURCE {
        match &entity.links {
            Part::Known(links) => holders.extend(alive(links)),
            part => readers.untold.extend(unread("delegates", mailbox, part)),
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(holder) = holders.pop() {
        let Some(target) = holder.target() else {
            // An id that no list tells is of something DELETED, if the lists were read.
            readers.untold.extend(unlisted(snapshot));
            continue;
        };
        let Some(entity) = registered(snapshot, target).filter(|_| seen.insert(target)) else {
            continue;
        };
        if target.kind() != GROUP {
            readers.known.insert(target.clone());
            continue;
        }
        match &entity.links {
            Part::Known(links) => holders.extend(alive(links)),
            part => readers.untold.extend(unread("members", target, part)),
        }
    }
    roles(snapshot, mailbox, &mut readers);
    readers
}

/// Adds the roles that act as somebody who reads, whatever their type: `READ_ONLY` reads too. What who is
/// impersonated may do, the role may. Access control rules that keep a role out do not count: they may go.
/// Source: behaviour notes, section 9, impersonation role rules.
fn roles(snapshot: &Snapshot, mailbox: &Target, readers: &mut Readers) {
    let all = readers.known.iter().chain([mailbox]);
    let acted_as: Vec<&Target> = all.filter(|one| one.kind() == USER).collect();
    if acted_as.is_empty() {
        return;
    }
    let settings = snapshot.settings.iter();
    let twins = snapshot.twins.iter().map(|(target, twin)| (target, twin));
    let found: Vec<Target> = settings
        .chain(twins)
        .filter(|(target, _)| target.kind() == IMPERSONATION_ROLE)
        .filter(|(_, role)| {
            let rules = ImpersonationRule::all_of(&role.value);
            let mut acted_as = acted_as.iter();
            acted_as.any(|user| may_impersonate(&rules, user))
        })
        .map(|(target, _)| target.clone())
        .collect();
    readers.known.extend(found);
    readers
        .untold
        .extend(match snapshot.listed(IMPERSONATION_ROLE) {
            Part::Known(()) | Part::Absent => None,
            Part::Unknown(unknown) => Some(format!(
                "the impersonation roles could not be read: {}",
                unknown.message
            )),
            Part::NotRead => Some("the impersonation roles were not read".to_owned()),
        });
}

fn registered<'a>(snapshot: &'a Snapshot, target: &Target) -> Option<&'a Entity> {
    let entity = snapshot.entities.get(target);
    entity.filter(|entity| entity.is_registered())
}

fn alive(links: &[Member]) -> impl Iterator<Item = &Party> {
    links
        .iter()
        .filter(|link| !link.deleted)
        .map(|link| &link.party)
}

/// Why a part does not tell who is in it; none if it does.
fn unread<T>(what: &str, target: &Target, part: &Part<T>) -> Option<String> {
    match part {
        Part::Known(_) | Part::Absent => None,
        Part::Unknown(unknown) => Some(format!(
            "the {what} of {target} could not be read: {}",
            unknown.message
        )),
        Part::NotRead => Some(format!("the {what} of {target} were not read")),
    }
}

/// Why an id has no name although something may have it; none if every list was read.
fn unlisted(snapshot: &Snapshot) -> Option<String> {
    [USER, GROUP]
        .into_iter()
        .find_map(|kind| match snapshot.listed(kind) {
            Part::Known(()) => None,
            Part::Unknown(unknown) => Some(format!(
                "the list of {kind}s could not be read: {}",
                unknown.message
            )),
            Part::Absent | Part::NotRead => Some(format!("the list of {kind}s was not read")),
        })
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
