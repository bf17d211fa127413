//! Pairs of ends: a table of rules, a role, and whether somebody is there. Every one of two rules a side, and
//! random ones of three.

use super::super::super::numbers::Numbers;

/// The most rules at one moment.
pub(super) const ROOM: usize = 3;
/// The names of the ends.
pub(super) const NAMES: usize = 6;

/// ALLOW and DENY, each for everybody, for one user, and for that user from one place: effect, and the
/// classes that it fits.
pub(super) const LETTERS: [(bool, Classes); 6] = [
    (true, EVERYBODY),
    (false, EVERYBODY),
    (true, ONE),
    (false, ONE),
    (true, ONE_HERE),
    (false, ONE_HERE),
];

/// A set of classes, a bit each: everybody else; the one here, and elsewhere; what acts as the one by the
/// role, and as everybody else.
pub(super) type Classes = u8;
pub(super) const EVERYBODY: Classes = 0b11111;
const ONE: Classes = 0b00110;
const ONE_HERE: Classes = 0b00010;
const ROLE_AS_ONE: Classes = 0b01000;
const ROLE_AS_OTHERS: Classes = 0b10000;

/// Whom the role can act as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    Absent,
    AsNobody,
    AsOne,
    AsAll,
}

/// By name the letter of its rule.
pub(super) type Table = [Option<u8>; NAMES];

/// One end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side {
    pub(super) table: Table,
    pub(super) role: Role,
    /// True where the one is registered; else there is no such user.
    pub(super) is_there: bool,
}

/// Both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) before: Side,
    pub(super) after: Side,
}

impl Pair {
    pub(super) fn has_role(&self) -> bool {
        [self.before, self.after]
            .iter()
            .any(|side| side.role != Role::Absent)
    }

    /// The classes that neither end lets in, and those that both do.
    pub(super) fn outside_and_inside(&self) -> (Classes, Classes) {
        let [before, after] = [self.before, self.after].map(|side| {
            let rules = side.table.iter().flatten().copied();
            let_in(rules, side.role, side.is_there)
        });
        (!(before | after) & EVERYBODY, before & after)
    }
}

/// The classes that get in: somebody does where a rule allows and none denies; the one only while they are
/// registered, and a role only as whom it acts as.
pub(super) fn let_in(rules: impl Iterator<Item = u8>, role: Role, is_registered: bool) -> Classes {
    let (mut allowed, mut denied) = (0, 0);
    for rule in rules {
        let (allows, fits) = LETTERS[usize::from(rule)];
        if allows {
            allowed |= fits;
        } else {
            denied |= fits;
        }
    }
    let reached = match role {
        Role::Absent | Role::AsNobody => 0,
        Role::AsOne => ROLE_AS_ONE,
        Role::AsAll => ROLE_AS_ONE | ROLE_AS_OTHERS,
    };
    let here = if is_registered { ONE } else { 0 };
    allowed & !denied & (reached | here | (EVERYBODY & !ONE & !ROLE_AS_ONE & !ROLE_AS_OTHERS))
}

/// True for a letter that names the one.
pub(super) fn names_one(letter: u8) -> bool {
    LETTERS[usize::from(letter)].1 != EVERYBODY
}

/// Tables of two rules at most: of the first end `0` and `1`, of the second one those or two others.
pub(super) fn all() -> Vec<Pair> {
    let choices: Vec<Option<u8>> = (0..6).map(Some).chain([None]).collect();
    let mut all = Vec::new();
    let both = |names: [usize; 2], letters: (Option<u8>, Option<u8>)| {
        let mut table = [None; NAMES];
        (table[names[0]], table[names[1]]) = letters;
        table
    };
    let pairs = || {
        choices
            .iter()
            .flat_map(|a| choices.iter().map(move |b| (*a, *b)))
    };
    for first in pairs() {
        for second in pairs() {
            for names in [[0, 1], [0, 3], [2, 1], [2, 3]] {
                with_people(both([0, 1], first), both(names, second), &mut all);
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The pairs of these tables: with and without the role, and with the one who stays, comes or goes.
fn with_people(before: Table, after: Table, all: &mut Vec<Pair>) {
    let roles = [Role::Absent, Role::AsOne, Role::AsAll];
    for (here, then) in [(true, true), (false, true), (true, false)] {
        for role in roles {
            let before = side(before, role, here);
            let afters = roles.iter().filter_map(|role| side(after, *role, then));
            all.extend(before.into_iter().flat_map(|before| {
                let afters = afters.clone();
                afters.map(move |after| Pair { before, after })
            }));
        }
    }
}

/// The side, unless something names who is not there.
fn side(table: Table, role: Role, is_there: bool) -> Option<Side> {
    let mut rules = table.iter().flatten();
    let names = role == Role::AsOne || rules.any(|rule| names_one(*rule));
    (is_there || !names).then_some(Side {
        table,
        role,
        is_there,
    })
}

/// Three rules a side, of which some are none, under the same names or under others.
pub(super) fn random(numbers: &mut Numbers) -> Pair {
    loop {
        let mut tables = [[None; NAMES]; 2];
        for name in 0..ROOM {
            let letter = |numbers: &mut Numbers| {
                u8::try_from(numbers.below(7))
                    .ok()
                    .filter(|letter| *letter < 6)
            };
            tables[0][name] = letter(numbers);
            tables[1][name + ROOM * numbers.below(2)] = letter(numbers);
        }
        let mut all = Vec::new();
        with_people(tables[0], tables[1], &mut all);
        if !all.is_empty() {
            return numbers.one_of(&all);
        }
    }
}
