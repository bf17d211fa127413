//! Reads and sends the identity provider.

use aws_sdk_workmail::types::{
    IdentityCenterConfiguration, IdentityProviderAuthenticationMode,
    PersonalAccessTokenConfiguration, PersonalAccessTokenConfigurationStatus,
};
use futures::FutureExt as _;
use serde_json::{Map, Value};

use crate::client::{ApiError, Client};
use crate::kinds::api::required;
use crate::kinds::setting::SINGLE;
use crate::kinds::setting::api::{Answer, Api, ToldSetting, ToldSettings, one, text, told};
use crate::model::Call;

use super::{DELETE, PUT};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// The provider, if there is one. Source: API reference, `DescribeIdentityProviderConfiguration`,
/// `ResourceNotFoundException`.
async fn read(client: &Client) -> ToldSettings {
    let request = client
        .workmail()
        .describe_identity_provider_configuration()
        .organization_id(client.organization());
    let reply = client.read(request.send()).await;
    let told = reply.and_then(|reply| {
        let mode = reply.authentication_mode();
        let mode = required(
            mode.map(IdentityProviderAuthenticationMode::as_str),
            "AuthenticationMode",
        )?;
        let center = reply.identity_center_configuration().map(center);
        let tokens = reply.personal_access_token_configuration().map(tokens);
        Ok(ToldSetting {
            owner: None,
            name: SINGLE.to_owned(),
            id: None,
            members: told([
                ("AuthenticationMode", Some(Value::from(mode))),
                ("IdentityCenterConfiguration", center.transpose()?),
                ("PersonalAccessTokenConfiguration", tokens.transpose()?),
            ]),
        })
    });
    one("DescribeIdentityProviderConfiguration", told)
}

fn center(center: &IdentityCenterConfiguration) -> Result<Value, ApiError> {
    let instance = required(Some(center.instance_arn()), "InstanceArn")?;
    let application = required(Some(center.application_arn()), "ApplicationArn")?;
    Ok(Value::Object(told([
        ("InstanceArn", Some(Value::from(instance))),
        ("ApplicationArn", Some(Value::from(application))),
    ])))
}

fn tokens(tokens: &PersonalAccessTokenConfiguration) -> Result<Value, ApiError> {
    let status = required(Some(tokens.status().as_str()), "Status")?;
    Ok(Value::Object(told([
        ("Status", Some(Value::from(status))),
        ("LifetimeInDays", tokens.lifetime_in_days().map(Value::from)),
    ])))
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        PUT => {
            let object = |member: &str| call.input.get(member)?.as_object();
            let mode = text(call, "AuthenticationMode")?;
            let center = object("IdentityCenterConfiguration")?;
            let tokens = object("PersonalAccessTokenConfiguration")?;
            let request = workmail
                .put_identity_provider_configuration()
                .organization_id(organization)
                .authentication_mode(IdentityProviderAuthenticationMode::from(mode.as_str()))
                .identity_center_configuration(center_of(center)?)
                .personal_access_token_configuration(tokens_of(tokens)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_identity_provider_configuration()
                .organization_id(organization);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

fn center_of(center: &Map<String, Value>) -> Option<IdentityCenterConfiguration> {
    IdentityCenterConfiguration::builder()
        .instance_arn(center.get("InstanceArn")?.as_str()?)
        .application_arn(center.get("ApplicationArn")?.as_str()?)
        .build()
        .ok()
}

fn tokens_of(tokens: &Map<String, Value>) -> Option<PersonalAccessTokenConfiguration> {
    let days = match tokens.get("LifetimeInDays") {
        Some(days) => Some(i32::try_from(days.as_i64()?).ok()?),
        None => None,
    };
    let status = tokens.get("Status")?.as_str()?;
    PersonalAccessTokenConfiguration::builder()
        .status(PersonalAccessTokenConfigurationStatus::from(status))
        .set_lifetime_in_days(days)
        .build()
        .ok()
}
