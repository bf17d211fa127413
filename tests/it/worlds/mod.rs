//! Random pairs of worlds over all kinds: the second one is reached from the first, whatever the two are,
//! and whatever the service does where the reference leaves it open. Nothing is refused on the way but
//! what is waited for, and reads whose refusal tells something. In a whole run everything happens that
//! can: every rule of order, every guard, every full table. On the way holds what plans promise, told by the
//! emulator's log. `WORKMAILCTL_PAIRS` chooses pairs by their numbers.

pub(crate) mod met;
mod reads;
pub(crate) mod way;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

use serde_json::{Value, json};
use tokio::runtime::Builder;
use workmailctl::apply::{Event, Sink};
use workmailctl::model::{Desired, Snapshot};
use workmailctl::plan::Plan;

use crate::changed::{SPECIAL, settings};
use crate::support::pipeline;
use crate::support::random::{chosen, values};
use crate::support::random_settings::{Dice, INSTANCE, Pair, THERE, pairs};
use crate::support::service::World;
use crate::support::world::sound;

use met::Met;
use reads::unexpected;

/// In how many pairs everything has to happen that can.
const PAIRS: u32 = 200;

#[test]
fn random_worlds_converge() {
    let pairs: Vec<Pair> = values("random worlds", PAIRS, &pairs()).collect();
    let only = chosen();
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let ended: Vec<(Met, Vec<(usize, Why)>)> = thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| work(&pairs, only.as_ref(), &next)))
            .collect();
        let ended = working.into_iter().map(ScopedJoinHandle::join);
        ended.map(|ended| ended.expect("no panic")).collect()
    });
    let (mut met, mut whys) = (Met::default(), Vec::new());
    for (counted, ended) in ended {
        met.extend(counted);
        whys.extend(ended);
    }
    whys.sort_by_key(|(index, _)| *index);
    let mut failures = String::new();
    let mut refused = 0;
    for (index, why) in whys {
        match why {
            Why::Refused(why) => {
                met.add(format!("refused: {why}"));
                refused += 1;
            }
            Why::Wrong(why) => {
                let Pair { before, wanted, .. } = &pairs[index];
                let number = index + 1;
                writeln!(failures, "pair {number}, {why}\n{before}\n{wanted}")
                    .expect("a text takes all");
            }
        }
    }
    met.print();
    assert!(failures.is_empty(), "{failures}");
    assert!(
        refused * 5 <= pairs.len(),
        "{refused} of {} pairs are refused",
        pairs.len()
    );
    if pairs.len() >= PAIRS as usize && only.is_none() {
        let missing = met.missing(pairs.len());
        assert!(missing.is_empty(), "{}", missing.join("\n"));
    }
}

/// Takes one pair after another until there are no more, or those of these numbers alone. Tells why
/// which were not reached.
fn work(
    pairs: &[Pair],
    only: Option<&BTreeSet<usize>>,
    next: &AtomicUsize,
) -> (Met, Vec<(usize, Why)>) {
    let (mut met, mut whys) = (Met::default(), Vec::new());
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(pair) = pairs.get(index) else {
            return (met, whys);
        };
        if only.is_some_and(|only| !only.contains(&(index + 1))) {
            continue;
        }
        let switches = switches(pair);
        let switches: Vec<&str> = switches.iter().map(String::as_str).collect();
        match runtime.block_on(converges(pair, &switches, &mut met)) {
            Ok(()) => {}
            Err(Why::Wrong(why)) => {
                whys.push((index, Why::Wrong(format!("{switches:?}: {why}"))));
            }
            Err(why) => whys.push((index, why)),
        }
    }
}

/// Reaches the one world, then the other.
async fn converges(pair: &Pair, switches: &[&str], met: &mut Met) -> Result<(), Why> {
    let world = World::of(&["example.com", "example.org"], switches).await;
    let input = json!({"Name": "there", "InstanceArn": INSTANCE});
    let application = world.ask("CreateIdentityCenterApplication", input).await;
    let application = application["ApplicationArn"].as_str().expect("an ARN");
    for (which, manifest) in [("before", &pair.before), ("wanted", &pair.wanted)] {
        let desired = sound(&manifest.replace(THERE, application));
        reaches(&world, &desired, met)
            .await
            .map_err(|why| match why {
                Why::Wrong(why) => Why::Wrong(format!("{which}: {why}")),
                refused @ Why::Refused(_) => refused,
            })?;
    }
    let refused = refusals(&world, false).await;
    for (operation, code) in &refused {
        met.read(operation, code);
    }
    let unexpected = unexpected(&refused, switches);
    if unexpected.is_empty() {
        return Ok(());
    }
    Err(format!("reads are refused: {unexpected:?}").into())
}

/// Sides of switches that are left out, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "rule-twins=refuse",
        "worlds have rules with a condition and its opposite",
    ),
    (
        "primary-counts=yes",
        "somebody has a primary address and 100 aliases",
    ),
    (
        "booking-needs-delegate=any",
        "what a deregistered room answers by itself, it may not without a delegate, and it has one only in \
         the round after its registration",
    ),
    (
        "test-domain-verified=30",
        "the test domain as the default one waits for it",
    ),
];

/// Sides by which the service evaluates rules otherwise than this program. An apply finds that by asking,
/// and does not write such rules: `sampled` and `switches` show it.
const OTHERWISE: &[&str] = &[
    "rule-precedence=allow",
    "rule-users-for-role=never",
    "rule-users-for-role=ignored",
];

/// The most switches that are turned to another side than their first one.
const TURNED: usize = 5;

