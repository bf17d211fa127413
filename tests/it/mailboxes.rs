//! `migrate mailboxes` against the emulator in virtual time: limits, crashes, failing jobs, jobs of
//! others, what stands in the way, archives, and the guard that asks the ledger.
#![expect(
    clippy::disallowed_methods,
    reason = "runs processes, kills them and looks at their files"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::served::{Connection, Served};
use crate::support::shop::{Shop, ends, err, out};
use crate::support::storage::{Facts, Storage};

/// How long a job takes, in seconds of the emulator's clock.
const JOB: f64 = 3600.0;
const DAY: f64 = 24.0 * 3600.0;

const EXPORTS: &str = "mailboxExports: {bucket: mail, prefix: acme/, roleArn: \"arn:aws:iam::123456789012:role/export\", kmsKeyArn: \"arn:aws:kms:eu-west-1:123456789012:key/k\", mailboxes: all}\n";

/// A shop whose emulator keeps objects, and whose clock moves by a minute at every call.
struct World {
    shop: Shop,
    storage: Storage,
    objects: tempfile::TempDir,
}

impl World {
    fn of(people: usize, flags: &[&str]) -> Self {
        let objects = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(objects.path().join("mail")).expect("a bucket");
        std::fs::create_dir(objects.path().join("theirs")).expect("a bucket");
        let s3 = objects.path().to_str().expect("UTF-8").to_owned();
        let mut all = vec!["--clock", "virtual", "--tick", "60", "--s3", s3.as_str()];
        all.extend([
            "--behavior",
            "export-seconds=3600",
            "--behavior",
            "export-again=refuse",
        ]);
        all.extend(flags);
        let shop = Shop::of(Served::start(all));
        let world = Self {
            shop,
            storage: Storage::over(objects.path().to_owned()),
            objects,
        };
        world.shop.manifest(&manifest(people, EXPORTS));
        ends(
            &world.shop.run(&["apply", "acme", "--auto-approve", "-q"]),
            0,
        );
        world
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut args = vec!["migrate", "mailboxes", "acme", "--auto-approve"];
        args.extend(more);
        if !more.contains(&"--poll") {
            args.extend(["--poll", "0"]);
        }
        let mut command = self.shop.command(&args);
        self.storage.names(&mut command);
        command
    }

    fn export(&self, more: &[&str]) -> Output {
        self.command(more).output().expect("it runs")
    }

    fn ledger(&self) -> PathBuf {
        self.shop.path("acme/acme.exports.jsonl")
    }

    /// The lines of the ledger of one sort.
    fn lines(&self, sort: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.ledger()).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["line"] == sort).collect()
    }

    fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let mut connection = Connection::open(&self.shop.address).expect("the emulator listens");
        let request = format!(
            "{method} /_emulator/{path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, reply) = connection.send(request.as_bytes()).expect("a reply");
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&reply));
        serde_json::from_slice(&reply).expect("JSON")
    }

    /// The jobs that were begun, by the effect log: time, mailbox and token, each once.
    fn begun(&self) -> Vec<(f64, String, String)> {
        let stats = self.control("GET", "stats", "");
        let mut seen = BTreeSet::new();
        stats["log"]
            .as_array()
            .expect("a log")
            .iter()
            .filter(|entry| {
                entry["operation"] == "StartMailboxExportJob" && entry["outcome"] == "ok"
            })
            .map(|entry| {
                let text = |member: &str| {
                    entry["input"][member]
                        .as_str()
                        .expect("it is told")
                        .to_owned()
                };
                let time = entry["time"].as_f64().expect("a time");
                (time, text("EntityId"), text("ClientToken"))
            })
            .filter(|(_, _, token)| seen.insert(token.clone()))
            .collect()
    }

    /// The limits were never exceeded; how many jobs ran at once at most.
    fn keeps_limits(&self) -> usize {
        let begun = self.begun();
        let mut last: BTreeMap<&str, f64> = BTreeMap::new();
        let mut most = 0;
        for (time, entity, _) in &begun {
            if let Some(before) = last.insert(entity, *time) {
                assert!(
                    time - before >= DAY,
                    "{entity} twice within {} s",
                    time - before
                );
            }
            let at_once = begun
                .iter()
                .filter(|(other, _, _)| other <= time && *time < other + JOB);
            most = most.max(at_once.count());
        }
        assert!(most <= 10, "{most} jobs at once");
        most
    }

    /// Every mailbox is exported by a job that the service knows as completed, and the archive is there.
    fn has_evidence(&self, people: usize) {
        let completed: Vec<Value> = self
            .lines("ended")
            .into_iter()
            .filter(|line| line["state"] == "COMPLETED")
            .collect();
        let of: BTreeSet<&str> = completed
            .iter()
            .map(|line| line["entityId"].as_str().expect("an id"))
            .collect();
        assert_eq!(
            (of.len(), completed.len()),
            (people, people),
            "each exported once"
        );
        for line in &completed {
            let path = line["path"].as_str().expect("a path");
            assert!(
                self.objects.path().join("mail").join(path).is_file(),
                "{path}"
            );
            assert!(line["startTime"].is_string() && line["endTime"].is_string());
        }
    }
}

