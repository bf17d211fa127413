//! The guards of what goes: `delete-user`, `mailbox-expiry`, `removals`, `protect`.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::kinds::organization::DELETE;
use crate::kinds::{by_name, setting};
use crate::model::{
    Address, Entity, GROUP, Globs, Limit, OnRemoval, Part, Party, RESOURCE, Right, Target,
    test_domain,
};

use super::super::document::{Blocked, Operation};
use super::super::reversibility::mailbox_lost_at;
use super::{Ends, of_plan, of_target, removed};

pub(super) fn delete_user(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    for operation in ends
        .operations
        .iter()
        .filter(|operation| operation.call.operation == "DeleteUser")
    {
        let reason = format!(
            "{} would be deleted, which cannot be undone",
            operation.target
        );
        found.push(of_target("delete-user", &operation.target, reason));
    }
}

pub(super) fn mailbox_expiry(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    // Counted from now, whatever a file says: that is when it is deregistered.
    let lost_at = mailbox_lost_at(ends.now).strftime("%Y-%m-%d");
    let deleted: BTreeSet<&Target> = ends
        .operations
        .iter()
        .filter(|operation| {
            OnRemoval::of_operation(&operation.call.operation) == Some(OnRemoval::Delete)
        })
        .map(|operation| &operation.target)
        .collect();
    for operation in ends.operations {
        let target = &operation.target;
        let has_mailbox = by_name(ends.kinds, target.kind()).is_some_and(|entry| entry.has_mailbox);
        if operation.call.operation == "DeregisterFromWorkMail" && has_mailbox {
            let reason = if deleted.contains(target) {
                format!("the mailbox of {target} could not come back: it would be deleted with it")
            } else {
                format!("the mailbox of {target} would be deleted on {lost_at}")
            };
            found.push(of_target("mailbox-expiry", target, reason));
        }
    }
}

pub(super) fn protect(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let protected = Globs::new(&ends.management.protect);
    let goes_whole = |operation: &Operation| operation.call.operation == DELETE;
    let going: BTreeSet<&Target> = if ends.operations.iter().any(goes_whole) {
        // Everybody goes with the organization.
        let people = ends.live.entities.iter();
        let people = people.filter(|(_, entity)| !entity.built_in);
        people.map(|(target, _)| target).collect()
    } else {
        removed(ends)
    };
    for target in going {
        if protected.match_either(target, ends.live.entities.get(target)) {
            found.push(Blocked {
                guard: "protect".to_owned(),
                target: Some(target.clone()),
                reason: format!(
                    "{target} is under `management.protect`: take its name out there first"
                ),
                allow: None,
            });
        }
    }
}

/// Counts each sort of removal by itself.
pub(super) fn removals(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let limit = ends.management.limits.removals;
    for target in removed(ends) {
        let entity = ends.live.entities.get(target);
        let members = entity.map(|entity| &entity.links).and_then(Part::unknown);
        let is_group = target.kind() == GROUP && entity.is_some_and(Entity::is_registered);
        if let (true, Some(unknown)) = (is_group, members) {
            let why = &unknown.message;
            let reason =
                format!("how many memberships go along with {target} cannot be told: {why}");
            found.push(of_plan("removals", reason));
        }
    }
    for (sort, count) in counts(ends) {
        if count.lost > limit.max as usize || count.is_too_great_a_part(limit) {
            let Count {
                lost, along, total, ..
            } = count;
            let along = match along {
                0 => String::new(),
                count => format!(", {count} of them with what goes"),
            };
            let reason = format!(
                "{lost} of {total} {sort} would be removed{along}, and the limit is {} or {} percent",
                limit.max, limit.percent
            );
            found.push(of_plan("removals", reason));
        }
    }
}

/// What is counted for itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// Things of a kind.
    Entities(String),
    /// Aliases.
    Aliases,
    /// Members of groups.
    Memberships,
    /// Delegates of resources.
    Seats,
    /// Rights of one grantee on one mailbox.
    Grants,
}

/// How many of a sort go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    /// All that go.
    lost: usize,
    /// Those of them that go along with an entity that goes.
    along: usize,
    /// How many there are, as far as was read.
    total: usize,
    /// Those of `total` that go. What goes along with something is a part only of what was read whole,
    /// else somebody who leaves would be most of what is known.
    part: usize,
}

