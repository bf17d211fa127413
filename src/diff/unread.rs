//! Takes out what cannot be written because something could not be read: updates that send fields
//! nobody was told, and removals of whom something unknown may hold on to.

use crate::kinds::{Entry, ToldBy, by_name};
use crate::model::{
    Action, Change, Delta, Entity, GROUP, Gap, Part, RESOURCE, USER, Unknown, UnknownCause,
};

use super::entities::gap;
use super::{Draft, Ends};

/// Puts a gap in the place of each such difference.
pub(super) fn withhold(ends: &Ends<'_>, draft: &mut Draft) {
    let holds_on = what_holds_on(ends);
    let mut gaps = Vec::new();
    draft.changes.retain(|target, change| {
        let Some(entry) = by_name(ends.kinds, target.kind()).filter(|_| change.writable) else {
            return true;
        };
        match change.action {
            Action::Create => true,
            Action::Update => withhold_fields(ends, entry, change, &mut gaps),
            Action::Deregister | Action::Delete => {
                let entity = ends.live.entities.get(target);
                let found = entity.and_then(|entity| holds_unread(entity, holds_on.as_ref()));
                gaps.extend(found.as_ref().map(|(what, unknown)| {
                    let part = format!("whether it may go: {what}");
                    gap(target, &part, unknown.clone())
                }));
                found.is_none()
            }
        }
    });
    draft.gaps.extend(gaps);
}

/// Takes the fields out of a change whose update would send fields that are not known. A rename
/// carries everything else of its change, and is taken out with it.
fn withhold_fields(
    ends: &Ends<'_>,
    entry: &Entry,
    change: &mut Change,
    gaps: &mut Vec<Gap>,
) -> bool {
    // Updating a group sends nothing but what is wanted. Source: API reference, `UpdateGroup`.
    if entry.name == GROUP {
        return true;
    }
    let renames = change
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::Name { .. }));
    let unknown = ends.live.entities.get(&change.target).and_then(|entity| {
        let told = entry.fields.iter();
        told.filter(|field| field.told_by == ToldBy::Describe)
            .find_map(|field| entity.field(field.name).unknown())
    });
    let Some(unknown) = unknown else {
        return true;
    };
    let sent_whole = |name: &str| {
        entry
            .field(name)
            .is_none_or(|field| field.told_by != ToldBy::Mailbox)
    };
    let target = change.target.clone();
    change.deltas.retain(|delta| match delta {
        Delta::Field { field, .. } if sent_whole(field) => {
            gaps.push(gap(&target, field, unknown.clone()));
            false
        }
        _ => true,
    });
    if renames {
        gaps.push(gap(&target, "previously", unknown.clone()));
    }
    !renames
}

/// What could not be read of somebody who goes, and of what may hold on to them.
fn holds_unread(
    entity: &Entity,
    holds_on: Option<&(String, Unknown)>,
) -> Option<(String, Unknown)> {
    if !entity.is_registered() {
        return None;
    }
    let own = [
        ("its aliases", failed(&entity.aliases)),
        ("its groups", failed(&entity.groups)),
    ];
    own.into_iter()
        .find_map(|(what, unknown)| Some((what.to_owned(), unknown?.clone())))
        .or_else(|| holds_on.cloned())
}

/// The first list, seat or grant that could not be read.
fn what_holds_on(ends: &Ends<'_>) -> Option<(String, Unknown)> {
    for kind in [USER, GROUP, RESOURCE] {
        if let Some(unknown) = failed(ends.live.listed(kind)) {
            return Some((format!("the list of {kind}s"), unknown.clone()));
        }
    }
    ends.live
        .entities
        .iter()
        .filter(|(_, entity)| entity.is_registered() && !entity.built_in)
        .find_map(|(target, entity)| {
            let seats = (target.kind() == RESOURCE)
                .then(|| failed(&entity.links).map(|unknown| ("delegates", unknown)));
            let booking = || {
                (target.kind() == RESOURCE)
                    .then(|| Some(("bookingOptions", failed(entity.field("bookingOptions"))?)))
                    .flatten()
            };
            let (what, unknown) = seats
                .flatten()
                .or_else(booking)
                .or_else(|| Some(("permissions", failed(&entity.grants)?)))?;
            Some((format!("the {what} of {target}"), unknown.clone()))
        })
}

/// Why a part could not be read, where that is a failure.
fn failed<T>(part: &Part<T>) -> Option<&Unknown> {
    part.unknown()
        .filter(|unknown| unknown.cause != UnknownCause::Deregistered)
}
