//! The Amazon `WorkMail` API on loopback, as the reference describes it. It imports nothing of the
//! crate, so that it and the reconciler cannot share a misunderstanding.
#![expect(
    clippy::disallowed_methods,
    reason = "it is a server: it has a clock and waits"
)]
//!
//! `wire` reads a request, `constraint` checks every member, `api` looks up and changes `state`,
//! `journal` and `store` keep it. `behavior` holds a switch for each open question, `fault` what goes wrong by
//! order, `control` the endpoints under `/_emulator`, `server` the socket.

mod api;
mod behavior;
mod clock;
mod constraint;
mod control;
mod description;
mod ews;
mod fault;
mod journal;
mod mime;
mod objects;
mod page;
mod refusal;
mod secret;
mod server;
mod signature;
mod state;
mod stats;
mod store;
mod wire;
mod zip;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value};
use tokio::time::sleep;

pub use behavior::{BehaviorError, Behaviors, SWITCHES, Switch};
pub use clock::ClockKind;
pub use description::operations;
pub use fault::{FaultError, FaultSpec};
pub use server::Server;
pub use signature::SigningKey;
pub use store::StoreError;

use clock::{Clock, real};
use ews::Probe;
use fault::{FaultKind, Faults};
use journal::{Journal, Ticket};
use objects::Buckets;
use page::Pager;
use refusal::Refusal;
use state::World;
use stats::Stats;
use store::Store;

/// How an emulator is set up.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where the state is kept; none: in memory.
    pub data: Option<PathBuf>,
    /// A folder with a folder for each bucket of Amazon S3; none: `FILE.s3` beside the state, where
    /// buckets are there as soon as they are written into.
    pub s3: Option<PathBuf>,
    /// Organizations that are there from the start.
    pub organizations: Vec<OrganizationSeed>,
    /// How the switches stand.
    pub behaviors: Behaviors,
    /// How long every reply takes at least.
    pub latency: Duration,
    /// How many requests a second are answered; more are throttled.
    pub rate: Option<f64>,
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
    /// The seed of faults with a probability.
    pub seed: u64,
    /// Where the time comes from.
    pub clock: ClockKind,
    /// The key that requests must be signed with; none: any signature will do.
    pub signing_key: Option<SigningKey>,
    /// True: addresses other than loopback are allowed.
    pub allow_remote: bool,
}

/// An Active organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationSeed {
    /// Its alias.
    pub alias: String,
    /// Its mail domains, all verified.
    pub domains: Vec<String>,
}

/// A running emulator. Clones share their state.
#[derive(Clone, Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
}

/// The connection ends without a reply, as a fault says.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the connection was closed without a reply")]
pub struct ConnectionLost;

/// Why an emulator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum EmulatorError {
    /// Its file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its file holds something else.
    #[error("`{0}` is not an emulator's file: use another one")]
    Foreign(PathBuf, #[source] serde_json::Error),
    /// Its folder of buckets cannot be used.
    #[error("failed to use `{0}` for the buckets of Amazon S3")]
    Buckets(PathBuf, #[source] std::io::Error),
    /// Its address cannot be used.
    #[error("failed to listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// Its address is not on this machine.
    #[error(
        "{0} is not a loopback address: the emulator has no access control; `--allow-remote` allows it"
    )]
    Remote(std::net::SocketAddr),
    /// An organization cannot be made.
    #[error("organization `{alias}` cannot be made: {why}")]
    Organization {
        /// Its alias.
        alias: String,
        /// Why.
        why: String,
    },
}

#[derive(Debug)]
struct Inner {
    state: Mutex<Guarded>,
    behaviors: Behaviors,
    pager: Pager,
    buckets: Buckets,
    latency: Duration,
    rate: Option<f64>,
    signing_key: Option<SigningKey>,
    allow_remote: bool,
    /// How many bytes of a damaged tail were cut at the start.
    cut: u64,
}

#[derive(Debug)]
struct Guarded {
    world: World,
    journal: Option<Journal>,
    clock: Clock,
    stats: Stats,
    faults: Faults,
    calls: u64,
    bucket: f64,
    bucket_at: f64,
}

impl Emulator {
    /// An emulator with these options, its file recovered.
    pub fn open(options: &Options) -> Result<Self, EmulatorError> {
        let buckets = Buckets::of(options).map_err(|error| {
            EmulatorError::Buckets(options.s3.clone().unwrap_or_default(), error)
        })?;
        let (journal, world, cut) = match &options.data {
            None => (None, World::default(), 0),
            Some(path) => {
                let (store, recovered) = Store::open(path)?;
                let world = World::from_records(recovered.records, api::check_row)
                    .map_err(|error| EmulatorError::Foreign(path.clone(), error))?;
                (Some(Journal::new(store)), world, recovered.cut)
            }
        };
        let clock = Clock::new(options.clock, api::kept_time(&world));
        let emulator = Self {
            inner: Arc::new(Inner {
                state: Mutex::new(Guarded {
                    world,
                    journal,
                    clock,
                    stats: Stats::default(),
                    faults: Faults::new(options.faults.clone(), options.seed),
                    calls: 0,
                    bucket: options.rate.unwrap_or_default(),
                    bucket_at: real(),
                }),
                behaviors: options.behaviors.clone(),
                pager: Pager::new(*uuid::Uuid::new_v4().as_bytes()),
                buckets,
                latency: options.latency,
                rate: options.rate,
                signing_key: options.signing_key.clone(),
                allow_remote: options.allow_remote,
                cut,
            }),
        };
        for seed in &options.organizations {
            emulator.ensure_organization(&seed.alias, &seed.domains)?;
        }
        Ok(emulator)
    }