impl Count {
    /// True if too great a part goes. It counts only where there are 10 or more.
    pub(super) fn is_too_great_a_part(self, limit: Limit) -> bool {
        self.total >= 10 && self.part * 100 > limit.percent as usize * self.total
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entities(kind) => match setting(kind) {
                Some(kind) => f.write_str(kind.plural),
                None => write!(f, "{kind}s"),
            },
            Self::Aliases => f.write_str("aliases"),
            Self::Memberships => f.write_str("memberships"),
            Self::Seats => f.write_str("delegate seats"),
            Self::Grants => f.write_str("grants"),
        }
    }
}

impl Sort {
    /// True if things of this kind have any.
    pub(super) fn concerns(&self, target: &Target) -> bool {
        match self {
            Self::Entities(kind) => target.kind() == kind,
            Self::Aliases | Self::Grants => true,
            Self::Memberships => target.kind() == GROUP,
            Self::Seats => target.kind() == RESOURCE,
        }
    }

    /// Those that stand on an entity, as far as they were read, by who or what they are about.
    fn of(&self, target: &Target, entity: &Entity) -> Option<Vec<String>> {
        if !self.concerns(target) {
            return Some(Vec::new());
        }
        match self {
            Self::Entities(_) => Some(Vec::new()),
            Self::Aliases => told(&entity.aliases, |aliases| {
                let aliases = aliases.iter();
                aliases.map(|alias| alias.lower().to_string()).collect()
            }),
            Self::Memberships | Self::Seats => told(&entity.links, |links| {
                let links = links.iter().filter(|link| !link.deleted);
                links.map(|link| key(&link.party)).collect()
            }),
            Self::Grants => told(&entity.grants, |grants| {
                grants.iter().map(|grant| key(&grant.grantee)).collect()
            }),
        }
    }
}

/// Every sort of which something goes.
pub(super) fn counts(ends: &Ends<'_>) -> Vec<(Sort, Count)> {
    let removed = removed(ends);
    let kinds: BTreeSet<&str> = removed.iter().map(|target| target.kind()).collect();
    let entities = kinds.into_iter().map(|kind| entities(ends, &removed, kind));
    let relations = [Sort::Aliases, Sort::Memberships, Sort::Seats, Sort::Grants]
        .into_iter()
        .map(|sort| relations(ends, &removed, sort));
    entities
        .chain(relations)
        .filter(|(_, count)| count.lost > 0)
        .collect()
}

/// Who was deregistered before has lost already what there is to lose, and is no part of the others.
fn entities(ends: &Ends<'_>, removed: &BTreeSet<&Target>, kind: &str) -> (Sort, Count) {
    let registered = ends.live.entities.iter().filter(|(target, entity)| {
        target.kind() == kind && !entity.built_in && entity.is_registered()
    });
    let settings = ends.live.settings.keys();
    let settings = settings.filter(|target| target.kind() == kind);
    let registered: BTreeSet<&Target> = registered
        .map(|(target, _)| target)
        .chain(settings)
        .collect();
    let lost = removed.iter().filter(|target| target.kind() == kind);
    let part = registered
        .iter()
        .filter(|target| removed.contains(**target));
    let (lost, part) = (lost.count(), part.count());
    let count = Count {
        lost,
        along: 0,
        total: registered.len() + lost - part,
        part,
    };
    (Sort::Entities(kind.to_owned()), count)
}

