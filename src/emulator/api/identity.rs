//! Identity providers and the applications they need in IAM Identity Center. Source: API reference,
//! `PutIdentityProviderConfiguration`, `DescribeIdentityProviderConfiguration`,
//! `DeleteIdentityProviderConfiguration`, `CreateIdentityCenterApplication`,
//! `DeleteIdentityCenterApplication`; behaviour notes, section 15.
//!
//! Applications belong to the account. A configuration must name one that was made here
//! (`ResourceNotFoundException`) and its instance (`InvalidParameterException`). Instances are not
//! looked up.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::behavior::{APPLICATION_IN_USE, LAG};
use super::super::refusal::Refusal;
use super::super::state::{ACCOUNT, Lag, Sort};
use super::shared::ONLY;
use super::{Call, nothing};

pub(super) const APPLICATIONS: Sort<Application> = Sort::new("identityCenterApplication");
pub(super) const PROVIDERS: Sort<Provider> = Sort::new("identityProvider");

/// An application; its ARN is its key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Application {
    name: String,
    instance_arn: String,
}

/// The identity provider of an organization.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Provider {
    authentication_mode: String,
    identity_center_configuration: IdentityCenter,
    personal_access_token_configuration: Tokens,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityCenter {
    instance_arn: String,
    application_arn: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tokens {
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_in_days: Option<u32>,
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let provider: Provider = call.read()?;
    call.organization()?;
    let center = &provider.identity_center_configuration;
    let application = call
        .world
        .tables
        .get(&APPLICATIONS, &center.application_arn)
        .ok_or_else(|| {
            Refusal::new(
                "ResourceNotFoundException",
                format!("The application {} does not exist.", center.application_arn),
            )
        })?;
    if application.instance_arn != center.instance_arn {
        return Err(Refusal::invalid(
            "The application belongs to another instance.",
        ));
    }
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.put(&PROVIDERS, ONLY, &provider, lag);
    Ok(nothing())
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let provider = organization
        .tables
        .seen(&PROVIDERS, ONLY, organization.lag());
    let provider = provider.ok_or_else(|| {
        Refusal::new(
            "ResourceNotFoundException",
            "The organization has no identity provider configuration.",
        )
    })?;
    Ok(json!(provider))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&PROVIDERS, ONLY, lag);
    Ok(nothing())
}

pub(super) fn create_application(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let application: Application = call.read()?;
        let arn = application_arn(&application.instance_arn);
        let lag = account_lag(call);
        call.world
            .tables
            .put(&APPLICATIONS, &arn, &application, lag);
        Ok(json!({ "ApplicationArn": arn }))
    })
}

/// An application that is not there can be deleted. Whether one that an organization uses can, is
/// open: its deletion does not affect organizations, and the state of one is among the errors.
pub(super) fn delete_application(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let arn = call.text("ApplicationArn");
    let is_used = call.world.organizations().any(|organization| {
        let provider = organization.tables.get(&PROVIDERS, ONLY);
        organization.head.state == "Active"
            && provider
                .is_some_and(|used| used.identity_center_configuration.application_arn == arn)
    });
    if is_used && call.behaviors.is(APPLICATION_IN_USE, "refuse") {
        return Err(Refusal::new(
            "OrganizationStateException",
            "An organization uses the application.",
        ));
    }
    let (arn, lag) = (arn.to_owned(), account_lag(call));
    call.world.tables.remove(&APPLICATIONS, &arn, lag);
    Ok(nothing())
}

/// Deletes the application that an organization uses, if it uses one. Its configuration stays: the
/// deletion does not affect the authentication of any organization.
pub(super) fn delete_application_of(call: &mut Call<'_>, organization: &str) {
    let organization = call.world.organization(organization).ok();
    let provider = organization.and_then(|organization| organization.tables.get(&PROVIDERS, ONLY));
    if let Some(provider) = provider {
        let arn = provider.identity_center_configuration.application_arn;
        let lag = account_lag(call);
        call.world.tables.remove(&APPLICATIONS, &arn, lag);
    }
}

/// `arn:aws:sso::ACCOUNT:application/INSTANCE/apl-…`, in the partition of the instance.
/// Source: API reference, the pattern of `ApplicationArn`.
fn application_arn(instance_arn: &str) -> String {
    let partition = instance_arn.split(':').nth(1).unwrap_or("aws");
    let instance = instance_arn
        .rsplit_once('/')
        .map_or("", |(_, instance)| instance);
    let unique = Uuid::new_v4().simple().to_string();
    let unique = &unique[..16];
    format!("arn:{partition}:sso::{ACCOUNT}:application/{instance}/apl-{unique}")
}

fn account_lag(call: &Call<'_>) -> Lag {
    Lag {
        call: call.number,
        calls: call.behaviors.number(LAG),
    }
}
