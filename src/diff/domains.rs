//! Compares the mail domains: which come, which wait for their DNS records, and which may go.
//!
//! The test domain never counts, and a domain that is not verified yet is no difference. A domain goes
//! when nobody has an address in it any more: who gives theirs up in the same plan does not count, who
//! shall give it up later makes it wait, and anybody else is named.
//! Source: API reference, `RegisterMailDomain`, `DeregisterMailDomain`, `MailDomainInUseException`.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::{Needs, Piece};
use crate::model::{
    Action, Address, Change, Delta, DesiredOrganization, DomainLive, Entity, Gap, Held,
    MAIL_DOMAIN, Part, Problem, Reason, Snapshot, Target, Unknown, UnknownCause,
};

use super::claims::shall_give_up;
use super::entities::change;
use super::organization::{DEFAULT, organization};
use super::{Draft, Ends, not_in_snapshot, uncertain};

/// The most holders that one sentence names.
const HOLDERS_SHOWN: usize = 5;

/// Compares those that shall be there.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    let Some(wanted) = &ends.desired.organization.mail_domains else {
        return;
    };
    let domains = match &ends.live.organization.mail_domains {
        Part::Known(domains) => domains,
        part => {
            draft.gaps.extend(uncertain(part).map(|unknown| Gap {
                target: organization(ends),
                part: "mailDomains".to_owned(),
                unknown,
            }));
            return;
        }
    };
    for name in wanted {
        let Some((live, domain)) = find(domains, name) else {
            let target = Target::new(MAIL_DOMAIN, name.clone());
            let comes = change(&target, Action::Create, Reason::Manifest);
            draft.changes.insert(target, comes);
            continue;
        };
        let target = Target::new(MAIL_DOMAIN, live);
        match &domain.ownership {
            Part::Unknown(unknown) => draft.gaps.push(Gap {
                target,
                part: "verification".to_owned(),
                unknown: unknown.clone(),
            }),
            Part::Known(status) if !domain.is_verified() => draft.held.push(Held {
                target,
                part: "verification".to_owned(),
                waits_for: format!("its DNS records (now {})", status.to_ascii_lowercase()),
                details: domain.records.clone(),
            }),
            _ => {}
        }
    }
}

/// Compares those that shall not be there, once it is settled who gives up which address.
pub(super) fn remove(ends: &Ends<'_>, draft: &mut Draft) {
    for name in undeclared(&ends.desired.organization, ends.live) {
        let target = Target::new(MAIL_DOMAIN, name);
        match in_the_way(ends, draft, name) {
            InTheWay::Nothing => {
                let goes = change(&target, Action::Delete, Reason::NotDeclared);
                draft.changes.insert(target, goes);
            }
            InTheWay::Waiting(waits_for) => draft.held.push(Held {
                target,
                part: "removal".to_owned(),
                waits_for,
                details: Vec::new(),
            }),
            InTheWay::Unread(what, unknown) => draft.gaps.push(Gap {
                target,
                part: format!("whether it may go: {what}"),
                unknown,
            }),
            InTheWay::Wrong { message, help } => draft.problems.push(Problem {
                target: organization(ends),
                path: "mailDomains".to_owned(),
                message: format!("mail domain {name} cannot go: {message}"),
                help,
                place: None,
            }),
        }
    }
}

/// What has to be read of domains: the verification of those that are declared, and the addresses of
/// everything where one shall go.
pub(super) fn more_needs(ends: &Ends<'_>, needs: &mut Needs) {
    let desired = &ends.desired.organization;
    needs
        .domain_details
        .extend(desired.mail_domains.iter().flatten().cloned());
    if let Some(wanted) = &desired.default_mail_domain
        && ends.live.organization.default_mail_domain.known() != Some(wanted)
    {
        needs.mail_domains |= matches!(ends.live.organization.mail_domains, Part::NotRead);
        needs.domain_details.insert(wanted.clone());
    }
    let going = undeclared(desired, ends.live);
    if going.is_empty() {
        return;
    }
    // Only this tells for certain that one is not the test domain.
    let going = going.into_iter().map(str::to_owned);
    needs.domain_details.extend(going);
    for entry in ends.kinds {
        if matches!(ends.live.listed(entry.name), Part::NotRead) {
            needs.lists.insert(entry.name.to_owned());
            let every = needs.every.entry(entry.name.to_owned()).or_default();
            every.insert(Piece::Aliases);
        }
    }
    for (target, entity) in &ends.live.entities {
        if entity.is_registered() && !entity.built_in && matches!(entity.aliases, Part::NotRead) {
            needs.piece(target, Piece::Aliases);
        }
    }
}

/// The domain of this name, without regard to case.
pub(super) fn find<'a>(
    domains: &'a BTreeMap<String, DomainLive>,
    name: &str,
) -> Option<(&'a str, &'a DomainLive)> {
    domains
        .iter()
        .find(|(domain, _)| domain.eq_ignore_ascii_case(name))
        .map(|(name, domain)| (name.as_str(), domain))
}

/// True if the manifest lists the domain.
pub(super) fn is_declared(desired: &DesiredOrganization, name: &str) -> bool {
    let mut declared = desired.mail_domains.iter().flatten();
    declared.any(|domain| domain.eq_ignore_ascii_case(name))
}