/// How the service behaves with a pair.
pub(crate) fn switches(pair: &Pair) -> Vec<String> {
    let special = SPECIAL.iter().map(|special| special.setting);
    let left_out: BTreeSet<&str> = LEFT_OUT
        .iter()
        .map(|(setting, _)| *setting)
        .chain(special)
        .collect();
    let mut all = settings(1);
    all.retain(|setting| !left_out.contains(setting.as_str()));
    let mut dice = Dice(pair.behavior);
    (0..dice.below(TURNED + 1))
        .map(|_| dice.one(&all).clone())
        .filter(|setting| !OTHERWISE.contains(&setting.as_str()))
        .collect()
}

/// What no plan does, by what is said of it; other problems may follow from it.
pub(crate) const REFUSED: &[&str] = &[
    "no order of calls does both",
    "this looks like a rename",
    "keep their addresses while deregistered",
    "nobody would answer requests",
];

/// Why a world is not reached.
enum Why {
    /// The manifest asks for what no plan does from here.
    Refused(&'static str),
    Wrong(String),
}

impl From<String> for Why {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

/// In how many rounds a world has to be reached: what a group or a room had while it was deregistered is
/// told only once it is registered, and rounds follow as in a command.
pub(crate) const ROUNDS: usize = 3;

/// Applies until nothing is left to plan; no write is refused but those that are waited for.
async fn reaches(world: &World, desired: &Desired, met: &mut Met) -> Result<(), Why> {
    let mut left = Vec::new();
    let mut way: Option<(Snapshot, Plan, usize)> = None;
    for round in 0..=ROUNDS {
        let seen = pipeline::look(world, desired)
            .await
            .expect("the organization");
        if let Some((before, plan, start)) = way.take() {
            let effects = world.effects().await.split_off(start);
            way::holds(&before, &seen.live, &effects, &plan, met)?;
        }
        let plan = pipeline::try_planned(desired, &seen).map_err(|error| error.to_string())?;
        let refused = REFUSED.iter().find(|refused| {
            let mut problems = plan.problems.iter();
            problems.any(|problem| problem.message.contains(**refused))
        });
        if let Some(refused) = refused {
            return Err(Why::Refused(refused));
        }
        if !plan.problems.is_empty() {
            return Err(format!("problems: {:?}", plan.problems).into());
        }
        left = left_in(&plan);
        if left.is_empty() {
            met.add(format!("reached in {round} rounds"));
            return Ok(());
        }
        if round == ROUNDS {
            break;
        }
        met.plan(&plan, &seen.live, desired);
        let start = world.effects().await.len();
        carries_out(world, &plan, &seen.live, met).await?;
        way = Some((seen.live, plan, start));
    }
    Err(format!("left after {ROUNDS} rounds: {left:?}").into())
}

/// What a plan still does, or waits for.
pub(crate) fn left_in(plan: &Plan) -> Vec<String> {
    let held = plan.held.iter();
    let held =
        held.map(|held| format!("{} {} waits for {}", held.target, held.part, held.waits_for));
    let operations = plan.operations.iter();
    operations
        .map(|operation| format!("{} {}", operation.call.operation, operation.target))
        .chain(held)
        .collect()
}

/// Executes a plan to its end.
async fn carries_out(
    world: &World,
    plan: &Plan,
    live: &Snapshot,
    met: &mut Met,
) -> Result<(), Why> {
    let before = refusals(world, true).await.len();
    let mut waits = Waits::default();
    let outcome = pipeline::carry_out_telling(world, plan, live, &mut waits).await;
    if !outcome.is_complete() {
        let failed = plan.operations.iter();
        let failed = failed.filter(|operation| outcome.failed.contains_key(&operation.id));
        let failed: Vec<String> = failed
            .map(|operation| format!("{} {}", operation.call.operation, operation.target))
            .collect();
        return Err(format!(
            "failed {failed:?} {:?}, skipped {:?}, stale {:?}",
            outcome.failed, outcome.skipped, outcome.stale
        )
        .into());
    }
    let mut refused = refusals(world, true).await.split_off(before);
    for wait in waits.named(plan) {
        if let Some(position) = refused.iter().position(|refusal| *refusal == wait) {
            refused.remove(position);
        }
        met.add(format!("wait: {} {}", wait.0, wait.1));
    }
    if !refused.is_empty() {
        return Err(format!("refused, and not waited for: {refused:?}").into());
    }
    Ok(())
}

/// Every write or every read that was refused, with its code, in order.
async fn refusals(world: &World, write: bool) -> Vec<(String, String)> {
    let stats = world.control("GET", "/_emulator/stats", Value::Null).await;
    assert_eq!(stats["dropped"], 0, "the log has all of it");
    let log = stats["log"].as_array().expect("a log").iter();
    log.filter(|entry| entry["write"] == write && entry["outcome"] != "ok")
        .map(|entry| {
            let text = |member: &str| entry[member].as_str().expect("a word").to_owned();
            (text("operation"), text("outcome"))
        })
        .collect()
}

/// What the run waited for.
#[derive(Default)]
struct Waits(Vec<(usize, String)>);

impl Sink for Waits {
    fn event(&mut self, event: Event) {
        if let Event::OperationWaiting { id, code } = event {
            self.0.push((id, code));
        }
    }
}

impl Waits {
    fn named(&self, plan: &Plan) -> Vec<(String, String)> {
        let waits = self.0.iter();
        waits
            .map(|(id, code)| {
                let operation = plan.operation(*id).expect("one of the plan");
                (operation.call.operation.clone(), code.clone())
            })
            .collect()
    }
}
