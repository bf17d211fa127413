//! The Amazon `WorkMail` API on loopback, as the reference describes it. It imports nothing of the
//! crate, so that it and the reconciler cannot share a misunderstanding.
#![expect(
    clippy::disallowed_methods,
    reason = "it is a server: it has a clock and waits"
)]
//!
//! `request` is the way of a request: `wire` reads it, `signature` and `constraint` check it, `api`
//! looks up and changes `state`, `journal` and `store` keep it, `page` cuts lists, `stats` counts.
//! `behavior` holds a switch for each open question, `fault` what goes wrong by order, `control` the
//! endpoints under `/_emulator`, `seed` the organizations of flags, `server` the socket, `description` what is known of the service.
//! `ews` calls calendars, `objects`, `zip` and `mime` are buckets, archives and messages.

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
mod request;
mod secret;
mod seed;
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

pub use behavior::{BehaviorError, Behaviors, SWITCHES, Switch};
pub use clock::ClockKind;
pub use description::operations;
pub use fault::{FaultError, FaultSpec};
pub use server::Server;
pub use signature::SigningKey;
pub use store::StoreError;

use clock::{Clock, real};
use fault::Faults;
use journal::Journal;
use objects::Buckets;
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
    /// The region of those organizations; none: `eu-west-1`.
    pub region: Option<String>,
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

/// The region where nothing says another.
const REGION: &str = "eu-west-1";

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
    /// What was changed is lost.
    #[error("{0}")]
    Unkept(String),
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
    /// Those of the flags.
    organizations: Vec<OrganizationSeed>,
    buckets: Buckets,
    latency: Duration,
    rate: Option<f64>,
    signing_key: Option<SigningKey>,
    allow_remote: bool,
    /// The region of organizations that nobody asked for.
    region: String,
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
                organizations: options.organizations.clone(),
                buckets,
                latency: options.latency,
                rate: options.rate,
                signing_key: options.signing_key.clone(),
                allow_remote: options.allow_remote,
                region: options.region.clone().unwrap_or_else(|| REGION.to_owned()),
                cut,
            }),
        };
        {
            // Nothing is kept before all of it is in place: a flag that is refused leaves the file as it is.
            let mut guarded = emulator.lock();
            for seed in &options.organizations {
                seed::plant(&emulator, &mut guarded, seed)?;
            }
            guarded.keep();
        }
        Ok(emulator)
    }

    /// How many bytes of a damaged tail of the file were cut when it was opened.
    pub fn cut_bytes(&self) -> u64 {
        self.inner.cut
    }

    /// Makes an Active organization with these domains verified. One that is there gets the domains that
    /// it lacks, and is Active and its domains verified, too.
    pub fn ensure_organization(
        &self,
        alias: &str,
        domains: &[String],
    ) -> Result<(), EmulatorError> {
        let seed = OrganizationSeed {
            alias: alias.to_owned(),
            domains: domains.to_owned(),
        };
        let mut guarded = self.lock();
        seed::plant(self, &mut guarded, &seed)?;
        guarded.keep();
        Ok(())
    }

    /// Folds what the log tells into the file, so that it needs no log, and waits until it is on the disk.
    /// To be called at the end.
    pub async fn close(&self) -> Result<(), EmulatorError> {
        let ticket = {
            let mut guarded = self.lock();
            guarded.keep();
            let everything = guarded.world.records();
            guarded.journal.as_mut().and_then(|journal| {
                journal.fold_at_end(everything);
                journal.ticket()
            })
        };
        match ticket {
            Some(ticket) => ticket.kept().await.map_err(EmulatorError::Unkept),
            None => Ok(()),
        }
    }

    /// Ends when the state cannot be kept any more, and tells why. Without a file it does not end.
    pub async fn unkept(&self) -> String {
        let alarm = self.lock().journal.as_ref().map(Journal::alarm);
        match alarm {
            Some(alarm) => match alarm.kept().await {
                Ok(()) => std::future::pending().await,
                Err(why) => why,
            },
            None => std::future::pending().await,
        }
    }

    /// True if an organization that is not deleted has this alias.
    pub fn has_organization(&self, alias: &str) -> bool {
        let guarded = self.lock();
        let mut all = guarded.world.organizations();
        all.any(|found| found.head.alias == alias && found.head.state != "Deleted")
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

    /// Hands a state that has taken the place of another one to the journal.
    fn keep_all(&mut self) {
        if let Some(time) = self.clock.to_keep() {
            api::keep_time(&mut self.world, time);
        }
        drop(self.world.take_changes());
        let everything = self.world.records();
        if let Some(journal) = &mut self.journal {
            journal.fold(everything);
        }
    }
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
