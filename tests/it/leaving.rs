//! The way out, from an organization to import files, and from the exports of the other side to what is
//! missing there.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the files of its runs"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::served::Served;
use crate::support::shop::{Shop, command, ends, err, out};

/// `examples/company` in an emulator, and a snapshot of it.
struct Company {
    folder: tempfile::TempDir,
}

impl Company {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let company = Self { folder };
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/company");
        let examples = examples.to_str().expect("UTF-8");
        let applied = company.run(&["apply", examples, "--emulator", "--auto-approve", "-q"]);
        ends(&applied, 0);
        ends(
            &company.run(&["snapshot", "--out", "s.json", "--emulator", "-q"]),
            0,
        );
        company
    }

    fn run(&self, args: &[&str]) -> std::process::Output {
        command(self.folder.path(), args).output().expect("it runs")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it is there")
    }

    fn targets(&self, service: &str, folder: &str) {
        let done = self.run(&[
            "migrate",
            "targets",
            "--to",
            service,
            "--dir",
            folder,
            "--snapshot",
            "s.json",
        ]);
        ends(&done, 0);
    }

    fn check(&self, against: &str, code: i32) -> Value {
        let done = self.run(&[
            "migrate",
            "check",
            "--against",
            against,
            "--snapshot",
            "s.json",
            "--format",
            "json",
        ]);
        ends(&done, code);
        serde_json::from_slice(&done.stdout).expect("JSON")
    }
}

