//! An organization from its making to its end, by the binary: its making is asked for and waited for, a
//! killed run goes on in the next one, domains wait for their records, and directories that cannot be
//! written are told.
#![expect(
    clippy::disallowed_methods,
    reason = "starts and ends processes, and waits for them"
)]

use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::served::Connection;
use crate::support::shop::{Shop, ends, err, out};

const FRESH: &str = "\
apiVersion: workmailctl/v1
organization: {alias: fresh, create: {}, mailDomains: [fresh.example], defaultMailDomain: fresh.example}
users:
  ana: {displayName: Ana, email: ana@fresh.awsapps.com, aliases: [ana@fresh.example]}
  kim: {displayName: Kim, email: kim@fresh.example}
accessControlRules:
  default: {effect: ALLOW, description: Default WorkMail Rule}
";

const ALLOWED: &[&str] = &[
    "apply",
    "acme",
    "--yes",
    "--allow",
    "create-organization=fresh",
];

fn control(shop: &Shop, path: &str, body: &Value) -> Value {
    let mut connection = Connection::open(&shop.address).expect("the emulator listens");
    let method = if body.is_null() { "GET" } else { "POST" };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: emulator\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, reply) = connection.send(request.as_bytes()).expect("a reply");
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&reply));
    serde_json::from_slice(&reply).unwrap_or_default()
}

/// Alias and state of every organization but the one that the emulator begins with.
fn organizations(shop: &Shop) -> Vec<(String, String)> {
    let listed = shop.call("ListOrganizations", &json!({}));
    let all = listed["OrganizationSummaries"]
        .as_array()
        .expect("a list")
        .clone();
    let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
    all.iter()
        .map(|one| (text(one, "Alias"), text(one, "State")))
        .filter(|(alias, _)| alias != "acme")
        .collect()
}

fn states(shop: &Shop) -> Vec<String> {
    let all = organizations(shop).into_iter();
    all.map(|(_, state)| state).collect()
}

#[test]
fn an_organization_is_made_once_and_its_manifest_follows() {
    let shop = Shop::with(&[
        "--behavior",
        "organization-created=1",
        "--behavior",
        "test-domain-verified=1",
    ]);
    shop.manifest(&FRESH.replace(" create: {},", ""));
    ends(&shop.run(&["plan", "acme"]), 65);
    shop.manifest(FRESH);
    let plan = shop.run(&["plan", "acme"]);
    ends(&plan, 0);
    for told in [
        "+ fresh",
        "new organization",
        "+ ana",
        "create-organization=fresh",
    ] {
        assert!(out(&plan).contains(told), "{told}:\n{}", out(&plan));
    }
    ends(&shop.run(&["plan", "acme", "--detailed-exitcode"]), 3);
    ends(&shop.run(&["drift", "acme"]), 2);
    ends(&shop.run(&["apply", "acme", "--yes"]), 3);
    assert_eq!(organizations(&shop), []);

    let made = shop.run(ALLOWED);
    ends(&made, 0);
    assert_eq!(states(&shop), ["Active"]);
    for told in ["TXT _amazonses.fresh.example.", "but for what waits"] {
        assert!(out(&made).contains(told), "{told}:\n{}", out(&made));
    }
    assert!(err(&made).contains("waiting for fresh"), "{}", err(&made));
    ends(&shop.run(&["drift", "acme"]), 0);

    control(&shop, "/_emulator/domains/fresh.example/verify", &json!({}));
    ends(&shop.run(&["apply", "acme", "--yes"]), 0);
    let last = shop.run(&["plan", "acme"]);
    ends(&last, 0);
    assert!(
        out(&last).starts_with("No changes: fresh"),
        "{}",
        out(&last)
    );
}

#[test]
fn a_domain_that_is_verified_at_once_needs_no_second_run() {
    let shop = Shop::with(&["--behavior", "domain-registered=verified"]);
    shop.manifest(FRESH);
    let made = shop.run(ALLOWED);
    ends(&made, 0);
    let last = shop.run(&["plan", "acme"]);
    assert!(
        out(&last).starts_with("No changes: fresh"),
        "{}",
        out(&last)
    );
}

#[test]
fn a_run_that_is_killed_while_it_waits_goes_on_in_the_next() {
    let shop = Shop::with(&[
        "--clock",
        "virtual",
        "--behavior",
        "organization-created=30",
        "--behavior",
        "test-domain-verified=30",
    ]);
    shop.manifest(FRESH);
    let mut killed = begin(&shop, ALLOWED);
    until("it is requested", || states(&shop) == ["Requested"]);
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");
    let plan = shop.run(&["plan", "acme"]);
    ends(&plan, 0);
    let told = "state waits for its creation, which has begun (now Requested)";
    assert!(out(&plan).contains(told), "{}", out(&plan));

    // Once more, between Active and a test domain that can be used.
    let mut killed = begin(&shop, &["apply", "acme", "--yes"]);
    advance(&shop, 31);
    until("it is Active", || states(&shop) == ["Active"]);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(
        killed.try_wait().expect("it can be asked"),
        None,
        "it waits"
    );
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");

    let next = begin(&shop, &["apply", "acme", "--yes"]);
    std::thread::sleep(Duration::from_millis(500));
    advance(&shop, 31);
    let done = next.wait_with_output().expect("it ends");
    ends(&done, 0);
    assert_eq!(states(&shop), ["Active"], "one was made");
    let plan = shop.run(&["plan", "acme"]);
    assert!(out(&plan).contains("No changes to make."), "{}", out(&plan));
}

