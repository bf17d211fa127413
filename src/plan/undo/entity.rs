//! Users, groups and resources turned back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::{self, Clear, Entry, Field, Kinds, ToldBy};
use crate::model::{
    Address, Declared, DesiredGrant, Entity, Grantee, Part, Party, Reference, Right, Snapshot,
    Target, USER, Wanted, Wish,
};

use super::Draft;

/// What there is now of something that was touched: by its id, or by its name where its id was not told.
pub(super) fn find<'a>(
    target: &Target,
    states: &[Option<Entity>],
    live: &'a Snapshot,
) -> Option<(&'a Target, &'a Entity)> {
    let mut known = states.iter().flatten().map(|state| state.id.as_str());
    let ids: BTreeSet<&str> = known.clone().filter(|id| is_told(id)).collect();
    let mut there = live.entities.iter();
    let by_id = there.find(|(_, entity)| ids.contains(entity.id.as_str()));
    by_id.or_else(|| {
        let is_unknown = known.any(|id| !is_told(id));
        is_unknown
            .then(|| live.entities.get_key_value(target))
            .flatten()
    })
}

/// False for the id of what a call made that was not answered.
pub(super) fn is_told(id: &str) -> bool {
    !id.is_empty() && !id.starts_with('(')
}

/// Says what one of them was, as far as it is something else now.
pub(super) fn turn_back(
    kinds: Kinds,
    target: &Target,
    states: &[Option<Entity>],
    live: &Snapshot,
    draft: &mut Draft,
) {
    let Some(entry) = kinds::by_name(kinds, target.kind()) else {
        return;
    };
    let before = states.first().and_then(Option::as_ref);
    if !draft.is_listed(target, live) {
        return;
    }
    match (before, find(target, states, live)) {
        (None, None) => {}
        (None, Some((there, _))) => {
            let gone = Declared {
                wanted: Wanted::Absent,
                ..Declared::default()
            };
            draft.desired.entities.insert(there.clone(), gone);
        }
        (Some(before), None) if states.iter().any(Option::is_none) => {
            let mail = match target.kind() {
                USER => ", an empty mailbox and no password",
                _ if entry.has_mailbox => " and an empty mailbox",
                _ => "",
            };
            draft.note(format!("{target} is made anew: with another id{mail}"));
            let anew = Declared {
                anew: true,
                ..whole(entry, before)
            };
            draft.desired.entities.insert(named(target, before), anew);
        }
        (Some(_), None) => {
            draft.note(format!(
                "{target} is gone, and not by this run: it is left alone"
            ));
        }
        (Some(before), Some((there, now))) => {
            let mut back = Back {
                target,
                there,
                states,
                before,
                now,
                draft,
            };
            let is_renamed = named(target, before) != *there;
            let declared = back.declared(entry, is_renamed);
            let name = draft.name(named(target, before), there, live);
            if declared.is_none() && name == *there {
                return;
            }
            let mut declared = declared.unwrap_or_default();
            if name != *there {
                declared.previously = Some(there.name().to_owned());
            }
            draft.desired.entities.insert(name, declared);
        }
    }
}

/// The name that it had.
pub(super) fn named(target: &Target, before: &Entity) -> Target {
    let name = before.live_name.as_deref().unwrap_or(target.name());
    Target::new(target.kind().to_owned(), name)
}

/// All that is known of it, to be declared.
fn whole(entry: &Entry, before: &Entity) -> Declared {
    let mut declared = Declared::default();
    for field in entry.fields {
        if let Part::Known(value) = before.field(field.name) {
            declared.fields.insert(field.name.into(), value.clone());
        }
    }
    if !before.is_registered() {
        declared.wanted = Wanted::Deregistered;
        declared.fields.remove("mailboxQuotaMb");
        return declared;
    }
    declared.wanted = Wanted::Registered;
    declared.email = before.email.known().cloned();
    declared.aliases = before.aliases.known().cloned().map(Wish::exactly);
    if let Part::Known(links) = &before.links {
        let links = links.iter().filter(|link| !link.deleted);
        declared.links = Some(members(links.map(|link| link.party.clone())));
    }
    if let Part::Known(_) = &before.grants {
        declared.grants = Some(grants(rights(before)));
    }
    declared
}

struct Back<'a> {
    target: &'a Target,
    /// The same under the name that it has now.
    there: &'a Target,
    states: &'a [Option<Entity>],
    before: &'a Entity,
    now: &'a Entity,
    draft: &'a mut Draft,
}

