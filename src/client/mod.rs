//! The AWS SDK and nothing else: connecting, pacing, retrying, and errors in one shape.

mod config;
mod error;
mod pace;
mod retry;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_workmail::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::Semaphore;

pub use config::{Connect, ConnectError};
pub use error::{ApiError, ApiErrorKind};
pub use pace::Permits;

use pace::Pace;
use retry::ATTEMPTS;

/// A connection to the service for one organization. Clones share pacing and counts.
#[derive(Clone, Debug)]
pub struct Client {
    workmail: aws_sdk_workmail::Client,
    organization: String,
    region: String,
    pace: Arc<Pace>,
    reads: Arc<Semaphore>,
    sent: Arc<AtomicU64>,
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

    /// Waits until the pacing lets `count` requests pass together, so that nothing waits between them.
    pub async fn permits(&self, count: usize) -> Permits {
        self.pace.permits(count).await
    }

    /// Sends a request whose pace was waited out with `permits`.
    pub async fn send<T, E>(
        &self,
        request: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> Result<T, ApiError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let attempts = Arc::new(AtomicU64::new(0));
        let answer = ATTEMPTS.scope(attempts.clone(), request).await;
        let attempts = attempts.load(Ordering::Relaxed);
        self.sent.fetch_add(attempts, Ordering::Relaxed);
        answer.map_err(|error| ApiError::new(&error, u32::try_from(attempts).unwrap_or(u32::MAX)))
    }

    /// Sends a reading request in its turn: no more than the read parallelism at a time.
    pub async fn read<T, E>(
        &self,
        request: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> Result<T, ApiError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let _turn = self.reads.acquire().await;
        self.pace.permits(1).await.take();
        self.send(request).await
    }
}
