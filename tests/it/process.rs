//! Runs that somebody stops, that wait, or that meet a service in trouble; and plans beside an earlier
//! manifest.
#![expect(
    clippy::disallowed_methods,
    reason = "runs processes, sends signals and waits for both"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::shop::{MANIFEST, Shop, ends, err, out};

/// Twenty people whose title changes, and two who take each other's addresses.
fn crowd(title: &str, first: &str, second: &str) -> String {
    let mut text =
        "apiVersion: workmailctl/v1\norganization: {alias: acme, mailDomains: [example.com]}\nusers:\n"
            .to_owned();
    for number in 0..20 {
        writeln!(
            text,
            "  u{number}: {{displayName: U, email: u{number}@example.com, jobTitle: {title}}}"
        )
        .expect("a text takes all");
    }
    for (name, email) in [("ana", first), ("bob", second)] {
        writeln!(
            text,
            "  {name}: {{displayName: {name}, email: {email}@example.com, aliases: []}}"
        )
        .expect("a text takes all");
    }
    text
}

/// Starts a slow apply, sends the signals once the first operation is done, and tells how it ended.
fn stopped(signals: &[&str]) -> (Shop, Output) {
    let shop = Shop::with(&[
        "--fault",
        "UpdateUser:delay=150ms",
        "--fault",
        "DeleteAlias:delay=150ms",
        "--fault",
        "UpdatePrimaryEmailAddress:delay=150ms",
    ]);
    shop.manifest(&crowd("Clerk", "one", "two"));
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    shop.manifest(&crowd("Chief", "two", "one"));
    let lifted = "--allow=address-reuse";
    let mut child = shop
        .command(&["apply", "acme", "--auto-approve", lifted])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut talk = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut said = String::new();
    while !said.contains("done ") {
        assert_ne!(talk.read_line(&mut said).expect("it talks"), 0, "{said}");
    }
    for signal in signals {
        let sent = Command::new("kill")
            .args([signal, child.id().to_string().as_str()])
            .status();
        assert!(sent.expect("kill runs").success());
        std::thread::sleep(Duration::from_millis(30));
    }
    talk.read_to_string(&mut said).expect("it talks");
    let mut output = child.wait_with_output().expect("it ends");
    output.stderr = said.into_bytes();
    (shop, output)
}

/// No address is nobody's, and the next run completes.
fn recovers(shop: &Shop) {
    let organization = shop.organization();
    for name in ["one", "two"] {
        let who = shop.call(
            "DescribeEntity",
            &serde_json::json!({
                "OrganizationId": organization,
                "Email": format!("{name}@example.com"),
            }),
        );
        assert_eq!(who["Type"], "USER", "{name}: {who}");
    }
    converges(shop);
}

/// The next run completes, and nothing is left.
fn converges(shop: &Shop) {
    let again = [
        "apply",
        "acme",
        "--auto-approve",
        "--allow=address-reuse",
        "--temporary-age=0",
    ];
    ends(&shop.run(&again), 0);
    ends(&shop.run(&["drift", "acme"]), 0);
}

#[test]
fn an_interrupt_finishes_what_is_in_flight() {
    let (shop, output) = stopped(&["-INT"]);
    ends(&output, 130);
    assert!(err(&output).contains("stopping"), "{}", err(&output));
    assert!(
        out(&output).contains("interrupted: run again"),
        "{}",
        out(&output)
    );
    recovers(&shop);
}

#[test]
fn a_request_to_end_is_told_apart() {
    let (shop, output) = stopped(&["-TERM"]);
    ends(&output, 143);
    recovers(&shop);
}

#[test]
fn a_second_interrupt_aborts() {
    let (shop, output) = stopped(&["-INT", "-INT"]);
    ends(&output, 130);
    assert!(err(&output).contains("aborting"), "{}", err(&output));
    converges(&shop);
}

#[test]
fn silence_is_never_longer_than_ten_seconds() {
    let shop = Shop::with(&["--fault", "AssociateMemberToGroup:delay=10500ms@1"]);
    let begun = Instant::now();
    let output = shop.run(&["apply", "acme", "--auto-approve"]);
    ends(&output, 0);
    assert!(begun.elapsed() > Duration::from_secs(10));
    let told = err(&output);
    let beat = told.lines().find(|line| line.starts_with("working: "));
    assert!(
        beat.is_some_and(|line| line.contains("in flight: AssociateMemberToGroup group/staff")),
        "{told}"
    );
}

/// A service in trouble, by the fault of the emulator, with the exit code and words of the sentence.
const TROUBLE: &[(&str, i32, &str)] = &[
    ("*:throttle", 75, "throttl"),
    ("*:500", 69, "ListOrganizations"),
    ("*:503", 69, "ListOrganizations"),
    ("*:deny", 77, "not authorized"),
    ("*:error=InternalFailure", 69, "ListOrganizations"),
    ("*:garbage", 1, "ListOrganizations"),
    ("*:truncate", 1, "ListOrganizations"),
    ("*:reset-before", 69, "ListOrganizations"),
];

