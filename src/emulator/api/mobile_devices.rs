//! Mobile device access rules. Source: API reference, `CreateMobileDeviceAccessRule`,
//! `UpdateMobileDeviceAccessRule`, `ListMobileDeviceAccessRules`, `DeleteMobileDeviceAccessRule`,
//! `GetMobileDeviceAccessEffect`, `MobileDeviceAccessRule`; behaviour notes, section 9.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::behavior::{Behaviors, MOBILE_RULE_NEW, MOBILE_RULE_OMITTED};
use super::super::refusal::Refusal;
use super::super::state::{Organization, Sort};
use super::shared::{Effect, decided};
use super::{Call, nothing};

pub(super) const RULES: Sort<Rule> = Sort::new("mobileDeviceAccessRule");

/// The most rules of an organization. Source: quotas.
const LIMIT: usize = 10;

/// What a list says for a device that does not tell the property.
const ABSENT: &str = "$NONE";

/// A rule; its id is its key. An absent list is no condition.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rule {
    name: String,
    effect: Effect,
    #[serde(flatten)]
    rest: Rest,
    #[serde(default)]
    date_created: f64,
    #[serde(default)]
    date_modified: f64,
}

/// What a request may leave out.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rest {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_device_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_models: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_device_models: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_operating_systems: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_device_operating_systems: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_user_agents: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_device_user_agents: Option<Vec<String>>,
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let mut rule: Rule = call.read()?;
        (rule.date_created, rule.date_modified) = (call.now, call.now);
        let organization = call.organization()?;
        if organization.tables.count(&RULES) >= LIMIT {
            return Err(Refusal::limit(format!(
                "An organization has {LIMIT} mobile device access rules at most."
            )));
        }
        let id = add(organization, &rule);
        Ok(json!({ "MobileDeviceAccessRuleId": id }))
    })
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("MobileDeviceAccessRuleId").to_owned();
    let mut rule: Rule = call.read()?;
    let keeps = call.behaviors.is(MOBILE_RULE_OMITTED, "keep");
    let now = call.now;
    let organization = call.organization()?;
    let before = organization.tables.get(&RULES, &id);
    let before: Rule = before.ok_or_else(|| {
        Refusal::new(
            "EntityNotFoundException",
            format!("The mobile device access rule {id} does not exist."),
        )
    })?;
    rule.date_created = before.date_created;
    rule.date_modified = now;
    if keeps {
        rule.rest = rule.rest.or(before.rest);
    }
    let lag = organization.lag();
    organization.tables.put(&RULES, &id, &rule, lag);
    Ok(nothing())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let rules: Vec<Value> = organization
        .tables
        .listed(&RULES, None, organization.lag())
        .map(|(_, id, rule)| {
            let mut told = json!(rule);
            told["MobileDeviceAccessRuleId"] = json!(id);
            told
        })
        .collect();
    Ok(json!({ "Rules": rules }))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("MobileDeviceAccessRuleId").to_owned();
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&RULES, &id, lag);
    Ok(nothing())
}

/// The rules that stand now decide, whatever reads lag behind. Overrides do not count: the request
/// names no user and no device.
pub(super) fn effect(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let told = |member: &str| call.optional(member).map(str::to_lowercase);
    let device = Device {
        r#type: told("DeviceType"),
        model: told("DeviceModel"),
        operating_system: told("DeviceOperatingSystem"),
        user_agent: told("DeviceUserAgent"),
    };
    let organization = call.organization()?;
    let matched = organization
        .tables
        .all(&RULES)
        .filter(|(_, _, rule)| device.fits(&rule.rest))
        .map(|(_, id, rule)| {
            let told = json!({ "MobileDeviceAccessRuleId": id, "Name": rule.name });
            (rule.effect, told)
        });
    let (effect, rules) = decided(matched);
    Ok(json!({ "Effect": effect, "MatchedRules": rules }))
}

/// The rule of a new organization, which allows everything; how it is called is known from the guide
/// alone. Source: behaviour notes, section 9.
pub(super) fn seed(organization: &mut Organization, behaviors: &Behaviors) {
    let rule = Rule {
        name: behaviors.get(MOBILE_RULE_NEW).to_owned(),
        effect: Effect::Allow,
        rest: Rest::default(),
        date_created: organization.head.completed_at,
        date_modified: organization.head.completed_at,
    };
    add(organization, &rule);
}

fn add(organization: &mut Organization, rule: &Rule) -> String {
    let id = Uuid::new_v4().to_string();
    let lag = organization.lag();
    organization.tables.put(&RULES, &id, rule, lag);
    id
}

impl Rest {
    fn or(self, before: Self) -> Self {
        Self {
            description: self.description.or(before.description),
            device_types: self.device_types.or(before.device_types),
            not_device_types: self.not_device_types.or(before.not_device_types),
            device_models: self.device_models.or(before.device_models),
            not_device_models: self.not_device_models.or(before.not_device_models),
            device_operating_systems: self
                .device_operating_systems
                .or(before.device_operating_systems),
            not_device_operating_systems: self
                .not_device_operating_systems
                .or(before.not_device_operating_systems),
            device_user_agents: self.device_user_agents.or(before.device_user_agents),
            not_device_user_agents: self
                .not_device_user_agents
                .or(before.not_device_user_agents),
        }
    }
}

/// What a device tells of itself, in lower case.
struct Device {
    r#type: Option<String>,
    model: Option<String>,
    operating_system: Option<String>,
    user_agent: Option<String>,
}

impl Device {
    /// True if every condition of the rule holds.
    fn fits(&self, rule: &Rest) -> bool {
        [
            (&self.r#type, &rule.device_types, &rule.not_device_types),
            (&self.model, &rule.device_models, &rule.not_device_models),
            (
                &self.operating_system,
                &rule.device_operating_systems,
                &rule.not_device_operating_systems,
            ),
            (
                &self.user_agent,
                &rule.device_user_agents,
                &rule.not_device_user_agents,
            ),
        ]
        .iter()
        .all(|(property, list, not)| {
            let property = property.as_deref();
            list.as_ref()
                .is_none_or(|list| list.iter().any(|entry| begins(property, entry)))
                && not.as_ref().is_none_or(|not| {
                    property.is_some() && !not.iter().any(|entry| begins(property, entry))
                })
        })
    }
}

/// An entry is the beginning of the property, without case; `$NONE` is no text, but its absence.
fn begins(property: Option<&str>, entry: &str) -> bool {
    match property {
        None => entry == ABSENT,
        Some(property) => entry != ABSENT && property.starts_with(&entry.to_lowercase()),
    }
}
