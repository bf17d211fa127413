//! What a call about a user, a group, a resource or a domain needs, so that the service takes it.
//!
//! What was not read refuses nothing. Source: API reference, the errors of the operations of the same
//! names; behaviour notes, sections 3 to 8.

use std::collections::BTreeSet;

use crate::kinds::organization::{DEREGISTER_DOMAIN, DOMAIN, REGISTER_DOMAIN, SET_DEFAULT_DOMAIN};
use crate::kinds::resource::accepts_by_itself;
use crate::model::{
    Address, Entity, EntityState, Member, OrganizationLive, Part, Party, RESOURCE, Target,
};

use super::super::document::Operation;
use super::state::State;
use super::{Invariant, Refused, handing};

/// Looks whether the service would take the call now; `end` is what is there when all is done.
pub(super) fn can_be_made(
    state: &State<'_>,
    end: &State<'_>,
    operation: &Operation,
) -> Result<(), Refused> {
    let target = &operation.target;
    match operation.call.operation.as_str() {
        REGISTER_DOMAIN | DEREGISTER_DOMAIN | SET_DEFAULT_DOMAIN => domain(state, end, operation),
        _ if !target.is_entity() => Ok(()),
        "CreateUser" | "CreateGroup" | "CreateResource" => {
            if state.entity(target).is_some() {
                return refuse(Invariant::Existence, format!("{target} is there already"));
            }
            name_is_free(state, operation)
        }
        "UpdateUser" | "UpdateGroup" | "UpdateResource" => {
            is_there(state, target)?;
            name_is_free(state, operation)
        }
        "DeleteUser" | "DeleteGroup" | "DeleteResource" => {
            is_in(state, target, EntityState::Deregistered)
        }
        "RegisterToWorkMail" => {
            is_in(state, target, EntityState::Deregistered)?;
            match state.address(operation, "Email") {
                Some(email) => address_is_free(state, target, &email),
                None => Ok(()),
            }
        }
        "DeregisterFromWorkMail" | "UpdateMailboxQuota" => {
            is_in(state, target, EntityState::Registered)
        }
        "CreateAlias" => {
            let entity = is_in_its_place(state, target)?;
            let Some(alias) = state.address(operation, "Alias") else {
                return Ok(());
            };
            entity.map_or(Ok(()), |entity| has_room(state, entity, target))?;
            address_is_free(state, target, &alias)
        }
        "DeleteAlias" => {
            let entity = is_in_its_place(state, target)?;
            let alias = state.address(operation, "Alias");
            let aliases = entity.and_then(|entity| entity.aliases.known());
            match (aliases, alias) {
                (Some(aliases), Some(alias)) if !aliases.contains(&alias) => refuse(
                    Invariant::AddressFree,
                    format!("{alias} is no alias of {target}"),
                ),
                _ => Ok(()),
            }
        }
        "UpdatePrimaryEmailAddress" => {
            let entity = is_in_its_place(state, target)?;
            let Some(email) = state.address(operation, "Email") else {
                return Ok(());
            };
            let aliases = entity.and_then(|entity| entity.aliases.known());
            if aliases.is_some_and(|aliases| aliases.contains(&email)) {
                return Ok(());
            }
            entity.map_or(Ok(()), |entity| has_room(state, entity, target))?;
            address_is_free(state, target, &email)
        }
        "AssociateMemberToGroup" | "AssociateDelegateToResource" | "PutMailboxPermissions" => {
            is_in(state, target, EntityState::Registered)?;
            match operation.party.as_ref().and_then(Party::target) {
                Some(party) => is_in(state, party, EntityState::Registered),
                None => Ok(()),
            }
        }
        "DisassociateMemberFromGroup"
        | "DisassociateDelegateFromResource"
        | "DeleteMailboxPermissions" => {
            is_in_its_place(state, target)?;
            match operation.party.as_ref().and_then(Party::target) {
                Some(party) => is_in_its_place(state, party).map(|_| ()),
                None => Ok(()),
            }
        }
        _ => is_there(state, target).map(|_| ()),
    }
}

/// Looks whether somebody answers requests to the resources that a call is about, unless nobody does so at one
/// of the ends. Who was deregistered by the plan answers nothing.
pub(super) fn is_answered(
    start: &State<'_>,
    state: &State<'_>,
    end: &State<'_>,
    operation: &Operation,
) -> Result<(), Refused> {
    let target = &operation.target;
    let itself = std::iter::once(target).filter(|target| target.kind() == RESOURCE);
    let left = (operation.call.operation == "DeregisterFromWorkMail").then(|| state.seats(target));
    for room in itself.chain(left.into_iter().flatten().copied()) {
        if is_unanswered(state, room) && !is_unanswered(start, room) && !is_unanswered(end, room) {
            let text = format!("nobody answers requests to {room}");
            return refuse(Invariant::Answered, text);
        }
    }
    Ok(())
}