impl Back<'_> {
    /// What is to be said of it; none if nothing is.
    fn declared(&mut self, entry: &Entry, is_renamed: bool) -> Option<Declared> {
        let mut states = self.states.iter().flatten();
        let is_turned = states.any(|state| state.state != self.before.state);
        if self.now.state != self.before.state {
            if !is_turned {
                self.left("the state");
                return None;
            }
            // What it kept while it was deregistered is not documented: behaviour notes, section 4.
            let mut declared = whole(entry, self.before);
            if !self.before.is_registered() {
                let text = format!(
                    "{} is deregistered again: its addresses and relations are kept with it",
                    self.target
                );
                self.draft.note(text);
                declared.fields.clear();
                let fields = self.fields(entry);
                if !fields.is_empty() {
                    // Nothing of who is deregistered can be changed.
                    let first = Declared {
                        wanted: Wanted::Registered,
                        fields,
                        ..Declared::default()
                    };
                    self.draft.first.insert(self.there.clone(), first);
                }
            }
            return Some(declared);
        }
        if !self.before.is_registered() {
            // Nothing of who is deregistered can be changed, so nothing was.
            return None;
        }
        let mut declared = Declared {
            fields: self.fields(entry),
            ..Declared::default()
        };
        declared.wanted = Wanted::Registered;
        if let Some((email, aliases)) = self.addresses(is_renamed) {
            declared.email = Some(email);
            declared.aliases = aliases.map(Wish::exactly);
        }
        declared.links = self.links().map(members);
        declared.grants = self.grants().map(grants);
        let says = !declared.fields.is_empty()
            || declared.email.is_some()
            || declared.links.is_some()
            || declared.grants.is_some();
        says.then_some(declared)
    }

    fn unread(&mut self, what: &str) {
        self.draft.unread(&format!("{what} of {}", self.target));
    }

    fn left(&mut self, what: &str) {
        let target = self.target;
        self.draft
            .note(format!("{what} of {target} was changed since: left alone"));
    }

    /// All states, as what a deregistered one loses with somebody who goes is missing once it is registered again.
    fn seen(&self) -> impl Iterator<Item = &Entity> {
        self.states.iter().flatten()
    }

    fn registered(&self) -> impl Iterator<Item = &Entity> {
        self.seen().filter(|state| state.is_registered())
    }

    fn fields(&mut self, entry: &Entry) -> BTreeMap<std::borrow::Cow<'static, str>, Value> {
        let mut declared = BTreeMap::new();
        let is_told = |field: &&Field| {
            // Of who is deregistered nothing tells what the mailbox has.
            self.before.is_registered() || field.told_by != ToldBy::Mailbox
        };
        let told_fields: Vec<&Field> = entry.fields.iter().filter(is_told).collect();
        for field in told_fields {
            let value = |entity: &Entity| told(entity.field(field.name));
            let Some(before) = value(self.before) else {
                continue;
            };
            let mut seen = self.states.iter().flatten().filter_map(value);
            if seen.clone().all(|state| state == before) {
                continue;
            }
            match value(self.now) {
                Some(now) if now == before => {}
                Some(now) if seen.any(|state| state == now) => {
                    let is_cleared = before.is_null();
                    if is_cleared && field.clear == Clear::Never {
                        let text = format!("{} of {} cannot be cleared", field.name, self.target);
                        self.draft.note(text);
                        continue;
                    }
                    let before = if is_cleared { Value::from("") } else { before };
                    declared.insert(field.name.into(), before);
                }
                Some(_) => self.left(field.name),
                None => self.unread(field.name),
            }
        }
        declared
    }

    /// The primary address and the aliases; none if they stay. Of two that take each other's names they tell which
    /// is which.
    fn addresses(&mut self, is_renamed: bool) -> Option<(Address, Option<BTreeSet<Address>>)> {
        let all = |entity: &Entity| -> BTreeSet<Address> {
            let aliases = entity.aliases.known().into_iter().flatten();
            aliases.chain(entity.email.known()).cloned().collect()
        };
        let before = all(self.before);
        let moved = self
            .registered()
            .any(|state| all(state) != before || state.email != self.before.email);
        let Part::Known(was) = &self.before.email else {
            return None;
        };
        if !moved && !is_renamed {
            return None;
        }
        let Part::Known(is) = &self.now.email else {
            self.unread("the primary address");
            return None;
        };
        let email = if is == was {
            is.clone()
        } else if self
            .registered()
            .any(|state| state.email.known() == Some(is))
        {
            was.clone()
        } else {
            self.left("the primary address");
            is.clone()
        };
        let Part::Known(_) = &self.now.aliases else {
            self.unread("the list of aliases");
            return Some((email, None));
        };
        let mut wanted = turned(&before, self.registered().map(all), all(self.now));
        wanted.remove(&email);
        Some((email, Some(wanted)))
    }

    fn links(&mut self) -> Option<BTreeSet<Party>> {
        let all = |entity: &Entity| -> Option<BTreeSet<Party>> {
            let links = entity.links.known()?.iter().filter(|link| !link.deleted);
            Some(links.map(|link| link.party.clone()).collect())
        };
        let before = all(self.before)?;
        let moved = self.seen().filter_map(all).any(|state| state != before);
        if !moved {
            return None;
        }
        let Some(now) = all(self.now) else {
            self.unread("the list of members or delegates");
            return None;
        };
        let wanted = turned(&before, self.seen().filter_map(all), now.clone());
        (wanted != now).then_some(wanted)
    }

    fn grants(&mut self) -> Option<BTreeMap<Party, BTreeSet<Right>>> {
        let (Part::Known(_), now) = (&self.before.grants, &self.now.grants) else {
            return None;
        };
        if !matches!(now, Part::Known(_) | Part::Absent) {
            let was = rights(self.before);
            if self.seen().any(|state| rights(state) != was) {
                self.unread("the grants");
            }
            return None;
        }
        let (before, now) = (rights(self.before), rights(self.now));
        let seen: Vec<BTreeMap<Party, BTreeSet<Right>>> = self.seen().map(rights).collect();
        let parties: BTreeSet<Party> = seen.iter().flat_map(BTreeMap::keys).cloned().collect();
        let mut wanted = now.clone();
        for party in parties {
            let was = before.get(&party);
            if seen.iter().all(|state| state.get(&party) == was) || now.get(&party) == was {
                continue;
            }
            if !seen
                .iter()
                .any(|state| state.get(&party) == now.get(&party))
            {
                self.left(&format!("what {party} may in the mailbox"));
                continue;
            }
            match was {
                Some(rights) => drop(wanted.insert(party, rights.clone())),
                None => drop(wanted.remove(&party)),
            }
        }
        (wanted != now).then_some(wanted)
    }
}

