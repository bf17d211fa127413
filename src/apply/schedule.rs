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
    wakes: Vec<Vec<(usize, Tie)>>,
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

    fn may_start(&self, number: usize) -> bool {
        let run = &self.runs[number];
        (!self.closed || self.begun.contains(&run.component)) && run.targets.is_disjoint(&self.busy)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Call;
    use crate::plan::Reversible;

    fn operation(id: usize, component: usize, target: &str) -> Operation {
        Operation {
            id,
            call: Call {
                operation: "UpdateUser".to_owned(),
                input: serde_json::Map::new(),
            },
            target: Target::user(target),
            party: None,
            expects: Vec::new(),
            component,
            depends_on: Vec::new(),
            rules: Vec::new(),
            change: None,
            confirms: Vec::new(),
            glued: false,
            give_back: Vec::new(),
            missing_is_done: false,
            reversible: Reversible::Free,
            becomes: None,
        }
    }

    fn started(schedule: &mut Schedule) -> Vec<Vec<usize>> {
        std::iter::from_fn(|| schedule.start())
            .map(|started| started.operations)
            .collect()
    }

    #[test]
    fn glued_operations_start_together_and_chains_in_order() {
        let mut plan = [
            operation(1, 1, "a"),
            operation(2, 2, "x"),
            operation(3, 1, "b"),
            operation(4, 1, "c"),
        ];
        plan[2].glued = true;
        let mut schedule = Schedule::new(&plan, 4);
        assert_eq!(started(&mut schedule), [vec![0, 2], vec![1]]);
        schedule.done(0);
        schedule.done(2);
        schedule.finish(0);
        assert_eq!(started(&mut schedule), [vec![3]]);
    }

    #[test]
    fn an_operation_waits_for_another_component_and_falls_with_it() {
        let mut plan = [
            operation(1, 1, "a"),
            operation(2, 2, "b"),
            operation(3, 2, "c"),
            operation(4, 3, "d"),
        ];
        plan[2].depends_on = vec![1];
        let mut schedule = Schedule::new(&plan, 9);
        assert_eq!(started(&mut schedule), [vec![0], vec![1], vec![3]]);
        schedule.done(1);
        schedule.finish(1);
        assert_eq!(started(&mut schedule), [[0; 0]; 0]);
        assert_eq!(schedule.failed(0), [2]);
        schedule.done(3);
        assert_eq!(schedule.open(), [0; 0]);
    }

    #[test]
    fn a_glued_run_is_skipped_as_a_whole() {
        let mut plan = [
            operation(1, 1, "a"),
            operation(2, 2, "b"),
            operation(3, 2, "c"),
        ];
        plan[2].glued = true;
        plan[2].depends_on = vec![1];
        let mut schedule = Schedule::new(&plan, 9);
        assert_eq!(started(&mut schedule), [vec![0]]);
        assert_eq!(schedule.failed(0), [1, 2]);
    }

    #[test]
    fn one_write_at_a_time_for_one_thing() {
        let plan = [operation(1, 1, "a"), operation(2, 2, "A")];
        let mut schedule = Schedule::new(&plan, 9);
        assert_eq!(started(&mut schedule), [vec![0]]);
        schedule.done(0);
        schedule.finish(0);
        assert_eq!(started(&mut schedule), [vec![1]]);
    }

    #[test]
    fn a_closed_schedule_finishes_what_it_began() {
        let plan = [
            operation(1, 1, "a"),
            operation(2, 1, "a"),
            operation(3, 2, "b"),
        ];
        let mut schedule = Schedule::new(&plan, 1);
        assert_eq!(schedule.start().map(|started| started.opens), Some(true));
        schedule.close();
        schedule.done(0);
        schedule.finish(0);
        assert_eq!(schedule.start().map(|started| started.opens), Some(false));
        schedule.done(1);
        schedule.finish(1);
        assert_eq!(schedule.start(), None);
        assert_eq!(schedule.open(), [2]);
    }

    #[test]
    fn what_is_not_in_the_plan_is_never_done() {
        let mut plan = [operation(1, 1, "a")];
        plan[0].depends_on = vec![7];
        assert_eq!(Schedule::new(&plan, 1).start(), None);
    }

    fn plans() -> impl Strategy<Value = Vec<Operation>> {
        let one = (
            0..6_usize,
            0..5_u8,
            any::<bool>(),
            proptest::collection::vec(0..40_usize, 0..3),
        );
        proptest::collection::vec(one, 1..40).prop_map(|all| {
            all.into_iter()
                .enumerate()
                .map(|(index, (component, target, glued, before))| {
                    let mut one = operation(index + 1, component, &format!("t{target}"));
                    one.glued = glued;
                    one.depends_on = before
                        .into_iter()
                        .filter(|id| *id > 0 && *id <= index)
                        .collect();
                    one
                })
                .collect()
        })
    }

    /// What must be done before an operation: what it depends on, and what it is glued to.
    fn needed(plan: &[Operation], index: usize) -> BTreeSet<usize> {
        let glue = before(plan, index).filter(|_| plan[index].glued);
        let others = plan[index].depends_on.iter().map(|id| id - 1);
        others.chain(glue).collect()
    }

    /// The operation before one in its chain.
    fn before(plan: &[Operation], index: usize) -> Option<usize> {
        let component = plan[index].component;
        (0..index)
            .rev()
            .find(|other| plan[*other].component == component)
    }

    proptest! {
        /// Whatever fails and in whatever order things end: nothing starts too early, nothing twice,
        /// never more than allowed, never two writes of one thing; and what is left at the end is
        /// exactly what failed, what fell with it, and what waits for a circle.
        #[test]
        fn every_order_is_kept(
            plan in plans(),
            slots in 1..5_usize,
            choices in proptest::collection::vec((any::<u8>(), 0..10_u8), 1..200),
        ) {
            let mut schedule = Schedule::new(&plan, slots);
            let mut running: Vec<Vec<usize>> = Vec::new();
            let mut done = BTreeSet::new();
            let mut failed = BTreeSet::new();
            let mut skipped = BTreeSet::new();
            let mut choices = choices.into_iter().cycle();
            loop {
                while let Some(run) = schedule.start() {
                    prop_assert!(!run.operations.is_empty());
                    for (position, index) in run.operations.iter().enumerate() {
                        let before: BTreeSet<_> = run.operations[..position].iter().copied().collect();
                        for needed in needed(&plan, *index) {
                            let met = done.contains(&needed) || before.contains(&needed);
                            prop_assert!(met, "{} started before {}", index, needed);
                        }
                        if let Some(earlier) = super::tests::before(&plan, *index) {
                            let over = done.contains(&earlier)
                                || failed.contains(&earlier)
                                || skipped.contains(&earlier)
                                || before.contains(&earlier);
                            prop_assert!(over, "{} started while {} was not over", index, earlier);
                        }
                        let target = &plan[*index].target;
                        let others = running.iter().flatten();
                        prop_assert!(others.clone().all(|other| plan[*other].target != *target));
                        prop_assert!(others.clone().all(|other| other != index));
                        prop_assert!(!done.contains(index) && !skipped.contains(index));
                    }
                    running.push(run.operations);
                    prop_assert!(running.len() <= slots);
                }
                if running.is_empty() {
                    break;
                }
                let (which, fate) = choices.next().expect("choices repeat for ever");
                let run = running.remove(usize::from(which) % running.len());
                for (position, index) in run.iter().enumerate() {
                    if fate == 0 && position + 1 == run.len() {
                        failed.insert(*index);
                        skipped.extend(schedule.failed(*index));
                    } else {
                        done.insert(*index);
                        schedule.done(*index);
                    }
                }
                schedule.finish(run[0]);
            }
            let all: BTreeSet<usize> = (0..plan.len()).collect();
            let open: BTreeSet<usize> = schedule.open().into_iter().collect();
            prop_assert!(done.is_disjoint(&skipped) && failed.is_disjoint(&skipped));
            let told: BTreeSet<usize> = [&done, &failed, &skipped, &open].into_iter().flatten().copied().collect();
            prop_assert_eq!(told, all);
            for index in &skipped {
                // It fell with something, or with the run that it is glued into.
                prop_assert!(!failed.is_empty(), "{} was skipped without a reason", index);
            }
            for index in &done {
                for needed in needed(&plan, *index) {
                    prop_assert!(done.contains(&needed));
                }
            }
        }
    }
}
