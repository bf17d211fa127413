//! The rules of order taken away one by one: for each there is a world whose plan breaks a named invariant
//! without it, in some order that the other rules permit, and breaks nothing with it in any order looked at.
//!
//! It begins with manifests, as a user does, and so stands beside the stages. Run alone by
//! `tests/experiments/without_each_rule`.

mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::diagnostic::{SourceFile, Sources, render};
use crate::kinds::{KINDS, SETTINGS};
use crate::model::{
    Desired, DomainLive, MANAGEMENT_TAG, OrganizationLive, Part, Setting, Snapshot, TAG, Target,
};
use crate::plan::{
    Allowances, Free, ManifestStamp, Planning, RULES, Rule, Scope, broken, model, plan,
};
use crate::{diff, manifest};

use worlds::{WORLDS, World};

/// How many orders by chance are looked at, beside the two extremes.
const ORDERS: u64 = 30;

#[test]
#[expect(clippy::print_stderr, reason = "the experiment is run to be read")]
fn each_rule_of_order_has_an_invariant_that_fails_without_it() {
    let mut wrong = Vec::new();
    for world in WORLDS {
        let Some(rule) = RULES.iter().find(|rule| rule.name == world.rule) else {
            wrong.push(format!("there is no rule {}", world.rule));
            continue;
        };
        let ends = Ends::of(world);
        let with = ends.broken(None);
        if !with.is_empty() {
            wrong.push(format!("{}: with all rules {with:?}", world.rule));
        }
        let without = ends.broken(Some(rule));
        match without.get(rule.fails) {
            Some(orders) => eprintln!(
                "without {:<36} {:<16} fails in {orders} of {} orders",
                rule.name,
                rule.fails,
                ORDERS + 2
            ),
            None => wrong.push(format!(
                "{}: without it {} holds, and {without:?} not",
                rule.name, rule.fails
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_rule_of_order_has_its_world() {
    let named: Vec<&str> = WORLDS.iter().map(|world| world.rule).collect();
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(named, rules);
}

/// What is live, and what is wanted.
struct Ends {
    live: Snapshot,
    desired: Desired,
}

impl Ends {
    fn of(world: &World) -> Self {
        let mut live = nobody();
        let before = desired(&(world.before)());
        let planning = planning(&before);
        let changes = diff::diff(KINDS, &before, &live);
        let made = plan(KINDS, &changes, &live, &planning).expect("a plan");
        let naming = model::Naming::of(&made);
        for operation in &made.operations {
            model::apply_to(KINDS, &mut live, operation, &naming, None);
        }
        live.settings.remove(&Target::new(TAG, MANAGEMENT_TAG));
        for number in 0..world.tags {
            let target = Target::new(TAG, format!("t{number}"));
            let value = [("value".to_owned(), "x".into())];
            let setting = Setting::new(None, value.into_iter().collect());
            live.settings.insert(target, setting);
        }
        let desired = desired(&(world.after)());
        let live = diff::under_declared_names(&desired, live);
        Self { live, desired }
    }

    /// What is broken without a rule, each with in how many orders.
    fn broken(&self, without: Option<&'static Rule>) -> BTreeMap<String, usize> {
        let changes = diff::diff(KINDS, &self.desired, &self.live);
        let planning = planning(&self.desired);
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let extremes = [Free::First, Free::Last];
        for free in extremes.into_iter().chain((1..=ORDERS).map(Free::Chance)) {
            let broken: BTreeSet<String> =
                broken(KINDS, &changes, &self.live, &planning, (without, free)).expect("no circle");
            for name in broken {
                *found.entry(name).or_default() += 1;
            }
        }
        found
    }
}

fn planning(desired: &Desired) -> Planning<'_> {
    static NONE: std::sync::LazyLock<(Allowances, Scope)> =
        std::sync::LazyLock::new(Default::default);
    Planning {
        management: &desired.management,
        allowances: &NONE.0,
        scope: &NONE.1,
        manifest: ManifestStamp::default(),
        now: Timestamp::UNIX_EPOCH,
        nonce: "0123456789abcdef".to_owned(),
    }
}

fn desired(text: &str) -> Desired {
    let heads = "apiVersion: workmailctl/v1\n";
    let organization = if text.contains("organization:") {
        ""
    } else {
        "organization: {alias: acme}\n"
    };
    let text = format!("{heads}{organization}{text}");
    let files = vec![SourceFile::new("manifest.yaml", text)];
    let (documents, mut diagnostics) = manifest::parse(&files);
    let (desired, _, more) = manifest::resolve(KINDS, documents, Timestamp::UNIX_EPOCH);
    diagnostics.extend(more);
    assert!(
        !diagnostics.has_errors(),
        "{}",
        render::concise(&diagnostics, Sources(&files))
    );
    desired
}

/// An organization with three verified domains and nobody in it.
fn nobody() -> Snapshot {
    let domain = || DomainLive {
        is_test_domain: false,
        ownership: Part::Known("VERIFIED".to_owned()),
        records: Vec::new(),
    };
    let domains = ["acme.awsapps.com", "example.com", "example.org"];
    let kinds = KINDS.iter().map(|entry| entry.name);
    let kinds = kinds.chain(SETTINGS.iter().map(|kind| kind.name));
    Snapshot {
        taken_at: Timestamp::UNIX_EPOCH,
        calls: 0,
        lower_bound: 0,
        organization: OrganizationLive {
            id: format!("m-{}", "0".repeat(32)),
            alias: "acme".to_owned(),
            arn: "arn:aws:workmail:eu-west-1:123456789012:organization/m-0".to_owned(),
            region: "eu-west-1".to_owned(),
            state: OrganizationLive::ACTIVE.to_owned(),
            caller: None,
            default_mail_domain: Part::Known("acme.awsapps.com".to_owned()),
            mail_domains: Part::Known(domains.map(|name| (name.to_owned(), domain())).into()),
        },
        lists: kinds
            .map(|kind| (kind.to_owned(), Part::Known(())))
            .collect(),
        entities: BTreeMap::new(),
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}
