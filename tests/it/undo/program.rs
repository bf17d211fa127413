//! `undo` as people meet it.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the files of its runs"
)]

use std::process::Output;

use serde_json::{Value, json};
use workmailctl::plan::{Plan, Reversible, hash_of};

use crate::support::served::Connection;
use crate::support::shop::{MANIFEST, Shop, ends, err, out};

/// A newcomer, a leaver, a swap of addresses, a renamed room, other members, grants and rules.
const AFTER: &str = "\
apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com]}
users:
  ana: {displayName: Ana, email: bob@example.com, aliases: [], jobTitle: Director}
  bob: {displayName: Bob, email: ana@example.com, aliases: [n@example.com], permissions: [{grantee: kim, rights: [FULL_ACCESS]}]}
  joe: {state: deregistered}
  kim: {displayName: Kim, email: kim@example.com}
groups:
  staff: {email: staff@example.com, aliases: [], members: [kim, bob]}
resources:
  hall: {previously: room, type: ROOM, email: room@example.com, aliases: [h@example.com], delegates: [kim]}
accessControlRules:
  default: {effect: ALLOW, description: all}
  imap: {effect: DENY, description: no imap, actions: [IMAP]}
";

const LIFTED: [&str; 12] = [
    "--allow",
    "delete-user",
    "--allow",
    "mailbox-expiry",
    "--allow",
    "address-reuse",
    "--allow",
    "weaker",
    "--allow",
    "lockout",
    "--allow",
    "removals",
];

fn before() -> String {
    let joe =
        "  joe: {displayName: Joe, email: joe@example.com, aliases: [j@example.com]}\ngroups:";
    MANIFEST
        .replace("groups:", joe)
        .replace("members: [ana, bob]", "members: [ana, bob, joe]")
        + "resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana]}}\n\
           accessControlRules: {default: {effect: ALLOW, description: all}}\n"
}

/// A shop that went from `before` to `AFTER`, with the journal `run.jsonl`.
fn changed() -> Shop {
    let shop = Shop::open();
    shop.manifest(&before());
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    shop.manifest(AFTER);
    let apply = [
        "apply",
        "acme",
        "--auto-approve",
        "-q",
        "--journal",
        "run.jsonl",
    ];
    ends(&shop.run(&[&apply[..], &LIFTED].concat()), 0);
    shop
}

fn undo<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["undo", file, "--auto-approve"], more].concat()
}

