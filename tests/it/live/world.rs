//! An emulator in the process, and a client that reaches it without a socket.

use std::io;

use aws_sdk_workmail::config::SharedHttpClient;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use workmailctl::client::{Client, Connect};
use workmailctl::emulator::{Behaviors, Emulator, Options, OrganizationSeed};
use workmailctl::kinds::KINDS;
use workmailctl::live::{self, Needs, Piece, ReadError};
use workmailctl::model::{DesiredOrganization, Snapshot, Target};

/// The SDK's HTTP client with an emulator in the place of the network.
#[derive(Clone, Debug)]
struct InProcess {
    emulator: Emulator,
    /// An operation, and what is answered instead of the emulator's reply to it.
    instead: Option<(String, Value)>,
}

impl InProcess {
    fn instead(&self, operation: Option<&str>) -> Option<http::Response<Bytes>> {
        let (name, reply) = self.instead.as_ref()?;
        operation?.ends_with(&format!(".{name}")).then(|| {
            http::Response::builder()
                .header("content-type", "application/x-amz-json-1.1")
                .body(Bytes::from(reply.to_string()))
                .expect("a reply")
        })
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let emulator = self.emulator.clone();
        let instead = self.instead(request.headers().get("x-amz-target"));
        HttpConnectorFuture::new(async move {
            let request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let request =
                request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
            let reset = io::Error::from(io::ErrorKind::ConnectionReset);
            let reply = match instead {
                Some(reply) => reply,
                None => emulator
                    .handle(request)
                    .await
                    .map_err(|_| ConnectorError::io(reset.into()))?,
            };
            HttpResponse::try_from(reply.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The organization `acme` with the domain `example.com`.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) id: String,
}

impl World {
    /// A new one.
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), &[]).await
    }

    /// A new one with these options and switches of the emulator.
    pub(crate) async fn with(options: Options, switches: &[&str]) -> Self {
        let mut behaviors = Behaviors::default();
        for switch in switches {
            behaviors.set(switch).expect("a switch of the emulator");
        }
        let options = Options {
            organizations: vec![OrganizationSeed {
                alias: "acme".to_owned(),
                domains: vec!["example.com".to_owned()],
            }],
            behaviors,
            ..options
        };
        let emulator = Emulator::open(&options).expect("an emulator in memory");
        let mut world = Self {
            emulator,
            id: String::new(),
        };
        let listed = world.ask("ListOrganizations", json!({})).await;
        world.id = text(&listed["OrganizationSummaries"][0]["OrganizationId"]);
        world
    }

    /// What connects to it.
    pub(crate) fn connect(&self) -> Connect {
        self.connect_through(None)
    }

    /// Reads what is needed from a service that answers this to an operation.
    pub(crate) async fn snapshot_with(
        &self,
        needs: &Needs,
        operation: &str,
        reply: Value,
    ) -> Snapshot {
        let connect = self.connect_through(Some((operation.to_owned(), reply)));
        let client = client(&connect).await;
        let read = read(&client, &acme(), needs).await;
        read.expect("the organization is there")
    }

    fn connect_through(&self, instead: Option<(String, Value)>) -> Connect {
        let in_process = InProcess {
            emulator: self.emulator.clone(),
            instead,
        };
        Connect {
            test_credentials: true,
            region: Some("eu-west-1".to_owned()),
            http_client: Some(SharedHttpClient::new(in_process)),
            ..Connect::default()
        }
    }

    /// A client of it.
    pub(crate) async fn client(&self) -> Client {
        client(&self.connect()).await
    }

    /// Reads what is needed.
    pub(crate) async fn read(&self, needs: &Needs) -> Result<Snapshot, ReadError> {
        read(&self.client().await, &acme(), needs).await
    }

    /// Reads what is needed; the organization itself can be read.
    pub(crate) async fn snapshot(&self, needs: &Needs) -> Snapshot {
        self.read(needs).await.expect("the organization is there")
    }

