//! The order in which runs start: examples, and random plans with random failures.

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
    std::iter::from_fn(|| schedule.start(Room::Any))
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
    assert_eq!(
        schedule.start(Room::Any).map(|started| started.opens),
        Some(true)
    );
    schedule.close();
    schedule.done(0);
    schedule.finish(0);
    assert_eq!(
        schedule.start(Room::Any).map(|started| started.opens),
        Some(false)
    );
    schedule.done(1);
    schedule.finish(1);
    assert_eq!(schedule.start(Room::Any), None);
    assert_eq!(schedule.open(), [2]);
}

#[test]
fn what_is_not_in_the_plan_is_never_done() {
    let mut plan = [operation(1, 1, "a")];
    plan[0].depends_on = vec![7];
    assert_eq!(Schedule::new(&plan, 1).start(Room::Any), None);
}

#[test]
fn what_does_not_fit_is_passed_over_and_what_begins_goes_through() {
    let mut plan = [
        operation(1, 1, "a"),
        operation(2, 1, "a"),
        operation(3, 1, "a"),
        operation(4, 2, "b"),
        operation(5, 2, "b"),
        operation(6, 3, "c"),
    ];
    // The end of the second component waits for the third one: both begin, or none.
    plan[4].depends_on = vec![6];
    assert_eq!(together(&plan), [3, 3, 1]);
    let admitted = |room| {
        let started = Schedule::new(&plan, 9).start(room);
        started.map_or_else(Vec::new, |started| started.admitted)
    };
    assert_eq!(admitted(Room::Calls(2)), [5]);
    assert_eq!(admitted(Room::Calls(3)), [0, 1, 2]);
    assert_eq!(admitted(Room::Nothing), [0; 0]);

    plan[0].component = 4;
    plan[0].depends_on = vec![9];
    let mut schedule = Schedule::new(&plan, 1);
    schedule.skip(vec![schedule.run_of[0]]);
    schedule.skip(vec![schedule.run_of[1], schedule.run_of[2]]);
    let started = schedule.start(Room::Calls(3)).expect("it fits");
    assert_eq!(started.admitted, [3, 4, 5]);
    schedule.done(3);
    schedule.finish(3);
    let started = schedule.start(Room::Nothing).expect("it was admitted");
    assert_eq!((started.operations, started.admitted), (vec![5], vec![]));
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
            while let Some(run) = schedule.start(Room::Any) {
                prop_assert!(!run.operations.is_empty());
                for (position, index) in run.operations.iter().enumerate() {
                    let before: BTreeSet<_> = run.operations[..position].iter().copied().collect();
                    for needed in needed(&plan, *index) {
                        let met = done.contains(&needed) || before.contains(&needed);
                        prop_assert!(met, "{} started before {}", index, needed);
                    }
                    if let Some(earlier) = self::before(&plan, *index) {
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
