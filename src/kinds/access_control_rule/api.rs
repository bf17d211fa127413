//! Reads and sends access control rules.

use aws_sdk_workmail::types::{AccessControlRule, AccessControlRuleEffect};
use futures::FutureExt as _;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::kinds::api::{required, told_effect};
use crate::kinds::setting::api::{
    Answer, Api, ToldSetting, ToldSettings, text, texts, told, told_text, told_texts,
};
use crate::model::Call;
use crate::policy::{Caller, Effect, SignIn};

use super::{DELETE, PUT};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// Every rule. Source: API reference, `ListAccessControlRules`.
async fn read(client: &Client) -> ToldSettings {
    let request = client
        .workmail()
        .list_access_control_rules()
        .organization_id(client.organization());
    let reply = client.read(request.send()).await;
    let rules = reply.and_then(|reply| reply.rules().iter().map(tell).collect());
    ToldSettings::listed("ListAccessControlRules", rules, 1)
}

fn tell(rule: &AccessControlRule) -> Result<ToldSetting, ApiError> {
    let effect = rule.effect().map(AccessControlRuleEffect::as_str);
    Ok(ToldSetting {
        name: required(rule.name(), "Name")?,
        id: None,
        owner: None,
        members: told([
            ("Effect", Some(Value::from(required(effect, "Effect")?))),
            ("Description", told_text(rule.description())),
            ("Actions", told_texts(rule.actions())),
            ("NotActions", told_texts(rule.not_actions())),
            ("IpRanges", told_texts(rule.ip_ranges())),
            ("NotIpRanges", told_texts(rule.not_ip_ranges())),
            ("UserIds", told_texts(rule.user_ids())),
            ("NotUserIds", told_texts(rule.not_user_ids())),
            (
                "ImpersonationRoleIds",
                told_texts(rule.impersonation_role_ids()),
            ),
            (
                "NotImpersonationRoleIds",
                told_texts(rule.not_impersonation_role_ids()),
            ),
        ]),
    })
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let organization = client.organization();
    match call.operation.as_str() {
        PUT => {
            let list = |member| texts(&call.input, member);
            let request = client
                .workmail()
                .put_access_control_rule()
                .organization_id(organization)
                .name(text(call, "Name")?)
                .effect(AccessControlRuleEffect::from(
                    text(call, "Effect")?.as_str(),
                ))
                .description(text(call, "Description")?)
                .set_actions(list("Actions"))
                .set_not_actions(list("NotActions"))
                .set_ip_ranges(list("IpRanges"))
                .set_not_ip_ranges(list("NotIpRanges"))
                .set_user_ids(list("UserIds"))
                .set_not_user_ids(list("NotUserIds"))
                .set_impersonation_role_ids(list("ImpersonationRoleIds"))
                .set_not_impersonation_role_ids(list("NotImpersonationRoleIds"));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = client
                .workmail()
                .delete_access_control_rule()
                .organization_id(organization)
                .name(text(call, "Name")?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

/// What the service says of a sign-in by the rules that stand now. Source: API reference,
/// `GetAccessControlEffect`.
pub(crate) async fn asked_effect(
    client: &Client,
    who: Caller,
    sign_in: &SignIn,
) -> Result<Effect, ApiError> {
    let request = client
        .workmail()
        .get_access_control_effect()
        .organization_id(client.organization())
        .action(sign_in.protocol.to_string())
        .ip_address(sign_in.address.to_string());
    let request = match who {
        Caller::User(id) => request.user_id(id),
        Caller::Role(id) => request.impersonation_role_id(id),
    };
    let reply = client.read(request.send()).await?;
    let effect = reply.effect().map(AccessControlRuleEffect::as_str);
    told_effect(effect)
}
