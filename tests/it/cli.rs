//! The binary as people and CI jobs meet it: exit codes, streams, closed pipes, no terminal.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the files of its runs"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::shop::{MANIFEST, Shop, command, ends, err, out};

#[test]
fn an_apply_converges_and_a_second_one_changes_nothing() {
    let shop = Shop::open();
    let first = shop.run(&["apply", "acme", "--auto-approve"]);
    ends(&first, 0);
    assert!(
        out(&first).contains("converged: everything is as declared"),
        "{}",
        out(&first)
    );
    assert!(
        err(&first).contains("done CreateUser user/ana"),
        "{}",
        err(&first)
    );
    let second = shop.run(&["apply", "acme", "--yes"]);
    ends(&second, 0);
    assert!(out(&second).starts_with("No changes: "), "{}", out(&second));
    assert_eq!(out(&second).lines().count(), 1);
    let runs = std::fs::read_dir(shop.path(".workmailctl/runs")).expect("journals");
    let mut journals: Vec<PathBuf> = runs.map(|entry| entry.expect("an entry").path()).collect();
    journals.sort();
    let undo = journals.pop().expect("what undoes the run");
    assert_eq!(journals, [undo.with_extension("")]);
    let shown = shop.run(&["show", journals[0].to_str().expect("UTF-8")]);
    ends(&shown, 0);
    let made = "done CreateUser user/ana DisplayName=Ana";
    assert!(out(&shown).contains(made), "{}", out(&shown));
}

#[test]
fn drift_is_exactly_what_somebody_changed_and_apply_repairs_it() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
    let organization = shop.organization();
    let ana = shop.id("ListUsers", "Users", "ana");
    let bob = shop.id("ListUsers", "Users", "bob");
    let staff = shop.id("ListGroups", "Groups", "staff");
    let org = |mut body: Value| {
        body["OrganizationId"] = json!(organization);
        body
    };
    shop.call(
        "UpdateUser",
        &org(json!({ "UserId": ana, "JobTitle": "Intern" })),
    );
    shop.call(
        "CreateAlias",
        &org(json!({ "EntityId": bob, "Alias": "b@example.com" })),
    );
    shop.call(
        "DisassociateMemberFromGroup",
        &org(json!({ "GroupId": staff, "MemberId": bob })),
    );
    shop.call(
        "DeleteMailboxPermissions",
        &org(json!({ "EntityId": bob, "GranteeId": ana })),
    );
    let drift = shop.run(&["drift", "acme", "--format", "json"]);
    ends(&drift, 2);
    let plan: Value = serde_json::from_slice(&drift.stdout).expect("it is JSON");
    let mut found: Vec<String> = plan["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .flat_map(|change| {
            let name = change["name"].as_str().unwrap_or_default().to_owned();
            let fields = change["fields"].as_array().expect("fields").clone();
            fields
                .into_iter()
                .map(move |field| format!("{name} {}", field["path"].as_str().unwrap_or_default()))
        })
        .collect();
    found.sort();
    let expected = [
        "ana jobTitle",
        "bob aliases[-]",
        "bob permissions[ana]",
        "staff members[+]",
    ];
    assert_eq!(found, expected);
    ends(&shop.run(&["apply", "acme", "--auto-approve"]), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn a_plan_ends_with_0_and_with_2_where_that_is_asked_for() {
    let shop = Shop::open();
    ends(&shop.run(&["plan", "acme"]), 0);
    ends(&shop.run(&["plan", "acme", "--detailed-exitcode"]), 2);
    ends(&shop.run(&["diff", "acme", "--expect-no-changes"]), 2);
}

#[test]
fn flags_may_stand_before_the_verb() {
    let shop = Shop::open();
    let plan = shop.run(&["--format", "json", "-q", "plan", "acme"]);
    ends(&plan, 0);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("it is JSON");
    assert_eq!(plan["formatVersion"], 1);
    assert_eq!(plan["summary"]["add"], 3);
}

#[test]
fn without_a_terminal_nothing_prompts_and_nothing_is_read() {
    let shop = Shop::open();
    let apply = shop.run(&["apply", "acme"]);
    ends(&apply, 64);
    assert!(err(&apply).contains("--auto-approve"), "{}", err(&apply));
    let mut stream = TcpStream::connect(&shop.address).expect("the emulator listens");
    stream
        .write_all(b"GET /_emulator/stats HTTP/1.1\r\nhost: e\r\nconnection: close\r\n\r\n")
        .expect("it is sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    assert!(reply.contains("\"total\":0"), "{reply}");
}

