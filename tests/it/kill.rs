//! Killed with SIGKILL before and after the effect of every one of its writes, by path and by saved
//! plan, the next run converges. The emulator is another process; a proxy between the two counts
//! writes and kills.

use std::collections::BTreeMap;
use std::fs;
use std::future::ready;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use workmailctl::plan::{DELETE_GUARD, GUARDS};

use crate::recovery::{Stage, for_all, stages_of};
use crate::support::random_settings::{Pair, near_pairs};

const BEFORE: &str = "apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com, example.org]}
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: []}
  bob: {displayName: Bob, email: bob@example.com, aliases: []}
  joe: {displayName: Joe, email: joe@example.com, aliases: []}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, joe]}}
resources:
  room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana], bookingOptions: {autoAcceptRequests: false}}
";

/// A newcomer, a swap of primary addresses, another delegate of a room that needs one, a leaver.
const AFTER: &str = "apiVersion: workmailctl/v1
organization: {alias: acme, mailDomains: [example.com, example.org]}
users:
  ana: {displayName: Ana, email: bob@example.com, aliases: []}
  bob: {displayName: Bob, email: ana@example.com, aliases: []}
  carl: {displayName: Carl, email: carl@example.com, aliases: [c@example.com], jobTitle: Engineer}
  joe: {state: deregistered}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, carl]}}
resources:
  room: {type: ROOM, email: room@example.com, aliases: [], delegates: [bob], bookingOptions: {autoAcceptRequests: false}}
";

/// How many random worlds are walked as a whole.
const WORLDS: u32 = 3;
/// The most calls of their plans: every point starts two processes.
const CALLS: usize = 9;

const LIFTED: [&str; 4] = ["--allow", "address-reuse", "--allow", "mailbox-expiry"];

#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    BeforeTheEffect,
    AfterTheEffect,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    ByPath,
    BySavedPlan,
}

#[test]
fn a_run_that_is_killed_at_any_write_is_completed_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let emulator = Emulator::start(folder.path());
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    for (path, text) in [(&before, BEFORE), (&after, AFTER)] {
        fs::create_dir(path).expect("a folder");
        fs::write(path.join("acme.yaml"), text).expect("a manifest");
    }
    let direct = |arguments: &[&str]| run(folder.path(), emulator.address, arguments);
    ends(&direct(&["apply", "before", "--auto-approve"]), 0);
    let start = emulator.get("/_emulator/state");
    ends(&direct(&["plan", "after", "--out", "plan.json"]), 0);
    let mut points = 0;
    for how in [How::ByPath, How::BySavedPlan] {
        for when in [When::BeforeTheEffect, When::AfterTheEffect] {
            for write in 1.. {
                emulator.put("/_emulator/state", &start);
                let proxy = Proxy::start(emulator.address, write, when);
                let what = if how == How::ByPath {
                    "after"
                } else {
                    "plan.json"
                };
                let mut arguments = vec!["apply", what, "--auto-approve", "--temporary-age", "0"];
                arguments.extend(LIFTED);
                let killed = proxy.run(folder.path(), &arguments);
                let point = format!("{how:?}, {when:?}, write {write}");
                if !killed {
                    assert!(write > 10, "{point}: only {write} writes");
                    break;
                }
                points += 1;
                recovers(&emulator, &direct, &arguments, &point);
            }
        }
    }
    eprintln!("{points} kill points, each completed by the next run");
}

#[test]
fn random_worlds_are_completed_whenever_the_process_is_killed() {
    // The emulator has no switches turned; nothing here has passwords, or may lift `protect`.
    let fits = |pair: &Pair, switches: &[String]| {
        let wanted = &pair.wanted;
        switches.is_empty() && !wanted.contains("availability") && !wanted.contains("protect")
    };
    let pairs = near_pairs(88);
    let stages = stages_of("killed processes", WORLDS, CALLS, &pairs, fits);
    let points = for_all(&stages, 1, |_, stage| ready(Ok(walk(stage))));
    let points: usize = points.into_iter().sum();
    let calls: usize = stages.iter().map(|stage| stage.calls).sum();
    eprintln!("{points} kill points of processes, each completed by the next run");
    assert!(points >= 2 * calls, "{points} points of {calls} calls");
}

/// Every point of one stage. Returns how many there are.
fn walk(stage: &Stage) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let emulator = Emulator::start(folder.path());
    let manifest = folder.path().join("after");
    fs::create_dir(&manifest).expect("a folder");
    fs::write(manifest.join("acme.yaml"), stage.wanted()).expect("a manifest");
    let direct = |arguments: &[&str]| run(folder.path(), emulator.address, arguments);
    let mut arguments = vec!["apply", "after", "--auto-approve", "--temporary-age", "0"];
    let lifted = GUARDS.iter().map(|guard| guard.name);
    for guard in lifted.filter(|guard| !["protect", DELETE_GUARD].contains(guard)) {
        arguments.extend(["--allow", guard]);
    }
    let mut points = 0;
    for when in [When::BeforeTheEffect, When::AfterTheEffect] {
        for write in 1.. {
            emulator.put("/_emulator/state", &stage.state.to_string());
            let proxy = Proxy::start(emulator.address, write, when);
            let killed = proxy.run(folder.path(), &arguments);
            let point = format!("pair {}, {when:?}, write {write}", stage.number);
            if !killed {
                break;
            }
            points += 1;
            // It reads once more what it wrote, and ends with 0 only if nothing is left to plan.
            let again = direct(&arguments);
            let manifests = stage.manifests();
            assert_eq!(
                again.status.code(),
                Some(0),
                "{point}: {}\n{manifests}",
                told(&again)
            );
            nothing_is_left_over(&emulator, &point);
        }
    }
    points
}