#[test]
fn a_service_in_trouble_is_one_clear_sentence_and_no_drift() {
    for (fault, code, words) in TROUBLE {
        let shop = Shop::with(&["--fault", fault]);
        for verb in [
            &["drift", "acme", "--timeout=1s"][..],
            &["plan", "acme", "--timeout=1s", "--detailed-exitcode"],
            &["apply", "acme", "--timeout=1s", "--auto-approve"],
        ] {
            let output = shop.run(verb);
            ends(&output, *code);
            let told = err(&output);
            assert!(told.contains(words), "{fault} {verb:?}: {told}");
            let errors = told.lines().filter(|line| line.starts_with("error"));
            assert_eq!(errors.count(), 1, "{fault} {verb:?}: {told}");
        }
    }
}

#[test]
fn what_is_missing_to_ask_at_all_is_said_first() {
    let shop = Shop::open();
    let cases: [(&str, i32, &str); 3] = [
        ("AWS_REGION", 64, "region"),
        ("AWS_ACCESS_KEY_ID", 77, "credentials"),
        ("AWS_ENDPOINT_URL_WORKMAIL", 69, ""),
    ];
    for (variable, code, words) in cases {
        let mut run = shop.command(&["drift", "acme", "--timeout=3s"]);
        run.env_remove(variable);
        if variable == "AWS_ENDPOINT_URL_WORKMAIL" {
            // Nobody listens there.
            let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = closed.local_addr().expect("an address");
            drop(closed);
            run.env(variable, format!("http://{address}"));
        }
        let output = run.output().expect("it runs");
        ends(&output, code);
        assert!(err(&output).contains(words), "{variable}: {}", err(&output));
    }
    shop.manifest(&MANIFEST.replace("alias: acme", "alias: other"));
    let output = shop.run(&["drift", "acme"]);
    ends(&output, 65);
    assert!(err(&output).contains("other"), "{}", err(&output));
}

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(done.expect("git runs").success(), "git {arguments:?}");
}

#[test]
fn who_is_taken_out_of_a_manifest_is_named_beside_its_base() {
    let shop = Shop::open();
    let folder = shop.folder.path();
    ends(&shop.run(&["apply", "acme", "--auto-approve", "-q"]), 0);
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "acme"]);
    git(folder, &["commit", "--quiet", "-m", "all of them"]);
    std::fs::create_dir(shop.path("before")).expect("a folder");
    std::fs::copy(shop.path("acme/acme.yaml"), shop.path("before/acme.yaml")).expect("a copy");
    let without = MANIFEST
        .replace(
            "  bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: [{grantee: ana, rights: [SEND_AS]}]}\n",
            "",
        );
    shop.manifest(&without);
    let told = "user/bob is no longer declared: stays live, with its mailbox";
    for base in ["HEAD", "before"] {
        let plan = shop.run(&["plan", "acme", "--base", base]);
        ends(&plan, 0);
        assert!(out(&plan).contains(told), "{base}: {}", out(&plan));
    }
    let json = shop.run(&["plan", "acme", "--base", "HEAD", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(plan["noLongerDeclared"][0]["target"], "user/bob");
    let removing = without.replace(
        "users:\n",
        "management: {users: {unmanaged: remove, onRemoval: delete}}\nusers:\n",
    );
    shop.manifest(&removing);
    let plan = shop.run(&["plan", "acme", "--base", "HEAD"]);
    assert!(
        out(&plan).contains("user/bob is no longer declared: is deleted by this plan"),
        "{}",
        out(&plan)
    );
    for (base, words) in [("no-such-revision", "revision"), ("HEAD~9", "revision")] {
        let plan = shop.run(&["plan", "acme", "--base", base]);
        ends(&plan, 65);
        assert!(err(&plan).contains(words), "{}", err(&plan));
    }
    std::fs::write(
        shop.path("before/acme.yaml"),
        "apiVersion: workmailctl/v1\nusers: [\n",
    )
    .expect("a file");
    let plan = shop.run(&["plan", "acme", "--base", "before"]);
    ends(&plan, 65);
    assert!(err(&plan).contains("the base `before`"), "{}", err(&plan));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_told_and_stops_an_apply_before_it_writes() {
    let shop = Shop::open();
    for command in [
        &["plan", "acme"][..],
        &["plan", "acme", "--format", "json"],
        &["apply", "acme", "--auto-approve"],
        &["schema", "plan"],
        &["completions", "bash"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a full disk");
        let run = shop.command(command).stdout(full).output();
        let run = run.expect("it runs");
        ends(&run, 1);
        assert!(
            err(&run).contains("failed to write to standard output"),
            "{command:?}: {}",
            err(&run)
        );
    }
    let plan = shop.run(&["plan", "acme", "--detailed-exitcode"]);
    ends(&plan, 2);
    assert!(out(&plan).contains("3 to add"), "{}", out(&plan));
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let shop = Shop::open();
    let mut plan = shop
        .command(&["plan", "acme"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(plan.stdout.take());
    assert_eq!(plan.wait().expect("it ends").code(), Some(0));
}
