//! `Flight`: one request on its way, through all of its attempts, as the SDK's hooks see it.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_sdk_workmail::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_workmail::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_workmail::error::BoxError;

use jiff::Timestamp;

use super::error::ApiErrorKind;
use super::pace::{Pace, now};

tokio::task_local! {
    static CURRENT: Flight;
    static COUNT: AtomicU32;
}

/// One request on its way. Clones are the same flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Flight(Arc<Mutex<Seen>>);

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The operation that is asked for; empty before it was sent.
    pub(super) operation: String,
    /// Whom it is about, where somebody listens: ids and names, and nothing else of the input.
    pub(super) about: String,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// When it was sent last.
    pub(super) sent_at: Option<Instant>,
    /// The id in the last reply.
    pub(super) request_id: Option<String>,
    /// The service's time in the last reply.
    pub(super) service_time: Option<Timestamp>,
    /// True if the last reply is in the format that the service speaks. A login page or a proxy's own
    /// answer with status 200 is not; believed, it would be an empty organization.
    pub(super) of_the_service: bool,
    /// What the last attempt came to, if it is tried again. It is what there is to say when no time is
    /// left for another one.
    pub(super) failure: Option<(ApiErrorKind, String)>,
}

/// Writes down what is sent and what comes back.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) pace: Arc<Pace>,
}

/// Runs some work, and counts the requests that it sends, retries included.
pub(crate) async fn counting<F: Future>(work: F) -> (F::Output, u32) {
    let counted = async {
        let output = work.await;
        (output, COUNT.with(|count| count.load(Ordering::Relaxed)))
    };
    COUNT.scope(AtomicU32::new(0), counted).await
}

/// Tells who counts of so many requests.
pub(super) fn count(attempts: u32) {
    // Nobody counts reads.
    let _ = COUNT.try_with(|count| count.fetch_add(attempts, Ordering::Relaxed));
}

impl Flight {
    /// The flight that this task is at; none for requests outside `Client::send`, such as those for
    /// credentials.
    pub(super) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs a request as this flight.
    pub(super) async fn run<F: Future>(&self, request: F) -> F::Output {
        CURRENT.scope(self.clone(), request).await
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    pub(super) fn see(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(flight) = Flight::current() {
            let now = now();
            self.pace.sent(now);
            let operation = context.request().headers().get("x-amz-target");
            let operation = operation.and_then(|target| target.split_once('.'));
            let operation = operation.map_or_else(String::new, |(_, name)| name.to_owned());
            let about = if tracing::enabled!(tracing::Level::DEBUG) {
                about(context.request().body().bytes().unwrap_or_default())
            } else {
                String::new()
            };
            flight.see(|seen| {
                seen.operation = operation;
                seen.about = about;
                seen.attempts += 1;
                seen.sent_at = Some(now);
                seen.request_id = None;
                seen.of_the_service = false;
            });
        }
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(flight) = Flight::current() {
            let headers = context.response().headers();
            let format = headers.get("content-type").unwrap_or_default();
            let request_id = headers.get("x-amzn-requestid");
            let time = headers
                .get("date")
                .and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
            flight.see(|seen| {
                seen.of_the_service = format.starts_with("application/x-amz-json");
                seen.request_id = request_id.map(str::to_owned);
                seen.service_time = time.as_ref().map(jiff::Zoned::timestamp);
            });
        }
        Ok(())
    }
}

/// The members of an input that tell whom a call is about. No other is told: passwords and tokens are
/// among them.
const NAMING: &[&str] = &[
    "Name",
    "UserId",
    "GroupId",
    "ResourceId",
    "EntityId",
    "MemberId",
    "GranteeId",
    "Email",
    "Alias",
    "DomainName",
];

fn about(body: &[u8]) -> String {
    let input: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let told: Vec<String> = NAMING
        .iter()
        .filter_map(|member| Some(format!("{member}={}", input.get(member)?.as_str()?)))
        .collect();
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_told_of_an_input() {
        let body =
            br#"{"OrganizationId":"m-1","Name":"ana","Password":"hunter2","DisplayName":"Ana"}"#;
        assert_eq!(about(body), "Name=ana");
        assert_eq!(about(b"<html>"), "");
    }
}
