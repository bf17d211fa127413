//! The search for an order: best first, over what each place holds and which writes are made.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::bits::Bits;
use super::problem::{Content, Move, Problem};

/// How many moments one attempt looks at before it gives up.
const LOOKS: usize = 20_000;
/// The most interim rules at one moment.
const MOST_INTERIM: usize = 3;
/// The most writes of one problem: their set is one number.
const MOST_WRITES: usize = 128;

/// The best order that was found; none where nothing was found within the budget.
///
/// It is tried first without any moment that is wider or narrower than both ends, then without one that is
/// wider, then with as few as there can be.
pub(in crate::plan) fn solve(problem: &Problem) -> Option<Vec<Move>> {
    if problem.writes.len() > MOST_WRITES {
        return None;
    }
    let problem = problem.compressed();
    let ends = Ends::of(&problem);
    let attempts = [
        (Bearable::Nothing, Means::Writes, Haste::Best),
        (Bearable::Nothing, Means::Interim, Haste::Best),
        (Bearable::Nothing, Means::All, Haste::Best),
        (Bearable::Narrower, Means::All, Haste::Best),
        (Bearable::Narrower, Means::All, Haste::First),
        (Bearable::Anything, Means::All, Haste::Best),
        (Bearable::Anything, Means::All, Haste::First),
    ];
    attempts
        .into_iter()
        .find_map(|(bearable, means, haste)| search(&problem, &ends, bearable, means, haste))
}

/// Which way is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Haste {
    /// The one that costs the least.
    Best,
    /// One that is found soon, in a problem that is too large.
    First,
}

/// What may happen on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearable {
    Nothing,
    Narrower,
    Anything,
}

/// What may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Means {
    /// The writes that have to be made.
    Writes,
    /// Interim rules too.
    Interim,
    /// Interim content in places that are written anyway too.
    All,
}

/// What both ends say alike.
struct Ends {
    /// The classes that both let in.
    inside: Bits,
    /// The classes that neither lets in.
    outside: Bits,
}

impl Ends {
    fn of(problem: &Problem) -> Self {
        let start = State::first(problem);
        let mut end = start.clone();
        for write in &problem.writes {
            end.at[write.slot] = write.to;
        }
        let (mut inside, after) = (start.let_in(problem), end.let_in(problem));
        let mut outside = Bits::all(inside.words() * 64);
        outside.take(&inside);
        outside.take(&after);
        inside.keep(&after);
        Self { inside, outside }
    }

    /// How many classes are let in, and how many kept out, against both ends.
    fn against(&self, state: &State, problem: &Problem) -> (u32, u32) {
        let let_in = state.let_in(problem);
        let mut wider = self.outside.clone();
        wider.keep(&let_in);
        let mut narrower = self.inside.clone();
        narrower.take(&let_in);
        (wider.count(), narrower.count())
    }
}

/// A moment on the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// By place its content; none: it is not there.
    at: Vec<Option<usize>>,
    /// The interim rules: group and content.
    interim: [Option<(usize, usize)>; MOST_INTERIM],
    /// The writes that are made, a bit each.
    done: u128,
}

impl State {
    fn first(problem: &Problem) -> Self {
        Self {
            at: problem.slots.iter().map(|slot| slot.holds).collect(),
            interim: [None; MOST_INTERIM],
            done: 0,
        }
    }

    fn standing<'a>(&'a self, problem: &'a Problem) -> impl Iterator<Item = &'a Content> {
        let places = self.at.iter().zip(&problem.slots);
        let places = places.map(|(content, slot)| match content {
            Some(content) => &problem.contents[*content],
            None => &slot.absent,
        });
        let interim = self.interim.iter().flatten();
        let interim = interim.map(|(_, content)| &problem.contents[*content]);
        problem.fixed.iter().chain(places).chain(interim)
    }

    fn let_in(&self, problem: &Problem) -> Bits {
        Problem::let_in(self.standing(problem))
    }

    fn is_done(&self, write: usize) -> bool {
        self.done & (1 << write) != 0
    }

    /// How many calls are still to be made at least.
    fn left(&self, problem: &Problem) -> usize {
        let made = self.done.count_ones() as usize;
        problem.writes.len() - made + self.interim.iter().flatten().count()
    }

    /// True if no group is over its limit, and everything that is named is there.
    fn is_possible(&self, problem: &Problem) -> bool {
        let fits = problem.groups.iter().enumerate().all(|(number, group)| {
            let of_group = |(place, slot): (&Option<usize>, &super::Slot)| {
                let (now, then) = (
                    usize::from(place.is_some()),
                    usize::from(slot.holds.is_some()),
                );
                if slot.group == number {
                    (now, then)
                } else {
                    (0, 0)
                }
            };
            let places = self.at.iter().zip(&problem.slots).map(of_group);
            let (now, then) = places.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let interim = self.interim.iter().flatten();
            let interim = interim.filter(|(group, _)| *group == number).count();
            now + interim <= then + group.free
        });
        fits && self
            .standing(problem)
            .flat_map(|content| &content.names)
            .all(|slot| self.at[*slot].is_some())
    }

