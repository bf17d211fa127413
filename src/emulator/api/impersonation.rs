//! Impersonation roles. Source: API reference, `CreateImpersonationRole`, `UpdateImpersonationRole`,
//! `GetImpersonationRole`, `ListImpersonationRoles`, `DeleteImpersonationRole`,
//! `GetImpersonationRoleEffect`, `AssumeImpersonationRole`, `ImpersonationRule`; behaviour notes,
//! section 9.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::{RULE_USER_STATE, TARGET_USERS};
use super::super::refusal::Refusal;
use super::super::state::{Directory, Identified, Kind, Organization, Sort};
use super::access_control::role_not_found;
use super::shared::{Effect, decided, key_of, registered, taken_out};
use super::{Call, nothing};

pub(super) const ROLES: Sort<Role> = Sort::new("impersonationRole");

/// The most roles of an organization. Source: quotas.
const LIMIT: usize = 20;

/// How long the token of a role is good, in seconds. Source: behaviour notes, section 9.
const TOKEN_SECONDS: u64 = 15 * 60;

/// A role as it is kept; its id is its key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role {
    name: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    rules: Vec<Rule>,
    date_created: f64,
    date_modified: f64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    impersonation_rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    effect: Effect,
    #[serde(default)]
    target_users: Vec<Target>,
    #[serde(default)]
    not_target_users: Vec<Target>,
}

/// Somebody whom a rule names: as they were named, and who that was then.
#[derive(Debug, Serialize, Deserialize)]
struct Target {
    sent: String,
    id: String,
}

/// What a create or an update sends.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    name: String,
    r#type: String,
    description: Option<String>,
    rules: Vec<SentRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SentRule {
    impersonation_rule_id: String,
    name: Option<String>,
    description: Option<String>,
    effect: Effect,
    target_users: Option<Vec<String>>,
    not_target_users: Option<Vec<String>>,
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let sent: Sent = call.read()?;
        let now = call.now;
        let role = kept(call, sent, now)?;
        let organization = call.organization()?;
        if organization.tables.count(&ROLES) >= LIMIT {
            return Err(Refusal::limit(format!(
                "An organization has {LIMIT} impersonation roles at most."
            )));
        }
        let id = Uuid::new_v4().to_string();
        let lag = organization.lag();
        organization.tables.put(&ROLES, &id, &role, lag);
        Ok(json!({ "ImpersonationRoleId": id }))
    })
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ImpersonationRoleId").to_owned();
    let sent: Sent = call.read()?;
    let before = call.organization()?.tables.get(&ROLES, &id);
    let before = before.ok_or_else(|| role_not_found(&id))?;
    let role = kept(call, sent, before.date_created)?;
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.put(&ROLES, &id, &role, lag);
    Ok(nothing())
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ImpersonationRoleId").to_owned();
    let tells_ids = call.behaviors.is(TARGET_USERS, "ids");
    let organization = call.organization()?;
    let role = organization.tables.seen(&ROLES, &id, organization.lag());
    let role = role.ok_or_else(|| role_not_found(&id))?;
    let mut reply = summary(&id, &role);
    if let Some(description) = &role.description {
        reply.insert("Description".to_owned(), json!(description));
    }
    let rules: Vec<Value> = role
        .rules
        .iter()
        .map(|rule| told(rule, tells_ids))
        .collect();
    reply.insert("Rules".to_owned(), Value::Array(rules));
    Ok(Value::Object(reply))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let after = paging.after()?;
    let organization = call.organization()?;
    let roles = organization
        .tables
        .listed(&ROLES, after, organization.lag())
        .map(|(order, id, role)| (order, Value::Object(summary(id, &role))));
    paging.page("Roles", roles)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ImpersonationRoleId").to_owned();
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&ROLES, &id, lag);
    Ok(nothing())
}

