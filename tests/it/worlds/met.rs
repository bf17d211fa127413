//! What happened in the plans of random worlds, counted, and what has to happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use workmailctl::kinds::SETTINGS;
use workmailctl::model::{Desired, Party, Snapshot, Target};
use workmailctl::plan::{ALIAS_LIMIT, GUARDS, Plan, RULES};

use super::reads::MAY_BE_REFUSED;

/// How often each thing has to happen in a run of so many pairs.
fn least(pairs: usize) -> usize {
    if pairs >= NIGHTLY { 20 } else { 2 }
}

/// How many pairs a run of a night has.
const NIGHTLY: usize = 2000;

/// What random worlds cannot meet.
struct Elsewhere {
    what: &'static str,
    /// Why they cannot.
    because: &'static str,
    /// The test that tries it instead, as its file and its name.
    test: (&'static str, &'static str),
}

const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        what: "guard: not-exported",
        because: "random worlds declare no exports of mailboxes",
        test: (
            "tests/it/mailboxes.rs",
            "no_mailbox_goes_that_is_not_exported",
        ),
    },
    Elsewhere {
        what: "guard: create-organization",
        because: "both worlds are of one organization, which is there",
        test: (
            "tests/it/lifecycle.rs",
            "an_organization_is_made_once_and_its_manifest_follows",
        ),
    },
    Elsewhere {
        what: "guard: delete-organization",
        because: "nothing else is planned for an organization that goes",
        test: (
            "tests/it/lifecycle.rs",
            "an_organization_is_deleted_by_its_alias_only",
        ),
    },
];

/// How often what can happen in a plan did.
#[derive(Default)]
pub(crate) struct Met(BTreeMap<String, usize>);

impl Met {
    /// Counts one thing.
    pub(super) fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// Prints how often each thing happened, and what never did.
    pub(super) fn print(&self) {
        for what in self
            .0
            .keys()
            .cloned()
            .chain(expected())
            .collect::<BTreeSet<_>>()
        {
            eprintln!("{:6} {what}", self.of(&what));
        }
    }

    fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// What happened too seldom, and what is said to be tried elsewhere and is not, or happened here.
    pub(super) fn missing(&self, pairs: usize) -> Vec<String> {
        let least = least(pairs);
        let elsewhere = |what: &str| ELSEWHERE.iter().any(|one| one.what == what);
        let seldom = expected()
            .into_iter()
            .filter(|what| !elsewhere(what) && self.of(what) < least)
            .map(|what| format!("{what} happened {} times", self.of(&what)));
        let wrong = ELSEWHERE.iter().filter_map(|one| {
            let Elsewhere {
                what,
                because,
                test,
            } = one;
            if self.of(what) > 0 {
                return Some(format!("{what} happened, though {because}"));
            }
            let (file, name) = test;
            let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
            let is_there = text.is_ok_and(|text| text.contains(&format!("fn {name}(")));
            (!is_there).then(|| format!("{what}: there is no test {name} in {file}"))
        });
        seldom.chain(wrong).collect()
    }

    /// Counts a read that was refused.
    pub(super) fn read(&mut self, operation: &str, code: &str) {
        self.add(read(operation, code));
    }

    /// Counts what a plan does.
    pub(super) fn plan(&mut self, plan: &Plan, live: &Snapshot, desired: &Desired) {
        for operation in &plan.operations {
            self.add(format!("call: {}", operation.call.operation));
            let name = operation.call.input.get("Name");
            if name.is_some_and(|name| name.get("$temporary").is_some()) {
                self.add(INTERIM_NAME);
            }
            assert_eq!(
                operation.rules.is_empty(),
                operation.depends_on.is_empty(),
                "a rule says that {} {} waits",
                operation.call.operation,
                operation.target,
            );
            for name in &operation.rules {
                self.add(rule(name));
            }
        }
        for _ in 0..plan.invariants.temporary_addresses {
            self.add(TEMPORARY_ADDRESS);
        }
        for blocked in &plan.blocked {
            self.add(guard(&blocked.guard));
        }
        if goes_round(addresses(plan)) {
            self.add(CYCLE_OF_ADDRESSES);
        }
        if goes_round(names(plan)) {
            self.add(CYCLE_OF_NAMES);
        }
        self.tables(plan, live);
        self.aliases(plan, live, desired);
    }

