//! Whether the calls of a plan from a file go where the plan says. Guards and texts speak of targets;
//! the ids in the inputs must be theirs, or an edited file would pass for something else.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::kinds::identity_center_application::name_in;
use crate::kinds::setting;
use crate::kinds::setting::{SettingKind, Writing, twin_name};
use crate::model::{
    Address, Call, GROUP, IDENTITY_CENTER_APPLICATION, Id, MANAGEMENT_TAG, Party, RESOURCE,
    Snapshot, Target, USER,
};

use super::document::{Operation, Plan};
use super::organization;
use super::step::id_of;
use super::versions::packed;

/// The first call that goes elsewhere than the plan says, as a sentence fragment.
pub fn misdirected(plan: &Plan, live: &Snapshot) -> Option<String> {
    plan.operations.iter().find_map(|operation| {
        let (id, name, target) = (operation.id, &operation.call.operation, &operation.target);
        if !goes_there(plan, operation, live) {
            return Some(format!(
                "operation {id} ({name}) does not go to {target}, as the plan says"
            ));
        }
        (!gives_back_there(plan, operation, live))
            .then(|| format!("what operation {id} ({name}) gives back was not released for it"))
    })
}

/// By live name, the name that the plan gives to what it renames.
pub fn renamed(plan: &Plan, live: &Snapshot) -> BTreeMap<Target, Target> {
    plan.operations
        .iter()
        .filter(|operation| operation.call.operation == "UpdateResource")
        .filter(|operation| {
            let name = operation.call.input.get("Name").and_then(Value::as_str);
            name.is_some_and(|name| name.eq_ignore_ascii_case(operation.target.name()))
        })
        .filter_map(|operation| {
            let id = operation.call.input.get("ResourceId")?.as_str()?;
            let (from, _) = live.by_id(id)?;
            (*from != operation.target).then(|| (from.clone(), operation.target.clone()))
        })
        .collect()
}

/// By id, the name that the plan gives to settings that go by another one live: what it renames, and further
/// ones of a name, which it takes away.
pub fn renamed_settings(plan: &Plan, live: &Snapshot) -> BTreeMap<String, Target> {
    let twins = live.twins.iter().map(|(target, twin)| (target, twin));
    let all = live.settings.iter().chain(twins);
    let by_id: BTreeMap<&str, &Target> = all
        .filter_map(|(target, found)| Some((found.id.as_deref()?, target)))
        .collect();
    let operations = plan.operations.iter().filter_map(|operation| {
        let target = &operation.target;
        let kind = setting(target.kind())?;
        let id = operation.call.input.get(kind.id?)?.as_str()?;
        let from = by_id.get(id)?;
        let renames = operation.becomes.is_some();
        let takes_away = twin_name(from.name(), id) == target.name();
        (renames || takes_away).then(|| (id.to_owned(), target.clone()))
    });
    operations.collect()
}

/// The members of a call that hold ids: of what it writes, and of the member, delegate or grantee. None
/// for what no plan does. A call is sent with the members that its operation has, so that the id in
/// any other one says nothing.
fn id_members(operation: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match operation {
        "UpdateUser" | "DeleteUser" | "UpdateMailboxQuota" => ("UserId", None),
        "UpdateGroup" | "DeleteGroup" => ("GroupId", None),
        "UpdateResource" | "DeleteResource" => ("ResourceId", None),
        "AssociateMemberToGroup" | "DisassociateMemberFromGroup" => ("GroupId", Some("MemberId")),
        "AssociateDelegateToResource" | "DisassociateDelegateFromResource" => {
            ("ResourceId", Some("EntityId"))
        }
        "PutMailboxPermissions" | "DeleteMailboxPermissions" => ("EntityId", Some("GranteeId")),
        "RegisterToWorkMail"
        | "DeregisterFromWorkMail"
        | "CreateAlias"
        | "DeleteAlias"
        | "UpdatePrimaryEmailAddress" => ("EntityId", None),
        _ => return None,
    })
}

fn goes_there(plan: &Plan, operation: &Operation, live: &Snapshot) -> bool {
    let call = &operation.call;
    let target = &operation.target;
    if let Some(kind) = setting(target.kind()) {
        if kind.is_own(target.name()) && !keeps_an_application(operation) {
            return false;
        }
        return writes_what_it_says(kind, operation, live);
    }
    let creates = |kind: &str| {
        let name = call.input.get("Name").and_then(Value::as_str);
        target.kind() == kind && name == Some(target.name())
    };
    if let Some(goes_there) = organization::goes_there(target, call, live) {
        return goes_there;
    }
    match call.operation.as_str() {
        "TagResource" => writes_our_tags(plan, call, live),
        "CreateUser" => creates(USER),
        "CreateGroup" => creates(GROUP),
        "CreateResource" => creates(RESOURCE),
        name => {
            let Some((main, other)) = id_members(name) else {
                return false;
            };
            // Guards know a member, delegate or grantee by name only.
            let party = operation.party.as_ref().and_then(Party::target);
            means(call.input.get(main), Some(target), live)
                && other.is_none_or(|other| means(call.input.get(other), party, live))
        }
    }
}

