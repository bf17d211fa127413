//! What the families share: replies of members, filters, states.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::behavior::{
    Behaviors, DEREGISTER_EMAIL, DESCRIBE_DELETED, FILTERS, LIST_DELETED,
};
use super::super::refusal::Refusal;
use super::super::state::{Directory, Entity, Fields, Identified, Kind, State};

/// The key of what an organization has one of.
pub(super) const ONLY: &str = "only";

/// What a rule does. Source: API reference, `AccessEffect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What the rules that match come to: DENY wins over ALLOW, and nothing at all denies. Only the rules of
/// the winning effect are told. Source: behaviour notes, section 9.
pub(super) fn decided<T>(matched: impl Iterator<Item = (Effect, T)>) -> (Effect, Vec<T>) {
    decided_by(Effect::Deny, matched)
}

/// The same with another effect that wins where rules of both match.
pub(super) fn decided_by<T>(
    wins: Effect,
    matched: impl Iterator<Item = (Effect, T)>,
) -> (Effect, Vec<T>) {
    let matched: Vec<(Effect, T)> = matched.collect();
    let is_there = |wanted| matched.iter().any(|(effect, _)| *effect == wanted);
    let effect = match (is_there(Effect::Allow), is_there(Effect::Deny)) {
        (true, true) => wins,
        (true, false) => Effect::Allow,
        (false, _) => Effect::Deny,
    };
    let winning = matched.into_iter().filter(|(found, _)| *found == effect);
    (effect, winning.map(|(_, rule)| rule).collect())
}

/// Writes the members that every entity tells.
pub(super) fn common(entity: &Entity, behaviors: &Behaviors, reply: &mut Map<String, Value>) {
    reply.insert("Name".to_owned(), json!(entity.name));
    reply.insert("State".to_owned(), json!(entity.state));
    if let Some(email) = told_email(entity, behaviors) {
        reply.insert("Email".to_owned(), json!(email));
    }
    if let Some(time) = entity.enabled_at {
        reply.insert("EnabledDate".to_owned(), json!(time));
    }
    if let Some(time) = entity.disabled_at {
        reply.insert("DisabledDate".to_owned(), json!(time));
    }
}

/// The address that a describe tells: none unless enabled, but for a switch.
pub(super) fn told_email<'a>(entity: &'a Entity, behaviors: &Behaviors) -> Option<&'a str> {
    let tells = match entity.state {
        State::Enabled => true,
        State::Disabled => behaviors.is(DEREGISTER_EMAIL, "show"),
        State::Deleted => false,
    };
    entity.email.as_deref().filter(|_| tells)
}

/// The entity that a describe call names.
pub(super) fn described<'a>(
    directory: &'a Directory,
    text: &str,
    kind: Kind,
    behaviors: &Behaviors,
) -> Result<&'a Entity, Refusal> {
    let tells_deleted = behaviors.is(DESCRIBE_DELETED, "tell");
    directory
        .find(text, Identified::Anyhow)
        .filter(|entity| entity.kind == kind && (tells_deleted || entity.state != State::Deleted))
        .ok_or_else(Refusal::entity_not_found)
}

/// Refuses an entity that is not registered.
pub(super) fn registered(entity: &Entity) -> Result<(), Refusal> {
    if entity.state == State::Enabled {
        return Ok(());
    }
    Err(Refusal::entity_state("The entity is not registered."))
}

/// The key of an entity of this kind that is not DELETED.
pub(super) fn key_of(
    directory: &Directory,
    text: &str,
    how: Identified,
    kinds: &[Kind],
) -> Result<u64, Refusal> {
    let entity = directory.alive(text, how)?;
    if kinds.contains(&entity.kind) {
        Ok(entity.key)
    } else {
        Err(Refusal::entity_not_found())
    }
}

/// True if a list tells this entity, by its filters. Only one filter is allowed in a request.
/// Source: API reference, `ListUsers`, `Filters`.
pub(super) fn passes(entity: &Entity, filters: &Map<String, Value>, behaviors: &Behaviors) -> bool {
    if entity.state == State::Deleted && behaviors.is(LIST_DELETED, "no") {
        return false;
    }
    filters.iter().all(|(name, value)| {
        let Some(prefix) = value.as_str() else {
            return true;
        };
        let begins = |text: Option<&str>| {
            text.is_some_and(|text| text.to_lowercase().starts_with(&prefix.to_lowercase()))
        };
        match name.as_str() {
            "UsernamePrefix" | "NamePrefix" => begins(Some(&entity.name)),
            "DisplayNamePrefix" => begins(entity.field("DisplayName").and_then(Value::as_str)),
            "PrimaryEmailPrefix" => begins(told_email(entity, behaviors)),
            "IdentityProviderUserIdPrefix" => begins(
                entity
                    .field("IdentityProviderUserId")
                    .and_then(Value::as_str),
            ),
            "State" => json!(entity.state) == *value,
            _ => true,
        }
    })
}

