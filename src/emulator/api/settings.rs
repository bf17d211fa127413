//! Settings of an organization: retention, e-mail monitoring, inbound DMARC. Source: API reference,
//! `PutRetentionPolicy`, `GetDefaultRetentionPolicy`, `DeleteRetentionPolicy`,
//! `PutEmailMonitoringConfiguration`, `DescribeEmailMonitoringConfiguration`,
//! `DeleteEmailMonitoringConfiguration`, `PutInboundDmarcSettings`, `DescribeInboundDmarcSettings`;
//! behaviour notes, sections 10 and 13.
//!
//! The API tells of one retention policy. A put with an id that is not its id is taken as a second
//! policy, and refused: of the declared errors only the limit fits. Log groups and roles of other
//! services are not looked up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::behavior::{Behaviors, RETENTION_AGAIN, RETENTION_DELETED, RETENTION_NEW};
use super::super::refusal::Refusal;
use super::super::state::{ACCOUNT, Organization, Sort};
use super::shared::ONLY;
use super::{Call, nothing};

pub(super) const RETENTION: Sort<Retention> = Sort::new("retentionPolicy");
pub(super) const MONITORING: Sort<Monitoring> = Sort::new("emailMonitoring");
pub(super) const DMARC: Sort<bool> = Sort::new("inboundDmarc");

/// The folders of a policy. Source: API reference, `FolderConfiguration`.
const FOLDERS: &[&str] = &[
    "INBOX",
    "DELETED_ITEMS",
    "SENT_ITEMS",
    "DRAFTS",
    "JUNK_EMAIL",
];

/// The retention policy of an organization.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Retention {
    #[serde(default)]
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    folder_configurations: Vec<Folder>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Folder {
    name: String,
    action: String,
    /// In days.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
}

/// Where an organization reports what happens to its mail.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Monitoring {
    #[serde(default = "own_role")]
    role_arn: String,
    log_group_arn: String,
}

pub(super) fn put_retention(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut policy: Retention = call.read()?;
    let refuses = call.behaviors.is(RETENTION_AGAIN, "limit");
    let organization = call.organization()?;
    let mut folders = BTreeSet::new();
    for folder in &policy.folder_configurations {
        if !folders.insert(&folder.name) {
            return Err(Refusal::invalid("A folder is given twice."));
        }
    }
    let before = organization.tables.get(&RETENTION, ONLY);
    if let Some(before) = before {
        let is_second = if policy.id.is_empty() {
            refuses
        } else {
            policy.id != before.id
        };
        if is_second {
            return Err(Refusal::limit("An organization has one retention policy."));
        }
        policy.id = before.id;
    } else if policy.id.is_empty() {
        policy.id = Uuid::new_v4().to_string();
    }
    let lag = organization.lag();
    organization.tables.put(&RETENTION, ONLY, &policy, lag);
    Ok(nothing())
}

pub(super) fn get_retention(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let policy = organization
        .tables
        .seen(&RETENTION, ONLY, organization.lag());
    let policy = policy.ok_or_else(|| {
        Refusal::new(
            "EntityNotFoundException",
            "The organization has no retention policy.",
        )
    })?;
    Ok(json!(policy))
}

pub(super) fn delete_retention(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("Id").to_owned();
    let leaves_one = call.behaviors.is(RETENTION_DELETED, "all-none");
    let organization = call.organization()?;
    let policy = organization.tables.get(&RETENTION, ONLY);
    if policy.is_some_and(|policy| policy.id == id) {
        if leaves_one {
            put_all_none(organization);
        } else {
            let lag = organization.lag();
            organization.tables.remove(&RETENTION, ONLY, lag);
        }
    }
    Ok(nothing())
}

pub(super) fn put_monitoring(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let monitoring: Monitoring = call.read()?;
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.put(&MONITORING, ONLY, &monitoring, lag);
    Ok(nothing())
}

pub(super) fn describe_monitoring(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let monitoring = organization
        .tables
        .seen(&MONITORING, ONLY, organization.lag());
    let monitoring = monitoring.ok_or_else(|| {
        Refusal::new(
            "ResourceNotFoundException",
            "The organization has no e-mail monitoring configuration.",
        )
    })?;
    Ok(json!(monitoring))
}

pub(super) fn delete_monitoring(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&MONITORING, ONLY, lag);
    Ok(nothing())
}

pub(super) fn put_dmarc(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let enforced = call.input.get("Enforced").and_then(Value::as_bool) == Some(true);
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.put(&DMARC, ONLY, &enforced, lag);
    Ok(nothing())
}

pub(super) fn describe_dmarc(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let enforced = organization.tables.seen(&DMARC, ONLY, organization.lag());
    Ok(json!({ "Enforced": enforced.unwrap_or(true) }))
}

/// The policy of a new organization, if a switch gives it one; a new organization enforces DMARC.
pub(super) fn seed(organization: &mut Organization, behaviors: &Behaviors) {
    if behaviors.is(RETENTION_NEW, "all-none") {
        put_all_none(organization);
    }
}

/// A policy that does nothing with any folder.
fn put_all_none(organization: &mut Organization) {
    let folders = FOLDERS.iter().map(|name| Folder {
        name: (*name).to_owned(),
        action: "NONE".to_owned(),
        period: None,
    });
    let policy = Retention {
        id: Uuid::new_v4().to_string(),
        name: "default".to_owned(),
        description: None,
        folder_configurations: folders.collect(),
    };
    let lag = organization.lag();
    organization.tables.put(&RETENTION, ONLY, &policy, lag);
}

/// The role that stands in where a request names none, `AWSServiceRoleForAmazonWorkMailEvents`.
/// Source: API reference, `PutEmailMonitoringConfiguration`.
fn own_role() -> String {
    format!(
        "arn:aws:iam::{ACCOUNT}:role/aws-service-role/events.workmail.amazonaws.com/AWSServiceRoleForAmazonWorkMailEvents"
    )
}
