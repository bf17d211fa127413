//! What the hash of a plan holds to: everything but what another reading of the same tells otherwise.

use serde_json::{Value, json};
use workmailctl::plan::{Plan, hash_of};

use crate::support::exceptions::except;
use crate::support::world::{live, planned, sound};

/// A plan that deregisters somebody, with something that could not be read.
fn plan() -> Value {
    let mut live = live(
        "
users:
  ana: {displayName: Ana, email: ana@example.com}
  joe: {displayName: Joe, email: joe@example.com, aliases: [j@example.com]}
",
    );
    except(&mut live, "jobTitle of user/ana is unreadable");
    let desired = sound(
        "
management: {users: {unmanaged: remove, onRemoval: deregister}}
users: {ana: {displayName: Ana Lima, jobTitle: Chief, email: ana@example.com}}
",
    );
    serde_json::to_value(planned(&desired, &live)).expect("plain data")
}

fn hash(plan: &Value) -> String {
    let plan: Plan = serde_json::from_value(plan.clone()).expect("a plan");
    hash_of(&plan)
}

/// The plan with another value in this place, which has one.
fn with(place: &str, value: Value) -> Value {
    let mut plan = plan();
    let there = plan.pointer_mut(place);
    let there = there.unwrap_or_else(|| panic!("there is no {place}"));
    assert_ne!(*there, value, "{place}");
    *there = value;
    plan
}

/// Where the first thing of a list is that has this value.
fn place(list: &str, member: &str, value: &str) -> String {
    let plan = plan();
    let all = plan.pointer(list).and_then(Value::as_array);
    let mut all = all.unwrap_or_else(|| panic!("there is no {list}")).iter();
    let index = all.position(|one| one[member] == value);
    let index = index.unwrap_or_else(|| panic!("no {member} of {list} is {value}"));
    format!("{list}/{index}")
}

#[test]
fn what_another_reading_tells_otherwise_is_not_in_it() {
    let before = hash(&plan());
    let joe = place("/changes", "target", "user/joe");
    let expiry = place(&format!("{joe}/risks"), "risk", "mailboxExpiry");
    let away = place("/operations", "operation", "DeregisterFromWorkMail");
    let gap = place("/snapshot/unknown", "target", "user/ana");
    let until = json!({"until": "2027-01-01T00:00:00Z"});
    let same = [
        ("/planHash".to_owned(), json!("0")),
        ("/nonce".to_owned(), json!("fedcba9876543210")),
        ("/evaluatedAt".to_owned(), json!("2026-11-25T12:00:00Z")),
        (
            "/snapshot/takenAt".to_owned(),
            json!("2026-11-25T12:00:00Z"),
        ),
        ("/snapshot/calls".to_owned(), json!(77)),
        ("/blocked".to_owned(), json!([])),
        (format!("{gap}/unknown/message"), json!("denied")),
        (format!("{expiry}/text"), json!("some other day")),
        (format!("{joe}/reversible"), until.clone()),
        (format!("{away}/reversible"), until),
    ];
    for (place, value) in same {
        assert_eq!(hash(&with(&place, value)), before, "{place}");
    }
}

#[test]
fn everything_else_is_in_it() {
    let before = hash(&plan());
    let joe = place("/changes", "target", "user/joe");
    let address = place(&format!("{joe}/risks"), "risk", "bounces");
    let away = place("/operations", "operation", "DeregisterFromWorkMail");
    let gap = place("/snapshot/unknown", "target", "user/ana");
    let others = [
        ("/organization/alias".to_owned(), json!("globex")),
        (format!("{gap}/target"), json!("user/joe")),
        (format!("{gap}/unknown/operation"), json!("ListAliases")),
        (format!("{gap}/unknown/cause"), json!("throttled")),
        (format!("{address}/text"), json!("nothing bounces")),
        (format!("{joe}/reversible"), json!("free")),
        (format!("{away}/reversible"), json!("free")),
        (format!("{away}/input"), json!({})),
        (format!("{away}/target"), json!("user/ana")),
        (format!("{away}/expects"), json!([])),
        (
            "/management/sections/users/unmanaged".to_owned(),
            json!("keep"),
        ),
    ];
    for (place, value) in others {
        assert_ne!(hash(&with(&place, value)), before, "{place}");
    }
}
