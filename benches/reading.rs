//! How fast a live organization is read, against an emulator that takes 50 ms for each answer: the
//! time as a ratio of calls × latency / parallelism, which is what it takes if no turn is ever idle.
//!
//! `cargo bench --bench reading` prints one line a world; `-- --check` fails beyond 1.3.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a bench measures time, and talks to whoever runs it"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws_sdk_workmail::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use serde_json::{Value, json};
use workmailctl::client::{Client, Connect};
use workmailctl::emulator::{Emulator, Options, OrganizationSeed};
use workmailctl::kinds::KINDS;
use workmailctl::live::{self, Needs};
use workmailctl::model::DesiredOrganization;

const LATENCY: Duration = Duration::from_millis(50);
const LIMIT: f64 = 1.3;

/// How an organization is made and read.
struct Case {
    users: usize,
    groups: usize,
    rooms: usize,
    parallelism: usize,
}

const CASES: &[Case] = &[
    Case {
        users: 60,
        groups: 12,
        rooms: 8,
        parallelism: 10,
    },
    Case {
        users: 400,
        groups: 40,
        rooms: 20,
        parallelism: 10,
    },
    Case {
        users: 400,
        groups: 40,
        rooms: 20,
        parallelism: 4,
    },
    Case {
        users: 1000,
        groups: 100,
        rooms: 50,
        parallelism: 20,
    },
];

#[tokio::main]
async fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let mut slow = false;
    for case in CASES {
        let (calls, took) = Box::pin(measure(case)).await;
        let turns = f64::from(u32::try_from(calls).unwrap_or(u32::MAX))
            / f64::from(u32::try_from(case.parallelism).unwrap_or(u32::MAX));
        let ideal = LATENCY.mul_f64(turns);
        let ratio = took.as_secs_f64() / ideal.as_secs_f64();
        slow |= ratio > LIMIT;
        println!(
            "{:>5} users {:>4} groups {:>3} rooms, {:>2} at a time: {calls:>5} calls in {:.2} s, ideal {:.2} s, ratio {ratio:.2}",
            case.users,
            case.groups,
            case.rooms,
            case.parallelism,
            took.as_secs_f64(),
            ideal.as_secs_f64(),
        );
    }
    for rate in [20.0, 100.0] {
        let (calls, fewest, took) = Box::pin(throttled(rate)).await;
        let ideal = f64::from(u32::try_from(fewest).unwrap_or(u32::MAX)) / rate;
        println!(
            "a service that takes {rate} requests a second: {fewest} calls and {} more that it throttled, in {:.2} s, ideal {ideal:.2} s, ratio {:.2}",
            calls - fewest,
            took.as_secs_f64(),
            took.as_secs_f64() / ideal,
        );
    }
    if check && slow {
        eprintln!("a ratio is above {LIMIT}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn measure(case: &Case) -> (u64, Duration) {
    let emulator = emulator(None);
    fill(&emulator, case).await;
    let (calls, fewest, took) = read(emulator, LATENCY, case.parallelism).await;
    assert_eq!(calls, fewest, "no call too many");
    (calls, took)
}

/// Reads an organization from a service that throttles, without being told its rate.
async fn throttled(rate: f64) -> (u64, u64, Duration) {
    let source = emulator(None);
    fill(&source, &CASES[0]).await;
    let state = control(&source, "GET", Bytes::new()).await;
    let emulator = emulator(Some(rate));
    control(&emulator, "PUT", state).await;
    let fast = Duration::from_millis(5);
    read(emulator, fast, CASES[0].parallelism).await
}

fn emulator(rate: Option<f64>) -> Emulator {
    Emulator::open(&Options {
        organizations: vec![OrganizationSeed {
            alias: "acme".to_owned(),
            domains: vec!["example.com".to_owned()],
        }],
        rate,
        ..Options::default()
    })
    .expect("an emulator in memory")
}

/// Calls, the fewest that can do, and how long it took.
async fn read(emulator: Emulator, latency: Duration, parallelism: usize) -> (u64, u64, Duration) {
    let connect = Connect {
        test_credentials: true,
        read_parallelism: parallelism,
        http_client: Some(SharedHttpClient::new(Slow(emulator, latency))),
        ..Connect::default()
    };
    let client = Client::connect(&connect).await.expect("nothing is missing");
    let organization = DesiredOrganization {
        alias: "acme".to_owned(),
        ..DesiredOrganization::default()
    };
    let needs = Needs::everything(KINDS);
    let start = Instant::now();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let read = live::read(&client, KINDS, &organization, &needs, now).await;
    let took = start.elapsed();
    let (snapshot, _) = read.expect("the organization is there");
    let unknown = serde_json::to_string(&snapshot).expect("JSON");
    assert!(!unknown.contains("hrottl"), "nothing is lost");
    (snapshot.calls, snapshot.lower_bound, took)
}

async fn control(emulator: &Emulator, method: &str, body: Bytes) -> Bytes {
    let request = http::Request::builder()
        .method(method)
        .uri("/_emulator/state")
        .body(body)
        .expect("a request");
    let reply = emulator.handle(request).await.expect("a reply");
    assert!(reply.status().is_success(), "{reply:?}");
    reply.into_body()
}

async fn fill(emulator: &Emulator, case: &Case) {
    let listed = ask(emulator, "ListOrganizations", json!({})).await;
    let organization = listed["OrganizationSummaries"][0]["OrganizationId"].clone();
    let kinds = [
        ("User", case.users),
        ("Group", case.groups),
        ("Resource", case.rooms),
    ];
    for (kind, count) in kinds {
        for number in 0..count {
            let name = format!("{}{number}", kind.to_lowercase());
            let mut input = json!({"OrganizationId": organization, "Name": name});
            match kind {
                "User" => input["DisplayName"] = json!(name),
                "Resource" => input["Type"] = json!("ROOM"),
                _ => {}
            }
            let made = ask(emulator, &format!("Create{kind}"), input).await;
            let register = json!({
                "OrganizationId": organization,
                "EntityId": made[format!("{kind}Id")],
                "Email": format!("{name}@example.com"),
            });
            ask(emulator, "RegisterToWorkMail", register).await;
        }
    }
}

async fn ask(emulator: &Emulator, operation: &str, input: Value) -> Value {
    let request = http::Request::post("/")
        .header("x-amz-target", format!("WorkMailService.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request",
        )
        .body(Bytes::from(input.to_string()))
        .expect("a request");
    let reply = emulator.handle(request).await.expect("a reply");
    assert!(reply.status().is_success(), "{operation}: {reply:?}");
    serde_json::from_slice(reply.body()).expect("JSON")
}

/// Hands requests to an emulator, each after its latency.
#[derive(Clone, Debug)]
struct Slow(Emulator, Duration);

impl HttpClient for Slow {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Slow {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self(emulator, latency) = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let request =
                request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
            tokio::time::sleep(latency).await;
            let reply = emulator
                .handle(request)
                .await
                .map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(reply.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
