//! A random world on its way to another one, to be begun again as often as one likes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use proptest::strategy::Strategy;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use workmailctl::apply::Outcome;
use workmailctl::model::{Desired, Snapshot};
use workmailctl::plan::Plan;

use crate::support::canonical::{differences, state};
use crate::support::pipeline;
use crate::support::random::{chosen, stream as random_values};
use crate::support::random_settings::{INSTANCE, Pair, THERE, near_pairs};
use crate::support::service::World;
use crate::support::world::sound;
#[cfg(feature = "cli")]
use crate::support::world::with_heads;
use crate::worlds::met::Met;
use crate::worlds::{REFUSED, ROUNDS, left_in, switches, way};

/// How long a client waits for an answer, but where it is to give up.
const LONG: Duration = Duration::from_mins(1);

/// How a plan says that several things have one name: two runs at a time may make one each.
pub(super) const TWINS: &str = " of the organization are called ";

/// A world that is reached, and another one that is wanted.
pub(crate) struct Stage {
    /// Its number among the random pairs, from 1.
    pub(crate) number: usize,
    pub(crate) pair: Pair,
    pub(super) desired: Desired,
    /// The application that is there before.
    application: String,
    /// The organization before.
    pub(super) before: Snapshot,
    /// How many calls the first plan has.
    pub(crate) calls: usize,
    /// How many requests, and how many of them writes, a run has that nothing stops.
    pub(super) requests: usize,
    pub(super) writes: usize,
    switches: Vec<String>,
    /// The emulator's state before.
    pub(crate) state: Value,
    /// The organization after a run that nothing stops.
    end: BTreeMap<String, Value>,
    /// What that run made, by operation and name.
    made: BTreeMap<String, usize>,
}

/// How a run ended.
pub(super) struct Ran {
    /// What was live when it ended; none if it did not look again.
    pub(super) after: Option<Snapshot>,
    /// The outcome of its last plan; none if there was nothing to do.
    pub(super) outcome: Option<Outcome>,
    /// What is left to do after the last look.
    pub(super) left: Vec<String>,
}

impl Ran {
    /// True if nothing is left to plan.
    pub(super) fn converged(&self) -> bool {
        self.after.is_some() && self.left.is_empty()
    }
}

/// Applies in rounds, as the command does, until nothing is left to plan or something could not be done. The
/// plans that it begins to execute are told, for it may be dropped.
pub(super) async fn apply(
    world: &World,
    desired: &Desired,
    begun: &mut Vec<Plan>,
) -> Result<Ran, String> {
    let mut outcome = None;
    for round in 0..=ROUNDS {
        let seen = pipeline::look(world, desired)
            .await
            .map_err(|error| format!("the organization is not read: {error}"))?;
        let plan = pipeline::try_planned(desired, &seen).map_err(|error| error.to_string())?;
        if !plan.problems.is_empty() {
            return Err(format!("problems: {:?}", plan.problems));
        }
        let left = left_in(&plan);
        if left.is_empty() || round == ROUNDS {
            return Ok(Ran {
                after: Some(seen.live),
                outcome,
                left,
            });
        }
        begun.push(plan);
        let plan = &begun[begun.len() - 1];
        let ended = pipeline::carry_out(world, plan, &seen.live).await;
        if !ended.is_complete() {
            return Ok(Ran {
                after: None,
                outcome: Some(ended),
                left,
            });
        }
        outcome = Some(ended);
    }
    unreachable!("the last round returns")
}

/// True for the end of a run that says what no plan does from here, and writes nothing.
pub(super) fn is_refused(why: &str) -> bool {
    let mut refused = REFUSED.iter().chain([&TWINS]);
    refused.any(|refused| why.contains(refused))
}

/// The same run, which has to converge. Returns what is live then.
pub(super) async fn converges(
    world: &World,
    desired: &Desired,
    begun: &mut Vec<Plan>,
) -> Result<Snapshot, String> {
    let ran = apply(world, desired, begun).await?;
    match ran.after {
        Some(after) if ran.left.is_empty() => Ok(after),
        Some(_) => Err(format!("left after {ROUNDS} rounds: {:?}", ran.left)),
        None => Err(told(begun.last(), ran.outcome.as_ref())),
    }
}

