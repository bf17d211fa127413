//! Thirty-two writers, and the emulator killed under them at random moments: whatever was acknowledged
//! is there when it starts again, and nothing is there that nobody asked for. And how it ends otherwise:
//! in order, or with a full disk.
#![expect(
    clippy::disallowed_methods,
    reason = "starts and kills processes, and waits for them"
)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::random;
use crate::support::served::{Connection, Served, request};

const WRITERS: usize = 32;
/// How long to wait for the first acknowledged write.
const PATIENCE: Duration = Duration::from_secs(20);

/// One whose state is kept in this file.
fn start(data: &Path) -> Served {
    Served::start([OsStr::new("--data"), data.as_os_str()])
}

/// What a writer knows of one of its users: what was acknowledged, and what may have come after.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    id: Option<String>,
    /// ENABLED, DISABLED, DELETED; none: not there.
    state: Option<&'static str>,
    /// What it is if the call that got no reply had its effect.
    perhaps: Option<&'static str>,
}

/// Makes users, registers every second one and deletes every third one until there is no reply.
fn write(
    address: &str,
    organization: &str,
    prefix: &str,
    acknowledged: &AtomicUsize,
) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    let Ok(mut connection) = Connection::open(address) else {
        return known;
    };
    for number in 0.. {
        let name = format!("{prefix}-{number}");
        let user = json!({"OrganizationId": organization, "Name": name, "DisplayName": "x"});
        let Ok(made) = connection.ask("CreateUser", &user) else {
            known.insert(
                name,
                Known {
                    id: None,
                    state: None,
                    perhaps: Some("DISABLED"),
                },
            );
            break;
        };
        let id = made["UserId"].as_str().expect("an id").to_owned();
        acknowledged.fetch_add(1, Ordering::Relaxed);
        let mut now = Known {
            id: Some(id.clone()),
            state: Some("DISABLED"),
            perhaps: None,
        };
        let next = match number % 6 {
            0 | 2 | 4 => Some((
                "RegisterToWorkMail",
                "ENABLED",
                json!({"OrganizationId": organization, "EntityId": id, "Email": format!("{name}@example.com")}),
            )),
            3 => Some((
                "DeleteUser",
                "DELETED",
                json!({"OrganizationId": organization, "UserId": id}),
            )),
            _ => None,
        };
        if let Some((operation, then, input)) = next {
            if connection.ask(operation, &input).is_ok() {
                now.state = Some(then);
            } else {
                now.perhaps = Some(then);
                known.insert(name, now);
                break;
            }
        }
        known.insert(name, now);
    }
    known
}

/// Every user by name: id and state.
fn users(address: &str, organization: &str) -> BTreeMap<String, (String, String)> {
    let mut connection = Connection::open(address).expect("it listens");
    let mut all = BTreeMap::new();
    let mut token = Value::Null;
    for _ in 0..100_000 {
        let input = json!({"OrganizationId": organization, "MaxResults": 100, "NextToken": token});
        let page = connection.ask("ListUsers", &input).expect("a page");
        for user in page["Users"].as_array().expect("users") {
            let text = |member: &str| user[member].as_str().expect("a text").to_owned();
            all.insert(text("Name"), (text("Id"), text("State")));
        }
        token = page["NextToken"].clone();
        if token.is_null() {
            return all;
        }
    }
    panic!("the pages do not end");
}