/// A rule without targets is about everybody. Source: behaviour notes, section 9.
pub(super) fn effect(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ImpersonationRoleId").to_owned();
    let user = call.text("TargetUser").to_owned();
    let refuses = call.behaviors.is(RULE_USER_STATE, "refuse");
    let organization = call.organization()?;
    let role = organization.tables.get(&ROLES, &id);
    let role = role.ok_or_else(|| role_not_found(&id))?;
    let user = target(&organization.directory, user, refuses)?.id;
    let names = |targets: &[Target]| targets.iter().any(|target| target.id == user);
    let matched = role
        .rules
        .iter()
        .filter(|rule| {
            (rule.target_users.is_empty() || names(&rule.target_users))
                && !names(&rule.not_target_users)
        })
        .map(|rule| {
            let mut told = Map::new();
            told.insert(
                "ImpersonationRuleId".to_owned(),
                json!(rule.impersonation_rule_id),
            );
            if let Some(name) = &rule.name {
                told.insert("Name".to_owned(), json!(name));
            }
            (rule.effect, Value::Object(told))
        });
    let (effect, rules) = decided(matched);
    Ok(json!({ "Type": role.r#type, "Effect": effect, "MatchedRules": rules }))
}

pub(super) fn assume(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("ImpersonationRoleId").to_owned();
    if call.organization()?.tables.get(&ROLES, &id).is_none() {
        return Err(role_not_found(&id));
    }
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    Ok(json!({ "Token": token, "ExpiresIn": TOKEN_SECONDS }))
}

/// Takes a user out of the targets of every role.
pub(super) fn forget(organization: &mut Organization, user: &str) {
    let roles: Vec<(String, Role)> = organization
        .tables
        .all(&ROLES)
        .map(|(_, id, role)| (id.to_owned(), role))
        .collect();
    let lag = organization.lag();
    for (id, mut role) in roles {
        let lists = role
            .rules
            .iter_mut()
            .flat_map(|rule| [&mut rule.target_users, &mut rule.not_target_users]);
        if taken_out(lists, |target| target.id == user) {
            organization.tables.put(&ROLES, &id, &role, lag);
        }
    }
}

/// A role that may be kept: rule ids are its own, and everybody named is there.
fn kept(call: &mut Call<'_>, sent: Sent, created: f64) -> Result<Role, Refusal> {
    let refuses = call.behaviors.is(RULE_USER_STATE, "refuse");
    let now = call.now;
    let directory = &call.organization()?.directory;
    let mut ids = BTreeSet::new();
    let mut rules = Vec::new();
    for rule in sent.rules {
        if !ids.insert(rule.impersonation_rule_id.clone()) {
            return Err(Refusal::invalid("A rule id is given twice."));
        }
        let targets = |users: Option<Vec<String>>| -> Result<Vec<Target>, Refusal> {
            let users = users.into_iter().flatten();
            users.map(|user| target(directory, user, refuses)).collect()
        };
        rules.push(Rule {
            target_users: targets(rule.target_users)?,
            not_target_users: targets(rule.not_target_users)?,
            impersonation_rule_id: rule.impersonation_rule_id,
            name: rule.name,
            description: rule.description,
            effect: rule.effect,
        });
    }
    Ok(Role {
        name: sent.name,
        r#type: sent.r#type,
        description: sent.description,
        rules,
        date_created: created,
        date_modified: now,
    })
}

/// The user that a rule names by id, name or address.
fn target(directory: &Directory, sent: String, refuses: bool) -> Result<Target, Refusal> {
    let key = key_of(directory, &sent, Identified::Anyhow, &[Kind::User])?;
    let user = directory.get(key).ok_or_else(Refusal::entity_not_found)?;
    if refuses {
        registered(user)?;
    }
    let id = user.id.clone();
    Ok(Target { sent, id })
}

fn summary(id: &str, role: &Role) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("ImpersonationRoleId".to_owned(), json!(id));
    told.insert("Name".to_owned(), json!(role.name));
    told.insert("Type".to_owned(), json!(role.r#type));
    told.insert("DateCreated".to_owned(), json!(role.date_created));
    told.insert("DateModified".to_owned(), json!(role.date_modified));
    told
}

fn told(rule: &Rule, tells_ids: bool) -> Value {
    let mut told = Map::new();
    told.insert(
        "ImpersonationRuleId".to_owned(),
        json!(rule.impersonation_rule_id),
    );
    told.insert("Effect".to_owned(), json!(rule.effect));
    let texts = [("Name", &rule.name), ("Description", &rule.description)];
    for (member, text) in texts {
        if let Some(text) = text {
            told.insert(member.to_owned(), json!(text));
        }
    }
    let lists = [
        ("TargetUsers", &rule.target_users),
        ("NotTargetUsers", &rule.not_target_users),
    ];
    for (member, targets) in lists {
        let users: Vec<&String> = targets
            .iter()
            .map(|target| if tells_ids { &target.id } else { &target.sent })
            .collect();
        if !users.is_empty() {
            told.insert(member.to_owned(), json!(users));
        }
    }
    Value::Object(told)
}
