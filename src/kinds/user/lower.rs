//! From a change of a user's plain fields to its calls.

use serde_json::{Map, Value, json};

use super::calls::{CreateUser, DeleteUser, UpdateMailboxQuota, UpdateUser};
use crate::kinds::kind::{Profile, data_set, settable};
use crate::model::{Call, Id};

/// The call that makes the user, with what it can take.
pub(super) fn create(profile: &Profile<'_>) -> Call {
    let mut fields = settable(profile, CREATE);
    let display_name = match fields.remove("DisplayName") {
        Some(Value::String(name)) => name,
        _ => String::new(),
    };
    if let Some(source) = profile.password {
        fields.insert("Password".to_owned(), json!({ "$secret": source }));
    }
    Call::new(&CreateUser {
        name: profile.target.name().to_owned(),
        display_name,
        fields,
    })
}

/// The calls that bring the rest: the whole data set, and the quota.
pub(super) fn update(profile: &Profile<'_>) -> Vec<Call> {
    let mut calls = Vec::new();
    let fields: Map<String, Value> = data_set(profile, UPDATE);
    if !fields.is_empty() {
        calls.push(Call::new(&UpdateUser {
            user_id: profile.id.clone(),
            fields,
        }));
    }
    let quota = profile
        .wanted
        .iter()
        .find(|(field, _)| field.name == "mailboxQuotaMb");
    if let Some(mailbox_quota) = quota.and_then(|(_, value)| value.as_i64()) {
        calls.push(Call::new(&UpdateMailboxQuota {
            user_id: profile.id.clone(),
            mailbox_quota,
        }));
    }
    calls
}

/// The call that deletes the user for good.
pub(super) fn delete(id: Id) -> Call {
    Call::new(&DeleteUser { user_id: id })
}

const CREATE: &str = "CreateUser";
const UPDATE: &str = "UpdateUser";
