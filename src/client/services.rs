//! Amazon S3, AWS KMS and IAM, which mailboxes are exported with. They are asked with the caller's own
//! credentials, and never where mail goes to an endpoint of one's own: but where they have one, too.

use std::future::Future;

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_workmail::error::{ProvideErrorMetadata, SdkError};

use super::config::{self, Connect, ConnectError};
use super::error::ApiError;
use super::flight::Seen;

/// The clients of the three services. None: it is not asked.
#[derive(Clone, Debug)]
pub struct Services {
    /// Amazon S3.
    pub s3: Option<aws_sdk_s3::Client>,
    /// AWS KMS.
    pub kms: Option<aws_sdk_kms::Client>,
    /// IAM.
    pub iam: Option<aws_sdk_iam::Client>,
}

/// Connects to the services as to the mail service. Nothing is asked yet.
pub async fn services(connect: &Connect) -> Result<Services, ConnectError> {
    let region = config::region(connect).await?;
    let mut loader = config::loader(connect, Region::new(region));
    if connect.test_credentials {
        loader = loader.credentials_provider(Credentials::new(
            "emulator", "emulator", None, None, "emulator",
        ));
    }
    let shared = loader.load().await;
    let is_elsewhere = config::has_own_endpoint(connect, &shared);
    let asks = |service: &str| !is_elsewhere || has_endpoint(&shared, service);
    // Buckets of a server of one's own are no names of hosts.
    let paths = has_endpoint(&shared, "S3");
    let s3 = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(paths)
        .build();
    Ok(Services {
        s3: asks("S3").then(|| aws_sdk_s3::Client::from_conf(s3)),
        kms: asks("KMS").then(|| aws_sdk_kms::Client::new(&shared)),
        iam: asks("IAM").then(|| aws_sdk_iam::Client::new(&shared)),
    })
}

/// True if requests to a service go to an endpoint of one's own.
fn has_endpoint(shared: &SdkConfig, service: &str) -> bool {
    shared.endpoint_url().is_some() || config::names_endpoint(shared, service)
}

/// Sends a request of one of the services.
pub async fn ask<T, E>(request: impl Future<Output = Result<T, SdkError<E>>>) -> Result<T, ApiError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    Box::pin(request)
        .await
        .map_err(|error| ApiError::new(&error, Seen::default()))
}
