//! Reads and sends the retention policy.

use aws_sdk_workmail::types::{FolderConfiguration, FolderName, RetentionAction};
use futures::FutureExt as _;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::kinds::api::required;
use crate::kinds::setting::SINGLE;
use crate::kinds::setting::api::{
    Answer, Api, ToldSetting, ToldSettings, one, text, told, told_text,
};
use crate::model::Call;

use super::{DELETE, PUT};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// The policy, if there is one. Source: API reference, `GetDefaultRetentionPolicy`,
/// `EntityNotFoundException`.
async fn read(client: &Client) -> ToldSettings {
    let request = client
        .workmail()
        .get_default_retention_policy()
        .organization_id(client.organization());
    let reply = client.read(request.send()).await;
    let told = reply.and_then(|reply| {
        let folders: Result<Vec<Value>, ApiError> =
            reply.folder_configurations().iter().map(folder).collect();
        Ok(ToldSetting {
            owner: None,
            name: SINGLE.to_owned(),
            id: Some(required(reply.id(), "Id")?),
            members: told([
                ("Name", told_text(reply.name())),
                ("Description", told_text(reply.description())),
                ("FolderConfigurations", Some(Value::Array(folders?))),
            ]),
        })
    });
    one("GetDefaultRetentionPolicy", told)
}

fn folder(folder: &FolderConfiguration) -> Result<Value, ApiError> {
    let name = required(Some(folder.name().as_str()), "Name")?;
    let action = required(Some(folder.action().as_str()), "Action")?;
    Ok(Value::Object(told([
        ("Name", Some(Value::from(name))),
        ("Action", Some(Value::from(action))),
        ("Period", folder.period().map(Value::from)),
    ])))
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        PUT => {
            let folders = call.input.get("FolderConfigurations")?.as_array()?.iter();
            let folders: Option<Vec<FolderConfiguration>> = folders.map(configuration).collect();
            let request = workmail
                .put_retention_policy()
                .organization_id(organization)
                .set_id(text(call, "Id"))
                .name(text(call, "Name")?)
                .set_description(text(call, "Description"))
                .set_folder_configurations(Some(folders?));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_retention_policy()
                .organization_id(organization)
                .id(text(call, "Id")?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

fn configuration(folder: &Value) -> Option<FolderConfiguration> {
    let period = match folder.get("Period") {
        Some(period) => Some(i32::try_from(period.as_i64()?).ok()?),
        None => None,
    };
    FolderConfiguration::builder()
        .name(FolderName::from(folder.get("Name")?.as_str()?))
        .action(RetentionAction::from(folder.get("Action")?.as_str()?))
        .set_period(period)
        .build()
        .ok()
}