/// The live domains that the manifest does not list, where it lists any.
fn undeclared<'a>(desired: &DesiredOrganization, live: &'a Snapshot) -> Vec<&'a str> {
    if desired.mail_domains.is_none() {
        return Vec::new();
    }
    let domains = live.organization.mail_domains.known().into_iter().flatten();
    domains
        .filter(|(name, domain)| !domain.is_test_domain && !is_declared(desired, name))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// What keeps a domain from going.
enum InTheWay {
    Nothing,
    Waiting(String),
    Unread(String, Unknown),
    Wrong { message: String, help: String },
}

fn in_the_way(ends: &Ends<'_>, draft: &Draft, domain: &str) -> InTheWay {
    let domains = ends.live.organization.mail_domains.known();
    let unknown = domains.and_then(|domains| domains.get(domain)?.ownership.unknown());
    if let Some(unknown) = unknown {
        let what = "whether it is the test domain".to_owned();
        return InTheWay::Unread(what, unknown.clone());
    }
    if let Some(found) = as_default(ends, draft, domain) {
        return found;
    }
    for entry in ends.kinds {
        if let Some(gap) = ends.unlisted(entry.name) {
            return InTheWay::Unread(gap.part, gap.unknown);
        }
    }
    let mut keeping = Vec::new();
    let mut leaving = Vec::new();
    let mut waiting = None;
    for (target, entity) in &ends.live.entities {
        if entity.built_in {
            continue;
        }
        let change = draft.changes.get(target).filter(|change| change.writable);
        if change.is_some_and(|change| change.action == Action::Delete) {
            continue;
        }
        if let Some(unknown) = unread(entity) {
            return InTheWay::Unread(format!("the addresses of {target}"), unknown);
        }
        let stays_out = change.is_some_and(|change| change.action == Action::Deregister);
        for address in kept(entity, change) {
            if !address.domain().eq_ignore_ascii_case(domain) {
                continue;
            }
            if stays_out || !entity.is_registered() {
                leaving.push(format!("{target} ({address})"));
            } else if shall_give_up(ends, target, entity, &address) {
                waiting = Some((target, address));
            } else {
                keeping.push(format!("{target} ({address})"));
            }
        }
    }
    if !keeping.is_empty() {
        return InTheWay::Wrong {
            message: format!("it is the domain of {}", some(&keeping)),
            help: "declare their `email` and `aliases` without it, or list the domain".to_owned(),
        };
    }
    if !leaving.is_empty() {
        return InTheWay::Wrong {
            message: format!("{} keep their addresses while deregistered", some(&leaving)),
            help: "delete them (`onRemoval: delete`), move their addresses while they are registered, or list the domain"
                .to_owned(),
        };
    }
    match waiting {
        Some((target, address)) => {
            InTheWay::Waiting(format!("{target} to give up {address}, which waits itself"))
        }
        None => InTheWay::Nothing,
    }
}

/// The default domain goes once another one is the default.
fn as_default(ends: &Ends<'_>, draft: &Draft, domain: &str) -> Option<InTheWay> {
    let live = &ends.live.organization.default_mail_domain;
    let moves = |change: &Change| {
        let mut deltas = change.deltas.iter();
        deltas.any(|delta| matches!(delta, Delta::Field { field, .. } if field == DEFAULT))
    };
    match live {
        Part::Known(default) if !default.eq_ignore_ascii_case(domain) => return None,
        Part::Absent => return None,
        Part::Known(_) => {}
        part => {
            let unknown = uncertain(part)?;
            return Some(InTheWay::Unread(DEFAULT.to_owned(), unknown));
        }
    }
    if draft.changes.get(&organization(ends)).is_some_and(moves) {
        return None;
    }
    Some(match &ends.desired.organization.default_mail_domain {
        Some(_) => InTheWay::Waiting("another default mail domain, which waits itself".to_owned()),
        None => InTheWay::Wrong {
            message: "it is the default mail domain".to_owned(),
            help: "declare another `defaultMailDomain`, or list the domain".to_owned(),
        },
    })
}

/// The addresses that somebody has when the plan has ended.
fn kept(entity: &Entity, change: Option<&Change>) -> BTreeSet<Address> {
    let aliases = entity.aliases.known().into_iter().flatten();
    let mut kept: BTreeSet<Address> = aliases.chain(entity.email.known()).cloned().collect();
    let deltas = change.map_or(&[][..], |change| &change.deltas);
    for delta in deltas {
        if let Delta::AliasRemoved(address, _) = delta {
            kept.remove(address);
        }
        if let Delta::Email {
            before: Some(before),
            after,
        } = delta
            && before != after
            && !deltas
                .iter()
                .any(|delta| matches!(delta, Delta::AliasAdded(alias) if alias == before))
        {
            kept.remove(before);
        }
    }
    kept
}

/// Why the addresses of somebody are not known. Of who is deregistered the service tells no aliases; it
/// refuses to take a domain away that one is in.
fn unread(entity: &Entity) -> Option<Unknown> {
    if let Some(unknown) = entity.email.unknown() {
        return Some(unknown.clone());
    }
    match &entity.aliases {
        Part::Unknown(unknown) if unknown.cause != UnknownCause::Deregistered => {
            Some(unknown.clone())
        }
        Part::NotRead if entity.is_registered() => Some(not_in_snapshot()),
        _ => None,
    }
}

/// Some of many, and how many more there are.
fn some(all: &[String]) -> String {
    match all.get(HOLDERS_SHOWN..) {
        Some(more @ [_, ..]) => {
            let shown = all[..HOLDERS_SHOWN].join(", ");
            format!("{shown} and {} more", more.len())
        }
        _ => all.join(", "),
    }
}
