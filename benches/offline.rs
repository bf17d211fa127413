//! How long the offline part takes: parse, check, compare with an equal snapshot, plan, for growing
//! numbers of users; each as a ratio of the size before, which is the ratio of the sizes if it is
//! linear. Then the same for the plan that takes half of them away.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures time and prints it"
)]
//!
//! `cargo bench --bench offline` prints one line a size. `/usr/bin/time -v` tells the memory.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use jiff::Timestamp;
use workmailctl::diagnostic::SourceFile;
use workmailctl::diff;
use workmailctl::kinds::KINDS;
use workmailctl::manifest;
use workmailctl::model::{
    ChangeSet, Desired, Entity, EntityState, OrganizationLive, Part, Snapshot, Target,
};
use workmailctl::plan::{self, Allowances, ManifestStamp, Plan, Planning, Scope};

/// Nobody but those who are declared.
const STRICT: &str = "management: {users: {unmanaged: remove, onRemoval: delete}}\n";

fn main() {
    let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
    equal_ends(now);
    leavers(now);
}

fn leavers(now: Timestamp) {
    let mut before: Option<f64> = None;
    for users in [5_000, 10_000, 20_000] {
        let live = snapshot(&desired(text(users), now), now);
        let desired = desired(text(users / 2) + STRICT, now);
        let begun = Instant::now();
        let changes = diff::diff(KINDS, &desired, &live);
        let plan = planned(&desired, &changes, &live, now);
        assert_eq!(plan.summary.remove, users / 2);
        let total = begun.elapsed().as_secs_f64();
        let ratio = before.map_or(String::new(), |before| {
            format!(", {:.2} times the half", total / before)
        });
        before = Some(total);
        println!("half of {users} users leave: compare and plan {total:.2} s{ratio}");
    }
}

fn desired(text: String, now: Timestamp) -> Desired {
    let path = "people.yaml".into();
    let (documents, _) = manifest::parse(&[SourceFile { path, text }]);
    manifest::resolve(KINDS, documents, now).0
}

fn planned(desired: &Desired, changes: &ChangeSet, live: &Snapshot, now: Timestamp) -> Plan {
    let planning = Planning {
        management: &desired.management,
        allowances: &Allowances::default(),
        scope: &Scope::default(),
        manifest: ManifestStamp::default(),
        now,
        nonce: "0123456789abcdef".to_owned(),
    };
    plan::plan(KINDS, changes, live, &planning).expect("a plan")
}

fn equal_ends(now: Timestamp) {
    let mut before: Option<f64> = None;
    for users in [12_500, 25_000, 50_000, 100_000] {
        let file = SourceFile {
            path: "people.yaml".into(),
            text: text(users),
        };
        let megabytes = file.text.len() / 1_000_000;
        let files = [file];
        let start = Instant::now();
        let (documents, parsed) = manifest::parse(&files);
        let after_parse = start.elapsed();
        let (desired, _, resolved) = manifest::resolve(KINDS, documents, now);
        let after_resolve = start.elapsed();
        assert!(!parsed.has_errors() && !resolved.has_errors());
        let live = snapshot(&desired, now);
        let compared = Instant::now();
        let changes = diff::diff(KINDS, &desired, &live);
        let plan = planned(&desired, &changes, &live, now);
        assert!(plan.operations.is_empty(), "equal ends differ in nothing");
        let rest = compared.elapsed();
        let total = (after_resolve + rest).as_secs_f64();
        let ratio = before.map_or(String::new(), |before| {
            format!(", {:.2} times the half", total / before)
        });
        before = Some(total);
        println!(
            "{users} users, {megabytes} MB: parse {:.2} s, resolve {:.2} s, compare and plan {:.2} s, together {total:.2} s{ratio}",
            after_parse.as_secs_f64(),
            after_resolve.saturating_sub(after_parse).as_secs_f64(),
            rest.as_secs_f64(),
        );
    }
}

fn text(users: usize) -> String {
    let mut text = "apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers:\n".to_owned();
    for number in 0..users {
        let _ = write!(
            text,
            "  user{number:06}:\n    displayName: User Number {number}\n    email: user{number:06}@example.com\n    aliases: [u{number:06}@example.com]\n    jobTitle: Engineer of things\n    department: Department {}\n    city: Oslo\n",
            number % 40
        );
    }
    text
}

/// The live organization that has all that is declared.
fn snapshot(desired: &Desired, now: Timestamp) -> Snapshot {
    let entities = desired
        .entities
        .iter()
        .map(|(target, declared)| {
            let mut entity =
                Entity::new(format!("id-of-{}", target.name()), EntityState::Registered);
            entity.email = declared.email.clone().map_or(Part::Absent, Part::Known);
            entity.aliases = Part::Known(
                declared
                    .aliases
                    .iter()
                    .flat_map(|wish| wish.items.iter().cloned())
                    .collect(),
            );
            entity.grants = Part::Known(Vec::new());
            entity.groups = Part::Known(Vec::new());
            for (field, value) in &declared.fields {
                entity
                    .fields
                    .insert(field.clone(), Part::Known(value.clone()));
            }
            (Target::user(target.name()), entity)
        })
        .collect();
    Snapshot {
        taken_at: now,
        calls: 0,
        lower_bound: 0,
        organization: OrganizationLive {
            id: format!("m-{}", "0".repeat(32)),
            alias: "acme".to_owned(),
            arn: String::new(),
            region: "eu-west-1".to_owned(),
            state: "Active".to_owned(),
            caller: None,
            default_mail_domain: Part::NotRead,
            mail_domains: Part::NotRead,
        },
        lists: KINDS
            .iter()
            .map(|entry| (entry.name.to_owned(), Part::Known(())))
            .collect(),
        entities,
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}
