//! Organizations that are put in place without a request: those of `--organization`, and of manifests.

use serde_json::{Map, Value};

use super::{Emulator, EmulatorError, Guarded, OrganizationSeed, api, constraint};

/// Makes an organization Active with these domains verified, whatever it is now. A refused one changes
/// nothing; what changed is still to be kept.
pub(super) fn plant(
    emulator: &Emulator,
    guarded: &mut Guarded,
    seed: &OrganizationSeed,
) -> Result<(), EmulatorError> {
    let failed = |why: String| EmulatorError::Organization {
        alias: seed.alias.clone(),
        why,
    };
    let known = id_of(guarded, &seed.alias);
    let names = domains(guarded, known.as_deref(), seed).map_err(failed)?;
    let id = match known {
        Some(id) => id,
        None => made(emulator, guarded, &seed.alias).map_err(failed)?,
    };
    let now = guarded.clock.now();
    let organization = guarded
        .world
        .organization_mut(&id)
        .map_err(|refusal| failed(refusal.message))?;
    let unverified = |name: &String| {
        let domain = organization.head.domains.get(name);
        domain.is_some_and(|domain| domain.ownership != "VERIFIED")
    };
    let verified: Vec<&String> = names.iter().filter(|name| unverified(name)).collect();
    if organization.head.state != "Active" || !verified.is_empty() {
        let head = organization.head_mut();
        // It is Active at once, whatever the switches say of others.
        head.settle(f64::INFINITY);
        head.completed_at = head.completed_at.min(now);
        for name in verified {
            head.set_verification(name, "VERIFIED");
        }
    }
    for name in &names {
        if !organization.head.domains.contains_key(name) {
            api::add_domain(organization, name, "VERIFIED");
        }
    }
    Ok(())
}

/// The organization of this alias that can be Active.
fn id_of(guarded: &Guarded, alias: &str) -> Option<String> {
    let found = guarded.world.organizations().find(|found| {
        found.head.alias.eq_ignore_ascii_case(alias)
            && !matches!(found.head.state.as_str(), "Deleting" | "Deleted")
    });
    found.map(|found| found.head.id.clone())
}

/// The names of the domains, or why they cannot be those of this organization.
fn domains(
    guarded: &Guarded,
    id: Option<&str>,
    seed: &OrganizationSeed,
) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for domain in &seed.domains {
        let name = domain.to_ascii_lowercase();
        let mut input = Map::new();
        // The id stands for that of an organization that is still to be made.
        let known = format!("m-{}", "0".repeat(32));
        input.insert("OrganizationId".to_owned(), Value::from(known));
        input.insert("DomainName".to_owned(), Value::from(name.as_str()));
        let facts = constraint::operation("RegisterMailDomain");
        facts
            .map_or(Ok(()), |facts| constraint::check(facts, &input))
            .map_err(|refusal| format!("`{domain}` is no mail domain: {}", refusal.message))?;
        let own = id.and_then(|id| guarded.world.organization(id).ok());
        let is_own = own.is_some_and(|own| own.head.domains.contains_key(&name))
            || name == api::test_domain(&seed.alias);
        if !is_own {
            api::unused_domain(&guarded.world, &name).map_err(|refusal| refusal.message)?;
        }
        names.push(name);
    }
    Ok(names)
}

/// Makes an organization; returns its id.
fn made(emulator: &Emulator, guarded: &mut Guarded, alias: &str) -> Result<String, String> {
    let mut input = Map::new();
    input.insert("Alias".to_owned(), Value::from(alias));
    let region = &emulator.inner.region;
    emulator
        .decided(guarded, "CreateOrganization", &input, region)
        .map_err(|refusal| refusal.message)?;
    id_of(guarded, alias).ok_or_else(|| "it was not made".to_owned())
}
