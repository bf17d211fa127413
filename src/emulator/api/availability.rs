//! Availability configurations: who tells the calendars of another domain. Source: API reference,
//! `CreateAvailabilityConfiguration`, `UpdateAvailabilityConfiguration`,
//! `ListAvailabilityConfigurations`, `DeleteAvailabilityConfiguration`,
//! `TestAvailabilityConfiguration`, `AvailabilityConfiguration`, `RedactedEwsAvailabilityProvider`.
//!
//! The domain is somebody else's, so it is not looked up among the organization's. The limit is not
//! documented: it is that of domains. The password of an EWS provider is kept as salt and hash; what a
//! test of a stored configuration sends stays in memory, and a restart forgets it. There are no Lambda
//! functions here, so that a test of one fails and says so.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::ews::{Probe, failed};
use super::super::refusal::Refusal;
use super::super::secret::{Held, is_same, salted};
use super::super::state::Sort;
use super::{Call, nothing};

pub(super) const CONFIGURATIONS: Sort<Configuration> = Sort::new("availabilityConfiguration");

/// The most configurations of an organization: as many as domains.
const LIMIT: usize = 1000;

/// A configuration; its domain in lower case is its key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configuration {
    #[serde(flatten)]
    provider: Provider,
    date_created: f64,
    date_modified: f64,
}

#[derive(Debug, Serialize, Deserialize)]
enum Provider {
    #[serde(rename = "EwsProvider")]
    Ews(Ews),
    #[serde(rename = "LambdaProvider")]
    Lambda(Lambda),
}

#[derive(Debug, Serialize, Deserialize)]
struct Ews {
    #[serde(rename = "EwsEndpoint")]
    endpoint: String,
    #[serde(rename = "EwsUsername")]
    user_name: String,
    /// As sent in a request; salt and hash in a row.
    #[serde(rename = "EwsPassword")]
    password: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lambda {
    lambda_arn: String,
}

/// The providers of a request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    ews_provider: Option<Ews>,
    lambda_provider: Option<Lambda>,
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let (domain, provider) = (domain(call), sent(call)?);
        let organization = call.organization()?;
        let tables = &organization.tables;
        if tables.get(&CONFIGURATIONS, &domain).is_some() {
            return Err(Refusal::new(
                "NameAvailabilityException",
                format!("The domain {domain} has an availability configuration."),
            ));
        }
        if tables.count(&CONFIGURATIONS) >= LIMIT {
            return Err(Refusal::limit(format!(
                "An organization has {LIMIT} availability configurations at most."
            )));
        }
        let created = call.now;
        put(call, &domain, provider, created)
    })
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (domain, provider) = (domain(call), sent(call)?);
    let tables = &call.organization()?.tables;
    let before = tables.get(&CONFIGURATIONS, &domain);
    let created = before.ok_or_else(|| not_found(&domain))?.date_created;
    put(call, &domain, provider, created)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let after = paging.after()?;
    let organization = call.organization()?;
    let configurations = organization
        .tables
        .listed(&CONFIGURATIONS, after, organization.lag())
        .map(|(order, domain, configuration)| (order, told(domain, configuration)));
    paging.page("AvailabilityConfigurations", configurations)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let domain = domain(call);
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&CONFIGURATIONS, &domain, lag);
    organization.secrets.remove(&domain);
    Ok(nothing())
}

/// What stands now is tested, whatever reads lag behind. The endpoint is called when the state is
/// no longer locked.
pub(super) fn test(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let stored = call.optional("DomainName").map(str::to_lowercase);
    let sent: Sent = call.read()?;
    let organization = call.organization()?;
    let (provider, password) = match (stored, sent.ews_provider, sent.lambda_provider) {
        (Some(domain), None, None) => {
            let stored = organization.tables.get(&CONFIGURATIONS, &domain);
            let provider = stored.ok_or_else(|| not_found(&domain))?.provider;
            let held = organization.secrets.get(&domain).filter(|held| {
                matches!(&provider, Provider::Ews(ews) if is_same(held.reveal(), &ews.password))
            });
            let held = held.cloned();
            (provider, held)
        }
        (None, Some(ews), None) => {
            let password = Held::new(&ews.password);
            (Provider::Ews(ews), Some(password))
        }
        (None, None, Some(lambda)) => (Provider::Lambda(lambda), None),
        _ => {
            return Err(Refusal::invalid(
                "Give one of DomainName, EwsProvider and LambdaProvider.",
            ));
        }
    };
    let Provider::Ews(ews) = provider else {
        return Ok(failed("The emulator runs no Lambda functions."));
    };
    let Some(password) = password else {
        return Ok(failed(
            "The emulator was restarted since it got the password, of which it keeps a hash only: \
             update the configuration, or test with EwsProvider.",
        ));
    };
    call.probe = Some(Probe {
        endpoint: ews.endpoint,
        user_name: ews.user_name,
        password,
    });
    Ok(failed("The endpoint was not called."))
}

/// Keeps a configuration, its password as salt and hash.
fn put(
    call: &mut Call<'_>,
    domain: &str,
    mut provider: Provider,
    created: f64,
) -> Result<Value, Refusal> {
    let now = call.now;
    let organization = call.organization()?;
    organization.secrets.remove(domain);
    if let Provider::Ews(ews) = &mut provider {
        let password = Held::new(&ews.password);
        ews.password = salted(password.reveal());
        organization.secrets.insert(domain.to_owned(), password);
    }
    let configuration = Configuration {
        provider,
        date_created: created,
        date_modified: now,
    };
    let lag = organization.lag();
    organization
        .tables
        .put(&CONFIGURATIONS, domain, &configuration, lag);
    Ok(nothing())
}

/// The one provider of a request.
fn sent(call: &Call<'_>) -> Result<Provider, Refusal> {
    let sent: Sent = call.read()?;
    match (sent.ews_provider, sent.lambda_provider) {
        (Some(ews), None) => Ok(Provider::Ews(ews)),
        (None, Some(lambda)) => Ok(Provider::Lambda(lambda)),
        _ => Err(Refusal::invalid(
            "Give one of EwsProvider and LambdaProvider.",
        )),
    }
}

fn domain(call: &Call<'_>) -> String {
    call.text("DomainName").to_lowercase()
}

fn not_found(domain: &str) -> Refusal {
    Refusal::new(
        "ResourceNotFoundException",
        format!("The domain {domain} has no availability configuration."),
    )
}

fn told(domain: &str, configuration: Configuration) -> Value {
    let (r#type, member, provider) = match configuration.provider {
        Provider::Ews(ews) => {
            let told = json!({ "EwsEndpoint": ews.endpoint, "EwsUsername": ews.user_name });
            ("EWS", "EwsProvider", told)
        }
        Provider::Lambda(lambda) => ("LAMBDA", "LambdaProvider", json!(lambda)),
    };
    json!({
        "DomainName": domain,
        "ProviderType": r#type,
        member: provider,
        "DateCreated": configuration.date_created,
        "DateModified": configuration.date_modified,
    })
}
