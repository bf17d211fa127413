//! Which operations may start now: a plan's chains, what they wait for, and what is in flight.
//!
//! The unit is a run: one operation with everything that is glued to it. A component is a chain of
//! runs in plan order. Nothing here sends anything, so that the order can be tested by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Target;
use crate::plan::Operation;

use super::budget::Room;

/// The state of all operations of a plan. Operations are meant by their index in the plan.
pub(crate) struct Schedule {
    runs: Vec<Run>,
    run_of: Vec<usize>,
    components: BTreeMap<usize, Vec<usize>>,
    states: Vec<State>,
    /// By operation: the runs that wait for it.
    wakes: Vec<Vec<(usize, Tie)>>,
    /// By operation: those that it depends on.
    needs: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
    busy: BTreeSet<Target>,
    free_slots: usize,
    begun: BTreeSet<usize>,
    /// The components that go through as a whole: those that began, and those that these wait for.
    admitted: BTreeSet<usize>,
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
    /// What goes through as a whole from now on and was not sure to before, these operations included.
    pub(crate) admitted: Vec<usize>,
}

struct Run {
    component: usize,
    operations: Vec<usize>,
    targets: BTreeSet<Target>,
    waits_for: usize,
    next: Option<usize>,
}

/// Why one run waits for another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// It depends on it.
    Need,
    /// It only comes later in the same component.
    Order,
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
            needs: vec![Vec::new(); operations.len()],
            ready: BTreeSet::new(),
            busy: BTreeSet::new(),
            free_slots: parallelism.max(1),
            begun: BTreeSet::new(),
            admitted: BTreeSet::new(),
            closed: false,
        };
        schedule.form_runs(operations);
        schedule.tie(operations);
        schedule
    }

    /// What to send now; none: nothing may start now. Runs start in the order of the plan. The slot
    /// is taken until `finish`. What does not fit into the room is passed over.
    pub(crate) fn start(&mut self, room: Room) -> Option<Started> {
        if self.free_slots == 0 {
            return None;
        }
        let number = self
            .ready
            .iter()
            .copied()
            .find(|run| self.may_start(*run, room))?;
        let admitted = self.admit(self.runs[number].component, room);
        self.ready.remove(&number);
        self.free_slots -= 1;
        let run = &self.runs[number];
        self.busy.extend(run.targets.iter().cloned());
        let left = run.operations.iter().copied();
        Some(Started {
            component: run.component,
            opens: self.begun.insert(run.component),
            operations: left.filter(|index| self.is_open(*index)).collect(),
            admitted,
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
        for (number, _) in std::mem::take(&mut self.wakes[index]) {
            self.wake(number);
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

    /// The operation failed for good. Returns what will not be sent because of that: whatever
    /// depends on it, in the order of the plan. The rest of its component goes on.
    pub(crate) fn failed(&mut self, index: usize) -> Vec<usize> {
        if self.is_open(index) {
            self.states[index] = State::Failed;
        }
        self.skip(vec![self.run_of[index]])
    }

    /// Nothing of this operation's component that is not done will be sent, nor what depends on it.
    /// Returns these operations in the order of the plan.
    pub(crate) fn leave_alone(&mut self, index: usize) -> Vec<usize> {
        let component = self.runs[self.run_of[index]].component;
        let operations = self.component(component).iter();
        self.skip(operations.map(|index| self.run_of[*index]).collect())
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
        let mut follows: Vec<Option<usize>> = vec![None; self.runs.len()];
        for run in &self.runs {
            if let (Some(next), Some(last)) = (run.next, run.operations.last()) {
                follows[next] = Some(*last);
            }
        }
        for (index, operation) in operations.iter().enumerate() {
            for id in &operation.depends_on {
                // What is not in the plan can never be done: `None` keeps the run waiting.
                let needed = index_of.get(id).copied();
                self.needs[index].extend(needed);
                if needed.is_none_or(|needed| self.run_of[needed] != self.run_of[index]) {
                    waits[self.run_of[index]].insert(needed);
                }
            }
        }
        for (number, needed) in waits.into_iter().enumerate() {
            let mut waits_for = needed.len();
            if let Some(before) = follows[number].filter(|before| !needed.contains(&Some(*before)))
            {
                self.wakes[before].push((number, Tie::Order));
                waits_for += 1;
            }
            self.runs[number].waits_for = waits_for;
            if waits_for == 0 {
                self.ready.insert(number);
            }
            for index in needed.into_iter().flatten() {
                self.wakes[index].push((number, Tie::Need));
            }
        }
    }

    /// One thing that a run waits for has come, or will not stand in its way any more.
    fn wake(&mut self, number: usize) {
        let run = &mut self.runs[number];
        run.waits_for -= 1;
        let open = |index: &usize| self.states[*index] == State::Waiting;
        if run.waits_for == 0 && run.operations.iter().any(open) {
            self.ready.insert(number);
        }
    }

    fn may_start(&self, number: usize, room: Room) -> bool {
        let run = &self.runs[number];
        let goes_on = self.begun.contains(&run.component);
        (goes_on || !self.closed)
            && run.targets.is_disjoint(&self.busy)
            && (goes_on || self.admitted.contains(&run.component) || self.fits(run.component, room))
    }

    fn fits(&self, component: usize, room: Room) -> bool {
        match room {
            Room::Any => true,
            Room::Nothing => false,
            Room::Calls(left) => self.whole(component, left).is_some(),
        }
    }

    /// Admits a component, in a narrow room with all that it waits for. Returns the operations that are
    /// now sure to go through.
    fn admit(&mut self, component: usize, room: Room) -> Vec<usize> {
        if self.admitted.contains(&component) {
            return Vec::new();
        }
        let components = match room {
            Room::Calls(left) => self.whole(component, left).unwrap_or_default(),
            Room::Any | Room::Nothing => BTreeSet::from([component]),
        };
        let operations = components.iter().flat_map(|one| self.component(*one));
        let operations = operations.copied().filter(|index| self.is_open(*index));
        let operations = operations.collect();
        self.admitted.extend(components);
        operations
    }

    /// The components that have to go through with this one so that nothing of it is left half-way; none
    /// where these are more calls than `most`.
    fn whole(&self, component: usize, most: u64) -> Option<BTreeSet<usize>> {
        let mut whole = BTreeSet::from([component]);
        let mut todo = vec![component];
        let mut count = 0;
        while let Some(component) = todo.pop() {
            let open = self.component(component).iter();
            for index in open.filter(|index| self.is_open(**index)) {
                count += 1;
                if count > most {
                    return None;
                }
                for needed in self.needs[*index]
                    .iter()
                    .filter(|index| self.is_open(**index))
                {
                    let other = self.runs[self.run_of[*needed]].component;
                    if !self.admitted.contains(&other) && whole.insert(other) {
                        todo.push(other);
                    }
                }
            }
        }
        Some(whole)
    }

    fn is_open(&self, index: usize) -> bool {
        self.states[index] == State::Waiting
    }

    fn skip(&mut self, mut runs: Vec<usize>) -> Vec<usize> {
        let mut skipped = BTreeSet::new();
        while let Some(number) = runs.pop() {
            // A run is skipped as a whole: a release without its claim must not be sent.
            self.ready.remove(&number);
            for index in self.runs[number].operations.clone() {
                if self.is_open(index) {
                    self.states[index] = State::Skipped;
                    skipped.insert(index);
                }
                for (other, tie) in std::mem::take(&mut self.wakes[index]) {
                    match tie {
                        Tie::Need => runs.push(other),
                        Tie::Order => self.wake(other),
                    }
                }
            }
        }
        skipped.into_iter().collect()
    }
}

/// How many calls have to go through together so that nothing is left half-way, by the components of a
/// plan: those of the component and of all that it waits for.
pub fn together(operations: &[Operation]) -> Vec<usize> {
    let schedule = Schedule::new(operations, 1);
    let all = schedule.components.keys();
    let whole = all.filter_map(|component| schedule.whole(*component, u64::MAX));
    whole
        .map(|whole| whole.iter().map(|one| schedule.component(*one).len()).sum())
        .collect()
}

#[cfg(test)]
mod tests;
