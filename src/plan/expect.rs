//! What an operation expects to find: the parts of its target that it changes, as the snapshot had
//! them, and the same parts read again.

use serde_json::{Value, json};

use crate::model::{Entity, Part, Snapshot, Target};

use super::document::Expectation;
use super::step::Step;

/// What a step expects, taken from the snapshot that it is planned from.
pub(super) fn expectations(step: &Step, live: &Snapshot) -> Vec<Expectation> {
    let parts = step
        .parts
        .iter()
        .copied()
        .filter(|_| step.target.is_entity());
    parts
        .map(|part| Expectation {
            target: step.target.clone(),
            part: part.to_owned(),
            value: part_value(live, &step.target, part),
        })
        .collect()
}

/// A part of an entity as plain data: `null` for an entity or a part that is absent or not known.
pub fn part_value(snapshot: &Snapshot, target: &Target, part: &str) -> Value {
    let Some(entity) = snapshot.entities.get(target) else {
        return Value::Null;
    };
    match part {
        "state" => json!(entity.state),
        "email" => entity
            .email
            .known()
            .map_or(Value::Null, |email| json!(email.lower())),
        "aliases" => entity.aliases.known().map_or(Value::Null, |all| {
            all.iter().map(|alias| json!(alias.lower())).collect()
        }),
        "members" | "delegates" => links(entity),
        "permissions" => grants(entity),
        field => match entity.field(field) {
            Part::Known(value) => value.clone(),
            _ => Value::Null,
        },
    }
}

fn links(entity: &Entity) -> Value {
    let Some(links) = entity.links.known() else {
        return Value::Null;
    };
    let mut names: Vec<String> = links
        .iter()
        .filter(|link| !link.deleted)
        .map(|link| link.party.to_string().to_lowercase())
        .collect();
    names.sort();
    json!(names)
}

fn grants(entity: &Entity) -> Value {
    let Some(grants) = entity.grants.known() else {
        return Value::Null;
    };
    let mut pairs: Vec<(String, Value)> = grants
        .iter()
        .map(|grant| {
            (
                grant.grantee.to_string().to_lowercase(),
                json!(grant.rights),
            )
        })
        .collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    json!(pairs)
}
