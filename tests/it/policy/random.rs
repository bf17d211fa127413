//! Random rules and random attempts: `policy` and the emulator say the same, 10,000 times.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};
use workmailctl::policy::Effect;

use super::rules::{Sort, World};
use super::runtime;
use crate::support::random;

#[test]
fn access_control_rules() {
    agree(
        "access control rules",
        Sort::AccessControl,
        4000,
        &(
            rules(
                "Name",
                &[
                    ("IpRanges", ranges()),
                    ("Actions", some_of(ACTIONS)),
                    ("UserIds", some_of(USERS)),
                    ("ImpersonationRoleIds", some_of(ROLES)),
                ],
            ),
            attempts(sign_in()),
        ),
    );
}

#[test]
fn mobile_device_rules() {
    let entries = || some_of(BEGINNINGS);
    agree(
        "mobile device rules",
        Sort::MobileDevice,
        4000,
        &(
            rules(
                "Name",
                &[
                    ("DeviceTypes", entries()),
                    ("DeviceModels", entries()),
                    ("DeviceOperatingSystems", entries()),
                    ("DeviceUserAgents", entries()),
                ],
            ),
            attempts(device()),
        ),
    );
}

#[test]
fn impersonation_rules() {
    let user = select(USERS).prop_map(|user| json!({ "TargetUser": user }));
    agree(
        "impersonation rules",
        Sort::Impersonation,
        2000,
        &(
            rules("ImpersonationRuleId", &[("TargetUsers", some_of(NAMED))]),
            attempts(user.boxed()),
        ),
    );
}

const ACTIONS: &[&str] = &[
    "ActiveSync",
    "AutoDiscover",
    "EWS",
    "IMAP",
    "SMTP",
    "WindowsOutlook",
    "WebMail",
];
const USERS: &[&str] = &["$ana", "$bob", "$eve"];
const ROLES: &[&str] = &["$app", "$sync"];
/// The same three people as impersonation roles may name them.
const NAMED: &[&str] = &["$ana", "bob", "bob@example.com", "eve"];
const ADDRESSES: &[&str] = &[
    "0.0.0.0",
    "10.0.0.1",
    "10.1.2.3",
    "10.1.255.255",
    "128.0.0.1",
    "192.168.0.77",
    "192.168.0.128",
    "255.255.255.255",
];
/// What devices tell, and what rules say of it, in several cases.
const PROPERTIES: &[&str] = &[
    "iPhone",
    "IPHONE 15",
    "ipad",
    "Ärger",
    "ÄRGERNIS",
    "$NONE",
    "i",
];
const BEGINNINGS: &[&str] = &["$NONE", "iphone", "iPhone 1", "I", "iPads", "ärger", "ÄR"];

/// Holds both against each other over random rules and attempts; both effects must be seen often.
fn agree(
    name: &str,
    sort: Sort,
    cases: u32,
    worlds: &impl Strategy<Value = (Vec<Value>, Vec<Value>)>,
) {
    let runtime = runtime();
    let organization = runtime.block_on(Box::pin(World::new()));
    let (mut asked, mut allowed, mut unmatched) = (0u32, 0u32, 0u32);
    for (rules, attempts) in random::values(name, cases, worlds) {
        runtime.block_on(Box::pin(organization.put(sort, &rules)));
        for attempt in attempts {
            let emulated = runtime.block_on(Box::pin(organization.emulated(sort, &attempt)));
            let decided = organization.decided(sort, &rules, &attempt);
            assert_eq!(
                decided,
                emulated,
                "{name}: policy says the former, the emulator the latter\nrules {}\nattempt {attempt}",
                json!(rules)
            );
            asked += 1;
            allowed += u32::from(decided.0 == Effect::Allow);
            unmatched += u32::from(decided.1.is_empty());
        }
    }
    let denied = asked - allowed - unmatched;
    eprintln!(
        "{name}: {asked} attempts: {allowed} allowed, {denied} denied by a rule, {unmatched} matched by none"
    );
    for (count, what) in [
        (allowed, "allowed"),
        (denied, "denied"),
        (unmatched, "matched by none"),
    ] {
        assert!(count >= asked / 20, "{name}: too few are {what}");
    }
}

/// A member of a rule with its entries, if the rule has it.
type Member = Option<(String, Vec<String>)>;

/// Up to six rules with these conditions and their opposites, numbered by this member.
fn rules(
    key: &'static str,
    conditions: &[(&'static str, BoxedStrategy<Vec<String>>)],
) -> impl Strategy<Value = Vec<Value>> + use<> {
    let mut members: Vec<BoxedStrategy<Member>> = Vec::new();
    for (member, entries) in conditions {
        for (member, weight) in [((*member).to_owned(), 0.35), (format!("Not{member}"), 0.2)] {
            let entries = entries
                .clone()
                .prop_map(move |entries| (member.clone(), entries));
            members.push(prop::option::weighted(weight, entries).boxed());
        }
    }
    let effect = select(vec!["ALLOW", "ALLOW", "DENY"]);
    prop::collection::vec((effect, members), 0..=6).prop_map(move |rules| {
        let numbered = rules.into_iter().enumerate();
        numbered
            .map(|(number, (effect, members))| {
                let mut rule = Map::new();
                rule.insert(key.to_owned(), json!(format!("rule-{number}")));
                rule.insert("Effect".to_owned(), json!(effect));
                let members = members.into_iter().flatten();
                rule.extend(members.map(|(member, entries)| (member, json!(entries))));
                Value::Object(rule)
            })
            .collect()
    })
}

fn attempts(one: BoxedStrategy<Value>) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(one, 1..=4)
}

fn some_of(pool: &'static [&'static str]) -> BoxedStrategy<Vec<String>> {
    subsequence(pool, 1..=pool.len())
        .prop_map(|some| some.into_iter().map(str::to_owned).collect())
        .boxed()
}

/// Ranges around the addresses, of every length.
fn ranges() -> BoxedStrategy<Vec<String>> {
    let range =
        (select(ADDRESSES), 0..=32).prop_map(|(address, length)| format!("{address}/{length}"));
    prop::collection::vec(range, 1..=3).boxed()
}

/// A user with any protocol, or a role with the only one that it can use.
fn sign_in() -> BoxedStrategy<Value> {
    let user = (select(USERS), select(ACTIONS), select(ADDRESSES)).prop_map(
        |(user, action, address)| json!({"UserId": user, "Action": action, "IpAddress": address}),
    );
    let role = (select(ROLES), select(ADDRESSES)).prop_map(
        |(role, address)| json!({"ImpersonationRoleId": role, "Action": "EWS", "IpAddress": address}),
    );
    prop_oneof![2 => user, 1 => role].boxed()
}

fn device() -> BoxedStrategy<Value> {
    let told = || prop::option::weighted(0.7, select(PROPERTIES));
    (told(), told(), told(), told())
        .prop_map(|(r#type, model, system, agent)| {
            let told = [
                ("DeviceType", r#type),
                ("DeviceModel", model),
                ("DeviceOperatingSystem", system),
                ("DeviceUserAgent", agent),
            ];
            let told = told
                .into_iter()
                .filter_map(|(member, text)| Some((member.to_owned(), json!(text?))));
            Value::Object(told.collect())
        })
        .boxed()
}