#[test]
fn a_wrong_command_line_ends_with_64() {
    let folder = tempfile::tempdir().expect("a folder");
    for args in [
        &["plan"][..],
        &["plan", "acme", "--bogus"],
        &["apply", "acme", "--yes", "--allow", "everything"],
        &["apply", "acme", "--yes", "--allow", "protect"],
        &["plan", "acme", "--format", "csv"],
        &["emulator", "--region", "eu-west-1"],
        &["emulator", "--tick", "1s"],
        &["emulator", "--listen", "example.com:8025"],
        &["frobnicate"],
    ] {
        let output = command(folder.path(), args).output().expect("it runs");
        ends(&output, 64);
        assert!(out(&output).is_empty(), "{args:?}: {}", out(&output));
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = tempfile::tempdir().expect("a folder");
    for verb in [
        "validate",
        "plan",
        "apply",
        "drift",
        "export",
        "show",
        "snapshot",
        "schema",
        "emulator",
        "completions",
    ] {
        let output = command(folder.path(), &[verb, "--help"])
            .output()
            .expect("it runs");
        ends(&output, 0);
        assert!(out(&output).contains("Examples:"), "{verb}");
        assert!(
            out(&output).contains(&format!("workmailctl {verb}")),
            "{verb}"
        );
    }
}

#[test]
fn a_bad_manifest_ends_with_65_and_says_where() {
    let shop = Shop::open();
    shop.manifest(
        "apiVersion: workmailctl/v1\norganization: {alias: acme}\nusers: {ana: {emial: x}}\n",
    );
    let validate = shop.run(&["validate", "acme"]);
    ends(&validate, 65);
    assert!(out(&validate).contains("acme.yaml:3"), "{}", out(&validate));
    let plan = shop.run(&["plan", "acme"]);
    ends(&plan, 65);
    assert!(out(&plan).is_empty(), "{}", out(&plan));
}

#[test]
fn a_service_that_is_down_ends_with_69_and_no_drift() {
    let shop = Shop::open();
    let mut drift = shop.command(&["drift", "acme", "--timeout", "2s"]);
    let drift = drift
        .env("AWS_ENDPOINT_URL_WORKMAIL", "http://127.0.0.1:9")
        .output()
        .expect("it runs");
    ends(&drift, 69);
    assert!(err(&drift).starts_with("error: "), "{}", err(&drift));
    assert!(out(&drift).is_empty());
}

#[test]
fn a_part_that_may_not_be_read_ends_with_77_and_drift_elsewhere_is_told() {
    let shop = Shop::with(&["--fault", "ListGroupMembers:deny"]);
    let drift = shop.run(&["drift", "acme"]);
    ends(&drift, 2);
    ends(
        &shop.run(&[
            "apply",
            "acme",
            "--auto-approve",
            "-q",
            "--target",
            "user/*",
        ]),
        0,
    );
    shop.manifest(&MANIFEST.replace("Engineer", "Staff Engineer"));
    let organization = shop.organization();
    let created = shop.call(
        "CreateGroup",
        &json!({ "OrganizationId": organization, "Name": "staff" }),
    );
    shop.call(
        "RegisterToWorkMail",
        &json!({ "OrganizationId": organization, "EntityId": created["GroupId"], "Email": "staff@example.com" }),
    );
    let drift = shop.run(&["drift", "acme"]);
    ends(&drift, 77);
    assert!(out(&drift).contains("? staff"), "{}", out(&drift));
    assert!(
        out(&drift).contains("jobTitle Engineer → Staff Engineer"),
        "{}",
        out(&drift)
    );
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let shop = Shop::open();
    let mut child = shop
        .command(&["plan", "acme", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    ends(&output, 0);
    assert!(!err(&output).contains("panic"), "{}", err(&output));
}

#[test]
fn a_guard_blocks_and_is_lifted_by_its_flag() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    shop.manifest(&MANIFEST.replace("users:\n  ana: {", "users:\n  ana: {state: deregistered, "));
    let blocked = shop.run(&["apply", "acme", "--auto-approve"]);
    ends(&blocked, 3);
    assert!(
        out(&blocked).contains("! blocked: mailbox-expiry"),
        "{}",
        out(&blocked)
    );
    assert!(
        err(&blocked).contains("--allow mailbox-expiry=ana"),
        "{}",
        err(&blocked)
    );
    ends(&shop.run(&["plan", "acme", "--detailed-exitcode"]), 3);
}

#[test]
fn a_saved_plan_is_applied_and_a_changed_one_is_refused() {
    let shop = Shop::open();
    ends(&shop.run(&["plan", "acme", "--out", "plan.json", "-q"]), 0);
    let text = std::fs::read_to_string(shop.path("plan.json")).expect("it was saved");
    std::fs::write(
        shop.path("forged.json"),
        text.replace("Engineer", "Director"),
    )
    .expect("written");
    ends(&shop.run(&["apply", "forged.json", "--auto-approve"]), 65);
    // What only a reviewer reads is held to the hash too, and showing it warns.
    let place = text.replace("acme/acme.yaml:", "acme/other.yaml:");
    for forged in [
        place,
        text.replace(
            "\"notWatched\": [",
            "\"notWatched\": [{\"what\": \"nothing\"}, ",
        ),
        text.replace("\"toolVersion\": \"", "\"toolVersion\": \"9"),
        text.replace("\"add\": ", "\"add\": 1"),
    ] {
        assert_ne!(forged, text);
        std::fs::write(shop.path("forged.json"), forged).expect("written");
        ends(&shop.run(&["apply", "forged.json", "--auto-approve"]), 65);
        let shown = shop.run(&["show", "forged.json"]);
        ends(&shown, 65);
        assert!(out(&shown).starts_with("DO NOT TRUST"), "{}", out(&shown));
        assert!(err(&shown).contains("was changed"), "{}", err(&shown));
    }
    let shown = shop.run(&["show", "plan.json"]);
    ends(&shown, 0);
    assert!(!out(&shown).contains("TRUST"), "{}", out(&shown));
    let applied = shop.run(&["apply", "plan.json", "--auto-approve", "--format", "json"]);
    ends(&applied, 0);
    let lines: Vec<Value> = out(&applied)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines[0]["type"], "version");
    assert_eq!(lines.last().expect("a last line")["type"], "summary");
    assert_eq!(lines.last().expect("a last line")["result"], "converged");
    assert!(
        lines
            .iter()
            .any(|line| line["type"] == "operation_finished")
    );
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn a_saved_plan_is_guarded_by_what_it_does_not_name() {
    let shop = Shop::open();
    let rooms = MANIFEST.to_owned()
        + "resources: {board: {type: ROOM, email: board@example.com, delegates: [staff]}}\n";
    shop.manifest(&rooms.replace("members: [ana, bob]", "members: [ana]"));
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    // The room is watched, and not declared any more.
    let watched = "management: {watchReaders: [board]}\n".to_owned() + MANIFEST;
    shop.manifest(&watched);
    let plan = shop.run(&["plan", "acme", "--out", "plan.json"]);
    ends(&plan, 0);
    let reader = "bob could read the mail of board";
    assert!(out(&plan).contains(reader), "{}", out(&plan));
    let allow = "--allow=management";
    for path in ["plan.json", "acme"] {
        let blocked = shop.run(&["apply", path, "--auto-approve", allow]);
        ends(&blocked, 3);
        assert!(out(&blocked).contains(reader), "{}", out(&blocked));
        let flag = "--allow new-reader=board";
        assert!(err(&blocked).contains(flag), "{}", err(&blocked));
    }
    let lifted = "--allow=new-reader=board";
    ends(
        &shop.run(&["apply", "plan.json", "--auto-approve", allow, lifted]),
        0,
    );
}

#[test]
fn the_hash_of_a_reviewed_plan_is_held_to() {
    let shop = Shop::open();
    let plan = shop.run(&["plan", "acme", "--format", "json"]);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("it is JSON");
    let hash = plan["planHash"].as_str().expect("a hash");
    ends(
        &shop.run(&["apply", "acme", "--yes", "--expect-plan", "00000000"]),
        4,
    );
    ends(
        &shop.run(&["apply", "acme", "--yes", "--expect-plan", hash]),
        0,
    );
}

#[test]
fn what_is_exported_is_valid_and_plans_nothing_even_where_the_rest_is_removed() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    ends(&shop.run(&["export", "--dir", "out"]), 0);
    ends(&shop.run(&["export", "--dir", "out"]), 64);
    let path = shop.path("out/organization.yaml");
    let text = std::fs::read_to_string(&path).expect("it was exported");
    let strict = text.replace(
        "unmanaged: keep",
        "onRemoval: delete\n    unmanaged: remove",
    );
    std::fs::write(&path, strict).expect("written");
    ends(&shop.run(&["validate", "out"]), 0);
    let plan = shop.run(&["plan", "out", "--detailed-exitcode"]);
    ends(&plan, 0);
    assert!(out(&plan).starts_with("No changes"), "{}", out(&plan));
    ends(
        &shop.run(&["export", "--dir", "tables", "--format", "csv"]),
        0,
    );
    let table = std::fs::read_to_string(shop.path("tables/addresses.csv")).expect("a table");
    assert!(
        table.contains("a@example.com,alias,user,ana,registered,Ana\r\n"),
        "{table}"
    );
}

#[test]
fn a_snapshot_is_planned_against_without_credentials() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    ends(&shop.run(&["snapshot", "--out", "snapshot.json", "-q"]), 0);
    shop.manifest(&MANIFEST.replace("Engineer", "Director"));
    let plan = command(
        shop.folder.path(),
        &["plan", "acme", "--against", "snapshot.json"],
    )
    .env_remove("AWS_ACCESS_KEY_ID")
    .env_remove("AWS_SECRET_ACCESS_KEY")
    .output()
    .expect("it runs");
    ends(&plan, 0);
    assert!(
        out(&plan).contains("jobTitle Engineer → Director"),
        "{}",
        out(&plan)
    );
}

