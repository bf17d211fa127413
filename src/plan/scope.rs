//! `Scope`: which part of the changes is planned. Coupled components are planned whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ChangeSet, Globs, Target};

use super::document::Operation;

/// What `--target` and `--exclude` name, as `KIND/GLOB` or a bare glob; empty: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only these; none: all.
    pub include: Vec<String>,
    /// But not these.
    pub exclude: Vec<String>,
}

impl Scope {
    /// True if nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// True if the target is named and not excluded.
    pub fn contains(&self, target: &Target) -> bool {
        (self.include.is_empty() || Globs::new(&self.include).matches(target))
            && !Globs::new(&self.exclude).matches(target)
    }
}

/// What is left of a plan's operations, numbered anew.
pub(super) struct Restricted {
    pub(super) operations: Vec<Operation>,
    /// True if the scope left something out.
    pub(super) partial: bool,
    /// The changes that lost operations because of something that is refused.
    pub(super) refused: BTreeSet<usize>,
}

/// The operations of every component that the scope touches, with all that they depend on. A component
/// with an excluded target is left out whole, and so is one with a target that is refused.
pub(super) fn restrict(
    operations: Vec<Operation>,
    changes: &ChangeSet,
    scope: &Scope,
    refused: &BTreeSet<Target>,
) -> Restricted {
    let total = operations.len();
    let chosen = chosen(operations, scope);
    let partial = chosen.len() < total
        || changes
            .changes
            .iter()
            .any(|change| !scope.contains(&change.target));
    if refused.is_empty() {
        return Restricted {
            operations: chosen,
            partial,
            refused: BTreeSet::new(),
        };
    }
    let wanted = changes_of(&chosen);
    let operations = without(chosen, |target| refused.contains(target));
    let left = changes_of(&operations);
    Restricted {
        refused: wanted.difference(&left).copied().collect(),
        operations,
        partial,
    }
}

/// The operations of the components that the scope touches, with all that they depend on.
fn chosen(operations: Vec<Operation>, scope: &Scope) -> Vec<Operation> {
    if scope.is_everything() {
        return operations;
    }
    let include = Globs::new(&scope.include);
    let exclude = Globs::new(&scope.exclude);
    let mut kept: BTreeSet<usize> = operations
        .iter()
        .filter(|operation| scope.include.is_empty() || include.matches(&operation.target))
        .map(|operation| operation.component)
        .collect();
    loop {
        let needed: BTreeSet<usize> = operations
            .iter()
            .filter(|operation| kept.contains(&operation.component))
            .flat_map(|operation| &operation.depends_on)
            .map(|id| operations[id - 1].component)
            .collect();
        let before = kept.len();
        kept.extend(needed);
        if kept.len() == before {
            break;
        }
    }
    let left_out = left_out(&operations, |target| exclude.matches(target));
    kept.retain(|component| !left_out.contains(component));
    renumber(operations, &kept)
}

/// The operations without the components of these targets and without what depends on them.
fn without(operations: Vec<Operation>, is_one: impl Fn(&Target) -> bool) -> Vec<Operation> {
    let left_out = left_out(&operations, is_one);
    let kept = operations
        .iter()
        .map(|operation| operation.component)
        .filter(|component| !left_out.contains(component))
        .collect();
    renumber(operations, &kept)
}

/// The components of these targets, and those that depend on them.
fn left_out(operations: &[Operation], is_one: impl Fn(&Target) -> bool) -> BTreeSet<usize> {
    let mut left_out: BTreeSet<usize> = operations
        .iter()
        .filter(|operation| is_one(&operation.target))
        .map(|operation| operation.component)
        .collect();
    loop {
        let dependents: BTreeSet<usize> = operations
            .iter()
            .filter(|operation| {
                operation
                    .depends_on
                    .iter()
                    .any(|id| left_out.contains(&operations[id - 1].component))
            })
            .map(|operation| operation.component)
            .collect();
        let before = left_out.len();
        left_out.extend(dependents);
        if left_out.len() == before {
            return left_out;
        }
    }
}

fn changes_of(operations: &[Operation]) -> BTreeSet<usize> {
    operations
        .iter()
        .filter_map(|operation| operation.change)
        .collect()
}

fn renumber(operations: Vec<Operation>, kept: &BTreeSet<usize>) -> Vec<Operation> {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut components: BTreeMap<usize, usize> = BTreeMap::new();
    let mut left = Vec::new();
    for operation in operations
        .into_iter()
        .filter(|operation| kept.contains(&operation.component))
    {
        let next = left.len() + 1;
        numbers.insert(operation.id, next);
        let next_component = components.len() + 1;
        let component = *components
            .entry(operation.component)
            .or_insert(next_component);
        left.push(Operation {
            id: next,
            component,
            depends_on: operation
                .depends_on
                .iter()
                .filter_map(|id| numbers.get(id).copied())
                .collect(),
            ..operation
        });
    }
    left
}
