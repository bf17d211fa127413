//! Sizes of mailboxes. Source: API reference, `GetMailboxDetails`, `UpdateMailboxQuota`; behaviour
//! notes, section 11.

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::state::{Identified, Kind, State};
use super::shared::key_of;
use super::{Call, nothing};

/// The greatest quota, in MB. Source: quotas.
const GREATEST: i64 = 51_200;

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
    let directory = &mut call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::User])?;
    if directory
        .seen(key)
        .is_none_or(|user| user.state != State::Enabled)
    {
        return Err(Refusal::entity_state("The user has no mailbox."));
    }
    if quota > GREATEST {
        return Err(Refusal::invalid(format!(
            "A mailbox has {GREATEST} MB at most."
        )));
    }
    directory.change(key, 0, |user| user.quota = quota);
    Ok(nothing())
}
