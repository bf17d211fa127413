//! Random bytes, random requests and random inputs against the emulator: it never panics, a refusal
//! says a code that the operation declares and changes nothing, and a password is in no reply.

use bytes::Bytes;
use http::{Request, StatusCode};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};
use workmailctl::emulator::{Behaviors, Emulator, Options, OrganizationSeed, operations};

use crate::support::emulated::Emulated;
use crate::support::random;

const SECRET: &str = "Secret-0123456789";
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request, \
                      SignedHeaders=host, Signature=00";
/// Codes of requests that are no call of an operation, or that every operation may answer.
const COMMON: &[&str] = &[
    "InternalFailure",
    "MissingAuthenticationTokenException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "UnknownOperationException",
    "ValidationException",
];

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

fn emulator() -> Emulator {
    let options = Options {
        organizations: vec![OrganizationSeed {
            alias: "acme".to_owned(),
            domains: vec!["example.com".to_owned()],
        }],
        ..Options::default()
    };
    Emulator::open(&options).expect("an emulator in memory")
}

/// Something that a request can have in a place, mostly what belongs there.
fn mostly(good: &'static str) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => Just(good.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => Just(Vec::new()),
    ]
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let good = format!(
        r#"{{"OrganizationId":"m-{}","Name":"x","DisplayName":"x","Password":"{SECRET}"}}"#,
        "0".repeat(32)
    );
    let mutated =
        (any::<Index>(), any::<u8>(), any::<bool>()).prop_map(move |(place, byte, cut)| {
            let mut bytes = good.clone().into_bytes();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            if cut {
                bytes.truncate(place);
            }
            bytes
        });
    let deep = (1..3000_usize, any::<bool>()).prop_map(|(depth, closed)| {
        let end = if closed {
            "]".repeat(depth)
        } else {
            String::new()
        };
        format!(r#"{{"Name":{}{end}}}"#, "[".repeat(depth)).into_bytes()
    });
    prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..400),
        4 => mutated,
        1 => deep,
        1 => Just(vec![b' '; 1024 * 1024 + 1]),
    ]
}

#[test]
fn any_bytes_get_a_reply_in_the_shape_of_the_service() {
    let (runtime, emulator) = (runtime(), emulator());
    let requests = (
        select(vec!["POST", "POST", "POST", "GET", "PUT", "BREW"]),
        select(vec![
            "/",
            "/",
            "/",
            "/x",
            "/messages/x",
            "/_emulator",
            "/_emulator/faults",
            "/%ff",
            "//",
        ]),
        prop_oneof![
            3 => mostly("WorkMailService.CreateUser"),
            1 => "[A-Za-z]{0,20}".prop_map(|name| format!("WorkMailService.{name}").into_bytes()),
        ],
        mostly("application/x-amz-json-1.1"),
        mostly(SIGNED),
        bodies(),
    );
    random::check(
        "bytes",
        400,
        requests,
        |(method, path, target, kind, signed, body)| {
            let mut request = Request::builder().method(method).uri(path);
            for (name, value) in [
                ("x-amz-target", target),
                ("content-type", kind),
                ("authorization", signed),
            ] {
                if let Ok(value) = http::HeaderValue::from_bytes(&value) {
                    request = request.header(name, value);
                }
            }
            let request = request.body(Bytes::from(body)).expect("a request");
            let control = path.starts_with("/_emulator");
            let reply = runtime
                .block_on(emulator.handle(request))
                .expect("no faults are in place");
            let said: Value = serde_json::from_slice(reply.body()).unwrap_or(Value::Null);
            prop_assert!(reply.headers().contains_key("x-amzn-requestid"));
            prop_assert!(
                control
                    || !reply
                        .body()
                        .windows(SECRET.len())
                        .any(|part| part == SECRET.as_bytes())
            );
            if !control && reply.status() != StatusCode::OK {
                prop_assert!(
                    said["__type"].is_string() && said["Message"].is_string(),
                    "{said}"
                );
                prop_assert!(reply.status().as_u16() < 500, "{said}");
            }
            Ok(())
        },
    );
    // Whatever was asked for, the names of operations that there are not do not pile up.
    let stats = Request::get("/_emulator/stats")
        .body(Bytes::new())
        .expect("a request");
    let stats = runtime.block_on(emulator.handle(stats)).expect("no faults");
    let stats: Value = serde_json::from_slice(stats.body()).expect("JSON");
    assert!(
        stats["calls"]
            .as_object()
            .is_some_and(|calls| calls.len() < 9),
        "{}",
        stats["calls"]
    );
}

