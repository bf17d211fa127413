//! `State`: a snapshot of what a plan touches, with what the preconditions of calls ask it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::kinds::Kinds;
use crate::kinds::entity::calls::AddressArgument;
use crate::model::{Address, Entity, Part, RESOURCE, Snapshot, Target};

use super::super::document::Operation;
use super::super::model::{self, Naming};

/// The organization at one moment of a plan.
#[derive(Clone)]
pub(super) struct State<'a> {
    pub(super) kinds: Kinds,
    naming: &'a Naming,
    /// The whole as it was read before; what no operation touches is as it was.
    pub(super) live: &'a Snapshot,
    /// What operations touch, as it is now.
    pub(super) now: Snapshot,
    touched: Rc<BTreeSet<&'a Target>>,
    /// By who is deregistered the resources that they had a seat of before.
    seats: Rc<BTreeMap<&'a Target, Vec<&'a Target>>>,
    /// Who has an address. Only who is registered has any.
    holders: BTreeMap<Address, Target>,
    /// Which user, group or resource has a name, in lower case: names are compared without case.
    names: BTreeMap<String, Target>,
    /// How many settings of a kind there are.
    counts: BTreeMap<String, usize>,
}

impl<'a> State<'a> {
    /// Before the first operation.
    pub(super) fn new(
        kinds: Kinds,
        operations: &'a [Operation],
        live: &'a Snapshot,
        naming: &'a Naming,
    ) -> Self {
        let touched: BTreeSet<&Target> = operations.iter().map(|one| &one.target).collect();
        let wanted: BTreeSet<Address> = operations
            .iter()
            .filter_map(|one| address(naming, one, "Email").or(address(naming, one, "Alias")))
            .collect();
        let mut state = Self {
            kinds,
            naming,
            live,
            now: model::excerpt(live, operations),
            touched: Rc::new(touched),
            seats: Rc::new(seats(operations, live)),
            holders: BTreeMap::new(),
            names: BTreeMap::new(),
            counts: BTreeMap::new(),
        };
        for (target, entity) in &live.entities {
            let name = entity.live_name.as_deref().unwrap_or(target.name());
            state.names.insert(name.to_lowercase(), target.clone());
            for address in addresses(entity).filter(|address| wanted.contains(address)) {
                state.holders.insert(address.clone(), target.clone());
            }
        }
        let twins = live.twins.iter().map(|(target, _)| target);
        for target in live.settings.keys().chain(twins) {
            *state.counts.entry(target.kind().to_owned()).or_default() += 1;
        }
        state
    }

    /// After all of these, one by one.
    pub(super) fn at_the_end(&self, operations: &'a [Operation]) -> Self {
        let mut end = self.clone();
        for operation in operations {
            end.make(operation);
        }
        end
    }

    /// The operation has its effect.
    pub(super) fn make(&mut self, operation: &Operation) {
        let target = &operation.target;
        let before = self.now.entities.get(target);
        let held: Vec<Address> = before.into_iter().flat_map(addresses).cloned().collect();
        let name = before.map(|entity| name_of(target, entity));
        let was_there = self.now.settings.contains_key(target);
        model::apply_to(self.kinds, &mut self.now, operation, self.naming, None);
        let after = self.now.entities.get(target);
        for address in held {
            if self.holders.get(&address) == Some(target) {
                self.holders.remove(&address);
            }
        }
        if let Some(name) = name
            && self.names.get(&name) == Some(target)
        {
            self.names.remove(&name);
        }
        if let Some(entity) = after {
            for address in addresses(entity) {
                let holder = self.holders.entry(address.clone());
                holder.or_insert_with(|| target.clone());
            }
            let name = self.names.entry(name_of(target, entity));
            name.or_insert_with(|| target.clone());
        }
        let count = self.counts.entry(target.kind().to_owned()).or_default();
        match (was_there, self.now.settings.contains_key(target)) {
            (false, true) => *count += 1,
            (true, false) => *count -= 1,
            _ => {}
        }
    }

