//! What goes wrong by order, and what clients that give up leave behind.
#![expect(
    clippy::disallowed_methods,
    reason = "clients wait, and give up waiting"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use workmailctl::emulator::{ConnectionLost, Emulator, Options, OrganizationSeed};

use crate::support::served::{Connection, Served, request};

fn options(faults: &[&str]) -> Options {
    Options {
        organizations: vec![OrganizationSeed {
            alias: "acme".to_owned(),
            domains: vec!["example.com".to_owned()],
        }],
        faults: faults
            .iter()
            .map(|fault| fault.parse().expect("a fault"))
            .collect(),
        ..Options::default()
    }
}

/// A request with a signature that nobody checks.
fn asking(operation: &str, input: &Value) -> Request<Bytes> {
    Request::post("/")
        .header("x-amz-target", format!("WorkMailService.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=a/b/eu-west-1")
        .body(Bytes::from(input.to_string()))
        .expect("a request")
}

async fn stats(emulator: &Emulator) -> Value {
    let asked = Request::get("/_emulator/stats").body(Bytes::new());
    let reply = emulator.handle(asked.expect("a request")).await;
    serde_json::from_slice(reply.expect("a reply").body()).expect("JSON")
}

/// Operations and outcomes of the log.
async fn log(emulator: &Emulator) -> Vec<(String, String)> {
    let stats = stats(emulator).await;
    let entries = stats["log"].as_array().expect("a log");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    entries
        .iter()
        .map(|entry| (text(&entry["operation"]), text(&entry["outcome"])))
        .collect()
}

#[tokio::test]
async fn who_gives_up_waiting_has_not_stopped_the_effect() {
    let late = Duration::from_mins(1);
    for options in [
        options(&["CreateOrganization:delay=60000ms"]),
        Options {
            latency: late,
            ..options(&[])
        },
    ] {
        let emulator = Emulator::open(&options).expect("an emulator");
        let reply = emulator.handle(asking("CreateOrganization", &json!({"Alias": "other"})));
        let waited = tokio::time::timeout(Duration::from_millis(50), reply).await;
        assert!(waited.is_err(), "the reply comes late");
        let log = log(&emulator).await;
        assert_eq!(log, [("CreateOrganization".to_owned(), "ok".to_owned())]);
    }
}

#[test]
fn a_connection_that_ends_early_has_not_stopped_the_effect() {
    let emulator = Served::start(["--fault", "CreateUser:delay=2000ms"]);
    let mut other = Connection::open(&emulator.address).expect("it listens");
    let listed = other.ask("ListOrganizations", &json!({})).expect("a reply");
    let id = &listed["OrganizationSummaries"][0]["OrganizationId"];
    let input = json!({"OrganizationId": id, "Name": "ana", "DisplayName": "Ana"});
    let mut client = TcpStream::connect(&emulator.address).expect("it listens");
    client
        .write_all(&request("WorkMailService.CreateUser", &input))
        .expect("it reads");
    std::thread::sleep(Duration::from_millis(100));
    drop(client);
    let users = other
        .ask("ListUsers", &json!({"OrganizationId": id}))
        .expect("a reply");
    let names: Vec<&Value> = users["Users"].as_array().expect("users").iter().collect();
    assert!(names.iter().any(|user| user["Name"] == "ana"), "{names:?}");
}

#[test]
fn a_truncated_reply_says_its_full_length_and_ends_before() {
    let emulator = Served::start(["--fault", "ListOrganizations:truncate@1"]);
    let mut client = TcpStream::connect(&emulator.address).expect("it listens");
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout");
    client
        .write_all(&request("WorkMailService.ListOrganizations", &json!({})))
        .expect("it reads");
    let mut reply = Vec::new();
    // The end may be told as one, or as a broken connection.
    let _ = client.read_to_end(&mut reply);
    let reply = String::from_utf8(reply).expect("a text");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    let told = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("a length");
    let told: usize = told.parse().expect("a number");
    assert!(body.starts_with("{\"OrganizationSummaries\""), "{body}");
    assert_eq!(body.len(), told / 2);
}

#[tokio::test]
async fn throttled_calls_count_for_faults() {
    let mut options = options(&["ListUsers:500@2"]);
    options.rate = Some(1.0);
    let emulator = Emulator::open(&options).expect("an emulator");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let reply = emulator.handle(asking("ListUsers", &json!({}))).await;
        let body = reply.expect("a reply").into_body();
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        statuses.push(body["__type"].as_str().expect("a code").to_owned());
    }
    let expected = [
        "InvalidParameterException",
        "InternalFailure",
        "ThrottlingException",
    ];
    assert_eq!(statuses, expected);
}

#[tokio::test]
async fn whatever_comes_in_the_place_of_an_effect_is_logged() {
    let emulator = Emulator::open(&options(&[
        "CreateUser:garbage@1",
        "CreateUser:reset-before@2",
        "CreateUser:deny@3",
    ]))
    .expect("an emulator");
    for lost in [false, true, false] {
        let reply = emulator.handle(asking("CreateUser", &json!({}))).await;
        assert_eq!(reply.err(), lost.then_some(ConnectionLost));
    }
    let unsigned = Request::post("/")
        .header("x-amz-target", "WorkMailService.CreateUser")
        .header("content-type", "application/x-amz-json-1.1");
    let unsigned = unsigned.body(Bytes::from("{}")).expect("a request");
    assert!(emulator.handle(unsigned).await.is_ok());
    let no_json = asking("CreateUser", &json!({})).map(|_| Bytes::from("{"));
    assert!(emulator.handle(no_json).await.is_ok());
    let outcomes: Vec<String> = log(&emulator)
        .await
        .into_iter()
        .map(|(_, how)| how)
        .collect();
    let expected = [
        "garbage",
        "reset-before",
        "AccessDeniedException",
        "MissingAuthenticationTokenException",
        "SerializationException",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(stats(&emulator).await["refused"]["CreateUser"], 5);
}

#[tokio::test]
async fn operations_of_one_api_are_not_those_of_the_other() {
    let emulator = Emulator::open(&options(&[])).expect("an emulator");
    let reply = emulator
        .handle(asking("GetRawMessageContent", &json!({"messageId": "a"})))
        .await
        .expect("a reply");
    let body: Value = serde_json::from_slice(reply.body()).expect("JSON");
    assert_eq!(body["__type"], "UnknownOperationException");
}

#[test]
fn an_end_waits_for_requests_under_way_and_for_nobody_else() {
    let mut emulator = Served::start(["--fault", "ListOrganizations:delay=700ms"]);
    // Connected, and silent.
    let _idle = TcpStream::connect(&emulator.address).expect("it listens");
    let mut kept = Connection::open(&emulator.address).expect("it listens");
    let mut client = Connection::open(&emulator.address).expect("it listens");
    kept.send(b"GET /_emulator/health HTTP/1.1\r\nhost: e\r\n\r\n")
        .expect("a reply");
    let process = emulator.process.id();
    let asked = std::thread::spawn(move || client.ask("ListOrganizations", &json!({})));
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    let sent = std::process::Command::new("kill")
        .arg(process.to_string())
        .status();
    assert!(sent.expect("kill runs").success());
    let reply = asked.join().expect("no panic");
    assert!(reply.expect("it is answered")["OrganizationSummaries"].is_array());
    let status = emulator.process.wait().expect("it ends");
    assert!(status.success(), "{status}");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
}