#[test]
fn a_saved_plan_makes_the_organization_and_leaves_the_rest_to_the_manifest() {
    let shop = Shop::open();
    shop.manifest(FRESH);
    ends(&shop.run(&["plan", "acme", "--out", "plan.json"]), 0);
    let apply = [
        "apply",
        "plan.json",
        "--yes",
        "--allow",
        "create-organization",
    ];
    let made = shop.run(&apply);
    ends(&made, 6);
    assert!(out(&made).contains("apply its manifest"), "{}", out(&made));
    let again = shop.run(&apply);
    ends(&again, 4);
    ends(&shop.run(&["apply", "acme", "--yes"]), 0);
}

#[test]
fn a_reviewed_plan_makes_the_organization_and_nothing_that_nobody_reviewed() {
    let shop = Shop::open();
    shop.manifest(FRESH);
    let plan = shop.run(&["plan", "acme", "--format", "json"]);
    let plan: Value = serde_json::from_str(&out(&plan)).expect("JSON");
    let hash = plan["planHash"].as_str().expect("a hash");
    let made = shop.run(&[ALLOWED, &["--expect-plan", hash]].concat());
    ends(&made, 6);
    assert_eq!(states(&shop), ["Active"]);
}

#[test]
fn an_organization_is_deleted_by_its_alias_only() {
    let shop = Shop::with(&["--behavior", "organization-deleted=1"]);
    shop.manifest("apiVersion: workmailctl/v1\norganization: {alias: acme, state: absent}\n");
    for refused in [&["--allow", "delete-organization"][..], &[]] {
        ends(
            &shop.run(&[&["apply", "acme", "--yes"], refused].concat()),
            3,
        );
    }
    let plan = ["plan", "acme", "--out", "plan.json"];
    ends(&shop.run(&plan), 0);
    let apply = |what| {
        shop.run(&[
            "apply",
            what,
            "--yes",
            "--allow",
            "delete-organization=acme",
        ])
    };
    let gone = apply("acme");
    ends(&gone, 0);
    assert!(
        err(&gone).contains("waiting for acme to be gone"),
        "{}",
        err(&gone)
    );
    for nothing in [apply("acme"), shop.run(&["plan", "acme"])] {
        ends(&nothing, 0);
        assert!(
            out(&nothing).starts_with("No changes: acme"),
            "{}",
            out(&nothing)
        );
    }
    ends(&shop.run(&["drift", "acme"]), 0);
    ends(&apply("plan.json"), 0);
}

#[test]
fn what_the_directory_does_not_take_is_told_and_not_tried_again() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--yes"]), 0);
    control(
        &shop,
        "/_emulator/directories",
        &json!({"organization": "acme", "state": "read-only"}),
    );
    shop.manifest(
        "apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com]}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com, an@example.com], jobTitle: Director, mailboxQuotaMb: 100}
  bob: {displayName: Bob, email: bob@example.com, aliases: [b@example.com], jobTitle: Clerk, permissions: []}
  kim: {displayName: Kim, email: kim@example.com}
  lee: {displayName: Lee, email: lee@example.com}
groups:
  staff: {email: staff@example.com, aliases: [all@example.com], members: [ana, bob]}
",
    );
    control(&shop, "/_emulator/reset", &json!({}));
    let applied = shop.run(&["apply", "acme", "--yes"]);
    ends(&applied, 5);
    for told in [
        "does not take CreateUser, UpdateUser through WorkMail",
        "the rest is not manageable through WorkMail",
    ] {
        assert!(out(&applied).contains(told), "{told}:\n{}", out(&applied));
    }
    let stats = control(&shop, "/_emulator/stats", &Value::Null);
    let done = |operation: &str| {
        let log = stats["log"].as_array().expect("a log");
        log.iter()
            .filter(|one| one["operation"] == operation && one["outcome"] == "ok")
            .count()
    };
    assert_eq!(done("CreateAlias"), 3);
    assert_eq!(done("UpdateMailboxQuota"), 1);
    assert_eq!(done("DeleteMailboxPermissions"), 1);
    // What the API allows is as declared; the rest is drift that stays.
    let plan = shop.run(&["plan", "acme"]);
    for gone in ["alias", "mailboxQuotaMb", "SEND_AS"] {
        assert!(
            !out(&plan).contains(&format!("{gone} ")),
            "{gone}:\n{}",
            out(&plan)
        );
    }
    ends(&shop.run(&["drift", "acme"]), 2);
    let again = shop.run(&["apply", "acme", "--yes", "--write-parallelism", "1"]);
    ends(&again, 1);
    assert!(out(&again).contains("not sent"), "{}", out(&again));
    control(
        &shop,
        "/_emulator/directories",
        &json!({"organization": "acme", "state": "writable"}),
    );
    ends(&shop.run(&["apply", "acme", "--yes"]), 0);
}

#[test]
fn the_embedded_emulator_shows_the_making_of_an_organization() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("fresh.yaml"), FRESH).expect("it can be written");
    let run = |args: &[&str]| -> Output {
        crate::support::shop::command(folder.path(), args)
            .output()
            .expect("it runs")
    };
    ends(
        &run(&["plan", "fresh.yaml", "--emulator", "--detailed-exitcode"]),
        3,
    );
    let apply = [
        "apply",
        "fresh.yaml",
        "--emulator",
        "--yes",
        "--allow",
        "create-organization",
    ];
    ends(&run(&apply), 0);
    ends(&run(&apply), 0);
    let last = run(&["plan", "fresh.yaml", "--emulator"]);
    assert!(
        out(&last).starts_with("No changes: fresh"),
        "{}",
        out(&last)
    );
    ends(
        &run(&["apply", "fresh.yaml", "--emulator", "--rehearse"]),
        0,
    );
}

fn begin(shop: &Shop, args: &[&str]) -> Child {
    let mut command = shop.command(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

fn advance(shop: &Shop, seconds: u64) {
    control(shop, "/_emulator/clock", &json!({"advance": seconds}));
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
