//! A service that is down, refuses, throttles or talks nonsense: one sentence, the exit code, and
//! nothing that looks like an empty organization.
#![expect(
    clippy::disallowed_methods,
    reason = "it measures how long the client waits"
)]

use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use workmailctl::client::{ApiError, ApiErrorKind, Client, Connect};
use workmailctl::live::{Needs, ReadError};

use super::loopback::Loopback;
use super::world::{World, acme, client, lists, read};

/// Nothing could be read: the exit code, and the error itself.
async fn failure(connect: &Connect) -> (u8, ApiError) {
    let client = client(connect).await;
    let error = read(&client, &acme(), &Needs::default())
        .await
        .expect_err("nothing can be read");
    assert!(
        error.to_string().contains("nothing could be read"),
        "{error}"
    );
    let code = error.exit_code();
    match error {
        ReadError::Api { source, .. } => (code, source),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn html_with_a_good_status_is_garbled() {
    let html = "<html><body>Please log in</body></html>";
    let server = Loopback::new("200 OK", "text/html", html).await;
    let (code, error) = failure(&server.connect()).await;
    assert_eq!((code, error.kind), (1, ApiErrorKind::Garbled));
    assert_eq!(error.request_id.as_deref(), Some("4f-loopback"));
    assert!(!error.to_string().contains("<html>"), "{error}");
}

#[tokio::test]
async fn json_of_somebody_else_is_no_empty_organization() {
    let server = Loopback::new("200 OK", "application/json", r#"{"status":"ok"}"#).await;
    let (code, error) = failure(&server.connect()).await;
    assert_eq!((code, error.kind), (1, ApiErrorKind::Garbled));
    assert_eq!(error.request_id.as_deref(), Some("4f-loopback"));
}

#[tokio::test]
async fn a_reply_of_the_wrong_shape_is_garbled() {
    let body = r#"{"OrganizationSummaries":"none"}"#;
    let server = Loopback::new("200 OK", "application/x-amz-json-1.1", body).await;
    let (code, error) = failure(&server.connect()).await;
    assert_eq!((code, error.kind), (1, ApiErrorKind::Garbled));
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_garbled() {
    let reply = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: 500\r\n\r\n{\"Organi";
    let server = Loopback::raw(reply.to_owned()).await;
    let (code, error) = failure(&server.connect()).await;
    assert_eq!((code, error.kind), (1, ApiErrorKind::Garbled));
    assert_eq!(error.attempts, 3, "a broken transfer may pass");
}

#[tokio::test]
async fn what_a_proxy_forbids_is_denied() {
    let server = Loopback::new("403 Forbidden", "text/html", "<html>no</html>").await;
    let (code, error) = failure(&server.connect()).await;
    assert_eq!((code, error.kind), (77, ApiErrorKind::Denied));
    assert_eq!(
        server.requests().len(),
        usize::try_from(error.attempts).expect("few")
    );
}

#[tokio::test]
async fn expired_credentials_are_denied_without_a_second_try() {
    let body = r#"{"__type":"ExpiredTokenException","Message":"The token has expired.\n\nx-amz-security-token:secret"}"#;
    let server = Loopback::new("400 Bad Request", "application/x-amz-json-1.1", body).await;
    let (code, error) = failure(&server.connect()).await;
    assert_eq!((code, error.attempts), (77, 1));
    let text = error.to_string();
    assert!(text.contains("The token has expired."), "{text}");
    assert!(
        text.contains("4f-loopback") && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test]
async fn a_refused_connection_is_told_soon() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let connect = Connect {
        endpoint_url: Some(format!("http://{address}")),
        test_credentials: true,
        ..Connect::default()
    };
    let start = Instant::now();
    let (code, error) = failure(&connect).await;
    assert_eq!((code, error.kind), (69, ApiErrorKind::Unreachable));
    assert!(error.message.contains("refused"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_slow_service_is_given_up() {
    let world = World::new().await;
    world.faults(&["ListOrganizations:delay=20000ms"]).await;
    let connect = Connect {
        timeout: Some(Duration::from_millis(300)),
        ..world.connect()
    };
    let start = Instant::now();
    let (code, error) = failure(&connect).await;
    assert_eq!((code, error.kind), (69, ApiErrorKind::Unreachable));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn throttling_without_end_is_told_as_such_even_if_time_runs_out() {
    let world = World::new().await;
    world.faults(&["ListOrganizations:throttle"]).await;
    let connect = Connect {
        timeout: Some(Duration::from_millis(500)),
        ..world.connect()
    };
    let (code, error) = failure(&connect).await;
    assert_eq!((code, error.kind), (75, ApiErrorKind::Throttled));
}

#[tokio::test]
async fn a_failing_service_is_tried_again() {
    let world = World::new().await;
    world.reset().await;
    world
        .faults(&[
            "ListOrganizations:500@1-2",
            "ListUsers:error=DirectoryUnavailableException@1",
        ])
        .await;
    let snapshot = world.snapshot(&lists(&["user"])).await;
    assert!(snapshot.listed("user").is_certain());
    assert_eq!(world.called("ListOrganizations").await, 3);
    assert_eq!(world.called("ListUsers").await, 2);
    assert_eq!(snapshot.calls, 3 + 1 + 2);
}

#[tokio::test]
async fn a_quota_is_not_tried_again() {
    let world = World::new().await;
    world
        .faults(&["ListUsers:error=LimitExceededException"])
        .await;
    let snapshot = world.snapshot(&lists(&["user"])).await;
    assert!(snapshot.listed("user").unknown().is_some());
    assert_eq!(world.called("ListUsers").await, 1);
}

#[tokio::test]
async fn an_answer_that_was_lost_shows_in_the_attempts() {
    let world = World::new().await;
    world.faults(&["CreateUser:reply-lost@1"]).await;
    let client = world.client().await;
    let request = client
        .workmail()
        .create_user()
        .organization_id(&world.id)
        .name("ana")
        .display_name("Ana");
    let error = client
        .send(request.send())
        .await
        .expect_err("the first attempt made the user");
    assert_eq!(error.code.as_deref(), Some("NameAvailabilityException"));
    assert_eq!(error.attempts, 2);
}

#[tokio::test]
async fn https_is_spoken() {
    let server = Loopback::raw(String::new()).await;
    let connect = Connect {
        endpoint_url: Some(format!("https://127.0.0.1:{}", server.port())),
        timeout: Some(Duration::from_secs(2)),
        ..server.connect()
    };
    let (code, _) = failure(&connect).await;
    assert_eq!(code, 69);
    let requests = server.requests();
    let hello = requests.first().expect("a connection");
    assert_eq!(
        hello.first(),
        Some(&0x16),
        "the beginning of a TLS handshake"
    );
}

#[tokio::test]
async fn what_cannot_be_is_told_before_anything_is_sent() {
    for endpoint in ["localhost:8080", "http://", "https:///", "http://a b"] {
        let connect = Connect {
            endpoint_url: Some(endpoint.to_owned()),
            test_credentials: true,
            ..Connect::default()
        };
        let error = Client::connect(&connect).await.expect_err(endpoint);
        assert_eq!(error.exit_code(), 64);
    }
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let connect = Connect {
            rate: Some(rate),
            test_credentials: true,
            ..Connect::default()
        };
        assert!(Client::connect(&connect).await.is_err(), "{rate}");
    }
}

#[tokio::test]
async fn the_plan_is_named_in_every_request() {
    let server = Loopback::new("403 Forbidden", "text/html", "").await;
    let client = client(&server.connect())
        .await
        .with_app_name("workmailctl/4f c3");
    let error = read(&client, &acme(), &Needs::default()).await;
    assert!(error.is_err());
    let request = String::from_utf8_lossy(&server.requests()[0]).to_lowercase();
    assert!(request.contains("app/workmailctl-4f-c3"), "{request}");
}

#[tokio::test]
async fn an_endpoint_of_ones_own_is_not_told_to_sts() {
    let world = World::new().await;
    assert!(world.client().await.caller().await.is_none());
}