    /// How many bytes of a damaged tail of the file were cut when it was opened.
    pub fn cut_bytes(&self) -> u64 {
        self.inner.cut
    }

    /// Makes an Active organization with these domains verified, unless it is there; missing domains
    /// are added.
    pub fn ensure_organization(
        &self,
        alias: &str,
        domains: &[String],
    ) -> Result<(), EmulatorError> {
        let failed = |why: String| EmulatorError::Organization {
            alias: alias.to_owned(),
            why,
        };
        let mut guarded = self.lock();
        let now = guarded.clock.now();
        let known = |guarded: &Guarded| {
            guarded
                .world
                .organizations()
                .find(|found| found.head.alias == alias && found.head.state != "Deleted")
                .map(|found| found.head.id.clone())
        };
        let id = if let Some(id) = known(&guarded) {
            id
        } else {
            let mut input = Map::new();
            input.insert("Alias".to_owned(), Value::from(alias));
            self.answer(&mut guarded, "CreateOrganization", &input, "eu-west-1")
                .map_err(|refusal| failed(refusal.message))?;
            let id = known(&guarded).ok_or_else(|| failed("it was not made".to_owned()))?;
            let organization = guarded.world.organization_mut(&id);
            let organization = organization.map_err(|refusal| failed(refusal.message))?;
            // It is Active at once, whatever the switches say of others.
            let head = organization.head_mut();
            head.settle(f64::INFINITY);
            head.completed_at = head.completed_at.min(now);
            id
        };
        for domain in domains {
            let name = domain.to_ascii_lowercase();
            let organization = guarded
                .world
                .organization_mut(&id)
                .map_err(|refusal| failed(refusal.message))?;
            if !organization.head.domains.contains_key(&name) {
                api::add_domain(organization, &name, "VERIFIED");
            }
        }
        guarded.keep();
        Ok(())
    }