fn manifest(people: usize, more: &str) -> String {
    let mut text =
        "apiVersion: workmailctl/v1\norganization: {alias: acme, mailDomains: [example.com]}\n"
            .to_owned();
    text.push_str(more);
    text.push_str("users:\n");
    for number in 0..people {
        writeln!(
            text,
            "  u{number:03}: {{displayName: U, email: u{number:03}@example.com}}"
        )
        .expect("a text takes all");
    }
    text
}

fn summary(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(output)))
}

#[test]
fn mailboxes_are_exported_ten_at_a_time_with_evidence() {
    let world = World::of(12, &[]);
    let output = world.export(&["--format", "json", "--verify-objects=content"]);
    ends(&output, 0);
    let told = summary(&output);
    assert_eq!(told["result"], "exported");
    assert_eq!(told["counts"]["exported"], 12);
    assert!(
        told["mailboxes"]
            .as_array()
            .expect("a list")
            .iter()
            .all(|row| row["verified"] == true)
    );
    assert_eq!(world.keeps_limits(), 10);
    world.has_evidence(12);
    let verified = world.lines("verified");
    assert_eq!(verified.len(), 12);
    assert!(
        verified
            .iter()
            .all(|line| line["sha384"] == line["log"]["sha384Hash"])
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.ledger())
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // All is exported: the next run begins nothing and says the same.
    ends(&world.export(&[]), 0);
    assert_eq!(world.begun().len(), 12);
}

#[test]
fn a_schedule_looks_once_and_says_what_is_left() {
    let world = World::of(11, &[]);
    let output = world.export(&["--once", "--format", "json"]);
    ends(&output, 6);
    let told = summary(&output);
    assert_eq!(told["result"], "left");
    assert_eq!(
        (&told["counts"]["running"], &told["counts"]["waiting"]),
        (&json!(10), &json!(1))
    );
    world.control("POST", "clock", "{\"advance\": 3600}");
    ends(&world.export(&["--once"]), 6);
    world.control("POST", "clock", "{\"advance\": 3600}");
    ends(&world.export(&["--once"]), 0);
    world.keeps_limits();
    world.has_evidence(11);
}

