//! The guard of who reads whose mail: `new-reader`.
//!
//! It looks at every moment at which most can be read, not only at the end: what a later operation
//! takes away again may stay if that one is never made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::diff::Joining;
use crate::model::{
    Entity, GROUP, Globs, IMPERSONATION_ROLE, Part, Party, RESOURCE, Right, Snapshot, Target, USER,
};
use crate::policy::{ImpersonationRule, Readers, readers};

use super::super::document::{Blocked, Operation};
use super::super::model;
use super::{Ends, of_plan, of_target};

pub(super) fn new_reader(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let patterns = &ends.management.watch_readers;
    let joining = joining(ends.operations, ends.live);
    if patterns.is_empty() || joining.is_empty() {
        return;
    }
    let watched = Globs::new(patterns);
    if joining.is_anywhere() {
        found.extend(unlisted(&watched, ends.live).map(|why| {
            let reason = format!("whether a watched mailbox gets a reader cannot be told: {why}");
            of_plan("new-reader", reason)
        }));
    }
    let live = ends.live.entities.iter();
    let mailboxes: BTreeSet<&Target> = live
        .filter(|(target, entity)| watched.match_either(target, Some(entity)))
        .map(|(target, _)| target)
        .filter(|target| joining.concerns(target, ends.live))
        .collect();
    for (mailbox, new) in on_the_way(ends, &mailboxes) {
        let entity = ends.live.entities.get(mailbox);
        let comes_back = !entity.is_some_and(Entity::is_registered);
        if let Some(reason) = reason(mailbox, &new, comes_back) {
            found.push(of_target("new-reader", mailbox, reason));
        }
    }
}

/// Who can read a mailbox when the plan has ended and could not before, as far as was read. Mailboxes
/// that the plan makes do not count.
pub(in super::super) fn new_readers(ends: &Ends<'_>) -> Vec<(Target, BTreeSet<Target>)> {
    let joining = joining(ends.operations, ends.live);
    if joining.is_empty() {
        return Vec::new();
    }
    let mut after = ends.live.clone();
    for target in ends.before.entities.keys() {
        after.entities.remove(target);
    }
    after.entities.extend(ends.after.entities.clone());
    after.settings.clone_from(&ends.after.settings);
    let mailboxes = ends.live.entities.keys();
    mailboxes
        .filter(|mailbox| joining.concerns(mailbox, ends.live))
        .map(|mailbox| (mailbox.clone(), gained(ends.live, &after, mailbox).known))
        .filter(|(_, new)| !new.is_empty())
        .collect()
}

/// What in these operations lets somebody read, other than what is so already.
pub(super) fn joining(operations: &[Operation], live: &Snapshot) -> Joining {
    let mut joining = Joining::default();
    for operation in operations {
        let target = &operation.target;
        let entity = live.entities.get(target);
        let party = operation.party.as_ref();
        match operation.call.operation.as_str() {
            "PutMailboxPermissions" if gives_full_access(operation) => {
                let grants = entity.and_then(|entity| entity.grants.known());
                let has_it = grants.into_iter().flatten().any(|grant| {
                    Some(&grant.grantee) == party && grant.rights.contains(&Right::FullAccess)
                });
                if !has_it {
                    joining.hold(target, party.and_then(Party::target));
                }
            }
            "AssociateMemberToGroup" | "AssociateDelegateToResource" => {
                let links = entity.and_then(|entity| entity.links.known());
                let mut links = links.into_iter().flatten();
                if !links.any(|link| !link.deleted && Some(&link.party) == party) {
                    joining.link(target, party.and_then(Party::target));
                }
            }
            "RegisterToWorkMail" if entity.is_some_and(|entity| !entity.is_registered()) => {
                joining.back.insert(target.clone());
            }
            _ if is_role(operation) => {
                let comes = rules(operation.becomes.as_ref());
                let before = rules(live.settings.get(target).map(|role| &role.value));
                if !comes.is_empty() && comes != before {
                    joining.roles.insert(target.clone());
                }
            }
            _ => {}
        }
    }
    joining
}

