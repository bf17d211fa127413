//! `TestAvailabilityConfiguration` really calls the endpoint, on this machine only, and tells what it met.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use workmailctl::emulator::Behaviors;

use crate::support::emulated::Emulated;

const ENVELOPE: &str = "<?xml version=\"1.0\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\
                        <s:Body><m:GetServerTimeZonesResponse xmlns:m=\"m\"/></s:Body></s:Envelope>";

/// `svc@example.net:Köder:9` in UTF-8 and base64.
const CREDENTIALS: &str = "\r\nauthorization: Basic c3ZjQGV4YW1wbGUubmV0OkvDtmRlcjo5\r\n";

/// What is said of anything that is not on this machine.
const ELSEWHERE: &str = "The emulator connects to http://127.0.0.1 and http://localhost only.";

/// An endpoint that answers one call, and what it was sent.
async fn endpoint(reply: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut sent = Vec::new();
        while !sent.ends_with(b"Envelope>") {
            let read = stream.read_buf(&mut sent).await.expect("a request");
            assert_ne!(read, 0, "the request ends in its middle");
        }
        stream.write_all(reply.as_bytes()).await.expect("a reply");
        String::from_utf8(sent).expect("UTF-8")
    });
    (format!("http://127.0.0.1:{port}/EWS/Exchange.asmx"), served)
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn provider(endpoint: &str) -> Value {
    json!({"EwsEndpoint": endpoint, "EwsUsername": "svc@example.net", "EwsPassword": "Köder:9"})
}

async fn tested(world: &Emulated, endpoint: &str) -> Value {
    let input = json!({"OrganizationId": "$organization", "EwsProvider": provider(endpoint)});
    world.made("TestAvailabilityConfiguration", input).await
}

fn failed(reason: &str) -> Value {
    json!({"TestPassed": false, "FailureReason": reason})
}

#[tokio::test]
async fn an_endpoint_that_lets_the_user_in_passes() {
    let world = Emulated::new(Behaviors::default()).await;
    let (url, served) = endpoint(answer("200 OK", ENVELOPE)).await;
    assert_eq!(tested(&world, &url).await, json!({"TestPassed": true}));
    let sent = served.await.expect("a call");
    assert!(
        sent.starts_with("POST /EWS/Exchange.asmx HTTP/1.1\r\n"),
        "{sent}"
    );
    assert!(sent.contains("\r\nhost: 127.0.0.1:"), "{sent}");
    assert!(sent.contains(CREDENTIALS), "{sent}");
}

#[tokio::test]
async fn what_an_endpoint_does_wrong_is_told() {
    let world = Emulated::new(Behaviors::default()).await;
    let fault = ENVELOPE.replace("m:GetServerTimeZonesResponse", "s:Fault");
    for (reply, reason) in [
        (
            answer("401 Unauthorized", ""),
            "The endpoint answered with status 401 Unauthorized.",
        ),
        (
            answer("302 Found\r\nLocation: http://127.0.0.1:1/", ""),
            "The endpoint answered with status 302 Found.",
        ),
        (
            answer("200 OK", "<html>Sign in</html>"),
            "The reply is no SOAP envelope.",
        ),
        (
            answer("200 OK", &fault),
            "The endpoint answered with a SOAP fault.",
        ),
        (
            "220 mail ESMTP ready\r\n".to_owned(),
            "The reply is no HTTP.",
        ),
        (String::new(), "The connection ended without a reply."),
    ] {
        let (url, served) = endpoint(reply).await;
        assert_eq!(tested(&world, &url).await, failed(reason));
        served.await.expect("a call");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let reply = tested(&world, &format!("http://localhost:{port}/")).await;
    assert_eq!(reply, failed("The connection was refused."));
}

#[tokio::test]
async fn nothing_is_called_elsewhere() {
    let world = Emulated::new(Behaviors::default()).await;
    for url in [
        "http://mail.example.net/EWS/Exchange.asmx",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/EWS/Exchange.asmx",
        "http://localhost.example.net/",
    ] {
        assert_eq!(tested(&world, url).await, failed(ELSEWHERE), "{url}");
    }
}

/// The state is not locked while an endpoint takes its time.
#[tokio::test]
async fn others_are_answered_while_an_endpoint_is_silent() {
    let world = Emulated::new(Behaviors::default()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let url = format!("http://127.0.0.1:{port}/");
    let mut silent = std::pin::pin!(tested(&world, &url));
    let connection = tokio::select! {
        reply = &mut silent => panic!("{reply}"),
        connection = listener.accept() => connection.expect("a connection"),
    };
    tokio::select! {
        biased;
        reply = &mut silent => panic!("{reply}"),
        _ = world.made("ListUsers", json!({"OrganizationId": "$organization"})) => {}
    }
    assert_eq!(silent.await, failed("No reply came within 3 seconds."));
    drop(connection);
}

/// A stored configuration is tested with its password, which stands nowhere, and is gone after a restart.
#[tokio::test]
async fn a_stored_password_is_sent_and_never_told() {
    let world = Emulated::new(Behaviors::default()).await;
    let (url, served) = endpoint(answer("200 OK", ENVELOPE)).await;
    let by_domain = json!({"OrganizationId": "$organization", "DomainName": "partner.example"});
    let mut input = by_domain.clone();
    input["EwsProvider"] = provider(&url);
    input["ClientToken"] = json!("token");
    world
        .made("CreateAvailabilityConfiguration", input.clone())
        .await;
    let test = "TestAvailabilityConfiguration";
    let reply = world.made(test, by_domain.clone()).await;
    assert_eq!(reply, json!({"TestPassed": true}));
    let sent = served.await.expect("a call");
    assert!(sent.contains(CREDENTIALS), "{sent}");

    let state = world.state().await;
    let statistics = world.control("GET", "/_emulator/stats", Value::Null).await;
    let statistics = statistics.expect("statistics");
    for told in [&state, &statistics] {
        assert!(!told.to_string().contains("Köder"), "{told}");
    }
    // The same token with another password is another request.
    input["EwsProvider"]["EwsPassword"] = json!("other");
    let refused = world.ask("CreateAvailabilityConfiguration", input).await;
    assert_eq!(refused, Err("InvalidParameterException".to_owned()));

    let restored = world.control("PUT", "/_emulator/state", state).await;
    restored.expect("the state is taken back");
    let reply = world.made(test, by_domain).await;
    let reason = reply["FailureReason"].as_str().expect("a reason");
    assert!(reason.starts_with("The emulator was restarted"), "{reason}");
}
