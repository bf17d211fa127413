//! What follows from a plan across things: new readers, addresses that change hands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::{Risk, Target, USER};

use super::access::{Impersonation, impersonation};
use super::describe::{listed, risk};
use super::guard::{Ends, moved_addresses, names, new_readers, reached};

/// By target: who comes to read its mail, whose mail it comes to read, which addresses it gets from others.
pub(super) fn consequences(ends: &Ends<'_>) -> BTreeMap<Target, Vec<Risk>> {
    let mut found: BTreeMap<Target, Vec<Risk>> = BTreeMap::new();
    let new = new_readers(ends);
    for (mailbox, readers) in &new {
        let text = format!("NEW READERS {}", names(readers));
        found
            .entry(mailbox.clone())
            .or_default()
            .push(risk("newReaders", text));
    }
    for change in impersonation(ends.operations, ends.live) {
        found
            .entry(change.role.clone())
            .or_default()
            .extend(read_by_role(&change, &new));
    }
    for (address, from, to) in moved_addresses(ends) {
        let text = format!(
            "mail to {address} goes to {} instead of {}",
            to.name(),
            from.name()
        );
        found
            .entry(to)
            .or_default()
            .push(risk("addressMoves", text));
    }
    found
}

/// Whose mail a role comes to read: whom it may act as, and whose mailboxes they read.
fn read_by_role(change: &Impersonation, new: &[(Target, BTreeSet<Target>)]) -> Option<Risk> {
    if change.reached.is_empty() {
        return None;
    }
    let is_reached = |mailbox: &Target| {
        let is = |users: &BTreeSet<String>| users.iter().any(|user| Target::user(user) == *mailbox);
        let is_other = change.reached.contains("") && !is(&change.spared);
        mailbox.kind() == USER && (is_other || is(&change.reached))
    };
    let through: Vec<String> = new
        .iter()
        .filter(|(mailbox, readers)| readers.contains(&change.role) && !is_reached(mailbox))
        .map(|(mailbox, _)| mailbox.name().to_owned())
        .collect();
    let mut text = format!("NEW READER of {}", reached(change));
    if !through.is_empty() {
        let _ = write!(text, ", and through them of {}", listed(&through));
    }
    Some(risk("newReaders", text))
}