    /// Answers a request without a socket. Faults that end a connection come back as an error.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ConnectionLost> {
        if request.uri().path().starts_with("/_emulator") {
            return Ok(control::answer(self, &request).await);
        }
        let operation = wire::operation_of(&request).to_owned();
        // Names that no operation has do not pile up in the statistics.
        let counted = counted(&operation);
        let _running = Running::begin(self, counted);
        if !self.inner.latency.is_zero() {
            sleep(self.inner.latency).await;
        }
        let faults = {
            let mut guarded = self.lock();
            if self.throttles(&mut guarded) {
                vec![FaultKind::Refuse(Refusal::new(
                    "ThrottlingException",
                    "Rate exceeded",
                ))]
            } else {
                guarded.faults.decide(&operation)
            }
        };
        let mut after = Vec::new();
        for fault in faults {
            match fault {
                FaultKind::Refuse(refusal) => {
                    let input = wire::read(&request)
                        .map(|asked| asked.input)
                        .unwrap_or_default();
                    let mut guarded = self.lock();
                    let now = guarded.clock.now();
                    guarded
                        .stats
                        .decided(counted, &input, refusal.code, false, now);
                    return Ok(wire::reply(&operation, &Err(refusal)));
                }
                FaultKind::ResetBefore => return Err(ConnectionLost),
                FaultKind::Delay(time) => sleep(time).await,
                FaultKind::Garbage => {
                    let body = "<html><body>upstream connect error</body></html>";
                    return Ok(wire::plain(http::StatusCode::OK, "text/html", body));
                }
                other => after.push(other),
            }
        }
        let (mut answer, ticket, probe) = self.decide(&request);
        if let Some(ticket) = ticket
            && let Err(why) = ticket.kept().await
        {
            answer = Err(Refusal::with_status("InternalFailure", 500, why));
        }
        if let (Ok(reply), Some(probe)) = (&mut answer, probe) {
            *reply = probe.run().await;
        }
        if after.contains(&FaultKind::DropPage)
            && let Ok(Value::Object(reply)) = &mut answer
        {
            reply.remove("NextToken");
        }
        if after.contains(&FaultKind::ResetAfter) {
            return Err(ConnectionLost);
        }
        let response = wire::reply(&operation, &answer);
        if after.contains(&FaultKind::Truncate) {
            let (parts, body) = response.into_parts();
            let half = body.slice(..body.len() / 2);
            return Ok(Response::from_parts(parts, half));
        }
        Ok(response)
    }

    /// Decides a call; its reply may be given when the ticket says so, and what has to be called was.
    fn decide(
        &self,
        request: &Request<Bytes>,
    ) -> (Result<Value, Refusal>, Option<Ticket>, Option<Probe>) {
        let signed = |asked: wire::Asked| {
            let Some(key) = &self.inner.signing_key else {
                return Ok(asked);
            };
            let service = wire::service_of(&asked.operation);
            signature::check(request, key, service, real()).map(|()| asked)
        };
        let asked = match wire::read(request).and_then(signed) {
            Ok(asked) => asked,
            Err(refusal) => return (Err(refusal), None, None),
        };
        let mut guarded = self.lock();
        let answer = self.answer(
            &mut guarded,
            &asked.operation,
            &asked.input,
            wire::region_of(request),
        );
        let outcome = answer
            .as_ref()
            .map_or_else(|refusal| refusal.code, |_| "ok");
        let write = api::row(&asked.operation).is_some_and(|row| row.write);
        let now = guarded.clock.now();
        guarded
            .stats
            .decided(counted(&asked.operation), &asked.input, outcome, write, now);
        // Reads wait too: what is told must not be gone after a crash.
        let ticket = guarded.journal.as_ref().and_then(Journal::ticket);
        match answer {
            Ok((reply, probe)) => (Ok(reply), ticket, probe),
            Err(refusal) => (Err(refusal), ticket, None),
        }
    }

    /// Checks, looks up, changes and keeps: the effect of one call.
    fn answer(
        &self,
        guarded: &mut Guarded,
        operation: &str,
        input: &Map<String, Value>,
        region: &str,
    ) -> Result<(Value, Option<Probe>), Refusal> {
        if let Some(why) = guarded.journal.as_ref().and_then(Journal::broken) {
            return Err(Refusal::with_status("InternalFailure", 500, why));
        }
        let unknown = || {
            Refusal::new(
                "UnknownOperationException",
                format!("{operation} is no operation."),
            )
        };
        let row = api::row(operation).ok_or_else(unknown)?;
        let facts = constraint::operation(operation).ok_or_else(unknown)?;
        constraint::check(facts, input)?;
        guarded.calls += 1;
        let number = guarded.calls;
        let now = guarded.clock.at_call();
        self.settle(guarded, now);
        api::refused_by_directory(row, facts.errors, &guarded.world, input)?;
        let mut call = api::Call {
            operation: row.name,
            world: &mut guarded.world,
            input,
            behaviors: &self.inner.behaviors,
            pager: &self.inner.pager,
            buckets: &self.inner.buckets,
            now,
            number,
            region,
            probe: None,
        };
        let answer = (row.handler)(&mut call);
        let probe = call.probe;
        if let Err(refusal) = &answer {
            // Some switches answer what the reference does not declare, because somebody has seen it.
            debug_assert!(
                facts.errors.contains(&refusal.code)
                    || refusal::UNDECLARED.contains(&refusal.code)
                    || self.inner.behaviors != Behaviors::default(),
                "{operation} does not declare {}",
                refusal.code
            );
        }
        let answer = answer?;
        if row.write {
            guarded.keep();
        }
        Ok((answer, probe))
    }

    /// Lets happen what has happened by this time without anybody asking.
    fn settle(&self, guarded: &mut Guarded, now: f64) {
        let stepped = guarded.world.settle(now);
        let ended = api::settle_exports(&mut guarded.world, &self.inner.buckets, now);
        if stepped || ended {
            guarded.keep();
        }
    }

    fn throttles(&self, guarded: &mut Guarded) -> bool {
        let Some(rate) = self.inner.rate else {
            return false;
        };
        let time = real();
        let room = rate.max(1.0);
        guarded.bucket = (guarded.bucket + (time - guarded.bucket_at) * rate).min(room);
        guarded.bucket_at = time;
        if guarded.bucket < 1.0 {
            return true;
        }
        guarded.bucket -= 1.0;
        false
    }

    fn lock(&self) -> MutexGuard<'_, Guarded> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guarded {
    /// Hands what changed to the journal, with the time of a virtual clock.
    fn keep(&mut self) {
        if let Some(time) = self.clock.to_keep() {
            api::keep_time(&mut self.world, time);
        }
        let records = self.world.take_changes();
        if let Some(journal) = &mut self.journal {
            journal.submit(records, || self.world.records());
        }
    }
}

/// Counts a call as running until it is dropped, however it ends.
struct Running<'a>(&'a Emulator);

impl<'a> Running<'a> {
    fn begin(emulator: &'a Emulator, operation: &str) -> Self {
        emulator.lock().stats.begin(operation);
        Self(emulator)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().stats.end();
    }
}

/// The name of an operation in the statistics.
fn counted(operation: &str) -> &'static str {
    api::row(operation).map_or("(unknown)", |row| row.name)
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
            text
        })
}
