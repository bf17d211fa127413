//! The way of a request: faults, what it asks for, checks, its effect on the state, the store, latency,
//! the reply.
#![expect(clippy::disallowed_methods, reason = "a server waits")]

use std::sync::MutexGuard;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::sleep;

use super::behavior::Behaviors;
use super::clock::real;
use super::ews::Probe;
use super::fault::FaultKind;
use super::journal::{Journal, Ticket};
use super::refusal::{self, Refusal};
use super::{ConnectionLost, Emulator, Guarded, api, constraint, control, signature, wire};

impl Emulator {
    /// Answers a request without a socket. Faults that end a connection come back as an error; a reply
    /// that is cut off has half of its body, and `wire::FullLength` among its extensions.
    ///
    /// Whatever is waited for, latency too, is waited for behind the effect: who gives up has not stopped
    /// it.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ConnectionLost> {
        if control::is_meant(request.uri().path()) {
            return Ok(control::answer(self, &request).await);
        }
        let operation = wire::operation_of(&request).to_owned();
        // Names that no operation has do not pile up in the statistics.
        let counted = counted(&operation);
        let _running = Running::begin(self, counted);
        let disturbance = self.disturbance(counted);
        let late = self.inner.latency + disturbance.late;
        let decided = match disturbance.instead {
            None => self.decide(&request),
            Some(instead) => {
                self.note_instead(&request, counted, &instead);
                if !late.is_zero() {
                    sleep(late).await;
                }
                let replied = instead.reply(&operation);
                return replied.map(|response| self.timed(response));
            }
        };
        let (mut answer, ticket, probe) = decided;
        let after = |kind: &FaultKind| disturbance.after.contains(kind);
        if after(&FaultKind::JobFails)
            && let Ok(reply) = &answer
        {
            let mut guarded = self.lock();
            api::spoil_export(&mut guarded.world, reply);
            guarded.keep();
        }
        if let Some(ticket) = ticket
            && let Err(why) = ticket.kept().await
        {
            answer = Err(Refusal::with_status("InternalFailure", 500, why));
        }
        if let (Ok(reply), Some(probe)) = (&mut answer, probe) {
            *reply = probe.run().await;
        }
        if !late.is_zero() {
            sleep(late).await;
        }
        if after(&FaultKind::DropPage)
            && let Ok(Value::Object(reply)) = &mut answer
        {
            reply.remove("NextToken");
        }
        if after(&FaultKind::ResetAfter) {
            return Err(ConnectionLost);
        }
        let response = self.timed(wire::reply(&operation, &answer));
        Ok(if after(&FaultKind::Truncate) {
            wire::truncated(response)
        } else {
            response
        })
    }

    /// The reply with the time of a virtual clock.
    fn timed(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        if let Some(time) = self.lock().clock.to_keep() {
            wire::tell_time(&mut response, time);
        }
        response
    }

    /// What goes wrong with a call that comes now. Faults come first, and the calls that `--rate` throttles
    /// count for them.
    fn disturbance(&self, counted: &'static str) -> Disturbance {
        let mut guarded = self.lock();
        let throttled = self.throttles(&mut guarded);
        let mut disturbance = Disturbance::default();
        for kind in guarded.faults.decide(counted) {
            match kind {
                FaultKind::Refuse(refusal) => disturbance.instead(Instead::Refusal(refusal)),
                FaultKind::ResetBefore => disturbance.instead(Instead::Reset),
                FaultKind::Garbage => disturbance.instead(Instead::Garbage),
                FaultKind::Delay(time) => disturbance.late += time,
                other => disturbance.after.push(other),
            }
        }
        if throttled {
            let refusal = Refusal::new("ThrottlingException", "Rate exceeded");
            disturbance.instead(Instead::Refusal(refusal));
        }
        disturbance
    }

    /// Writes down that something else came than the effect.
    fn note_instead(&self, request: &Request<Bytes>, counted: &'static str, instead: &Instead) {
        let asked = wire::read(request);
        let input = asked.map(|asked| asked.input).unwrap_or_default();
        let mut guarded = self.lock();
        let now = guarded.clock.now();
        let stats = &mut guarded.stats;
        stats.decided(counted, &input, instead.outcome(), false, now);
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
        let asked = wire::read(request).and_then(signed);
        let mut guarded = self.lock();
        let now = guarded.clock.now();
        let asked = match asked {
            Ok(asked) => {
                let upcoming = guarded.clock.upcoming();
                if guarded.world.is_due(upcoming) && is_sound(&asked) {
                    guarded = self.settle(guarded, upcoming);
                }
                asked
            }
            Err(refusal) => {
                let counted = counted(wire::operation_of(request));
                let stats = &mut guarded.stats;
                stats.decided(counted, &Map::new(), refusal.code, false, now);
                return (Err(refusal), None, None);
            }
        };
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
        let answer = self.decided(guarded, operation, input, region)?;
        if api::row(operation).is_some_and(|row| row.write) {
            guarded.keep();
        }
        Ok(answer)
    }

    /// Checks, looks up and changes; what changed is still to be kept.
    pub(super) fn decided(
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
        let input = &constraint::cleaned(facts, input);
        guarded.calls += 1;
        let number = guarded.calls;
        let now = guarded.clock.at_call();
        api::refused_by_directory(row, facts.errors, &guarded.world, input)?;
        let mut call = api::Call {
            operation: row.name,
            world: &mut guarded.world,
            input,
            behaviors: &self.inner.behaviors,
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
        Ok((answer?, probe))
    }

    /// Lets happen what has happened by this time without anybody asking.
    pub(super) fn settle<'a>(
        &'a self,
        mut guarded: MutexGuard<'a, Guarded>,
        now: f64,
    ) -> MutexGuard<'a, Guarded> {
        if guarded.world.settle(now) {
            guarded.keep();
        }
        let due = api::due_exports(&mut guarded.world, now);
        if due.is_empty() {
            return guarded;
        }
        // Large archives take their time, and others must not wait for them.
        drop(guarded);
        let written: Vec<_> = aside(|| {
            due.into_iter()
                .map(|due| {
                    let written = due.write(&self.inner.buckets);
                    (due, written)
                })
                .collect()
        });
        let mut guarded = self.lock();
        for (due, written) in written {
            due.finish(&mut guarded.world, written);
        }
        guarded.keep();
        guarded
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
}