    /// A user, group or resource as it is now.
    pub(super) fn entity(&self, target: &Target) -> Option<&Entity> {
        if self.touched.contains(target) {
            self.now.entities.get(target)
        } else {
            self.live.entities.get(target)
        }
    }

    /// True if an operation touches it.
    pub(super) fn touches(&self, target: &Target) -> bool {
        self.touched.contains(target)
    }

    /// True for who was registered before and no longer is.
    pub(super) fn has_gone(&self, target: &Target) -> bool {
        let was_there = self.live.entities.get(target);
        let is_there = self.entity(target).is_some_and(Entity::is_registered);
        was_there.is_some_and(Entity::is_registered) && !is_there
    }

    /// The resources that somebody who is deregistered had a seat of before.
    pub(super) fn seats(&self, target: &Target) -> &[&'a Target] {
        self.seats.get(target).map_or(&[], Vec::as_slice)
    }

    /// Who has an address now.
    pub(super) fn holder(&self, address: &Address) -> Option<&Target> {
        self.holders.get(address)
    }

    /// What has a name now, in any case.
    pub(super) fn named(&self, name: &str) -> Option<&Target> {
        self.names.get(&name.to_lowercase())
    }

    /// How many settings of a kind there are now.
    pub(super) fn count(&self, kind: &str) -> usize {
        self.counts.get(kind).copied().unwrap_or_default()
    }

    /// The settings of a kind that an operation touches, as they are now.
    pub(super) fn settings_of(
        &self,
        kind: &'static str,
    ) -> impl Iterator<Item = (&Target, &Map<String, Value>)> {
        let from = self.now.settings.range(Target::new(kind, "")..);
        let of_kind = from.take_while(move |(target, _)| target.kind() == kind);
        of_kind
            .filter(|(target, _)| self.touches(target))
            .map(|(target, setting)| (target, &setting.value))
    }

    /// True if the list of a kind was read, so that what it does not tell is not there.
    pub(super) fn is_listed(&self, kind: &str) -> bool {
        matches!(self.live.listed(kind), Part::Known(()))
    }

    /// The address that a member of a call stands for.
    pub(super) fn address(&self, operation: &Operation, member: &str) -> Option<Address> {
        address(self.naming, operation, member)
    }

    /// The name that a call gives.
    pub(super) fn new_name(&self, operation: &Operation) -> Option<String> {
        self.naming.name(operation.call.input.get("Name")?)
    }
}

fn seats<'a>(
    operations: &'a [Operation],
    live: &'a Snapshot,
) -> BTreeMap<&'a Target, Vec<&'a Target>> {
    let leaving = operations.iter();
    let leaving = leaving.filter(|one| one.call.operation == "DeregisterFromWorkMail");
    let leaving: BTreeSet<&Target> = leaving.map(|one| &one.target).collect();
    let mut seats: BTreeMap<&Target, Vec<&Target>> = BTreeMap::new();
    if leaving.is_empty() {
        return seats;
    }
    let rooms = live.entities.iter();
    for (room, entity) in rooms.filter(|(target, _)| target.kind() == RESOURCE) {
        let links = entity.links.known().into_iter().flatten();
        for party in links.filter_map(|link| link.party.target()) {
            if let Some(leaver) = leaving.get(party) {
                seats.entry(leaver).or_default().push(room);
            }
        }
    }
    seats
}

/// The addresses that somebody has.
fn addresses(entity: &Entity) -> impl Iterator<Item = &Address> {
    let aliases = entity.aliases.known().into_iter().flatten();
    let all = aliases.chain(entity.email.known());
    all.filter(|_| entity.is_registered())
}

fn name_of(target: &Target, entity: &Entity) -> String {
    let name = entity.live_name.as_deref().unwrap_or(target.name());
    name.to_lowercase()
}

fn address(naming: &Naming, operation: &Operation, member: &str) -> Option<Address> {
    let value: &Value = operation.call.input.get(member)?;
    let argument: AddressArgument = serde_json::from_value(value.clone()).ok()?;
    Some(naming.address(&argument))
}
