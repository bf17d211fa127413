//! Names that change hands: renamed resources that take each other's, and the check that no call takes
//! a name that something still has. Names are unique across users, groups and resources.
//! Source: API reference, `NameAvailabilityException`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::{Snapshot, Target};

use super::document::Plan;
use super::rules::FREE_NAME_BEFORE_USE;
use super::step::{Fact, Step};

/// Breaks each circle of names by an interim name: one thing of it takes that first.
pub(super) fn settle(steps: &mut Vec<Step>) {
    let mut number = 0;
    while let Some(index) = first_in_circle(steps) {
        number += 1;
        let later = &mut steps[index];
        let mut first = later.clone();
        first
            .call
            .input
            .insert("Name".to_owned(), json!({"$temporary": number}));
        first
            .needs
            .retain(|(rule, _)| !std::ptr::eq(*rule, &raw const FREE_NAME_BEFORE_USE));
        later
            .gives
            .retain(|fact| !matches!(fact, Fact::NameFree(_)));
        // The new name is free only when the rest of the circle has moved on from the interim one.
        steps.push(first);
    }
}

/// Follows every name through the plan: nothing takes one that something else still has.
pub(super) fn verify(plan: &Plan, live: &Snapshot) -> Result<(), String> {
    let names_matter = plan
        .operations
        .iter()
        .any(|operation| operation.target.is_entity() && operation.call.input.contains_key("Name"));
    if !names_matter {
        return Ok(());
    }
    let mut holders: BTreeMap<String, Target> = live
        .entities
        .iter()
        .map(|(target, entity)| {
            let name = entity.live_name.as_deref().unwrap_or(target.name());
            (name.to_lowercase(), target.clone())
        })
        .collect();
    // Settings have names of their own.
    let of_entities = plan
        .operations
        .iter()
        .filter(|operation| operation.target.is_entity());
    for operation in of_entities {
        let target = &operation.target;
        if operation.call.operation.starts_with("Delete") {
            if matches!(
                operation.call.operation.as_str(),
                "DeleteUser" | "DeleteGroup" | "DeleteResource"
            ) {
                holders.retain(|_, holder| holder != target);
            }
            continue;
        }
        let Some(name) = operation.call.input.get("Name") else {
            continue;
        };
        holders.retain(|_, holder| holder != target);
        // An interim name is its plan's own.
        let Some(name) = name.as_str() else { continue };
        if let Some(holder) = holders.insert(name.to_lowercase(), target.clone()) {
            return Err(format!(
                "operation {} names {target} `{name}` while {holder} has that name",
                operation.id
            ));
        }
    }
    Ok(())
}

/// The first step that, over names, waits for itself.
fn first_in_circle(steps: &[Step]) -> Option<usize> {
    let givers: BTreeMap<&Fact, usize> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| is_rename(step))
        .flat_map(|(index, step)| step.gives.iter().map(move |fact| (fact, index)))
        .filter(|(fact, _)| matches!(fact, Fact::NameFree(_)))
        .collect();
    let waits_for = |index: usize| {
        let mut needed = steps[index].needs.iter();
        needed.find_map(|(_, fact)| {
            let giver = givers.get(fact).copied();
            giver.filter(|_| matches!(fact, Fact::NameFree(_)))
        })
    };
    let mut settled = BTreeSet::new();
    givers.values().copied().find(|start| {
        let mut seen = BTreeSet::new();
        let mut at = *start;
        while !settled.contains(&at) && seen.insert(at) {
            match waits_for(at) {
                Some(next) if next == *start => return true,
                Some(next) => at = next,
                None => break,
            }
        }
        settled.extend(seen);
        false
    })
}

fn is_rename(step: &Step) -> bool {
    step.target.is_entity()
        && step.call.operation.starts_with("Update")
        && step.call.input.get("Name").is_some_and(Value::is_string)
}