    fn after(&self, one: Move, problem: &Problem) -> Self {
        let mut next = self.clone();
        match one {
            Move::Write(write) => {
                next.at[problem.writes[write].slot] = problem.writes[write].to;
                next.done |= 1 << write;
            }
            Move::Interim {
                number,
                group,
                content,
            } => next.interim[number] = Some((group, content)),
            Move::Drop { number } => next.interim[number] = None,
            Move::Rewrite { slot, content } => next.at[slot] = Some(content),
        }
        next
    }

    /// What can be done next, the preferred first.
    fn moves(&self, problem: &Problem, means: Means) -> Vec<Move> {
        let pending = |write: &usize| !self.is_done(*write);
        let all = 0..problem.writes.len();
        let mut moves: Vec<Move> = all
            .clone()
            .filter(pending)
            .filter(|write| {
                let mut before = problem.writes[*write].waits_for.iter();
                before.all(|other| self.is_done(*other))
            })
            .map(Move::Write)
            .collect();
        let interim = self.interim.iter().enumerate();
        moves.extend(
            interim
                .filter(|(_, held)| held.is_some())
                .map(|(number, _)| Move::Drop { number }),
        );
        if means == Means::Writes {
            return moves;
        }
        let mut contents: Vec<(usize, usize)> = all
            .clone()
            .filter(pending)
            .flat_map(|write| {
                let write = &problem.writes[write];
                let group = problem.slots[write.slot].group;
                let both = [self.at[write.slot], write.to];
                both.into_iter()
                    .flatten()
                    .map(move |content| (group, content))
            })
            .collect();
        contents.sort_unstable();
        contents.dedup();
        if let Some(number) = self.interim.iter().position(Option::is_none) {
            let of_group = contents
                .iter()
                .filter(|(group, _)| problem.groups[*group].interim);
            moves.extend(of_group.map(|(group, content)| Move::Interim {
                number,
                group: *group,
                content: *content,
            }));
        }
        if means == Means::All {
            let mut slots: Vec<usize> = all
                .filter(pending)
                .map(|write| problem.writes[write].slot)
                .filter(|slot| self.at[*slot].is_some())
                .collect();
            slots.sort_unstable();
            slots.dedup();
            for slot in slots {
                let of_slot = &problem.slots[slot];
                let is_rewritable = problem.groups[of_slot.group].rewritable;
                let of_group = contents
                    .iter()
                    .filter(|(group, _)| is_rewritable && *group == of_slot.group)
                    .map(|(_, content)| *content);
                let others = of_group.chain(of_slot.closed);
                let others = others.filter(|content| self.at[slot] != Some(*content));
                moves.extend(others.map(|content| Move::Rewrite { slot, content }));
            }
        }
        moves
    }
}

/// What a way costs: moments that are wider, moments that are narrower, and calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    wider: u32,
    narrower: u32,
    calls: usize,
}

/// A state that was reached, with the way to it.
struct Reached {
    state: State,
    cost: Cost,
    by: Option<(usize, Move)>,
}

fn search(
    problem: &Problem,
    ends: &Ends,
    bearable: Bearable,
    means: Means,
    haste: Haste,
) -> Option<Vec<Move>> {
    let first = State::first(problem);
    let mut looks = LOOKS;
    let mut reached = Vec::new();
    let mut best: HashMap<State, Cost> = HashMap::new();
    let mut open = BinaryHeap::new();
    let estimate = |state: &State, cost: Cost| {
        let left = state.left(problem);
        let all = Cost {
            calls: cost.calls + left,
            ..cost
        };
        match haste {
            Haste::Best => (all, 0),
            Haste::First => (
                Cost {
                    wider: all.wider,
                    ..Cost::default()
                },
                left,
            ),
        }
    };
    open.push(Reverse((estimate(&first, Cost::default()), Reverse(0), 0)));
    best.insert(first.clone(), Cost::default());
    reached.push(Reached {
        state: first,
        cost: Cost::default(),
        by: None,
    });
    while let Some(Reverse((_, _, index))) = open.pop() {
        let (state, cost) = (reached[index].state.clone(), reached[index].cost);
        if best.get(&state) != Some(&cost) {
            continue;
        }
        if state.left(problem) == 0 {
            return Some(way_to(&reached, index));
        }
        for one in state.moves(problem, means) {
            looks = looks.checked_sub(1)?;
            let next = state.after(one, problem);
            if !next.is_possible(problem) {
                continue;
            }
            let (wider, narrower) = ends.against(&next, problem);
            let is_borne = match bearable {
                Bearable::Nothing => wider == 0 && narrower == 0,
                Bearable::Narrower => wider == 0,
                Bearable::Anything => true,
            };
            if !is_borne {
                continue;
            }
            let cost = Cost {
                wider: cost.wider + wider,
                narrower: cost.narrower + narrower,
                calls: cost.calls + 1,
            };
            if best.get(&next).is_some_and(|known| *known <= cost) {
                continue;
            }
            best.insert(next.clone(), cost);
            let estimated = estimate(&next, cost);
            open.push(Reverse((estimated, Reverse(cost.calls), reached.len())));
            reached.push(Reached {
                state: next,
                cost,
                by: Some((index, one)),
            });
        }
    }
    None
}

fn way_to(reached: &[Reached], mut index: usize) -> Vec<Move> {
    let mut way = Vec::new();
    while let Some((before, one)) = reached[index].by {
        way.push(one);
        index = before;
    }
    way.reverse();
    way
}
