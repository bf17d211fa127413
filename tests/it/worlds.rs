//! Random pairs of worlds over all kinds: the second one is reached from the first, whatever the two are,
//! in one apply, and nothing is refused on the way but what lag refuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use workmailctl::apply::{Event, Sink};
use workmailctl::kinds::SETTINGS;
use workmailctl::model::{Desired, Snapshot, Target};
use workmailctl::plan::{Operation, Plan};

use crate::support::pipeline;
use crate::support::random::values;
use crate::support::random_settings::{INSTANCE, Pair, THERE, pairs};
use crate::support::service::World;
use crate::support::world::sound;

/// How often what can happen in a plan did.
type Counts = BTreeMap<String, usize>;

#[tokio::test]
async fn random_worlds_converge() {
    let mut failures = String::new();
    let mut counts = Counts::new();
    let (mut number, mut refused) = (0, 0);
    for pair in values("random worlds", 40, &pairs()) {
        number += 1;
        let world = World::of(&["example.com", "example.org"], &[]).await;
        let input = json!({"Name": "there", "InstanceArn": INSTANCE});
        let application = world.ask("CreateIdentityCenterApplication", input).await;
        let application = application["ApplicationArn"].as_str().expect("an ARN");
        for (which, manifest) in [("before", &pair.before), ("wanted", &pair.wanted)] {
            let desired = sound(&manifest.replace(THERE, application));
            let result = reaches(&world, &desired, &mut counts).await;
            let why = match result {
                Ok(()) => continue,
                Err(Why::Refused(why)) => {
                    *counts.entry(format!("refused: {why}")).or_default() += 1;
                    refused += 1;
                    break;
                }
                Err(Why::Wrong(why)) => why,
            };
            let Pair { before, wanted } = &pair;
            writeln!(
                failures,
                "pair {number}, {which}: {why}\n{before}\n{wanted}"
            )
            .expect("a text takes all");
            break;
        }
    }
    for (what, count) in &counts {
        eprintln!("{count:6} {what}");
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(
        refused * 5 <= number,
        "{refused} of {number} pairs are refused"
    );
}

/// What no plan does, by what is said of it; other problems may follow from it.
const REFUSED: &[&str] = &["no order of calls does both", "this looks like a rename"];

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
const ROUNDS: usize = 3;

/// Applies until nothing is left to plan; no write is refused but those that are waited for.
async fn reaches(world: &World, desired: &Desired, counts: &mut Counts) -> Result<(), Why> {
    let mut add = |what: String| *counts.entry(what).or_default() += 1;
    let mut left = Vec::new();
    for round in 0..=ROUNDS {
        let seen = pipeline::look(world, desired)
            .await
            .expect("the organization");
        let plan = pipeline::planned(desired, &seen);
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
            add(format!("reached in {round} rounds"));
            return Ok(());
        }
        if round == ROUNDS {
            break;
        }
        count(&plan, &seen.live, desired, &mut add);
        carries_out(world, &plan, &seen.live, &mut add).await?;
    }
    Err(format!("left after {ROUNDS} rounds: {left:?}").into())
}

/// What a plan still does, or waits for.
fn left_in(plan: &Plan) -> Vec<String> {
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
    add: &mut impl FnMut(String),
) -> Result<(), Why> {
    let before = refusals(world).await.len();
    let mut waits = Waits::default();
    let outcome = pipeline::carry_out_telling(world, plan, live, &mut waits).await;
    if !outcome.is_complete() {
        return Err(format!(
            "failed {:?}, skipped {:?}, stale {:?}",
            outcome.failed, outcome.skipped, outcome.stale
        )
        .into());
    }
    let mut refused = refusals(world).await.split_off(before);
    for wait in waits.named(plan) {
        if let Some(position) = refused.iter().position(|refusal| *refusal == wait) {
            refused.remove(position);
        }
        add(format!("wait: {} {}", wait.0, wait.1));
    }
    if !refused.is_empty() {
        return Err(format!("refused, and not waited for: {refused:?}").into());
    }
    Ok(())
}

/// Every write that was refused, with its code, in order.
async fn refusals(world: &World) -> Vec<(String, String)> {
    let stats = world.control("GET", "/_emulator/stats", Value::Null).await;
    let log = stats["log"].as_array().expect("a log").iter();
    log.filter(|entry| entry["write"] == true && entry["outcome"] != "ok")
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

fn count(plan: &Plan, live: &Snapshot, desired: &Desired, add: &mut impl FnMut(String)) {
    for operation in &plan.operations {
        add(format!("call: {}", operation.call.operation));
        let is_interim = |value: &Value| value.get("$temporary").is_some();
        let name = operation.call.input.get("Name");
        if name.is_some_and(is_interim) {
            add("interim name".to_owned());
        }
        for first in &operation.depends_on {
            let first = plan.operation(*first).expect("one of the plan");
            if let Some(rule) = rule(first, operation) {
                add(format!("rule: {rule}"));
            }
        }
    }
    for _ in 0..plan.invariants.temporary_addresses {
        add("temporary address".to_owned());
    }
    for blocked in &plan.blocked {
        add(format!("guard: {}", blocked.guard));
    }
    for kind in SETTINGS {
        let of_kind = |target: &&Target| target.kind() == kind.name;
        let there = live.settings.keys().filter(of_kind).count();
        let wanted = desired.settings.keys().filter(of_kind).count();
        let Some(limit) = kind.limit else { continue };
        let comes = plan.operations.iter().any(|operation| {
            operation.target.kind() == kind.name && operation.call.operation == kind.write.create
        });
        for (is, what) in [
            (there >= limit, "live"),
            (wanted >= limit, "wanted"),
            (there >= limit && comes, "live, and more come"),
        ] {
            if is {
                add(format!("limit: {limit} {}, {what}", kind.plural));
            }
        }
    }
}

/// The rule of order between two operations of which the second waits for the first.
fn rule(first: &Operation, then: &Operation) -> Option<&'static str> {
    let same = first.target == then.target;
    let creates = first.call.operation.starts_with("Create");
    let deletes = then.call.operation.starts_with("Delete") && then.target.is_entity();
    match (first.call.operation.as_str(), then.call.operation.as_str()) {
        (_, "RegisterToWorkMail") if same && creates => Some("create-before-register"),
        ("RegisterToWorkMail", _) if same => Some("register-before-use"),
        ("RegisterToWorkMail", _) => Some("register-before-reference"),
        ("DeregisterFromWorkMail", _) if same && deletes => Some("deregister-before-delete"),
        (_, "DeregisterFromWorkMail") => Some("clear-before-deregister"),
        (
            "DeleteUser" | "DeleteGroup" | "DeleteResource",
            "CreateUser" | "CreateGroup" | "CreateResource",
        ) => Some("free-name-before-use"),
        _ if creates && !same && !then.target.is_entity() => Some("create-before-naming"),
        (_, operation) if !first.target.is_entity() && operation.starts_with("Delete") => {
            Some("unname-before-delete")
        }
        _ => None,
    }
}
