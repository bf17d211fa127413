//! Reads, sends and tests availability configurations.

use aws_sdk_workmail::types::{
    AvailabilityConfiguration, EwsAvailabilityProvider, LambdaAvailabilityProvider,
};
use futures::FutureExt as _;
use serde_json::{Map, Value};

use crate::client::{ApiError, Client};
use crate::kinds::Outgoing;
use crate::kinds::api::{PAGE, pages, required};
use crate::kinds::setting::api::{Answer, Api, ToldSetting, ToldSettings, text, told, told_text};

use super::{CREATE, DELETE, UPDATE};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// What the service says of a stored configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// It lets in, and answers.
    Works,
    /// It does not, for this reason.
    Fails(String),
}

/// Asks the service to try a stored configuration. Source: API reference,
/// `TestAvailabilityConfiguration`.
pub async fn test(client: &Client, domain: &str) -> Result<Tested, ApiError> {
    let request = client
        .workmail()
        .test_availability_configuration()
        .organization_id(client.organization())
        .domain_name(domain);
    let reply = client.read(request.send()).await?;
    Ok(if reply.test_passed() {
        Tested::Works
    } else {
        Tested::Fails(
            reply
                .failure_reason()
                .unwrap_or("no reason is told")
                .to_owned(),
        )
    })
}

/// Every configuration, without its password. Source: API reference, `ListAvailabilityConfigurations`.
async fn read(client: &Client) -> ToldSettings {
    let listed: Result<Vec<AvailabilityConfiguration>, ApiError> = pages(|token| async {
        let request = client
            .workmail()
            .list_availability_configurations()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        Ok((
            reply.availability_configurations().to_vec(),
            reply.next_token().map(str::to_owned),
        ))
    })
    .await;
    let fewest = listed
        .as_ref()
        .map_or(1, |listed| (listed.len() as u64).div_ceil(100).max(1));
    let settings = listed.and_then(|listed| listed.iter().map(setting).collect());
    ToldSettings::listed("ListAvailabilityConfigurations", settings, fewest)
}

/// The name is in small letters, as domains are the same in any; the id is what the service has.
fn setting(configuration: &AvailabilityConfiguration) -> Result<ToldSetting, ApiError> {
    let domain = required(configuration.domain_name(), "DomainName")?;
    let ews = configuration.ews_provider().map(|ews| {
        Value::Object(told([
            ("EwsEndpoint", told_text(ews.ews_endpoint())),
            ("EwsUsername", told_text(ews.ews_username())),
        ]))
    });
    let lambda = configuration
        .lambda_provider()
        .map(|lambda| Value::Object(told([("LambdaArn", told_text(Some(lambda.lambda_arn())))])));
    Ok(ToldSetting {
        owner: None,
        name: domain.to_lowercase(),
        id: Some(domain),
        members: told([("EwsProvider", ews), ("LambdaProvider", lambda)]),
    })
}

async fn execute(client: &Client, call: &Outgoing<'_>) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    let domain = text(call, "DomainName");
    match call.operation.as_str() {
        CREATE => {
            let domain = domain?;
            let (ews, lambda) = provider(call)?;
            let request = workmail
                .create_availability_configuration()
                .organization_id(organization)
                .client_token(text(call, "ClientToken")?)
                .domain_name(&domain)
                .set_ews_provider(ews)
                .set_lambda_provider(lambda);
            let answer = client.send_hiding(request.send(), call.secret).await;
            Some(answer.map(|_| Some(domain)))
        }
        UPDATE => {
            let (ews, lambda) = provider(call)?;
            let request = workmail
                .update_availability_configuration()
                .organization_id(organization)
                .domain_name(domain?)
                .set_ews_provider(ews)
                .set_lambda_provider(lambda);
            let answer = client.send_hiding(request.send(), call.secret).await;
            Some(answer.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_availability_configuration()
                .organization_id(organization)
                .domain_name(domain?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

type Provider = (
    Option<EwsAvailabilityProvider>,
    Option<LambdaAvailabilityProvider>,
);

/// The provider of a call; none if it is not exactly one, or its password is not at hand.
fn provider(call: &Outgoing<'_>) -> Option<Provider> {
    let member = |name: &str| call.input.get(name).and_then(Value::as_object);
    match (member("EwsProvider"), member("LambdaProvider")) {
        (Some(ews), None) => {
            let text = |member: &str| Some(ews.get(member)?.as_str()?.to_owned());
            let ews = EwsAvailabilityProvider::builder()
                .ews_endpoint(text("EwsEndpoint")?)
                .ews_username(text("EwsUsername")?)
                .ews_password(call.secret_for(ews.get("EwsPassword")?)?);
            Some((Some(ews.build().ok()?), None))
        }
        (None, Some(lambda)) => Some((None, Some(function(lambda)?))),
        _ => None,
    }
}

fn function(lambda: &Map<String, Value>) -> Option<LambdaAvailabilityProvider> {
    let arn = lambda.get("LambdaArn")?.as_str()?;
    LambdaAvailabilityProvider::builder()
        .lambda_arn(arn)
        .build()
        .ok()
}
