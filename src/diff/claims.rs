//! Addresses that come: who has them now, and whether their domain may be used.
//!
//! An address is taken only from somebody who gives it up in the same plan; anybody else is named.
//! What follows from a claim that has to wait is told in `settle`.
//! Source: API reference, `MailDomainStateException`, `EmailAddressInUseException`.

use std::collections::BTreeMap;

use crate::kinds::by_name;
use crate::model::{
    Action, Address, Change, Delta, DomainLive, Entity, EntityState, Gap, Globs, Held, Part,
    Problem, Target, Unmanaged, Wanted,
};

use super::domains::{find, is_declared};
use super::organization::told_here;
use super::{Draft, Ends};

/// Somebody who comes back has aliases that cannot be read yet. What somebody else has is none of
/// them, and is claimed now: a leaver who keeps it would hide it.
pub(super) fn claim_from_others(ends: &Ends<'_>, draft: &mut Draft) {
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

/// Every address that somebody gets by what is written, in the order of targets.
pub(super) fn claims(draft: &Draft) -> Vec<(Target, Address)> {
    let mut claims = Vec::new();
    for change in draft.changes.values().filter(|change| change.writable) {
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

/// What becomes of a claim.
pub(super) enum Verdict {
    Take,
    Hold(Held),
    Unknown(Gap),
    Refuse(Problem),
}

/// Judges one claim, as the draft stands now.
pub(super) fn judge(
    ends: &Ends<'_>,
    draft: &Draft,
    holders: &BTreeMap<Address, Target>,
    target: &Target,
    address: &Address,
) -> Verdict {
    match domain(ends, target, address) {
        Verdict::Take => match holder(ends, draft, holders, target, address) {
            Verdict::Refuse(problem) => Verdict::Refuse(at(ends, problem, address)),
            other => other,
        },
        Verdict::Refuse(problem) => Verdict::Refuse(at(ends, problem, address)),
        other => other,
    }
}

/// The problem with the field that declares its address.
fn at(ends: &Ends<'_>, problem: Problem, address: &Address) -> Problem {
    let declared = ends.desired.entities.get(&problem.target);
    let is_alias = declared.is_some_and(|declared| {
        let aliases = declared.aliases.as_ref();
        declared.email.as_ref() != Some(address)
            && aliases.is_some_and(|aliases| aliases.items.contains(address))
    });
    let path = if is_alias { "aliases" } else { "email" };
    Problem {
        path: path.to_owned(),
        ..problem
    }
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
    let Some((_, domain)) = find(domains, &name) else {
        if is_declared(&ends.desired.organization, &name) {
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
            place: None,
        });
    };
    match &domain.ownership {
        Part::Unknown(unknown) => Verdict::Unknown(Gap {
            target: target.clone(),
            part: format!("whether {address} may be used: mail domain {name}"),
            unknown: unknown.clone(),
        }),
        Part::Known(status) if !domain.is_verified() => {
            unverified(ends, target, address, status, domain)
        }
        _ => Verdict::Take,
    }
}

fn unverified(
    ends: &Ends<'_>,
    target: &Target,
    address: &Address,
    status: &str,
    domain: &DomainLive,
) -> Verdict {
    let name = address.domain();
    let status = status.to_ascii_lowercase();
    hold(
        target,
        address,
        format!("the verification of mail domain {name} (now {status}): publish its DNS records"),
        told_here(ends, &name, domain),
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
        let managed = by_name(ends.kinds, from.kind()).is_some_and(|entry| ends.manages(entry));
        if managed && ends.unlisted(from.kind()).is_some() {
            return hold(
                target,
                address,
                format!("the list of {}s, for {from} has it", from.kind()),
                Vec::new(),
            );
        }
        return refuse(
            target,
            address,
            from,
            "it is not managed here",
            "give it up there first",
        );
    };
    if !entity.is_registered() {
        if comes_back_without(ends, draft, from, address) {
            return hold(
                target,
                address,
                format!("the registration of {from}, which gives it up then"),
                Vec::new(),
            );
        }
        return refuse(
            target,
            address,
            from,
            "it is deregistered, and the API changes no address of what is deregistered",
            "register it and take the address away in one apply, delete it, or choose another address",
        );
    }
    let change = draft.changes.get(from);
    if change.is_some_and(|change| !change.writable) {
        return refuse(
            target,
            address,
            from,
            "its section is not written",
            "choose another address",
        );
    }
    if change.is_some_and(|change| gives_up(change, address)) {
        return Verdict::Take;
    }
    if shall_give_up(ends, from, entity, address) {
        return hold(
            target,
            address,
            format!("{from} to give it up, which waits itself"),
            Vec::new(),
        );
    }
    match change {
        None if !ends.declares(from) => refuse(
            target,
            address,
            from,
            "nothing takes it away from there",
            "declare it, or choose another address",
        ),
        _ => refuse(
            target,
            address,
            from,
            "its `aliases` or `email` are not declared, so it keeps it",
            "declare its `aliases` without this address, or choose another address",
        ),
    }
}

/// True if a change leaves this address to who claims it: as an alias that goes, as the old primary,
/// or with everything else of a leaver.
fn gives_up(change: &Change, address: &Address) -> bool {
    matches!(change.action, Action::Delete | Action::Deregister)
        || change.deltas.iter().any(|delta| match delta {
            Delta::AliasRemoved(old, _) => old == address,
            Delta::Email { before, after } => before.as_ref() == Some(address) && after != address,
            _ => false,
        })
}

/// True if the manifest, were nothing in its way, took this address away from who has it.
pub(super) fn shall_give_up(
    ends: &Ends<'_>,
    from: &Target,
    entity: &Entity,
    address: &Address,
) -> bool {
    let Some(entry) = by_name(ends.kinds, from.kind()).filter(|entry| ends.manages(entry)) else {
        return false;
    };
    let section = ends.desired.management.section(entry.section);
    if !section.write || entity.built_in {
        return false;
    }
    let Some(declared) = ends.desired.entities.get(from) else {
        return section.unmanaged == Unmanaged::Remove
            && !Globs::new(&section.ignore).matches(from);
    };
    if matches!(declared.wanted, Wanted::Absent | Wanted::Deregistered) {
        return true;
    }
    if declared.email.as_ref() == Some(address) {
        return false;
    }
    let aliases = declared.aliases.as_ref();
    if aliases.is_some_and(|wish| wish.items.contains(address)) {
        return false;
    }
    // Which of its addresses is the primary one may be just what could not be read.
    let may_be_primary = entity.email.known().is_none_or(|email| email == address);
    may_be_primary && declared.email.is_some() || aliases.is_some_and(|wish| wish.exact)
}

/// True if something comes back whose aliases, unreadable until then, shall not have this address.
fn comes_back_without(ends: &Ends<'_>, draft: &Draft, from: &Target, address: &Address) -> bool {
    let comes = draft.changes.get(from);
    let exact = ends.desired.entities.get(from).is_some_and(|declared| {
        let aliases = declared.aliases.as_ref();
        aliases.is_some_and(|wish| wish.exact && !wish.items.contains(address))
    });
    exact
        && comes.is_some_and(|change| {
            change.writable && registers(change) && !claimed(change).contains(&address)
        })
}

fn refuse(target: &Target, address: &Address, from: &Target, why: &str, help: &str) -> Verdict {
    Verdict::Refuse(Problem {
        target: target.clone(),
        path: "email".to_owned(),
        message: format!("{address} belongs to {from}: {why}"),
        help: help.to_owned(),
        place: None,
    })
}

/// True if a change registers its thing.
pub(super) fn registers(change: &Change) -> bool {
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