/// What a plan did not do, in words for people who look at a test.
pub(super) fn told(plan: Option<&Plan>, outcome: Option<&Outcome>) -> String {
    let (Some(plan), Some(outcome)) = (plan, outcome) else {
        return "nothing was executed".to_owned();
    };
    let call = |id: &usize| {
        plan.operation(*id).map_or_else(String::new, |operation| {
            format!("{} {}", operation.call.operation, operation.target)
        })
    };
    let failed: Vec<String> = outcome
        .failed
        .iter()
        .map(|(id, failure)| {
            let code = failure.code.as_deref().unwrap_or("no code");
            format!("{}: {code}: {}", call(id), failure.message)
        })
        .collect();
    let skipped: Vec<String> = outcome.skipped.keys().map(call).collect();
    let done: Vec<String> = outcome.done.iter().map(call).collect();
    format!(
        "done {done:?}, failed {failed:?}, skipped {skipped:?}, stale {:?}, doubted {:?}, stopped {:?}",
        outcome.stale, outcome.doubted, outcome.stopped
    )
}

impl Stage {
    /// The stage of a pair; none if the pair has no plan or a longer one, or needs what no plan does.
    async fn of(number: usize, pair: Pair, most: usize) -> Result<Option<Self>, String> {
        let switches = switches(&pair);
        let turned: Vec<&str> = switches.iter().map(String::as_str).collect();
        let world = World::of(&["example.com", "example.org"], &turned).await;
        let input = json!({"Name": "there", "InstanceArn": INSTANCE});
        let application = world.ask("CreateIdentityCenterApplication", input).await;
        let application = application["ApplicationArn"].as_str().expect("an ARN");
        let [before, desired] = [&pair.before, &pair.wanted]
            .map(|manifest| sound(&manifest.replace(THERE, application)));
        // What no plan does is for the random worlds to find; here the others count.
        let Ok(live) = converges(&world, &before, &mut Vec::new()).await else {
            return Ok(None);
        };
        drop(live);
        let seen = pipeline::look(&world, &desired).await;
        let seen = seen.map_err(|error| error.to_string())?;
        let plan = pipeline::try_planned(&desired, &seen).map_err(|error| error.to_string())?;
        let calls = plan.operations.len();
        if !plan.problems.is_empty() || calls == 0 || calls > most {
            return Ok(None);
        }
        let kept = world.control("GET", "/_emulator/state", Value::Null).await;
        let mut stage = Self {
            number,
            desired,
            application: application.to_owned(),
            before: seen.live,
            calls,
            requests: 0,
            writes: 0,
            switches: switches.clone(),
            state: kept,
            end: BTreeMap::new(),
            made: BTreeMap::new(),
            pair,
        };
        let world = stage.world().await;
        let mut begun = Vec::new();
        let after = converges(&world, &stage.desired, &mut begun).await?;
        (stage.requests, stage.writes) = world.way.counted();
        stage.end = state(&world).await;
        stage.made = made(&world.effects().await);
        stage
            .holds(&world, &after, &begun)
            .await
            .map_err(|why| format!("a run that nothing stops: {why}"))?;
        Ok(Some(stage))
    }

    /// What a manifest means in this world.
    pub(super) fn manifest(&self, text: &str) -> Desired {
        sound(&text.replace(THERE, &self.application))
    }

    /// The manifest of the world that is wanted.
    #[cfg(feature = "cli")]
    pub(crate) fn wanted(&self) -> String {
        with_heads(&self.pair.wanted.replace(THERE, &self.application))
    }

    /// The world, begun anew.
    pub(super) async fn world(&self) -> World {
        self.world_that_waits(LONG).await
    }

    /// The same with a client that waits so long for the answer to a request.
    pub(super) async fn world_that_waits(&self, timeout: Duration) -> World {
        let switches: Vec<&str> = self.switches.iter().map(String::as_str).collect();
        World::restored(&self.state, &switches, timeout).await
    }

    /// Runs again, which converges; and all that was done from the beginning is as it has to be.
    pub(super) async fn recovers(&self, world: &World, mut begun: Vec<Plan>) -> Result<(), String> {
        let first = begun.len();
        let after = converges(world, &self.desired, &mut begun)
            .await
            .map_err(|why| format!("the next run: {why}"))?;
        let differs = differences(&self.end, &state(world).await);
        if !differs.is_empty() {
            return Err(format!("another end than without: {differs:#?}"));
        }
        self.makes_nothing_twice(world).await?;
        self.holds(world, &after, &begun)
            .await
            .map_err(|why| format!("after {first} plans, on the way: {why}"))
    }

    /// Runs again after two runs at a time, which converges to the same end.
    pub(super) async fn recovers_after(&self, world: &World) -> Result<(), String> {
        converges(world, &self.desired, &mut Vec::new())
            .await
            .map_err(|why| format!("the next run: {why}"))?;
        let differs = differences(&self.end, &state(world).await);
        if differs.is_empty() {
            return Ok(());
        }
        Err(format!("another end than without: {differs:#?}"))
    }

