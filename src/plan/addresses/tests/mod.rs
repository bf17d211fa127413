//! The planner of addresses against brute force, on worlds that are small enough for it.
//!
//! A plan goes through the ordinary pipeline, round by round until nothing is left to plan, and is
//! followed call by call. It is compared with the cheapest sequence of calls that the API takes: by the
//! moments at which an address is where it must not be, and by the calls during which an address that
//! moves is nobody's. In neither is it worse. Its calls are counted too: a plan that makes more of them
//! than it has to is no failure.

mod pairs;
mod planned;
mod search;

use std::collections::BTreeMap;

use crate::kinds::Kinds;
use crate::model::{GROUP, RESOURCE, USER};

use super::super::numbers::Numbers;

use pairs::ROOMY;
use planned::{Named, Outcome};
use search::{ADDRESSES, Cost, ENTITIES, Ends, Holding, Life, REAL, State, Wish};

const KINDS: [&str; 3] = [USER, GROUP, RESOURCE];
/// How many pairs each run looks at: of two entities with three addresses, and of three with four.
const TWO: usize = 11_000;
const THREE: usize = 4_000;
/// The complete set looks at so many of three entities.
const MANY_OF_THREE: usize = 20_000;
const SEED: u64 = 5;

#[test]
fn no_plan_is_worse_than_brute_force() {
    let all = pairs::all(2);
    let mut numbers = Numbers(SEED);
    let mut seen = Seen::default();
    for _ in 0..TWO {
        let named = Named::random(numbers.one_of(&all), &mut numbers);
        seen.look_at(&named, Search::IfNeeded);
    }
    for _ in 0..THREE {
        let named = Named::random(pairs::random(&mut numbers), &mut numbers);
        seen.look_at(&named, Search::IfNeeded);
    }
    seen.is_as_it_should_be();
    assert!(seen.moving > TWO / 4, "{seen:?}");
    assert!(seen.full > TWO / 10, "{seen:?}");
    assert!(seen.waiting > 100 && seen.refused > 100, "{seen:?}");
}

/// Three who were deregistered, each with the address of the next: all have to wait for one another.
#[test]
fn three_who_come_back_in_a_circle_get_their_addresses_round_by_round() {
    let held = |entity, primary| Some(Holding { entity, primary });
    let mut at = [None; ADDRESSES];
    (at[0], at[1], at[3]) = (held(1, true), held(2, true), held(0, true));
    let wanted = [held(0, true), held(1, true), held(2, true), held(0, false)];
    let named = Named {
        ends: Ends {
            limits: [ROOMY; ENTITIES],
            before: State {
                life: [Life::Deregistered; ENTITIES],
                at,
            },
            wishes: [Wish::Registered; ENTITIES],
            wanted,
        },
        kinds: [GROUP, RESOURCE, USER],
        places: [2, 0, 1, 3],
    };
    let mut seen = Seen::default();
    seen.look_at(&named, Search::Always);
    seen.is_as_it_should_be();
}

/// Run by `tests/experiments/small_worlds`.
#[test]
#[ignore = "the complete set takes minutes"]
fn no_plan_of_the_complete_set_is_worse_than_brute_force() {
    let mut numbers = Numbers(SEED);
    let mut two = Seen::default();
    for ends in pairs::all(2) {
        for named in Named::all_of_two(&ends) {
            two.look_at(&named, Search::Always);
        }
    }
    two.tell("two entities, three addresses, complete");
    two.is_as_it_should_be();
    let mut three = Seen::default();
    for _ in 0..MANY_OF_THREE {
        let named = Named::random(pairs::random(&mut numbers), &mut numbers);
        three.look_at(&named, Search::Always);
    }
    three.tell("three entities, four addresses, sampled");
    three.is_as_it_should_be();
}

/// When all ways are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    Always,
    /// Not where a plan reaches what no way goes below: no violation, and one call for each address that
    /// moves, as no call releases and claims.
    IfNeeded,
}

/// What is seen.
#[derive(Debug, Default)]
struct Seen {
    pairs: usize,
    /// Pairs with addresses that move, with somebody at the limit, and those that take several rounds.
    moving: usize,
    full: usize,
    waiting: usize,
    refused: usize,
    searched: usize,
    states: usize,
    /// By how many calls more than the cheapest way, the plans.
    more_calls: BTreeMap<usize, usize>,
    wrong: Vec<String>,
    tables: BTreeMap<Vec<(&'static str, usize)>, Kinds>,
}

impl Seen {
    fn look_at(&mut self, named: &Named, search: Search) {
        let ends = &named.ends;
        let moves = (0..REAL).filter(|address| ends.moves(*address)).count();
        self.pairs += 1;
        self.moving += usize::from(moves > 0);
        self.full += usize::from(ends.limits.iter().any(|limit| *limit < ROOMY));
        let wrong = match planned::outcome(named, self.table(named)) {
            Err(why) => Some(why),
            Ok(Outcome::Reached { cost, rounds }) => {
                self.waiting += usize::from(rounds > 1);
                let is_least = cost.violations == 0 && cost.gaps == moves;
                if is_least && search == Search::IfNeeded {
                    return;
                }
                match self.search(ends) {
                    None => Some("no way leads there".to_owned()),
                    Some(cheapest) => self.compare(cost, cheapest),
                }
            }
            Ok(Outcome::Refused(why)) => {
                self.refused += 1;
                let is_possible = !may_be_refused(named) && self.search(ends).is_some();
                is_possible.then(|| format!("refused: {why:?}"))
            }
        };
        let told = wrong.map(|why| format!("{why}: {:?} {:?} {ends:?}", named.kinds, named.places));
        self.wrong.extend(told);
    }

