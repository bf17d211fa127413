//! An emulated organization inside the process, and the real client talking to it without a socket.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_workmail::config::SharedHttpClient;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use workmailctl::client::{Client, Connect};
use workmailctl::emulator::{Behaviors, Emulator, Options, OrganizationSeed};
use workmailctl::kinds::KINDS;
use workmailctl::live::{Needs, read};
use workmailctl::model::{DesiredOrganization, Snapshot};

use super::connector::{Cut, InProcess};
use super::mishap::{self, Way};

/// An organization with the domain `example.com`.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    /// Cuts the client off.
    pub(crate) cut: Cut,
    /// What happens to the client's requests.
    pub(crate) way: Way,
    id: String,
}

impl World {
    /// A new one, with these switches of the emulator.
    pub(crate) async fn new(switches: &[&str]) -> Self {
        Self::of(&["example.com"], switches).await
    }

    /// A new one with these domains.
    pub(crate) async fn of(domains: &[&str], switches: &[&str]) -> Self {
        let mut behaviors = Behaviors::default();
        for switch in switches {
            behaviors.set(switch).expect("a switch of the emulator");
        }
        let options = Options {
            organizations: vec![OrganizationSeed {
                alias: "acme".to_owned(),
                domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
            }],
            behaviors,
            ..Options::default()
        };
        let emulator = Emulator::open(&options).expect("an emulator in memory");
        Self::in_front_of(emulator, &Connect::default()).await
    }

    /// Another one in this state, as `GET /_emulator/state` told it, with a client that waits so long for
    /// a request.
    pub(crate) async fn restored(state: &Value, switches: &[&str], timeout: Duration) -> Self {
        let mut behaviors = Behaviors::default();
        for switch in switches {
            behaviors.set(switch).expect("a switch of the emulator");
        }
        let options = Options {
            behaviors,
            ..Options::default()
        };
        let emulator = Emulator::open(&options).expect("an emulator in memory");
        control(&emulator, "PUT", "/_emulator/state", state).await;
        let connect = Connect {
            timeout: Some(timeout),
            ..Connect::default()
        };
        Self::in_front_of(emulator, &connect).await
    }

    /// Somebody else in front of the same emulator, with a client and a way of their own.
    pub(crate) async fn another(&self) -> Self {
        Self::in_front_of(self.emulator.clone(), &Connect::default()).await
    }

    async fn in_front_of(emulator: Emulator, connect: &Connect) -> Self {
        let organizations = ask(&emulator, "ListOrganizations", json!({})).await;
        let id = organizations["OrganizationSummaries"][0]["OrganizationId"]
            .as_str()
            .expect("there is one organization")
            .to_owned();
        let (cut, way) = (Cut::default(), Way::default());
        let client = connected(&emulator, (&cut, &way), connect).await;
        let client = client.for_organization(&id);
        Self {
            emulator,
            client,
            cut,
            way,
            id,
        }
    }

    /// Another client, that sends no more than this many requests a second.
    pub(crate) async fn client_at(&self, rate: f64) -> Client {
        let connect = Connect {
            rate: Some(rate),
            ..Connect::default()
        };
        let client = connected(&self.emulator, (&self.cut, &self.way), &connect).await;
        client.for_organization(&self.id)
    }

    /// The id of the organization.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// A registered user, `NAME@example.com`, with these aliases. Returns the id.
    pub(crate) async fn user(&self, name: &str, aliases: &[&str]) -> String {
        let made = self
            .ask("CreateUser", json!({"Name": name, "DisplayName": name}))
            .await;
        let id = made["UserId"].as_str().expect("an id").to_owned();
        let email = format!("{name}@example.com");
        self.ask(
            "RegisterToWorkMail",
            json!({"EntityId": id, "Email": email}),
        )
        .await;
        for alias in aliases {
            let alias = format!("{alias}@example.com");
            self.ask("CreateAlias", json!({"EntityId": id, "Alias": alias}))
                .await;
        }
        id
    }

