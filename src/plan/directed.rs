//! Whether the calls of a plan from a file go where the plan says. Guards and texts speak of targets;
//! the ids in the inputs must be theirs, or an edited file would pass for something else.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Call, Id, Party, Snapshot, Target};

use super::MANAGEMENT_TAG;
use super::document::Plan;

/// The first call that goes elsewhere than the plan says, as a sentence fragment.
pub fn misdirected(plan: &Plan, live: &Snapshot) -> Option<String> {
    plan.operations.iter().find_map(|operation| {
        let call = &operation.call;
        let party = operation.party.as_ref().and_then(Party::target);
        let (main, other) = ids(call);
        let elsewhere = match call.operation.as_str() {
            "TagResource" => !tags_management(call, live),
            "CreateUser" | "CreateGroup" | "CreateResource" => {
                call.input.get("Name").and_then(Value::as_str) != Some(operation.target.name())
            }
            _ => {
                let gives_back = operation
                    .give_back
                    .iter()
                    .any(|call| !means(ids(call).0, party, live));
                let other = other.is_some_and(|other| {
                    !matches!(operation.party, Some(Party::Unresolved(_)))
                        && !means(Some(other), party, live)
                });
                !means(main, Some(&operation.target), live) || other || gives_back
            }
        };
        elsewhere.then(|| {
            let (id, name, target) = (operation.id, &call.operation, &operation.target);
            format!("operation {id} ({name}) does not go to {target}, as the plan says")
        })
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
            let id = ids(&operation.call).0?.as_str()?;
            let (from, _) = live.by_id(id)?;
            (*from != operation.target).then(|| (from.clone(), operation.target.clone()))
        })
        .collect()
}

/// The id of what a call writes, and that of the member, delegate or grantee.
fn ids(call: &Call) -> (Option<&Value>, Option<&Value>) {
    let get = |member: &str| call.input.get(member);
    let own = get("UserId")
        .or_else(|| get("GroupId"))
        .or_else(|| get("ResourceId"));
    match own {
        Some(own) => (Some(own), get("MemberId").or_else(|| get("EntityId"))),
        None => (get("EntityId"), get("GranteeId")),
    }
}

/// True if an id is that of the target. One that nobody has, while the target is not there either,
/// is of something that went since.
fn means(id: Option<&Value>, target: Option<&Target>, live: &Snapshot) -> bool {
    let (Some(id), Some(target)) = (id, target) else {
        return false;
    };
    match serde_json::from_value::<Id>(id.clone()) {
        Ok(Id::Of { target: made }) => made == *target,
        Ok(Id::Known(id)) => match live.entities.get(target) {
            Some(entity) => entity.id == id,
            None => live.by_id(&id).is_none(),
        },
        Err(_) => false,
    }
}

fn tags_management(call: &Call, live: &Snapshot) -> bool {
    let arn = call.input.get("ResourceARN").and_then(Value::as_str);
    let tags = call.input.get("Tags").and_then(Value::as_array);
    arn == Some(live.organization.arn.as_str())
        && tags.is_some_and(|tags| {
            tags.iter()
                .all(|tag| tag.get("Key").and_then(Value::as_str) == Some(MANAGEMENT_TAG))
        })
}