    fn search(&mut self, ends: &Ends) -> Option<Cost> {
        let (cheapest, states) = ends.cheapest();
        self.searched += 1;
        self.states += states;
        cheapest
    }

    fn compare(&mut self, cost: Cost, cheapest: Cost) -> Option<String> {
        let ours = (cost.violations, cost.gaps);
        if ours != (cheapest.violations, cheapest.gaps) || cost.calls < cheapest.calls {
            return Some(format!("{cost:?} where {cheapest:?} does"));
        }
        let more = cost.calls - cheapest.calls;
        *self.more_calls.entry(more).or_default() += 1;
        None
    }

    /// The kinds as this pair limits them.
    fn table(&mut self, named: &Named) -> Kinds {
        let limits = named.kinds.into_iter().zip(named.ends.limits);
        let limits: Vec<(&str, usize)> = limits.filter(|(_, limit)| *limit < ROOMY).collect();
        let table = self.tables.entry(limits);
        table.or_insert_with_key(|limits| planned::kinds(limits))
    }

    fn is_as_it_should_be(&self) {
        let first: Vec<&String> = self.wrong.iter().take(5).collect();
        assert!(
            first.is_empty(),
            "{} of {}: {first:#?}",
            self.wrong.len(),
            self.pairs
        );
    }

    #[expect(clippy::print_stdout, reason = "the complete set is run to be read")]
    fn tell(&self, what: &str) {
        println!(
            "{what}: {} pairs, {} of them move addresses, {} with somebody at the limit, {} in several rounds, {} refused; {} searched through {} states; plans by calls more than the cheapest way: {:?}; wrong: {}",
            self.pairs,
            self.moving,
            self.full,
            self.waiting,
            self.refused,
            self.searched,
            self.states,
            self.more_calls,
            self.wrong.len(),
        );
    }
}

/// What is refused although some sequence of calls would do: an address that somebody deregistered still
/// has, as it is open what registering leaves of it; and a group made in the place of one that goes, with
/// its primary address, which looks like a rename.
fn may_be_refused(named: &Named) -> bool {
    let ends = &named.ends;
    (0..REAL).any(|address| {
        let (Some(before), Some(after)) = (ends.before.at[address], ends.wanted[address]) else {
            return false;
        };
        let other = before.entity != after.entity;
        let groups = [before.entity, after.entity].map(|entity| named.kinds[entity] == GROUP);
        let leaves = matches!(ends.wishes[before.entity], Wish::Deregistered | Wish::Gone);
        let is_made = matches!(ends.before.life[after.entity], Life::Never | Life::Deleted);
        let is_anew =
            groups == [true, true] && before.primary && after.primary && leaves && is_made;
        other && (ends.before.life[before.entity] != Life::Registered || is_anew)
    })
}

impl Named {
    /// Random names and kinds; who is at the limit is of a kind of its own, which has it.
    fn random(ends: Ends, numbers: &mut Numbers) -> Self {
        let mut places = [0, 1, 2, 3];
        for last in (1..REAL).rev() {
            places.swap(last, numbers.below(last + 1));
        }
        loop {
            let kinds = [(); ENTITIES].map(|()| numbers.one_of(&KINDS));
            if fit(&ends, kinds, ENTITIES) {
                return Self {
                    ends,
                    kinds,
                    places,
                };
            }
        }
    }

    /// Two entities of every kind, and three addresses in every order of names.
    fn all_of_two(ends: &Ends) -> Vec<Self> {
        let orders = [
            [0, 1, 2, 3],
            [0, 2, 1, 3],
            [1, 0, 2, 3],
            [1, 2, 0, 3],
            [2, 0, 1, 3],
            [2, 1, 0, 3],
        ];
        let mut all = Vec::new();
        for (first, second) in KINDS
            .iter()
            .flat_map(|one| KINDS.map(|other| (*one, other)))
        {
            let kinds = [first, second, USER];
            if fit(ends, kinds, 2) {
                all.extend(orders.map(|places| Self {
                    ends: *ends,
                    kinds,
                    places,
                }));
            }
        }
        all
    }
}

/// True if nobody is limited who should not be.
fn fit(ends: &Ends, kinds: [&'static str; ENTITIES], entities: usize) -> bool {
    let full = (0..entities).find(|entity| ends.limits[*entity] < ROOMY);
    full.is_none_or(|full| {
        (0..entities).all(|entity| entity == full || kinds[entity] != kinds[full])
    })
}
