//! Thirty-two writers, and the emulator killed under them at random moments: whatever was acknowledged
//! is there when it starts again, and nothing is there that nobody asked for.
#![expect(
    clippy::disallowed_methods,
    reason = "starts and kills processes, and waits for them"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::random;
use crate::support::shop::binary;

const WRITERS: usize = 32;
/// How long to wait for the first acknowledged write.
const PATIENCE: Duration = Duration::from_secs(20);

struct Emulator {
    process: Child,
    address: String,
}

impl Emulator {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(binary())
            .args([
                "emulator",
                "--listen",
                "127.0.0.1:0",
                "--organization",
                "acme=example.com",
            ])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its first line");
        let address = line.trim().strip_prefix("listening on http://");
        let address = address
            .unwrap_or_else(|| panic!("it did not start: {line}"))
            .to_owned();
        Self { process, address }
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

/// One connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// The reply; none: there was none, and nobody knows whether the call had its effect.
    fn ask(&mut self, operation: &str, input: &Value) -> Option<Value> {
        let body = input.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: emulator\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\
             x-amz-target: WorkMailService.{operation}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/workmail/aws4_request\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).ok()?;
        self.reply(operation)
    }

    fn reply(&mut self, operation: &str) -> Option<Value> {
        let (mut line, mut length, mut status) = (String::new(), 0, String::new());
        loop {
            line.clear();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let head = line.trim_end().to_ascii_lowercase();
            if head.is_empty() {
                break;
            }
            if head.starts_with("http/1.1") {
                status.clone_from(&head);
            }
            if let Some(told) = head.strip_prefix("content-length:") {
                length = told.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        let reply: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(status.contains(" 200 "), "{operation}: {reply}");
        Some(reply)
    }
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
    let Some(mut connection) = Connection::open(address) else {
        return known;
    };
    for number in 0.. {
        let name = format!("{prefix}-{number}");
        let user = json!({"OrganizationId": organization, "Name": name, "DisplayName": "x"});
        let Some(made) = connection.ask("CreateUser", &user) else {
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
            if connection.ask(operation, &input).is_some() {
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
    let first = Emulator::start(&data);
    let mut connection = Connection::open(&first.address).expect("it listens");
    let listed = connection
        .ask("ListOrganizations", &json!({}))
        .expect("a reply");
    let organization = listed["OrganizationSummaries"][0]["OrganizationId"]
        .as_str()
        .expect("one")
        .to_owned();
    first.kill();
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let (mut rounds, mut acknowledged, mut open) = (0, 0, 0);
    for wait in random::values("kills", 50, &(2_u64..100)) {
        let emulator = Emulator::start(&data);
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
            emulator.kill();
            let mut fresh = BTreeMap::new();
            for writer in writers {
                fresh.extend(writer.join().expect("a writer ends"));
            }
            fresh
        });
        acknowledged += fresh.values().filter(|one| one.state.is_some()).count();
        open += fresh.values().filter(|one| one.perhaps.is_some()).count();
        known.extend(fresh);
        let again = Emulator::start(&data);
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
        again.kill();
        rounds += 1;
    }
    eprintln!("{rounds} kills: {acknowledged} users acknowledged, {open} calls without a reply");
    assert!(acknowledged >= rounds, "the writers wrote");
}