#[test]
fn a_rehearsal_converges_on_a_copy_and_writes_nothing() {
    let shop = Shop::open();
    let rehearsed = shop.run(&["apply", "acme", "--rehearse"]);
    ends(&rehearsed, 0);
    assert!(
        out(&rehearsed).contains("REHEARSAL acme"),
        "{}",
        out(&rehearsed)
    );
    assert!(out(&rehearsed).contains("converged"), "{}", out(&rehearsed));
    ends(&shop.run(&["drift", "acme"]), 2);
}

/// An application has another ARN in the copy, and is found there by its tag.
#[test]
fn a_rehearsal_copies_what_an_organization_has_one_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "
apiVersion: workmailctl/v1
organization:
  alias: acme
  inboundDmarc: {enforced: false}
  emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:mail:*'}
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_ONLY
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: mail}
    personalAccessTokens: {status: INACTIVE}
  tags: {owner: it}
retentionPolicy: {name: a, folders: {INBOX: {action: DELETE, periodInDays: 30}}}
";
    std::fs::write(folder.path().join("acme.yaml"), manifest).expect("written");
    let run = |args: &[&str]| command(folder.path(), args).output().expect("it runs");
    let state = ["apply", "acme.yaml", "--emulator=state", "--auto-approve"];
    let allow = [
        "--allow",
        "delete-mail",
        "--allow",
        "weaker=inbound-dmarc/default",
    ];
    ends(&run(&[&state[..], &allow].concat()), 0);
    let rehearsed = run(&["apply", "acme.yaml", "--emulator=state", "--rehearse"]);
    ends(&rehearsed, 0);
    assert!(
        out(&rehearsed).starts_with("No changes"),
        "{}",
        out(&rehearsed)
    );
}

