//! What the write of a rule, role, override, policy, configuration or tag needs, and what the deletion of
//! what they name.
//!
//! Source: API reference, `LimitExceededException`, `TooManyTagsException`, `EntityNotFoundException` and
//! `EntityStateException` of the operations that write them.

use serde_json::{Map, Value};

use crate::kinds::setting::{Referring, SettingKind, kinds_named, references};
use crate::kinds::{SETTINGS, setting};
use crate::model::{EntityState, TAG, Target};

use super::super::document::Operation;
use super::state::State;
use super::{Invariant, Refused};

/// Looks whether the service would take the call now; `end` is what is there when all is done.
pub(super) fn can_be_made(
    state: &State<'_>,
    end: &State<'_>,
    operation: &Operation,
) -> Result<(), Refused> {
    let target = &operation.target;
    match operation.call.operation.as_str() {
        "TagResource" if target.kind() != TAG => own_tags(state, operation),
        "DeleteUser" | "DeleteGroup" | "DeleteResource" => is_unnamed(state, end, target),
        _ => match (setting(target.kind()), &operation.becomes) {
            (Some(kind), Some(value)) => write(state, kind, target, value),
            (Some(_), None) => is_unnamed(state, end, target),
            (None, _) => Ok(()),
        },
    }
}

fn write(
    state: &State<'_>,
    kind: &'static SettingKind,
    target: &Target,
    value: &Map<String, Value>,
) -> Result<(), Refused> {
    let before = state.now.settings.get(target);
    if before.is_none() {
        has_room(state, kind, 1)?;
    }
    if let Some(owner) = kind.owner_of(target) {
        is_there(state, &owner, EntityState::Registered)?;
    }
    let named = |value: &Map<String, Value>| references(kind.members, value);
    let already = before.map(|before| named(&before.value));
    let already = already.unwrap_or_default();
    let comes = named(value).into_iter().filter(|one| {
        let mut already = already.iter();
        !already.any(|before| before.target == one.target)
    });
    let wanted = match kind.referring {
        Referring::Created => EntityState::Deregistered,
        Referring::Registered => EntityState::Registered,
    };
    for one in comes {
        is_there(state, &one.target, wanted)?;
    }
    Ok(())
}

/// Tags of the program's own need room as others do.
fn own_tags(state: &State<'_>, operation: &Operation) -> Result<(), Refused> {
    let tags = operation.call.input.get("Tags").and_then(Value::as_array);
    let keys = tags.into_iter().flatten();
    let keys = keys.filter_map(|tag| tag.get("Key")?.as_str());
    let new = keys.filter(|key| !state.now.settings.contains_key(&Target::new(TAG, *key)));
    match setting(TAG) {
        Some(kind) => has_room(state, kind, new.count()),
        None => Ok(()),
    }
}

fn has_room(state: &State<'_>, kind: &SettingKind, more: usize) -> Result<(), Refused> {
    let count = state.count(kind.name);
    match kind.limit {
        Some(limit) if more > 0 && count + more > limit => Err((
            Invariant::Limit,
            format!("there are {count} {} of {limit}", kind.plural),
        )),
        _ => Ok(()),
    }
}

/// What is named is there; a user or group also as far as the call needs it.
fn is_there(state: &State<'_>, target: &Target, wanted: EntityState) -> Result<(), Refused> {
    let absent = || (Invariant::Existence, format!("{target} is not there"));
    if !target.is_entity() {
        let is_there = state.now.settings.contains_key(target) || !state.is_listed(target.kind());
        return if is_there { Ok(()) } else { Err(absent()) };
    }
    match state.entity(target) {
        None if state.is_listed(target.kind()) => Err(absent()),
        Some(entity) if wanted == EntityState::Registered && !entity.is_registered() => Err((
            Invariant::Registration,
            format!("{target} is not registered"),
        )),
        _ => Ok(()),
    }
}

/// Nothing names what goes that will not name it in the end: it would name nobody, or another.
fn is_unnamed(state: &State<'_>, end: &State<'_>, target: &Target) -> Result<(), Refused> {
    let names = |kind: &SettingKind, value: &Map<String, Value>| {
        let mut all = references(kind.members, value).into_iter();
        all.any(|one| one.target == *target)
    };
    // Most settings name nobody, and there may be thousands of them.
    let naming = SETTINGS.iter();
    let naming = naming.filter(|kind| kinds_named(kind.members).contains(target.kind()));
    for kind in naming {
        for (other, value) in state.settings_of(kind.name) {
            let stays = end.now.settings.get(other);
            if names(kind, value) && !stays.is_some_and(|value| names(kind, &value.value)) {
                let text = format!("{other} still names {target}");
                return Err((Invariant::Named, text));
            }
        }
    }
    Ok(())
}
