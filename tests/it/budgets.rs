//! Budgets of calls and of time: nothing is left half-way, nothing goes beyond but retries, and the runs
//! together do what one run would have done.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workmailctl::apply::{Budget, Outcome, Stop, together};
use workmailctl::model::Desired;
use workmailctl::plan::Plan;

use crate::support::pipeline::{Quiet, carry_out_within, look, planned};
use crate::support::service::World;
use crate::support::shop::{Shop, ends, err, out};
use crate::support::world::{example, sound};

/// Components of which some operations have their effect and others not.
fn half_way(plan: &Plan, outcome: &Outcome) -> BTreeSet<usize> {
    let done: BTreeSet<usize> = outcome.done.iter().copied().collect();
    let mut components: BTreeMap<usize, BTreeSet<bool>> = BTreeMap::new();
    for operation in &plan.operations {
        let ends = components.entry(operation.component).or_default();
        ends.insert(done.contains(&operation.id));
    }
    let mixed = components.into_iter().filter(|(_, ends)| ends.len() > 1);
    mixed.map(|(component, _)| component).collect()
}

/// Applies in runs of this size until nothing is left, or nothing that fits: no run sends more than it
/// may nor leaves a component half-way, and each does something. Returns how many calls the least of
/// what is left needs; none where nothing is.
async fn in_runs_of(calls: u64, desired: &Desired) -> Option<u64> {
    let domains = desired.organization.mail_domains.iter().flatten();
    let domains: Vec<&str> = domains.map(String::as_str).collect();
    let world = World::of(&domains, &[]).await;
    let mut most_runs = None;
    loop {
        let seen = look(&world, desired).await.expect("the organization");
        let plan = planned(desired, &seen);
        let least = together(&plan.operations).into_iter().min()?;
        let least = u64::try_from(least).expect("a count");
        if least > calls {
            return Some(least);
        }
        let budget = Budget {
            calls: Some(calls),
            until: None,
        };
        let outcome = carry_out_within(&world, &plan, &seen.live, budget, &mut Quiet).await;
        assert!(outcome.writes <= calls, "{calls}: {}", outcome.writes);
        assert!(!outcome.done.is_empty(), "{calls}: {outcome:?}");
        assert!(outcome.failed.is_empty(), "{calls}: {outcome:?}");
        assert_eq!(half_way(&plan, &outcome), BTreeSet::new(), "{calls}");
        let is_whole = outcome.done.len() == plan.operations.len();
        let stop = (!is_whole).then_some(Stop::Calls);
        assert_eq!(outcome.stopped, stop, "{calls}");
        let left = most_runs.get_or_insert(plan.operations.len());
        *left = left.checked_sub(1).expect("it comes to an end");
    }
}

const MIXED: &str = r#"
organization:
  alias: acme
  mailDomains: [example.com]
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY
    identityCenter:
      instanceArn: arn:aws:sso:::instance/ssoins-0123456789abcdef
      applicationName: mail
    personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com]}
  bob: {displayName: Bob, email: bob@example.com, permissions: [{grantee: ana, rights: [SEND_AS]}]}
groups:
  staff: {email: staff@example.com, members: [ana, bob]}
resources:
  room: {type: ROOM, email: room@example.com, delegates: [ana]}
accessControlRules:
  default: {effect: ALLOW, description: all}
  one: {effect: DENY, description: no SMTP, actions: [SMTP], users: [ana]}
impersonationRoles:
  reader: {type: READ_ONLY, rules: [{id: first, effect: ALLOW, targetUsers: [ana]}]}
availabilityConfigurations:
  partner.example.net:
    ews: {endpoint: "https://mail.partner.example.net/EWS", username: calendars, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 1}}
"#;

/// Every budget from one call to the whole plan. Below the size of the largest component something is
/// left; with that of the largest component and all that it waits for, nothing is.
#[tokio::test]
async fn runs_of_every_size_add_up() {
    let desired = sound(MIXED);
    let world = World::new(&[]).await;
    let seen = look(&world, &desired).await.expect("the organization");
    let plan = planned(&desired, &seen);
    let mut components: BTreeMap<usize, u64> = BTreeMap::new();
    for operation in &plan.operations {
        *components.entry(operation.component).or_default() += 1;
    }
    let largest = components.into_values().max().expect("some");
    let with_others = together(&plan.operations).into_iter().max().expect("some");
    let with_others = u64::try_from(with_others).expect("a count");
    let whole = u64::try_from(plan.operations.len()).expect("a count");
    assert!(3 <= largest && with_others < whole, "{largest} of {whole}");
    for calls in 1..=whole {
        let left = in_runs_of(calls, &desired).await;
        assert!(left.is_some() || calls >= largest, "{calls}");
        assert!(left.is_none() || calls < with_others, "{calls}: {left:?}");
    }
}