/// Rules that an organization is born with are not in the copy if they are gone; ids are the copy's own.
#[test]
fn a_rehearsal_copies_rules_roles_and_overrides() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "
apiVersion: workmailctl/v1
organization: {alias: acme}
users:
  ana:
    displayName: Ana
    state: registered
    email: ana@acme.awsapps.com
    mobileDeviceAccessOverrides: [{deviceId: phone1, effect: ALLOW}]
impersonationRoles:
  bot: {type: FULL_ACCESS, rules: [{id: all, name: all, effect: ALLOW, targetUsers: [ana]}]}
accessControlRules:
  office: {effect: ALLOW, description: office, ipRanges: [203.0.113.0/24]}
  bots: {effect: ALLOW, description: bots, impersonationRoles: [bot]}
mobileDeviceAccessRules:
  phones: {effect: ALLOW, deviceTypes: [iphone]}
availabilityConfigurations:
  partner.example: {ews: {endpoint: 'https://mail.partner.example/EWS/x.asmx', username: a, password: {fromEnv: WORKMAILCTL_SECRET_AVAILABILITY, version: 1}}}
management:
  accessControlRules: {unmanaged: remove}
  mobileDeviceAccessRules: {unmanaged: remove}
";
    std::fs::write(folder.path().join("acme.yaml"), manifest).expect("written");
    let run = |args: &[&str]| {
        let mut command = command(folder.path(), args);
        command.env("WORKMAILCTL_SECRET_AVAILABILITY", "a-secret-of-the-test");
        command.output().expect("it runs")
    };
    let state = ["apply", "acme.yaml", "--emulator=state"];
    let apply = ["--auto-approve", "--allow", "removals"];
    ends(&run(&[&state[..], &apply].concat()), 0);
    let rehearsed = run(&[&state[..], &["--rehearse"]].concat());
    ends(&rehearsed, 0);
    assert!(
        out(&rehearsed).starts_with("No changes"),
        "{}",
        out(&rehearsed)
    );
}

