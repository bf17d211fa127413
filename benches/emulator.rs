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

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const USERS: usize = 100_000;
const MEASURED_FOR: Duration = Duration::from_secs(3);
/// Calls a second.
const GOAL: f64 = 10_000.0;
/// Bytes of memory an entity beside the data itself.
const MEMORY_GOAL: f64 = 1024.0;
/// By how much the second half of the pages may take longer than the first.
const LINEAR: f64 = 1.3;

/// One connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        Self(BufReader::new(stream))
    }

    fn request(target: &str, input: &Value) -> Vec<u8> {
        let body = input.to_string();
        format!(
            "POST / HTTP/1.1\r\nhost: emulator\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\
             x-amz-target: {target}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/workmail/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    fn send(&mut self, request: &[u8]) -> Vec<u8> {
        self.0.get_mut().write_all(request).expect("it is sent");
        let (mut line, mut length, mut good) = (String::new(), 0, false);
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).expect("a reply") > 0, "a reply");
            let head = line.trim_end();
            if head.is_empty() {
                break;
            }
            good |= head.starts_with("HTTP/1.1 200");
            let told = head
                .split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            if let Some((_, told)) = told {
                length = told.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        assert!(good, "{}", String::from_utf8_lossy(&body));
        body
    }

    fn ask(&mut self, operation: &str, input: &Value) -> Value {
        let target = format!("WorkMailService.{operation}");
        let body = self.send(&Self::request(&target, input));
        serde_json::from_slice(&body).unwrap_or_default()
    }
}

struct Emulator {
    process: Child,
    address: String,
}

impl Emulator {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_workmailctl"))
            .args([
                "emulator",
                "--listen",
                "127.0.0.1:0",
                "--organization",
                "acme=example.com",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its first line");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect("an address");
        Self {
            address: address.to_owned(),
            process,
        }
    }

    /// Bytes of memory, where the system tells.
    fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kilobytes * 1024.0)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Calls a second on so many connections.
fn rate(address: &str, connections: usize, request: &[u8]) -> f64 {
    let began = Instant::now();
    let calls: usize = std::thread::scope(|scope| {
        let all: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    let mut calls = 0;
                    while began.elapsed() < MEASURED_FOR {
                        connection.send(request);
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
    let emulator = Emulator::start();
    let mut connection = Connection::open(&emulator.address);
    let listed = connection.ask("ListOrganizations", &json!({}));
    let organization = listed["OrganizationSummaries"][0]["OrganizationId"].clone();
    let before = emulator.memory();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (address, organization) = (&emulator.address, &organization);
            scope.spawn(move || {
                let mut connection = Connection::open(address);
                for number in (writer..USERS).step_by(8) {
                    let name = format!("user{number:06}");
                    let input = json!({"OrganizationId": organization, "Name": name, "DisplayName": "Some Body", "FirstName": "Some", "LastName": "Body"});
                    connection.ask("CreateUser", &input);
                }
            });
        }
    });
    println!(
        "{USERS} users made: {:.0} calls a second",
        ratio(USERS, began.elapsed().as_secs_f64())
    );
    let users = json!({"OrganizationId": organization, "UserId": "user050000"});
    let describe = Connection::request("WorkMailService.DescribeUser", &users);
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
    // The one from before may have been idle for too long.
    connection = Connection::open(&emulator.address);
    let mut halves = Vec::new();
    let (mut token, mut seen) = (Value::Null, 0);
    let mut began = Instant::now();
    loop {
        let input = json!({"OrganizationId": organization, "MaxResults": 100, "NextToken": token});
        let page = connection.ask("ListUsers", &input);
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
    missed |= halves[1] / halves[0] > LINEAR;
    println!(
        "pages of 100 through {seen} users: {:.2} s, the second half {:.2} times the first",
        halves[0] + halves[1],
        halves[1] / halves[0]
    );
    let mut control = Connection::open(&emulator.address);
    control.send(b"POST /_emulator/reset HTTP/1.1\r\nhost: emulator\r\ncontent-length: 0\r\n\r\n");
    if let (Some(before), Some(after)) = (before, emulator.memory()) {
        let state = control
            .send(b"GET /_emulator/state HTTP/1.1\r\nhost: emulator\r\n\r\n")
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
        let mut moto = Connection::open(&address);
        let target = "AWSOrganizationsV20161128";
        moto.send(&Connection::request(
            &format!("{target}.CreateOrganization"),
            &json!({"FeatureSet": "ALL"}),
        ));
        let describe = Connection::request(&format!("{target}.DescribeOrganization"), &json!({}));
        let rate = rate(&address, 1, &describe);
        println!(
            "moto, DescribeOrganization on 1 connection: {rate:.0} calls a second; the emulator is {:.0} times as fast",
            one / rate
        );
    }
    if check && missed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
