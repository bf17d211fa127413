//! Whether a component may still be executed: as expected, at a prefix of itself, or not at all.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::kinds::{Kinds, setting};
use crate::live::Needs;
use crate::model::{EntityState, Snapshot, Target, UnknownCause};
use crate::plan::model::{Naming, apply_to, excerpt};
use crate::plan::{Expectation, Operation, Told, outdated, piece_of, suppose, told};

/// Where a component stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// So many of its operations have their effect; all others are still to be made.
    After(usize),
    /// It is in a state that the plan does not lead to: what differs, as sentence fragments.
    Stale(Vec<String>),
}

/// What has to be read afresh to tell where a component stands.
pub(crate) fn needs(component: &[&Operation]) -> Needs {
    let mut needs = Needs::default();
    for expectation in expectations(component) {
        if let Some(kind) = setting(expectation.target.kind()) {
            needs.setting(kind);
        } else if expectation.target.is_entity() {
            needs.piece(&expectation.target, piece_of(&expectation.part));
        } else {
            // What is expected of the organization and its domains is told by their list.
            needs.mail_domains = true;
        }
    }
    needs
}

/// Where a component stands, by a fresh read of everything that it expects. The shortest prefix
/// that explains the read counts: what is made twice by that changes nothing the second time. An id in
/// what is left has to be somebody's still: what was made anew may look the same.
pub(crate) fn standing(
    kinds: Kinds,
    component: &[&Operation],
    naming: &Naming,
    planned: &Snapshot,
    fresh: &Snapshot,
) -> Standing {
    let expected = expectations(component);
    let operations: Vec<Operation> = component.iter().map(|one| (*one).clone()).collect();
    let mut supposed = excerpt(planned, &operations);
    suppose(&mut supposed, &expected);
    let mut deregistered = BTreeSet::new();
    let mut first_difference = Vec::new();
    for (count, operation) in component.iter().enumerate() {
        let differs = differences(&expected, &supposed, fresh, &deregistered);
        if differs.is_empty() {
            let left = component[count..].iter().copied();
            return match outdated(left, planned) {
                Some(why) => Standing::Stale(vec![why]),
                None => Standing::After(count),
            };
        }
        if count == 0 {
            first_difference = differs;
        }
        if operation.call.operation == "DeregisterFromWorkMail" {
            deregistered.insert(operation.target.clone());
        }
        let id = fresh
            .entities
            .get(&operation.target)
            .map(|entity| entity.id.as_str());
        apply_to(kinds, &mut supposed, operation, naming, id);
    }
    if differences(&expected, &supposed, fresh, &deregistered).is_empty() {
        return Standing::After(component.len());
    }
    Standing::Stale(first_difference)
}

fn expectations<'a>(component: &[&'a Operation]) -> Vec<&'a Expectation> {
    let mut seen = BTreeSet::new();
    component
        .iter()
        .flat_map(|operation| &operation.expects)
        // A later operation of the chain may repeat a part; the first is what the snapshot had.
        .filter(|expectation| seen.insert((&expectation.target, expectation.part.as_str())))
        .collect()
}

fn differences(
    expected: &[&Expectation],
    supposed: &Snapshot,
    fresh: &Snapshot,
    deregistered: &BTreeSet<Target>,
) -> Vec<String> {
    expected
        .iter()
        .filter_map(|expectation| difference(expectation, supposed, fresh, deregistered))
        .collect()
}

fn difference(
    expectation: &Expectation,
    supposed: &Snapshot,
    fresh: &Snapshot,
    deregistered: &BTreeSet<Target>,
) -> Option<String> {
    let Expectation { target, part, .. } = expectation;
    // What an entity keeps when it is deregistered is not documented: behaviour notes, section 4.
    let may_be_lost = deregistered.contains(target)
        && matches!(
            part.as_str(),
            "email" | "aliases" | "members" | "delegates" | "permissions"
        );
    let Told::Value(wanted) = told(supposed, target, part) else {
        return None;
    };
    match told(fresh, target, part) {
        _ if may_be_lost => None,
        Told::Value(found) if equal(&wanted, &found) => None,
        // What a deletion leaves may mean the same as nothing.
        Told::Value(found) if wanted.is_null() && means_none(target, &found) => None,
        Told::Value(found) => Some(format!(
            "`{part}` of {target} is {}, expected {}",
            shown(&found),
            shown(&wanted)
        )),
        Told::Unreadable(unknown)
            if unknown.cause == UnknownCause::Deregistered
                && state(supposed, target) == Some(EntityState::Deregistered) =>
        {
            None
        }
        Told::Unreadable(unknown) => Some(format!(
            "`{part}` of {target} could not be read: {}",
            unknown.message
        )),
        Told::Nothing => Some(format!("`{part}` of {target} was not told")),
    }
}

fn means_none(target: &Target, found: &Value) -> bool {
    setting(target.kind()).is_some_and(|kind| kind.means_none(found))
}

fn state(snapshot: &Snapshot, target: &Target) -> Option<EntityState> {
    snapshot.entities.get(target).map(|entity| entity.state)
}

/// Equal, where an empty set and an absent one are the same.
fn equal(one: &Value, other: &Value) -> bool {
    let is_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    one == other || (is_nothing(one) && is_nothing(other))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "absent".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}
