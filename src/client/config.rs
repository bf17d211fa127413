//! Connecting: region, credentials, endpoint, retries and timeouts.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_workmail::config::SharedHttpClient;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use tokio::sync::Semaphore;

use super::Client;
use super::pace::Pace;
use super::retry::{Classify, CountAttempts};

/// How often a request is sent at most.
const MAX_ATTEMPTS: u32 = 9;
/// How many retries all requests have together, so that a large run is not cut off by its own size.
const RETRY_TOKENS: usize = 10_000;
/// How long one attempt may take.
const ATTEMPT_TIME: Duration = Duration::from_secs(30);
/// How long one request may take, retries included.
const REQUEST_TIME: Duration = Duration::from_secs(180);

/// How to connect.
#[derive(Clone, Debug)]
pub struct Connect {
    /// The endpoint; none: as the SDK finds it (`AWS_ENDPOINT_URL_WORKMAIL` included).
    pub endpoint_url: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// True: made-up credentials are used, for an emulator.
    pub test_credentials: bool,
    /// How many reads run at a time.
    pub read_parallelism: usize,
    /// How many requests a second go out at most.
    pub rate: Option<f64>,
    /// How long one request may take, retries included.
    pub timeout: Option<Duration>,
    /// The application name of every request, so that `CloudTrail` tells the run.
    pub app_name: Option<String>,
    /// What sends requests; none: the SDK's own HTTPS client.
    pub http_client: Option<SharedHttpClient>,
}

/// What is missing on this side.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No region.
    #[error(
        "no AWS region is set: pass `--region`, set `AWS_REGION`, or put `region` into the profile"
    )]
    NoRegion,
    /// No credentials.
    #[error(
        "no AWS credentials were found: set `AWS_PROFILE` or the `AWS_ACCESS_KEY_ID` family, or try `--emulator`"
    )]
    NoCredentials(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An application name that cannot be sent.
    #[error("`{0}` cannot be sent as an application name")]
    AppName(String),
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            endpoint_url: None,
            profile: None,
            region: None,
            test_credentials: false,
            read_parallelism: 10,
            rate: None,
            timeout: None,
            app_name: None,
            http_client: None,
        }
    }
}

pub(super) async fn connect(connect: &Connect) -> Result<Client, ConnectError> {
    let region = region(connect).await?;
    let pace = Arc::new(Pace::new(connect.rate));
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.clone()))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_initial_backoff(Duration::from_millis(100))
                .with_max_backoff(Duration::from_secs(10)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .operation_attempt_timeout(ATTEMPT_TIME)
                .operation_timeout(connect.timeout.unwrap_or(REQUEST_TIME))
                .build(),
        );
    if let Some(profile) = &connect.profile {
        loader = loader.profile_name(profile);
    }
    if connect.test_credentials {
        loader = loader.credentials_provider(Credentials::new(
            "emulator", "emulator", None, None, "emulator",
        ));
    }
    let shared = loader.load().await;
    if !connect.test_credentials {
        let provider = shared
            .credentials_provider()
            .ok_or_else(|| no_credentials("no provider"))?;
        provider
            .provide_credentials()
            .await
            .map_err(|error| ConnectError::NoCredentials(error.into()))?;
    }
    let mut builder = aws_sdk_workmail::config::Builder::from(&shared)
        .interceptor(CountAttempts)
        .retry_classifier(Classify { pace: pace.clone() })
        .retry_partition(
            RetryPartition::custom("workmailctl")
                .token_bucket(TokenBucket::new(RETRY_TOKENS))
                .build(),
        );
    if let Some(endpoint) = &connect.endpoint_url {
        builder = builder.endpoint_url(endpoint);
    }
    if let Some(client) = &connect.http_client {
        builder = builder.http_client(client.clone());
    }
    if let Some(name) = &connect.app_name {
        let name = AppName::new(name.clone()).map_err(|_| ConnectError::AppName(name.clone()))?;
        builder = builder.app_name(name);
    }
    Ok(Client {
        workmail: aws_sdk_workmail::Client::from_conf(builder.build()),
        organization: String::new(),
        region,
        pace,
        reads: Arc::new(Semaphore::new(connect.read_parallelism.max(1))),
        sent: Arc::new(AtomicU64::new(0)),
    })
}

/// The region as it was given, or of the environment or the profile. The metadata service of virtual
/// machines is not asked: without one that takes long.
async fn region(connect: &Connect) -> Result<String, ConnectError> {
    if let Some(region) = &connect.region {
        return Ok(region.clone());
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &connect.profile {
        profile = profile.profile_name(name);
    }
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build());
    match chain.region().await {
        Some(region) => Ok(region.to_string()),
        None if connect.test_credentials => Ok("eu-west-1".to_owned()),
        None => Err(ConnectError::NoRegion),
    }
}

fn no_credentials(why: &str) -> ConnectError {
    ConnectError::NoCredentials(why.into())
}
