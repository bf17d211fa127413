//! The guard `not-exported`: no mailbox goes that the manifest wants exported and of which nobody knows
//! that it is.

use std::collections::BTreeSet;

use crate::kinds::organization::DELETE;
use crate::model::{Evidence, OnRemoval, Target};

use super::super::document::Blocked;
use super::{Ends, of_target};

pub(super) fn not_exported(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let Some(scope) = &ends.management.exports else {
        return;
    };
    let all_go = ends
        .operations
        .iter()
        .any(|operation| operation.call.operation == DELETE);
    let removed = ends
        .operations
        .iter()
        .filter(|operation| OnRemoval::of_operation(&operation.call.operation).is_some())
        .map(|operation| &operation.target);
    // Everybody goes with the organization.
    let with_it = ends.live.entities.keys().filter(|_| all_go);
    let going: BTreeSet<&Target> = removed.chain(with_it).collect();
    for target in going {
        let entity = ends.live.entities.get(target);
        let Some(entity) = entity.filter(|entity| scope.holds(target, entity)) else {
            continue;
        };
        // Who was never registered, or not for longer than mailboxes are kept, has no mailbox any more.
        let kept = |at: jiff::Timestamp| ends.now.duration_since(at) <= super::super::MAILBOX_KEPT;
        let may_have_mailbox = entity.is_registered() || entity.disabled_at.is_some_and(kept);
        if !may_have_mailbox {
            continue;
        }
        let evidence = ends.exports.get(target);
        let why = match evidence {
            Some(evidence) if scope.is_satisfied_by(evidence) => continue,
            Some(Evidence::Verified | Evidence::Finished) => {
                "its export is finished and not verified".to_owned()
            }
            Some(Evidence::Running) => "its export is on its way".to_owned(),
            Some(Evidence::Failed(why)) => format!("its export failed: {why}"),
            None => "the ledger tells no export of it".to_owned(),
        };
        let reason = format!("the mailbox of {target} would go, and {why}");
        found.push(of_target("not-exported", target, reason));
    }
}
