//! Mobile device access overrides, one for a user and a device. Source: API reference,
//! `PutMobileDeviceAccessOverride`, `GetMobileDeviceAccessOverride`, `ListMobileDeviceAccessOverrides`,
//! `DeleteMobileDeviceAccessOverride`, `MobileDeviceAccessOverride`; behaviour notes, section 9.
//!
//! A device comes back as the last put wrote it. What is left of a deleted user can be taken away by
//! the user's id, and cannot be asked for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::behavior::RULE_USER_STATE;
use super::super::refusal::Refusal;
use super::super::state::{Directory, Entity, Identified, Kind, Organization, Sort};
use super::shared::{Effect, registered};
use super::{Call, nothing};

pub(super) const OVERRIDES: Sort<Override> = Sort::new("mobileDeviceAccessOverride");

/// An override; its key is the user's id and the device in lower case.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Override {
    /// The id, however the request named the user.
    user_id: String,
    device_id: String,
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default)]
    date_created: f64,
    #[serde(default)]
    date_modified: f64,
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut sent: Override = call.read()?;
    let refuses = call.behaviors.is(RULE_USER_STATE, "refuse");
    let now = call.now;
    let organization = call.organization()?;
    let user = user(&organization.directory, &sent.user_id)?;
    if refuses {
        registered(user)?;
    }
    sent.user_id.clone_from(&user.id);
    let key = key(&sent.user_id, &sent.device_id);
    let before = organization.tables.get(&OVERRIDES, &key);
    sent.date_created = before.map_or(now, |before: Override| before.date_created);
    sent.date_modified = now;
    let lag = organization.lag();
    organization.tables.put(&OVERRIDES, &key, &sent, lag);
    Ok(nothing())
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (named, device) = user_and_device(call);
    let organization = call.organization()?;
    let user = user(&organization.directory, &named)?;
    let key = key(&user.id, &device);
    let found = organization
        .tables
        .seen(&OVERRIDES, &key, organization.lag());
    let found = found.ok_or_else(|| {
        Refusal::new(
            "ResourceNotFoundException",
            "The user has no override for this device.",
        )
    })?;
    Ok(json!(found))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = call.optional("UserId").map(str::to_owned);
    let device = call.optional("DeviceId").map(str::to_lowercase);
    let paging = call.paging();
    let after = paging.after()?;
    let organization = call.organization()?;
    let id = named
        .map(|named| Ok(user(&organization.directory, &named)?.id.clone()))
        .transpose()?;
    let overrides = organization
        .tables
        .listed(&OVERRIDES, after, organization.lag())
        .filter(|(_, _, found)| {
            id.as_ref().is_none_or(|id| found.user_id == *id)
                && device
                    .as_ref()
                    .is_none_or(|device| found.device_id.to_lowercase() == *device)
        })
        .map(|(order, _, found)| (order, json!(found)));
    paging.page("Overrides", overrides)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (named, device) = user_and_device(call);
    let organization = call.organization()?;
    let user = organization
        .directory
        .find(&named, Identified::Anyhow)
        .filter(|entity| entity.kind == Kind::User)
        .ok_or_else(Refusal::entity_not_found)?;
    let key = key(&user.id, &device);
    let lag = organization.lag();
    organization.tables.remove(&OVERRIDES, &key, lag);
    Ok(nothing())
}

/// Takes away the overrides of a user.
pub(super) fn forget(organization: &mut Organization, user: &str) {
    let keys: Vec<String> = organization
        .tables
        .all(&OVERRIDES)
        .filter(|(_, _, found)| found.user_id == user)
        .map(|(_, key, _)| key.to_owned())
        .collect();
    let lag = organization.lag();
    for key in keys {
        organization.tables.remove(&OVERRIDES, &key, lag);
    }
}

fn user<'a>(directory: &'a Directory, named: &str) -> Result<&'a Entity, Refusal> {
    let user = directory.alive(named, Identified::Anyhow)?;
    if user.kind == Kind::User {
        Ok(user)
    } else {
        Err(Refusal::entity_not_found())
    }
}

fn user_and_device(call: &Call<'_>) -> (String, String) {
    (
        call.text("UserId").to_owned(),
        call.text("DeviceId").to_owned(),
    )
}

fn key(user: &str, device: &str) -> String {
    format!("{user}:{}", device.to_lowercase())
}
