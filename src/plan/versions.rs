//! The tags that remember the versions of secrets: written when everything that sends one has. All of
//! it is one component: a run that sent a secret and ended before it remembered would send it again and
//! again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::kinds::setting;
use crate::kinds::setting::{call, has_secret, version_of, version_tags};
use crate::model::{ORGANIZATION, Snapshot, TAG, Target};

use super::document::{Operation, Reversible};
use super::management::next_component;
use super::rules::{OWN_TAGS_LAST, Ordering, SEND_BEFORE_REMEMBERING};

/// The operation that remembers which versions these operations send; none where nothing changes. One
/// that failed is not remembered, and so none is: all are sent again, which changes nothing.
pub(super) fn tag(
    operations: &mut [Operation],
    live: &Snapshot,
    ordering: Ordering,
) -> Option<Operation> {
    let tags = live.tags()?;
    let sending: Vec<&Operation> = operations.iter().filter(|one| sends(one)).collect();
    if sending.is_empty() {
        return None;
    }
    let mut changed = packed(operations, live);
    changed.retain(|key, value| tags.get(key) != Some(value));
    if changed.is_empty() {
        return None;
    }
    let tags = changed
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }));
    let arn = Value::from(live.organization.arn.clone());
    let members = [("ResourceARN", arn), ("Tags", tags.collect())];
    let mut depends_on = Vec::new();
    let mut rules = Vec::new();
    let mut component = next_component(operations);
    let of_tags = operations.iter().filter(|one| one.target.kind() == TAG);
    let before = [
        (&SEND_BEFORE_REMEMBERING, ids(sending.into_iter())),
        (&OWN_TAGS_LAST, ids(of_tags)),
    ];
    for (rule, ids) in before {
        if !ids.is_empty() && ordering.obeys(rule) {
            depends_on.extend(ids);
            rules.push(rule.name.to_owned());
        }
    }
    rules.sort();
    if ordering.obeys(&SEND_BEFORE_REMEMBERING) {
        component = coupled(operations);
    }
    Some(Operation {
        id: operations.len() + 1,
        call: call("TagResource", members),
        target: Target::new(ORGANIZATION, live.organization.alias.clone()),
        party: None,
        expects: Vec::new(),
        component,
        depends_on,
        rules,
        change: None,
        confirms: Vec::new(),
        glued: false,
        give_back: Vec::new(),
        missing_is_done: false,
        reversible: Reversible::Free,
        becomes: None,
    })
}

fn ids<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<usize> {
    operations.map(|operation| operation.id).collect()
}

/// Makes everything that sends a secret one component, and returns its number.
fn coupled(operations: &mut [Operation]) -> usize {
    let sending = operations.iter().filter(|one| sends(one));
    let components: BTreeSet<usize> = sending.map(|one| one.component).collect();
    let first = components.first().copied().unwrap_or_default();
    for operation in operations {
        if components.contains(&operation.component) {
            operation.component = first;
        }
    }
    first
}

/// The tags of versions as they are when all operations have their effect.
pub(super) fn packed(operations: &[Operation], live: &Snapshot) -> BTreeMap<String, String> {
    let version = |target: &Target, value| version_of(setting(target.kind())?.members, value);
    let mut versions: BTreeMap<Target, u32> = live
        .settings
        .iter()
        .filter_map(|(target, setting)| Some((target.clone(), version(target, &setting.value)?)))
        .collect();
    for operation in operations.iter().filter(|one| sends(one)) {
        let target = &operation.target;
        let after = operation.becomes.as_ref();
        match after.and_then(|value| version(target, value)) {
            Some(version) => versions.insert(target.clone(), version),
            None => versions.remove(target),
        };
    }
    version_tags(&versions, &live.tags().unwrap_or_default())
}

/// True for what writes something of which a secret is sent.
fn sends(operation: &Operation) -> bool {
    setting(operation.target.kind()).is_some_and(|kind| has_secret(kind.members))
}
