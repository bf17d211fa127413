//! The search against brute force: whatever tables of three rules there can be on the way, with whatever
//! contents and names, tell whether there is a way at all.

use std::collections::{BTreeMap, HashMap};

use super::super::problem::Classes;
use super::super::{Group, Move, Problem, Slot, Write, solve};

/// How many rules there may be.
const LIMIT: usize = 3;
/// The names of the ends, and those that only the way has.
const NAMES: usize = 7;
/// Everybody or one user, here or elsewhere.
const CLASSES: usize = 4;

/// ALLOW and DENY, each for everybody, for one user, and for that user from one place.
const LETTERS: [(bool, u8); 6] = [
    (true, 0b1111),
    (false, 0b1111),
    (true, 0b0011),
    (false, 0b0011),
    (true, 0b0001),
    (false, 0b0001),
];

/// By name the letter of its rule.
type Table = [Option<u8>; NAMES];

fn let_in(table: &Table) -> u8 {
    let rules = || table.iter().flatten().map(|rule| LETTERS[*rule as usize]);
    let of = |effect: bool| {
        let fitting = rules().filter(|(allows, _)| *allows == effect);
        fitting.fold(0, |all, (_, fits)| all | fits)
    };
    of(true) & !of(false)
}

fn size(table: &Table) -> usize {
    table.iter().flatten().count()
}

/// Every table within the limit.
fn tables() -> Vec<Table> {
    let mut all = vec![[None; NAMES]];
    for name in 0..NAMES {
        let longer: Vec<Table> = all
            .iter()
            .filter(|table| size(table) < LIMIT)
            .flat_map(|table| {
                (0..LETTERS.len()).map(|letter| {
                    let mut table = *table;
                    table[name] = u8::try_from(letter).ok();
                    table
                })
            })
            .collect();
        all.extend(longer);
    }
    all
}

/// Which tables lead to which, where only some are borne. Each write can be taken back, so that it is
/// enough to know which hang together.
struct Ways(HashMap<Table, usize>);

impl Ways {
    fn of(all: &[Table], is_borne: impl Fn(u8) -> bool) -> Self {
        let mut parts: HashMap<Table, usize> = HashMap::new();
        for (part, table) in all.iter().enumerate() {
            if !is_borne(let_in(table)) || parts.contains_key(table) {
                continue;
            }
            let mut todo = vec![*table];
            parts.insert(*table, part);
            while let Some(table) = todo.pop() {
                for name in 0..NAMES {
                    let letters = (0..LETTERS.len()).map(|letter| u8::try_from(letter).ok());
                    for letter in letters.chain([None]) {
                        let mut next = table;
                        next[name] = letter;
                        let is_new = size(&next) <= LIMIT
                            && is_borne(let_in(&next))
                            && !parts.contains_key(&next);
                        if is_new {
                            parts.insert(next, part);
                            todo.push(next);
                        }
                    }
                }
            }
        }
        Self(parts)
    }

    fn lead(&self, from: &Table, to: &Table) -> bool {
        self.0
            .get(from)
            .is_some_and(|part| self.0.get(to) == Some(part))
    }
}

fn problem(from: &Table, to: &Table) -> (Problem, Vec<usize>) {
    let classes = Classes::new(CLASSES);
    let contents = LETTERS.iter().map(|(allows, fits)| {
        classes.rule(*allows, (0..CLASSES).map(|class| fits & (1 << class) != 0))
    });
    let mut names = Vec::new();
    let mut slots = Vec::new();
    let mut writes = Vec::new();
    for name in 0..NAMES {
        if from[name] == to[name] && from[name].is_none() {
            continue;
        }
        if from[name] != to[name] {
            writes.push(Write {
                slot: slots.len(),
                to: to[name].map(usize::from),
                waits_for: Vec::new(),
            });
        }
        names.push(name);
        slots.push(Slot {
            group: 0,
            holds: from[name].map(usize::from),
            absent: classes.nothing(),
            closed: None,
        });
    }
    let group = Group {
        free: LIMIT - size(from),
        interim: true,
        rewritable: true,
    };
    let problem = Problem {
        contents: contents.collect(),
        fixed: Vec::new(),
        groups: vec![group],
        slots,
        writes,
    };
    (problem, names)
}