/// A value for a member, by what the member is: mostly one that fits, also of another type.
fn value(shape: &Value, dice: &mut impl FnMut(usize) -> usize) -> Value {
    const TEXTS: &[&str] = &[
        "$organization",
        "$ana",
        "$bob",
        "$eve",
        "$staff",
        "$room",
        "ana",
        "bob@example.com",
        "new@example.com",
        "example.com",
        "example.org",
        "other.example",
        "INBOX",
        "10.0.0.0/8",
        "10.0.0.1",
        "EWS",
        "default",
        "https://127.0.0.1:1/EWS/Exchange.asmx",
        "",
        "x",
        "\u{1}",
        "arn:aws:sso:::instance/ssoins-0123456789abcdef",
        "arn:aws:iam::123456789012:role/export",
        "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000",
        "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "d-0123456789",
    ];
    let whatever = [
        json!(null),
        json!(1),
        json!(true),
        json!([]),
        json!({}),
        json!("x"),
        json!(1e300),
    ];
    if dice(40) == 0 {
        return whatever[dice(whatever.len())].clone();
    }
    match shape["type"].as_str().expect("a type") {
        "string" => match shape["enum"].as_array() {
            Some(words) if dice(20) > 0 => words[dice(words.len())].clone(),
            _ => json!(TEXTS[dice(TEXTS.len())]),
        },
        "integer" => json!([0, 1, 2, 30, 100, -1, 51_200][dice(7)]),
        "boolean" => json!(dice(2) == 0),
        "list" => (0..dice(4)).map(|_| value(&shape["item"], dice)).collect(),
        _ => structure(&shape["members"], dice),
    }
}

fn structure(members: &Value, dice: &mut impl FnMut(usize) -> usize) -> Value {
    let mut input = Map::new();
    for (name, member) in members.as_object().expect("members") {
        let often = if member["required"] == true { 30 } else { 2 };
        if dice(often) > 0 || often == 2 && dice(2) > 0 {
            let given = match name.as_str() {
                "OrganizationId" if dice(20) > 0 => json!("$organization"),
                "Password" | "EwsPassword" if dice(5) > 0 => json!(SECRET),
                _ => value(member, dice),
            };
            input.insert(name.clone(), given);
        }
    }
    Value::Object(input)
}

#[test]
fn a_refusal_is_declared_and_changes_nothing() {
    let runtime = runtime();
    let known = operations();
    let names: Vec<&String> = known.as_object().expect("operations").keys().collect();
    let calls = prop::collection::vec(
        (any::<Index>(), prop::collection::vec(any::<u16>(), 60)),
        40,
    );
    let (mut made, mut refused) = (0, 0);
    for calls in random::values("calls", 60, &calls) {
        let world = runtime.block_on(Box::pin(Emulated::new(Behaviors::default())));
        for (which, rolls) in calls {
            let operation = which.get(&names).as_str();
            if operation == "DeleteOrganization" {
                continue;
            }
            let mut roll = 0;
            let mut dice = |sides: usize| {
                roll += 1;
                usize::from(rolls[roll % rolls.len()]).wrapping_add(roll * 7) % sides
            };
            let input = structure(&known[operation]["input"], &mut dice);
            let before = runtime.block_on(world.state());
            match runtime.block_on(world.ask(operation, input.clone())) {
                Ok(reply) => {
                    assert!(reply.is_object() || reply.is_null(), "{operation}: {reply}");
                    assert!(!reply.to_string().contains(SECRET), "{operation}: {reply}");
                    made += 1;
                }
                Err(code) => {
                    let declared = &known[operation]["errors"];
                    let declared = declared
                        .as_array()
                        .is_some_and(|all| all.contains(&json!(code)));
                    assert!(
                        declared || COMMON.contains(&code.as_str()),
                        "{operation} {input}: {code}"
                    );
                    // The virtual clock ticks at every call; nothing else may have changed.
                    let after = runtime.block_on(world.state());
                    assert_eq!(still(&before), still(&after), "{operation} {input}: {code}");
                    refused += 1;
                }
            }
            let kept = runtime.block_on(world.state());
            assert!(!kept.to_string().contains(SECRET), "{operation} {input}");
        }
    }
    eprintln!("{made} calls had their effect, {refused} were refused");
    assert!(made > 100 && refused > 100);
}

/// The state without the time of the clock.
fn still(state: &Value) -> Vec<&Value> {
    let records = state["records"].as_array().expect("records");
    records
        .iter()
        .filter(|record| record["table"] != "time")
        .collect()
}
