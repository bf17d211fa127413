//! Reads and sends mobile device access rules.

use aws_sdk_workmail::types::{MobileDeviceAccessRule, MobileDeviceAccessRuleEffect};
use futures::FutureExt as _;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::kinds::api::{required, told_effect};
use crate::kinds::setting::api::{
    Answer, Api, ToldSetting, ToldSettings, text, texts, told, told_text, told_texts,
};
use crate::model::Call;
use crate::policy::{Device, Effect};

use super::{CREATE, DELETE, ID, UPDATE};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// Every rule. Source: API reference, `ListMobileDeviceAccessRules`.
async fn read(client: &Client) -> ToldSettings {
    let request = client
        .workmail()
        .list_mobile_device_access_rules()
        .organization_id(client.organization());
    let reply = client.read(request.send()).await;
    let rules = reply.and_then(|reply| reply.rules().iter().map(tell).collect());
    ToldSettings::listed("ListMobileDeviceAccessRules", rules, 1)
}

fn tell(rule: &MobileDeviceAccessRule) -> Result<ToldSetting, ApiError> {
    let effect = rule.effect().map(MobileDeviceAccessRuleEffect::as_str);
    Ok(ToldSetting {
        name: required(rule.name(), "Name")?,
        id: Some(required(rule.mobile_device_access_rule_id(), ID)?),
        owner: None,
        members: told([
            ("Effect", Some(Value::from(required(effect, "Effect")?))),
            ("Description", told_text(rule.description())),
            ("DeviceTypes", told_texts(rule.device_types())),
            ("NotDeviceTypes", told_texts(rule.not_device_types())),
            ("DeviceModels", told_texts(rule.device_models())),
            ("NotDeviceModels", told_texts(rule.not_device_models())),
            (
                "DeviceOperatingSystems",
                told_texts(rule.device_operating_systems()),
            ),
            (
                "NotDeviceOperatingSystems",
                told_texts(rule.not_device_operating_systems()),
            ),
            ("DeviceUserAgents", told_texts(rule.device_user_agents())),
            (
                "NotDeviceUserAgents",
                told_texts(rule.not_device_user_agents()),
            ),
        ]),
    })
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    let list = |member| texts(&call.input, member);
    match call.operation.as_str() {
        CREATE => {
            let request = workmail
                .create_mobile_device_access_rule()
                .organization_id(organization)
                .client_token(text(call, "ClientToken")?)
                .name(text(call, "Name")?)
                .effect(effect(call)?)
                .set_description(text(call, "Description"))
                .set_device_types(list("DeviceTypes"))
                .set_not_device_types(list("NotDeviceTypes"))
                .set_device_models(list("DeviceModels"))
                .set_not_device_models(list("NotDeviceModels"))
                .set_device_operating_systems(list("DeviceOperatingSystems"))
                .set_not_device_operating_systems(list("NotDeviceOperatingSystems"))
                .set_device_user_agents(list("DeviceUserAgents"))
                .set_not_device_user_agents(list("NotDeviceUserAgents"));
            let answer = client.send(request.send()).await;
            Some(answer.map(|answer| answer.mobile_device_access_rule_id))
        }
        UPDATE => {
            let request = workmail
                .update_mobile_device_access_rule()
                .organization_id(organization)
                .mobile_device_access_rule_id(text(call, ID)?)
                .name(text(call, "Name")?)
                .effect(effect(call)?)
                .set_description(text(call, "Description"))
                .set_device_types(list("DeviceTypes"))
                .set_not_device_types(list("NotDeviceTypes"))
                .set_device_models(list("DeviceModels"))
                .set_not_device_models(list("NotDeviceModels"))
                .set_device_operating_systems(list("DeviceOperatingSystems"))
                .set_not_device_operating_systems(list("NotDeviceOperatingSystems"))
                .set_device_user_agents(list("DeviceUserAgents"))
                .set_not_device_user_agents(list("NotDeviceUserAgents"));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_mobile_device_access_rule()
                .organization_id(organization)
                .mobile_device_access_rule_id(text(call, ID)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

fn effect(call: &Call) -> Option<MobileDeviceAccessRuleEffect> {
    Some(MobileDeviceAccessRuleEffect::from(
        text(call, "Effect")?.as_str(),
    ))
}

/// What the service says of a device by the rules that stand now. Source: API reference,
/// `GetMobileDeviceAccessEffect`.
pub(crate) async fn asked_effect(client: &Client, device: &Device) -> Result<Effect, ApiError> {
    let request = client
        .workmail()
        .get_mobile_device_access_effect()
        .organization_id(client.organization())
        .set_device_type(device.r#type.clone())
        .set_device_model(device.model.clone())
        .set_device_operating_system(device.operating_system.clone())
        .set_device_user_agent(device.user_agent.clone());
    let reply = client.read(request.send()).await?;
    told_effect(reply.effect().map(MobileDeviceAccessRuleEffect::as_str))
}