#[test]
fn a_damaged_export_differs_in_exactly_the_damage() {
    let company = Company::open();
    company.targets("generic", "there");
    let whole = company.check("there", 0);
    assert_eq!(whole["found"]["differences"], serde_json::json!([]));
    let checked = whole["found"]["checked"].as_u64().expect("a number");
    assert!(checked > 50, "the company has only {checked} addresses");

    let mut directory: Value =
        serde_json::from_str(&company.text("there/directory.json")).expect("JSON");
    let recipients = directory["recipients"].as_array_mut().expect("a list");
    let with = |recipients: &[Value], list: &str, from: usize| {
        let found = recipients.iter().enumerate().skip(from);
        let mut found =
            found.filter(|(_, one)| one[list].as_array().is_some_and(|all| !all.is_empty()));
        found.next().expect("there is one").0
    };
    let alias_of = with(recipients, "aliases", 0);
    let lost = recipients[alias_of]["aliases"]
        .as_array_mut()
        .expect("a list")
        .remove(0);
    let handed_from = with(recipients, "aliases", alias_of + 1);
    let handed = recipients[handed_from]["aliases"]
        .as_array_mut()
        .expect("a list")
        .remove(0);
    let heir = recipients
        .iter()
        .rposition(|one| one["kind"] == "user" && one["registered"] == true);
    let heir = heir.expect("a user");
    assert_ne!(heir, handed_from);
    recipients[heir]["aliases"]
        .as_array_mut()
        .expect("a list")
        .push(handed.clone());
    let damaged = serde_json::to_string(&directory).expect("plain data");
    std::fs::write(company.path("damaged.json"), damaged).expect("written");

    let found = company.check("damaged.json", 2);
    let told = found["found"]["differences"]
        .as_array()
        .expect("a list")
        .iter();
    let told: BTreeSet<(String, String)> = told
        .map(|one| {
            (
                one["address"].to_string(),
                one["what"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let damage = [
        (lost.to_string(), "missing".to_owned()),
        (handed.to_string(), "otherPeople".to_owned()),
    ];
    assert_eq!(told, damage.into_iter().collect());
}

#[test]
fn tables_of_ours_tell_the_same_as_the_document() {
    let company = Company::open();
    company.targets("generic", "there");
    std::fs::remove_file(company.path("there/directory.json")).expect("removed");
    let found = company.check("there", 0);
    assert_eq!(found["found"]["differences"], serde_json::json!([]));
    let members = company.text("there/members.csv");
    let gone = members.lines().nth(1).expect("a member").to_owned();
    let fewer = members.replacen(&format!("{gone}\r\n"), "", 1);
    std::fs::write(company.path("there/members.csv"), fewer).expect("written");
    let found = company.check("there", 2);
    let group = gone.split(',').next().expect("a group");
    let told = found["found"]["differences"]
        .as_array()
        .expect("a list")
        .iter();
    let addresses: Vec<&str> = told.filter_map(|one| one["address"].as_str()).collect();
    assert!(addresses.contains(&group), "{addresses:?} has not {group}");
}

/// Parsers that are not ours: a shell for the script, Python for tables and JSON.
#[test]
fn other_programs_read_the_files() {
    let shop = Shop::open();
    let hostile = r#"{displayName: "=1+1\"$(touch pwned)`touch pwned`'\n;touch pwned", "#;
    let text = crate::support::shop::MANIFEST.replacen("{displayName: Ana, ", hostile, 1);
    shop.manifest(&text);
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    for service in ["google-workspace", "microsoft365", "generic"] {
        ends(
            &shop.run(&["migrate", "targets", "--to", service, "--dir", service]),
            0,
        );
    }
    let folder = shop.path("google-workspace");
    std::fs::write(
        folder.join("gam"),
        "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done\necho\n",
    )
    .expect("written");
    let ran = Command::new("sh")
        .args(["-c", "chmod +x gam && PATH=.:$PATH sh workspace.sh"])
        .current_dir(&folder)
        .output()
        .expect("a shell");
    ends(&ran, 0);
    assert!(!folder.join("pwned").exists(), "a name was run");
    let calls = out(&ran);
    assert!(
        calls.contains("<create><alias><a@example.com><user><ana@example.com>"),
        "{calls}"
    );
    assert!(
        calls.contains("<user><ana@example.com><add><sendas><bob@example.com>"),
        "{calls}"
    );

    let script = r"
import csv, json, sys
rows = list(csv.DictReader(open('microsoft365/users.csv', newline='', encoding='utf-8')))
assert [row['User Name'] for row in rows] == ['ana@example.com', 'bob@example.com'], rows
assert rows[0]['Display Name'].startswith('\'=1+1'), rows
assert all(None not in row for row in rows)
everybody = json.load(open('generic/directory.json', encoding='utf-8'))['recipients']
assert everybody[1]['name'] == 'ana' or everybody[0]['name'] == 'ana' or len(everybody) == 3, everybody
names = [one['fields'].get('displayName', '') for one in everybody]
assert any(name.startswith('=1+1') for name in names), names
json.load(open('generic/scim.json', encoding='utf-8'))
";
    let read = Command::new("python3")
        .args(["-c", script])
        .current_dir(shop.folder.path())
        .output();
    let read = read.expect("Python 3 is there");
    ends(&read, 0);
}

#[test]
fn bad_exports_end_with_65_and_say_where() {
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    std::fs::write(shop.path("x.csv"), "Name,Phone\na,b\n").expect("written");
    let wrong = shop.run(&["migrate", "check", "--against", "x.csv"]);
    ends(&wrong, 65);
    assert!(
        err(&wrong).contains("x.csv: its columns (Name, Phone)"),
        "{}",
        err(&wrong)
    );
    std::fs::write(shop.path("y.csv"), "primaryEmail\nnobody\na@b.c\na@b.c\n").expect("written");
    let wrong = shop.run(&["migrate", "check", "--against", "y.csv"]);
    ends(&wrong, 65);
    let told = err(&wrong);
    let errors: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(
        errors,
        [
            "error: y.csv:2: `nobody` in the column primaryemail is no address",
            "error: y.csv:4: a@b.c stands twice, in y.csv:3 too",
            "error: 2 mistakes in what the other side tells: nothing was compared",
        ]
    );
    let missing = shop.run(&["migrate", "check", "--against", "nothing.csv"]);
    ends(&missing, 65);
    let utf16: Vec<u8> =
        "primaryEmail;aliases\r\nana@example.com;a@example.com\r\nbob@example.com;\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
    std::fs::write(
        shop.path("users.csv"),
        [&[0xFF, 0xFE], utf16.as_slice()].concat(),
    )
    .expect("written");
    // A file that is named twice is one file.
    let twice = ["--against", "users.csv", "--against", "./users.csv"];
    let found = shop.run(&[&["migrate", "check"], &twice[..]].concat());
    ends(&found, 2);
    assert_eq!(
        out(&found),
        "missing: staff@example.com (group/staff)\n\
         4 addresses: 3 reach the same people there, 1 does not\n"
    );
    let map = "old,new\nstaff@example.com,\n";
    std::fs::write(shop.path("map.csv"), map).expect("written");
    let found = shop.run(&[
        "migrate",
        "check",
        "--against",
        "users.csv",
        "--map",
        "map.csv",
    ]);
    ends(&found, 0);
    assert!(
        out(&found).contains("given up: staff@example.com"),
        "{}",
        out(&found)
    );
}

#[test]
fn the_status_tells_evidence_and_what_becomes_of_everything() {
    let shop = Shop::open();
    let hostile = r#"acme: {displayName: "x", email: "c@example.com", jobTitle: "<script>alert(1)</script>"}"#;
    let text =
        crate::support::shop::MANIFEST.replacen("groups:", &format!("  {hostile}\ngroups:"), 1);
    shop.manifest(&text);
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let organization = shop.organization();
    let ana = shop.id("ListUsers", "Users", "ana");
    let bob = shop.id("ListUsers", "Users", "bob");
    let line = |body: Value| body.to_string() + "\n";
    let asked = |who: &str, name: &str| {
        serde_json::json!({ "line": "starting", "entityId": who, "target": format!("user/{name}"), "attempt": 1,
            "clientToken": name, "bucket": "mail", "prefix": "acme/", "at": "2026-11-20T10:00:00Z" })
    };
    let started = |who: &str, name: &str| serde_json::json!({ "line": "started", "jobId": format!("job-{name}"), "entityId": who, "clientToken": name, "at": "2026-11-20T10:00:00Z" });
    let mut ledger = line(
        serde_json::json!({ "line": "ledger", "ledgerVersion": 1, "toolVersion": "0", "organizationId": organization, "alias": "acme", "region": "eu-west-1" }),
    );
    for (who, name) in [(&ana, "ana"), (&bob, "bob")] {
        ledger += &(line(asked(who, name)) + &line(started(who, name)));
    }
    ledger += &line(
        serde_json::json!({ "line": "ended", "jobId": "job-ana", "entityId": ana, "state": "COMPLETED",
        "startTime": "2026-11-20T10:00:00Z", "endTime": "2026-11-20T10:30:00Z", "bucket": "mail", "path": "acme/ana<b>.zip" }),
    );
    ledger += &line(
        serde_json::json!({ "line": "ended", "jobId": "job-bob", "entityId": bob, "state": "FAILED", "errorInfo": "no room" }),
    );
    std::fs::write(shop.path("acme/acme.exports.jsonl"), &ledger).expect("written");

    let told = shop.run(&["migrate", "status", "acme", "--format", "json"]);
    ends(&told, 0);
    let status: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(
        status["counts"],
        serde_json::json!({ "exported": 1, "failed": 1, "left": 1 })
    );
    assert_eq!(
        status["mailboxes"][1]["archive"],
        "s3://mail/acme/ana<b>.zip"
    );
    assert_eq!(status["mailboxes"][1]["exportedAt"], "2026-11-20T10:30:00Z");
    assert!(status["mailboxes"][1]["sizeMb"].is_number(), "{status}");
    assert_eq!(
        status["mailboxes"][2]["why"],
        "the job ended as FAILED: no room"
    );
    let estimate = &status["estimate"];
    assert_eq!(
        (&estimate["left"], &estimate["measuredBy"]),
        (&2.into(), &1.into())
    );
    assert_eq!(estimate["likely"]["jobSeconds"], 1800);
    let fates = status["fates"].as_array().expect("a list");
    let has = |kind: &str, what: &str, becomes: &str| {
        let mut all = fates.iter();
        assert!(
            all.any(|fate| fate["kind"] == kind
                && fate["what"] == what
                && fate["becomes"] == becomes),
            "{kind} {what}: {status}"
        );
    };
    has("addresses", "ana@example.com of user/ana", "takenAlong");
    has("aliases", "a@example.com of user/ana", "takenAlong");
    has("memberships", "user/bob of group/staff", "takenAlong");
    has(
        "permissions",
        "SEND_AS of user/ana over user/bob",
        "takenAlong",
    );
    has(
        "what no export holds",
        "contacts, tasks and notes",
        "byHand",
    );
    has("mail domains", "example.com", "byHand");

    let page = shop.run(&["migrate", "status", "acme", "--format", "html"]);
    ends(&page, 0);
    let page = out(&page);
    for loaded in [
        "http:", "https:", "src=", "<link", "<script", "@import", "url(",
    ] {
        assert!(!page.contains(loaded), "the page has {loaded}");
    }
    assert!(
        page.replace("<wbr>", "").contains("acme/ana&lt;b&gt;.zip") && page.contains("<svg "),
        "{page}"
    );
    let text = shop.run(&["migrate", "status", "acme"]);
    ends(&text, 0);
    assert!(out(&text).contains("user/ana exported, "), "{}", out(&text));
    let other = ledger.replacen(&organization, "m-00000000000000000000000000000000", 1);
    std::fs::write(shop.path("other.jsonl"), other).expect("written");
    let refused = shop.run(&["migrate", "status", "acme", "--ledger", "other.jsonl"]);
    ends(&refused, 65);
    ends(&shop.run(&["plan", "acme", "--format", "html"]), 64);
    ends(&shop.run(&["export", "--format", "html", "--dir", "x"]), 64);
}

/// What could not be read is behind no verdict.
#[test]
fn no_verdict_hides_what_could_not_be_read() {
    let empty = Shop::with(&["--fault", "ListUsers:deny"]);
    let status = empty.run(&["migrate", "status", "acme"]);
    ends(&status, 77);
    let told = "of the mailboxes that could be read none is left to export; not everything";
    assert!(out(&status).contains(told), "{}", out(&status));
    let shop = Shop::open();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let whole = shop.run(&["migrate", "status", "acme"]);
    ends(&whole, 0);
    assert!(out(&whole).contains(" In time; "), "{}", out(&whole));
    let targets = ["--to", "generic", "--dir", "there"];
    ends(
        &shop.run(&[&["migrate", "targets"], &targets[..]].concat()),
        0,
    );
    std::fs::write(shop.path("map.csv"), "old,new\nnaa@example.com,\n").expect("written");
    let told = |verdict: &str, code| {
        let check = ["migrate", "check", "--against", "there", "--map", "map.csv"];
        let found = shop.run(&check);
        ends(&found, code);
        let last = out(&found).lines().last().map(str::to_owned);
        assert_eq!(last.as_deref(), Some(verdict));
        let note = "warning: the map tells of naa@example.com, which is nobody's address";
        assert!(err(&found).contains(note), "{}", err(&found));
        let found = shop.run(&[&check[..], &["--format", "json"]].concat());
        let found: Value = serde_json::from_slice(&found.stdout).expect("JSON");
        assert_eq!(found["found"]["whole"], code == 0);
    };
    told("4 addresses: all reach the same people there", 0);
    shop.control("POST", "faults", "[\"ListAliases:deny\"]");
    told(
        "3 addresses: of those that could be read, all reach the same people there",
        77,
    );
    let part = shop.run(&["migrate", "status", "acme"]);
    ends(&part, 77);
    assert!(
        out(&part).contains(" In time for what could be read, which is not everything; "),
        "{}",
        out(&part)
    );
    let page = shop.run(&["migrate", "status", "acme", "--format", "html"]);
    ends(&page, 77);
    let page = out(&page);
    assert!(
        page.contains("<p class=\"wait\">Estimate for 2 mailboxes"),
        "{page}"
    );
}

/// Nobody shall believe that all is exported.
#[test]
fn the_status_tells_the_mailboxes_that_the_manifest_leaves_out() {
    let shop = Shop::open();
    let exports = "mailboxExports: {bucket: mail, prefix: acme/, roleArn: \"arn:aws:iam::123456789012:role/export\", kmsKeyArn: \"arn:aws:kms:eu-west-1:123456789012:key/k\", mailboxes: all, exclude: [bob]}\nusers:";
    shop.manifest(&crate::support::shop::MANIFEST.replacen("users:", exports, 1));
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    let told = shop.run(&["migrate", "status", "acme", "--format", "json"]);
    ends(&told, 0);
    let status: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let counts = serde_json::json!({ "left": 1, "leftOut": 1 });
    assert_eq!(status["counts"], counts);
    assert_eq!(status["mailboxes"][1]["why"], "the manifest leaves it out");
    assert_eq!(status["estimate"]["left"], 1);
}

/// `examples/leaving`: somebody hands over, is exported, goes, and in the end everybody does. No stage goes
/// through before what it needs.
#[test]
fn stage_by_stage_everybody_leaves_and_nobody_unexported() {
    let buckets = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(buckets.path().join("acme-mail-exports")).expect("a bucket");
    let s3 = buckets.path().to_str().expect("UTF-8");
    let shop = Shop::of(Served::start([
        "--clock",
        "virtual",
        "--tick",
        "60",
        "--s3",
        s3,
        "--behavior",
        "export-seconds=600",
    ]));
    let stage = |name: &str| {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/leaving");
        let text = std::fs::read_to_string(example.join(name).join("acme.yaml"));
        shop.manifest(&text.expect("a stage"));
    };
    let apply = |allowed: &[&str]| {
        let mut args = vec!["apply", "acme", "--auto-approve"];
        args.extend(allowed.iter().flat_map(|guard| ["--allow", *guard]));
        shop.run(&args)
    };
    let blocked = |allowed: &[&str], guards: &str| {
        let output = apply(allowed);
        ends(&output, 3);
        let told = err(&output);
        assert!(told.contains(&format!("blocked by {guards}:")), "{told}");
    };
    let reaches = |email: &str| {
        let asked = serde_json::json!({ "OrganizationId": shop.organization(), "Email": email });
        let found = shop.call("DescribeEntity", &asked);
        found["Name"].as_str().expect("somebody has it").to_owned()
    };
    stage("1-before");
    ends(&apply(&[]), 0);
    // Out before the export: the other guards are lifted, and this one is not.
    let out_of_here = ["mailbox-expiry=joe", "address-reuse"];
    stage("3-out");
    blocked(&out_of_here, "not-exported");

    stage("2-handover");
    blocked(&[], "new-reader");
    ends(&apply(&["new-reader=joe"]), 0);
    let exported = shop.run(&[
        "migrate",
        "mailboxes",
        "acme",
        "--auto-approve",
        "--poll",
        "0",
    ]);
    ends(&exported, 0);

    stage("3-out");
    blocked(&[], "address-reuse, mailbox-expiry");
    ends(&apply(&out_of_here), 0);
    assert_eq!(reaches("orders@example.com"), "ana");
    assert_eq!(reaches("joe@example.com"), "quarantine");
    assert_eq!(reaches("j.weber@example.com"), "quarantine");
    ends(&shop.run(&["drift", "acme"]), 0);

    stage("4-closed");
    let ledger = shop.path("acme/acme.exports.jsonl");
    let kept = std::fs::read(&ledger).expect("a ledger");
    std::fs::remove_file(&ledger).expect("it is there");
    blocked(&["delete-organization=acme"], "not-exported");
    std::fs::write(&ledger, kept).expect("written");
    blocked(&[], "delete-organization");
    ends(&apply(&["delete-organization=acme"]), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
    assert_eq!(
        shop.call("ListOrganizations", &serde_json::json!({}))["OrganizationSummaries"]
            .as_array()
            .map_or(0, |all| all
                .iter()
                .filter(|one| one["State"] == "Active")
                .count()),
        0
    );
}