/// What goes wrong with one call.
#[derive(Default)]
struct Disturbance {
    instead: Option<Instead>,
    /// How much later the reply comes.
    late: Duration,
    /// What becomes of the reply.
    after: Vec<FaultKind>,
}

/// What comes in the place of an effect and its reply.
enum Instead {
    Refusal(Refusal),
    Reset,
    Garbage,
}

impl Disturbance {
    /// The first one stands.
    fn instead(&mut self, other: Instead) {
        self.instead.get_or_insert(other);
    }
}

impl Instead {
    /// What the log calls it.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => refusal.code,
            Self::Reset => "reset-before",
            Self::Garbage => "garbage",
        }
    }

    fn reply(self, operation: &str) -> Result<Response<Bytes>, ConnectionLost> {
        match self {
            Self::Refusal(refusal) => Ok(wire::reply(operation, &Err(refusal))),
            Self::Reset => Err(ConnectionLost),
            Self::Garbage => {
                let body = "<html><body>upstream connect error</body></html>";
                Ok(wire::plain(http::StatusCode::OK, "text/html", body))
            }
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

/// True for a call that is not refused for its input.
fn is_sound(asked: &wire::Asked) -> bool {
    let facts = constraint::operation(&asked.operation);
    facts.is_some_and(|facts| constraint::check(facts, &asked.input).is_ok())
}

/// Does something that takes its time, and lets others use this thread's turn as far as that can be.
fn aside<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|handle| handle.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The name of an operation in the statistics.
fn counted(operation: &str) -> &'static str {
    api::row(operation).map_or("(unknown)", |row| row.name)
}