/// Waits until it is so, for ten minutes at most: 500 mailboxes take their time.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_mins(10);
    while !is_so() {
        assert!(Instant::now() < end, "it never was so: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kill(mut child: Child) {
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

fn start(world: &World, more: &[&str]) -> Child {
    let mut command = world.command(more);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it starts")
}

/// 60 mailboxes, or as many as `MAILBOXES` says. Failing jobs are tried again a day later.
#[test]
fn all_mailboxes_end_exported_whatever_happens_on_the_way() {
    let people = std::env::var("MAILBOXES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let begun_at = Instant::now();
    let world = World::of(
        people,
        &[
            "--fault",
            "StartMailboxExportJob:job-fails@5%",
            "--fault",
            "StartMailboxExportJob:job-fails@3",
            "--fault",
            "StartMailboxExportJob:reset-after@7",
            "--fault",
            "StartMailboxExportJob:delay=20000ms@15",
            "--seed",
            "5",
        ],
    );
    // The first crash: a job is there, and its answer never came.
    let child = start(&world, &["--attempts", "9"]);
    until("a fifteenth job", || {
        world.begun().len() >= 14 && {
            let asked = world.lines("starting").len();
            asked > world.lines("started").len() && world.begun().len() == asked
        }
    });
    kill(child);
    let unanswered = world.lines("starting").len() - world.lines("started").len();
    assert_eq!(unanswered, 1);
    // The line that was being written is torn.
    let mut torn = std::fs::read(world.ledger()).expect("it is there");
    torn.extend(b"{\"line\":\"started\",\"jobId\":\"\xc3");
    std::fs::write(world.ledger(), torn).expect("it can be written");
    // Somebody else exports one of the mailboxes that are still to come.
    let organization = world.shop.organization();
    let email = format!("u{:03}@example.com", people - 2);
    let asked = json!({"OrganizationId": organization, "Email": email});
    let theirs = world.shop.call("DescribeEntity", &asked)["EntityId"].clone();
    let job = json!({
        "OrganizationId": organization, "ClientToken": "theirs", "EntityId": theirs,
        "RoleArn": "arn:aws:iam::123456789012:role/export",
        "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "S3BucketName": "theirs", "S3Prefix": "x/"
    });
    until("room for a job of somebody else", || {
        let mut connection = Connection::open(&world.shop.address).expect("it listens");
        let request =
            crate::support::served::request("WorkMailService.StartMailboxExportJob", &job);
        connection.send(&request).expect("a reply").0 == 200
    });
    // The second crash comes somewhere.
    let child = start(&world, &["--attempts", "9"]);
    until("a third is exported", || {
        world.lines("ended").len() >= people / 3
    });
    kill(child);
    let output = world.export(&["--attempts", "9", "--verify-objects", "--format", "json"]);
    ends(&output, 0);
    assert_eq!(summary(&output)["counts"]["exported"], people);
    let most = world.keeps_limits();
    world.has_evidence(people);
    let failed = world
        .lines("ended")
        .iter()
        .filter(|line| line["state"] == "FAILED")
        .count();
    assert!(failed > 0, "no job failed");
    assert!(world.lines("ended").iter().all(|line| {
        line["state"] != "FAILED"
            || line["errorInfo"]
                .as_str()
                .is_some_and(|why| why.contains("half way"))
    }));
    let begun = world.begun();
    let hours = (begun.last().expect("jobs").0 - begun[0].0) / 3600.0;
    let stats = world.control("GET", "stats", "");
    eprintln!(
        "{people} mailboxes: {} jobs, {failed} of them failed, {most} at once at most, {hours:.0} hours of the service's time, {} calls, {:?}",
        begun.len(),
        stats["total"],
        begun_at.elapsed()
    );
}

#[test]
fn a_mailbox_whose_jobs_all_fail_is_given_up_with_the_reason() {
    let world = World::of(2, &["--fault", "StartMailboxExportJob:job-fails@1-99"]);
    let output = world.export(&["--attempts", "2"]);
    ends(&output, 5);
    assert!(out(&output).contains("half way"), "{}", out(&output));
    assert_eq!(world.lines("ended").len(), 4);
    world.keeps_limits();
    // With more attempts it goes on.
    world.control("DELETE", "faults", "");
    ends(&world.export(&["--attempts", "3"]), 0);
    world.has_evidence(2);
}

#[test]
fn a_lost_ledger_is_found_again_in_the_list() {
    let world = World::of(3, &[]);
    ends(&world.export(&["--once"]), 6);
    std::fs::remove_file(world.ledger()).expect("it was there");
    let output = world.export(&[]);
    ends(&output, 0);
    assert!(
        err(&output).contains("was begun before"),
        "{}",
        err(&output)
    );
    assert_eq!(world.begun().len(), 3);
    world.has_evidence(3);
}

#[test]
fn what_stands_in_the_way_is_told_before_the_first_job() {
    let world = World::of(1, &[]);
    let cases = [
        (
            Facts {
                bucket: "other",
                ..Facts::default()
            },
            "there is no bucket mail",
        ),
        (
            Facts {
                region: "us-east-1",
                ..Facts::default()
            },
            "the bucket mail is in us-east-1, and the organization in eu-west-1",
        ),
        (
            Facts {
                owner: "999999999999",
                ..Facts::default()
            },
            "the bucket mail is not of the account 123456789012",
        ),
        (
            Facts {
                policy_is_public: true,
                ..Facts::default()
            },
            "open to the public by its policy",
        ),
        (
            Facts {
                list_is_public: true,
                ..Facts::default()
            },
            "open to the public by its access control list",
        ),
        (
            Facts {
                key: "Disabled",
                ..Facts::default()
            },
            "is not enabled: its state is Disabled",
        ),
        (
            Facts {
                key: "none",
                ..Facts::default()
            },
            "there is no key",
        ),
        (
            Facts {
                trusts: "ec2.amazonaws.com",
                ..Facts::default()
            },
            "its trust policy does not let export.workmail.amazonaws.com take it",
        ),
    ];
    for (facts, sentence) in cases {
        world.storage.is(facts);
        let output = world.export(&[]);
        ends(&output, 65);
        assert!(
            err(&output).contains(sentence),
            "{sentence}:\n{}",
            err(&output)
        );
        assert!(
            err(&output).contains("1 thing stands in the way"),
            "{}",
            err(&output)
        );
    }
    assert!(world.begun().is_empty() && !world.ledger().exists());
    // What is open and blocked is closed; what may not be seen is said and stops nothing.
    world.storage.is(Facts {
        policy_is_public: true,
        list_is_public: true,
        is_blocked: true,
        ..Facts::default()
    });
    ends(&world.export(&["--once"]), 6);
    world.storage.is(Facts {
        denies: true,
        ..Facts::default()
    });
    let output = world.export(&[]);
    ends(&output, 0);
    assert_eq!(
        err(&output).matches("could not be told").count(),
        3,
        "{}",
        err(&output)
    );
}

#[test]
fn what_the_service_refuses_is_said_with_what_to_do() {
    let world = World::of(
        1,
        &[
            "--fault",
            "StartMailboxExportJob:error=InvalidParameterException",
        ],
    );
    let output = world.export(&[]);
    ends(&output, 65);
    assert!(
        err(&output).contains("migrate policies"),
        "{}",
        err(&output)
    );
    world.control("DELETE", "faults", "");
    world.control("POST", "faults", "[\"StartMailboxExportJob:deny\"]");
    ends(&world.export(&[]), 77);
    world.control("DELETE", "faults", "");
    ends(&world.export(&[]), 0);
    assert_eq!(world.begun().len(), 1);
}

#[test]
fn archives_that_are_not_as_they_should_be_are_exported_again() {
    let world = World::of(2, &[]);
    ends(&world.export(&[]), 0);
    let archives: Vec<PathBuf> = world
        .lines("ended")
        .iter()
        .map(|line| {
            world
                .objects
                .path()
                .join("mail")
                .join(line["path"].as_str().expect("a path"))
        })
        .collect();
    std::fs::remove_file(&archives[0]).expect("it is there");
    let mut damaged = std::fs::read(&archives[1]).expect("it is there");
    damaged[40] ^= 1;
    std::fs::write(&archives[1], damaged).expect("it can be written");
    let output = world.export(&["--verify-objects=content"]);
    ends(&output, 0);
    let said = err(&output);
    assert!(
        said.contains("is not there") && said.contains("the export's own log tells"),
        "{said}"
    );
    let good = world.lines("verified");
    assert_eq!(
        good.iter()
            .filter(|line| line["problems"] == json!([]))
            .count(),
        2
    );
    assert_eq!(world.begun().len(), 4);
    world.keeps_limits();
}

#[test]
fn archives_under_another_key_are_told() {
    let world = World::of(1, &[]);
    world.storage.is(Facts {
        encrypted_with: Some("arn:aws:kms:eu-west-1:123456789012:key/other"),
        ..Facts::default()
    });
    let output = world.export(&["--verify-objects", "--attempts", "1"]);
    ends(&output, 5);
    assert!(
        out(&output).contains("is encrypted with"),
        "{}",
        out(&output)
    );
}

#[test]
fn no_mailbox_goes_that_is_not_exported() {
    let world = World::of(3, &[]);
    let leaver = |more: &str| {
        let text = manifest(3, more);
        text.replace(
            "u001: {displayName: U, email: u001@example.com}",
            "u001: {state: deregistered}",
        )
    };
    world.shop.manifest(&leaver(EXPORTS));
    let plan = |more: &[&str]| {
        let mut args = vec!["plan", "acme", "--detailed-exitcode"];
        args.extend(more);
        world.shop.run(&args)
    };
    let blocked = plan(&[]);
    ends(&blocked, 3);
    assert!(out(&blocked).contains("not-exported"), "{}", out(&blocked));
    assert!(
        out(&blocked).contains("the ledger tells no export of it"),
        "{}",
        out(&blocked)
    );
    // `mailbox-expiry` alone is not enough.
    let apply = [
        "apply",
        "acme",
        "--auto-approve",
        "--allow",
        "mailbox-expiry=u001",
    ];
    ends(&world.shop.run(&apply), 3);
    ends(&world.export(&["--once"]), 6);
    assert!(out(&plan(&[])).contains("its export is on its way"));
    ends(&world.export(&[]), 0);
    let free = plan(&[]);
    assert!(!out(&free).contains("not-exported"), "{}", out(&free));
    // A saved plan asks the ledger again.
    ends(&world.shop.run(&["plan", "acme", "--out", "plan.json"]), 0);
    let kept = std::fs::read(world.ledger()).expect("it is there");
    std::fs::remove_file(world.ledger()).expect("it is there");
    let saved = [
        "apply",
        "plan.json",
        "--auto-approve",
        "--allow",
        "mailbox-expiry=u001",
    ];
    let refused = world.shop.run(&saved);
    ends(&refused, 3);
    assert!(err(&refused).contains("not-exported"), "{}", err(&refused));
    std::fs::write(world.ledger(), &kept).expect("it can be written");
    // A copy has ids of its own, and the same evidence.
    let rehearsed = [&apply[..], &["--rehearse"]].concat();
    ends(&world.shop.run(&rehearsed), 0);
    ends(&world.shop.run(&saved), 0);
}

#[test]
fn a_ledger_of_another_organization_is_refused() {
    let world = World::of(1, &[]);
    let head = "{\"line\":\"ledger\",\"ledgerVersion\":1,\"toolVersion\":\"0\",\"organizationId\":\"m-00000000000000000000000000000000\",\"alias\":\"other\",\"region\":\"eu-west-1\"}\n";
    std::fs::write(world.ledger(), head).expect("it can be written");
    for output in [world.export(&[]), world.shop.run(&["plan", "acme"])] {
        ends(&output, 65);
        assert!(
            err(&output).contains("it is of the organization other"),
            "{}",
            err(&output)
        );
    }
    assert!(world.begun().is_empty());
    std::fs::write(world.ledger(), "users:\n").expect("it can be written");
    ends(&world.export(&[]), 65);
    std::fs::write(world.ledger(), format!("{head}nonsense\n{{}}\n")).expect("it can be written");
    let output = world.export(&[]);
    ends(&output, 65);
    assert!(
        err(&output).contains("line 2 cannot be read"),
        "{}",
        err(&output)
    );
}

#[test]
fn two_runs_at_once_are_one_too_many() {
    let world = World::of(1, &["--fault", "StartMailboxExportJob:delay=20000ms"]);
    let child = start(&world, &[]);
    until("the first has begun", || {
        !world.lines("starting").is_empty()
    });
    let output = world.export(&[]);
    kill(child);
    ends(&output, 1);
    assert!(
        err(&output).contains("another run is writing"),
        "{}",
        err(&output)
    );
}

#[test]
fn an_interrupt_leaves_all_to_the_next_run() {
    let world = World::of(3, &[]);
    let mut command = world.command(&["--poll", "30s"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    until("three jobs", || world.lines("started").len() == 3);
    let sent = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    ends(&output, 143);
    ends(&world.export(&[]), 0);
    assert_eq!(world.begun().len(), 3);
    world.has_evidence(3);
}

#[test]
fn the_policies_are_printed_for_this_organization() {
    let world = World::of(1, &[]);
    let output = world
        .shop
        .run(&["migrate", "policies", "acme", "--format", "json"]);
    ends(&output, 0);
    let told = summary(&output);
    let organization = world.shop.organization();
    let trusted = &told["trust"]["Statement"][0];
    assert_eq!(
        trusted["Principal"]["Service"],
        "export.workmail.amazonaws.com"
    );
    let arn = trusted["Condition"]["ArnLike"]["aws:SourceArn"]
        .as_str()
        .expect("an ARN");
    assert!(
        arn.ends_with(&format!("organization/{organization}")),
        "{arn}"
    );
    let text = world.shop.run(&["migrate", "policies", "acme"]);
    assert!(
        out(&text).contains("# What this role may"),
        "{}",
        out(&text)
    );
}

#[test]
fn a_look_that_fails_is_made_again() {
    let world = World::of(2, &["--fault", "ListMailboxExportJobs:garbage@3-5"]);
    let output = world.export(&[]);
    ends(&output, 0);
    assert!(err(&output).contains("looks again"), "{}", err(&output));
    // A schedule does not wait.
    world.control("POST", "faults", "[\"ListMailboxExportJobs:garbage\"]");
    ends(&world.export(&["--once"]), 1);
    assert_eq!(world.begun().len(), 2);
}

#[test]
fn what_the_limits_put_off_comes_later_and_who_is_not_there_is_told() {
    let world = World::of(
        2,
        &[
            "--fault",
            "StartMailboxExportJob:error=LimitExceededException@1-2",
            "--fault",
            "StartMailboxExportJob:error=EntityNotFoundException@3",
        ],
    );
    let output = world.export(&[]);
    ends(&output, 0);
    assert_eq!(
        err(&output).matches("put off").count(),
        2,
        "{}",
        err(&output)
    );
    let refused = world.lines("refused");
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0]["why"]
            .as_str()
            .expect("a reason")
            .contains("EntityNotFoundException")
    );
    world.has_evidence(2);
    let other = World::of(
        1,
        &[
            "--fault",
            "StartMailboxExportJob:error=EntityNotFoundException",
        ],
    );
    let output = other.export(&[]);
    ends(&output, 5);
    assert!(
        out(&output).contains("EntityNotFoundException"),
        "{}",
        out(&output)
    );
}

#[test]
fn nobody_is_forgotten_by_a_slip_or_because_they_were_deregistered() {
    let world = World::of(2, &[]);
    let slip = EXPORTS.replace("mailboxes: all", "mailboxes: [u000, u00l, \"v*\"]");
    world.shop.manifest(&manifest(2, &slip));
    let output = world.export(&[]);
    ends(&output, 65);
    assert!(err(&output).contains("by `u00l`, `v*`"), "{}", err(&output));
    assert!(world.begun().is_empty());
    let leaver = manifest(2, EXPORTS);
    let leaver = leaver.replace(
        "u001: {displayName: U, email: u001@example.com}",
        "u001: {state: deregistered}",
    );
    world.shop.manifest(&leaver);
    let lifted = ["--allow", "mailbox-expiry", "--allow", "not-exported"];
    let apply = [&["apply", "acme", "--auto-approve", "-q"][..], &lifted].concat();
    ends(&world.shop.run(&apply), 0);
    let output = world.export(&[]);
    ends(&output, 5);
    assert!(
        out(&output).contains("user/u001 is not registered"),
        "{}",
        out(&output)
    );
    assert_eq!(world.begun().len(), 1);
    // After 30 days its mailbox is gone, and nothing is left to be forgotten.
    world.control("POST", "clock", &format!("{{\"advance\": {}}}", 31.0 * DAY));
    ends(&world.export(&[]), 0);
}