/// The filters of a list request; more than one is refused, but for a switch.
pub(super) fn filters(call: &super::Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let filters = match call.input.get("Filters") {
        Some(Value::Object(filters)) => filters
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        _ => Map::new(),
    };
    if filters.len() > 1 && call.behaviors.is(FILTERS, "one") {
        return Err(Refusal::invalid("Only one filter is allowed in a request."));
    }
    Ok(filters)
}

/// Deletes an entity that is not registered. Source: API reference, `DeleteUser`.
pub(super) fn delete(
    call: &mut super::Call<'_>,
    member: &str,
    kind: Kind,
) -> Result<Value, Refusal> {
    let text = call.text(member).to_owned();
    let (now, rest) = (call.now, call.rest());
    let refuses_missing = call
        .behaviors
        .is(super::super::behavior::DELETE_MISSING, "refuse");
    let drops = call
        .behaviors
        .is(super::super::behavior::DELETED_LEFT, "drop");
    let drops_from_rules = call
        .behaviors
        .is(super::super::behavior::DELETED_IN_RULES, "drop");
    let organization = call.organization()?;
    let directory = &mut organization.directory;
    let found = directory
        .find(&text, Identified::ByIdOrName)
        .filter(|entity| entity.kind == kind && entity.state != State::Deleted);
    let Some(entity) = found else {
        return if refuses_missing {
            Err(Refusal::entity_not_found())
        } else {
            Ok(super::nothing())
        };
    };
    if entity.state == State::Enabled || directory.is_unsettled(entity.key) {
        return Err(Refusal::entity_state(
            "The entity is registered: deregister it before deleting it.",
        ));
    }
    if entity.is_system_user() {
        return Err(Refusal::new(
            "UnsupportedOperationException",
            "A system user cannot be deleted.",
        ));
    }
    let (key, id) = (entity.key, entity.id.clone());
    directory.change(key, rest, |entity| {
        entity.state = State::Deleted;
        entity.disabled_at.get_or_insert(now);
    });
    directory.unlink_all(key);
    directory.revoke_all(key);
    if drops {
        for other in directory.referring_to(key) {
            directory.unlink(other, key);
            directory.revoke(other, key);
        }
    }
    if drops_from_rules && kind == Kind::User {
        super::access_control::forget(organization, &id);
        super::impersonation::forget(organization, &id);
        super::mobile_overrides::forget(organization, &id);
        super::access_tokens::forget(organization, &id);
    }
    Ok(super::nothing())
}

/// Takes somebody out of the lists of a rule. A list never becomes empty that way: it would be no
/// condition, and the rule would be about everybody. True if a list is another.
pub(super) fn taken_out<'a, T: 'a>(
    lists: impl IntoIterator<Item = &'a mut Vec<T>>,
    is: impl Fn(&T) -> bool,
) -> bool {
    let mut changed = false;
    for list in lists {
        if list.iter().any(&is) && !list.iter().all(&is) {
            list.retain(|entry| !is(entry));
            changed = true;
        }
    }
    changed
}

/// Takes the members that an update sets out of its input. What is left out is kept or blanked, by a
/// switch; `""` clears.
pub(super) fn updated(
    present: &Fields,
    input: &Map<String, Value>,
    members: &[&str],
    texts: &[&str],
    behaviors: &Behaviors,
) -> Map<String, Value> {
    let blanks = behaviors.is(super::super::behavior::UPDATE_OMITTED, "blank");
    let keeps_empty = behaviors.is(super::super::behavior::CLEARED, "empty");
    let mut fields = present.to_map();
    for member in members {
        match input.get(*member).filter(|value| !value.is_null()) {
            Some(Value::String(text)) if text.is_empty() && !keeps_empty => {
                fields.remove(*member);
            }
            Some(value) => {
                fields.insert((*member).to_owned(), value.clone());
            }
            None if blanks && texts.contains(member) => {
                let was_there = fields.remove(*member).is_some();
                if was_there && keeps_empty {
                    fields.insert((*member).to_owned(), json!(""));
                }
            }
            None => {}
        }
    }
    fields
}
