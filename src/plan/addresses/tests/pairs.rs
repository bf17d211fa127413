//! Pairs of ends: every one of two entities and three addresses, and random ones of three and four.
//!
//! Pairs that differ in the names of addresses only are one; each gets its names by its place. Which of
//! two entities comes first in the order of targets decides what the planner looks at first, so that
//! entities are taken in both orders.

use super::super::super::numbers::Numbers;
use super::search::{ADDRESSES, ENTITIES, Ends, Holding, Life, REAL, State, Wish};

const LIVES: [Life; 4] = [
    Life::Never,
    Life::Deleted,
    Life::Deregistered,
    Life::Registered,
];
/// No entity of a small world has so many aliases.
pub(super) const ROOMY: usize = 100;

/// An address at both ends.
type Turn = (Option<Holding>, Option<Holding>);

/// Every pair of so many entities and three addresses, each with every choice of who is at the limit.
pub(super) fn all(entities: usize) -> Vec<Ends> {
    let mut found = Vec::new();
    for (life, wishes) in sides(entities) {
        let turns = turns(entities, life, wishes);
        for first in 0..turns.len() {
            for second in first..turns.len() {
                for third in second..turns.len() {
                    let turns = [turns[first], turns[second], turns[third], (None, None)];
                    if let Some(ends) = ends(life, wishes, turns) {
                        found.extend(with_limits(ends));
                    }
                }
            }
        }
    }
    found
}

/// A random pair of three entities and four addresses.
pub(super) fn random(numbers: &mut Numbers) -> Ends {
    loop {
        let (mut life, mut wishes) = ([Life::Never; ENTITIES], [Wish::Undeclared; ENTITIES]);
        for entity in 0..ENTITIES {
            // Where there are more who stay, more addresses move.
            let lives = [LIVES[0], LIVES[2], LIVES[3], LIVES[3], LIVES[3], LIVES[3]];
            life[entity] = numbers.one_of(&lives);
            let registered = [Wish::Registered; 6];
            let all = [wishes_of(life[entity]), &registered].concat();
            wishes[entity] = numbers.one_of(&all);
        }
        let turns = turns(ENTITIES, life, wishes);
        for _ in 0..1_000 {
            let chosen = [(); REAL].map(|()| numbers.one_of(&turns));
            if let Some(ends) = ends(life, wishes, chosen) {
                return numbers.one_of(&with_limits(ends));
            }
        }
    }
}

/// What every entity is, and what is said of it.
fn sides(entities: usize) -> Vec<([Life; ENTITIES], [Wish; ENTITIES])> {
    let mut all = vec![([Life::Never; ENTITIES], [Wish::Undeclared; ENTITIES])];
    for entity in 0..entities {
        let longer = all.iter().flat_map(|(lives, wishes)| {
            LIVES.iter().flat_map(move |life| {
                wishes_of(*life).iter().map(move |wish| {
                    let (mut lives, mut wishes) = (*lives, *wishes);
                    (lives[entity], wishes[entity]) = (*life, *wish);
                    (lives, wishes)
                })
            })
        });
        all = longer.collect();
    }
    all
}

fn wishes_of(life: Life) -> &'static [Wish] {
    match life {
        Life::Never | Life::Deleted => &[Wish::Undeclared, Wish::Registered],
        Life::Deregistered => &[Wish::Undeclared, Wish::Registered, Wish::Gone],
        Life::Registered => &[
            Wish::Undeclared,
            Wish::Registered,
            Wish::Deregistered,
            Wish::Gone,
        ],
    }
}

/// Everything that can become of one address. The aliases of who is deregistered cannot be told.
fn turns(entities: usize, life: [Life; ENTITIES], wishes: [Wish; ENTITIES]) -> Vec<Turn> {
    let holdings = || {
        (0..entities)
            .flat_map(|entity| [true, false].map(|primary| Some(Holding { entity, primary })))
    };
    let before = holdings().filter(|held| {
        held.is_some_and(|held| match life[held.entity] {
            Life::Never | Life::Deleted => false,
            Life::Deregistered => held.primary,
            Life::Registered => true,
        })
    });
    let after = holdings()
        .filter(|held| held.is_some_and(|held| wishes[held.entity] == Wish::Registered))
        .chain([None]);
    let after: Vec<Option<Holding>> = after.collect();
    before
        .chain([None])
        .flat_map(|before| after.iter().map(move |after| (before, *after)))
        .collect()
}

/// The pair, if everybody has as many primary addresses as they have to.
fn ends(life: [Life; ENTITIES], wishes: [Wish; ENTITIES], turns: [Turn; REAL]) -> Option<Ends> {
    let mut at = [None; ADDRESSES];
    let mut wanted = [None; REAL];
    for (address, (before, after)) in turns.into_iter().enumerate() {
        at[address] = before;
        wanted[address] = after;
    }
    for entity in 0..ENTITIES {
        let primary = Some(Holding {
            entity,
            primary: true,
        });
        let before = at.iter().filter(|held| **held == primary).count();
        let after = wanted.iter().filter(|held| **held == primary).count();
        let fits_before = match life[entity] {
            Life::Registered => before == 1,
            _ => before <= 1,
        };
        if !fits_before || after != usize::from(wishes[entity] == Wish::Registered) {
            return None;
        }
    }
    Some(Ends {
        limits: [ROOMY; ENTITIES],
        before: State { life, at },
        wishes,
        wanted,
    })
}

/// The pair without a limit, and with each entity at its limit that has aliases.
fn with_limits(ends: Ends) -> Vec<Ends> {
    let mut all = vec![ends];
    for entity in 0..ENTITIES {
        let wanted = ends.wanted.iter().flatten();
        let after = wanted
            .filter(|held| held.entity == entity && !held.primary)
            .count();
        let limit = ends.before.aliases(entity).max(after);
        if limit > 0 && ends.wishes[entity] == Wish::Registered {
            let mut limits = ends.limits;
            limits[entity] = limit;
            all.push(Ends { limits, ..ends });
        }
    }
    all
}