/// Who comes to read each mailbox at some moment of the plan, and what is missing to tell it.
fn on_the_way<'a>(
    ends: &Ends<'_>,
    mailboxes: &BTreeSet<&'a Target>,
) -> BTreeMap<&'a Target, Readers> {
    let mut found: BTreeMap<&Target, Readers> = BTreeMap::new();
    if mailboxes.is_empty() {
        return found;
    }
    let mut look = |state: &Snapshot| {
        for mailbox in mailboxes {
            let new = gained(ends.live, state, mailbox);
            let all = found.entry(mailbox).or_default();
            all.known.extend(new.known);
            all.untold.extend(new.untold);
        }
    };
    let mut state = ends.live.clone();
    let mut grown = false;
    for operation in ends.operations {
        // The rules of a role are written whole: some may go while others come.
        if grown && (may_take_away(operation) || is_role(operation)) {
            look(&state);
            grown = false;
        }
        model::apply_to(ends.kinds, &mut state, operation, ends.naming, None);
        grown |= !may_take_away(operation) || is_role(operation);
    }
    look(&state);
    found
}

fn gained(live: &Snapshot, after: &Snapshot, mailbox: &Target) -> Readers {
    let old = readers(live, mailbox).known;
    let new = readers(after, mailbox);
    Readers {
        known: new.known.difference(&old).cloned().collect(),
        untold: new.untold,
    }
}

/// True if somebody may read less after it. What is made anew has nothing of what had its name.
fn may_take_away(operation: &Operation) -> bool {
    match operation.call.operation.as_str() {
        "PutMailboxPermissions" => !gives_full_access(operation),
        "CreateAlias" => false,
        name => ["Disassociate", "Delete", "Deregister", "Create"]
            .iter()
            .any(|prefix| name.starts_with(prefix)),
    }
}

/// True for what says whom an impersonation role may act as.
fn is_role(operation: &Operation) -> bool {
    operation.target.kind() == IMPERSONATION_ROLE
}

/// What says whom a role may act as; none where it says of nobody.
fn rules(role: Option<&Map<String, Value>>) -> Vec<ImpersonationRule> {
    role.map(ImpersonationRule::all_of).unwrap_or_default()
}

fn gives_full_access(operation: &Operation) -> bool {
    let rights = operation.call.input.get("PermissionValues");
    let rights = rights.and_then(|values| values.as_array());
    rights
        .into_iter()
        .flatten()
        .any(|right| right.as_str() == Some(Right::FullAccess.as_str()))
}

/// Why nobody can tell what the patterns name: a list that was not read.
fn unlisted(watched: &Globs, live: &Snapshot) -> Option<String> {
    [USER, RESOURCE].into_iter().find_map(|kind| {
        let why = match live.listed(kind) {
            Part::Known(()) => return None,
            Part::Unknown(unknown) => format!("could not be read: {}", unknown.message),
            Part::Absent | Part::NotRead => "was not read".to_owned(),
        };
        watched
            .may_name(kind, live.entities.keys())
            .then(|| format!("the list of {kind}s {why}"))
    })
}

/// Who reads, as people read it: people first, then roles.
pub(in super::super) fn names(readers: &BTreeSet<Target>) -> String {
    let (roles, people): (Vec<&Target>, Vec<&Target>) = readers
        .iter()
        .partition(|reader| reader.kind() == IMPERSONATION_ROLE);
    let people = people.into_iter().map(|person| person.name().to_owned());
    let roles = roles
        .into_iter()
        .map(|role| format!("role {}", role.name()));
    people.chain(roles).collect::<Vec<_>>().join(", ")
}

fn reason(mailbox: &Target, new: &Readers, comes_back: bool) -> Option<String> {
    debug_assert!(mailbox.kind() != GROUP, "groups have no mailbox");
    let untold: Vec<&str> = new.untold.iter().map(String::as_str).collect();
    let readers = names(&new.known);
    let untold = untold.join("; ");
    let mail = format!(
        "could read the mail of {}{}",
        mailbox.name(),
        if comes_back {
            ", whose mailbox comes back"
        } else {
            ""
        }
    );
    match (readers.is_empty(), untold.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("{readers} {mail}")),
        (true, false) => Some(format!("who {mail} cannot be told: {untold}")),
        (false, false) => Some(format!(
            "{readers} {mail}; who else cannot be told: {untold}"
        )),
    }
}