/// The company from nothing, of which every kind is a part. All sizes at once are for a night:
/// `BUDGETS=all`.
#[tokio::test]
async fn the_company_is_made_in_parts() {
    let desired = example("company");
    let sizes: Vec<u64> = match std::env::var("BUDGETS").as_deref() {
        Ok("all") => (1..=400).collect(),
        _ => vec![60, 100, 200],
    };
    let (mut made, mut stuck) = (0, 0);
    for calls in sizes {
        match in_runs_of(calls, &desired).await {
            None => made += 1,
            Some(_) => stuck += 1,
        }
    }
    eprintln!("the company: {made} sizes converge, {stuck} are too small");
    assert!(made >= 3, "{made}");
}

/// A retry may go beyond the budget, because what has begun goes through; it is counted all the same.
#[tokio::test]
async fn retries_count_and_take_from_what_else_begins() {
    let desired = example("quickstart");
    let world = World::new(&[]).await;
    world.fault("CreateUser:throttle@1").await;
    let seen = look(&world, &desired).await.expect("the organization");
    let plan = planned(&desired, &seen);
    let first = together(&plan.operations)[0];
    let calls = u64::try_from(first).expect("a count");
    let budget = Budget {
        calls: Some(calls),
        until: None,
    };
    let outcome = carry_out_within(&world, &plan, &seen.live, budget, &mut Quiet).await;
    assert_eq!(outcome.done.len(), first);
    assert_eq!(outcome.writes, calls + 1);
    assert_eq!(outcome.stopped, Some(Stop::Calls));
}

/// When the time is over before anything began, nothing begins; without a budget nothing stops.
#[tokio::test]
async fn time_that_is_over_lets_nothing_begin() {
    let desired = example("quickstart");
    let world = World::new(&[]).await;
    let seen = look(&world, &desired).await.expect("the organization");
    let plan = planned(&desired, &seen);
    let budget = Budget {
        calls: None,
        until: Some(std::time::Instant::now()),
    };
    let outcome = carry_out_within(&world, &plan, &seen.live, budget, &mut Quiet).await;
    assert_eq!((outcome.writes, outcome.stopped), (0, Some(Stop::Time)));
    assert_eq!(outcome.skipped.len(), plan.operations.len());
    let none = Budget::default();
    let outcome = carry_out_within(&world, &plan, &seen.live, none, &mut Quiet).await;
    assert!(outcome.is_complete(), "{outcome:?}");
}

const CROWD: &str = "apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com]}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com, b@example.com]}
  bob: {displayName: Bob, email: bob@example.com}
  eve: {displayName: Eve, email: eve@example.com}
";

/// The last record of an apply that writes JSON.
fn summary(output: &std::process::Output) -> Value {
    let text = out(output);
    let last = text.lines().last().expect("a summary");
    serde_json::from_str(last).expect("JSON")
}

