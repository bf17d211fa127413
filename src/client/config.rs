//! Connecting: region, credentials, endpoint, retries and timeouts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_workmail::config::SharedHttpClient;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;
use tokio::sync::Semaphore;

use super::Client;
use super::error::chain;
use super::flight::Watch;
use super::pace::Pace;
use super::retry::Classify;

/// How often a request is sent at most.
const MAX_ATTEMPTS: u32 = 9;
/// How many retries all requests have together, so that a large run is not cut off by its own size.
const RETRY_TOKENS: usize = 10_000;
/// How long one attempt may take.
const ATTEMPT_TIME: Duration = Duration::from_secs(30);
/// How long one request may take, retries included.
const REQUEST_TIME: Duration = Duration::from_mins(3);

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
    /// No credentials; with what is known of the reason.
    #[error(
        "no AWS credentials were found{0}: choose a profile with `--profile` or `AWS_PROFILE`, set the `AWS_ACCESS_KEY_ID` family, sign in with `aws sso login`, or try `--emulator`"
    )]
    NoCredentials(String),
    /// The profile that was named is not in the files.
    #[error(
        "there is no profile `{0}` in the AWS configuration: name one that `aws configure list-profiles` lists"
    )]
    NoProfile(String),
    /// The endpoint is no URL.
    #[error("`{0}` is no endpoint: write it like `http://127.0.0.1:8080`")]
    Endpoint(String),
    /// The rate is none.
    #[error("{0} requests a second are no rate: it must be more than 0")]
    Rate(f64),
}

impl ConnectError {
    /// The exit code of a run that ends by it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoCredentials(_) => 77,
            Self::NoRegion | Self::NoProfile(_) | Self::Endpoint(_) | Self::Rate(_) => 64,
        }
    }
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
    check(connect)?;
    if let Some(name) = &connect.profile {
        check_profile(name).await?;
    }
    let region = region(connect).await?;
    let pace = Arc::new(Pace::new(connect.rate));
    let mut loader = loader(connect, Region::new(region.clone()));
    if connect.test_credentials {
        loader = loader.credentials_provider(Credentials::new(
            "emulator", "emulator", None, None, "emulator",
        ));
    }
    let shared = loader.load().await;
    if !connect.test_credentials {
        let provider = shared
            .credentials_provider()
            .ok_or_else(|| ConnectError::NoCredentials(String::new()))?;
        provider
            .provide_credentials()
            .await
            .map_err(|error| no_credentials(connect, &error))?;
    }
    let mut builder = aws_sdk_workmail::config::Builder::from(&shared)
        .interceptor(Watch { pace: pace.clone() })
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
    builder.set_app_name(connect.app_name.as_deref().and_then(app_name));
    Ok(Client {
        workmail: aws_sdk_workmail::Client::from_conf(builder.build()),
        organization: String::new(),
        region,
        pace,
        reads: Arc::new(Semaphore::new(connect.read_parallelism.max(1))),
        sent: Arc::new(AtomicU64::new(0)),
        time: Arc::new(AtomicI64::new(0)),
        caller: (!has_own_endpoint(connect, &shared)).then_some(shared),
    })
}

/// What every service is asked with: region, profile, retries and timeouts.
pub(super) fn loader(connect: &Connect, region: Region) -> ConfigLoader {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(region.clone())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                // The classifier says how long to pause; nothing of it may be cut off.
                .with_max_backoff(REQUEST_TIME),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .operation_attempt_timeout(ATTEMPT_TIME)
                .operation_timeout(request_time(connect))
                .build(),
        );
    let Some(profile) = &connect.profile else {
        return loader;
    };
    // Who names a profile means its account, also where keys stand in the environment, which the
    // SDK's own chain asks first. Source: AWS CLI user guide, "Configuration settings and
    // precedence": command line options come before environment variables.
    let settings = ProviderConfig::default().with_region(Some(region));
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&settings)
        .profile_name(profile)
        .build();
    loader.profile_name(profile).credentials_provider(provider)
}

/// Refuses a profile that no file has. Files that cannot be read say so when credentials are asked for.
async fn check_profile(name: &str) -> Result<(), ConnectError> {
    let (files, environment) = (Fs::real(), Env::real());
    #[expect(
        clippy::default_trait_access,
        reason = "the type is of a crate below the SDK's configuration"
    )]
    let usual = Default::default();
    match aws_config::profile::load(&files, &environment, &usual, None).await {
        Ok(profiles) if profiles.get_profile(name).is_none() => {
            Err(ConnectError::NoProfile(name.to_owned()))
        }
        _ => Ok(()),
    }
}

/// The region as it was given, or of the environment or the profile. The metadata service of virtual
/// machines is not asked: without one that takes long.
pub(super) async fn region(connect: &Connect) -> Result<String, ConnectError> {
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

/// A name that the SDK takes: letters, digits and a few signs. Source: SDK, `AppName`.
pub(super) fn app_name(name: &str) -> Option<AppName> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let name: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    AppName::new(name).ok()
}

fn check(connect: &Connect) -> Result<(), ConnectError> {
    if let Some(rate) = connect.rate
        && !(rate.is_finite() && rate > 0.0)
    {
        return Err(ConnectError::Rate(rate));
    }
    let Some(endpoint) = &connect.endpoint_url else {
        return Ok(());
    };
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| endpoint.strip_prefix(scheme));
    match host {
        Some(host)
            if !host.is_empty()
                && !host.starts_with(['/', ':'])
                && !host.contains(char::is_whitespace) =>
        {
            Ok(())
        }
        _ => Err(ConnectError::Endpoint(endpoint.clone())),
    }
}

/// How long one request may take. At a slow rate its retries wait for their turns as well, through no
/// fault of the service.
fn request_time(connect: &Connect) -> Duration {
    let turns = f64::from(MAX_ATTEMPTS) * 4.0;
    let waiting = connect.rate.map_or(0.0, |rate| (turns / rate).min(3600.0));
    connect.timeout.unwrap_or(REQUEST_TIME) + Duration::from_secs_f64(waiting)
}

/// True if requests go elsewhere than to the region's own endpoint, whoever says so.
pub(super) fn has_own_endpoint(connect: &Connect, shared: &SdkConfig) -> bool {
    connect.test_credentials
        || connect.endpoint_url.is_some()
        || connect.http_client.is_some()
        || shared.endpoint_url().is_some()
        || names_endpoint(shared, "WorkMail")
}

/// True if the environment or the profile names an endpoint for one service.
pub(super) fn names_endpoint(shared: &SdkConfig, service: &str) -> bool {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("every part of the key is set");
    let services = shared.service_config();
    services.is_some_and(|services| services.load_config(key).is_some())
}

/// Where credentials were looked for, and what went wrong there. That every place is empty takes the
/// SDK a paragraph to say, and needs none.
fn no_credentials(connect: &Connect, error: &CredentialsError) -> ConnectError {
    let profile = connect.profile.as_ref();
    let place = profile.map_or_else(String::new, |name| format!(" with profile `{name}`"));
    if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return ConnectError::NoCredentials(place);
    }
    let last = chain(error).last().map(ToString::to_string);
    let last = last.unwrap_or_default();
    let reason = last.lines().next().unwrap_or_default();
    ConnectError::NoCredentials(format!("{place} ({reason})"))
}