#[test]
fn nothing_acknowledged_is_lost_when_it_is_killed_under_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    let first = start(&data);
    let mut connection = Connection::open(&first.address).expect("it listens");
    let listed = connection
        .ask("ListOrganizations", &json!({}))
        .expect("a reply");
    let organization = listed["OrganizationSummaries"][0]["OrganizationId"]
        .as_str()
        .expect("one")
        .to_owned();
    drop(first);
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let (mut rounds, mut acknowledged, mut open) = (0, 0, 0);
    for wait in random::values("kills", 50, &(2_u64..100)) {
        let emulator = start(&data);
        let address = emulator.address.clone();
        let made = AtomicUsize::new(0);
        let fresh = std::thread::scope(|scope| {
            let (address, organization, made) = (&address, &organization, &made);
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let prefix = format!("r{rounds}w{writer}");
                    scope.spawn(move || write(address, organization, &prefix, made))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(wait));
            // On a busy machine it takes longer until the first of them is through.
            let began = Instant::now();
            while made.load(Ordering::Relaxed) == 0 && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(1));
            }
            drop(emulator);
            let mut fresh = BTreeMap::new();
            for writer in writers {
                fresh.extend(writer.join().expect("a writer ends"));
            }
            fresh
        });
        acknowledged += fresh.values().filter(|one| one.state.is_some()).count();
        open += fresh.values().filter(|one| one.perhaps.is_some()).count();
        known.extend(fresh);
        let again = start(&data);
        let found = users(&again.address, &organization);
        for (name, one) in &mut known {
            let there = found.get(name);
            let state = there.map(|(_, state)| state.as_str());
            let allowed = state == one.state || one.perhaps.is_some() && state == one.perhaps;
            assert!(
                allowed,
                "round {rounds}: {name} is {state:?}, known is {one:?}"
            );
            if let (Some(id), Some((found, _))) = (&one.id, there) {
                assert_eq!(id, found, "round {rounds}: {name}");
            }
            // It is decided now, and must stay.
            one.id = there.map(|(id, _)| id.clone());
            one.state = ["ENABLED", "DISABLED", "DELETED"]
                .into_iter()
                .find(|known| Some(*known) == state);
            one.perhaps = None;
        }
        let strangers = found
            .keys()
            .filter(|name| name.starts_with('r') && !known.contains_key(*name));
        assert_eq!(strangers.count(), 0);
        drop(again);
        rounds += 1;
    }
    eprintln!("{rounds} kills: {acknowledged} users acknowledged, {open} calls without a reply");
    assert!(acknowledged >= rounds, "the writers wrote");
}

fn terminate(process: &mut Child) -> ExitStatus {
    let sent = Command::new("kill").arg(process.id().to_string()).status();
    assert!(sent.expect("kill runs").success());
    process.wait().expect("it ends")
}

fn create(connection: &mut Connection, number: usize) -> std::io::Result<(u16, Vec<u8>)> {
    let input = json!({"Alias": format!("other-{number}")});
    connection.send(&request("WorkMailService.CreateOrganization", &input))
}

#[test]
fn after_a_clean_end_the_file_is_all_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    let mut first = start(&data);
    let mut connection = Connection::open(&first.address).expect("it listens");
    assert_eq!(create(&mut connection, 1).expect("a reply").0, 200);
    let status = terminate(&mut first.process);
    assert!(status.success(), "{status}");
    let copy = folder.path().join("copy.json");
    std::fs::copy(&data, &copy).expect("it is there");
    let second = start(&copy);
    let mut connection = Connection::open(&second.address).expect("it listens");
    let listed = connection.ask("ListOrganizations", &json!({}));
    let listed = listed.expect("a reply");
    let all = listed["OrganizationSummaries"].as_array().expect("a list");
    let aliases: Vec<&Value> = all.iter().map(|one| &one["Alias"]).collect();
    assert_eq!(aliases, ["acme", "other-1"]);
}

#[test]
fn a_full_disk_is_told_and_ends_with_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("emulator.json");
    // A file of at most 8 blocks stands for a disk that fills up.
    let script =
        "trap '' XFSZ; ulimit -f 8; exec \"$0\" emulator --listen 127.0.0.1:0 --data \"$1\"";
    let mut process = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_workmailctl")])
        .arg(&data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = process.stdout.as_mut().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on http://");
    let mut connection = Connection::open(address.expect("it listens")).expect("it listens");
    let refused =
        (0..99).find(|number| create(&mut connection, *number).expect("a reply").0 == 500);
    assert!(refused.is_some(), "the disk is full");
    let mut talk = BufReader::new(process.stderr.take().expect("it is piped"));
    let mut said = String::new();
    talk.read_line(&mut said).expect("it talks before the end");
    assert!(said.contains("cannot be kept"), "{said}");
    let status = terminate(&mut process);
    assert_eq!(status.code(), Some(1), "{status}");
    // What was acknowledged before is there.
    let again = start(&data);
    let mut connection = Connection::open(&again.address).expect("it listens");
    let listed = connection.ask("ListOrganizations", &json!({}));
    let listed = listed.expect("a reply");
    let all = listed["OrganizationSummaries"].as_array().expect("a list");
    // The one of the second start comes last.
    assert_eq!(Some(all.len() - 1), refused);
}
