//! Which operations may start now: a plan's chains, what they wait for, and what is in flight.
//!
//! The unit is a run: one operation with everything that is glued to it. A component is a chain of
//! runs in plan order. Nothing here sends anything, so that the order can be tested by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Target;
use crate::plan::Operation;

/// The state of all operations of a plan. Operations are meant by their index in the plan.
pub(crate) struct Schedule {
    runs: Vec<Run>,
    run_of: Vec<usize>,
    components: BTreeMap<usize, Vec<usize>>,
    states: Vec<State>,
    /// By operation: the runs that wait for it.
    wakes: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
    busy: BTreeSet<Target>,
    free_slots: usize,
    begun: BTreeSet<usize>,
    closed: bool,
}

/// A run that may be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    /// Its component.
    pub(crate) component: usize,
    /// True if nothing of its component was started before.
    pub(crate) opens: bool,
    /// Its operations, to be sent one after another and at once.
    pub(crate) operations: Vec<usize>,
}

struct Run {
    component: usize,
    operations: Vec<usize>,
    targets: BTreeSet<Target>,
    waits_for: usize,
    next: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Done,
    Failed,
    Skipped,
}

impl Schedule {
    /// The schedule at the beginning. At most `parallelism` runs are in flight at a time, at least one.
    pub(crate) fn new(operations: &[Operation], parallelism: usize) -> Self {
        let mut schedule = Self {
            runs: Vec::new(),
            run_of: Vec::with_capacity(operations.len()),
            components: BTreeMap::new(),
            states: vec![State::Waiting; operations.len()],
            wakes: vec![Vec::new(); operations.len()],
            ready: BTreeSet::new(),
            busy: BTreeSet::new(),
            free_slots: parallelism.max(1),
            begun: BTreeSet::new(),
            closed: false,
        };
        schedule.form_runs(operations);
        schedule.tie(operations);
        schedule
    }

    /// What to send now; none: nothing may start now. Runs start in the order of the plan. The slot
    /// is taken until `finish`.
    pub(crate) fn start(&mut self) -> Option<Started> {
        if self.free_slots == 0 {
            return None;
        }
        let number = self
            .ready
            .iter()
            .copied()
            .find(|run| self.may_start(*run))?;
        self.ready.remove(&number);
        self.free_slots -= 1;
        let run = &self.runs[number];
        self.busy.extend(run.targets.iter().cloned());
        let left = run.operations.iter().copied();
        Some(Started {
            component: run.component,
            opens: self.begun.insert(run.component),
            operations: left.filter(|index| self.is_open(*index)).collect(),
        })
    }

    /// All operations of a component, in the order of the plan.
    pub(crate) fn component(&self, component: usize) -> &[usize] {
        self.components.get(&component).map_or(&[], Vec::as_slice)
    }

    /// The operation has its effect.
    pub(crate) fn done(&mut self, index: usize) {
        if !self.is_open(index) {
            return;
        }
        self.states[index] = State::Done;
        for number in std::mem::take(&mut self.wakes[index]) {
            let run = &mut self.runs[number];
            run.waits_for -= 1;
            if run.waits_for == 0 {
                self.ready.insert(number);
            }
        }
        let number = self.run_of[index];
        if !self.runs[number]
            .operations
            .iter()
            .any(|index| self.is_open(*index))
        {
            self.ready.remove(&number);
        }
    }

    /// The operation failed for good. Returns what will not be sent because of that: the rest of
    /// its component, and whatever depends on any of it, in the order of the plan.
    pub(crate) fn failed(&mut self, index: usize) -> Vec<usize> {
        if self.is_open(index) {
            self.states[index] = State::Failed;
        }
        self.skip_after(index)
    }

    /// Nothing of this operation's component that is not done will be sent, nor what depends on it.
    /// Returns these operations in the order of the plan.
    pub(crate) fn leave_alone(&mut self, index: usize) -> Vec<usize> {
        self.skip_after(index)
    }

    /// A run that was started has ended: its slot and its targets are free.
    pub(crate) fn finish(&mut self, index: usize) {
        self.free_slots += 1;
        let run = &self.runs[self.run_of[index]];
        for target in &run.targets {
            self.busy.remove(target);
        }
    }

    /// From now on no component begins; those that have begun go on.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// What is neither done nor failed nor skipped, in the order of the plan.
    pub(crate) fn open(&self) -> Vec<usize> {
        (0..self.states.len())
            .filter(|index| self.is_open(*index))
            .collect()
    }

    fn form_runs(&mut self, operations: &[Operation]) {
        let mut last_run: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, operation) in operations.iter().enumerate() {
            let before = last_run.get(&operation.component).copied();
            let number = match before {
                Some(number) if operation.glued => number,
                _ => {
                    let number = self.runs.len();
                    self.runs.push(Run {
                        component: operation.component,
                        operations: Vec::new(),
                        targets: BTreeSet::new(),
                        waits_for: 0,
                        next: None,
                    });
                    if let Some(before) = before {
                        self.runs[before].next = Some(number);
                    }
                    last_run.insert(operation.component, number);
                    number
                }
            };
            let run = &mut self.runs[number];
            run.operations.push(index);
            run.targets.insert(operation.target.clone());
            self.run_of.push(number);
            let component = self.components.entry(operation.component).or_default();
            component.push(index);
        }
    }

    fn tie(&mut self, operations: &[Operation]) {
        let index_of: BTreeMap<usize, usize> = operations
            .iter()
            .enumerate()
            .map(|(index, operation)| (operation.id, index))
            .collect();
        let mut waits: Vec<BTreeSet<Option<usize>>> = vec![BTreeSet::new(); self.runs.len()];
        for run in &self.runs {
            if let Some(next) = run.next {
                waits[next].insert(run.operations.last().copied());
            }
        }
        for (index, operation) in operations.iter().enumerate() {
            for id in &operation.depends_on {
                // What is not in the plan can never be done: `None` keeps the run waiting.
                let needed = index_of.get(id).copied();
                if needed.is_none_or(|needed| self.run_of[needed] != self.run_of[index]) {
                    waits[self.run_of[index]].insert(needed);
                }
            }
        }
        for (number, needed) in waits.into_iter().enumerate() {
            self.runs[number].waits_for = needed.len();
            if needed.is_empty() {
                self.ready.insert(number);
            }
            for index in needed.into_iter().flatten() {
                self.wakes[index].push(number);
            }
        }
    }

    fn may_start(&self, number: usize) -> bool {
        let run = &self.runs[number];
        (!self.closed || self.begun.contains(&run.component)) && run.targets.is_disjoint(&self.busy)
    }

    fn is_open(&self, index: usize) -> bool {
        self.states[index] == State::Waiting
    }

    fn skip_after(&mut self, index: usize) -> Vec<usize> {
        let mut skipped = BTreeSet::new();
        let mut runs = vec![self.run_of[index]];
        while let Some(number) = runs.pop() {
            // A run is skipped as a whole: a release without its claim must not be sent.
            self.ready.remove(&number);
            runs.extend(self.runs[number].next);
            for index in self.runs[number].operations.clone() {
                runs.extend(std::mem::take(&mut self.wakes[index]));
                if self.is_open(index) {
                    self.states[index] = State::Skipped;
                    skipped.insert(index);
                }
            }
        }
        skipped.into_iter().collect()
    }
}
