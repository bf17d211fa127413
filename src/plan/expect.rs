//! What a step expects to find: the parts of its target that it changes, as the snapshot had them.

use serde_json::Value;

use crate::kinds::setting;
use crate::model::{Snapshot, Target};

use super::document::Expectation;
use super::expectation::{Told, expect, told};
use super::organization;
use super::step::Step;

/// What a step expects, taken from the snapshot that it is planned from. What was not read is not
/// expected.
pub(super) fn expectations(step: &Step, live: &Snapshot) -> Vec<Expectation> {
    let parts = step.parts.iter();
    let can_be_told = step.target.is_entity()
        || setting(step.target.kind()).is_some()
        || organization::is_one(&step.target);
    parts
        .filter(|_| can_be_told)
        .filter_map(|part| expect(live, &step.target, part))
        .collect()
}

/// A part of an entity as plain data: `null` for an entity or a part that is absent or not known.
pub fn part_value(snapshot: &Snapshot, target: &Target, part: &str) -> Value {
    match told(snapshot, target, part) {
        Told::Value(value) => value,
        Told::Unreadable(_) | Told::Nothing => Value::Null,
    }
}
