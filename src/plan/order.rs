//! From steps to operations: the graph, coupled components, and one order that is the same to the
//! byte for the same input.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;

use crate::model::{Snapshot, Target};

use super::document::{Operation, Reversible};
use super::expect::expectations;
use super::rules::{CLAIM_AFTER_RELEASE, Ordering};
use super::step::{Fact, Step};

/// Steps that wait for each other in a circle: a bug of the planner.
#[derive(Debug, thiserror::Error)]
#[error("the order of {} operations cannot be settled: {}", .0.len(), .0.join(", "))]
pub(super) struct Circle(pub(super) Vec<String>);

/// The operations in an order in which they may be executed one by one.
pub(super) fn order(
    mut steps: Vec<Step>,
    live: &Snapshot,
    ordering: Ordering,
) -> Result<Vec<Operation>, Circle> {
    for step in &mut steps {
        step.needs.retain(|(rule, _)| ordering.obeys(rule));
        step.after.retain(|(rule, _)| ordering.obeys(rule));
        step.glued &= ordering.obeys(&CLAIM_AFTER_RELEASE);
    }
    let edges = edges(&steps);
    let components = components(&steps);
    let sorted = sort(&steps, &edges, ordering)?;
    let mut place = vec![0_usize; steps.len()];
    for (position, step) in sorted.iter().enumerate() {
        place[*step] = position + 1;
    }
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut operations = Vec::with_capacity(steps.len());
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    for index in sorted {
        let Edges { before, rules } = &edges[index];
        let step = steps[index].take().expect("each step is placed once");
        let next = numbers.len() + 1;
        let component = *numbers.entry(components[index]).or_insert(next);
        let depends_on: BTreeSet<usize> = before.iter().map(|other| place[*other]).collect();
        operations.push(Operation {
            id: place[index],
            expects: expectations(&step, live),
            call: step.call,
            target: step.target,
            party: step.party,
            component,
            depends_on: depends_on.into_iter().collect(),
            rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
            change: step.change,
            confirms: step.confirms,
            glued: step.glued,
            give_back: step.give_back,
            missing_is_done: step.missing_is_done,
            reversible: Reversible::Free,
            becomes: step.becomes,
        });
    }
    Ok(operations)
}

/// What leads to one step.
#[derive(Default)]
struct Edges {
    /// The steps that must come before.
    before: BTreeSet<usize>,
    /// The names of the rules that say so.
    rules: BTreeSet<&'static str>,
}

/// For each step the steps that must come before: those named, and all that give a fact it needs.
fn edges(steps: &[Step]) -> Vec<Edges> {
    let mut givers: BTreeMap<&Fact, Vec<usize>> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        for fact in &step.gives {
            givers.entry(fact).or_default().push(index);
        }
    }
    steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let needed = step.needs.iter().flat_map(|(rule, fact)| {
                let givers = givers.get(fact).into_iter().flatten();
                givers.map(move |giver| (*rule, *giver))
            });
            let glue = step.glued.then(|| (&CLAIM_AFTER_RELEASE, index - 1));
            let all = step.after.iter().copied().chain(needed).chain(glue);
            let mut edges = Edges::default();
            for (rule, other) in all.filter(|(_, other)| *other != index) {
                edges.before.insert(other);
                edges.rules.insert(rule.name);
            }
            edges
        })
        .collect()
}

/// The component of each step: all steps of one target, and steps that were put in order by name
/// (moves of addresses, rooms and delegates, grants and memberships).
fn components(steps: &[Step]) -> Vec<usize> {
    let mut sets = UnionFind::<usize>::new(steps.len());
    let mut first: BTreeMap<&Target, usize> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        sets.union(index, *first.entry(&step.target).or_insert(index));
        for (_, other) in &step.after {
            sets.union(index, *other);
        }
        if step.glued {
            sets.union(index, index - 1);
        }
    }
    (0..steps.len()).map(|index| sets.find(index)).collect()
}

/// Which steps wait for which, while more is still put in order. A run of glued steps is one.
pub(super) struct Graph {
    /// By step the first step of its run.
    run: Vec<usize>,
    /// By first step of a run: the runs that wait for it.
    frees: Vec<BTreeSet<usize>>,
}

impl Graph {
    pub(super) fn of(steps: &[Step]) -> Self {
        Self::with(steps, &edges(steps))
    }

    fn with(steps: &[Step], edges: &[Edges]) -> Self {
        let mut run = vec![0_usize; steps.len()];
        for (index, step) in steps.iter().enumerate() {
            run[index] = if step.glued { run[index - 1] } else { index };
        }
        let mut graph = Self {
            run,
            frees: vec![BTreeSet::new(); steps.len()],
        };
        for (index, edges) in edges.iter().enumerate() {
            for other in &edges.before {
                graph.put_before(*other, index);
            }
        }
        graph
    }

    /// The first step of the run that a step is in.
    pub(super) fn run_of(&self, step: usize) -> usize {
        self.run[step]
    }

    pub(super) fn put_before(&mut self, first: usize, then: usize) {
        let (first, then) = (self.run[first], self.run[then]);
        if first != then {
            self.frees[first].insert(then);
        }
    }

    /// Every run that a step waits for, directly or not, and its own.
    pub(super) fn needed_by(&self, step: usize) -> BTreeSet<usize> {
        let mut waits: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (first, others) in self.frees.iter().enumerate() {
            for then in others {
                waits.entry(*then).or_default().push(first);
            }
        }
        let mut seen = BTreeSet::new();
        let mut todo = vec![self.run[step]];
        while let Some(run) = todo.pop() {
            if seen.insert(run) {
                todo.extend(waits.get(&run).into_iter().flatten());
            }
        }
        seen
    }

    /// Every run that waits for a step, directly or not, and its own.
    pub(super) fn waiting_for(&self, step: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![self.run[step]];
        while let Some(run) = todo.pop() {
            if seen.insert(run) {
                todo.extend(&self.frees[run]);
            }
        }
        seen
    }
}

/// Kahn's algorithm with a sorted ready set; a run of glued steps is one node.
fn sort(steps: &[Step], edges: &[Edges], ordering: Ordering) -> Result<Vec<usize>, Circle> {
    let Graph {
        run: head,
        mut frees,
    } = Graph::with(steps, edges);
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    for (first, others) in frees.iter().enumerate() {
        for then in others {
            waits[*then].insert(first);
        }
    }
    let heads = || (0..steps.len()).filter(|index| head[*index] == *index);
    let mut ready: BTreeSet<usize> = heads().filter(|index| waits[*index].is_empty()).collect();
    let mut sorted = Vec::with_capacity(steps.len());
    while let Some(index) = ordering.free.take(&mut ready) {
        sorted.push(index);
        let run = (index + 1..steps.len()).take_while(|next| steps[*next].glued);
        sorted.extend(run);
        for next in std::mem::take(&mut frees[index]) {
            waits[next].remove(&index);
            if waits[next].is_empty() {
                ready.insert(next);
            }
        }
    }
    if sorted.len() == steps.len() {
        return Ok(sorted);
    }
    let stuck = heads().filter(|index| !waits[*index].is_empty());
    Err(Circle(
        stuck
            .map(|i| format!("{} {}", steps[i].call.operation, steps[i].target))
            .collect(),
    ))
}
