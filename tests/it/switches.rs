//! The company of the examples from nothing to an export that declares everything, through the binary,
//! with the emulator's switches turned: each side has its end, and none has a second apply that writes.
#![expect(clippy::disallowed_methods, reason = "changes the files of an export")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use workmailctl::emulator::SWITCHES;

use crate::support::random::values;
use crate::support::served::Served;
use crate::support::shop::{Shop, err, out};

/// How the company ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// One apply, and nothing is left, nor does the export differ.
    Converged,
    /// One apply, and everything is there, of which something cannot be told: it exits with 69, and so does
    /// the next one, which says what that is and writes nothing.
    Unread(&'static str),
    /// One apply, after which everything is there and the service makes something else of the rules: it
    /// exits with 6 and says what. The next one has nothing to do.
    Otherwise,
}

use End::{Converged, Otherwise, Unread};

/// How long an apply reads until it sees what it wrote; lag is counted in calls here.
const PATIENCE: &str = "3s";

/// Every side of every switch but the ones that all other tests have.
const ENDS: &[(&str, End)] = &[
    ("update-omitted=blank", Converged),
    ("cleared=empty", Converged),
    ("list-aliases-primary=without", Converged),
    (
        "list-aliases-others=refuse",
        Unread("aliases: ListAliases EntityNotFoundException"),
    ),
    ("list-aliases-disabled=allow", Converged),
    ("deregister-aliases=drop", Converged),
    ("deregister-memberships=drop", Converged),
    ("deregister-permissions=drop", Converged),
    ("deregister-delegates=drop", Converged),
    ("deregister-email=show", Converged),
    ("register-enabled=ignore", Converged),
    ("register-other-address=alias", Converged),
    ("register-test-alias=yes", Converged),
    ("deregister-lag=2", Converged),
    ("delete-missing=refuse", Converged),
    ("describe-deleted=tell", Converged),
    ("filters=all", Converged),
    ("list-deleted=no", Converged),
    ("address-case=lower", Converged),
    ("last-delegate=refuse", Converged),
    ("booking-needs-delegate=any", Converged),
    ("resource-rename=move-address", Converged),
    (
        "permissions-others=refuse",
        Unread("permissions: ListMailboxPermissions EntityNotFoundException"),
    ),
    ("full-access-group=state", Converged),
    ("grantee-resource=allow", Converged),
    ("permissions-disabled=refuse", Converged),
    ("describe-entity-aliases=no", Converged),
    ("create-own-alias=refuse", Converged),
    ("delete-primary=ignore", Converged),
    ("disabled-updates=allow", Converged),
    ("disabled-addresses=allow", Converged),
    ("member-cycles=allow", Converged),
    ("member-state=allow", Converged),
    ("empty-permissions=keep", Converged),
    ("empty-permissions=refuse", Converged),
    ("freed-reuse=later", Converged),
    ("update-primary-full=allow", Converged),
    ("primary-counts=yes", Converged),
    ("deleted-left=keep", Converged),
    ("deleted-in-rules=drop", Converged),
    ("deleted-organizations=hide", Converged),
    ("organization-created=30", Converged),
    ("test-domain-verified=30", Converged),
    ("organization-deleted=30", Converged),
    ("organization-in-use=parameter", Converged),
    ("domain-registered=verified", Converged),
    ("default-unverified=allow", Converged),
    ("rule-precedence=allow", Otherwise),
    ("rule-twins=refuse", Converged),
    ("rule-users-for-role=never", Converged),
    ("rule-users-for-role=ignored", Otherwise),
    ("rule-user-state=refuse", Converged),
    ("target-users=ids", Converged),
    ("mobile-rule-omitted=keep", Converged),
    ("retention-again=limit", Converged),
    ("retention-new=all-none", Converged),
    ("retention-deleted=all-none", Converged),
    ("mobile-rule-new=default", Converged),
    ("application-in-use=refuse", Converged),
    ("tokens-disabled=allow", Converged),
    ("export-seconds=0", Converged),
    ("export-seconds=60", Converged),
    ("export-seconds=3600", Converged),
    ("export-again=refuse", Converged),
    ("export-cancel-until=90", Converged),
    ("export-cancel-until=50", Converged),
    ("export-cancel-until=0", Converged),
    ("export-cancel-late=refuse", Converged),
    ("lag=2", Converged),
    ("lag=5", Converged),
    ("page-size=1", Converged),
    ("page-size=2", Converged),
    ("page-size=10", Converged),
    ("page-size=50", Converged),
];

