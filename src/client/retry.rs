//! Which errors are tried again, and when.
//!
//! The SDK's list of throttling errors holds `LimitExceededException`, which is a quota here, and
//! lacks `DirectoryUnavailableException`. Source: API reference, Common Errors and the errors of the
//! operations. A retry waits for its turn like any other request, so that retries cannot outrun the
//! pace: without that, many parallel requests that are throttled keep each other throttled.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::ErrorKind;

use super::error::{ApiErrorKind, chain, unreachable};
use super::flight::Flight;
use super::pace::{Pace, now};

/// The pause before the second attempt; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often a request is sent of which the replies cannot be read: a broken transfer passes, the
/// login page of a proxy does not.
const GARBLED_ATTEMPTS: u32 = 3;
/// How often a connection is tried that is refused: nobody listens there, and mostly it is a mistake
/// in the endpoint.
const REFUSED_ATTEMPTS: u32 = 4;

/// What is tried again beyond the SDK's own rules, and what is not. It tells the pace of throttling.
#[derive(Debug)]
pub(super) struct Classify {
    pub(super) pace: Arc<Pace>,
}

impl ClassifyRetry for Classify {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        self.classify_retry_v2(context, &RetryAction::NoActionIndicated)
    }

    fn classify_retry_v2(
        &self,
        context: &InterceptorContext,
        previous: &RetryAction,
    ) -> RetryAction {
        let Some(Err(failure)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let (indicated, told) = match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind, retry_after }) => {
                (Some(*kind), *retry_after)
            }
            _ => (None, None),
        };
        let status = context.response().map(|reply| reply.status().as_u16());
        let kind = match code(context).as_deref() {
            Some("LimitExceededException") => return RetryAction::RetryForbidden,
            Some("DirectoryUnavailableException") => ErrorKind::TransientError,
            Some(code) if is_throttling(code) => ErrorKind::ThrottlingError,
            _ if status == Some(429) => ErrorKind::ThrottlingError,
            _ => match indicated {
                Some(kind) => kind,
                None => return RetryAction::NoActionIndicated,
            },
        };
        let Some(flight) = Flight::current() else {
            return RetryAction::retryable_error(kind);
        };
        let seen = flight.seen();
        if failure.is_response_error() && seen.attempts >= GARBLED_ATTEMPTS {
            return RetryAction::RetryForbidden;
        }
        if is_refused(failure) && seen.attempts >= REFUSED_ATTEMPTS {
            return RetryAction::RetryForbidden;
        }
        flight.see(|seen| seen.failure = Some(summary(kind, failure)));
        let now = now();
        if kind == ErrorKind::ThrottlingError {
            self.pace.throttled(seen.sent_at.unwrap_or(now), now);
        }
        let pause = pause(seen.attempts).max(told.unwrap_or_default());
        let turn = self.pace.reserve(1, now + pause.min(LONGEST_PAUSE));
        let wait = turn - now;
        tracing::debug!(
            operation = seen.operation,
            about = seen.about,
            attempts = seen.attempts,
            cause = %kind,
            ?wait,
            "tries again"
        );
        RetryAction::retryable_error_with_explicit_delay(kind, wait)
    }

    fn name(&self) -> &'static str {
        "the errors of WorkMail"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// True for the codes with which AWS services throttle.
pub(super) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "Throttling"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "SlowDown"
            | "PriorRequestNotComplete"
    )
}

/// How long to pause after so many attempts: doubled each time, spread over its upper half so that
/// requests that failed together do not come again together.
fn pause(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let pause = FIRST_PAUSE
        .saturating_mul(2_u32.pow(doublings))
        .min(LONGEST_PAUSE);
    let bytes = *uuid::Uuid::new_v4().as_bytes();
    let random = f64::from(bytes[0]) / f64::from(u8::MAX);
    pause.mul_f64(0.5 + random / 2.0)
}

fn is_refused(failure: &OrchestratorError<Error>) -> bool {
    let refused = |cause: &(dyn StdError + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
    };
    failure
        .as_connector_error()
        .is_some_and(|failure| chain(failure).any(refused))
}

fn summary(kind: ErrorKind, failure: &OrchestratorError<Error>) -> (ApiErrorKind, String) {
    if kind == ErrorKind::ThrottlingError {
        let message = "the service throttles, longer than there was time to wait";
        return (ApiErrorKind::Throttled, message.to_owned());
    }
    let message = match failure.as_connector_error() {
        Some(failure) => unreachable(failure),
        None => "the service fails, longer than there was time to wait".to_owned(),
    };
    (ApiErrorKind::Unreachable, message)
}

/// The error code of a reply, from its body.
fn code(context: &InterceptorContext) -> Option<String> {
    let response = context.response()?;
    if response.status().is_success() {
        return None;
    }
    let body: serde_json::Value = serde_json::from_slice(response.body().bytes()?).ok()?;
    let code = body.get("__type").or(body.get("code"))?.as_str()?;
    Some(code.rsplit('#').next().unwrap_or(code).to_owned())
}
