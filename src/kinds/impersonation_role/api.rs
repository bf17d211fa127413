//! Reads and sends impersonation roles.

use aws_sdk_workmail::types::{
    AccessEffect, ImpersonationRole, ImpersonationRoleType, ImpersonationRule,
};
use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value};

use crate::client::{ApiError, Client};
use crate::kinds::api::{PAGE, pages, required, told_effect};
use crate::kinds::setting::api::{
    Answer, Api, ToldSetting, ToldSettings, text, texts, told, told_text, told_texts,
};
use crate::model::{Call, Part};
use crate::policy::Effect;

use super::{CREATE, DELETE, ID, UPDATE};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// How many roles are asked for at a time; the client's own turn decides how many are sent.
const PREPARED: usize = 16;

/// Every role with its rules. Source: API reference, `ListImpersonationRoles`, `GetImpersonationRole`.
async fn read(client: &Client) -> ToldSettings {
    let listed: Result<Vec<ImpersonationRole>, ApiError> = pages(|token| async {
        let request = client
            .workmail()
            .list_impersonation_roles()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        Ok((
            reply.roles().to_vec(),
            reply.next_token().map(str::to_owned),
        ))
    })
    .await;
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => return ToldSettings::listed("ListImpersonationRoles", Err(error), 1),
    };
    let fewest = 1 + listed.len() as u64;
    let told: Result<Vec<ToldSetting>, ApiError> = stream::iter(listed)
        .map(|role| async move {
            let id = required(role.impersonation_role_id(), "ImpersonationRoleId")?;
            get(client, &id).await
        })
        .buffered(PREPARED)
        .try_collect()
        .await;
    match told {
        Ok(told) => ToldSettings {
            settings: Part::Known(told),
            fewest,
        },
        Err(error) => ToldSettings::listed("GetImpersonationRole", Err(error), fewest),
    }
}

async fn get(client: &Client, id: &str) -> Result<ToldSetting, ApiError> {
    let request = client
        .workmail()
        .get_impersonation_role()
        .organization_id(client.organization())
        .impersonation_role_id(id);
    let role = client.read(request.send()).await?;
    let r#type = role.r#type().map(ImpersonationRoleType::as_str);
    Ok(ToldSetting {
        name: required(role.name(), "Name")?,
        id: Some(id.to_owned()),
        owner: None,
        members: told([
            ("Type", Some(Value::from(required(r#type, "Type")?))),
            ("Description", told_text(role.description())),
            ("Rules", Some(role.rules().iter().map(rule).collect())),
        ]),
    })
}

fn rule(rule: &ImpersonationRule) -> Value {
    Value::Object(told([
        (
            "ImpersonationRuleId",
            Some(Value::from(rule.impersonation_rule_id())),
        ),
        ("Name", told_text(rule.name())),
        ("Description", told_text(rule.description())),
        ("Effect", Some(Value::from(rule.effect().as_str()))),
        ("TargetUsers", told_texts(rule.target_users())),
        ("NotTargetUsers", told_texts(rule.not_target_users())),
    ]))
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        CREATE => {
            let request = workmail
                .create_impersonation_role()
                .organization_id(organization)
                .client_token(text(call, "ClientToken")?)
                .name(text(call, "Name")?)
                .r#type(ImpersonationRoleType::from(text(call, "Type")?.as_str()))
                .set_description(text(call, "Description"))
                .set_rules(Some(rules(call)?));
            let answer = client.send(request.send()).await;
            Some(answer.map(|answer| answer.impersonation_role_id))
        }
        UPDATE => {
            let request = workmail
                .update_impersonation_role()
                .organization_id(organization)
                .impersonation_role_id(text(call, ID)?)
                .name(text(call, "Name")?)
                .r#type(ImpersonationRoleType::from(text(call, "Type")?.as_str()))
                .set_description(text(call, "Description"))
                .set_rules(Some(rules(call)?));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_impersonation_role()
                .organization_id(organization)
                .impersonation_role_id(text(call, ID)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

fn rules(call: &Call) -> Option<Vec<ImpersonationRule>> {
    let rules = call.input.get("Rules")?.as_array()?.iter();
    rules
        .map(|rule| {
            let rule: &Map<String, Value> = rule.as_object()?;
            let text = |member: &str| Some(rule.get(member)?.as_str()?.to_owned());
            ImpersonationRule::builder()
                .impersonation_rule_id(text("ImpersonationRuleId")?)
                .set_name(text("Name"))
                .set_description(text("Description"))
                .effect(AccessEffect::from(text("Effect")?.as_str()))
                .set_target_users(texts(rule, "TargetUsers"))
                .set_not_target_users(texts(rule, "NotTargetUsers"))
                .build()
                .ok()
        })
        .collect()
}

/// What the service says of whom a role impersonates. Source: API reference,
/// `GetImpersonationRoleEffect`.
pub(crate) async fn asked_effect(
    client: &Client,
    role: &str,
    person: &str,
) -> Result<Effect, ApiError> {
    let request = client
        .workmail()
        .get_impersonation_role_effect()
        .organization_id(client.organization())
        .impersonation_role_id(role)
        .target_user(person);
    let reply = client.read(request.send()).await?;
    told_effect(reply.effect().map(AccessEffect::as_str))
}
