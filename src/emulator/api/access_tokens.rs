//! Personal access tokens. Source: API reference, `ListPersonalAccessTokens`,
//! `GetPersonalAccessTokenMetadata`, `DeletePersonalAccessToken`, `PersonalAccessTokenSummary`.
//!
//! Users make them in the web application, so that here an endpoint under `/_emulator` does. A token
//! that has expired is told until it is deleted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::TOKENS_DISABLED;
use super::super::refusal::Refusal;
use super::super::state::{Entity, Identified, Kind, Lag, Organization, Sort, State, World};
use super::shared::registered;
use super::{Call, nothing};

pub(super) const TOKENS: Sort<Token> = Sort::new("personalAccessToken");

/// The most scopes of a token. Source: API reference, `PersonalAccessTokenSummary`.
const SCOPES: usize = 10;

/// A token without its secret; its id is its key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Token {
    user_id: String,
    name: String,
    date_created: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_last_used: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_time: Option<f64>,
    scopes: Vec<String>,
}

/// What `POST /_emulator/personal-access-tokens` sends; times are seconds since 1970.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in super::super) struct NewToken {
    /// The alias or id of an organization.
    organization: String,
    user: String,
    name: String,
    scopes: Vec<String>,
    expires: Option<f64>,
    last_used: Option<f64>,
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let named = call.optional("UserId").map(str::to_owned);
    let refuses = call.behaviors.is(TOKENS_DISABLED, "refuse");
    let paging = call.paging();
    let after = paging.after()?;
    let organization = call.organization()?;
    if let Some(named) = &named {
        let user = organization.directory.alive(named, Identified::ById)?;
        if user.kind != Kind::User {
            return Err(Refusal::entity_not_found());
        }
        if refuses {
            registered(user)?;
        }
    }
    let tokens = organization
        .tables
        .listed(&TOKENS, after, organization.lag())
        .filter(|(_, _, token)| named.as_ref().is_none_or(|id| token.user_id == *id))
        .map(|(order, id, token)| (order, Value::Object(told(id, &token))));
    paging.page("PersonalAccessTokenSummaries", tokens)
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("PersonalAccessTokenId").to_owned();
    let organization = call.organization()?;
    let token = organization.tables.seen(&TOKENS, &id, organization.lag());
    let token = token.ok_or_else(|| {
        Refusal::new(
            "ResourceNotFoundException",
            format!("The personal access token {id} does not exist."),
        )
    })?;
    Ok(Value::Object(told(&id, &token)))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("PersonalAccessTokenId").to_owned();
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&TOKENS, &id, lag);
    Ok(nothing())
}

/// Makes a token of a registered user, seen at once. Returns its id, or why it cannot be made.
pub(in super::super) fn add(world: &mut World, new: NewToken, now: f64) -> Result<String, String> {
    let organization = world.active_called(&new.organization)?;
    let user = registered_user(organization, &new.user)?;
    let is_text = |text: &str, most: usize| {
        let length = text.chars().count();
        (1..=most).contains(&length)
            && !text
                .chars()
                .any(|c| c <= '\u{1f}' || ['\u{7f}', '<', '>', '\\'].contains(&c))
    };
    if !is_text(&new.name, 64) {
        return Err(
            "the name has 1 to 64 characters, no control characters, <, > or \\".to_owned(),
        );
    }
    if !(1..=SCOPES).contains(&new.scopes.len()) || !new.scopes.iter().all(|one| is_text(one, 256))
    {
        return Err(format!(
            "there are 1 to {SCOPES} scopes, texts of 1 to 256 characters"
        ));
    }
    let token = Token {
        user_id: user.id.clone(),
        name: new.name,
        date_created: now,
        date_last_used: new.last_used,
        expires_time: new.expires,
        scopes: new.scopes,
    };
    let id = Uuid::new_v4().to_string();
    organization.tables.put(&TOKENS, &id, &token, Lag::NONE);
    Ok(id)
}

/// The registered user that an endpoint under `/_emulator` names.
pub(super) fn registered_user<'a>(
    organization: &'a Organization,
    text: &str,
) -> Result<&'a Entity, String> {
    let user = organization.directory.alive(text, Identified::Anyhow).ok();
    user.filter(|user| user.kind == Kind::User && user.state == State::Enabled)
        .ok_or_else(|| format!("no registered user is called {text}"))
}

/// Takes away the tokens of a user.
pub(super) fn forget(organization: &mut Organization, user: &str) {
    let ids: Vec<String> = organization
        .tables
        .all(&TOKENS)
        .filter(|(_, _, token)| token.user_id == user)
        .map(|(_, id, _)| id.to_owned())
        .collect();
    let lag = organization.lag();
    for id in ids {
        organization.tables.remove(&TOKENS, &id, lag);
    }
}

fn told(id: &str, token: &Token) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("PersonalAccessTokenId".to_owned(), json!(id));
    if let Value::Object(members) = json!(token) {
        told.extend(members);
    }
    told
}
