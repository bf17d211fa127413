//! What a stored call leaves open: ids of what the plan creates, and temporary addresses and names.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::{Call, Target, secret_argument};

const ID: &str = "$id";
const TEMPORARY: &str = "$temporary";
const TOKEN: &str = "$token";

/// What a stored call leaves to be filled in.
pub(crate) struct Open<'a> {
    /// The id of a thing, where it is known.
    pub(crate) id_of: &'a dyn Fn(&Target) -> Option<String>,
    /// The temporary address or name of a number.
    pub(crate) temporary: &'a dyn Fn(u32, Option<&str>) -> String,
    /// The token of a creating call for a thing.
    pub(crate) token: &'a dyn Fn(&str) -> String,
}

/// The things whose ids the call waits for, as `{"$id": "group/staff"}`.
pub(crate) fn open_ids(call: &Call) -> BTreeSet<Target> {
    let mut found = BTreeSet::new();
    for value in call.input.values() {
        collect(value, &mut found);
    }
    found
}

/// The call with every open id and every temporary address and name filled in, or the thing whose id is
/// not known.
pub(crate) fn fill(call: &Call, open: &Open<'_>) -> Result<Call, Target> {
    let mut input = Map::new();
    for (member, value) in &call.input {
        input.insert(member.clone(), filled(value, open)?);
    }
    Ok(Call {
        operation: call.operation.clone(),
        input,
    })
}

fn collect(value: &Value, found: &mut BTreeSet<Target>) {
    match value {
        Value::Object(map) => match open_id(map) {
            Some(target) => {
                found.insert(target);
            }
            None => map.values().for_each(|value| collect(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

fn filled(value: &Value, open: &Open<'_>) -> Result<Value, Target> {
    match value {
        Value::Object(map) => {
            // A secret is no part of a call: it goes beside it, and only when it is sent.
            if secret_argument(map).is_some() {
                return Ok(value.clone());
            }
            if let Some(target) = open_id(map) {
                return (open.id_of)(&target).map(Value::String).ok_or(target);
            }
            if let Some(Value::String(target)) = map.get(TOKEN) {
                return Ok(Value::String((open.token)(target)));
            }
            if let Some((number, domain)) = temporary_of(map) {
                return Ok(Value::String((open.temporary)(number, domain)));
            }
            let members = map
                .iter()
                .map(|(member, value)| Ok((member.clone(), filled(value, open)?)));
            members.collect::<Result<_, _>>().map(Value::Object)
        }
        Value::Array(items) => {
            let items = items.iter().map(|value| filled(value, open));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        other => Ok(other.clone()),
    }
}

fn open_id(map: &Map<String, Value>) -> Option<Target> {
    (map.len() == 1)
        .then(|| map.get(ID)?.as_str()?.parse().ok())
        .flatten()
}

/// The number of an interim name, or of a temporary address with its domain.
fn temporary_of(map: &Map<String, Value>) -> Option<(u32, Option<&str>)> {
    let number = map.get(TEMPORARY)?.as_u64()?.try_into().ok()?;
    Some((number, map.get("domain").and_then(Value::as_str)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(input: Value) -> Call {
        let Value::Object(input) = input else {
            panic!("a map");
        };
        Call {
            operation: "PutSomething".to_owned(),
            input,
        }
    }

    #[test]
    fn ids_and_temporary_addresses_are_filled_in_wherever_they_stand() {
        let call = call(json!({
            "EntityId": {"$id": "group/staff"},
            "List": [{"Who": {"$id": "user/ana"}}, "text"],
            "Email": {"$temporary": 2, "domain": "@example.com"},
            "Name": {"$temporary": 3},
            "ClientToken": {"$token": "user/ana"},
            "Plain": {"$id": "user/ana", "more": 1},
            "Password": {"$secret": {"fromFile": "$id"}},
        }));
        assert_eq!(
            open_ids(&call),
            BTreeSet::from([Target::group("staff"), Target::user("ana")])
        );
        let ids = |target: &Target| Some(format!("id-of-{}", target.name()));
        let open = Open {
            id_of: &ids,
            temporary: &|number, domain| format!("t{number}{}", domain.unwrap_or_default()),
            token: &|target| format!("token-of-{target}"),
        };
        let filled = fill(&call, &open);
        assert_eq!(
            Value::Object(filled.expect("all ids are known").input),
            json!({
                "EntityId": "id-of-staff",
                "List": [{"Who": "id-of-ana"}, "text"],
                "Email": "t2@example.com",
                "Name": "t3",
                "ClientToken": "token-of-user/ana",
                "Plain": {"$id": "user/ana", "more": 1},
                "Password": {"$secret": {"fromFile": "$id"}},
            })
        );
    }

    #[test]
    fn an_unknown_id_is_told() {
        let call = call(json!({"EntityId": {"$id": "group/staff"}}));
        let open = Open {
            id_of: &|_| None,
            temporary: &|_, _| String::new(),
            token: &|_| String::new(),
        };
        assert_eq!(fill(&call, &open), Err(Target::group("staff")));
    }
}
