//! What guards have to read beside what a plan expects: for plans from files, which are not trusted to
//! name all of it.

use crate::diff::{sign_in_needs, watched_needs};
use crate::live::{Needs, Piece};
use crate::model::Part;

use super::Ends;
use super::removals::{Sort, counts};
use super::rights::joining;
use super::strangers::sign_in_writes;

/// What is still to be read so that every guard can tell.
pub(in super::super) fn needs(ends: &Ends<'_>) -> Needs {
    let joining = joining(ends.operations, ends.live);
    let mut needs = watched_needs(&ends.management.watch_readers, &joining, ends.live);
    needs.add(sign_in_needs(sign_in_writes(ends), ends.live));
    let limit = ends.management.limits.removals;
    // A part of all can be told only with all of it; it matters only where it seems too great.
    for (sort, count) in counts(ends) {
        if !count.is_too_great_a_part(limit) {
            continue;
        }
        for (target, entity) in ends.live.entities.iter().filter(|(target, entity)| {
            sort.concerns(target) && entity.is_registered() && !entity.built_in
        }) {
            let (piece, is_unread) = match sort {
                Sort::Aliases => (Piece::Aliases, matches!(entity.aliases, Part::NotRead)),
                Sort::Grants => (Piece::Grants, matches!(entity.grants, Part::NotRead)),
                Sort::Memberships | Sort::Seats => {
                    (Piece::Links, matches!(entity.links, Part::NotRead))
                }
                Sort::Entities(_) => continue,
            };
            if is_unread {
                needs.piece(target, piece);
            }
        }
    }
    needs
}
