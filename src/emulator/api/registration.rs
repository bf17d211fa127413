//! Registration. Source: API reference, `RegisterToWorkMail`, `DeregisterFromWorkMail`,
//! `DescribeEntity`; behaviour notes, sections 4 and 5.

use serde_json::{Value, json};

use super::super::behavior::{
    ADDRESS_CASE, DEREGISTER_ALIASES, DEREGISTER_DELEGATES, DEREGISTER_LAG, DEREGISTER_MEMBERSHIPS,
    DEREGISTER_PERMISSIONS, DESCRIBE_ENTITY_ALIASES, REGISTER_ENABLED, REGISTER_OTHER,
    REGISTER_TEST_ALIAS,
};
use super::super::refusal::Refusal;
use super::super::state::{Identified, Kind, State};
use super::domains::test_domain;
use super::{Call, mail, nothing};

/// How long a mailbox is kept that nobody has any more, in seconds. Source: API reference,
/// `DeregisterFromWorkMail`; behaviour notes, section 4.
const KEPT_FOR: f64 = 30.0 * 24.0 * 3600.0;

pub(super) fn register(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("EntityId").to_owned();
    let lowers = call.behaviors.is(ADDRESS_CASE, "lower");
    let email = if lowers {
        call.text("Email").to_lowercase()
    } else {
        call.text("Email").to_owned()
    };
    let refuses = call.behaviors.is(REGISTER_ENABLED, "refuse");
    let keeps = call.behaviors.is(REGISTER_OTHER, "alias");
    let gives_alias = call.behaviors.is(REGISTER_TEST_ALIAS, "yes");
    let (now, rest) = (call.now, call.rest());
    let organization = call.organization()?;
    let directory = &organization.directory;
    let entity = directory
        .find(&text, Identified::ByIdOrName)
        .ok_or_else(Refusal::entity_not_found)?;
    match entity.state {
        State::Deleted => return Err(Refusal::entity_state("The entity is deleted.")),
        State::Enabled => {
            let same = entity
                .email
                .as_deref()
                .is_some_and(|old| old.eq_ignore_ascii_case(&email));
            if same || !refuses {
                return Ok(nothing());
            }
            return Err(Refusal::new(
                "EntityAlreadyRegisteredException",
                "The entity is registered already.",
            ));
        }
        State::Disabled => {}
    }
    if entity.is_system_user() {
        return Err(Refusal::new(
            "UnsupportedOperationException",
            "A system user cannot be registered.",
        ));
    }
    let key = entity.key;
    directory.free_address(&email, key)?;
    organization.usable_domain(&email)?;
    let local = email.rsplit_once('@').map_or("", |(local, _)| local);
    let alias = format!("{local}@{}", test_domain(&organization.head.alias));
    let is_free = directory.free_address(&alias, key).is_ok() && !entity.has_address(&alias);
    let is_given = gives_alias && is_free && !email.eq_ignore_ascii_case(&alias);
    let (id, has_mailbox) = (entity.id.clone(), entity.kind != Kind::Group);
    let is_kept =
        entity.provisioned_at.is_some() && entity.disabled_at.is_none_or(|at| now < at + KEPT_FOR);
    if has_mailbox && !is_kept {
        mail::empty(organization, &id);
    }
    organization.directory.change(key, rest, |entity| {
        if has_mailbox && !is_kept {
            entity.renew_mailbox(now);
        }
        entity.state = State::Enabled;
        entity
            .aliases
            .retain(|alias| !alias.eq_ignore_ascii_case(&email));
        entity.aliases.extend(Some(alias).filter(|_| is_given));
        let before = entity.email.replace(email.clone());
        let before = before.filter(|before| keeps && !before.eq_ignore_ascii_case(&email));
        entity.aliases.extend(before);
        entity.enabled_at = Some(now);
    });
    Ok(nothing())
}

pub(super) fn deregister(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("EntityId").to_owned();
    let (now, rest) = (call.now, call.rest());
    let drops = |switch: &str| call.behaviors.is(switch, "drop");
    let (aliases, memberships) = (drops(DEREGISTER_ALIASES), drops(DEREGISTER_MEMBERSHIPS));
    let (permissions, delegates) = (drops(DEREGISTER_PERMISSIONS), drops(DEREGISTER_DELEGATES));
    let unsettled = call.behaviors.number(DEREGISTER_LAG);
    let directory = &mut call.organization()?.directory;
    let entity = directory.alive(&text, Identified::Anyhow)?;
    if entity.state == State::Disabled {
        return Err(Refusal::entity_state("The entity is not registered."));
    }
    let (key, kind) = (entity.key, entity.kind);
    directory.unsettle(key, unsettled);
    directory.change(key, rest, |entity| {
        entity.state = State::Disabled;
        entity.disabled_at = Some(now);
        if aliases {
            entity.aliases.clear();
            entity.email = None;
        }
    });
    if permissions {
        directory.revoke_all(key);
    }
    if delegates && kind == Kind::Resource || memberships && kind == Kind::Group {
        directory.unlink_all(key);
    }
    for other in directory.referring_to(key) {
        let Some(kind) = directory.get(other).map(|entity| entity.kind) else {
            continue;
        };
        if memberships && kind == Kind::Group || delegates && kind == Kind::Resource {
            directory.unlink(other, key);
        }
    }
    Ok(nothing())
}

pub(super) fn describe_entity(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let email = call.text("Email").to_owned();
    let finds_aliases = call.behaviors.is(DESCRIBE_ENTITY_ALIASES, "yes");
    let directory = &call.organization()?.directory;
    let found = directory
        .holder(&email)
        .and_then(|entity| directory.seen(entity.key))
        .filter(|entity| entity.state == State::Enabled && entity.has_address(&email))
        .filter(|entity| {
            finds_aliases
                || entity
                    .email
                    .as_deref()
                    .is_some_and(|primary| primary.eq_ignore_ascii_case(&email))
        })
        .ok_or_else(Refusal::entity_not_found)?;
    Ok(json!({ "EntityId": found.id, "Name": found.name, "Type": found.kind }))
}
