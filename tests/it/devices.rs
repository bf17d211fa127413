//! Mobile device access rules, overrides, renamed roles and unused tokens against the emulator: whatever a
//! switch says, and wherever a run is cut off.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use workmailctl::emulator::SWITCHES;
use workmailctl::live::under_names;
use workmailctl::plan::renamed_settings;

use crate::support::pipeline::{apply, carry_out, look, planned};
use crate::support::service::World;
use crate::support::world::sound;

const FIRST: &str = "
organization: {alias: acme}
management: {users: {unmanaged: remove, onRemoval: deregister}}
users:
  ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC1, effect: ALLOW, description: loaner}, {deviceId: ABC2, effect: DENY}]}
  bob: {displayName: Bob, email: bob@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC1, effect: ALLOW}]}
mobileDeviceAccessRules:
  default: {effect: ALLOW}
  one: {effect: DENY, description: first, deviceTypes: [iPad], deviceModels: [A, B]}
  two: {effect: DENY, description: second, notDeviceOperatingSystems: [iOS]}
  three: {effect: DENY, deviceUserAgents: [$NONE]}
impersonationRoles:
  a: {type: READ_ONLY, description: first, rules: [{id: x, effect: ALLOW, targetUsers: [ana]}]}
  b: {type: READ_ONLY, description: second, rules: []}
personalAccessTokens: {maxUnusedDays: 90}
";

/// Two rules swap names, one loses what it has, one goes and one comes; roles move on; ana leaves.
const SECOND: &str = "
organization: {alias: acme}
management: {users: {unmanaged: remove, onRemoval: deregister}}
users:
  ana: {state: deregistered, mobileDeviceAccessOverrides: []}
  bob: {displayName: Bob, email: bob@example.com, mobileDeviceAccessOverrides: [{deviceId: abc1, effect: DENY, description: lost}, {deviceId: ABC3, effect: ALLOW}]}
  eve: {displayName: Eve, email: eve@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC1, effect: ALLOW}]}
mobileDeviceAccessRules:
  all: {effect: ALLOW, previously: default}
  two: {previously: one, effect: DENY, description: first, deviceTypes: [IPAD], deviceModels: [a, B]}
  one: {previously: two, effect: DENY, description: second, notDeviceOperatingSystems: [iOS]}
  three: {effect: DENY, deviceTypes: [Tab]}
impersonationRoles:
  b: {previously: a, type: READ_ONLY, rules: [{id: x, effect: ALLOW, targetUsers: [bob]}]}
  c: {previously: b, type: FULL_ACCESS, description: second, rules: []}
personalAccessTokens: {maxUnusedDays: 90}
";

#[tokio::test]
async fn devices_converge_whatever_a_switch_says() {
    let mut failures = String::new();
    let others = SWITCHES.iter().flat_map(|switch| {
        let values = switch.values[1..].iter();
        values.map(|value| format!("{}={value}", switch.name))
    });
    for setting in std::iter::once("lag=0".to_owned()).chain(others) {
        let world = World::new(&[&setting]).await;
        for (number, manifest) in [FIRST, SECOND, FIRST].into_iter().enumerate() {
            // The way back gives the rules their old names by `previously` as well.
            let manifest = if number == 2 {
                back()
            } else {
                manifest.to_owned()
            };
            let (plan, outcome, again) = apply(&world, &sound(&manifest)).await;
            let left: Vec<String> = again
                .operations
                .iter()
                .map(|left| format!("{} {}", left.call.operation, left.target))
                .collect();
            if !outcome.is_complete() || !left.is_empty() || plan.operations.is_empty() {
                writeln!(
                    failures,
                    "{setting}, {number}: {left:?} {:?}",
                    outcome.failed
                )
                .expect("a text takes all");
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[tokio::test]
async fn devices_converge_wherever_a_run_is_cut_off() {
    let mut points = 0;
    'requests: for requests in 0.. {
        for with_effect in [false, true] {
            for saved in [false, true] {
                let world = World::new(&[]).await;
                let (_, outcome, _) = apply(&world, &sound(FIRST)).await;
                assert!(outcome.is_complete(), "{outcome:?}");
                let ids = role_ids(&world).await;
                let desired = sound(SECOND);
                let seen = look(&world, &desired).await.expect("the organization");
                let plan = planned(&desired, &seen);
                world.cut.after(requests, with_effect);
                let ended = tokio::select! {
                    _ = carry_out(&world, &plan, &seen.live) => true,
                    () = world.cut.reached() => false,
                };
                world.cut.mend();
                if ended {
                    break 'requests;
                }
                points += 1;
                let told = format!("cut after {requests}, {with_effect}, {saved}");
                if saved {
                    // As a plan from a file is applied: by the names that it gives.
                    let mut live = world.snapshot().await;
                    let names = renamed_settings(&plan, &live);
                    under_names(&mut live, &names);
                    carry_out(&world, &plan, &live).await;
                }
                let (_, outcome, again) = apply(&world, &desired).await;
                assert!(outcome.is_complete(), "{told}: {outcome:#?}");
                assert!(again.operations.is_empty(), "{told}: {again:#?}");
                let rules = world.ask("ListMobileDeviceAccessRules", json!({})).await;
                let names: BTreeSet<&str> = named(&rules["Rules"]).collect();
                assert_eq!(
                    names,
                    BTreeSet::from(["all", "one", "three", "two"]),
                    "{told}"
                );
                assert_eq!(rules["Rules"].as_array().map(Vec::len), Some(4), "{told}");
                assert_eq!(role_ids(&world).await, ids, "{told}: roles keep their ids");
            }
        }
    }
    assert!(points > 40, "only {points} points");
}

#[tokio::test]
async fn only_tokens_that_were_not_used_for_longer_go() {
    let world = World::new(&["page-size=1"]).await;
    apply(&world, &sound(FIRST)).await;
    // Before the time of the tests, which is the end of November 2026.
    let day = 24.0 * 60.0 * 60.0;
    let now = pipeline_now();
    for (name, used) in [("used", 10.0), ("old", 91.5)] {
        let token = json!({"organization": "acme", "user": "ana", "name": name, "scopes": ["ews"], "lastUsed": now - used * day});
        world
            .control("POST", "/_emulator/personal-access-tokens", token)
            .await;
    }
    let (plan, outcome, again) = apply(&world, &sound(FIRST)).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert!(again.operations.is_empty(), "{again:?}");
    let calls: Vec<&str> = plan
        .operations
        .iter()
        .map(|operation| operation.call.operation.as_str())
        .collect();
    assert_eq!(calls, ["DeletePersonalAccessToken"]);
    let tokens = world.ask("ListPersonalAccessTokens", json!({})).await;
    let left: Vec<&str> = named(&tokens["PersonalAccessTokenSummaries"]).collect();
    assert_eq!(left, ["used"]);
}

#[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
fn pipeline_now() -> f64 {
    crate::support::world::now().as_second() as f64
}

fn back() -> String {
    FIRST
        .replace("default: {", "default: {previously: all, ")
        .replace("  one: {", "  one: {previously: two, ")
        .replace("  two: {", "  two: {previously: one, ")
        .replace("  a: {", "  a: {previously: b, ")
        .replace("  b: {", "  b: {previously: c, ")
}

fn named(list: &Value) -> impl Iterator<Item = &str> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|one| one["Name"].as_str())
}

async fn role_ids(world: &World) -> BTreeSet<String> {
    let roles = world.ask("ListImpersonationRoles", json!({})).await;
    let roles = roles["Roles"].as_array().expect("a list").iter();
    roles
        .map(|role| role["ImpersonationRoleId"].to_string())
        .collect()
}
