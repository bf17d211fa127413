//! Whether the calls of a plan from a file go where the plan says. Guards and texts speak of targets;
//! the ids in the inputs must be theirs, or an edited file would pass for something else.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kinds::identity_center_application::name_in;
use crate::kinds::setting;
use crate::kinds::setting::twin_name;
use crate::model::{
    Address, Call, GROUP, IDENTITY_CENTER_APPLICATION, Id, MANAGEMENT_TAG, Party, RESOURCE,
    Snapshot, Target, USER,
};

use super::aim::{Aim, aim, aim_of_setting};
use super::document::{Operation, Plan};
use super::organization;
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

/// The first call that names by its id what was removed or made anew since the plan was made, as a
/// sentence fragment. Guards and expectations speak of names, and the id is none of what has the name now.
pub fn outdated<'a>(
    operations: impl IntoIterator<Item = &'a Operation>,
    live: &Snapshot,
) -> Option<String> {
    let is_outdated = |operation: &Operation| {
        let target = &operation.target;
        if let Some(kind) = setting(target.kind()) {
            return aim_of_setting(kind, operation, live) == Aim::Gone;
        }
        let Some((main, other)) = id_members(&operation.call.operation) else {
            return false;
        };
        let party = operation.party.as_ref().and_then(Party::target);
        let named = [(Some(main), Some(target)), (other, party)];
        named.into_iter().any(|(member, target)| {
            let id = member.and_then(|member| operation.call.input.get(member));
            // Of what is not there any more its expectations tell.
            let there = target.filter(|target| live.entities.contains_key(target));
            id.zip(there)
                .is_some_and(|(id, target)| aim(id, target, live) == Aim::Gone)
        })
    };
    let mut operations = operations.into_iter();
    let operation = operations.find(|operation| is_outdated(operation))?;
    Some(format!(
        "{} of {} has an id that is nobody's any more",
        operation.call.operation, operation.target
    ))
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
        return aim_of_setting(kind, operation, live) != Aim::Elsewhere;
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
            let hits = |member: &str, target: Option<&Target>| {
                let id = call.input.get(member);
                id.zip(target)
                    .is_some_and(|(id, target)| aim(id, target, live) != Aim::Elsewhere)
            };
            hits(main, Some(target)) && other.is_none_or(|other| hits(other, party))
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
        let id = call.input.get("EntityId");
        gives && id.is_some_and(|id| aim(id, from, live) != Aim::Elsewhere)
    };
    released && is_theirs && operation.give_back.iter().all(rightly)
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