/// What is taken away one by one, and what goes along with an entity that goes: what stands on it, and
/// what it has elsewhere.
fn relations(ends: &Ends<'_>, removed: &BTreeSet<&Target>, sort: Sort) -> (Sort, Count) {
    let leavers: BTreeSet<String> = removed
        .iter()
        .filter(|target| {
            let entity = ends.live.entities.get(**target);
            entity.is_some_and(Entity::is_registered)
        })
        .map(|target| key(&Party::Entity((*target).clone())))
        .collect();
    let kept = addresses_kept(ends);
    let taken: BTreeSet<(&Target, String)> = ends
        .operations
        .iter()
        .filter_map(|operation| Some((&operation.target, taken_away(ends, &sort, operation)?)))
        .filter(|(_, what)| sort != Sort::Aliases || !kept.contains(what))
        .collect();
    if taken.is_empty() && leavers.is_empty() {
        return (sort, Count::default());
    }
    let mut along: BTreeSet<(&Target, String)> = BTreeSet::new();
    let mut all: BTreeSet<(&Target, String)> = BTreeSet::new();
    let mut whole = true;
    for (target, entity) in &ends.live.entities {
        let goes = leavers.contains(&key(&Party::Entity(target.clone())));
        let there = sort.of(target, entity);
        whole &= there.is_some() || !entity.is_registered() || entity.built_in;
        for what in there.into_iter().flatten() {
            let stays = sort == Sort::Aliases && kept.contains(&what);
            if (goes || leavers.contains(&what)) && !stays {
                along.insert((target, what.clone()));
            }
            all.insert((target, what));
        }
    }
    if sort == Sort::Memberships {
        let elsewhere: Vec<(&Target, String)> = removed
            .iter()
            .filter(|target| leavers.contains(&key(&Party::Entity((**target).clone()))))
            .filter_map(|target| Some((target, ends.live.entities.get(*target)?)))
            .flat_map(|(target, entity)| {
                let groups = entity.groups.known().into_iter().flatten();
                let groups = groups.filter_map(Party::target);
                groups.map(move |group| (group, key(&Party::Entity((*target).clone()))))
            })
            .collect();
        along.extend(elsewhere.iter().cloned());
        all.extend(elsewhere);
    }
    along.retain(|one| !taken.contains(one));
    let counted_along = if whole { along.len() } else { 0 };
    let count = Count {
        lost: taken.len() + along.len(),
        along: along.len(),
        total: all.union(&taken).count(),
        part: taken.len() + counted_along,
    };
    (sort, count)
}

/// What an operation takes away of a sort, by who or what it is about.
fn taken_away(ends: &Ends<'_>, sort: &Sort, operation: &Operation) -> Option<String> {
    let input = &operation.call.input;
    match (sort, operation.call.operation.as_str()) {
        // A temporary address is its plan's own.
        (Sort::Aliases, "DeleteAlias") => {
            let alias = Address::listed(input.get("Alias")?.as_str()?);
            (!is_given(ends, &operation.target, &alias)).then(|| alias.lower().to_string())
        }
        (Sort::Memberships, "DisassociateMemberFromGroup")
        | (Sort::Seats, "DisassociateDelegateFromResource")
        | (Sort::Grants, "DeleteMailboxPermissions") => operation.party.as_ref().map(key),
        (Sort::Grants, "PutMailboxPermissions") => {
            let party = operation.party.as_ref()?;
            let after: BTreeSet<Right> =
                serde_json::from_value(input.get("PermissionValues")?.clone()).ok()?;
            let entity = ends.live.entities.get(&operation.target)?;
            let mut grants = entity.grants.known()?.iter();
            let before = grants.find(|grant| grant.grantee == *party)?;
            (!before.rights.is_subset(&after)).then(|| key(party))
        }
        _ => None,
    }
}

/// True for an address of the test domain that came with a registration of this very run: nobody had it
/// before. Source: behaviour notes, section 2.
fn is_given(ends: &Ends<'_>, holder: &Target, alias: &Address) -> bool {
    ends.registered.contains(holder) && alias.domain() == test_domain(&ends.live.organization.alias)
}

/// The addresses that are released and claimed again: they go nowhere.
fn addresses_kept(ends: &Ends<'_>) -> BTreeSet<String> {
    let claims = ends.operations.iter().filter(|operation| {
        matches!(
            operation.call.operation.as_str(),
            "CreateAlias" | "UpdatePrimaryEmailAddress" | "RegisterToWorkMail"
        )
    });
    claims
        .filter_map(|operation| {
            let input = &operation.call.input;
            address(input.get("Alias").or(input.get("Email"))?)
        })
        .collect()
}

fn address(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(Address::listed(text).lower().to_string())
}

fn key(party: &Party) -> String {
    match party {
        Party::Entity(target) => target.to_string().to_ascii_lowercase(),
        Party::Unresolved(id) => id.clone(),
    }
}

/// What a part tells; none if it was not read.
fn told<T>(part: &Part<T>, all: impl FnOnce(&T) -> Vec<String>) -> Option<Vec<String>> {
    match part {
        Part::Known(known) => Some(all(known)),
        Part::Absent => Some(Vec::new()),
        Part::Unknown(_) | Part::NotRead => None,
    }
}
