//! Which errors are tried again, and how often a request was sent.
//!
//! The SDK's list of throttling errors holds `LimitExceededException`, which is a quota here, and
//! lacks `DirectoryUnavailableException`. Source: API reference, Common Errors and the errors of the
//! operations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_workmail::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_workmail::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_workmail::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

use super::pace::Pace;

tokio::task_local! {
    /// How often the request of this task was sent.
    pub(super) static ATTEMPTS: Arc<AtomicU64>;
}

/// Counts attempts.
#[derive(Debug)]
pub(super) struct CountAttempts;

impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "count attempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Requests outside `Client::send`, such as those for credentials, are not counted.
        let _ = ATTEMPTS.try_with(|attempts| attempts.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

/// What is tried again beyond the SDK's own rules, and what is not. It tells the pace of throttling.
#[derive(Debug)]
pub(super) struct Classify {
    pub(super) pace: Arc<Pace>,
}

impl ClassifyRetry for Classify {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match code(context).as_deref() {
            Some("LimitExceededException") => RetryAction::RetryForbidden,
            Some("DirectoryUnavailableException") => RetryAction::transient_error(),
            Some(code) if is_throttling(code) => {
                self.pace.throttled();
                RetryAction::throttling_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
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
