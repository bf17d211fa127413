//! Aliases and primary addresses. Source: API reference, `CreateAlias`, `DeleteAlias`, `ListAliases`,
//! `UpdatePrimaryEmailAddress`; behaviour notes, sections 2 and 6.

use serde_json::{Value, json};

use super::super::behavior::{
    ADDRESS_CASE, Behaviors, CREATE_OWN_ALIAS, DELETE_PRIMARY, DISABLED_ADDRESSES,
    LIST_ALIASES_DISABLED, LIST_ALIASES_OTHERS, LIST_ALIASES_PRIMARY, PRIMARY_COUNTS,
    UPDATE_PRIMARY_FULL,
};
use super::super::refusal::Refusal;
use super::super::state::{Entity, Identified, Kind, State};
use super::shared::{key_of, registered};
use super::{Call, nothing};

/// The most aliases of an entity. Source: quotas.
const LIMIT: usize = 100;

const ALL: &[Kind] = &[Kind::User, Kind::Group, Kind::Resource];

pub(super) fn create_alias(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("EntityId").to_owned();
    let alias = address(call, "Alias");
    let behaviors = call.behaviors;
    let organization = call.organization()?;
    let directory = &organization.directory;
    let key = key_of(directory, &text, Identified::ById, ALL)?;
    let entity = changeable(directory.seen(key), behaviors)?;
    if entity.has_address(&alias) {
        if behaviors.is(CREATE_OWN_ALIAS, "refuse") {
            return Err(Refusal::address_in_use(&alias));
        }
        return Ok(nothing());
    }
    directory.free_address(&alias, key)?;
    organization.usable_domain(&alias)?;
    let actual = directory.get(key).ok_or_else(Refusal::entity_not_found)?;
    let counted = actual.aliases.len() + usize::from(behaviors.is(PRIMARY_COUNTS, "yes"));
    if counted >= LIMIT {
        return Err(Refusal::limit("Maximum alias limit exceeded"));
    }
    organization
        .directory
        .change(key, 0, |entity| entity.aliases.push(alias));
    Ok(nothing())
}

pub(super) fn delete_alias(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("EntityId").to_owned();
    let alias = call.text("Alias").to_owned();
    let (behaviors, rest) = (call.behaviors, call.rest());
    let directory = &mut call.organization()?.directory;
    let key = key_of(directory, &text, Identified::ById, ALL)?;
    let entity = changeable(directory.seen(key), behaviors)?;
    if entity
        .email
        .as_deref()
        .is_some_and(|email| email.eq_ignore_ascii_case(&alias))
    {
        if behaviors.is(DELETE_PRIMARY, "ignore") {
            return Ok(nothing());
        }
        return Err(Refusal::invalid("The primary address cannot be deleted."));
    }
    directory.change(key, rest, |entity| {
        entity
            .aliases
            .retain(|have| !have.eq_ignore_ascii_case(&alias));
    });
    Ok(nothing())
}

pub(super) fn list_aliases(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let text = call.text("EntityId").to_owned();
    let behaviors = call.behaviors;
    let directory = &call.organization()?.directory;
    let kinds = if behaviors.is(LIST_ALIASES_OTHERS, "refuse") {
        &[Kind::User]
    } else {
        ALL
    };
    let key = key_of(directory, &text, Identified::ById, kinds)?;
    let entity = directory.seen(key).ok_or_else(Refusal::entity_not_found)?;
    if behaviors.is(LIST_ALIASES_DISABLED, "refuse") {
        registered(entity)?;
    }
    let primary = entity
        .email
        .iter()
        .filter(|_| behaviors.is(LIST_ALIASES_PRIMARY, "with"));
    let primary = primary.filter(|_| entity.state == State::Enabled);
    // By the address itself: it is the only thing that stays while others come, go and become primary.
    let mut addresses: Vec<(String, Value)> = primary
        .chain(&entity.aliases)
        .map(|address| (address.to_ascii_lowercase(), json!(address)))
        .collect();
    addresses.sort_by(|(one, _), (other, _)| one.cmp(other));
    paging.page("Aliases", addresses.into_iter())
}

pub(super) fn update_primary(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("EntityId").to_owned();
    let email = address(call, "Email");
    let behaviors = call.behaviors;
    let organization = call.organization()?;
    let directory = &organization.directory;
    let key = key_of(directory, &text, Identified::Anyhow, ALL)?;
    changeable(directory.seen(key), behaviors)?;
    directory.free_address(&email, key)?;
    organization.usable_domain(&email)?;
    let actual = directory.get(key).ok_or_else(Refusal::entity_not_found)?;
    let is_new = !actual.has_address(&email);
    if is_new && actual.aliases.len() >= LIMIT && behaviors.is(UPDATE_PRIMARY_FULL, "refuse") {
        return Err(Refusal::new(
            "InvalidParameterException",
            "Maximum alias limit exceeded",
        ));
    }
    organization.directory.change(key, 0, |entity| {
        let same = entity
            .email
            .as_deref()
            .is_some_and(|old| old.eq_ignore_ascii_case(&email));
        let listed = entity
            .aliases
            .iter()
            .position(|alias| alias.eq_ignore_ascii_case(&email));
        let email = listed.map_or(email, |position| entity.aliases.remove(position));
        let old = entity.email.replace(email);
        if let Some(old) = old.filter(|_| !same) {
            entity.aliases.push(old);
        }
    });
    Ok(nothing())
}

fn address(call: &Call<'_>, member: &str) -> String {
    let text = call.text(member);
    if call.behaviors.is(ADDRESS_CASE, "lower") {
        text.to_lowercase()
    } else {
        text.to_owned()
    }
}

/// An entity whose addresses may be changed.
fn changeable<'a>(
    entity: Option<&'a Entity>,
    behaviors: &Behaviors,
) -> Result<&'a Entity, Refusal> {
    let entity = entity.ok_or_else(Refusal::entity_not_found)?;
    if !behaviors.is(DISABLED_ADDRESSES, "allow") {
        registered(entity)?;
    }
    Ok(entity)
}
