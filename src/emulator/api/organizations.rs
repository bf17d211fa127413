//! Organizations. Source: API reference, `CreateOrganization`, `DescribeOrganization`,
//! `ListOrganizations`, `DeleteOrganization`; behaviour notes, section 13.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::DELETED_ORGANIZATIONS;
use super::super::refusal::Refusal;
use super::super::state::{Domain, Entity, Head, Kind, Organization, State};
use super::Call;
use super::shared::paged;

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let alias = call.text("Alias").to_owned();
        let taken = call.world.organizations().any(|organization| {
            organization.head.alias == alias && organization.head.state != "Deleted"
        });
        if taken {
            return Err(Refusal::new(
                "NameAvailabilityException",
                format!("The alias {alias} is taken."),
            ));
        }
        let domains = domains(call)?;
        let region = call.region.to_owned();
        let directory_id = call.optional("DirectoryId").map(str::to_owned);
        let head = new_head(call, &alias, &region, directory_id);
        let id = head.id.clone();
        call.world.add(head);
        let behaviors = call.behaviors;
        let organization = call.world.organization_mut(&id)?;
        add_system_user(organization);
        super::access_control::seed(organization);
        super::mobile_devices::seed(organization);
        super::settings::seed(organization, behaviors);
        for domain in domains {
            super::domains::add(organization, &domain, "PENDING");
        }
        Ok(json!({ "OrganizationId": id }))
    })
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.world.organization(call.text("OrganizationId"))?;
    let head = &organization.head;
    Ok(json!({
        "OrganizationId": head.id,
        "Alias": head.alias,
        "State": head.state,
        "DirectoryId": head.directory_id,
        "DirectoryType": "VpcDirectory",
        "DefaultMailDomain": head.default_domain,
        "CompletedDate": head.completed_at,
        "ARN": organization.arn(),
        "InteroperabilityEnabled": false,
    }))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let hides = call.behaviors.is(DELETED_ORGANIZATIONS, "hide");
    let items = call
        .world
        .organizations()
        .filter(|organization| !(hides && organization.head.state == "Deleted"))
        .map(|organization| (organization.head.order, summary(organization)));
    let page = call
        .pager
        .page(call.operation, call.input, call.page_size(), items)?;
    Ok(paged("OrganizationSummaries", page))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let id = call.text("OrganizationId").to_owned();
        let forced = call.input.get("ForceDelete").and_then(Value::as_bool) == Some(true);
        let organization = call.world.organization_mut(&id)?;
        if organization.head.state == "Deleted" {
            let message = format!("Organization {id} is not Active, state: Deleted");
            return Err(Refusal::new("OrganizationStateException", message));
        }
        let people = |entity: &Entity| entity.kind == Kind::User && entity.state == State::Enabled;
        if !forced && organization.directory.all().any(people) {
            return Err(Refusal::new(
                "OrganizationStateException",
                "The organization has registered users: deregister them, or use ForceDelete.",
            ));
        }
        "Deleted".clone_into(&mut organization.head_mut().state);
        Ok(json!({ "OrganizationId": id, "State": "Deleted" }))
    })
}

/// An Active organization with its test domain and its system user.
pub(in super::super) fn new_head(
    call: &mut Call<'_>,
    alias: &str,
    region: &str,
    directory_id: Option<String>,
) -> Head {
    let order = call.world.next_order();
    let test_domain = format!("{alias}.awsapps.com");
    let hexadecimal = Uuid::new_v4().simple().to_string();
    Head {
        id: format!("m-{hexadecimal}"),
        order,
        alias: alias.to_owned(),
        state: "Active".to_owned(),
        directory_id: directory_id.unwrap_or_else(|| format!("d-{}", &hexadecimal[..10])),
        region: region.to_owned(),
        completed_at: call.now,
        default_domain: test_domain.clone(),
        domains: BTreeMap::from([(
            test_domain,
            Domain {
                order: 1,
                test: true,
                ownership: "VERIFIED".to_owned(),
                dkim: "VERIFIED".to_owned(),
            },
        )]),
        tags: BTreeMap::new(),
    }
}

/// Adds the user that the service makes for itself. Source: AWS CLI examples, `list-users`.
pub(in super::super) fn add_system_user(organization: &mut Organization) {
    let key = organization.directory.next_key();
    let mut fields = Map::new();
    fields.insert("UserRole".to_owned(), json!("SYSTEM_USER"));
    fields.insert("DisplayName".to_owned(), json!(""));
    let id = Uuid::new_v4().to_string();
    let name = format!("system-{}", &id[..8]);
    organization
        .directory
        .add(Entity::new(key, id, Kind::User, &name, fields));
}

fn domains(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let Some(Value::Array(domains)) = call.input.get("Domains") else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = domains
        .iter()
        .filter_map(|domain| Some(domain.get("DomainName")?.as_str()?.to_ascii_lowercase()))
        .collect();
    for name in &names {
        super::domains::unused(call.world, name)?;
    }
    Ok(names)
}

fn summary(organization: &Organization) -> Value {
    let head = &organization.head;
    json!({
        "OrganizationId": head.id,
        "Alias": head.alias,
        "DefaultMailDomain": head.default_domain,
        "State": head.state,
    })
}
