//! The guard of addresses that change hands: `address-reuse`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{Address, Entity, Snapshot, Target, USER};

use super::super::document::{Blocked, Operation};
use super::{Ends, of_target, removed};

/// An address that goes from a person to anybody else, or from something removed to something that
/// was not registered before. Every claim counts, also of what the plan passes on: it may end there.
/// What was a group's was nobody's own, and goes where it is declared.
pub(super) fn address_reuse(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let claims: BTreeSet<(Address, &Target)> = ends
        .operations
        .iter()
        .filter_map(|operation| Some((claimed(operation)?, &operation.target)))
        .collect();
    if claims.is_empty() {
        return;
    }
    let removed = removed(ends);
    let before = holders(ends.live, |_| true);
    for (address, to) in claims {
        let Some(from) = before.get(&address).filter(|from| *from != to) else {
            continue;
        };
        let was_there = |target| {
            let entity = ends.live.entities.get(target);
            entity.is_some_and(Entity::is_registered)
        };
        if from.kind() == USER || removed.contains(from) && !was_there(to) {
            let reason = format!(
                "mail to {address} would go to {} instead of {}",
                to.name(),
                from.name()
            );
            found.push(of_target("address-reuse", to, reason));
        }
    }
}

/// Every address that somebody has before and somebody else has after, in the order of addresses.
pub(in super::super) fn moved(ends: &Ends<'_>) -> Vec<(Address, Target, Target)> {
    let before = holders(ends.before, Entity::is_registered);
    holders(ends.after, Entity::is_registered)
        .into_iter()
        .filter_map(|(address, to)| {
            let from = before.get(&address)?;
            (*from != to).then(|| (address, from.clone(), to))
        })
        .collect()
}

/// The address that an operation gives to its target; a temporary one is its plan's own.
fn claimed(operation: &Operation) -> Option<Address> {
    let member = match operation.call.operation.as_str() {
        "CreateAlias" => "Alias",
        "UpdatePrimaryEmailAddress" | "RegisterToWorkMail" => "Email",
        _ => return None,
    };
    let address = operation.call.input.get(member).and_then(Value::as_str)?;
    Some(Address::listed(address))
}

/// Who has which address, of those who count.
pub(in super::super) fn holders(
    snapshot: &Snapshot,
    counts: impl Fn(&Entity) -> bool,
) -> BTreeMap<Address, Target> {
    let mut holders = BTreeMap::new();
    for (target, entity) in snapshot
        .entities
        .iter()
        .filter(|(_, entity)| counts(entity))
    {
        for address in entity
            .aliases
            .known()
            .into_iter()
            .flatten()
            .chain(entity.email.known())
        {
            holders.insert(address.clone(), target.clone());
        }
    }
    holders
}
