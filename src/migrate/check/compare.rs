//! Both sides: does every address reach the same people there?

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::directory::{Directory, Recipient, Reference};
use super::foreign::{Foreign, Shape};
use super::map::AddressMap;
use crate::model::{Address, GROUP};

/// What holding both sides against one another came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// False: not all that is here could be read, and what could not was not looked for.
    pub whole: bool,
    /// How many addresses were looked for.
    pub checked: usize,
    /// How many of them reach the same people.
    pub same: usize,
    /// Those that do not.
    pub differences: Vec<Difference>,
    /// Addresses in the service's own domain, which end with it.
    pub ending: Vec<String>,
    /// Addresses that the map gives up.
    pub given_up: Vec<String>,
    /// Who is there and answers from another address.
    pub renamed: Vec<Renamed>,
    /// Addresses of the other side in the same domains that nobody has here.
    pub only_there: Vec<String>,
    /// How many further ones there are in other domains.
    pub elsewhere: usize,
}

/// An address that does not reach the same people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The address here.
    pub address: String,
    /// What it was looked for as, where the map says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_for: Option<String>,
    /// Whose it is.
    pub of: String,
    /// What is wrong.
    pub what: What,
    /// Who is not reached there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_reached: Vec<String>,
    /// Who is reached there, and is not here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reached_besides: Vec<String>,
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// Nobody has it there.
    Missing,
    /// It reaches other people.
    OtherPeople,
    /// A mailbox here is a group, a contact or an account without a license there.
    NoMailbox,
    /// Whose it is there gets no mail: suspended.
    Suspended,
    /// The exports do not tell the members of a group that it leads to.
    MembersUntold,
}

/// Somebody who answers from another address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Renamed {
    /// The primary address here.
    pub address: String,
    /// The one there.
    pub answers_as: String,
}

/// Somebody on the other side: by the position of a mailbox, or an address of nobody there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Mailbox(usize),
    Address(Address),
}

struct Sides<'a> {
    directory: &'a Directory,
    foreign: &'a Foreign,
    map: &'a AddressMap,
    by_name: BTreeMap<(&'a str, &'a str), &'a Recipient>,
    /// Mailboxes there that more than one of us would have, and whose each is, if anybody's.
    shared: BTreeMap<usize, Option<String>>,
}

/// Looks for every address of who is registered.
pub fn compare(directory: &Directory, foreign: &Foreign, map: &AddressMap) -> Comparison {
    let named = directory.recipients.iter();
    let sides = Sides {
        directory,
        foreign,
        map,
        by_name: named.map(|one| ((&*one.kind, &*one.name), one)).collect(),
        shared: BTreeMap::new(),
    };
    let shared = sides.shared();
    let sides = Sides { shared, ..sides };
    let mut found = Comparison {
        whole: directory.unread.is_empty(),
        ..Comparison::default()
    };
    let mut looked_for = BTreeSet::new();
    for one in directory.recipients.iter().filter(|one| one.registered) {
        for text in one.addresses() {
            let address = Address::listed(text);
            if directory.ends_with_the_service(text) && !map.speaks_of(&address) {
                found.ending.push(text.to_owned());
                continue;
            }
            let Some(there) = map.there(&address) else {
                found.given_up.push(text.to_owned());
                continue;
            };
            found.checked += 1;
            looked_for.insert(there.clone());
            match sides.difference(one, &address, &there) {
                Some(difference) => found.differences.push(difference),
                None => found.same += 1,
            }
            sides.renamed(one, &address, &there, &mut found.renamed);
        }
    }
    found.differences.sort_by(|a, b| a.address.cmp(&b.address));
    let domains: BTreeSet<String> = looked_for.iter().map(Address::domain).collect();
    for address in foreign.holders.keys() {
        if looked_for.contains(address) {
            continue;
        }
        if domains.contains(&address.domain()) {
            found.only_there.push(address.to_string());
        } else {
            found.elsewhere += 1;
        }
    }
    found
}

