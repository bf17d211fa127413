//! Organizations. Source: API reference, `CreateOrganization`, `DescribeOrganization`,
//! `ListOrganizations`, `DeleteOrganization`; behaviour notes, section 13.
//!
//! Every other operation wants an Active organization, but for tags, which are found by the ARN. The
//! directories of the account are those of its organizations, deleted ones too; of an id that no
//! organization had nothing is known, and it is taken as it is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::{
    DELETED_ORGANIZATIONS, ORGANIZATION_CREATED, ORGANIZATION_DELETED, ORGANIZATION_IN_USE,
    TEST_DOMAIN_VERIFIED,
};
use super::super::refusal::Refusal;
use super::super::state::{
    DirectoryState, Domain, Entity, Head, Kind, Organization, Pending, State, Step, World,
};
use super::Call;

/// The most organizations of an account. Source: quotas.
const LIMIT: usize = 100;

/// What `POST /_emulator/directories` sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in super::super) struct Directory {
    /// The alias or id of an organization.
    organization: String,
    state: DirectoryState,
}

/// Says how the directory of an organization stands.
pub(in super::super) fn set_directory(world: &mut World, new: &Directory) -> Result<(), String> {
    let organization = world.active_called(&new.organization)?;
    organization.head_mut().directory_state = new.state;
    Ok(())
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let alias = call.text("Alias").to_owned();
        let taken = call.world.organizations().any(|organization| {
            organization.head.alias.eq_ignore_ascii_case(&alias)
                && organization.head.state != "Deleted"
        });
        if taken {
            return Err(Refusal::new(
                "NameAvailabilityException",
                format!("The alias {alias} is taken."),
            ));
        }
        directory(call, &alias)?;
        let all = call.world.organizations();
        if all.filter(|found| found.head.state != "Deleted").count() >= LIMIT {
            return Err(Refusal::limit(format!(
                "An account has {LIMIT} organizations at most."
            )));
        }
        let domains = domains(call)?;
        let head = new_head(call, &alias);
        let id = head.id.clone();
        call.world.add(head);
        let behaviors = call.behaviors;
        let organization = call.world.organization_mut(&id)?;
        add_system_user(organization);
        super::access_control::seed(organization);
        super::mobile_devices::seed(organization, behaviors);
        super::settings::seed(organization, behaviors);
        let ownership = super::domains::ownership(behaviors);
        for domain in domains {
            super::domains::add(organization, &domain, ownership);
        }
        Ok(json!({ "OrganizationId": id }))
    })
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.world.organization(call.text("OrganizationId"))?;
    let head = &organization.head;
    let mut told = json!({
        "OrganizationId": head.id,
        "Alias": head.alias,
        "State": head.state,
        "DirectoryId": head.directory_id,
        "DirectoryType": "VpcDirectory",
        "DefaultMailDomain": head.default_domain,
        "ARN": organization.arn(),
        "InteroperabilityEnabled": head.interoperability,
    });
    if !matches!(head.state.as_str(), "Requested" | "Creating") {
        told["CompletedDate"] = json!(head.completed_at);
    }
    Ok(told)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let hides = call.behaviors.is(DELETED_ORGANIZATIONS, "hide");
    let items = call
        .world
        .organizations()
        .filter(|organization| !(hides && organization.head.state == "Deleted"))
        .map(|organization| (organization.head.order, summary(organization)));
    call.paging().page("OrganizationSummaries", items)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let id = call.text("OrganizationId").to_owned();
        let is_set = |member: &str| call.flag(member) == Some(true);
        let (forced, with_directory) = (is_set("ForceDelete"), is_set("DeleteDirectory"));
        let with_application = is_set("DeleteIdentityCenterApplication");
        let gone_at = call.now + seconds(call, ORGANIZATION_DELETED);
        let (now, behaviors) = (call.now, call.behaviors);
        let organization = call.organization()?;
        let people = |entity: &Entity| entity.kind == Kind::User && entity.state == State::Enabled;
        if !forced && organization.directory.all().any(people) {
            let message =
                "The organization has registered users: deregister them, or use ForceDelete.";
            return Err(if behaviors.is(ORGANIZATION_IN_USE, "parameter") {
                Refusal::invalid(message)
            } else {
                Refusal::new("OrganizationStateException", message)
            });
        }
        organization.secrets.clear();
        let head = organization.head_mut();
        "Deleting".clone_into(&mut head.state);
        head.directory_deleted = with_directory;
        head.pending = vec![Pending {
            at: gone_at,
            step: Step::Delete,
        }];
        head.settle(now);
        let state = head.state.clone();
        if with_application {
            super::identity::delete_application_of(call, &id);
        }
        Ok(json!({ "OrganizationId": id, "State": state }))
    })
}

