//! The AWS SDK and nothing else: connecting, pacing, retrying, and errors in one shape.

mod config;
mod error;
mod flight;
mod pace;
mod retry;
mod secret;
mod secrets_manager;
mod services;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use aws_sdk_workmail::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;
use tokio::sync::Semaphore;

pub use config::{Connect, ConnectError};
pub use error::{ApiError, ApiErrorKind};
pub use pace::Permits;
pub use secret::Secret;
pub use secrets_manager::{ManagedSecretError, managed_secret};
pub use services::{Services, ask, services};

use flight::Flight;
pub(crate) use flight::counting;
use pace::Pace;

/// A connection to the service for one organization. Clones share pacing and counts.
#[derive(Clone, Debug)]
pub struct Client {
    workmail: aws_sdk_workmail::Client,
    organization: String,
    region: String,
    pace: Arc<Pace>,
    reads: Arc<Semaphore>,
    sent: Arc<AtomicU64>,
    /// The service's time in its last reply, in seconds since 1970; 0 before the first.
    time: Arc<AtomicI64>,
    /// How to ask STS; none at an endpoint of one's own, whose users STS does not know.
    caller: Option<aws_config::SdkConfig>,
}

impl Client {
    /// A client with these settings. Nothing of the service is asked yet; what is missing on this
    /// side (a region, credentials) is told here.
    pub async fn connect(connect: &Connect) -> Result<Self, ConnectError> {
        config::connect(connect).await
    }

    /// The same connection, for the organization of this id.
    #[must_use]
    pub fn for_organization(&self, id: impl Into<String>) -> Self {
        Self {
            organization: id.into(),
            ..self.clone()
        }
    }

    /// The SDK's client, to build requests with.
    pub fn workmail(&self) -> &aws_sdk_workmail::Client {
        &self.workmail
    }

    /// The id of the organization; empty before one was chosen.
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// The region that is asked.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// How many requests were sent, retries included.
    pub fn calls(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The service's time in its last reply, to the second; none before the first.
    pub fn service_time(&self) -> Option<Timestamp> {
        let seconds = self.time.load(Ordering::Relaxed);
        (seconds > 0)
            .then(|| Timestamp::from_second(seconds).ok())
            .flatten()
    }

    /// Waits until the pacing lets `count` requests pass together, so that nothing waits between them.
    pub async fn permits(&self, count: usize) -> Permits {
        self.pace.permits(count).await
    }

    /// Sends a request whose pace was waited out with `permits`.
    pub fn send<T, E, F>(
        &self,
        request: F,
    ) -> impl Future<Output = Result<T, ApiError>> + use<'_, T, E, F>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        self.send_hiding(request, None)
    }

    /// The same for a request with a secret in it. What the service says of a request that it refuses
    /// may repeat what was sent: the secret is taken out of that before anybody sees it.
    pub fn send_hiding<'a, T, E, F>(
        &'a self,
        request: F,
        secret: Option<&'a Secret>,
    ) -> impl Future<Output = Result<T, ApiError>> + use<'a, T, E, F>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        // Boxed before it is part of any other future: the SDK's are large, and hundreds may wait.
        let request = Box::pin(request);
        async move {
            let flight = Flight::default();
            let begun = pace::now();
            let answer = flight.run(request).await;
            let seen = flight.seen();
            let told = (seen.operation.clone(), seen.about.clone(), seen.attempts);
            self.sent
                .fetch_add(u64::from(seen.attempts), Ordering::Relaxed);
            flight::count(seen.attempts);
            if let Some(time) = seen.service_time {
                self.time.store(time.as_second(), Ordering::Relaxed);
            }
            let answer = match answer {
                Ok(output) if seen.of_the_service => Ok(output),
                Ok(_) => Err(ApiError::strange(seen)),
                Err(error) => Err(ApiError::new(&error, seen)),
            };
            let answer = answer.map_err(|error| match secret {
                Some(secret) => error.hiding(secret),
                None => error,
            });
            let (operation, about, attempts) = told;
            tracing::debug!(
                operation,
                about,
                outcome = answer.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned()),
                attempts,
                elapsed = ?begun.elapsed(),
                "called"
            );
            answer
        }
    }

    /// Sends a reading request in its turn: no more than the read parallelism at a time.
    pub fn read<T, E, F>(
        &self,
        request: F,
    ) -> impl Future<Output = Result<T, ApiError>> + use<'_, T, E, F>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let request = Box::pin(request);
        async move {
            let _turn = self.reads.acquire().await;
            self.pace.permits(1).await.take();
            self.send(request).await
        }
    }

    /// Who asks, as an ARN. None at an endpoint of one's own, which is not told to STS.
    pub async fn caller(&self) -> Option<Result<String, ApiError>> {
        let sts = aws_sdk_sts::Client::new(self.caller.as_ref()?);
        match sts.get_caller_identity().send().await {
            Ok(identity) => identity.arn.map(Ok),
            Err(error) => Some(Err(ApiError::new(&error, flight::Seen::default()))),
        }
    }

    /// The same connection, which tells this name in every request, so that `CloudTrail` tells which
    /// plan made it. Signs that such a name may not have become `-`.
    #[must_use]
    pub fn with_app_name(&self, name: &str) -> Self {
        let Some(name) = config::app_name(name) else {
            return self.clone();
        };
        let config = self.workmail.config().to_builder().app_name(name).build();
        Self {
            workmail: aws_sdk_workmail::Client::from_conf(config),
            ..self.clone()
        }
    }
}
