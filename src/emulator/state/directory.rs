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
    /// For members, delegates and grantees: who refers to them, or did a short time ago.
    referred_by: HashMap<u64, BTreeSet<u64>>,
    changed: BTreeSet<u64>,
    /// Who has got or lost which member or delegate.
    changed_links: BTreeSet<(u64, u64)>,
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
            entity.lagging = Some((self.call.saturating_add(self.lag), None));
        }
        self.changed.insert(entity.key);
        self.restore(entity);
    }

    /// Why an entity from a file cannot be here; none if it can.
    pub(super) fn conflict(&self, entity: &Entity) -> Option<&'static str> {
        let names = Names::of(entity);
        if self.by_id.contains_key(&entity.id) || self.entities.contains_key(&entity.key) {
            Some("an entity is there twice")
        } else if names
            .name
            .is_some_and(|name| self.by_name.contains_key(&name))
        {
            Some("two entities have one name")
        } else if (names.addresses.iter()).any(|address| self.by_address.contains_key(address)) {
            Some("two entities have one address")
        } else {
            None
        }
    }

    /// Adds an entity that was there before.
    pub(super) fn restore(&mut self, entity: Entity) {
        let key = entity.key;
        self.next_key = self.next_key.max(key);
        self.by_id.insert(entity.id.clone(), key);
        let names = Names::of(&entity);
        self.by_name.extend(names.name.map(|name| (name, key)));
        let addresses = names.addresses.into_iter();
        self.by_address
            .extend(addresses.map(|address| (address, key)));
        for other in entity.grants.keys() {
            self.referred_by.entry(*other).or_default().insert(key);
        }
        self.entities.insert(key, Box::new(entity));
    }

    /// Adds a member or delegate that was there before; false if one of the two is not there.
    pub(super) fn restore_link(&mut self, holder: u64, party: u64) -> bool {
        let is_there = self.entities.contains_key(&party);
        let Some(entity) = self.entities.get_mut(&holder).filter(|_| is_there) else {
            return false;
        };
        entity.links.insert(party);
        self.referred_by.entry(party).or_default().insert(holder);
        true
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

    /// The entity of this id, as it is, DELETED or not.
    pub(in super::super) fn of_id(&self, id: &str) -> Option<&Entity> {
        self.by_id.get(id).and_then(|key| self.get(*key))
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
        let Some(entity) = self.opened(key) else {
            return;
        };
        let before = Names::of(entity);
        change(entity);
        let after = Names::of(entity);
        self.changed.insert(key);
        self.reindex(key, &before, &after, rest);
    }

    /// Adds a member or delegate.
    pub(in super::super) fn link(&mut self, holder: u64, party: u64) {
        if self
            .opened(holder)
            .is_some_and(|entity| entity.links.insert(party))
        {
            self.referred_by.entry(party).or_default().insert(holder);
            self.changed_links.insert((holder, party));
        }
    }

    /// Takes a member or delegate away.
    pub(in super::super) fn unlink(&mut self, holder: u64, party: u64) {
        if self
            .opened(holder)
            .is_some_and(|entity| entity.links.remove(&party))
        {
            self.changed_links.insert((holder, party));
            self.forget_reference(holder, party);
        }
    }

    /// Takes every member or delegate away.
    pub(in super::super) fn unlink_all(&mut self, holder: u64) {
        let links = self.get(holder).map(|entity| entity.links.clone());
        for party in links.into_iter().flatten() {
            self.unlink(holder, party);
        }
    }

    /// Sets what somebody may do with a mailbox.
    pub(in super::super) fn grant(&mut self, holder: u64, party: u64, rights: Vec<String>) {
        if let Some(entity) = self.opened(holder) {
            entity.grants.insert(party, rights);
            self.changed.insert(holder);
            self.referred_by.entry(party).or_default().insert(holder);
        }
    }

    /// Takes what somebody may do with a mailbox away.
    pub(in super::super) fn revoke(&mut self, holder: u64, party: u64) {
        if self
            .opened(holder)
            .is_some_and(|entity| entity.grants.remove(&party).is_some())
        {
            self.changed.insert(holder);
            self.forget_reference(holder, party);
        }
    }

    /// Takes what anybody may do with a mailbox away.
    pub(in super::super) fn revoke_all(&mut self, holder: u64) {
        let grants = self.get(holder).map(|entity| entity.grants.clone());
        for party in grants.into_iter().flatten().map(|(party, _)| party) {
            self.revoke(holder, party);
        }
    }

    /// An entity that is about to change: while the lag lasts, reads see what it was.
    fn opened(&mut self, key: u64) -> Option<&mut Entity> {
        let (call, lag) = (self.call, self.lag);
        let entity = self.entities.get_mut(&key)?;
        if lag > 0 {
            let seen = match entity.lagging.take() {
                Some((until, seen)) if call < until => seen,
                _ => Some(entity.clone()),
            };
            entity.lagging = Some((call.saturating_add(lag), seen));
        }
        Some(entity)
    }

    /// While writes lag behind, reads may still see what is no longer there.
    fn forget_reference(&mut self, holder: u64, party: u64) {
        let refers =
            |entity: &Entity| entity.links.contains(&party) || entity.grants.contains_key(&party);
        if self.lag > 0 || self.get(holder).is_some_and(refers) {
            return;
        }
        if let Some(holders) = self.referred_by.get_mut(&party) {
            holders.remove(&holder);
        }
    }

    /// The keys that were changed since the last time.
    pub(in super::super) fn take_changed(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.changed)
    }

    /// Who has got or lost which member or delegate since the last time, and whether they have it now.
    pub(super) fn take_changed_links(&mut self) -> Vec<(u64, u64, bool)> {
        let changed = std::mem::take(&mut self.changed_links);
        let is_there = |holder: u64, party: u64| {
            let entity = self.get(holder);
            entity.is_some_and(|entity| entity.links.contains(&party))
        };
        let told = changed.into_iter();
        told.map(|(holder, party)| (holder, party, is_there(holder, party)))
            .collect()
    }

    /// Who has this entity as a member, delegate or grantee, or had it a short time ago.
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
            self.unsettled.insert(key, self.call.saturating_add(calls));
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

    fn reindex(&mut self, key: u64, before: &Names, after: &Names, rest: u64) {
        if before.name != after.name {
            if let Some(name) = &before.name {
                self.by_name.remove(name);
                self.rest(name.clone(), rest);
            }
            if let Some(name) = &after.name {
                self.by_name.insert(name.clone(), key);
            }
        }
        for address in before.addresses.difference(&after.addresses) {
            self.by_address.remove(address);
            self.rest(address.clone(), rest);
        }
        for address in after.addresses.difference(&before.addresses) {
            self.by_address.insert(address.clone(), key);
        }
    }

    fn rest(&mut self, folded: String, rest: u64) {
        if rest > 0 {
            self.freed.insert(folded, self.call + rest);
        }
    }
}

/// What an entity is found by, without case. A DELETED one is found by its id only.
struct Names {
    name: Option<String>,
    addresses: BTreeSet<String>,
}

impl Names {
    fn of(entity: &Entity) -> Self {
        let is_there = entity.state != State::Deleted;
        let addresses = entity.aliases.iter().chain(&entity.email);
        Self {
            name: is_there.then(|| entity.name.to_lowercase()),
            addresses: addresses
                .filter(|_| is_there)
                .map(|address| address.to_lowercase())
                .collect(),
        }
    }
}
