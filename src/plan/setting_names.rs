//! The order in which settings take their new names, so that no two have one name on the way: where a run is
//! cut off, the next one can tell them apart.

use std::collections::BTreeSet;

use crate::model::{Change, Delta, Target};

/// One change of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) target: Target,
    /// The number of the interim name that it takes first; none for the name that it keeps.
    pub(super) interim: Option<u32>,
}

/// A declared rename of what is live.
struct Rename<'a> {
    target: &'a Target,
    former: &'a str,
}

/// Every change of a name of one kind in order: a name is free before it is taken. A circle is broken by an
/// interim name.
pub(super) fn moves<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<Move> {
    let mut pending = renames(changes);
    let mut moves = Vec::new();
    let mut number = 0;
    // Those that gave their former name away and wait under an interim one.
    let mut on_the_way: BTreeSet<&Target> = BTreeSet::new();
    while !pending.is_empty() {
        let is_taken = |name: &str| {
            let mut others = pending.iter();
            others.any(|other| other.former == name && !on_the_way.contains(other.target))
        };
        let free = pending
            .iter()
            .position(|rename| !is_taken(rename.target.name()));
        let (target, interim) = if let Some(position) = free {
            (pending.remove(position).target, None)
        } else {
            let waiting = pending
                .iter()
                .filter(|one| !on_the_way.contains(one.target));
            let Some(first) = waiting.min_by_key(|rename| rename.former) else {
                break;
            };
            number += 1;
            on_the_way.insert(first.target);
            (first.target, Some(number))
        };
        moves.push(Move {
            target: target.clone(),
            interim,
        });
    }
    moves
}

/// Those whose former names something new takes, and those whose names they take: they go first.
pub(super) fn before_new<'a>(
    changes: impl Iterator<Item = &'a Change>,
    new: &BTreeSet<&str>,
) -> BTreeSet<&'a Target> {
    let renames = renames(changes);
    let mut early: BTreeSet<&Target> = BTreeSet::new();
    loop {
        let next = renames.iter().find(|rename| {
            let frees_wanted = new.contains(rename.former)
                || early.iter().any(|target| target.name() == rename.former);
            frees_wanted && !early.contains(rename.target)
        });
        let Some(next) = next else { return early };
        early.insert(next.target);
    }
}

fn renames<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<Rename<'a>> {
    let named = changes.filter_map(|change| {
        let former = change.deltas.iter().find_map(|delta| match delta {
            Delta::Name { before, .. } => Some(before.as_str()),
            _ => None,
        })?;
        Some(Rename {
            target: &change.target,
            former,
        })
    });
    named.collect()
}
