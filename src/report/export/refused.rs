//! What the manifest language refuses of what is live: names that occur twice, addresses that clash
//! or that it does not take, circles of groups.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Address, Entity, GROUP, Party, Snapshot, Target, test_domain};
use crate::plan::ALIAS_LIMIT;

/// The longest name of any kind. Source: API reference, `CreateGroup`, `Name`.
const LONGEST_NAME: usize = 256;

/// What is refused, and why.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// Things that cannot be declared at all, with the reason.
    pub(super) things: BTreeMap<Target, String>,
    /// Addresses that cannot be declared, by the thing that has them, with the reason.
    pub(super) addresses: BTreeMap<(Target, Address), String>,
    /// Memberships that would close a circle.
    pub(super) circles: BTreeSet<(Target, Target)>,
}

impl Refused {
    /// Looks through everything that is live.
    pub(super) fn of(live: &Snapshot) -> Self {
        let mut refused = Self::default();
        refused.names(live);
        refused.claims(live);
        refused.membership(live);
        refused
    }

    /// Why an address of a thing is left out; none if it can be declared.
    pub(super) fn address(&self, target: &Target, address: &Address) -> Option<&str> {
        self.addresses
            .get(&(target.clone(), address.clone()))
            .map(String::as_str)
    }

    fn names(&mut self, live: &Snapshot) {
        let mut seen: BTreeMap<String, &Target> = BTreeMap::new();
        // Users first: a bare name means the user where it can mean several things.
        let mut targets: Vec<&Target> = shown(live).map(|(target, _)| target).collect();
        targets.sort_by_key(|target| (order(target), (*target).clone()));
        for target in targets {
            let name = target.name();
            if name.is_empty()
                || name.chars().count() > LONGEST_NAME
                || name.chars().any(char::is_control)
            {
                let why = "its name is none that a manifest takes".to_owned();
                self.things.insert(target.clone(), why);
            } else if let Some(other) = seen.insert(name.to_lowercase(), target) {
                let why = format!("{other} has the same name");
                self.things.insert(target.clone(), why);
                seen.insert(name.to_lowercase(), other);
            }
        }
    }

    /// Addresses are claimed by registered things first, so that what a deregistered one still
    /// lists gives way.
    fn claims(&mut self, live: &Snapshot) {
        let domains: Option<BTreeSet<String>> = live.organization.mail_domains.known().map(|all| {
            let test = test_domain(&live.organization.alias);
            all.keys()
                .map(|name| name.to_lowercase())
                .chain([test])
                .collect()
        });
        let mut claimed: BTreeMap<Address, Target> = BTreeMap::new();
        let mut all: Vec<(&Target, &Entity)> = shown(live).collect();
        all.sort_by_key(|(_, entity)| !entity.is_registered());
        for (target, entity) in all {
            if self.things.contains_key(target) {
                continue;
            }
            let aliases = entity.aliases.known();
            let too_many = aliases.is_some_and(|aliases| aliases.len() > ALIAS_LIMIT);
            let email = entity.email.known();
            for address in email.into_iter().chain(aliases.into_iter().flatten()) {
                let why = if address.is_reserved() {
                    Some("a temporary address that an apply left".to_owned())
                } else if Address::parse(address.as_str()).is_err() {
                    Some("no address that a manifest takes".to_owned())
                } else if domains
                    .as_ref()
                    .is_some_and(|domains| !domains.contains(&address.domain()))
                {
                    Some("its domain is not one of the organization".to_owned())
                } else if too_many && email != Some(address) {
                    Some(format!("there are more than {ALIAS_LIMIT} aliases"))
                } else {
                    let other = claimed.insert(address.clone(), target.clone());
                    other.filter(|other| other != target).map(|other| {
                        let why = format!("{other} has it too");
                        claimed.insert(address.clone(), other);
                        why
                    })
                };
                if let Some(why) = why {
                    self.addresses
                        .insert((target.clone(), address.clone()), why);
                }
            }
        }
    }

    fn membership(&mut self, live: &Snapshot) {
        let mut edges: BTreeMap<&Target, BTreeSet<&Target>> = BTreeMap::new();
        for (target, entity) in shown(live).filter(|(target, _)| target.kind() == GROUP) {
            for link in entity.links.known().into_iter().flatten() {
                let Party::Entity(member) = &link.party else {
                    continue;
                };
                if link.deleted || member.kind() != GROUP {
                    continue;
                }
                if reaches(&edges, member, target) {
                    self.circles.insert((target.clone(), member.clone()));
                } else {
                    edges.entry(target).or_default().insert(member);
                }
            }
        }
    }
}

/// Everything that is not the service's own.
pub(super) fn shown(live: &Snapshot) -> impl Iterator<Item = (&Target, &Entity)> {
    live.entities.iter().filter(|(_, entity)| !entity.built_in)
}

fn order(target: &Target) -> usize {
    [crate::model::USER, GROUP, crate::model::RESOURCE]
        .iter()
        .position(|kind| *kind == target.kind())
        .unwrap_or(usize::MAX)
}

/// True if `from` is `to` or has it as a member, however deep.
fn reaches(edges: &BTreeMap<&Target, BTreeSet<&Target>>, from: &Target, to: &Target) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        if next == to {
            return true;
        }
        if seen.insert(next) {
            open.extend(edges.get(next).into_iter().flatten().copied());
        }
    }
    false
}
