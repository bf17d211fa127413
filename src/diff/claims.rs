//! Addresses that come: who has them now, and whether their domain may be used.
//!
//! An address is taken only from somebody who gives it up in the same plan; anybody else is named.
//! What waits for a mail domain is held, the creation of its user included.
//! Source: API reference, `MailDomainStateException`, `EmailAddressInUseException`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Action, Address, Change, Delta, DomainLive, EntityState, Gap, Held, Part, Problem, Reason,
    Target,
};

use super::{Draft, Ends};

/// Takes what must wait, what is not known and what contradicts out of the draft.
pub(super) fn settle(ends: &Ends<'_>, draft: &mut Draft) {
    claim_from_others(ends, draft);
    let claims = claims(draft);
    if claims.is_empty() {
        return;
    }
    let holders = holders(ends);
    for (target, address) in claims {
        let verdict = match domain(ends, &target, &address) {
            Verdict::Take => holder(ends, draft, &holders, &target, &address),
            other => other,
        };
        match verdict {
            Verdict::Take => {}
            Verdict::Release(from) => release(draft, &from, &address),
            Verdict::Hold(held) => {
                drop_claim(draft, &target, &address);
                if !draft.held.contains(&held) {
                    draft.held.push(held);
                }
            }
            Verdict::Unknown(gap) => {
                drop_claim(draft, &target, &address);
                draft.gaps.push(gap);
            }
            Verdict::Refuse(problem) => {
                drop_claim(draft, &target, &address);
                draft.problems.push(problem);
            }
        }
    }
}

/// Somebody who comes back has aliases that cannot be read yet. What somebody else has is none of
/// them, and is claimed now: a leaver who keeps it would hide it.
fn claim_from_others(ends: &Ends<'_>, draft: &mut Draft) {
    let hidden = |target: &Target| {
        let aliases = ends.live.entities.get(target).map(|entity| &entity.aliases);
        aliases.is_some_and(|aliases| aliases.unknown().is_some())
    };
    let coming: Vec<Target> = draft
        .changes
        .values()
        .filter(|change| registers(change) && hidden(&change.target))
        .map(|change| change.target.clone())
        .collect();
    if coming.is_empty() {
        return;
    }
    let holders = holders(ends);
    for target in coming {
        let declared = ends.desired.entities.get(&target);
        let wanted = declared.and_then(|declared| declared.aliases.as_ref());
        let taken: Vec<Address> = wanted
            .iter()
            .flat_map(|wish| &wish.items)
            .filter(|alias| holders.get(alias).is_some_and(|holder| *holder != target))
            .map(Address::lower)
            .collect();
        if let Some(change) = draft.changes.get_mut(&target) {
            change
                .deltas
                .extend(taken.into_iter().map(Delta::AliasAdded));
        }
    }
}

/// Every address that somebody gets who does not have it, in the order of targets.
pub(super) fn claims(draft: &Draft) -> Vec<(Target, Address)> {
    let mut claims = Vec::new();
    for change in draft.changes.values() {
        for address in claimed(change) {
            claims.push((change.target.clone(), address.clone()));
        }
    }
    claims
}

/// The addresses that a change claims: new primaries and aliases, but not the old primary that stays
/// as an alias.
pub(super) fn claimed(change: &Change) -> Vec<&Address> {
    let old = change.deltas.iter().find_map(|delta| match delta {
        Delta::Email { before, .. } => before.as_ref(),
        _ => None,
    });
    let registers = registers(change);
    change
        .deltas
        .iter()
        .filter_map(|delta| match delta {
            Delta::Email { after, .. } => Some(after),
            Delta::AliasAdded(alias) if registers || Some(alias) != old => Some(alias),
            _ => None,
        })
        .collect()
}

