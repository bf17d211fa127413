//! How fast the emulator answers, over real sockets on loopback from another process: describe-like
//! calls on one connection and on thirty-two, pages of 100,000 users, and memory beside the data.
//!
//! `cargo bench --bench emulator` prints one line a measurement; `-- --check` fails if a goal is missed.
//! With a moto server's address in `MOTO_ADDRESS` (`moto_server -p 5000`, `127.0.0.1:5000`) it is
//! asked for a comparable call by the same client, and the ratio is told.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench measures time and memory, and talks to whoever runs it"
)]

use std::process::{Child, ExitCode};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use served::{Connection, Served, request};

#[path = "../tests/it/support/served.rs"]
mod served;

const USERS: usize = 100_000;
const MEASURED_FOR: Duration = Duration::from_secs(3);
/// Calls a second.
const GOAL: f64 = 10_000.0;
/// Bytes of memory an entity beside the data itself.
const MEMORY_GOAL: f64 = 1024.0;
/// By how much the second half of the pages may take longer than the first.
const LINEAR: f64 = 1.3;

/// Bytes of memory of a process, where the system tells.
fn memory(process: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

/// Calls a second on so many connections.
fn rate(address: &str, connections: usize, request: &[u8]) -> f64 {
    let began = Instant::now();
    let calls: usize = std::thread::scope(|scope| {
        let all: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address).expect("it listens");
                    let mut calls = 0;
                    while began.elapsed() < MEASURED_FOR {
                        let (status, _) = connection.send(request).expect("a reply");
                        assert_eq!(status, 200);
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        all.into_iter()
            .map(|one| one.join().expect("it ends"))
            .sum()
    });
    ratio(calls, began.elapsed().as_secs_f64())
}

fn ratio(count: usize, of: f64) -> f64 {
    f64::from(u32::try_from(count).expect("few enough")) / of
}

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let mut missed = false;
    let emulator = Served::start([""; 0]);
    let mut connection = Connection::open(&emulator.address).expect("it listens");
    let listed = connection
        .ask("ListOrganizations", &json!({}))
        .expect("a reply");
    let organization = listed["OrganizationSummaries"][0]["OrganizationId"].clone();
    let before = memory(&emulator.process);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (address, organization) = (&emulator.address, &organization);
            scope.spawn(move || {
                let mut connection = Connection::open(address).expect("it listens");
                for number in (writer..USERS).step_by(8) {
                    let name = format!("user{number:06}");
                    let input = json!({"OrganizationId": organization, "Name": name, "DisplayName": "Some Body", "FirstName": "Some", "LastName": "Body"});
                    connection.ask("CreateUser", &input).expect("a reply");
                }
            });
        }
    });
    println!(
        "{USERS} users made: {:.0} calls a second",
        ratio(USERS, began.elapsed().as_secs_f64())
    );
    let users = json!({"OrganizationId": organization, "UserId": "user050000"});
    let describe = request("WorkMailService.DescribeUser", &users);
    let mut one = 0.0;
    for connections in [1, 32] {
        let rate = rate(&emulator.address, connections, &describe);
        missed |= rate < GOAL;
        println!(
            "DescribeUser among {USERS} on {connections} connections: {rate:.0} calls a second, {:.2} of the goal",
            rate / GOAL
        );
        if connections == 1 {
            one = rate;
        }
    }
    missed |= pages(&emulator.address, &organization) > LINEAR;
    let mut control = Connection::open(&emulator.address).expect("it listens");
    let reset = b"POST /_emulator/reset HTTP/1.1\r\nhost: emulator\r\ncontent-length: 0\r\n\r\n";
    control.send(reset).expect("a reply");
    if let (Some(before), Some(after)) = (before, memory(&emulator.process)) {
        let state = control
            .send(b"GET /_emulator/state HTTP/1.1\r\nhost: emulator\r\n\r\n")
            .expect("a reply")
            .1
            .len();
        let each = |bytes: f64| bytes / ratio(USERS, 1.0);
        let (memory, data) = (each(after - before), each(ratio(state, 1.0)));
        missed |= memory - data > MEMORY_GOAL;
        println!(
            "memory: {memory:.0} bytes an entity, of which the data itself as JSON {data:.0}: {:.2} of the goal",
            (memory - data) / MEMORY_GOAL
        );
    }
    if let Ok(address) = std::env::var("MOTO_ADDRESS") {
        beside_moto(&address, one);
    }
    if check && missed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Pages through all users; how many times as long as the first half the second one takes.
fn pages(address: &str, organization: &Value) -> f64 {
    let mut connection = Connection::open(address).expect("it listens");
    let mut halves = Vec::new();
    let (mut token, mut seen) = (Value::Null, 0);
    let mut began = Instant::now();
    loop {
        let input = json!({"OrganizationId": organization, "MaxResults": 100, "NextToken": token});
        let page = connection.ask("ListUsers", &input).expect("a page");
        seen += page["Users"].as_array().map_or(0, Vec::len);
        token = page["NextToken"].clone();
        if halves.is_empty() && seen >= USERS / 2 {
            halves.push(began.elapsed().as_secs_f64());
            began = Instant::now();
        }
        if token.is_null() {
            break;
        }
    }
    halves.push(began.elapsed().as_secs_f64());
    let ratio = halves[1] / halves[0];
    println!(
        "pages of 100 through {seen} users: {:.2} s, the second half {ratio:.2} times the first",
        halves[0] + halves[1],
    );
    ratio
}

/// Asks a moto server to describe an organization, and tells how many times as fast the emulator is.
fn beside_moto(address: &str, emulator: f64) {
    let ask = |operation: &str, input: &Value| {
        let request = request(&format!("AWSOrganizationsV20161128.{operation}"), input);
        let text = String::from_utf8(request).expect("JSON is a text");
        // It tells services apart by the scope of the signature.
        text.replace("eu-west-1/workmail", "us-east-1/organizations")
            .into_bytes()
    };
    let made = Connection::open(address)
        .and_then(|mut moto| moto.send(&ask("CreateOrganization", &json!({"FeatureSet": "ALL"}))));
    made.expect("a reply");
    let rate = rate(address, 1, &ask("DescribeOrganization", &json!({})));
    println!(
        "moto, DescribeOrganization on 1 connection: {rate:.0} calls a second; the emulator is {:.0} times as fast",
        emulator / rate
    );
}