    /// Asks the emulator past the client. The organization's id is filled in.
    pub(crate) async fn ask(&self, operation: &str, mut input: Value) -> Value {
        input["OrganizationId"] = json!(self.id);
        // Lag is counted in calls, so that asking again gets through it.
        for _ in 0..20 {
            if let Ok(reply) = try_ask(&self.emulator, operation, input.clone()).await {
                return reply;
            }
        }
        ask(&self.emulator, operation, input).await
    }

    /// The addresses of a user, the primary one first.
    pub(crate) async fn addresses(&self, name: &str) -> Vec<String> {
        let user = self.ask("DescribeUser", json!({"UserId": name})).await;
        let primary = user["Email"].as_str().unwrap_or_default().to_owned();
        let listed = self
            .ask(
                "ListAliases",
                json!({"EntityId": user["UserId"], "MaxResults": 100}),
            )
            .await;
        let aliases = listed["Aliases"].as_array().into_iter().flatten();
        let mut aliases: Vec<String> = aliases
            .filter_map(Value::as_str)
            .filter(|alias| *alias != primary)
            .map(str::to_owned)
            .collect();
        aliases.sort();
        [vec![primary], aliases].concat()
    }

    /// Puts a fault in place.
    pub(crate) async fn fault(&self, fault: &str) {
        self.control("POST", "/_emulator/faults", json!(fault))
            .await;
    }

    /// Takes every fault away.
    pub(crate) async fn clear_faults(&self) {
        self.control("DELETE", "/_emulator/faults", Value::Null)
            .await;
    }

    /// How often each operation was called.
    pub(crate) async fn calls(&self) -> BTreeMap<String, u64> {
        let stats = self.control("GET", "/_emulator/stats", Value::Null).await;
        serde_json::from_value(stats["calls"].clone()).expect("counts")
    }

    /// Every write that had its effect, as `OPERATION ID`, and which ones were refused.
    pub(crate) async fn effects(&self) -> Vec<(String, Value)> {
        let stats = self.control("GET", "/_emulator/stats", Value::Null).await;
        let log = stats["log"].as_array().expect("a log").clone();
        log.into_iter()
            .filter(|entry| entry["write"] == true && entry["outcome"] == "ok")
            .map(|entry| {
                let operation = entry["operation"].as_str().expect("a name").to_owned();
                (operation, entry["input"].clone())
            })
            .collect()
    }

    /// Forgets what was asked so far.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        control(&self.emulator, method, path, &body).await
    }

    /// The whole organization, as the client reads it.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        let organization = DesiredOrganization {
            alias: "acme".to_owned(),
            ..DesiredOrganization::default()
        };
        let needs = Needs {
            domain_details: ["example.com".to_owned()].into(),
            ..Needs::everything(KINDS)
        };
        let now = jiff::Timestamp::UNIX_EPOCH;
        let read = Box::pin(read(&self.client, KINDS, &organization, &needs, now)).await;
        read.expect("the organization is there").0
    }
}

async fn connected(emulator: &Emulator, (cut, way): (&Cut, &Way), connect: &Connect) -> Client {
    let connect = Connect {
        endpoint_url: Some("http://emulator.test".to_owned()),
        region: Some("eu-west-1".to_owned()),
        test_credentials: true,
        http_client: Some(SharedHttpClient::new(InProcess::new(emulator, cut, way))),
        ..connect.clone()
    };
    Client::connect(&connect).await.expect("nothing is missing")
}

async fn control(emulator: &Emulator, method: &str, path: &str, body: &Value) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Bytes::from(body.to_string()))
        .expect("a request");
    let reply = emulator.handle(request).await.expect("a reply");
    assert!(reply.status().is_success(), "{path}: {reply:?}");
    serde_json::from_slice(reply.body()).unwrap_or(Value::Null)
}

async fn ask(emulator: &Emulator, operation: &str, input: Value) -> Value {
    let reply = try_ask(emulator, operation, input).await;
    reply.unwrap_or_else(|refusal| panic!("{operation}: {refusal}"))
}

async fn try_ask(emulator: &Emulator, operation: &str, input: Value) -> Result<Value, String> {
    let reply = emulator
        .handle(mishap::request(operation, &input))
        .await
        .expect("no fault is in place");
    let body = String::from_utf8_lossy(reply.body()).into_owned();
    if !reply.status().is_success() {
        return Err(body);
    }
    Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
}
