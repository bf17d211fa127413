//! What a value names: users, roles, applications, and ids that are nobody's any more.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::{Target, unresolved};

use super::members::{each, entries_with, sorted};
use super::{Form, Member};

/// Something that a value names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The field that names it, such as `users` or `rules.board.targetUsers`.
    pub path: String,
    /// What it names.
    pub target: Target,
}

/// Every thing that a value names.
pub fn references(members: &[Member], value: &Map<String, Value>) -> Vec<Named> {
    let mut found = Vec::new();
    walk(members, value, "", &mut |path, kind, names| {
        let names = names.iter().filter_map(Value::as_str);
        found.extend(names.map(|name| Named {
            path: path.to_owned(),
            target: Target::new(kind, name),
        }));
    });
    found
}

/// The ids in a value that are nobody's any more.
pub fn strangers(members: &[Member], value: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    walk(members, value, "", &mut |_, _, names| {
        found.extend(names.iter().filter_map(unresolved).map(str::to_owned));
    });
    found
}

/// The kinds of what a kind of settings names.
pub fn kinds_named(members: &[Member]) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    for member in members {
        match member.form {
            Form::Names { kind, .. } | Form::Name { kind } => {
                kinds.insert(kind);
            }
            Form::Object(members) | Form::Entries { members, .. } => {
                kinds.extend(kinds_named(members));
            }
            _ => {}
        }
    }
    kinds
}

/// The value without one of the names in it; none if that would leave an empty set.
pub fn without(
    members: &[Member],
    value: &Map<String, Value>,
    named: &Named,
) -> Option<Map<String, Value>> {
    let mut left = value.clone();
    let (first, rest) = match named.path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (named.path.as_str(), None),
    };
    let member = members.iter().find(|member| member.name == first)?;
    let inner = left.get_mut(first)?;
    match (member.form, rest) {
        (Form::Names { .. }, None) => {
            let set = inner.as_array_mut()?;
            set.retain(|name| name.as_str() != Some(named.target.name()));
            if set.is_empty() {
                return None;
            }
        }
        (Form::Object(members), Some(rest)) => {
            let rest = Named {
                path: rest.to_owned(),
                target: named.target.clone(),
            };
            *inner = Value::Object(without(members, inner.as_object()?, &rest)?);
        }
        (Form::Entries { members, .. }, Some(rest)) => {
            // A key may hold dots; the name of a field does not.
            let (key, field) = rest.rsplit_once('.')?;
            let entry = inner.as_object_mut()?.get_mut(key)?;
            let rest = Named {
                path: field.to_owned(),
                target: named.target.clone(),
            };
            *entry = Value::Object(without(members, entry.as_object()?, &rest)?);
        }
        _ => return None,
    }
    Some(left)
}

/// The value without ids that are nobody's any more, where their set keeps a name.
pub fn without_strangers(members: &[Member], value: &Map<String, Value>) -> Map<String, Value> {
    each(members, value, |member, value| match (member.form, value) {
        (Form::Names { .. }, Value::Array(names)) => {
            let known: Vec<Value> = names
                .iter()
                .filter(|name| name.is_string())
                .cloned()
                .collect();
            Some(Value::Array(if known.is_empty() {
                names.clone()
            } else {
                known
            }))
        }
        (Form::Object(members), Value::Object(inner)) => {
            Some(Value::Object(without_strangers(members, inner)))
        }
        (Form::Entries { members, .. }, Value::Object(entries)) => {
            Some(entries_with(entries, |inner| {
                without_strangers(members, inner)
            }))
        }
        (_, value) => Some(value.clone()),
    })
}

/// The value with names in the place of ids that `target_of` knows.
pub fn with_names(
    members: &[Member],
    value: &Map<String, Value>,
    target_of: &dyn Fn(&str) -> Option<Target>,
) -> Map<String, Value> {
    let named = each(members, value, |member, value| match (member.form, value) {
        (Form::Names { kind, .. }, Value::Array(names)) => {
            let known = names.iter().map(|name| {
                let target = unresolved(name).and_then(target_of);
                match target.filter(|target| target.kind() == kind) {
                    Some(target) => Value::from(target.name()),
                    None => name.clone(),
                }
            });
            Some(sorted(known.collect()))
        }
        (Form::Object(members), Value::Object(inner)) => {
            Some(Value::Object(with_names(members, inner, target_of)))
        }
        (Form::Entries { members, .. }, Value::Object(entries)) => {
            Some(entries_with(entries, |inner| {
                with_names(members, inner, target_of)
            }))
        }
        (_, value) => Some(value.clone()),
    });
    by_name(members, named, target_of)
}

/// The value with the name of one thing where the member beside it holds its id.
fn by_name(
    members: &[Member],
    mut value: Map<String, Value>,
    target_of: &dyn Fn(&str) -> Option<Target>,
) -> Map<String, Value> {
    for member in members {
        let Form::Name { kind } = member.form else {
            continue;
        };
        let beside = members
            .iter()
            .filter(|other| other.member == member.member && other.name != member.name);
        for other in beside {
            let id = value.get(other.name).and_then(Value::as_str);
            let target = id.and_then(target_of);
            if let Some(target) = target.filter(|target| target.kind() == kind) {
                value.remove(other.name);
                value.insert(member.name.to_owned(), Value::from(target.name()));
            }
        }
    }
    value
}

/// Every set of names in a value, with its path and the kind of what it names.
fn walk(
    members: &[Member],
    value: &Map<String, Value>,
    above: &str,
    tell: &mut dyn FnMut(&str, &'static str, &[Value]),
) {
    for member in members {
        let Some(value) = value.get(member.name) else {
            continue;
        };
        let path = format!("{above}{}", member.name);
        match (member.form, value) {
            (Form::Names { kind, .. }, Value::Array(names)) => tell(&path, kind, names),
            (Form::Name { kind }, name) => tell(&path, kind, std::slice::from_ref(name)),
            (Form::Object(members), Value::Object(inner)) => {
                walk(members, inner, &format!("{path}."), tell);
            }
            (Form::Entries { members, .. }, Value::Object(entries)) => {
                for (key, entry) in entries {
                    if let Some(inner) = entry.as_object() {
                        walk(members, inner, &format!("{path}.{key}."), tell);
                    }
                }
            }
            _ => {}
        }
    }
}
