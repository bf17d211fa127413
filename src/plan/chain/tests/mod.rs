//! The order of rules against brute force, on worlds that are small enough for it: the search alone
//! (`solved`), and whole plans with people who come and go, and a role that acts as them.
//!
//! A table has room for three rules: the others are taken by rules that concern nobody else. A plan goes
//! through the ordinary pipeline and is followed call by call. Who gets in at some moment and at neither
//! end, or does not and does at both, is a violation; no other way has fewer.

mod brute;
mod pairs;
mod planned;
mod solved;

use std::collections::BTreeMap;

use super::super::numbers::Numbers;

use pairs::{Pair, Role, Side};

/// How many pairs each run looks at: of two rules a side, and of three.
const TWO: usize = 4_000;
const THREE: usize = 1_000;
/// The complete set looks at so many of three rules a side.
const MANY_OF_THREE: usize = 20_000;
const SEED: u64 = 5;

#[test]
fn no_plan_of_rules_is_worse_than_brute_force() {
    let mut numbers = Numbers(SEED);
    let all = pairs::all();
    let mut seen = Seen::default();
    for _ in 0..TWO {
        seen.look_at(&numbers.one_of(&all));
    }
    for _ in 0..THREE {
        seen.look_at(&pairs::random(&mut numbers));
    }
    seen.is_as_it_should_be();
    assert!(seen.coming > TWO / 20 && seen.going > TWO / 20, "{seen:?}");
    assert!(seen.with_roles > TWO / 2, "{seen:?}");
    assert!(seen.interim > 0, "{seen:?}");
}

/// A role that reaches everybody stops to before everybody is let in, where the one whom it will reach
/// is not there yet; and nothing leads past a full table whose rules all stay.
#[test]
fn brute_force_finds_the_way_that_there_is_and_no_other() {
    let before = Side {
        table: [None, Some(1), Some(0), None, None, None],
        role: Role::AsAll,
        is_there: false,
    };
    let after = Side {
        table: [None, Some(3), Some(0), Some(5), None, None],
        role: Role::AsOne,
        is_there: true,
    };
    let pair = Pair { before, after };
    let (found, states) = brute::better(&pair, 0b10000, 0);
    assert_eq!(found, Some((0, 0)));
    assert!(states > 1, "{states}");
    let way = planned::way(&pair).expect("a plan");
    assert_eq!((way.wider, way.narrower), (0, 0), "{}", way.told);
    // Two rules of a full table take each other's conditions: one of both is away for a moment.
    let swapped = |first, second| Side {
        table: [Some(first), Some(second), Some(5), None, None, None],
        role: Role::Absent,
        is_there: true,
    };
    let pair = Pair {
        before: swapped(0, 3),
        after: swapped(3, 0),
    };
    assert_eq!(brute::better(&pair, 0, 0b00001).0, None);
    assert_eq!(brute::better(&pair, 0b00010, 0).0, Some((0, 0b00001)));
    let way = planned::way(&pair).expect("a plan");
    assert_eq!((way.wider, way.narrower), (0, 0b00001), "{}", way.told);
}

/// Run by `tests/experiments/small_worlds`.
#[test]
#[ignore = "the complete set takes minutes"]
fn no_plan_of_rules_of_the_complete_set_is_worse_than_brute_force() {
    let mut two = Seen::default();
    for pair in pairs::all() {
        two.look_at(&pair);
    }
    two.tell("two rules a side, complete");
    two.is_as_it_should_be();
    let mut numbers = Numbers(SEED);
    let mut three = Seen::default();
    for _ in 0..MANY_OF_THREE {
        three.look_at(&pairs::random(&mut numbers));
    }
    three.tell("three rules a side, sampled");
    three.is_as_it_should_be();
}

/// What is seen.
#[derive(Debug, Default)]
struct Seen {
    pairs: usize,
    coming: usize,
    going: usize,
    /// Pairs with a role at one of the ends.
    with_roles: usize,
    /// Plans with interim rules.
    interim: usize,
    /// Plans with violations: other ways were looked for.
    searched: usize,
    states: usize,
    /// By how many classes are let in, and how many kept out, against both ends: the plans.
    violations: BTreeMap<(u32, u32), usize>,
    wrong: Vec<String>,
}

impl Seen {
    fn look_at(&mut self, pair: &Pair) {
        self.pairs += 1;
        self.coming += usize::from(!pair.before.is_there && pair.after.is_there);
        self.going += usize::from(pair.before.is_there && !pair.after.is_there);
        self.with_roles += usize::from(pair.has_role());
        match planned::way(pair) {
            Err(why) => self.wrong.push(format!("{why}: {pair:?}")),
            Ok(way) => {
                self.interim += usize::from(way.interim);
                let found = (way.wider.count_ones(), way.narrower.count_ones());
                *self.violations.entry(found).or_default() += 1;
                if found == (0, 0) {
                    return;
                }
                self.searched += 1;
                let (better, states) = brute::better(pair, way.wider, way.narrower);
                self.states += states;
                if let Some(better) = better {
                    self.wrong.push(format!(
                        "{found:?} where {better:?} would do: {pair:?}\n{}",
                        way.told
                    ));
                }
            }
        }
    }

    fn is_as_it_should_be(&self) {
        let first: Vec<&String> = self.wrong.iter().take(5).collect();
        assert!(
            first.is_empty(),
            "{} of {}:\n{}",
            self.wrong.len(),
            self.pairs,
            first
                .iter()
                .map(|one| one.as_str())
                .collect::<Vec<_>>()
                .join("\n")
        );
    }

    #[expect(clippy::print_stdout, reason = "the complete set is run to be read")]
    fn tell(&self, what: &str) {
        println!(
            "{what}: {} pairs, {} with somebody who comes and {} who goes, {} with a role, {} plans with interim rules; plans by classes let in and kept out against both ends: {:?}; {} searched through {} states; wrong: {}",
            self.pairs,
            self.coming,
            self.going,
            self.with_roles,
            self.interim,
            self.violations,
            self.searched,
            self.states,
            self.wrong.len(),
        );
    }
}