/// What is live now, without what came on the way and with what went on it.
fn turned<T: Ord + Clone>(
    before: &BTreeSet<T>,
    seen: impl Iterator<Item = BTreeSet<T>>,
    mut now: BTreeSet<T>,
) -> BTreeSet<T> {
    for state in seen {
        for came in state.difference(before) {
            now.remove(came);
        }
        now.extend(before.difference(&state).cloned());
    }
    now
}

/// A plain field as a value, `null` for none; none if it is not known.
fn told(part: &Part<Value>) -> Option<Value> {
    match part {
        Part::Known(Value::String(text)) if text.is_empty() => Some(Value::Null),
        Part::Known(value) => Some(value.clone()),
        Part::Absent => Some(Value::Null),
        Part::Unknown(_) | Part::NotRead => None,
    }
}

fn rights(entity: &Entity) -> BTreeMap<Party, BTreeSet<Right>> {
    let grants = entity.grants.known().into_iter().flatten();
    let grants = grants.filter(|grant| !grant.rights.is_empty());
    grants
        .map(|grant| (grant.grantee.clone(), grant.rights.clone()))
        .collect()
}

/// The reference to somebody, with the kind, so that it means nobody else.
fn reference(party: &Party) -> Option<Reference> {
    let target = party.target()?;
    Some(Reference(format!("{}/{}", target.kind(), target.name())))
}

fn members(parties: impl IntoIterator<Item = Party>) -> Wish<Reference> {
    let parties: Vec<Party> = parties.into_iter().collect();
    Wish::exactly(parties.iter().filter_map(reference))
}

fn grants(all: BTreeMap<Party, BTreeSet<Right>>) -> Wish<DesiredGrant> {
    let grants = all.into_iter().filter_map(|(party, rights)| {
        let grantee = Grantee::One(reference(&party)?);
        Some(DesiredGrant { grantee, rights })
    });
    Wish::exactly(grants)
}
