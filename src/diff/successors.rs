//! Somebody new who needs a leaver's name before they exist, and an address that is handed over after
//! it. A name is free only when its leaver is deleted, and that comes last; so no order of calls does
//! both.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Action, Address, Problem, Target};

use super::Draft;

/// A newcomer, and the leaver whose name it gets.
type Succession = (Target, Target);

/// The first newcomer who waits for its own name, over addresses that are handed over.
pub(super) fn first(
    namers: &BTreeMap<Target, Target>,
    standing: &BTreeMap<Target, BTreeSet<Address>>,
    holders: &BTreeMap<Address, Target>,
    draft: &Draft,
) -> Option<Succession> {
    let successions = successions(namers, draft);
    if successions.is_empty() {
        return None;
    }
    // Addresses move in chains: everybody of one chain waits for everybody of it.
    let mut chains: BTreeMap<&Target, usize> = BTreeMap::new();
    let claims = standing.iter();
    for (target, address) in
        claims.flat_map(|(target, all)| all.iter().map(move |one| (target, one)))
    {
        let Some(holder) = holders.get(address).filter(|holder| *holder != target) else {
            continue;
        };
        let fresh = chains.len();
        let one = *chains.entry(target).or_insert(fresh);
        let fresh = chains.len();
        let other = *chains.entry(holder).or_insert(fresh);
        for chain in chains.values_mut().filter(|chain| **chain == other) {
            *chain = one;
        }
    }
    let waits: Vec<(usize, usize, &Succession)> = successions
        .iter()
        .filter_map(|succession| {
            let (newcomer, leaver) = succession;
            Some((*chains.get(newcomer)?, *chains.get(leaver)?, succession))
        })
        .collect();
    let circle = waits.iter().find(|(start, next, _)| {
        let mut reached = BTreeSet::new();
        let mut open = vec![*next];
        while let Some(chain) = open.pop() {
            if reached.insert(chain) {
                let next = waits.iter().filter(|(from, ..)| *from == chain);
                open.extend(next.map(|(_, to, _)| *to));
            }
        }
        reached.contains(start)
    });
    circle.map(|(.., succession)| (*succession).clone())
}

/// What is wrong with a newcomer who waits for its own name.
pub(super) fn problem(newcomer: &Target, leaver: &Target) -> Problem {
    Problem {
        target: newcomer.clone(),
        path: String::new(),
        message: format!(
            "it gets the name of {leaver}, which goes, and an address must be handed over before that goes: no order of calls does both"
        ),
        help: format!("choose another name, or remove {leaver} in an apply of its own first"),
        place: None,
    }
}

/// Newcomers who get the name of somebody registered who is deleted.
fn successions(namers: &BTreeMap<Target, Target>, draft: &Draft) -> Vec<Succession> {
    let creates = |target: &Target| {
        let change = draft.changes.get(target);
        change.is_some_and(|change| change.action == Action::Create)
    };
    let deletes = |target: &Target| {
        let change = draft.changes.get(target);
        change.is_some_and(|change| change.writable && change.action == Action::Delete)
    };
    namers
        .iter()
        .filter(|(newcomer, leaver)| creates(newcomer) && deletes(leaver))
        .map(|(newcomer, leaver)| (newcomer.clone(), leaver.clone()))
        .collect()
}
