//! What does not hold of a plan that obeys all rules of order but one: the experiment that takes them away.

use std::collections::BTreeSet;

use crate::kinds::Kinds;
use crate::model::{ChangeSet, Snapshot};

use super::rules::{Free, Ordering, Rule};
use super::{PlanError, Planning, draft, shown};

/// What does not hold of the plan that is ordered in another way than plans are, by the names of
/// invariants and guards; `not-missing` is a right that both ends give and somebody is without for a
/// moment.
pub(crate) fn broken(
    kinds: Kinds,
    changes: &ChangeSet,
    live: &Snapshot,
    planning: &Planning<'_>,
    (without, free): (Option<&'static Rule>, Free),
) -> Result<BTreeSet<String>, PlanError> {
    let ordering = Ordering::new(without, free);
    let draft = draft(kinds, changes, live, planning, ordering)?;
    let problems = draft.refused.iter().chain(&draft.document.problems);
    let mut broken: BTreeSet<String> = problems.map(|one| one.message.clone()).collect();
    let on_the_way = draft.document.blocked.iter().map(|blocked| &blocked.guard);
    broken.extend(
        on_the_way
            .filter(|guard| guard.ends_with("in-between"))
            .cloned(),
    );
    match shown(kinds, changes, live, &draft.document, &draft.left) {
        Ok(shown) if shown.rights_missing > 0 => broken.extend(["not-missing".to_owned()]),
        Ok(_) => {}
        Err(violation) => broken.extend([violation.invariant.to_string()]),
    }
    Ok(broken)
}
