//! The orders in which an apply may make the calls of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::super::document::Operation;

/// What is taken first of what may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    /// What stands first in the plan.
    AsPlanned,
    /// What stands last.
    Latest,
    /// Anything, by chance of this seed.
    Random(u64),
}

impl Preference {
    /// All but the plan's own: the other extreme, and then by chance without end.
    pub(super) fn others() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Latest).chain((1..).map(Self::Random))
    }
}

impl fmt::Display for Preference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsPlanned => f.write_str("the order of the plan"),
            Self::Latest => f.write_str("the order in which what comes last comes first"),
            Self::Random(seed) => write!(f, "the order of chance {seed}"),
        }
    }
}

/// True if there is more than one order.
pub(super) fn can_differ(operations: &[Operation]) -> bool {
    let first = operations.first().map(|operation| operation.component);
    let mut operations = operations.iter();
    operations.any(|operation| Some(operation.component) != first)
}

/// The indices of the operations in an order in which every component keeps its own, everything comes after
/// what it depends on, and nothing comes between what is glued.
pub(super) fn order(operations: &[Operation], preference: Preference) -> Vec<usize> {
    if preference == Preference::AsPlanned {
        return (0..operations.len()).collect();
    }
    let places: BTreeMap<usize, usize> = operations
        .iter()
        .enumerate()
        .map(|(index, operation)| (operation.id, index))
        .collect();
    let mut runs: Vec<Vec<usize>> = Vec::new();
    let mut run_of = vec![0; operations.len()];
    for (index, operation) in operations.iter().enumerate() {
        match runs.last_mut().filter(|_| operation.glued) {
            Some(run) => run.push(index),
            None => runs.push(vec![index]),
        }
        run_of[index] = runs.len() - 1;
    }
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); runs.len()];
    let mut last_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        let run = run_of[index];
        let needed = operation.depends_on.iter().filter_map(|id| places.get(id));
        let needed = needed.map(|place| run_of[*place]);
        let before = last_of.insert(operation.component, run);
        waits[run].extend(needed.chain(before).filter(|other| *other != run));
    }
    let mut frees: Vec<Vec<usize>> = vec![Vec::new(); runs.len()];
    for (run, others) in waits.iter().enumerate() {
        for other in others {
            frees[*other].push(run);
        }
    }
    let mut left: Vec<usize> = waits.iter().map(BTreeSet::len).collect();
    let mut ready: Vec<usize> = (0..runs.len()).filter(|run| left[*run] == 0).collect();
    let mut chance = Chance(match preference {
        Preference::Random(seed) => seed,
        Preference::AsPlanned | Preference::Latest => 0,
    });
    let mut all = Vec::with_capacity(operations.len());
    while !ready.is_empty() {
        let place = match preference {
            Preference::Random(_) => chance.below(ready.len()),
            Preference::AsPlanned | Preference::Latest => {
                let latest = ready.iter().enumerate().max_by_key(|(_, run)| **run);
                latest.map_or(0, |(place, _)| place)
            }
        };
        let run = ready.swap_remove(place);
        all.extend(&runs[run]);
        for next in &frees[run] {
            left[*next] -= 1;
            if left[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    all
}

/// Numbers by chance that are the same wherever a plan is made: splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(mixed % end).unwrap_or(0)
    }
}