impl Sides<'_> {
    fn difference(
        &self,
        one: &Recipient,
        address: &Address,
        there: &Address,
    ) -> Option<Difference> {
        let tell = |what, not_reached, reached_besides| {
            Some(Difference {
                address: address.to_string(),
                looked_for: (there != address).then(|| there.to_string()),
                of: one.target(),
                what,
                not_reached,
                reached_besides,
            })
        };
        let Some(holder) = self.foreign.holders.get(there) else {
            return tell(What::Missing, Vec::new(), Vec::new());
        };
        let shape = self.foreign.recipients[*holder].shape;
        if shape == Shape::Suspended {
            return tell(What::Suspended, Vec::new(), Vec::new());
        }
        // Who has the mailbox elsewhere today may be a contact tomorrow.
        let is_mailbox = one.kind != GROUP && one.text("role") != "REMOTE_USER";
        let Some(reached) = self.reached(there) else {
            let what = if one.kind == GROUP {
                What::MembersUntold
            } else {
                What::NoMailbox
            };
            return tell(what, Vec::new(), Vec::new());
        };
        if self.is_led_to_another(one, address, there) {
            return None;
        }
        if shape == Shape::Group && one.kind != GROUP || shape == Shape::Contact && is_mailbox {
            return tell(What::NoMailbox, Vec::new(), self.names(&reached));
        }
        let mut wanted = BTreeSet::new();
        let mut not_reached = Vec::new();
        for person in self.people(one) {
            let keys = self.counterpart(person);
            let is_there = |key: &Key| matches!(key, Key::Mailbox(_)) && reached.contains(key);
            if keys.is_empty() || !keys.iter().all(is_there) {
                not_reached.push(person.target());
            }
            wanted.extend(keys);
        }
        let besides: BTreeSet<Key> = reached.difference(&wanted).cloned().collect();
        if not_reached.is_empty() && besides.is_empty() {
            return None;
        }
        tell(What::OtherPeople, not_reached, self.names(&besides))
    }

    /// True if somebody decided that an address leads to somebody else there, and named one of theirs: the
    /// primary one there, or one that they have here and that is looked for too. An address that only has
    /// another name there leads to whose it is.
    fn is_led_to_another(&self, one: &Recipient, address: &Address, there: &Address) -> bool {
        let holder = self.foreign.holders.get(there);
        let Some(holder) = holder.filter(|_| self.map.decides(address)) else {
            return false;
        };
        let at = |(_, there): &(Address, Address)| self.foreign.holders.get(there) == Some(holder);
        let other = &self.foreign.recipients[*holder];
        let everybody = self.directory.recipients.iter();
        let others = everybody.filter(|two| two.registered && two.target() != one.target());
        let is_called = |text: &str| self.map.there(&Address::listed(text)).as_ref() == Some(there);
        if other.primary != *there && !others.clone().any(|two| two.addresses().any(is_called)) {
            return false;
        }
        let own = self.known_by(one);
        if own.is_some_and(|own| own.0 != *address && !at(&own)) {
            return true;
        }
        // The address by which somebody is known leads to another only where that is somebody here.
        others.clone().any(|two| {
            let is_group = two.kind == GROUP;
            let known = self.known_by(two).filter(at);
            is_group == (other.shape == Shape::Group)
                && other.shape != Shape::Contact
                && known.is_some_and(|(here, _)| !is_group || !self.map.decides(&here))
        })
    }

    /// Who gets mail to somebody here: groups are their members, and theirs.
    fn people(&self, one: &Recipient) -> Vec<&Recipient> {
        let mut found = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let start = Reference {
            kind: one.kind.clone(),
            name: one.name.clone(),
            email: None,
        };
        let mut todo = vec![&start];
        while let Some(next) = todo.pop() {
            if !seen.insert((&next.kind, &next.name)) {
                continue;
            }
            let known = self.by_name.get(&(&*next.kind, &*next.name));
            let Some(next) = known.filter(|next| next.registered) else {
                continue;
            };
            if next.kind == GROUP {
                todo.extend(&next.members);
            } else {
                found.insert(next.target(), *next);
            }
        }
        found.into_values().collect()
    }

    /// The address by which somebody is known, here and there: the primary one, or another one where that one
    /// ends or is given up, best one of which nobody decided where it leads.
    fn known_by(&self, person: &Recipient) -> Option<(Address, Address)> {
        let addresses = person.addresses().map(Address::listed);
        let known = addresses.filter_map(|address| {
            let ends = self.directory.ends_with_the_service(address.as_str());
            if ends && !self.map.speaks_of(&address) {
                return None;
            }
            let there = self.map.there(&address)?;
            Some((address, there))
        });
        known.min_by_key(|(here, _)| {
            let is_primary = person.email.as_deref() == Some(here.as_str());
            !is_primary && self.map.decides(here)
        })
    }

    /// Who that is there. A mailbox that is somebody else's is not theirs, whatever address it has.
    fn counterpart(&self, person: &Recipient) -> BTreeSet<Key> {
        let Some((here, there)) = self.known_by(person) else {
            return BTreeSet::new();
        };
        let mut reached = self.reached(&there).unwrap_or_default();
        if !self.map.decides(&here) {
            reached.retain(|key| match key {
                Key::Mailbox(at) => self
                    .shared
                    .get(at)
                    .is_none_or(|whose| whose.as_ref() == Some(&person.target())),
                Key::Address(_) => true,
            });
        }
        reached
    }

    /// Of the mailboxes there that several of us would have: it is theirs whose primary address it answers from.
    fn shared(&self) -> BTreeMap<usize, Option<String>> {
        let mut claims: BTreeMap<usize, Vec<(String, bool)>> = BTreeMap::new();
        let people = self.directory.recipients.iter();
        for one in people.filter(|one| one.registered && one.kind != GROUP) {
            let Some((here, there)) = self.known_by(one) else {
                continue;
            };
            let holder = self.foreign.holders.get(&there);
            if let Some(at) = holder.filter(|_| !self.map.decides(&here)) {
                let is_primary = self.foreign.recipients[*at].primary == there;
                let claim = (one.target(), is_primary);
                claims.entry(*at).or_default().push(claim);
            }
        }
        let several = claims.into_iter().filter(|(_, all)| all.len() > 1);
        let whose = several.map(|(at, all)| {
            let owner = all.into_iter().find(|(_, is_primary)| *is_primary);
            (at, owner.map(|(target, _)| target))
        });
        whose.collect()
    }

    /// Who gets mail to an address there; none: the members of a group are not told.
    fn reached(&self, address: &Address) -> Option<BTreeSet<Key>> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut todo = vec![address];
        while let Some(next) = todo.pop() {
            let Some(holder) = self.foreign.holders.get(next) else {
                found.insert(Key::Address(next.clone()));
                continue;
            };
            let other = &self.foreign.recipients[*holder];
            match other.shape {
                Shape::Mailbox | Shape::Contact => {
                    found.insert(Key::Mailbox(*holder));
                }
                Shape::Group if seen.insert(*holder) => todo.extend(other.members.as_ref()?),
                Shape::Group | Shape::Suspended => {}
            }
        }
        Some(found)
    }

    fn names(&self, keys: &BTreeSet<Key>) -> Vec<String> {
        let name = |key: &Key| match key {
            Key::Mailbox(at) => self.foreign.recipients[*at].primary.to_string(),
            Key::Address(address) => address.to_string(),
        };
        keys.iter().map(name).collect()
    }

    fn renamed(
        &self,
        one: &Recipient,
        address: &Address,
        there: &Address,
        renamed: &mut Vec<Renamed>,
    ) {
        let is_primary = one.email.as_deref() == Some(address.as_str());
        let holder = self.foreign.holders.get(there).filter(|_| is_primary);
        if let Some(holder) = holder {
            let primary = &self.foreign.recipients[*holder].primary;
            if primary != there {
                renamed.push(Renamed {
                    address: address.to_string(),
                    answers_as: primary.to_string(),
                });
            }
        }
    }
}
