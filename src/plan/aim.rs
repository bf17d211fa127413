//! Whether the ids in a call are those of what the plan says, of what went since, or of something else.

use serde_json::{Map, Value};

use crate::kinds::setting;
use crate::kinds::setting::{SettingKind, Writing};
use crate::model::{Call, Id, Snapshot, Target};

use super::document::Operation;
use super::step::id_of;

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aim {
    /// Where the plan says.
    There,
    /// To an id that nobody has: what had it was removed, or made anew with another one.
    Gone,
    /// To something else.
    Elsewhere,
}

/// Whose an id is that stands for this target.
pub(super) fn aim(id: &Value, target: &Target, live: &Snapshot) -> Aim {
    match serde_json::from_value::<Id>(id.clone()) {
        Ok(Id::Of { target: made }) if made == *target => Aim::There,
        Ok(Id::Known(id)) if id_of(live, target) == Id::Known(id.clone()) => Aim::There,
        Ok(Id::Known(id)) if is_told_by_lists(target) && !is_anybodys(&id, live) => Aim::Gone,
        _ => Aim::Elsewhere,
    }
}

/// True for what lists tell all of. What only tags tell, such as applications, there may be more of than
/// ours, and an id that we do not know may be that of others.
fn is_told_by_lists(target: &Target) -> bool {
    target.is_entity() || setting(target.kind()).is_some_and(|kind| kind.nature.from_tags.is_none())
}

/// True if something goes by this id or name. The service takes names and addresses for ids too.
fn is_anybodys(text: &str, live: &Snapshot) -> bool {
    let is_it = |told: &str| told.eq_ignore_ascii_case(text);
    let twins = live.twins.iter().map(|(_, setting)| setting);
    let mut settings = live.settings.values().chain(twins);
    text.contains('@')
        || settings.any(|setting| setting.id.as_deref().is_some_and(is_it))
        || live.entities.iter().any(|(target, entity)| {
            let live_name = entity.live_name.as_deref();
            is_it(&entity.id) || is_it(target.name()) || live_name.is_some_and(is_it)
        })
}

/// Where the call of a setting goes: guards know only what the plan says that it becomes, so that is all
/// that the call may make of it.
pub(super) fn aim_of_setting(
    kind: &'static SettingKind,
    operation: &Operation,
    live: &Snapshot,
) -> Aim {
    let target = &operation.target;
    let none = Map::new();
    let known = |target: &Target| id_of(live, target);
    let writing = Writing {
        kind,
        target,
        live: live.settings.get(target),
        value: operation.becomes.as_ref().unwrap_or(&none),
        id_of: &known,
    };
    // Nothing has a known id in it, so that each place of an id tells whose it is.
    let open = Writing {
        live: None,
        id_of: &Id::of,
        ..writing
    };
    let lowering = &kind.lowering;
    let calls = if operation.becomes.is_none() {
        vec![lowering.delete]
    } else {
        vec![lowering.create, lowering.update]
    };
    let mut sent = operation.call.clone();
    // On its way to another name it may have one of the plan's own.
    if kind.id.is_some() && sent.input.get("Name").is_some_and(Value::is_object) {
        let name = Value::from(target.name());
        sent.input.insert("Name".to_owned(), name);
    }
    let meant = meaning(&sent, live);
    let aims = calls.into_iter().map(|lower| {
        if meaning(&lower(&writing), live) == meant {
            return Aim::There;
        }
        let wanted = lower(&open);
        if wanted.operation != sent.operation {
            return Aim::Elsewhere;
        }
        of_members(&wanted.input, &sent.input, live)
    });
    aims.min().unwrap_or(Aim::Elsewhere)
}

/// Where the ids in a value go that is to be this one; everything else has to be the same.
fn of_value(wanted: &Value, sent: &Value, live: &Snapshot) -> Aim {
    match (wanted, sent) {
        (Value::Object(map), sent) if map.contains_key("$id") => {
            match serde_json::from_value::<Id>(wanted.clone()) {
                Ok(Id::Of { target }) => aim(sent, &target, live),
                _ => Aim::Elsewhere,
            }
        }
        (Value::Object(wanted), Value::Object(sent)) => of_members(wanted, sent, live),
        (Value::Array(wanted), Value::Array(sent)) if wanted.len() == sent.len() => {
            let pairs = wanted.iter().zip(sent);
            let aims = pairs.map(|(wanted, sent)| of_value(wanted, sent, live));
            aims.max().unwrap_or(Aim::There)
        }
        (wanted, sent) if wanted == sent => Aim::There,
        _ => Aim::Elsewhere,
    }
}

fn of_members(wanted: &Map<String, Value>, sent: &Map<String, Value>, live: &Snapshot) -> Aim {
    let (wanted, sent) = (without_secrets(wanted), without_secrets(sent));
    if !wanted.keys().eq(sent.keys()) {
        return Aim::Elsewhere;
    }
    let pairs = wanted.values().zip(sent.values());
    let aims = pairs.map(|(wanted, sent)| of_value(wanted, sent, live));
    aims.max().unwrap_or(Aim::There)
}

/// Secrets are named by where they are and never told.
fn without_secrets(members: &Map<String, Value>) -> Map<String, Value> {
    let all = members.iter();
    all.filter(|(_, value)| value.get("$secret").is_none())
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect()
}

/// The call with known ids in the place of open ones, and without its secrets.
fn meaning(call: &Call, live: &Snapshot) -> Call {
    let input = without_secrets(&call.input);
    Call {
        operation: call.operation.clone(),
        input: input
            .iter()
            .map(|(member, value)| (member.clone(), meant(value, live)))
            .collect(),
    }
}

fn meant(value: &Value, live: &Snapshot) -> Value {
    match value {
        Value::Object(map) if map.contains_key("$id") => {
            match serde_json::from_value::<Id>(value.clone()) {
                Ok(Id::Of { target }) => {
                    serde_json::to_value(id_of(live, &target)).expect("an id is plain data")
                }
                _ => value.clone(),
            }
        }
        Value::Object(map) => {
            let members = without_secrets(map);
            let members = members.iter();
            let meant = members.map(|(key, value)| (key.clone(), meant(value, live)));
            Value::Object(meant.collect())
        }
        Value::Array(items) => items.iter().map(|item| meant(item, live)).collect(),
        other => other.clone(),
    }
}
