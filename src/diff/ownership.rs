//! What is live and not declared: kept, reported or removed, as `management` says. And removals
//! beside creations that look like a rename, which the API cannot do.

use std::collections::BTreeMap;

use crate::kinds::Entry;
use crate::model::{
    Action, Address, Change, Delta, Globs, NotWatched, OnRemoval, Problem, Reason, Target, USER,
    Unmanaged,
};

use super::entities::change;
use super::{Draft, Ends};

/// What happens to the live things of a kind that are not declared.
pub(super) fn compare(ends: &Ends<'_>, entry: &Entry, draft: &mut Draft) {
    let section = ends.desired.management.section(entry.section);
    let ignored = Globs::new(&section.ignore);
    let mut kept = 0_usize;
    let mut passed_over = 0_usize;
    for (target, entity) in ends
        .live
        .entities
        .iter()
        .filter(|(target, _)| target.kind() == entry.name)
    {
        if entity.built_in || ends.desired.entities.contains_key(target) {
            continue;
        }
        if ignored.matches(target) {
            passed_over += 1;
            continue;
        }
        if section.unmanaged == Unmanaged::Keep {
            kept += 1;
            continue;
        }
        let action = match section.on_removal {
            OnRemoval::Delete => Action::Delete,
            OnRemoval::Deregister if entity.is_registered() => Action::Deregister,
            OnRemoval::Deregister => continue,
        };
        let writable = section.unmanaged == Unmanaged::Remove && section.write;
        draft.changes.insert(
            target.clone(),
            Change {
                writable,
                ..change(target, action, Reason::NotDeclared)
            },
        );
    }
    for (count, what) in [(kept, "not in the manifest"), (passed_over, "ignored")] {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            draft.not_watched.push(NotWatched::of(format!(
                "{count} {}{plural} {what}",
                entry.name
            )));
        }
    }
}

/// Refuses a removed and a created user with one identity provider id, and a removed and a created
/// group with one primary address: the API can rename neither.
pub(super) fn made_anew(ends: &Ends<'_>, draft: &mut Draft) {
    let mut gone: BTreeMap<Mark, Target> = BTreeMap::new();
    for change in draft.changes.values().filter(|change| is_removal(change)) {
        if let Some(entity) = ends.live.entities.get(&change.target) {
            let id = entity
                .field("identityProviderUserId")
                .known()
                .and_then(|id| id.as_str());
            if let (USER, Some(id)) = (change.target.kind(), id) {
                gone.insert(Mark::Person(id.to_owned()), change.target.clone());
            }
            if let (crate::model::GROUP, Some(email)) = (change.target.kind(), entity.email.known())
            {
                gone.insert(Mark::List(email.clone()), change.target.clone());
            }
        }
    }
    if gone.is_empty() {
        return;
    }
    let mut problems = Vec::new();
    let is_made_again = |target: &Target| {
        let declared = ends.desired.entities.get(target);
        declared.is_some_and(|declared| declared.anew)
    };
    for change in draft
        .changes
        .values()
        .filter(|change| change.action == Action::Create && !is_made_again(&change.target))
    {
        for delta in &change.deltas {
            let mark = match delta {
                Delta::Field { field, after, .. } if field == "identityProviderUserId" => {
                    Mark::Person(after.as_str().unwrap_or_default().to_owned())
                }
                Delta::Email { after, .. } if change.target.kind() == crate::model::GROUP => {
                    Mark::List(after.clone())
                }
                _ => continue,
            };
            if let Some(old) = gone.get(&mark) {
                problems.push(Problem {
                    target: change.target.clone(),
                    path: delta.path().to_string(),
                    message: format!(
                        "{old} would be removed and {} created in its place: this looks like a rename, which the API cannot do",
                        change.target
                    ),
                    help: format!(
                        "keep the name `{}` and change its other fields, or remove {old} in an apply of its own first",
                        old.name()
                    ),
                    place: None,
                });
            }
        }
    }
    draft.problems.extend(problems);
}

fn is_removal(change: &Change) -> bool {
    matches!(change.action, Action::Delete | Action::Deregister)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Person(String),
    List(Address),
}