    async fn makes_nothing_twice(&self, world: &World) -> Result<(), String> {
        let all = made(&world.effects().await);
        if let Some((what, count)) = all.iter().find(|(what, count)| {
            let usual = self.made.get(*what).copied().unwrap_or_default();
            **count > usual
        }) {
            return Err(format!("{what} was made {count} times"));
        }
        Ok(())
    }

    /// On the way from the beginning to the end holds what plans promise.
    async fn holds(&self, world: &World, after: &Snapshot, begun: &[Plan]) -> Result<(), String> {
        let effects = world.effects().await;
        let Some((first, rest)) = begun.split_first() else {
            return Ok(());
        };
        let mut all = first.clone();
        for plan in rest {
            let gaps = plan.invariants.address_gaps.iter().cloned();
            all.invariants.address_gaps.extend(gaps);
            all.blocked.extend(plan.blocked.iter().cloned());
        }
        way::holds(&self.before, after, &effects, &all, &mut Met::default())
    }

    /// Where it comes from, for a message.
    pub(crate) fn manifests(&self) -> String {
        let Pair { before, wanted, .. } = &self.pair;
        format!("{:?}\n{before}\n{wanted}", self.switches)
    }
}

/// What makes things of which another one is not the same: with mailboxes, members and contents. Rules are what
/// they say, and an application of which nobody knows the ARN any more has to be made again.
const MAKES: [&str; 3] = ["CreateUser", "CreateGroup", "CreateResource"];

/// What was made, by operation and name, and how often.
fn made(effects: &[(String, Value)]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for (operation, input) in effects {
        if MAKES.contains(&operation.as_str())
            && let Some(name) = input["Name"].as_str()
        {
            *all.entry(format!("{operation} {name}")).or_default() += 1;
        }
    }
    all
}

/// So many stages with plans of at most so many calls.
pub(super) fn stages(name: &str, count: u32, most: usize) -> Vec<Stage> {
    stages_of(name, count, most, &near_pairs(60), |_, _| true)
}

/// The same of pairs that fit, with how the service behaves with them.
pub(crate) fn stages_of(
    name: &str,
    count: u32,
    most: usize,
    pairs: &impl Strategy<Value = Pair>,
    fits: impl Fn(&Pair, &[String]) -> bool,
) -> Vec<Stage> {
    let (count, values) = random_values(name, count, pairs);
    let only = chosen();
    let last = only
        .as_ref()
        .map(|only| only.iter().max().copied().unwrap_or_default());
    let is_chosen = |number| only.as_ref().is_none_or(|only| only.contains(&number));
    let runtime = runtime();
    let (mut all, mut seen) = (Vec::new(), 0);
    let began = std::time::Instant::now();
    for (index, pair) in values.enumerate() {
        let number = index + 1;
        if all.len() == count || last.is_some_and(|last| number > last) {
            break;
        }
        if !is_chosen(number) || !fits(&pair, &switches(&pair)) {
            continue;
        }
        seen += 1;
        assert!(seen <= 100 * count.max(10), "too few worlds fit");
        let told = format!("{}\n{}", pair.before, pair.wanted);
        match runtime.block_on(Stage::of(number, pair, most)) {
            Ok(stage) => all.extend(stage),
            Err(why) => panic!("pair {number}: {why}\n{told}"),
        }
    }
    let calls: usize = all.iter().map(|stage| stage.calls).sum();
    eprintln!(
        "{name}: {} of {seen} worlds, {calls} calls planned, {:.0?}",
        all.len(),
        began.elapsed()
    );
    all
}

pub(super) fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// Runs one future for each item, on all processors and several at a time on each. Panics with every failure.
pub(crate) fn for_all<I: Sync, T: Send, F: Future<Output = Result<T, String>>>(
    items: &[I],
    at_a_time: usize,
    each: impl Fn(usize, &I) -> F + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let work = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let numbers = numbers.take_while(|number| *number < items.len());
        let all = stream::iter(numbers.map(|number| each(number, &items[number])));
        runtime().block_on(all.buffer_unordered(at_a_time).collect::<Vec<_>>())
    };
    let ended: Vec<Result<T, String>> = thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = working.into_iter().map(ScopedJoinHandle::join);
        ended.flat_map(|ended| ended.expect("no panic")).collect()
    });
    let (mut good, mut bad) = (Vec::new(), BTreeSet::new());
    for one in ended {
        match one {
            Ok(one) => good.push(one),
            Err(why) => {
                bad.insert(why);
            }
        }
    }
    let mut failures = String::new();
    for why in bad.iter().take(8) {
        writeln!(failures, "{why}\n").expect("a text takes all");
    }
    assert!(bad.is_empty(), "{} failures:\n{failures}", bad.len());
    good
}