#[test]
fn the_embedded_emulator_needs_nothing_but_a_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("acme")).expect("a folder");
    std::fs::write(folder.path().join("acme/acme.yaml"), MANIFEST).expect("written");
    let run = |args: &[&str]| {
        let mut command = command(folder.path(), args);
        command
            .env_remove("AWS_REGION")
            .env_remove("AWS_ACCESS_KEY_ID");
        command.output().expect("it runs")
    };
    ends(&run(&["apply", "acme", "--emulator", "--auto-approve"]), 0);
    let again = run(&["apply", "acme", "--emulator", "--auto-approve"]);
    ends(&again, 0);
    assert!(out(&again).starts_with("No changes"), "{}", out(&again));
}

#[test]
fn a_problem_and_a_member_whom_only_a_user_names_have_their_places() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let manifest = "apiVersion: workmailctl/v1
organization: {alias: acme}
users:
  new5:
    displayName: New
    email: new5@example.com
    aliases: [bob@example.com]
    groups: [staff]
";
    shop.manifest(manifest);
    let plan = shop.run(&["plan", "acme", "--format", "json"]);
    ends(&plan, 65);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("it is JSON");
    assert_eq!(plan["problems"][0]["path"], "aliases");
    let line = |place: &Value| {
        place
            .as_str()
            .and_then(|place| place.rsplit(':').next())
            .map(str::to_owned)
    };
    assert_eq!(line(&plan["problems"][0]["place"]).as_deref(), Some("7"));
    let changes = plan["changes"].as_array().expect("changes");
    let staff = changes
        .iter()
        .find(|change| change["target"] == "group/staff");
    let place = &staff.expect("the group changes")["place"];
    assert_eq!(line(place).as_deref(), Some("8"));
}

#[test]
fn a_journal_says_what_was_written() {
    let shop = Shop::open();
    ends(
        &shop.run(&[
            "apply",
            "acme",
            "--auto-approve",
            "-q",
            "--journal",
            "run.jsonl",
        ]),
        0,
    );
    let shown = shop.run(&["show", "run.jsonl"]);
    ends(&shown, 0);
    let text = out(&shown);
    let journal = std::fs::read_to_string(shop.path("run.jsonl")).expect("a journal");
    assert!(!journal.contains("$id"), "{journal}");
    assert!(
        text.contains("AssociateMemberToGroup group/staff (ana)"),
        "{text}"
    );
    assert!(
        text.contains("RegisterToWorkMail user/ana Email=ana@example.com"),
        "{text}"
    );
}
