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

/// The operations of every component that the scope touches, with all that they depend on, numbered
/// anew; and whether something was left out. A component with an excluded target is left out whole,
/// and so is one with a target that is refused.
pub(super) fn restrict(
    operations: Vec<Operation>,
    changes: &ChangeSet,
    scope: &Scope,
    refused: &BTreeSet<Target>,
) -> (Vec<Operation>, bool) {
    if scope.is_everything() && refused.is_empty() {
        return (operations, false);
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
    let mut left_out: BTreeSet<usize> = operations
        .iter()
        .filter(|operation| {
            let target = &operation.target;
            exclude.matches(target) || refused.contains(target)
        })
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
            break;
        }
    }
    kept.retain(|component| !left_out.contains(component));
    let total = operations.len();
    let operations = renumber(operations, &kept);
    let partial = operations.len() < total
        || changes
            .changes
            .iter()
            .any(|change| !scope.contains(&change.target));
    (operations, partial)
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
