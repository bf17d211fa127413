//! Whether a fresh read shows that a call has its effect.
//!
//! A call has its effect where making it again would change nothing: the pure model of the
//! organization is asked, so that there is one description of what calls do.

use serde_json::Value;

use crate::kinds::{Kinds, setting};
use crate::model::{Address, Entity, EntityState, Part, Party, Snapshot};
use crate::plan::model::{Naming, apply_to};
use crate::plan::{Operation, Told, named_value, told};

/// True if the operation makes a user, group or resource.
pub(crate) fn creates(operation: &Operation) -> bool {
    let name = operation.call.operation.as_str();
    let entity = matches!(name, "CreateUser" | "CreateGroup" | "CreateResource");
    let setting = || {
        let kind = setting(operation.target.kind());
        kind.is_some_and(|kind| kind.write.create == name && kind.write.update != name)
    };
    entity || setting()
}

/// True if the operation deletes a user, group or resource.
pub(crate) fn deletes(operation: &Operation) -> bool {
    matches!(
        operation.call.operation.as_str(),
        "DeleteUser" | "DeleteGroup" | "DeleteResource"
    )
}

/// True if `fresh` shows the effect of an operation that creates nothing.
pub(crate) fn is_there(
    kinds: Kinds,
    operation: &Operation,
    naming: &Naming,
    fresh: &Snapshot,
) -> bool {
    if let Some(kind) = setting(operation.target.kind()) {
        let told = told(fresh, &operation.target, "value");
        let Some(value) = &operation.becomes else {
            return matches!(told, Told::Value(value) if kind.means_none(&value));
        };
        let name = operation.call.input.get("Name");
        let name = name.and_then(|name| naming.name(name));
        let name = name.unwrap_or_else(|| operation.target.name().to_owned());
        return told == Told::Value(named_value(&operation.target, &name, value));
    }
    if deletes(operation) {
        return !fresh.entities.contains_key(&operation.target);
    }
    if !operation.target.is_entity() {
        let mut after = fresh.clone();
        apply_to(kinds, &mut after, operation, naming, None);
        return after == *fresh;
    }
    let Some(entity) = fresh.entities.get(&operation.target) else {
        return false;
    };
    if operation.call.operation == "DeleteAlias" && is_primary(entity, operation) {
        return false;
    }
    let mut before = fresh.clone();
    before.entities.clear();
    let mut entity = entity.clone();
    name_party(&mut entity, operation);
    before.entities.insert(operation.target.clone(), entity);
    let mut after = before.clone();
    apply_to(kinds, &mut after, operation, naming, None);
    normalize(&mut before);
    normalize(&mut after);
    before == after
}

/// The id of what a creating operation made, if what is there now can only be that: it was never
/// registered, and has the fields that were sent. That it was absent before is for the caller to know.
pub(crate) fn made(
    kinds: Kinds,
    operation: &Operation,
    naming: &Naming,
    fresh: &Snapshot,
) -> Option<String> {
    if setting(operation.target.kind()).is_some() {
        let setting = fresh.settings.get(&operation.target)?;
        let is_as_sent = operation.becomes.as_ref() == Some(&setting.value);
        return is_as_sent.then(|| setting.id.clone()).flatten();
    }
    let entity = fresh.entities.get(&operation.target)?;
    let untouched = entity.state == EntityState::Deregistered
        && entity.enabled_at.is_none()
        && entity.disabled_at.is_none()
        && !entity.built_in;
    let mut expected = Snapshot {
        entities: [].into(),
        ..fresh.clone()
    };
    apply_to(kinds, &mut expected, operation, naming, Some(&entity.id));
    let expected = expected.entities.get(&operation.target)?;
    let entry = crate::kinds::by_name(kinds, operation.target.kind())?;
    let as_sent = entry
        .fields
        .iter()
        .filter(|field| operation.call.input.contains_key(field.member))
        .all(|field| same(entity.field(field.name), expected.field(field.name)));
    (untouched && as_sent).then(|| entity.id.clone())
}

/// True if the alias in the call is the primary address, or may be: then it is not gone.
fn is_primary(entity: &Entity, operation: &Operation) -> bool {
    let alias = operation.call.input.get("Alias").and_then(Value::as_str);
    match &entity.email {
        Part::Known(email) => alias.is_some_and(|alias| *email == Address::listed(alias)),
        Part::Absent => false,
        Part::Unknown(_) | Part::NotRead => true,
    }
}

/// Equal, where a text that is absent and an empty one are the same.
fn same(one: &Part<Value>, other: &Part<Value>) -> bool {
    let text = |part: &Part<Value>| match part {
        Part::Known(Value::String(text)) if text.is_empty() => Part::Absent,
        other => other.clone(),
    };
    text(one) == text(other)
}

/// Names the party of an operation where a fresh read tells only its id.
fn name_party(entity: &mut Entity, operation: &Operation) {
    let Some(party) = &operation.party else {
        return;
    };
    let ids: Vec<&str> = operation
        .call
        .input
        .values()
        .filter_map(Value::as_str)
        .collect();
    let name = |known: &mut Party, id: &str| {
        if matches!(known, Party::Unresolved(_)) && ids.contains(&id) {
            *known = party.clone();
        }
    };
    if let Part::Known(links) = &mut entity.links {
        for link in links {
            name(&mut link.party, &link.id);
        }
    }
    if let Part::Known(grants) = &mut entity.grants {
        for grant in grants {
            name(&mut grant.grantee, &grant.id);
        }
    }
}

fn normalize(snapshot: &mut Snapshot) {
    for entity in snapshot.entities.values_mut() {
        if let Part::Known(links) = &mut entity.links {
            links.retain(|link| !link.deleted);
            links.sort();
        }
        if let Part::Known(grants) = &mut entity.grants {
            grants.retain(|grant| !grant.rights.is_empty());
            grants.sort();
        }
        for part in entity.fields.values_mut() {
            if *part == Part::Known(Value::String(String::new())) {
                *part = Part::Absent;
            }
        }
        // Registering makes the model forget the quota, which says nothing about the effect.
        entity.fields.retain(|_, part| *part != Part::NotRead);
    }
}
