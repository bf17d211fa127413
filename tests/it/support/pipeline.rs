//! The whole way from a manifest to a converged organization, through the client, as the commands go
//! it: read what comparing needs, compare, read what writing needs, plan, execute, look again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use workmailctl::apply::{Budget, Event, Interrupt, Outcome, Pace, Run, Sink, execute};
use workmailctl::diff;
use workmailctl::kinds::KINDS;
use workmailctl::live::{self, ReadError};
use workmailctl::model::{ChangeSet, Desired, Snapshot};
use workmailctl::plan::{self, Allowances, ManifestStamp, Plan, PlanError, Planning, Scope};

use super::service::World;
use super::world::now;

/// How often what writing needs may be asked again.
const ROUNDS: usize = 8;

/// What was read, and how it differs from the manifest.
pub(crate) struct Seen {
    pub(crate) live: Snapshot,
    pub(crate) changes: ChangeSet,
}

/// Reads what comparing needs, then what writing the differences needs.
pub(crate) async fn look(world: &World, desired: &Desired) -> Result<Seen, ReadError> {
    let needs = diff::needs(KINDS, desired);
    let organization = &desired.organization;
    let reading = live::read(&world.client, KINDS, organization, &needs, now());
    let (live, client) = Box::pin(reading).await?;
    let mut live = diff::under_declared_names(desired, live);
    let mut changes = diff::diff(KINDS, desired, &live);
    for _ in 0..ROUNDS {
        let more = diff::more_needs(KINDS, desired, &changes, &live);
        if more.is_empty() {
            return Ok(Seen { live, changes });
        }
        Box::pin(live::read_more(&client, KINDS, &mut live, &more)).await;
        changes = diff::diff(KINDS, desired, &live);
    }
    panic!("after {ROUNDS} rounds of reading, more is needed")
}

/// How many plans were made: each has a nonce of its own, as plans have.
static PLANS: AtomicU32 = AtomicU32::new(0);

/// The plan from what was seen to the manifest.
pub(crate) fn planned(desired: &Desired, seen: &Seen) -> Plan {
    try_planned(desired, seen).expect("the planner does not contradict itself")
}

/// The same, or what is wrong with the planner.
pub(crate) fn try_planned(desired: &Desired, seen: &Seen) -> Result<Plan, PlanError> {
    let planning = Planning {
        management: &desired.management,
        allowances: &Allowances::default(),
        scope: &Scope::default(),
        manifest: ManifestStamp::default(),
        now: now(),
        nonce: format!("{:08x}", PLANS.fetch_add(1, Ordering::Relaxed)),
    };
    plan::plan(KINDS, &seen.changes, &seen.live, &planning)
}

/// Executes a plan.
pub(crate) async fn carry_out(world: &World, plan: &Plan, live: &Snapshot) -> Outcome {
    carry_out_telling(world, plan, live, &mut Quiet).await
}

/// Executes a plan and tells what happens.
pub(crate) async fn carry_out_telling(
    world: &World,
    plan: &Plan,
    live: &Snapshot,
    sink: &mut dyn Sink,
) -> Outcome {
    carry_out_within(world, plan, live, Budget::default(), sink).await
}

/// Executes a plan within a budget.
pub(crate) async fn carry_out_within(
    world: &World,
    plan: &Plan,
    live: &Snapshot,
    budget: Budget,
    sink: &mut dyn Sink,
) -> Outcome {
    let pace = Pace {
        wait_deadline: Duration::from_secs(5),
        compare: true,
        ..Pace::default()
    };
    let interrupt = Interrupt::new();
    let client = world.client.for_organization(&live.organization.id);
    let with = Run {
        pace: &pace,
        interrupt: &interrupt,
        secrets: &super::secrets::MadeUp,
        budget,
    };
    execute(&client, KINDS, plan, live, &with, sink).await
}

/// False if the manifest asks for what no order of calls can do from here, as a newcomer who gets the
/// name and an address of a leaver.
pub(crate) async fn is_possible(world: &World, desired: &Desired) -> bool {
    let seen = look(world, desired).await.expect("the organization");
    let problems = planned(desired, &seen).problems;
    // Other problems may follow from that one: who cannot come cannot be a delegate.
    let told = problems
        .iter()
        .any(|problem| problem.message.contains("no order of calls does both"));
    assert!(problems.is_empty() || told, "{problems:?}");
    problems.is_empty()
}

/// Reads, plans, executes, and reads again. Returns what was planned and what is left to plan.
pub(crate) async fn apply(world: &World, desired: &Desired) -> (Plan, Outcome, Plan) {
    let seen = look(world, desired).await.expect("the organization");
    let plan = planned(desired, &seen);
    assert_eq!(plan.problems, [], "the manifest fits the organization");
    let outcome = carry_out(world, &plan, &seen.live).await;
    let again = look(world, desired).await.expect("the organization");
    (plan, outcome, planned(desired, &again))
}

/// Events that nobody looks at.
pub(crate) struct Quiet;

impl Sink for Quiet {
    fn event(&mut self, _: Event) {}
}