    /// Which tables are full, before and after, and whether something comes into a full one.
    fn tables(&mut self, plan: &Plan, live: &Snapshot) {
        for kind in SETTINGS {
            let Some(limit) = kind.limit else { continue };
            let of_kind = |target: &&Target| target.kind() == kind.name;
            let before: BTreeSet<&Target> = live.settings.keys().filter(of_kind).collect();
            let mut after = before.clone();
            for operation in &plan.operations {
                if of_kind(&&operation.target) && operation.becomes.is_some() {
                    after.insert(&operation.target);
                } else {
                    after.remove(&operation.target);
                }
            }
            let comes = after.difference(&before).next().is_some();
            let is_full = |table: &BTreeSet<&Target>| table.len() >= limit;
            self.limit(limit, kind.plural, is_full(&before), is_full(&after), comes);
        }
    }

    fn aliases(&mut self, plan: &Plan, live: &Snapshot, desired: &Desired) {
        for (target, declared) in &desired.entities {
            let entity = live.entities.get(target);
            let before = entity.and_then(|entity| entity.aliases.known());
            let before = before.is_some_and(|aliases| aliases.len() >= ALIAS_LIMIT);
            let after = declared.aliases.as_ref();
            let after = after.is_some_and(|aliases| aliases.items.len() >= ALIAS_LIMIT);
            let mut operations = plan.operations.iter();
            let comes = operations.any(|operation| {
                operation.target == *target && operation.call.operation == "CreateAlias"
            });
            self.limit(ALIAS_LIMIT, ALIASES, before, after, comes);
        }
    }

    fn limit(&mut self, limit: usize, of: &str, before: bool, after: bool, comes: bool) {
        let sides = [before, after, before && comes];
        for (is_so, side) in sides.into_iter().zip(SIDES) {
            if is_so {
                self.add(full(limit, of, side));
            }
        }
    }
}

const INTERIM_NAME: &str = "interim name";
const TEMPORARY_ADDRESS: &str = "temporary address";
const CYCLE_OF_ADDRESSES: &str = "cycle of addresses";
const CYCLE_OF_NAMES: &str = "cycle of names";
const ALIASES: &str = "aliases of one";
const SIDES: [&str; 3] = ["before", "after", "before, and more come"];

fn rule(name: &str) -> String {
    format!("rule: {name}")
}

fn guard(name: &str) -> String {
    format!("guard: {name}")
}

fn read(operation: &str, code: &str) -> String {
    format!("read refused: {operation} {code}")
}

fn full(limit: usize, of: &str, side: &str) -> String {
    format!("full: {limit} {of}, {side}")
}

/// Everything that can happen.
fn expected() -> Vec<String> {
    let rules = RULES.iter().map(|one| rule(one.name));
    let guards = GUARDS.iter().map(|one| guard(one.name));
    let others = [
        INTERIM_NAME,
        TEMPORARY_ADDRESS,
        CYCLE_OF_ADDRESSES,
        CYCLE_OF_NAMES,
    ];
    let tables = SETTINGS.iter();
    let tables = tables.filter_map(|kind| Some((kind.limit?, kind.plural)));
    let tables = tables.chain([(ALIAS_LIMIT, ALIASES)]);
    let tables = tables.flat_map(|(limit, of)| SIDES.iter().map(move |side| full(limit, of, side)));
    // Whether a switch is on is chance.
    let reads = MAY_BE_REFUSED.iter().filter(|one| one.switch.is_none());
    let reads = reads.map(|one| read(one.operation, one.code));
    rules
        .chain(guards)
        .chain(others.map(str::to_owned))
        .chain(tables)
        .chain(reads)
        .collect()
}

/// From whom to whom addresses go.
fn addresses(plan: &Plan) -> Vec<(String, String)> {
    let claims = plan.operations.iter().filter(|operation| operation.glued);
    let moves = claims.filter_map(|claim| {
        let from = claim.party.as_ref().and_then(Party::target)?;
        Some((from.to_string(), claim.target.to_string()))
    });
    moves.collect()
}

/// Which names give way to which, by kind.
fn names(plan: &Plan) -> Vec<(String, String)> {
    let mut renames = Vec::new();
    for change in &plan.changes {
        let of_kind = |name: &Value| Some(format!("{}/{}", change.kind, name.as_str()?));
        let names = change.fields.iter().filter(|field| field.path == "name");
        renames.extend(
            names.filter_map(|field| Some((of_kind(&field.before)?, of_kind(&field.after)?))),
        );
    }
    renames
}

/// True if there is a way from one back to itself: something is left when all ends were taken off.
fn goes_round(mut ways: Vec<(String, String)>) -> bool {
    loop {
        let starts: BTreeSet<String> = ways.iter().map(|(from, _)| from.clone()).collect();
        let before = ways.len();
        ways.retain(|(_, to)| starts.contains(to));
        if ways.len() == before {
            return before > 0;
        }
    }
}