#[test]
fn runs_with_a_budget_end_with_5_until_nothing_is_left() {
    let shop = Shop::open();
    shop.manifest(CROWD);
    let run = |calls: &str| shop.run(&["apply", "acme", "--yes", "--max-calls", calls]);

    // One call is enough for the tag of the organization, and then for nothing.
    ends(&run("1"), 5);
    let refused = run("1");
    ends(&refused, 64);
    assert!(
        err(&refused).contains("--max-calls 1 is too few")
            && err(&refused).contains("pass --max-calls 2 or more"),
        "{}",
        err(&refused)
    );
    assert_eq!(shop.writes(), 1);

    let first = run("3");
    ends(&first, 5);
    let told = out(&first);
    assert!(
        told.contains("stopped by --max-calls 3: ")
            && told.contains(
                "are left, run again; one part of it goes through only as a whole, \
                              with --max-calls 4 or more"
            ),
        "{told}"
    );
    // What is left is counted and not listed.
    assert!(!err(&first).contains("skip "), "{}", err(&first));
    assert_eq!(shop.writes(), 3);
    ends(&run("3"), 5);
    assert_eq!(shop.writes(), 5);

    // What is left is larger than the budget: that is said, and not tried for ever.
    let stuck = run("3");
    ends(&stuck, 64);
    assert!(
        err(&stuck).contains("pass --max-calls 4 or more"),
        "{}",
        err(&stuck)
    );
    ends(&run("4"), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn json_tells_what_a_budget_left() {
    let shop = Shop::open();
    shop.manifest(CROWD);
    let output = shop.run(&[
        "apply",
        "acme",
        "--yes",
        "--max-calls",
        "6",
        "--format",
        "json",
    ]);
    ends(&output, 5);
    let summary = summary(&output);
    assert_eq!(summary["result"], "partial");
    assert_eq!(summary["operations"]["writes"], 6);
    assert_eq!(summary["operations"]["skipped"], 3);
    assert_eq!(
        summary["leftByBudget"],
        json!({"flag": "--max-calls 6", "operations": 3, "components": 2})
    );
}

/// The same file again and again: what was done before is found done.
#[test]
fn a_saved_plan_is_applied_in_parts() {
    let shop = Shop::open();
    shop.manifest(CROWD);
    ends(&shop.run(&["plan", "acme", "--out", "plan.json", "-q"]), 0);
    let apply = ["apply", "plan.json", "--yes", "--max-calls", "4"];
    ends(&shop.run(&apply), 5);
    assert_eq!(shop.writes(), 4);
    ends(&shop.run(&apply), 5);
    assert_eq!(shop.writes(), 8);
    ends(&shop.run(&apply), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
}

/// A second round spends what the first one left, and nothing where that is nothing.
#[test]
fn later_rounds_share_the_budget() {
    let shop = Shop::open();
    shop.manifest("apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers:\n  kim: {displayName: Kim, email: kim@example.com, aliases: [one@example.com]}\n");
    ends(&shop.run(&["apply", "acme", "--yes", "-q"]), 0);
    let kim = shop.id("ListUsers", "Users", "kim");
    let organization = shop.organization();
    let input = json!({"OrganizationId": organization, "EntityId": kim});
    shop.call("DeregisterFromWorkMail", &input);
    // Aliases of somebody who is not registered cannot be read: their round comes after.
    shop.manifest("apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers:\n  kim: {displayName: Kim, email: kim@example.com, aliases: [two@example.com]}\n");
    let before = shop.writes();
    let first = shop.run(&["apply", "acme", "--yes", "--max-calls", "1"]);
    ends(&first, 5);
    assert!(
        out(&first).contains("stopped by --max-calls 1: 2 operations"),
        "{}",
        out(&first)
    );
    assert_eq!(shop.writes(), before + 1);
    ends(&shop.run(&["apply", "acme", "--yes"]), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn a_rehearsal_keeps_to_the_budget_and_writes_nothing() {
    let shop = Shop::open();
    shop.manifest(CROWD);
    let run = shop.run(&["apply", "acme", "--rehearse", "--max-calls", "4"]);
    ends(&run, 5);
    assert!(
        out(&run).contains("stopped by --max-calls 4"),
        "{}",
        out(&run)
    );
    assert_eq!(shop.writes(), 0);
}

#[test]
fn a_run_of_a_duration_begins_nothing_after_it() {
    let shop = Shop::with(&["--fault", "CreateUser:delay=400ms"]);
    shop.manifest(CROWD);
    let apply = [
        "apply",
        "acme",
        "--yes",
        "--max-duration",
        "200ms",
        "--write-parallelism",
        "1",
    ];
    // Each run begins one of the three at least, and what it begins it finishes.
    let first = shop.run(&apply);
    ends(&first, 5);
    let told = out(&first);
    assert!(told.contains("stopped by --max-duration 200ms: "), "{told}");
    ends(&shop.run(&apply), 5);
    ends(&shop.run(&apply[..3]), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
    for flag in ["--max-duration", "--max-calls"] {
        ends(&shop.run(&["apply", "acme", "--yes", flag, "0"]), 64);
    }
}