/// The tables on the way, the ends too.
fn carried_out(from: &Table, problem: &Problem, names: &[usize], moves: &[Move]) -> Vec<Table> {
    let mut table = *from;
    let mut all = vec![table];
    let mut interim: BTreeMap<usize, usize> = BTreeMap::new();
    let letter = |content: usize| u8::try_from(content).ok();
    for one in moves {
        match *one {
            Move::Write(write) => {
                let write = &problem.writes[write];
                table[names[write.slot]] = write.to.and_then(letter);
            }
            Move::Rewrite { slot, content } => table[names[slot]] = letter(content),
            Move::Interim {
                number, content, ..
            } => {
                let free = (4..NAMES).find(|name| table[*name].is_none());
                let free = free.expect("the way has names of its own");
                table[free] = letter(content);
                interim.insert(number, free);
            }
            Move::Drop { number } => table[interim[&number]] = None,
        }
        assert!(size(&table) <= LIMIT, "{from:?}: {moves:?}");
        all.push(table);
    }
    all
}

/// Tables of two rules at most and names of the ends: of the first one `a` and `b`, of the second one those
/// or two others.
fn pairs() -> Vec<(Table, Table)> {
    let letters = || (0..=LETTERS.len()).map(|letter| u8::try_from(letter).ok());
    let is_rule = |letter: Option<u8>| letter.filter(|letter| usize::from(*letter) < LETTERS.len());
    let mut all = Vec::new();
    for (a, b) in letters().flat_map(|a| letters().map(move |b| (a, b))) {
        let mut from = [None; NAMES];
        (from[0], from[1]) = (is_rule(a), is_rule(b));
        for (c, d) in letters().flat_map(|c| letters().map(move |d| (c, d))) {
            for (first, second) in [(0, 1), (0, 3), (2, 1), (2, 3)] {
                let mut to = [None; NAMES];
                (to[first], to[second]) = (is_rule(c), is_rule(d));
                all.push((from, to));
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn against_brute_force(pairs: impl Iterator<Item = (Table, Table)>) -> usize {
    let all = tables();
    let mut perfect: HashMap<(u8, u8), Ways> = HashMap::new();
    let mut not_wider: HashMap<u8, Ways> = HashMap::new();
    let mut looked = 0;
    for (from, to) in pairs.filter(|(from, to)| from != to) {
        looked += 1;
        let (inside, outside) = (
            let_in(&from) & let_in(&to),
            !(let_in(&from) | let_in(&to)) & 0b1111,
        );
        let (problem, names) = problem(&from, &to);
        let moves = solve(&problem).expect("some way is always found");
        let way = carried_out(&from, &problem, &names, &moves);
        assert_eq!(way.last(), Some(&to), "{from:?}: {moves:?}");
        let is_wider = way.iter().any(|table| let_in(table) & outside != 0);
        let is_narrower = way.iter().any(|table| !let_in(table) & inside != 0);
        let perfect = perfect
            .entry((inside, outside))
            .or_insert_with(|| Ways::of(&all, |now| now & outside == 0 && !now & inside == 0));
        let not_wider = not_wider
            .entry(outside)
            .or_insert_with(|| Ways::of(&all, |now| now & outside == 0));
        if perfect.lead(&from, &to) {
            assert!(!is_wider && !is_narrower, "{from:?} to {to:?}: {moves:?}");
        }
        if not_wider.lead(&from, &to) {
            assert!(!is_wider, "{from:?} to {to:?}: {moves:?}");
        }
    }
    looked
}

#[test]
fn no_way_is_worse_than_brute_force_finds_one() {
    // Seven letters, none among them, for each of two names at both ends, and four choices of names.
    assert_eq!(against_brute_force(pairs().into_iter()), 8_232);
}