/// True if what is sent when the operation fails gives its address back to whom the plan took it from.
fn gives_back_there(plan: &Plan, operation: &Operation, live: &Snapshot) -> bool {
    if operation.give_back.is_empty() {
        return true;
    }
    let address = |call: &Call, member: &str| {
        let text = call.input.get(member).and_then(Value::as_str);
        text.map(Address::listed)
    };
    let claimed = match operation.call.operation.as_str() {
        "CreateAlias" => address(&operation.call, "Alias"),
        "UpdatePrimaryEmailAddress" => address(&operation.call, "Email"),
        _ => None,
    };
    let party = operation.party.as_ref().and_then(Party::target);
    let (Some(claimed), Some(from)) = (claimed, party) else {
        return false;
    };
    let released = plan.operations.iter().any(|other| {
        other.id < operation.id
            && other.target == *from
            && other.call.operation == "DeleteAlias"
            && address(&other.call, "Alias").as_ref() == Some(&claimed)
    });
    let is_theirs = live.entities.iter().all(|(target, entity)| {
        let aliases = entity.aliases.known().into_iter().flatten();
        let mut all = aliases.chain(entity.email.known());
        target == from || *target == operation.target || all.all(|one| *one != claimed)
    });
    let rightly = |call: &Call| {
        let gives = match call.operation.as_str() {
            "CreateAlias" => address(call, "Alias").as_ref() == Some(&claimed),
            "UpdatePrimaryEmailAddress" => address(call, "Email").as_ref() == Some(&claimed),
            "DeleteAlias" => call.input.get("Alias").is_some_and(Value::is_object),
            _ => false,
        };
        gives && means(call.input.get("EntityId"), Some(from), live)
    };
    released && is_theirs && operation.give_back.iter().all(rightly)
}

/// True if an id is that of the target. One that nobody has, while the target is not there either,
/// is of something that went since; the service takes names and addresses for ids too, and these are
/// none.
fn means(id: Option<&Value>, target: Option<&Target>, live: &Snapshot) -> bool {
    let (Some(id), Some(target)) = (id, target) else {
        return false;
    };
    match serde_json::from_value::<Id>(id.clone()) {
        Ok(Id::Of { target: made }) => made == *target,
        Ok(Id::Known(id)) => match live.entities.get(target) {
            Some(entity) => entity.id == id,
            None => !id.contains('@') && !is_anybodys(&id, live),
        },
        Err(_) => false,
    }
}

/// True if something goes by this id or name.
fn is_anybodys(text: &str, live: &Snapshot) -> bool {
    live.entities.iter().any(|(target, entity)| {
        let names = [Some(target.name()), entity.live_name.as_deref()];
        let mut names = names.into_iter().flatten();
        entity.id.eq_ignore_ascii_case(text) || names.any(|name| name.eq_ignore_ascii_case(text))
    })
}

fn writes_our_tags(plan: &Plan, call: &Call, live: &Snapshot) -> bool {
    let arn = call.input.get("ResourceARN").and_then(Value::as_str);
    let tags = call.input.get("Tags").and_then(Value::as_array);
    let digest = plan.management.digest();
    let versions = packed(&plan.operations, live);
    let is_ours = |tag: &Value| {
        let text = |member: &str| tag.get(member).and_then(Value::as_str);
        let (Some(key), Some(value)) = (text("Key"), text("Value")) else {
            return false;
        };
        key == MANAGEMENT_TAG && value == digest
            || versions.get(key).is_some_and(|packed| packed == value)
    };
    arn == Some(live.organization.arn.as_str()) && tags.is_some_and(|tags| tags.iter().all(is_ours))
}

/// True if a tag of our own is taken away, or holds the ARN of the application that its key names and
/// that the plan makes: another one would be removed as ours some day.
fn keeps_an_application(operation: &Operation) -> bool {
    let Some(name) = name_in(operation.target.name()) else {
        return false;
    };
    let Some(value) = &operation.becomes else {
        return true;
    };
    let arn = Id::of(&Target::new(IDENTITY_CENTER_APPLICATION, name));
    value.get("value") == serde_json::to_value(arn).ok().as_ref()
}

/// True if the call is the one that makes the setting what the plan says of it: guards know that only.
fn writes_what_it_says(kind: &'static SettingKind, operation: &Operation, live: &Snapshot) -> bool {
    let target = &operation.target;
    let none = Map::new();
    let writing = Writing {
        kind,
        target,
        live: live.settings.get(target),
        value: operation.becomes.as_ref().unwrap_or(&none),
        id_of: &|target| id_of(live, target),
    };
    let lowering = &kind.lowering;
    let calls = if operation.becomes.is_none() {
        vec![lowering.delete]
    } else {
        vec![lowering.create, lowering.update]
    };
    let mut sent = meaning(&operation.call, live);
    // On its way to another name it may have one of the plan's own.
    if kind.id.is_some() && sent.input.get("Name").is_some_and(Value::is_object) {
        let name = Value::from(target.name());
        sent.input.insert("Name".to_owned(), name);
    }
    calls
        .into_iter()
        .any(|lower| meaning(&lower(&writing), live) == sent)
}

/// The call with known ids in the place of open ones, and without its secrets, which are named by where
/// they are and never told.
fn meaning(call: &Call, live: &Snapshot) -> Call {
    let input = call.input.iter();
    Call {
        operation: call.operation.clone(),
        input: input
            .filter_map(|(member, value)| Some((member.clone(), meant(value, live)?)))
            .collect(),
    }
}

fn meant(value: &Value, live: &Snapshot) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key("$secret") => None,
        Value::Object(map) if map.contains_key("$id") => {
            let Ok(Id::Of { target }) = serde_json::from_value::<Id>(value.clone()) else {
                return Some(value.clone());
            };
            serde_json::to_value(id_of(live, &target)).ok()
        }
        Value::Object(map) => Some(Value::Object(
            map.iter()
                .filter_map(|(key, value)| Some((key.clone(), meant(value, live)?)))
                .collect(),
        )),
        Value::Array(items) => items.iter().map(|item| meant(item, live)).collect(),
        other => Some(other.clone()),
    }
}
