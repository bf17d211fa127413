//! The brute force: whether there is a way with fewer violations, over all tables, roles and states of the one.
//!
//! Any rule can be written under any name that the ends do not share unchanged, and under names that only the
//! way has; the role can act as whomever, if it is written at all. What names the one needs them made, and
//! gone from it before they are deleted; a role needs them registered. Nothing of it is the planner's.

use std::collections::HashSet;

use super::pairs::{Classes, EVERYBODY, NAMES, Pair, ROOM, Role, let_in, names_one};

/// Names that only the way has: more than there is room for are of no use.
const INTERIM: usize = ROOM;
const NOTHING: u8 = 6;

/// What becomes of the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Life {
    /// Not made yet, or deleted.
    Absent,
    Made,
    Registered,
    Deregistered,
}

/// One moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Moment {
    rules: [u8; NAMES + INTERIM],
    role: Role,
    life: Life,
}

/// A way that lets in, or keeps out, fewer classes against both ends than these, if there is one, and how
/// many moments were looked at: fewer that are let in, or as many and fewer that are kept out.
pub(super) fn better(
    pair: &Pair,
    wider: Classes,
    narrower: Classes,
) -> (Option<(Classes, Classes)>, usize) {
    let (outside, inside) = pair.outside_and_inside();
    let mut looked = 0;
    let mut all = Vec::new();
    for few in subsets(outside) {
        let (now, before) = (few.count_ones(), wider.count_ones());
        if now + 1 == before {
            all.push((few, inside));
        }
        if now == before && narrower != 0 {
            let fewer = narrower.count_ones() - 1;
            let some = subsets(inside).filter(|some| some.count_ones() == fewer);
            all.extend(some.map(|some| (few, some)));
        }
    }
    for (wider, narrower) in all {
        let (leads, states) = leads(pair, wider, narrower);
        looked += states;
        if leads {
            return (Some((wider, narrower)), looked);
        }
    }
    (None, looked)
}

fn subsets(of: Classes) -> impl Iterator<Item = Classes> {
    (0..=EVERYBODY).filter(move |few| few & !of == 0)
}

/// Whether some way leads from end to end on which only these classes are let in or kept out against both.
fn leads(pair: &Pair, wider: Classes, narrower: Classes) -> (bool, usize) {
    let (outside, inside) = pair.outside_and_inside();
    let is_borne = |moment: &Moment| {
        let rules = moment.rules.iter().copied().filter(|rule| *rule != NOTHING);
        let now = let_in(rules, moment.role, moment.life == Life::Registered);
        now & outside & !wider == 0 && inside & !now & !narrower == 0
    };
    let first = Moment::of(pair.before.table, pair.before.role, pair.before.is_there);
    let last = Moment::of(pair.after.table, pair.after.role, pair.after.is_there);
    let mut seen = HashSet::from([first]);
    let mut todo = vec![first];
    while let Some(moment) = todo.pop() {
        if moment == last {
            return (true, seen.len());
        }
        for next in moment.nexts(pair) {
            let next = next.sorted();
            if next.is_possible() && is_borne(&next) && seen.insert(next) {
                todo.push(next);
            }
        }
    }
    (false, seen.len())
}

impl Moment {
    fn of(table: [Option<u8>; NAMES], role: Role, is_there: bool) -> Self {
        let mut rules = [NOTHING; NAMES + INTERIM];
        for (name, rule) in table.iter().enumerate() {
            rules[name] = rule.unwrap_or(NOTHING);
        }
        let life = if is_there {
            Life::Registered
        } else {
            Life::Absent
        };
        Self { rules, role, life }
    }

    /// Names that only the way has are as good as one another.
    fn sorted(mut self) -> Self {
        self.rules[NAMES..].sort_unstable();
        self
    }

    fn is_possible(&self) -> bool {
        let mut rules = self.rules.iter().filter(|rule| **rule != NOTHING);
        rules.clone().count() <= ROOM
            && (self.life != Life::Absent
                || self.role != Role::AsOne && !rules.any(|rule| names_one(*rule)))
    }

    fn nexts(&self, pair: &Pair) -> Vec<Self> {
        let mut nexts = Vec::new();
        for name in 0..NAMES + INTERIM {
            let ends = (name < NAMES).then(|| (pair.before.table[name], pair.after.table[name]));
            // What nobody changes stays, and a name of neither end is one of the way.
            if ends.is_some_and(|(before, after)| before == after) {
                continue;
            }
            for rule in (0..=NOTHING).filter(|rule| *rule != self.rules[name]) {
                let mut next = *self;
                next.rules[name] = rule;
                nexts.push(next);
            }
        }
        if pair.before.role != pair.after.role {
            for role in [Role::Absent, Role::AsNobody, Role::AsOne, Role::AsAll] {
                let reaches = role == Role::AsOne && self.role != Role::AsOne;
                if !reaches || self.life == Life::Registered {
                    nexts.push(Self { role, ..*self });
                }
            }
        }
        let life = match (self.life, pair.before.is_there, pair.after.is_there) {
            (Life::Absent, false, true) => Some(Life::Made),
            (Life::Made, false, true) => Some(Life::Registered),
            (Life::Registered, true, false) => Some(Life::Deregistered),
            (Life::Deregistered, true, false) => Some(Life::Absent),
            _ => None,
        };
        nexts.extend(life.map(|life| Self { life, ..*self }));
        nexts
    }
}
