//! Reading what is live, by kind. Each kind's own calls are in its `api`.

use std::borrow::Cow;
use std::future::Future;

use aws_sdk_workmail::primitives::DateTime;
use aws_sdk_workmail::types::{EntityState as ApiState, MemberType};
use jiff::Timestamp;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::model::{Address, GROUP, Part, RESOURCE, USER};

use crate::policy::{Caller, Device, Effect, SignIn};

use super::{
    access_control_rule, group, impersonation_role, mobile_device_access_rule, resource, user,
};

/// One entity as its list or its describe call tells it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) name: String,
    /// None: DELETED.
    pub(crate) registered: Option<bool>,
    pub(crate) built_in: bool,
    pub(crate) email: Option<Address>,
    pub(crate) enabled_at: Option<Timestamp>,
    pub(crate) disabled_at: Option<Timestamp>,
    pub(crate) fields: Vec<(&'static str, Part<Value>)>,
}

/// A member or delegate as it is listed.
#[derive(Clone, Debug)]
pub(crate) struct ToldLink {
    pub(crate) id: String,
    /// The kind; none if it is of no kind that is known here.
    pub(crate) kind: Option<&'static str>,
    pub(crate) deleted: bool,
}

/// What the service is asked about the rules that stand now.
#[derive(Clone, Debug)]
pub(crate) enum Asked<'a> {
    /// A sign-in of the user or the role of this id.
    SignIn { id: &'a str, sign_in: &'a SignIn },
    /// A role that impersonates somebody, both by id.
    Impersonation { role: &'a str, person: &'a str },
    /// A mobile device.
    Device(&'a Device),
}

/// What the service answers.
pub(crate) async fn effect(client: &Client, asked: &Asked<'_>) -> Result<Effect, ApiError> {
    match asked {
        Asked::SignIn { id, sign_in } => {
            let caller = match sign_in.caller {
                Caller::User(_) => Caller::User((*id).to_owned()),
                Caller::Role(_) => Caller::Role((*id).to_owned()),
            };
            access_control_rule::api::asked_effect(client, caller, sign_in).await
        }
        Asked::Impersonation { role, person } => {
            impersonation_role::api::asked_effect(client, role, person).await
        }
        Asked::Device(device) => mobile_device_access_rule::api::asked_effect(client, device).await,
    }
}

/// The effect that a reply tells.
pub(super) fn told_effect(effect: Option<&str>) -> Result<Effect, ApiError> {
    match required(effect, "Effect")?.as_str() {
        "ALLOW" => Ok(Effect::Allow),
        "DENY" => Ok(Effect::Deny),
        other => Err(ApiError::garbled(format!(
            "the reply has an effect that nobody knows: `{other}`"
        ))),
    }
}

/// Every entity of a kind.
pub(crate) async fn list(client: &Client, kind: &str) -> Result<Vec<Told>, ApiError> {
    match kind {
        USER => user::api::list(client).await,
        GROUP => group::api::list(client).await,
        RESOURCE => resource::api::list(client).await,
        _ => Ok(Vec::new()),
    }
}

/// One entity, named by id or name.
pub(crate) async fn describe(client: &Client, kind: &str, id: &str) -> Result<Told, ApiError> {
    match kind {
        USER => user::api::describe(client, id).await,
        GROUP => group::api::describe(client, id).await,
        _ => resource::api::describe(client, id).await,
    }
}

/// The members of a group or the delegates of a resource.
pub(crate) async fn links(
    client: &Client,
    kind: &str,
    id: &str,
) -> Result<Vec<ToldLink>, ApiError> {
    match kind {
        GROUP => group::api::members(client, id).await,
        RESOURCE => resource::api::delegates(client, id).await,
        _ => Ok(Vec::new()),
    }
}

/// How many items a page is asked for: the most that the API gives.
pub(crate) const PAGE: i32 = 100;

/// Every item of a paged list. The last page has no token, or an empty one.
pub(crate) async fn pages<T, F>(
    mut page: impl FnMut(Option<String>) -> F,
) -> Result<Vec<T>, ApiError>
where
    F: Future<Output = Result<(Vec<T>, Option<String>), ApiError>>,
{
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let (items, next) = page(token.clone()).await?;
        all.extend(items);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(all),
            Some(next) if token.as_ref() == Some(&next) => {
                let why = "the service gave the same page token twice";
                return Err(ApiError::garbled(why));
            }
            Some(next) => token = Some(next),
        }
    }
}

/// Whether an entity is registered; none for DELETED. A reply that does not tell cannot be read.
pub(crate) fn registered(state: Option<&ApiState>) -> Result<Option<bool>, ApiError> {
    match state {
        Some(ApiState::Enabled) => Ok(Some(true)),
        Some(ApiState::Disabled) => Ok(Some(false)),
        Some(ApiState::Deleted) => Ok(None),
        _ => Err(ApiError::garbled("the reply tells of no known `State`")),
    }
}

/// A member that every good reply has.
pub(crate) fn required(value: Option<&str>, member: &str) -> Result<String, ApiError> {
    match value {
        Some(value) if !value.is_empty() => Ok(value.to_owned()),
        _ => Err(ApiError::garbled(format!("the reply has no `{member}`"))),
    }
}

/// The kind of a member, delegate or grantee.
pub(crate) fn member_kind(told: &MemberType) -> Option<&'static str> {
    match told {
        MemberType::User => Some(USER),
        MemberType::Group => Some(GROUP),
        _ => None,
    }
}

pub(crate) fn time(time: Option<&DateTime>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

/// A text: absent and empty are the same.
pub(crate) fn text(value: Option<&str>) -> Part<Value> {
    match value {
        Some(value) if !value.is_empty() => Part::Known(Value::from(value)),
        _ => Part::Absent,
    }
}

/// An address as it is listed.
pub(crate) fn address(value: Option<&str>) -> Option<Address> {
    value.filter(|value| !value.is_empty()).map(Address::listed)
}

/// The name of a field, borrowed.
pub(crate) fn name(field: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(field)
}
