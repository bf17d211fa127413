//! The guard of addresses that change hands: `address-reuse`.

use std::collections::BTreeMap;

use crate::model::{Address, Snapshot, Target, USER};

use super::super::document::Blocked;
use super::{Ends, of_target, removed};

/// An address that moves from one person to another, or from something removed to something created.
pub(super) fn address_reuse(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let removed = removed(ends);
    for (address, from, to) in moved(ends) {
        let people = from.kind() == USER && to.kind() == USER;
        let handover = removed.contains(&from) && !ends.live.entities.contains_key(&to);
        if people || handover {
            let reason = format!(
                "mail to {address} would go to {} instead of {}",
                to.name(),
                from.name()
            );
            found.push(of_target("address-reuse", &to, reason));
        }
    }
}

/// Every address that somebody has before and somebody else has after, in the order of addresses.
pub(in super::super) fn moved(ends: &Ends<'_>) -> Vec<(Address, Target, Target)> {
    let before = holders(ends.before);
    holders(ends.after)
        .into_iter()
        .filter_map(|(address, to)| {
            let from = before.get(&address)?;
            (*from != to).then(|| (address, from.clone(), to))
        })
        .collect()
}

fn holders(snapshot: &Snapshot) -> BTreeMap<Address, Target> {
    let mut holders = BTreeMap::new();
    for (target, entity) in snapshot
        .entities
        .iter()
        .filter(|(_, entity)| entity.is_registered())
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