/// Refuses a directory that cannot be the organization's. Source: API reference, `CreateOrganization`.
fn directory(call: &Call<'_>, alias: &str) -> Result<(), Refusal> {
    let interoperates = call.flag("EnableInteroperability") == Some(true);
    let Some(id) = call.optional("DirectoryId") else {
        return if interoperates {
            Err(Refusal::invalid(
                "EnableInteroperability needs DirectoryId.",
            ))
        } else {
            Ok(())
        };
    };
    let heads = call.world.organizations().map(|found| &found.head);
    for head in heads.filter(|head| head.directory_id == id) {
        if head.state != "Deleted" {
            return Err(Refusal::new(
                "DirectoryInUseException",
                format!("The directory {id} is that of another organization."),
            ));
        }
        if head.directory_deleted {
            return Err(Refusal::new(
                "DirectoryUnavailableException",
                format!("The directory {id} is deleted."),
            ));
        }
        if !head.alias.eq_ignore_ascii_case(alias) {
            return Err(Refusal::invalid(format!(
                "The alias of the directory {id} is {}.",
                head.alias
            )));
        }
    }
    Ok(())
}

fn seconds(call: &Call<'_>, switch: &str) -> f64 {
    Duration::from_secs(call.behaviors.number(switch)).as_secs_f64()
}

/// A new organization with its test domain, as far as it is at once.
fn new_head(call: &mut Call<'_>, alias: &str) -> Head {
    let order = call.world.next_order();
    let test_domain = super::domains::test_domain(alias);
    let hexadecimal = Uuid::new_v4().simple().to_string();
    let created = seconds(call, ORGANIZATION_CREATED);
    let active_at = call.now + created;
    let step = |step, at| Pending { at, step };
    let pending = vec![
        step(Step::Create, call.now + created / 2.0),
        step(Step::Activate, active_at),
        step(
            Step::VerifyTestDomain,
            active_at + seconds(call, TEST_DOMAIN_VERIFIED),
        ),
    ];
    let mut head = Head {
        id: format!("m-{hexadecimal}"),
        order,
        alias: alias.to_owned(),
        state: "Requested".to_owned(),
        directory_id: call
            .optional("DirectoryId")
            .map_or_else(|| format!("d-{}", &hexadecimal[..10]), str::to_owned),
        directory_state: DirectoryState::default(),
        directory_deleted: false,
        kms_key_arn: call.optional("KmsKeyArn").map(str::to_owned),
        interoperability: call.flag("EnableInteroperability") == Some(true),
        region: call.region.to_owned(),
        completed_at: active_at,
        pending,
        default_domain: test_domain.clone(),
        domains: BTreeMap::from([(
            test_domain,
            Domain {
                order: 1,
                test: true,
                ownership: "PENDING".to_owned(),
                dkim: "PENDING".to_owned(),
            },
        )]),
        tags: BTreeMap::new(),
    };
    head.settle(call.now);
    head
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

/// The domains that a new organization is to have, each once. The operation declares no error for a
/// domain that somebody else has; `InvalidParameterException` is the nearest of those that it does.
fn domains(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = Vec::new();
    let given = call.input.get("Domains").and_then(Value::as_array);
    for domain in given.into_iter().flatten() {
        let Some(name) = domain.get("DomainName").and_then(Value::as_str) else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        super::domains::unused(call.world, &name)
            .map_err(|refusal| Refusal::invalid(refusal.message))?;
        if !names.contains(&name) {
            names.push(name);
        }
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
