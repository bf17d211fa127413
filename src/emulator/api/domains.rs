//! Mail domains. Source: API reference, `RegisterMailDomain`, `GetMailDomain`, `ListMailDomains`,
//! `UpdateDefaultMailDomain`, `DeregisterMailDomain`; behaviour notes, section 13.

use serde_json::{Value, json};

use super::super::behavior::{Behaviors, DEFAULT_UNVERIFIED, DOMAIN_REGISTERED};
use super::super::refusal::Refusal;
use super::super::state::{Domain, Organization, State, World};
use super::{Call, nothing};

/// The most domains of an organization. Source: quotas.
const LIMIT: usize = 1000;

/// What test domains end with.
const TEST_DOMAINS: &str = ".awsapps.com";

pub(super) fn register(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let name = call.text("DomainName").to_ascii_lowercase();
        let ownership = ownership(call.behaviors);
        let there = call.organization()?.head.domains.contains_key(&name);
        if there {
            return Ok(nothing());
        }
        if name != test_domain(&call.organization()?.head.alias) {
            unused(call.world, &name)?;
        }
        let organization = call.organization()?;
        if organization.head.domains.len() >= LIMIT {
            return Err(Refusal::limit(format!(
                "An organization has {LIMIT} domains at most."
            )));
        }
        add(organization, &name, ownership);
        Ok(nothing())
    })
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("DomainName").to_ascii_lowercase();
    let head = &call.organization()?.head;
    let domain = head.domains.get(&name).ok_or_else(|| not_found(&name))?;
    Ok(json!({
        "Records": records(&name, &head.region),
        "IsTestDomain": domain.test,
        "IsDefault": head.default_domain == name,
        "OwnershipVerificationStatus": domain.ownership,
        "DkimVerificationStatus": domain.dkim,
    }))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let head = &call.organization()?.head;
    let mut domains: Vec<(u64, Value)> = head
        .domains
        .iter()
        .map(|(name, domain)| {
            (
                domain.order,
                json!({ "DomainName": name, "DefaultDomain": *name == head.default_domain }),
            )
        })
        .collect();
    domains.sort_by_key(|(order, _)| *order);
    paging.page("MailDomains", domains.into_iter())
}

pub(super) fn update_default(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("DomainName").to_ascii_lowercase();
    let refuses = call.behaviors.is(DEFAULT_UNVERIFIED, "refuse");
    let organization = call.organization()?;
    let domain = organization
        .head
        .domains
        .get(&name)
        .ok_or_else(|| not_found(&name))?;
    if refuses && domain.ownership != "VERIFIED" {
        return Err(Refusal::new(
            "MailDomainStateException",
            format!("The domain {name} is not verified."),
        ));
    }
    organization.head_mut().default_domain = name;
    Ok(nothing())
}

pub(super) fn deregister(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("DomainName").to_ascii_lowercase();
    let organization = call.organization()?;
    if !organization.head.domains.contains_key(&name) {
        return Ok(nothing());
    }
    let suffix = format!("@{name}");
    let used = organization
        .directory
        .all()
        .filter(|entity| entity.state != State::Deleted)
        .any(|entity| {
            entity
                .aliases
                .iter()
                .chain(&entity.email)
                .any(|address| address.to_lowercase().ends_with(&suffix))
        });
    if used || organization.head.default_domain == name {
        return Err(Refusal::new(
            "MailDomainInUseException",
            format!("The domain {name} is in use."),
        ));
    }
    organization.head_mut().domains.remove(&name);
    Ok(nothing())
}

/// How the ownership of a new domain stands.
pub(super) fn ownership(behaviors: &Behaviors) -> &'static str {
    if behaviors.is(DOMAIN_REGISTERED, "verified") {
        "VERIFIED"
    } else {
        "PENDING"
    }
}

/// The domain that an organization has from the start. The service owns it.
pub(in super::super) fn test_domain(alias: &str) -> String {
    format!("{}{TEST_DOMAINS}", alias.to_ascii_lowercase())
}

/// Adds a domain that nobody has. A test domain that comes back needs no verification.
pub(in super::super) fn add(organization: &mut Organization, name: &str, ownership: &str) {
    let test = name == test_domain(&organization.head.alias);
    let ownership = if test { "VERIFIED" } else { ownership };
    let order = organization
        .head
        .domains
        .values()
        .map(|domain| domain.order)
        .max()
        .unwrap_or(0)
        + 1;
    let domain = Domain {
        order,
        test,
        ownership: ownership.to_owned(),
        dkim: ownership.to_owned(),
    };
    organization
        .head_mut()
        .domains
        .insert(name.to_owned(), domain);
}

/// Refuses a domain that an organization has already, and those below the service's own, which are
/// test domains of organizations that are or may come to be. Source: behaviour notes, section 6.
pub(in super::super) fn unused(world: &World, name: &str) -> Result<(), Refusal> {
    let used = world.organizations().any(|organization| {
        organization.head.state != "Deleted" && organization.head.domains.contains_key(name)
    });
    if used || name.ends_with(TEST_DOMAINS) {
        return Err(Refusal::new(
            "MailDomainInUseException",
            format!("The domain {name} is in use."),
        ));
    }
    Ok(())
}

fn not_found(name: &str) -> Refusal {
    Refusal::new(
        "MailDomainNotFoundException",
        format!("The domain {name} is not registered."),
    )
}

/// The records that a real domain has to publish, made of the same parts.
fn records(name: &str, region: &str) -> Vec<Value> {
    let record = |kind: &str, host: String, value: String| json!({ "Type": kind, "Hostname": host, "Value": value });
    vec![
        record(
            "TXT",
            format!("_amazonses.{name}."),
            format!("verification-of-{name}"),
        ),
        record(
            "MX",
            format!("{name}."),
            format!("10 inbound-smtp.{region}.amazonaws.com."),
        ),
        record(
            "CNAME",
            format!("autodiscover.{name}."),
            format!("autodiscover.mail.{region}.awsapps.com."),
        ),
        record(
            "CNAME",
            format!("selector1._domainkey.{name}."),
            "selector1.dkim.amazonses.com.".to_owned(),
        ),
    ]
}