#[test]
fn every_side_of_every_switch_has_its_end() {
    let named: BTreeSet<String> = ENDS.iter().map(|(side, _)| (*side).to_owned()).collect();
    let sides = SWITCHES.iter().flat_map(|switch| {
        let others = switch.values[1..].iter();
        others.map(|value| format!("{}={value}", switch.name))
    });
    assert_eq!(named, sides.collect(), "each side has its row");
    let runs: Vec<(Vec<String>, End)> = ENDS
        .iter()
        .map(|(side, end)| (vec![(*side).to_owned()], *end))
        .collect();
    all_end(&runs);
}

/// A side of each switch, drawn by itself; with a side that leaves something unread, that is the end.
#[test]
fn random_combinations_of_switches_have_their_end() {
    let sides: Vec<BoxedStrategy<String>> = SWITCHES
        .iter()
        .map(|switch| {
            let name = switch.name;
            let side = prop::sample::select(switch.values);
            side.prop_map(move |value| format!("{name}={value}"))
                .boxed()
        })
        .collect();
    let runs: Vec<(Vec<String>, End)> = values("switches", 50, &sides)
        .map(|sides| {
            // What the service makes of rules is a question of its own, with rows of its own.
            let is_otherwise = |side: &String| {
                let mut rows = ENDS.iter();
                rows.any(|(row, end)| row == side && *end == Otherwise)
            };
            let sides: Vec<String> = sides.into_iter().filter(|one| !is_otherwise(one)).collect();
            let unread = ENDS.iter().find(|(side, end)| {
                matches!(end, Unread(_)) && sides.iter().any(|one| one == side)
            });
            let end = unread.map_or(Converged, |(_, end)| *end);
            (sides, end)
        })
        .collect();
    all_end(&runs);
}

/// Runs the company under each set of sides, two at a time.
fn all_end(runs: &[(Vec<String>, End)]) {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(String::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((sides, end)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = ends_as(sides, *end) {
                        let mut failures = failures.lock().expect("nobody panics with it");
                        writeln!(failures, "{}: {why}", sides.join(" ")).expect("a text");
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics with it");
    assert!(failures.is_empty(), "{failures}");
}

fn ends_as(sides: &[String], end: End) -> Result<(), String> {
    let flags = sides.iter().flat_map(|side| ["--behavior", side.as_str()]);
    let shop = Shop::of(Served::seeded("acme=example.com,example.org", flags));
    let company = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/company");
    let company = company.to_str().expect("a name");
    let apply = ["apply", company, "--auto-approve", "--wait", PATIENCE];

    let first = shop.run(&apply);
    let before = shop.writes();
    let again = shop.run(&apply);
    if shop.writes() != before {
        return Err(told("the second apply writes", &again));
    }
    let export = shop.run(&["export", "--dir", "out"]);
    everything_removed(&shop);
    let plan = shop.run(&["plan", "out", "--detailed-exitcode"]);

    let (codes, what) = match end {
        Converged => ([0, 0, 0, 0], "No changes"),
        Otherwise => ([6, 0, 0, 0], "No changes"),
        Unread(what) => ([69, 69, 69, 0], what),
    };
    for (run, code) in [&first, &again, &export, &plan].into_iter().zip(codes) {
        if run.status.code() != Some(code) {
            return Err(told(&format!("not {code}"), run));
        }
    }
    if end == Otherwise && !out(&first).contains("and the rules as they were written come to") {
        return Err(told("it does not say what differs", &first));
    }
    if !out(&again).contains(what) {
        return Err(told(&format!("without {what:?}"), &again));
    }
    if !out(&plan).starts_with("No changes") {
        return Err(told("the export differs", &plan));
    }
    Ok(())
}

/// Lets an export say that whatever it does not declare goes.
fn everything_removed(shop: &Shop) {
    let file = shop.path("out/organization.yaml");
    let text = std::fs::read_to_string(&file).expect("an export");
    let text = text.replace(
        "unmanaged: keep",
        "onRemoval: delete\n    unmanaged: remove",
    );
    std::fs::write(file, text).expect("written");
}

fn told(what: &str, output: &Output) -> String {
    let code = output.status.code();
    format!("{what}, exit {code:?}\n{}\n{}", out(output), err(output))
}
