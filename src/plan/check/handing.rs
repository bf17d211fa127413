//! Addresses on their way: what is released for somebody who could take it at once is taken by the next call
//! of its component.

use std::collections::BTreeMap;

use crate::kinds::by_name;
use crate::model::{Address, Entity, Target};

use super::super::document::Operation;
use super::state::State;
use super::{Invariant, Refused};

/// The addresses that somebody claims within a plan, and those that are nobody's at a moment of it.
#[derive(Clone)]
pub(super) struct Handing<'a> {
    /// By address who claims it.
    claimers: BTreeMap<Address, &'a Target>,
    /// By component the address that its next call has to claim.
    open: BTreeMap<usize, Address>,
}

impl<'a> Handing<'a> {
    /// Before the first operation.
    pub(super) fn of(operations: &'a [Operation], state: &State<'_>) -> Self {
        let claims = operations
            .iter()
            .filter_map(|operation| Some((claimed(operation, state)?, &operation.target)));
        Self {
            claimers: claims.collect(),
            open: BTreeMap::new(),
        }
    }

    /// Takes in a call that has had its effect.
    pub(super) fn moved(
        &mut self,
        operation: &Operation,
        state: &State<'_>,
    ) -> Result<(), Refused> {
        if let Some(waiting) = self.open.remove(&operation.component)
            && claimed(operation, state).as_ref() != Some(&waiting)
        {
            let text = format!("{waiting} is nobody's, and its claim does not follow");
            return Err((Invariant::AtOnce, text));
        }
        let released = (operation.call.operation == "DeleteAlias")
            .then(|| state.address(operation, "Alias"))
            .flatten();
        if let Some(address) = released
            && let Some(claimer) = self.claimers.get(&address)
            && **claimer != operation.target
            && can_take(state, claimer)
        {
            self.open.insert(operation.component, address);
        }
        Ok(())
    }
}

fn claimed(operation: &Operation, state: &State<'_>) -> Option<Address> {
    match operation.call.operation.as_str() {
        "CreateAlias" => state.address(operation, "Alias"),
        "UpdatePrimaryEmailAddress" | "RegisterToWorkMail" => state.address(operation, "Email"),
        _ => None,
    }
}

/// True for who is registered and has room.
fn can_take(state: &State<'_>, claimer: &Target) -> bool {
    let entity = state.entity(claimer).filter(|one| one.is_registered());
    entity.is_some_and(|entity| has_room(state, entity, claimer))
}

/// True if one more alias fits.
pub(super) fn has_room(state: &State<'_>, entity: &Entity, target: &Target) -> bool {
    let limit = by_name(state.kinds, target.kind()).map(|entry| entry.alias_limit);
    let aliases = entity.aliases.known();
    aliases.is_none_or(|aliases| limit.is_none_or(|limit| aliases.len() < limit))
}
