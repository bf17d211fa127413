//! The constraints of every member of every request, from one table of facts per operation.
//!
//! `check` is asked before anything is looked up; a request that it refuses changes nothing. Unknown
//! members are passed over and `null` stands for absent, as the service does with both. Patterns hold
//! for the whole text. Source: API reference; where its print misleads, the published model.

mod access_control;
mod addresses;
mod availability;
mod domains;
mod exports;
mod groups;
mod identity;
mod impersonation;
mod message_flow;
mod mobile_devices;
mod organizations;
mod resources;
mod settings;
mod structures;
mod texts;
mod users;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The facts of one operation.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) input: &'static [Member],
    pub(super) errors: &'static [&'static str],
}

/// One member of a structure.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) shape: &'static Shape,
    pub(super) required: bool,
}

/// What a value must be.
pub(super) enum Shape {
    /// A text with bounds in characters.
    Text {
        min: usize,
        max: usize,
        pattern: Option<&'static str>,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number.
    Number { min: i64, max: Option<i64> },
    /// True or false.
    Flag,
    /// A list with bounds of its size.
    List {
        min: usize,
        max: Option<usize>,
        item: &'static Shape,
    },
    /// A map of known members.
    Structure(&'static [Member]),
}

const fn required(name: &'static str, shape: &'static Shape) -> Member {
    Member {
        name,
        shape,
        required: true,
    }
}

const fn optional(name: &'static str, shape: &'static Shape) -> Member {
    Member {
        name,
        shape,
        required: false,
    }
}

const fn text(min: usize, max: usize) -> Shape {
    Shape::Text {
        min,
        max,
        pattern: None,
    }
}

const fn patterned(min: usize, max: usize, pattern: &'static str) -> Shape {
    Shape::Text {
        min,
        max,
        pattern: Some(pattern),
    }
}

const fn number(min: i64, max: Option<i64>) -> Shape {
    Shape::Number { min, max }
}

const fn list(min: usize, max: Option<usize>, item: &'static Shape) -> Shape {
    Shape::List { min, max, item }
}

static FAMILIES: &[&[Operation]] = &[
    organizations::OPERATIONS,
    domains::OPERATIONS,
    users::OPERATIONS,
    groups::OPERATIONS,
    resources::OPERATIONS,
    addresses::OPERATIONS,
    access_control::OPERATIONS,
    impersonation::OPERATIONS,
    mobile_devices::OPERATIONS,
    settings::OPERATIONS,
    identity::OPERATIONS,
    availability::OPERATIONS,
    exports::OPERATIONS,
    message_flow::OPERATIONS,
];

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Operation>> = LazyLock::new(|| {
    FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .map(|operation| (operation.name, operation))
        .collect()
});

/// The facts of an operation, if the emulator knows it.
pub(super) fn operation(name: &str) -> Option<&'static Operation> {
    BY_NAME.get(name).copied()
}

/// Refuses an input that breaks a constraint, with all that is wrong with it.
pub(super) fn check(operation: &Operation, input: &Map<String, Value>) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    structure("", operation.input, input, &mut faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    let plural = if faults.len() == 1 { "" } else { "s" };
    let message = format!(
        "{} validation error{plural} detected: {}",
        faults.len(),
        faults.join("; ")
    );
    if operation.errors.contains(&"InvalidParameterException") {
        Err(Refusal::new("InvalidParameterException", message))
    } else {
        Err(Refusal::new("ValidationException", message))
    }
}

/// The members that an operation knows and that are not `null`, in structures too: nothing else of an
/// input can make a difference.
pub(super) fn cleaned(operation: &Operation, input: &Map<String, Value>) -> Map<String, Value> {
    known(operation.input, input)
}

fn known(members: &[Member], input: &Map<String, Value>) -> Map<String, Value> {
    let given = members.iter().filter_map(|member| {
        let value = input.get(member.name).filter(|value| !value.is_null())?;
        Some((member.name.to_owned(), of_shape(member.shape, value)))
    });
    given.collect()
}

fn of_shape(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Structure(members), Value::Object(input)) => Value::Object(known(members, input)),
        (Shape::List { item, .. }, Value::Array(values)) => {
            values.iter().map(|value| of_shape(item, value)).collect()
        }
        _ => value.clone(),
    }
}

fn structure(
    path: &str,
    members: &'static [Member],
    input: &Map<String, Value>,
    faults: &mut Vec<String>,
) -> Result<(), Refusal> {
    for member in members {
        let place = if path.is_empty() {
            member.name.to_owned()
        } else {
            format!("{path}.{}", member.name)
        };
        match input.get(member.name) {
            None | Some(Value::Null) => {
                if member.required {
                    faults.push(fault(&place, "null", "Member must not be null"));
                }
            }
            Some(value) => one(&place, member.shape, value, faults)?,
        }
    }
    Ok(())
}