#[test]
fn a_run_is_undone_and_the_undo_too() {
    let shop = changed();
    let shown = shop.run(&["undo", "run.jsonl", "--dry-run"]);
    ends(&shown, 3);
    for told in [
        "name hall → room",
        "members +ana +joe -kim",
        "! blocked: delete-user",
    ] {
        assert!(out(&shown).contains(told), "{told}: {}", out(&shown));
    }
    assert!(
        out(&shown).contains("workmailctl undo run.jsonl"),
        "{}",
        out(&shown)
    );
    let writes = shop.writes();
    let blocked = shop.run(&undo("run.jsonl", &[]));
    ends(&blocked, 3);
    assert_eq!(shop.writes(), writes);
    let lifted = undo("run.jsonl", &LIFTED);
    let undone = shop.run(&[&lifted[..], &["--journal", "undo.jsonl"]].concat());
    ends(&undone, 0);
    shop.manifest(&before());
    ends(&shop.run(&["drift", "acme"]), 0);
    let again = shop.run(&lifted);
    ends(&again, 0);
    assert!(out(&again).starts_with("No changes"), "{}", out(&again));
    // By the file beside the journal as well as by the journal.
    ends(&shop.run(&undo("undo.jsonl.undo", &LIFTED)), 0);
    shop.manifest(AFTER);
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn what_somebody_changed_since_is_left_alone_and_told() {
    let shop = changed();
    let organization = shop.organization();
    let ana = shop.id("ListUsers", "Users", "ana");
    let mine = json!({"OrganizationId": organization, "UserId": ana, "JobTitle": "Chief"});
    shop.call("UpdateUser", &mine);
    let alias =
        json!({"OrganizationId": organization, "EntityId": ana, "Alias": "mine@example.com"});
    shop.call("CreateAlias", &alias);
    let undone = shop.run(&undo("run.jsonl", &LIFTED));
    ends(&undone, 0);
    let note = "jobTitle of user/ana was changed since: left alone";
    assert!(out(&undone).contains(note), "{}", out(&undone));
    shop.manifest(
        &before()
            .replace("Engineer", "Chief")
            .replace("a@example.com]", "a@example.com, mine@example.com]"),
    );
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn two_runs_are_undone_at_once_in_whatever_order_they_are_named() {
    let shop = changed();
    let third = AFTER
        .replace("Director", "Chief")
        .replace("[IMAP]", "[EWS]");
    shop.manifest(&third.replace("aliases: [n@example.com]", "aliases: []"));
    let apply = [
        "apply",
        "acme",
        "--auto-approve",
        "-q",
        "--journal",
        "second.jsonl",
    ];
    ends(&shop.run(&[&apply[..], &LIFTED].concat()), 0);
    let both = ["undo", "second.jsonl", "run.jsonl", "--auto-approve"];
    ends(&shop.run(&[&both[..], &LIFTED].concat()), 0);
    shop.manifest(&before());
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn the_file_is_private_and_holds_what_was_sent_and_no_more() {
    let shop = changed();
    let path = shop.path("run.jsonl.undo");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(&path).expect("it was written");
    let journal = std::fs::read_to_string(shop.path("run.jsonl")).expect("it was written");
    let begun = text
        .lines()
        .filter(|line| line.contains("\"type\":\"begun\""))
        .count();
    let started = journal
        .lines()
        .filter(|line| line.contains("operation_started"))
        .count();
    assert_eq!(begun, started);
    // A line that a crash cut off was not acted on; one in the middle is damage.
    let torn = &text[..text.len() - 5];
    std::fs::write(&path, torn).expect("written");
    ends(&shop.run(&["undo", "run.jsonl", "--dry-run"]), 3);
    std::fs::write(
        &path,
        text.replacen("\"type\":\"begun\"", "\"type\":\"?\"", 1),
    )
    .expect("written");
    let damaged = shop.run(&["undo", "run.jsonl", "--dry-run"]);
    ends(&damaged, 65);
    assert!(err(&damaged).contains("line 2"), "{}", err(&damaged));
    std::fs::remove_file(&path).expect("removed");
    let missing = shop.run(&["undo", "run.jsonl", "--dry-run"]);
    ends(&missing, 65);
    assert!(
        err(&missing).contains("does not undo a run"),
        "{}",
        err(&missing)
    );
}

#[test]
fn what_cannot_be_read_is_told_and_left_alone() {
    for (denied, told) in [
        (
            "ListMailboxPermissions",
            "the grants of user/bob could not be read",
        ),
        ("ListUsers", "user/ana could not be read"),
        (
            "ListAccessControlRules",
            "access-control-rule/imap could not be read",
        ),
        ("DescribeUser", "jobTitle of user/ana could not be read"),
    ] {
        let shop = changed();
        let fault = json!(format!("{denied}:deny")).to_string();
        let mut connection = Connection::open(&shop.address).expect("the emulator listens");
        let request = format!(
            "POST /_emulator/faults HTTP/1.1\r\nhost: emulator\r\ncontent-length: {}\r\n\r\n{fault}",
            fault.len()
        );
        let (status, _) = connection.send(request.as_bytes()).expect("a reply");
        assert_eq!(status, 200);
        let shown = shop.run(&["undo", "run.jsonl", "--dry-run"]);
        ends(&shown, 69);
        assert!(out(&shown).contains(told), "{denied}: {}", out(&shown));
    }
}

#[test]
fn where_the_file_cannot_be_written_nothing_is_applied() {
    let shop = Shop::open();
    std::fs::write(shop.path("run.jsonl.undo"), "mine").expect("written");
    let run = shop.run(&["apply", "acme", "--auto-approve", "--journal", "run.jsonl"]);
    ends(&run, 1);
    assert_eq!(shop.writes(), 0);
    let kept = std::fs::read_to_string(shop.path("run.jsonl.undo")).expect("it is there");
    assert_eq!(kept, "mine");
    assert!(
        !shop.path("run.jsonl").exists(),
        "the next run can have that journal"
    );
}

#[test]
fn a_plan_that_nothing_brings_back_is_refused_where_that_is_asked_for() {
    let shop = Shop::open();
    ends(
        &shop.run(&[
            "apply",
            "acme",
            "--auto-approve",
            "--require-reversible",
            "-q",
        ]),
        0,
    );
    shop.manifest(&MANIFEST.replace("users:\n  ana: {", "users:\n  ana: {state: deregistered, "));
    let lifted = ["--allow", "mailbox-expiry", "--require-reversible"];
    let refused = shop.run(&[&["apply", "acme", "--auto-approve"], &lifted[..]].concat());
    ends(&refused, 3);
    let told = "DeregisterFromWorkMail user/ana (only until ";
    assert!(err(&refused).contains(told), "{}", err(&refused));
    // A plan says the same, and so does a saved one, whatever it says of itself.
    let out = ["--require-reversible", "--out", "plan.json"];
    let shown = shop.run(&[&["plan", "acme"], &out[..]].concat());
    ends(&shown, 3);
    let sentence = |run: &Output| {
        err(run)
            .lines()
            .find(|line| line.contains(told))
            .map(str::to_owned)
    };
    assert_eq!(sentence(&shown), sentence(&refused));
    let text = std::fs::read_to_string(shop.path("plan.json")).expect("it was saved");
    let mut plan: Plan = serde_json::from_str(&text).expect("a plan");
    plan.operations
        .iter_mut()
        .for_each(|one| one.reversible = Reversible::Free);
    plan.plan_hash = hash_of(&plan);
    let text = serde_json::to_string(&plan).expect("plain data");
    std::fs::write(shop.path("plan.json"), text).expect("written");
    let saved = shop.run(&[&["apply", "plan.json", "--auto-approve"], &lifted[..]].concat());
    ends(&saved, 3);
    assert_eq!(sentence(&saved), sentence(&refused));
    ends(
        &shop.run(&[&["apply", "acme", "--auto-approve"], &lifted[..2]].concat()),
        0,
    );
}

#[test]
fn a_verification_and_a_password_that_go_are_told_before_and_refused_where_that_is_asked_for() {
    let shop = Shop::open();
    let ews = "availabilityConfigurations: {partner.example.net: {ews: {endpoint: \"https://partner.example.net/EWS\", \
               username: mail, password: {fromFile: partner}}}}\n";
    let secrets = shop.path(".workmailctl/secrets");
    std::fs::create_dir_all(&secrets).expect("a folder");
    std::fs::write(secrets.join("partner"), "Made-up 4 tests").expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(secrets.join("partner"), mode).expect("it is ours");
    }
    let manifest = |domains: &str, rest: &str| {
        let organization = format!("{{alias: acme, mailDomains: [{domains}]}}");
        let text = MANIFEST.replace("{alias: acme, mailDomains: [example.com]}", &organization);
        shop.manifest(&(text + rest));
    };
    manifest("example.com, example.org", ews);
    ends(
        &shop.run(&[
            "apply",
            "acme",
            "--auto-approve",
            "--require-reversible",
            "-q",
        ]),
        0,
    );
    manifest("example.com", "availabilityConfigurations: {}\n");
    let shown = shop.run(&["plan", "acme", "--require-reversible"]);
    ends(&shown, 3);
    let told = "can be undone: all but the password of availability-configuration/partner.example.net, \
                the verification of example.org";
    assert!(out(&shown).contains(told), "{}", out(&shown));
    for told in [
        "DeregisterMailDomain mail-domain/example.org (never)",
        "DeleteAvailabilityConfiguration availability-configuration/partner.example.net (never)",
    ] {
        assert!(err(&shown).contains(told), "{}", err(&shown));
    }
}

#[test]
fn programs_get_the_plan_and_the_notes() {
    let shop = changed();
    let shown = shop.run(&["undo", "run.jsonl", "--dry-run", "--format", "json"]);
    let plan: Value = serde_json::from_str(&out(&shown)).expect("JSON");
    let notes = plan["notes"].as_array().expect("notes");
    assert!(
        notes
            .iter()
            .any(|note| note.as_str().is_some_and(|note| note.contains("passwords"))),
        "{notes:?}"
    );
}
