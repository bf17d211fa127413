//! Values in the manifest's words, and members of the API: the way there and back, by the table of a kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::model::{Id, Target, unresolved};

use super::{Form, Member};

/// The value as it is compared: sets sorted and without repetitions, what is empty left out, names as
/// `name_of` has them.
pub fn canonical(
    members: &[Member],
    value: &Map<String, Value>,
    name_of: &dyn Fn(&Target) -> String,
) -> Map<String, Value> {
    each(members, value, |member, value| match (member.form, value) {
        (Form::Names { kind, .. }, Value::Array(names)) => {
            let names = names.iter().map(|name| match name.as_str() {
                Some(name) => Value::from(name_of(&Target::new(kind, name))),
                None => name.clone(),
            });
            Some(sorted(names.collect()))
        }
        (Form::Name { kind }, Value::String(name)) => {
            Some(Value::from(name_of(&Target::new(kind, name.clone()))))
        }
        (form, Value::Array(items)) if form.is_set() => Some(sorted_by(form, items.clone())),
        (Form::Object(members), Value::Object(inner)) => {
            Some(Value::Object(canonical(members, inner, name_of)))
        }
        (Form::Entries { members, .. }, Value::Object(entries)) => {
            Some(entries_with(entries, |inner| {
                canonical(members, inner, name_of)
            }))
        }
        (_, value) => Some(value.clone()),
    })
}

/// The members that a call takes, names as ids. An id that nobody has any more is sent as it is.
pub fn to_input(
    members: &[Member],
    value: &Map<String, Value>,
    id_of: &dyn Fn(&Target) -> Id,
) -> Map<String, Value> {
    let mut input = Map::new();
    for member in members {
        let Some(value) = value.get(member.name) else {
            continue;
        };
        let sent = match (member.form, value) {
            (Form::Names { kind, .. }, Value::Array(names)) => names
                .iter()
                .map(|name| match name.as_str() {
                    Some(name) => {
                        let id = id_of(&Target::new(kind, name));
                        serde_json::to_value(id).expect("an id is plain data")
                    }
                    None => Value::from(unresolved(name).unwrap_or_default()),
                })
                .collect(),
            (Form::Name { kind }, Value::String(name)) => {
                let id = id_of(&Target::new(kind, name.clone()));
                serde_json::to_value(id).expect("an id is plain data")
            }
            (Form::Object(members), Value::Object(inner)) => {
                Value::Object(to_input(members, inner, id_of))
            }
            (Form::Entries { key, members, .. }, Value::Object(entries)) => entries
                .iter()
                .map(|(name, entry)| {
                    let inner = entry.as_object().cloned().unwrap_or_default();
                    let mut sent = to_input(members, &inner, id_of);
                    sent.insert(key.to_owned(), Value::from(name.clone()));
                    Value::Object(sent)
                })
                .collect(),
            (Form::Secret, Value::Object(secret)) => {
                let mut source = secret.clone();
                source.remove("version");
                json!({ "$secret": source })
            }
            (_, value) => value.clone(),
        };
        input.insert(member.member.to_owned(), sent);
    }
    input
}

/// The value of what a reply tells, ids as names. An id that `name_of` does not know stays one.
pub fn from_told(
    members: &[Member],
    told: &Map<String, Value>,
    name_of: &dyn Fn(&str, &str) -> Option<String>,
) -> Map<String, Value> {
    let mut value = Map::new();
    // Of several members for one of the API, the first that can tell it does.
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for member in members {
        let told = told.get(member.member);
        let Some(told) = told.filter(|_| !taken.contains(member.member)) else {
            continue;
        };
        let found = match (member.form, told) {
            (Form::Name { kind }, id) => {
                let name = id.as_str().and_then(|id| name_of(kind, id));
                name.map_or(Value::Null, Value::from)
            }
            (Form::Names { kind, .. }, Value::Array(ids)) => sorted(
                ids.iter()
                    .filter_map(Value::as_str)
                    .map(|id| match name_of(kind, id) {
                        Some(name) => Value::from(name),
                        None => json!({ "id": id }),
                    })
                    .collect(),
            ),
            (form, Value::Array(items)) if form.is_set() => sorted_by(form, items.clone()),
            (Form::Object(members), Value::Object(inner)) => {
                Value::Object(from_told(members, inner, name_of))
            }
            (Form::Entries { key, members, .. }, Value::Array(entries)) => Value::Object(
                entries
                    .iter()
                    .filter_map(Value::as_object)
                    .filter_map(|entry| {
                        let name = entry.get(key)?.as_str()?.to_owned();
                        Some((name, Value::Object(from_told(members, entry, name_of))))
                    })
                    .collect(),
            ),
            (_, told) => told.clone(),
        };
        if !is_nothing(member.form, &found) {
            taken.insert(member.member);
            value.insert(member.name.to_owned(), found);
        }
    }
    value
}