fn one(
    path: &str,
    shape: &'static Shape,
    value: &Value,
    faults: &mut Vec<String>,
) -> Result<(), Refusal> {
    match (shape, value) {
        (Shape::Text { min, max, pattern }, Value::String(text)) => {
            let length = text.chars().count();
            if length < *min {
                let must = format!("Member must have length greater than or equal to {min}");
                faults.push(fault(path, "(text)", &must));
            }
            if length > *max {
                let must = format!("Member must have length less than or equal to {max}");
                faults.push(fault(path, "(text)", &must));
            }
            if let Some(pattern) = pattern.filter(|pattern| !matches(pattern, text)) {
                let must = format!("Member must satisfy regular expression pattern: {pattern}");
                faults.push(fault(path, "(text)", &must));
            }
        }
        (Shape::Word(words), Value::String(text)) => {
            if !words.contains(&text.as_str()) {
                let must = format!("Member must satisfy enum value set: [{}]", words.join(", "));
                faults.push(fault(path, "(text)", &must));
            }
        }
        (Shape::Number { min, max }, Value::Number(number)) => {
            let Some(number) = number.as_i64() else {
                return Err(wrong_type(path, "a whole number"));
            };
            if number < *min {
                let must = format!("Member must have value greater than or equal to {min}");
                faults.push(fault(path, &number.to_string(), &must));
            }
            if let Some(max) = max.filter(|max| number > *max) {
                let must = format!("Member must have value less than or equal to {max}");
                faults.push(fault(path, &number.to_string(), &must));
            }
        }
        (Shape::Flag, Value::Bool(_)) => {}
        (Shape::List { min, max, item }, Value::Array(values)) => {
            if values.len() < *min {
                let must = format!("Member must have length greater than or equal to {min}");
                faults.push(fault(path, "(list)", &must));
            }
            if let Some(max) = max.filter(|max| values.len() > *max) {
                let must = format!("Member must have length less than or equal to {max}");
                faults.push(fault(path, "(list)", &must));
            }
            for (position, value) in values.iter().enumerate() {
                one(
                    &format!("{path}.{}.member", position + 1),
                    item,
                    value,
                    faults,
                )?;
            }
        }
        (Shape::Structure(members), Value::Object(input)) => {
            structure(path, members, input, faults)?;
        }
        (Shape::Text { .. } | Shape::Word(_), _) => return Err(wrong_type(path, "a string")),
        (Shape::Number { .. }, _) => return Err(wrong_type(path, "a number")),
        (Shape::Flag, _) => return Err(wrong_type(path, "a boolean")),
        (Shape::List { .. }, _) => return Err(wrong_type(path, "a list")),
        (Shape::Structure(_), _) => return Err(wrong_type(path, "a structure")),
    }
    Ok(())
}

/// The value itself is never repeated: it may be a password or a name.
fn fault(path: &str, value: &str, must: &str) -> String {
    format!("Value {value} at '{path}' failed to satisfy constraint: {must}")
}

fn wrong_type(path: &str, wanted: &str) -> Refusal {
    Refusal::new("SerializationException", format!("{path} must be {wanted}"))
}

/// True if the pattern matches the whole text. The alias of an organization must not begin with
/// `d-`, which its pattern says with a look-ahead.
fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: LazyLock<BTreeMap<&'static str, Regex>> = LazyLock::new(|| {
        let mut compiled = BTreeMap::new();
        for member in BY_NAME.values().flat_map(|operation| operation.input) {
            compile(member.shape, &mut compiled);
        }
        compiled
    });
    if pattern.contains(NOT_A_DIRECTORY) && text.starts_with("d-") {
        return false;
    }
    COMPILED
        .get(pattern)
        .is_some_and(|compiled| compiled.is_match(text))
}

/// The look-ahead of an organization's alias, which the regular expressions of this crate do not have.
const NOT_A_DIRECTORY: &str = "(?!d-)";

/// Compiles every pattern of a shape. Classes are those of ASCII, as in the service's own language.
fn compile(shape: &'static Shape, compiled: &mut BTreeMap<&'static str, Regex>) {
    match shape {
        Shape::Text {
            pattern: Some(pattern),
            ..
        } => {
            compiled.entry(pattern).or_insert_with(|| {
                let plain = pattern
                    .replace(NOT_A_DIRECTORY, "")
                    .replace(r"\w", "[0-9A-Za-z_]")
                    .replace(r"\d", "[0-9]");
                Regex::new(&format!("^(?:{plain})$")).expect("every pattern is compiled by a test")
            });
        }
        Shape::List { item, .. } => compile(item, compiled),
        Shape::Structure(members) => {
            for member in *members {
                compile(member.shape, compiled);
            }
        }
        Shape::Text { .. } | Shape::Word(_) | Shape::Number { .. } | Shape::Flag => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(name: &str, input: &Value) -> Option<&'static str> {
        let operation = operation(name).expect("a known operation");
        check(operation, input.as_object().expect("a map"))
            .err()
            .map(|refusal| refusal.code)
    }

    #[test]
    fn a_request_within_all_bounds_passes() {
        let organization = format!("m-{}", "0".repeat(32));
        let input = json!({"OrganizationId": organization, "Name": "ana", "DisplayName": "Ana", "Unknown": 1});
        assert_eq!(refused("CreateUser", &input), None);
    }

    #[test]
    fn each_broken_constraint_is_refused_with_the_declared_code() {
        let organization = format!("m-{}", "0".repeat(32));
        for (input, code) in [
            (
                json!({"Name": "ana", "DisplayName": "Ana"}),
                "InvalidParameterException",
            ),
            (
                json!({"OrganizationId": organization, "Name": "a b", "DisplayName": "x"}),
                "InvalidParameterException",
            ),
            (
                json!({"OrganizationId": organization, "Name": "a".repeat(65), "DisplayName": "x"}),
                "InvalidParameterException",
            ),
            (
                json!({"OrganizationId": organization, "Name": 1, "DisplayName": "x"}),
                "SerializationException",
            ),
            (
                json!({"OrganizationId": organization, "Name": "a", "DisplayName": "x", "Role": "KING"}),
                "InvalidParameterException",
            ),
        ] {
            assert_eq!(refused("CreateUser", &input), Some(code), "{input}");
        }
        assert_eq!(
            refused("CreateOrganization", &json!({"Alias": "d-acme"})),
            Some("InvalidParameterException")
        );
        assert_eq!(
            refused("ListTagsForResource", &json!({})),
            Some("ValidationException")
        );
    }
}
