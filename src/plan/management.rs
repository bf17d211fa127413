//! The tag that remembers `management`: the last call of every plan that writes something else.

use crate::kinds::tag::tagging;
use crate::model::{MANAGEMENT_TAG, Management, ORGANIZATION, Part, Snapshot, TAG, Target};

use super::document::{Operation, Reversible};
use super::rules::{OWN_TAGS_LAST, Ordering};

/// The tag that remembers `management`, written by an apply that writes something else.
pub(super) fn tag(
    operations: &[Operation],
    live: &Snapshot,
    management: &Management,
    ordering: Ordering,
) -> Option<Operation> {
    let value = management.digest();
    let is_known = matches!(live.listed(TAG), Part::Known(()));
    let is_there = live.organization.is_there() && is_known;
    if operations.is_empty() || !is_there || live.tag(MANAGEMENT_TAG) == Some(&value) {
        return None;
    }
    let arn = live.organization.arn.clone();
    // Where tags are many, what goes makes room for what comes.
    let of_tags = operations.iter().filter(|one| one.target.kind() == TAG);
    let of_tags = of_tags.filter(|_| ordering.obeys(&OWN_TAGS_LAST));
    let depends_on: Vec<usize> = of_tags.map(|operation| operation.id).collect();
    let last = (!depends_on.is_empty()).then_some(OWN_TAGS_LAST.name);
    Some(Operation {
        id: operations.len() + 1,
        call: tagging(arn.into(), MANAGEMENT_TAG, &value.into()),
        target: Target::new(ORGANIZATION, live.organization.alias.clone()),
        party: None,
        expects: Vec::new(),
        component: next_component(operations),
        depends_on,
        rules: last.into_iter().map(str::to_owned).collect(),
        change: None,
        confirms: Vec::new(),
        glued: false,
        give_back: Vec::new(),
        missing_is_done: false,
        reversible: Reversible::Free,
        becomes: None,
    })
}

/// The number of a component of its own.
pub(super) fn next_component(operations: &[Operation]) -> usize {
    let components = operations.iter().map(|operation| operation.component);
    components.max().unwrap_or(0) + 1
}