/// The value with its sets spelled as in `live`, where they mean the same: what differs in case only is no
/// difference.
pub fn as_spelled(
    members: &[Member],
    value: &Map<String, Value>,
    live: &Map<String, Value>,
) -> Map<String, Value> {
    let mut spelled = value.clone();
    for member in members
        .iter()
        .filter(|member| matches!(member.form, Form::Prefixes { .. }))
    {
        let (Some(Value::Array(items)), Some(Value::Array(there))) =
            (spelled.get_mut(member.name), live.get(member.name))
        else {
            continue;
        };
        let folded = |item: &Value| member.form.folded(item.as_str().unwrap_or_default());
        let known: BTreeMap<String, &Value> =
            there.iter().map(|item| (folded(item), item)).collect();
        let items = std::mem::take(items).into_iter().map(|item| {
            let known = known.get(&folded(&item));
            known.map_or(item, |known| (*known).clone())
        });
        let items = items.collect();
        spelled.insert(member.name.to_owned(), sorted(items));
    }
    spelled
}

/// Every field in which two values differ, with both; `null` for absent. Of maps the fields within.
pub fn differences(
    members: &[Member],
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<(String, Value, Value)> {
    let mut found = Vec::new();
    for member in members {
        let (old, new) = (before.get(member.name), after.get(member.name));
        if old == new {
            continue;
        }
        match (member.form, old, new) {
            (Form::Object(members), Some(Value::Object(old)), Some(Value::Object(new))) => {
                let inner = differences(members, old, new).into_iter();
                found.extend(
                    inner.map(|(path, old, new)| (format!("{}.{path}", member.name), old, new)),
                );
            }
            (Form::Entries { .. }, old, new) => {
                let none = Map::new();
                let old = old.and_then(Value::as_object).unwrap_or(&none);
                let new = new.and_then(Value::as_object).unwrap_or(&none);
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    let (old, new) = (old.get(key), new.get(key));
                    if old != new {
                        found.push((
                            format!("{}.{key}", member.name),
                            old.cloned().unwrap_or_default(),
                            new.cloned().unwrap_or_default(),
                        ));
                    }
                }
            }
            (_, old, new) => found.push((
                member.name.to_owned(),
                old.cloned().unwrap_or_default(),
                new.cloned().unwrap_or_default(),
            )),
        }
    }
    found
}

pub(super) fn entries_with(
    entries: &Map<String, Value>,
    change: impl Fn(&Map<String, Value>) -> Map<String, Value>,
) -> Value {
    let changed = entries.iter().map(|(key, entry)| {
        let inner = entry.as_object().map(&change).unwrap_or_default();
        (key.clone(), Value::Object(inner))
    });
    Value::Object(changed.collect())
}

pub(super) fn each(
    members: &[Member],
    value: &Map<String, Value>,
    change: impl Fn(&Member, &Value) -> Option<Value>,
) -> Map<String, Value> {
    let mut changed = Map::new();
    for member in members {
        if let Some(value) = value.get(member.name)
            && let Some(value) = change(member, value)
            && !is_nothing(member.form, &value)
        {
            changed.insert(member.name.to_owned(), value);
        }
    }
    changed
}

/// True for what means the same as a member that is absent. A map of entries may be empty and mean it.
fn is_nothing(form: Form, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() && form.is_set(),
        _ => false,
    }
}

/// A set in order and without repetitions, as its form compares.
fn sorted_by(form: Form, mut items: Vec<Value>) -> Value {
    let folded = |item: &Value| form.folded(item.as_str().unwrap_or_default());
    if matches!(form, Form::Prefixes { .. }) {
        items.sort_by_cached_key(|item| (folded(item), item.to_string()));
        items.dedup_by_key(|item| folded(item));
    }
    sorted(items)
}

pub(super) fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_cached_key(ToString::to_string);
    items.dedup();
    Value::Array(items)
}
