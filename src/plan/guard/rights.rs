//! The guard of who reads whose mail: `new-reader`.

use crate::diff::Globs;
use crate::model::Target;
use crate::policy::{Rights, readers};

use super::super::document::{Blocked, Operation};
use super::{Ends, of_target};

pub(super) fn new_reader(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    if ends.management.watch_readers.is_empty() || !changes_rights(ends.operations) {
        return;
    }
    let watched = Globs::new(&ends.management.watch_readers);
    for (mailbox, new) in new_readers(ends, |mailbox| watched.matches(mailbox)) {
        let names: Vec<&str> = new.iter().map(Target::name).collect();
        let reason = format!(
            "{} could read the mail of {}",
            names.join(", "),
            mailbox.name()
        );
        found.push(of_target("new-reader", &mailbox, reason));
    }
}

/// Who can read a mailbox after the plan and could not before. Mailboxes that the plan makes do not
/// count.
pub(in super::super) fn new_readers(
    ends: &Ends<'_>,
    concerns: impl Fn(&Target) -> bool,
) -> Vec<(Target, Vec<Target>)> {
    let before = Rights::of(ends.live);
    let mut merged = ends.live.clone();
    for target in ends.before.entities.keys() {
        merged.entities.remove(target);
    }
    merged.entities.extend(ends.after.entities.clone());
    let after = Rights::of(&merged);
    ends.live
        .entities
        .iter()
        .filter(|(target, entity)| entity.is_registered() && concerns(target))
        .filter_map(|(mailbox, _)| {
            let old = readers(&before, mailbox);
            let new: Vec<Target> = readers(&after, mailbox).difference(&old).cloned().collect();
            (!new.is_empty()).then(|| (mailbox.clone(), new))
        })
        .collect()
}

/// True if some operation can change who reads what.
pub(in super::super) fn changes_rights(operations: &[Operation]) -> bool {
    operations.iter().any(|operation| {
        matches!(
            operation.call.operation.as_str(),
            "PutMailboxPermissions" | "AssociateMemberToGroup" | "AssociateDelegateToResource"
        )
    })
}
