//! Reads and sends mobile device access overrides.

use aws_sdk_workmail::types::{MobileDeviceAccessOverride, MobileDeviceAccessRuleEffect};
use futures::FutureExt as _;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::kinds::api::{PAGE, pages, required};
use crate::kinds::setting::api::{Answer, Api, ToldSetting, ToldSettings, text, told, told_text};
use crate::model::Call;

use super::{DELETE, PUT};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// The overrides of all users. Source: API reference, `ListMobileDeviceAccessOverrides`.
async fn read(client: &Client) -> ToldSettings {
    let listed: Result<Vec<ToldSetting>, ApiError> = pages(|token| async {
        let request = client
            .workmail()
            .list_mobile_device_access_overrides()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let overrides = reply.overrides().iter().map(tell);
        Ok((
            overrides.collect::<Result<_, _>>()?,
            reply.next_token().map(str::to_owned),
        ))
    })
    .await;
    ToldSettings::paged("ListMobileDeviceAccessOverrides", listed)
}

fn tell(found: &MobileDeviceAccessOverride) -> Result<ToldSetting, ApiError> {
    let effect = found.effect().map(MobileDeviceAccessRuleEffect::as_str);
    Ok(ToldSetting {
        name: required(found.device_id(), "DeviceId")?,
        id: None,
        owner: Some(required(found.user_id(), "UserId")?),
        members: told([
            ("Effect", Some(Value::from(required(effect, "Effect")?))),
            ("Description", told_text(found.description())),
        ]),
    })
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        PUT => {
            let effect = text(call, "Effect")?;
            let request = workmail
                .put_mobile_device_access_override()
                .organization_id(organization)
                .user_id(text(call, "UserId")?)
                .device_id(text(call, "DeviceId")?)
                .effect(MobileDeviceAccessRuleEffect::from(effect.as_str()))
                .set_description(text(call, "Description"));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_mobile_device_access_override()
                .organization_id(organization)
                .user_id(text(call, "UserId")?)
                .device_id(text(call, "DeviceId")?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
