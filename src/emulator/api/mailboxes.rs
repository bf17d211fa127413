//! Sizes of mailboxes. Source: API reference, `GetMailboxDetails`, `UpdateMailboxQuota`; behaviour
//! notes, section 11.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::state::{Identified, Kind, State, World};
use super::access_tokens::registered_user;
use super::shared::{key_of, registered};
use super::{Call, nothing};

/// The greatest quota, in MB. Source: quotas.
const GREATEST: i64 = 51_200;

/// What `POST /_emulator/mailboxes` sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in super::super) struct NewSize {
    /// The alias or id of an organization.
    organization: String,
    user: String,
    /// In MB.
    size: f64,
}

/// Sets the size of a mailbox, which mail does in a real one; it may be above the quota.
pub(in super::super) fn set_size(world: &mut World, new: &NewSize) -> Result<(), String> {
    if new.size < 0.0 {
        return Err("a mailbox has 0 MB or more".to_owned());
    }
    let organization = world.active_called(&new.organization)?;
    let key = registered_user(organization, &new.user)?.key;
    let directory = &mut organization.directory;
    directory.change(key, 0, |user| user.size = new.size);
    Ok(())
}

pub(super) fn details(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("UserId").to_owned();
    let directory = &call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::User])?;
    let user = directory
        .seen(key)
        .filter(|user| user.state == State::Enabled)
        .ok_or_else(Refusal::entity_not_found)?;
    Ok(json!({ "MailboxQuota": user.quota, "MailboxSize": user.size }))
}

pub(super) fn update_quota(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("UserId").to_owned();
    let quota = call
        .input
        .get("MailboxQuota")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    if quota > GREATEST {
        return Err(Refusal::invalid(format!(
            "A mailbox has {GREATEST} MB at most."
        )));
    }
    let directory = &mut call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::User])?;
    registered(directory.seen(key).ok_or_else(Refusal::entity_not_found)?)?;
    directory.change(key, 0, |user| user.quota = quota);
    Ok(nothing())
}