/// Who has which address, as far as the snapshot tells.
pub(super) fn holders(ends: &Ends<'_>) -> BTreeMap<Address, Target> {
    let mut holders = BTreeMap::new();
    let renamed: BTreeMap<&str, &Target> = ends
        .live
        .entities
        .iter()
        .filter(|(_, entity)| entity.live_name.is_some())
        .map(|(target, entity)| (entity.id.as_str(), target))
        .collect();
    for (address, lookup) in &ends.live.lookups {
        if let Part::Known(lookup) = lookup {
            let holder = renamed.get(lookup.id.as_str());
            let holder = holder.map_or(&lookup.holder, |target| *target);
            holders.insert(address.clone(), holder.clone());
        }
    }
    for (target, entity) in &ends.live.entities {
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

enum Verdict {
    Take,
    Release(Target),
    Hold(Held),
    Unknown(Gap),
    Refuse(Problem),
}

fn domain(ends: &Ends<'_>, target: &Target, address: &Address) -> Verdict {
    let organization = &ends.live.organization;
    let domains = match &organization.mail_domains {
        Part::Known(domains) => domains,
        Part::Unknown(unknown) => {
            return Verdict::Unknown(Gap {
                target: target.clone(),
                part: format!("whether {address} may be used: the list of mail domains"),
                unknown: unknown.clone(),
            });
        }
        Part::Absent | Part::NotRead => return Verdict::Take,
    };
    let name = address.domain();
    let live = domains
        .iter()
        .find(|(domain, _)| domain.eq_ignore_ascii_case(&name));
    let Some((_, domain)) = live else {
        let declared = ends.desired.organization.mail_domains.iter().flatten();
        if declared
            .into_iter()
            .any(|domain| domain.eq_ignore_ascii_case(&name))
        {
            return hold(
                target,
                address,
                format!("mail domain {name}, which is not registered yet"),
                Vec::new(),
            );
        }
        return Verdict::Refuse(Problem {
            target: target.clone(),
            path: "email".to_owned(),
            message: format!(
                "{address} is in {name}, which is no mail domain of this organization"
            ),
            help: format!("register {name} with the organization, or use one of its domains"),
        });
    };
    match &domain.ownership {
        Part::Unknown(unknown) => Verdict::Unknown(Gap {
            target: target.clone(),
            part: format!("whether {address} may be used: mail domain {name}"),
            unknown: unknown.clone(),
        }),
        Part::Known(status) if status != "VERIFIED" => {
            unverified(target, address, &name, status, domain)
        }
        _ => Verdict::Take,
    }
}

fn unverified(
    target: &Target,
    address: &Address,
    name: &str,
    status: &str,
    domain: &DomainLive,
) -> Verdict {
    let status = status.to_ascii_lowercase();
    hold(
        target,
        address,
        format!("the verification of mail domain {name} (now {status}): publish its DNS records"),
        domain.records.clone(),
    )
}

fn hold(target: &Target, address: &Address, waits_for: String, details: Vec<String>) -> Verdict {
    Verdict::Hold(Held {
        target: target.clone(),
        part: address.to_string(),
        waits_for,
        details,
    })
}

fn holder(
    ends: &Ends<'_>,
    draft: &Draft,
    holders: &BTreeMap<Address, Target>,
    target: &Target,
    address: &Address,
) -> Verdict {
    let Some(from) = holders.get(address) else {
        return match ends.live.lookups.get(address) {
            Some(Part::Unknown(unknown)) => Verdict::Unknown(Gap {
                target: target.clone(),
                part: format!("who has {address}"),
                unknown: unknown.clone(),
            }),
            _ => Verdict::Take,
        };
    };
    if from == target {
        return Verdict::Take;
    }
    let Some(entity) = ends.live.entities.get(from) else {
        return refuse(
            target,
            address,
            from,
            "it is not managed here",
            "give it up there first",
        );
    };
    if !entity.is_registered() {
        return refuse(
            target,
            address,
            from,
            "it is deregistered, and the API changes no address of what is deregistered",
            "register it and take the address away in one apply, delete it, or choose another address",
        );
    }
    let Some(change) = draft.changes.get(from) else {
        return refuse(
            target,
            address,
            from,
            "nothing takes it away from there",
            "declare it, or choose another address",
        );
    };
    if !change.writable {
        return refuse(
            target,
            address,
            from,
            "its section is not written",
            "choose another address",
        );
    }
    if matches!(change.action, Action::Delete | Action::Deregister) {
        return Verdict::Take;
    }
    let released = change
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::AliasRemoved(old, _) if old == address));
    let old_primary = change
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::Email { before: Some(old), after } if old == address && after != address));
    match (released, old_primary) {
        (true, _) => Verdict::Take,
        (false, true) => Verdict::Release(from.clone()),
        (false, false) => refuse(
            target,
            address,
            from,
            "its `aliases` or `email` are not declared, so it keeps it",
            "declare its `aliases` without this address, or choose another address",
        ),
    }
}

fn refuse(target: &Target, address: &Address, from: &Target, why: &str, help: &str) -> Verdict {
    Verdict::Refuse(Problem {
        target: target.clone(),
        path: "email".to_owned(),
        message: format!("{address} belongs to {from}: {why}"),
        help: help.to_owned(),
    })
}

/// The old primary does not stay as an alias, because somebody declared claims it.
fn release(draft: &mut Draft, from: &Target, address: &Address) {
    if let Some(change) = draft.changes.get_mut(from) {
        change
            .deltas
            .retain(|delta| !matches!(delta, Delta::AliasAdded(alias) if alias == address));
        change
            .deltas
            .push(Delta::AliasRemoved(address.clone(), Reason::Consequence));
    }
}

fn drop_claim(draft: &mut Draft, target: &Target, address: &Address) {
    let Some(change) = draft.changes.get_mut(target) else {
        return;
    };
    let email = change
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::Email { after, .. } if after == address));
    if !email {
        change
            .deltas
            .retain(|delta| !matches!(delta, Delta::AliasAdded(alias) if alias == address));
        return;
    }
    if registers(change) {
        draft.changes.remove(target);
        draft.waiting.insert(target.clone());
        return;
    }
    let old: BTreeSet<Address> = change
        .deltas
        .iter()
        .filter_map(|delta| match delta {
            Delta::Email {
                before: Some(old), ..
            } => Some(old.clone()),
            _ => None,
        })
        .collect();
    change.deltas.retain(|delta| match delta {
        Delta::Email { .. } => false,
        Delta::AliasAdded(alias) | Delta::AliasRemoved(alias, _) => !old.contains(alias),
        _ => true,
    });
}

fn registers(change: &Change) -> bool {
    change.deltas.iter().any(|delta| {
        matches!(
            delta,
            Delta::State {
                after: EntityState::Registered,
                ..
            }
        )
    })
}
