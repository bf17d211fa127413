//! An emulated organization in the process, asked without a client: what is sent and what comes back.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use workmailctl::emulator::{Behaviors, ClockKind, Emulator, Options, OrganizationSeed};

/// What a signed request of a client has.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request, \
     SignedHeaders=host, Signature=00";

/// The organization `acme` with the domains `example.com` and `example.org`, and who is in it.
pub(crate) struct Emulated {
    emulator: Emulator,
    /// The buckets of Amazon S3; there is one, `mail`.
    buckets: TempDir,
    /// What stands behind `$name` in requests.
    pub(crate) names: BTreeMap<String, Value>,
}

impl Emulated {
    /// Users ana and bob, group staff and resource room are registered, user eve is not.
    pub(crate) async fn new(behaviors: Behaviors) -> Self {
        let buckets = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(buckets.path().join("mail")).expect("a bucket");
        let options = Options {
            s3: Some(buckets.path().to_owned()),
            organizations: vec![OrganizationSeed {
                alias: "acme".to_owned(),
                domains: vec!["example.com".to_owned(), "example.org".to_owned()],
            }],
            behaviors,
            clock: ClockKind::Virtual { tick: 1.0 },
            ..Options::default()
        };
        let mut world = Self {
            emulator: Emulator::open(&options).expect("an emulator in memory"),
            buckets,
            names: BTreeMap::new(),
        };
        let organizations = world.made("ListOrganizations", json!({})).await;
        let id = organizations["OrganizationSummaries"][0]["OrganizationId"].clone();
        world.names.insert("organization".to_owned(), id);
        for name in ["ana", "bob", "eve"] {
            let input =
                json!({"OrganizationId": "$organization", "Name": name, "DisplayName": name});
            world.has("CreateUser", input, "UserId", name).await;
        }
        let input = json!({"OrganizationId": "$organization", "Name": "staff"});
        world.has("CreateGroup", input, "GroupId", "staff").await;
        let input = json!({"OrganizationId": "$organization", "Name": "room", "Type": "ROOM"});
        world
            .has("CreateResource", input, "ResourceId", "room")
            .await;
        for name in ["ana", "bob", "staff", "room"] {
            let email = format!("{name}@example.com");
            let input = json!({"OrganizationId": "$organization", "EntityId": format!("${name}"), "Email": email});
            // Where reads lag behind, asking again gets through.
            for attempt in 1.. {
                match world.ask("RegisterToWorkMail", input.clone()).await {
                    Ok(_) => break,
                    Err(refusal) => assert!(attempt < 20, "{name}: {refusal}"),
                }
            }
        }
        world
    }

    /// Asks for an operation, with every `$name` filled in. A refusal is told by its code.
    pub(crate) async fn ask(&self, operation: &str, input: Value) -> Result<Value, String> {
        let request = Request::post("/")
            .header("x-amz-target", format!("WorkMailService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", AUTHORIZATION)
            .body(Bytes::from(self.filled(input).to_string()))
            .expect("a request");
        self.told(request).await
    }

    /// Asks the Message Flow API, with every `$name` filled in. A reply that is no JSON is a text.
    pub(crate) async fn flow(
        &self,
        method: &str,
        path: &str,
        input: Value,
    ) -> Result<Value, String> {
        let body = match input {
            Value::Null => Bytes::new(),
            input => Bytes::from(self.filled(input).to_string()),
        };
        let request = Request::builder()
            .method(method)
            .uri(self.path(path))
            .header("authorization", AUTHORIZATION)
            .body(body)
            .expect("a request");
        self.told(request).await
    }

    async fn told(&self, request: Request<Bytes>) -> Result<Value, String> {
        let reply = self.emulator.handle(request).await.expect("no faults");
        let text = || Value::from(String::from_utf8_lossy(reply.body()));
        let body: Value = serde_json::from_slice(reply.body()).unwrap_or_else(|_| text());
        if reply.status().is_success() {
            return Ok(body);
        }
        let code = body["__type"].as_str().unwrap_or_default();
        Err(code.rsplit('#').next().unwrap_or_default().to_owned())
    }

    /// Writes an object; `bucket/key` is its name.
    pub(crate) fn put_object(&self, name: &str, content: &str) {
        let path = self.buckets.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, content).expect("it can be written");
    }

    /// What is in an object, if it is there.
    pub(crate) fn object(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.buckets.path().join(name)).ok()
    }

    /// A path with its `$name` filled in.
    pub(crate) fn path(&self, path: &str) -> String {
        let parts = path.split('/').map(|part| {
            let name = part.strip_prefix('$').and_then(|name| self.names.get(name));
            name.and_then(Value::as_str).unwrap_or(part)
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Asks an endpoint under `/_emulator`, with every `$name` filled in.
    pub(crate) async fn control(
        &self,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<Value, String> {
        let body = match body {
            Value::Null => Bytes::new(),
            body => Bytes::from(self.filled(body).to_string()),
        };
        let request = Request::builder().method(method).uri(path).body(body);
        let reply = self.emulator.handle(request.expect("a request")).await;
        let reply = reply.expect("no faults");
        if reply.status().is_success() {
            Ok(serde_json::from_slice(reply.body()).unwrap_or(Value::Null))
        } else {
            Err(reply.status().as_u16().to_string())
        }
    }

    /// Asks for what is not refused.
    pub(crate) async fn made(&self, operation: &str, input: Value) -> Value {
        let reply = self.ask(operation, input).await;
        reply.unwrap_or_else(|code| panic!("{operation}: {code}"))
    }

    /// The whole state.
    pub(crate) async fn state(&self) -> Value {
        let state = self.control("GET", "/_emulator/state", Value::Null).await;
        state.expect("the state")
    }

    async fn has(&mut self, operation: &str, input: Value, member: &str, name: &str) {
        let made = self.made(operation, input).await;
        self.names.insert(name.to_owned(), made[member].clone());
    }

    fn filled(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) if self.names.contains_key(name) => self.names[name].clone(),
                _ => Value::String(text),
            },
            Value::Array(items) => items.into_iter().map(|item| self.filled(item)).collect(),
            Value::Object(map) => {
                let filled = map
                    .into_iter()
                    .map(|(key, value)| (key, self.filled(value)));
                Value::Object(filled.collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}
