//! What the emulator knows of the service, for whoever wants to compare: operations, members, errors.

use serde_json::{Value, json};

use super::api;
use super::constraint::{self, Member, Shape};

/// Every operation by name: `write` (whether it changes something), `input` (members by name, each with
/// its shape and whether it is required) and `errors` (the codes that it declares).
pub fn operations() -> Value {
    api::TABLE
        .iter()
        .filter_map(|row| Some((row, constraint::operation(row.name)?)))
        .map(|(row, facts)| {
            let described = json!({
                "write": row.write,
                "input": members(facts.input),
                "errors": facts.errors,
            });
            (row.name.to_owned(), described)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn members(members: &[Member]) -> Value {
    members
        .iter()
        .map(|member| {
            let mut described = shape(member.shape);
            described["required"] = json!(member.required);
            (member.name.to_owned(), described)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn shape(shape: &Shape) -> Value {
    match shape {
        Shape::Text { min, max, pattern } => {
            json!({ "type": "string", "min": min, "max": max, "pattern": pattern })
        }
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::Number { min, max } => json!({ "type": "integer", "min": min, "max": max }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::List { min, max, item } => {
            json!({ "type": "list", "min": min, "max": max, "item": self::shape(item) })
        }
        Shape::Structure(of) => json!({ "type": "structure", "members": members(of) }),
    }
}
