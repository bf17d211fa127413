//! Addresses that change hands: one line for each group of moves that hang together.

use std::collections::BTreeSet;

use crate::model::Target;
use crate::plan::{Plan, PlannedChange};
use crate::report::rows::{Row, Symbol};

use super::words::{Words, possessive};

/// One address that another entity gets.
pub(super) struct Move {
    pub(super) address: String,
    to: Target,
    from: String,
}

/// Every address that changes hands.
pub(super) fn moves(plan: &Plan) -> Vec<Move> {
    let found = plan.changes.iter().flat_map(|change| {
        change
            .risks
            .iter()
            .filter(|risk| risk.risk == "addressMoves")
            .filter_map(|risk| {
                let rest = risk.text.strip_prefix("mail to ")?;
                let (address, rest) = rest.split_once(" goes to ")?;
                let (_, from) = rest.split_once(" instead of ")?;
                Some(Move {
                    address: address.to_owned(),
                    to: change.target.clone(),
                    from: from.to_owned(),
                })
            })
    });
    found.collect()
}

/// One line for each group of moves that share an entity, in the order of the first.
pub(super) fn rows(plan: &Plan, moves: &[Move], words: &Words<'_>) -> Vec<Row> {
    let mut left: Vec<&Move> = moves.iter().collect();
    let mut rows = Vec::new();
    while !left.is_empty() {
        let first = left.remove(0);
        let mut group = vec![first];
        let mut names = BTreeSet::from([key(first.to.name()), key(&first.from)]);
        while let Some(position) = left.iter().position(|next| {
            names.contains(&key(next.to.name())) || names.contains(&key(&next.from))
        }) {
            let next = left.remove(position);
            names.insert(key(next.to.name()));
            names.insert(key(&next.from));
            group.push(next);
        }
        rows.push(row(plan, &group, &names, words));
    }
    rows
}

fn row(plan: &Plan, group: &[&Move], names: &BTreeSet<String>, words: &Words<'_>) -> Row {
    let what: Vec<String> = group
        .iter()
        .map(|one| {
            let to = words.look.safe(one.to.name()).into_owned();
            let receiver = if one.to.kind() == crate::model::GROUP {
                format!("the group {to}")
            } else {
                format!("{} mailbox", possessive(&to))
            };
            let from = words.look.safe(&one.from);
            format!(
                "mail to {} goes to {receiver} instead of {from}",
                words.address(&one.address)
            )
        })
        .collect();
    let places: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| change.target.is_entity() && names.contains(&key(change.target.name())))
        .filter_map(|change| Some(words.place(change.place.as_deref()?)))
        .collect();
    Row {
        place: (!places.is_empty()).then(|| places.join(", ")),
        ..Row::new(Symbol::Move, "", what.join(", "))
    }
}

/// True if the change does nothing but take part in moves.
pub(super) fn is_only_move(change: &PlannedChange, moves: &[Move]) -> bool {
    !change.fields.is_empty()
        && change.fields.iter().all(|field| {
            super::words::is_address(field)
                && [&field.before, &field.after]
                    .into_iter()
                    .filter_map(|value| value.as_str())
                    .all(|address| is_moved(address, moves))
        })
}

/// True if the address changes hands.
pub(super) fn is_moved(address: &str, moves: &[Move]) -> bool {
    moves
        .iter()
        .any(|one| one.address.eq_ignore_ascii_case(address))
}

fn key(name: &str) -> String {
    name.to_lowercase()
}
