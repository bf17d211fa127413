//! Reads and removes personal access tokens.

use aws_sdk_workmail::primitives::DateTime;
use aws_sdk_workmail::types::PersonalAccessTokenSummary;
use futures::FutureExt as _;
use serde_json::{Value, json};

use crate::client::{ApiError, Client};
use crate::kinds::api::{self, PAGE, pages, required};
use crate::kinds::setting::api::{Answer, Api, ToldSetting, ToldSettings, text, told, told_text};
use crate::model::Call;

use super::{DELETE, ID};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// The tokens of all users. Source: API reference, `ListPersonalAccessTokens`.
async fn read(client: &Client) -> ToldSettings {
    let listed: Result<Vec<ToldSetting>, ApiError> = pages(|token| async {
        let request = client
            .workmail()
            .list_personal_access_tokens()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let tokens = reply.personal_access_token_summaries().iter().map(tell);
        Ok((
            tokens.collect::<Result<_, _>>()?,
            reply.next_token().map(str::to_owned),
        ))
    })
    .await;
    ToldSettings::paged("ListPersonalAccessTokens", listed)
}

fn tell(token: &PersonalAccessTokenSummary) -> Result<ToldSetting, ApiError> {
    let user = token.user_id().map(|id| json!([id]));
    Ok(ToldSetting {
        name: required(token.personal_access_token_id(), ID)?,
        id: None,
        owner: None,
        members: told([
            ("UserId", user),
            ("Name", told_text(token.name())),
            ("DateCreated", time(token.date_created())),
            ("DateLastUsed", time(token.date_last_used())),
        ]),
    })
}

/// A time to the second, as it is compared and shown.
fn time(told: Option<&DateTime>) -> Option<Value> {
    api::time(told).map(|time| Value::from(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    if call.operation != DELETE {
        return None;
    }
    let request = client
        .workmail()
        .delete_personal_access_token()
        .organization_id(client.organization())
        .personal_access_token_id(text(call, ID)?);
    Some(client.send(request.send()).await.map(|_| None))
}
