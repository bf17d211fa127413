//! `Directory`: the entities of one organization, found by id, name and address without a search.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::refusal::Refusal;
use super::entity::{Entity, Kind, State};

/// The entities of one organization.
#[derive(Debug, Default)]
pub(in super::super) struct Directory {
    /// In boxes, because the nodes of a map are half empty.
    entities: BTreeMap<u64, Box<Entity>>,
    by_id: HashMap<String, u64>,
    by_name: HashMap<String, u64>,
    by_address: HashMap<String, u64>,
    /// For members, delegates and grantees: who refers to them.
    referred_by: HashMap<u64, BTreeSet<u64>>,
    changed: BTreeSet<u64>,
    /// Freed names and addresses, and the call from which they can be used again.
    freed: HashMap<String, u64>,
    /// Entities that were deregistered, and the call from which they can be deleted.
    unsettled: HashMap<u64, u64>,
    next_key: u64,
    /// The number of the present call.
    pub(in super::super) call: u64,
    /// For how many calls a write is not seen by reads.
    pub(in super::super) lag: u64,
}

/// How an entity may be named in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Identified {
    /// By its id only.
    ById,
    /// By id or name.
    ByIdOrName,
    /// By id, name or address.
    Anyhow,
}

impl Directory {
    /// The next place in the order of creation.
    pub(in super::super) fn next_key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }

    /// Adds a new entity.
    pub(in super::super) fn add(&mut self, mut entity: Entity) {
        if self.lag > 0 {
            entity.lagging = Some((self.call + self.lag, None));
        }
        self.changed.insert(entity.key);
        self.restore(entity);
    }

    /// Adds an entity that was there before.
    pub(in super::super) fn restore(&mut self, entity: Entity) {
        let key = entity.key;
        self.next_key = self.next_key.max(key);
        self.by_id.insert(entity.id.clone(), key);
        if entity.state != State::Deleted {
            self.by_name.insert(entity.name.to_lowercase(), key);
            for address in entity.aliases.iter().chain(&entity.email) {
                self.by_address.insert(address.to_lowercase(), key);
            }
        }
        for other in entity.links.iter().chain(entity.grants.keys()) {
            self.referred_by.entry(*other).or_default().insert(key);
        }
        self.entities.insert(key, Box::new(entity));
    }

    /// The entity of this key, as it is.
    pub(in super::super) fn get(&self, key: u64) -> Option<&Entity> {
        self.entities.get(&key).map(Box::as_ref)
    }

    /// The entity of this key, as reads see it.
    pub(in super::super) fn seen(&self, key: u64) -> Option<&Entity> {
        let entity = self.entities.get(&key)?;
        match &entity.lagging {
            Some((until, before)) if self.call < *until => before.as_deref(),
            _ => Some(entity),
        }
    }

    /// Every entity in the order of creation, as it is.
    pub(in super::super) fn all(&self) -> impl Iterator<Item = &Entity> {
        self.entities.values().map(Box::as_ref)
    }

    /// Every entity of a kind behind a key, in the order of creation, as reads see it.
    pub(in super::super) fn listed(
        &self,
        kind: Kind,
        after: Option<u64>,
    ) -> impl Iterator<Item = &Entity> {
        self.entities
            .range(after.map_or(0, |after| after + 1)..)
            .filter(move |(_, entity)| entity.kind == kind)
            .filter_map(|(key, _)| self.seen(*key))
    }

    /// The entity that a request names, as reads see it. DELETED ones are found by id only.
    pub(in super::super) fn find(&self, text: &str, how: Identified) -> Option<&Entity> {
        let folded = text.to_lowercase();
        let key = self
            .by_id
            .get(text)
            .or_else(|| {
                self.by_name
                    .get(&folded)
                    .filter(|_| how != Identified::ById)
            })
            .or_else(|| {
                self.by_address
                    .get(&folded)
                    .filter(|_| how == Identified::Anyhow)
            })?;
        self.seen(*key)
    }

    /// The entity that a request names, unless it is DELETED.
    pub(in super::super) fn alive(&self, text: &str, how: Identified) -> Result<&Entity, Refusal> {
        self.find(text, how)
            .filter(|entity| entity.state != State::Deleted)
            .ok_or_else(Refusal::entity_not_found)
    }

    /// Who has an address, primary or alias.
    pub(in super::super) fn holder(&self, address: &str) -> Option<&Entity> {
        self.by_address
            .get(&address.to_lowercase())
            .and_then(|key| self.get(*key))
    }

    /// Refuses a name that is taken, or that was freed too short a time ago.
    pub(in super::super) fn free_name(&self, name: &str) -> Result<(), Refusal> {
        let folded = name.to_lowercase();
        if self.by_name.contains_key(&folded) || self.is_resting(&folded) {
            return Err(Refusal::name_taken());
        }
        Ok(())
    }

    /// Refuses an address that somebody else has, or that was freed too short a time ago.
    pub(in super::super) fn free_address(
        &self,
        address: &str,
        claimer: u64,
    ) -> Result<(), Refusal> {
        let folded = address.to_lowercase();
        match self.by_address.get(&folded) {
            Some(key) if *key == claimer => Ok(()),
            Some(_) => Err(Refusal::address_in_use(address)),
            None if self.is_resting(&folded) => Err(Refusal::address_in_use(address)),
            None => Ok(()),
        }
    }

    /// Changes an entity; indexes follow, and reads see it when the lag is over.
    pub(in super::super) fn change(
        &mut self,
        key: u64,
        rest: u64,
        change: impl FnOnce(&mut Entity),
    ) {
        let (call, lag) = (self.call, self.lag);
        let Some(entity) = self.entities.get_mut(&key) else {
            return;
        };
        let before = entity.clone();
        if lag > 0 {
            let seen = match entity.lagging.take() {
                Some((until, seen)) if call < until => seen,
                _ => Some(Box::new(Entity {
                    lagging: None,
                    ..*before.clone()
                })),
            };
            change(entity);
            entity.lagging = Some((call + lag, seen));
        } else {
            change(entity);
        }
        let after = entity.clone();
        self.changed.insert(key);
        self.reindex(&before, &after, rest);
    }

    /// The keys that were changed since the last time.
    pub(in super::super) fn take_changed(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.changed)
    }

    /// Who has this entity as a member, delegate or grantee.
    pub(in super::super) fn referring_to(&self, key: u64) -> Vec<u64> {
        self.referred_by
            .get(&key)
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    /// An entity cannot be deleted for so many calls.
    pub(in super::super) fn unsettle(&mut self, key: u64, calls: u64) {
        if calls > 0 {
            self.unsettled.insert(key, self.call + calls);
        }
    }

    /// True if it was deregistered too short a time ago to be deleted.
    pub(in super::super) fn is_unsettled(&self, key: u64) -> bool {
        self.unsettled
            .get(&key)
            .is_some_and(|until| self.call <= *until)
    }

    fn is_resting(&self, folded: &str) -> bool {
        self.freed
            .get(folded)
            .is_some_and(|until| self.call < *until)
    }

    fn reindex(&mut self, before: &Entity, after: &Entity, rest: u64) {
        let key = after.key;
        let names =
            |entity: &Entity| (entity.state != State::Deleted).then(|| entity.name.to_lowercase());
        let addresses = |entity: &Entity| -> BTreeSet<String> {
            if entity.state == State::Deleted {
                return BTreeSet::new();
            }
            entity
                .aliases
                .iter()
                .chain(&entity.email)
                .map(|address| address.to_lowercase())
                .collect()
        };
        let (old_name, new_name) = (names(before), names(after));
        if old_name != new_name {
            if let Some(name) = old_name {
                self.by_name.remove(&name);
                self.rest(name, rest);
            }
            if let Some(name) = new_name {
                self.by_name.insert(name, key);
            }
        }
        let (old, new) = (addresses(before), addresses(after));
        for address in old.difference(&new) {
            self.by_address.remove(address);
            self.rest(address.clone(), rest);
        }
        for address in new.difference(&old) {
            self.by_address.insert(address.clone(), key);
        }
        for other in before.links.iter().chain(before.grants.keys()) {
            if let Some(referring) = self.referred_by.get_mut(other) {
                referring.remove(&key);
            }
        }
        for other in after.links.iter().chain(after.grants.keys()) {
            self.referred_by.entry(*other).or_default().insert(key);
        }
    }

    fn rest(&mut self, folded: String, rest: u64) {
        if rest > 0 {
            self.freed.insert(folded, self.call + rest);
        }
    }
}