/// The next run completes, nothing is made twice, and no temporary address is left.
fn recovers(
    emulator: &Emulator,
    direct: &dyn Fn(&[&str]) -> Output,
    arguments: &[&str],
    point: &str,
) {
    let again = direct(arguments);
    assert_eq!(again.status.code(), Some(0), "{point}: {}", told(&again));
    let drift = direct(&["drift", "after"]);
    assert_eq!(drift.status.code(), Some(0), "{point}: {}", told(&drift));
    nothing_is_left_over(emulator, point);
}

/// Nothing is there twice, and no temporary address.
fn nothing_is_left_over(emulator: &Emulator, point: &str) {
    let state: Value = serde_json::from_str(&emulator.get("/_emulator/state")).expect("JSON");
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for record in state["records"]
        .as_array()
        .expect("records")
        .iter()
        .filter(|record| record["table"] == "entity")
    {
        let entity = &record["value"];
        if entity["state"] != "DELETED" {
            *names
                .entry(entity["name"].as_str().expect("a name").to_owned())
                .or_default() += 1;
        }
        if entity["state"] == "ENABLED" {
            assert!(
                !entity.to_string().contains("workmailctl-tmp-"),
                "{point}: {entity}"
            );
        }
    }
    assert!(
        names.values().all(|count| *count == 1),
        "{point}: {names:?}"
    );
}

fn run(folder: &Path, address: SocketAddr, arguments: &[&str]) -> Output {
    command(folder, address, arguments)
        .output()
        .expect("it runs")
}

fn command(folder: &Path, address: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .env("AWS_ENDPOINT_URL_WORKMAIL", format!("http://{address}"))
        .stdin(Stdio::null());
    command
}

fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_workmailctl"))
}

fn ends(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", told(output));
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The emulator as another process.
struct Emulator {
    child: Child,
    address: SocketAddr,
}

impl Emulator {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(binary())
            .args([
                "emulator",
                "--listen",
                "127.0.0.1:0",
                "--organization",
                "acme=example.com,example.org",
            ])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("its first line");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect("its address");
        Self {
            child,
            address: address.parse().expect("an address"),
        }
    }

    fn get(&self, path: &str) -> String {
        exchange(
            self.address,
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes(),
        )
    }

    fn put(&self, path: &str, body: &str) {
        let length = body.len();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        exchange(self.address, &[head.as_bytes(), body.as_bytes()].concat());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of the answer to one request.
fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let whole = forward(address, request);
    let text = String::from_utf8(whole).expect("UTF-8");
    text.split_once("\r\n\r\n").expect("a reply").1.to_owned()
}

fn forward(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the emulator accepts");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout");
    stream.write_all(request).expect("it takes the request");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).expect("it answers");
    reply
}

/// Stands between a run and the emulator, and kills the run at one of its writes.
struct Proxy {
    address: SocketAddr,
    child: Arc<Mutex<Option<Child>>>,
    killed: Arc<AtomicUsize>,
}

impl Proxy {
    fn start(emulator: SocketAddr, write: usize, when: When) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let killed: Arc<AtomicUsize> = Arc::default();
        let (victim, mark) = (child.clone(), killed.clone());
        std::thread::spawn(move || {
            let seen = Arc::new(AtomicUsize::new(0));
            for stream in listener.incoming().flatten() {
                let (victim, mark, seen) = (victim.clone(), mark.clone(), seen.clone());
                std::thread::spawn(move || {
                    let Some(request) = request(&stream) else {
                        return;
                    };
                    let kill = || {
                        mark.store(1, Ordering::SeqCst);
                        if let Some(child) = victim.lock().expect("not poisoned").as_mut() {
                            child.kill().expect("it can be killed");
                        }
                    };
                    let number = if writes(&request) {
                        seen.fetch_add(1, Ordering::SeqCst) + 1
                    } else {
                        0
                    };
                    // Nothing of a run that was killed reaches the emulator any more.
                    if number > write || mark.load(Ordering::SeqCst) == 1 {
                        return;
                    }
                    if number == write && when == When::BeforeTheEffect {
                        kill();
                        return;
                    }
                    let reply = forward(emulator, &request);
                    if number == write {
                        kill();
                        return;
                    }
                    let _ = (&stream).write_all(&reply);
                });
            }
        });
        Self {
            address,
            child,
            killed,
        }
    }

    /// Runs to the end or to the kill; true if it was killed.
    fn run(&self, folder: &Path, arguments: &[&str]) -> bool {
        let spawned = {
            let mut child = self.child.lock().expect("not poisoned");
            let spawned = command(folder, self.address, arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("it starts");
            *child = Some(spawned);
            child.as_ref().map(Child::id).expect("it was started")
        };
        for _ in 0..6000 {
            if let Some(child) = self.child.lock().expect("not poisoned").as_mut()
                && let Some(status) = child.try_wait().expect("it can be asked")
            {
                let killed = self.killed.load(Ordering::SeqCst) == 1;
                assert!(
                    killed || status.success(),
                    "a run that is left alone: {status}"
                );
                return killed;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("process {spawned} did not end in a minute");
    }
}

/// One request, with the connection marked to end after it.
fn request(stream: &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let folded = line.to_ascii_lowercase();
        if let Some(value) = folded.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if !folded.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    head.push_str("connection: close\r\n\r\n");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some([head.into_bytes(), body].concat())
}

/// True for the operations that change something.
fn writes(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let operation = text.split("WorkMailService.").nth(1).unwrap_or_default();
    !["Describe", "List", "Get"]
        .iter()
        .any(|read| operation.starts_with(read))
}