fn is_unanswered(state: &State<'_>, room: &Target) -> bool {
    let entity = state.entity(room).filter(|one| one.is_registered());
    entity.is_some_and(|entity| {
        let has_gone = |link: &Member| {
            let party = link.party.target();
            link.deleted || party.is_some_and(|party| state.has_gone(party))
        };
        let accepts = accepts_by_itself(entity);
        let links = entity.links.known();
        links.is_some_and(|links| links.iter().all(has_gone)) && accepts.known() == Some(&false)
    })
}

fn refuse<T>(invariant: Invariant, message: String) -> Result<T, Refused> {
    Err((invariant, message))
}

/// It is there; none if it cannot be told, as the list of its kind was not read.
fn is_there<'s>(state: &'s State<'_>, target: &Target) -> Result<Option<&'s Entity>, Refused> {
    match state.entity(target) {
        None if state.is_listed(target.kind()) || state.touches(target) => {
            refuse(Invariant::Existence, format!("{target} is not there"))
        }
        found => Ok(found),
    }
}

fn is_in(state: &State<'_>, target: &Target, wanted: EntityState) -> Result<(), Refused> {
    let Some(entity) = is_there(state, target)?.filter(|entity| entity.state != wanted) else {
        return Ok(());
    };
    let is = match entity.state {
        EntityState::Registered => "is registered",
        EntityState::Deregistered => "is not registered",
    };
    refuse(Invariant::Registration, format!("{target} {is}"))
}

/// It is registered, if it ever was: nothing is taken from it after it was deregistered.
fn is_in_its_place<'s>(
    state: &'s State<'_>,
    target: &Target,
) -> Result<Option<&'s Entity>, Refused> {
    let found = is_there(state, target)?;
    let before = state.live.entities.get(target);
    let was_registered = before.is_none_or(Entity::is_registered);
    match found.filter(|entity| !entity.is_registered() && was_registered) {
        Some(_) => refuse(
            Invariant::Registration,
            format!("{target} is not registered"),
        ),
        None => Ok(found),
    }
}

fn name_is_free(state: &State<'_>, operation: &Operation) -> Result<(), Refused> {
    let Some(name) = state.new_name(operation) else {
        return Ok(());
    };
    match state.named(&name) {
        Some(holder) if *holder != operation.target => refuse(
            Invariant::NameFree,
            format!("{holder} has the name `{name}`"),
        ),
        _ => Ok(()),
    }
}

fn address_is_free(state: &State<'_>, target: &Target, address: &Address) -> Result<(), Refused> {
    if let Some(holder) = state.holder(address).filter(|holder| *holder != target) {
        return refuse(Invariant::AddressFree, format!("{holder} has {address}"));
    }
    domain_is_there(&state.now.organization, &address.domain())
}

fn has_room(state: &State<'_>, entity: &Entity, target: &Target) -> Result<(), Refused> {
    if handing::has_room(state, entity, target) {
        return Ok(());
    }
    let count = entity.aliases.known().map_or(0, BTreeSet::len);
    refuse(Invariant::Limit, format!("{target} has {count} aliases"))
}

fn domain_is_there(organization: &OrganizationLive, name: &str) -> Result<(), Refused> {
    match &organization.mail_domains {
        Part::Known(domains) if !domains.contains_key(name) => {
            refuse(Invariant::Domain, format!("the domain {name} is not there"))
        }
        _ => Ok(()),
    }
}

fn domain(state: &State<'_>, end: &State<'_>, operation: &Operation) -> Result<(), Refused> {
    let organization = &state.now.organization;
    let name = operation.target.name();
    match operation.call.operation.as_str() {
        SET_DEFAULT_DOMAIN => {
            let wanted = operation.call.input.get(DOMAIN);
            match wanted.and_then(|name| name.as_str()) {
                Some(wanted) => domain_is_there(organization, wanted),
                None => Ok(()),
            }
        }
        REGISTER_DOMAIN => Ok(()),
        _ => {
            domain_is_there(organization, name)?;
            if organization.default_mail_domain.known().map(String::as_str) == Some(name) {
                return refuse(Invariant::Domain, format!("{name} is the default domain"));
            }
            let uses = |entity: &Entity| {
                let aliases = entity.aliases.known().into_iter().flatten();
                let mut all = aliases.chain(entity.email.known());
                all.any(|address| address.domain() == name)
            };
            let found = state.now.entities.iter().find(|(target, entity)| {
                uses(entity) && !end.now.entities.get(*target).is_some_and(uses)
            });
            match found {
                Some((target, _)) => {
                    let text = format!("{target} has an address in {name}");
                    refuse(Invariant::Domain, text)
                }
                None => Ok(()),
            }
        }
    }
}