    /// Asks the emulator past the client. The organization's id is filled in.
    pub(crate) async fn ask(&self, operation: &str, mut input: Value) -> Value {
        if !matches!(operation, "ListOrganizations" | "TagResource") {
            input["OrganizationId"] = json!(self.id);
        }
        let request = http::Request::post("/")
            .header("x-amz-target", format!("WorkMailService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request, \
                 SignedHeaders=host, Signature=00",
            )
            .body(Bytes::from(input.to_string()))
            .expect("a request");
        let reply = self.emulator.handle(request).await.expect("a reply");
        let body = String::from_utf8_lossy(reply.body()).into_owned();
        assert!(reply.status().is_success(), "{operation}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// A user `NAME@example.com` who is registered.
    pub(crate) async fn user(&self, name: &str) -> String {
        let id = self.idle_user(name).await;
        self.register(&id, name).await;
        id
    }

    /// A user who was never registered.
    pub(crate) async fn idle_user(&self, name: &str) -> String {
        let input = json!({"Name": name, "DisplayName": format!("The {name}")});
        text(&self.ask("CreateUser", input).await["UserId"])
    }

    /// A registered group.
    pub(crate) async fn group(&self, name: &str) -> String {
        let id = text(&self.ask("CreateGroup", json!({"Name": name})).await["GroupId"]);
        self.register(&id, name).await;
        id
    }

    /// A registered room.
    pub(crate) async fn room(&self, name: &str) -> String {
        let input = json!({"Name": name, "Type": "ROOM", "Description": "with a view"});
        let id = text(&self.ask("CreateResource", input).await["ResourceId"]);
        self.register(&id, name).await;
        id
    }

    /// Registers as `NAME@example.com`.
    pub(crate) async fn register(&self, id: &str, name: &str) {
        let email = format!("{name}@example.com");
        let input = json!({"EntityId": id, "Email": email});
        self.ask("RegisterToWorkMail", input).await;
    }

    /// Forgets counts and faults.
    pub(crate) async fn reset(&self) {
        self.control("POST", "/_emulator/reset", Value::Null).await;
    }

    /// Puts faults in the place of those that were there.
    pub(crate) async fn faults(&self, faults: &[&str]) {
        self.control("DELETE", "/_emulator/faults", Value::Null)
            .await;
        for fault in faults {
            self.control("POST", "/_emulator/faults", json!(fault))
                .await;
        }
    }

    /// How often an operation was called since the last reset.
    pub(crate) async fn called(&self, operation: &str) -> u64 {
        self.stats().await["calls"][operation]
            .as_u64()
            .unwrap_or_default()
    }

    /// The emulator's statistics.
    pub(crate) async fn stats(&self) -> Value {
        self.control("GET", "/_emulator/stats", Value::Null).await
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        let reply = self.emulator.handle(request).await.expect("a reply");
        assert!(reply.status().is_success(), "{path}: {reply:?}");
        serde_json::from_slice(reply.body()).unwrap_or(Value::Null)
    }
}

/// A client.
pub(crate) async fn client(connect: &Connect) -> Client {
    Client::connect(connect).await.expect("nothing is missing")
}

/// Reads what is needed of an organization.
pub(crate) async fn read(
    client: &Client,
    organization: &DesiredOrganization,
    needs: &Needs,
) -> Result<Snapshot, ReadError> {
    let read = live::read(client, KINDS, organization, needs, Timestamp::UNIX_EPOCH);
    Box::pin(read).await.map(|(snapshot, _)| snapshot)
}

/// What the manifest of `acme` says of the organization.
pub(crate) fn acme() -> DesiredOrganization {
    DesiredOrganization {
        alias: "acme".to_owned(),
        ..DesiredOrganization::default()
    }
}

/// The lists of these kinds.
pub(crate) fn lists(kinds: &[&str]) -> Needs {
    Needs {
        lists: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..Needs::default()
    }
}

/// The list of the kind, and these pieces of one of it.
pub(crate) fn pieces(target: &Target, pieces: &[Piece]) -> Needs {
    let mut needs = lists(&[target.kind()]);
    for piece in pieces {
        needs.piece(target, *piece);
    }
    needs
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
