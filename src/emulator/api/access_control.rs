//! Access control rules. Source: API reference, `PutAccessControlRule`, `DeleteAccessControlRule`,
//! `ListAccessControlRules`, `GetAccessControlEffect`, `AccessControlRule`; behaviour notes, section 9.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::behavior::{RULE_PRECEDENCE, RULE_TWINS, RULE_USERS_FOR_ROLE};
use super::super::refusal::Refusal;
use super::super::state::{Identified, Kind, Organization, Sort};
use super::impersonation::ROLES;
use super::shared::{Effect, decided, decided_by, key_of, taken_out};
use super::{Call, nothing};

pub(super) const RULES: Sort<Rule> = Sort::new("accessControlRule");

/// The most rules of an organization. Source: quotas.
const LIMIT: usize = 10;

/// The protocols that rules name. Source: API reference, `Actions`.
const ACTIONS: &[&str] = &[
    "ActiveSync",
    "AutoDiscover",
    "EWS",
    "IMAP",
    "SMTP",
    "WindowsOutlook",
    "WebMail",
];

/// A rule; an empty list is no condition.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rule {
    name: String,
    effect: Effect,
    description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ip_ranges: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_ip_ranges: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    actions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_actions: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    user_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_user_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    impersonation_role_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_impersonation_role_ids: Vec<String>,
    #[serde(default)]
    date_created: f64,
    #[serde(default)]
    date_modified: f64,
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut rule: Rule = call.read()?;
    let refuses_twins = call.behaviors.is(RULE_TWINS, "refuse");
    let now = call.now;
    let organization = call.organization()?;
    for action in rule.actions.iter().chain(&rule.not_actions) {
        known_action(action)?;
    }
    for id in rule.user_ids.iter().chain(&rule.not_user_ids) {
        key_of(&organization.directory, id, Identified::ById, &[Kind::User])?;
    }
    for id in rule
        .impersonation_role_ids
        .iter()
        .chain(&rule.not_impersonation_role_ids)
    {
        if organization.tables.get(&ROLES, id).is_none() {
            return Err(role_not_found(id));
        }
    }
    if refuses_twins && rule.has_twins() {
        return Err(Refusal::invalid(
            "A condition and its opposite cannot both be given.",
        ));
    }
    let before = organization.tables.get(&RULES, &rule.name);
    if before.is_none() && organization.tables.count(&RULES) >= LIMIT {
        return Err(Refusal::limit(format!(
            "An organization has {LIMIT} access control rules at most."
        )));
    }
    rule.date_created = before.map_or(now, |before: Rule| before.date_created);
    rule.date_modified = now;
    let lag = organization.lag();
    let name = rule.name.clone();
    organization.tables.put(&RULES, &name, &rule, lag);
    Ok(nothing())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("Name").to_owned();
    let organization = call.organization()?;
    let lag = organization.lag();
    organization.tables.remove(&RULES, &name, lag);
    Ok(nothing())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let organization = call.organization()?;
    let rules: Vec<Rule> = organization
        .tables
        .listed(&RULES, None, organization.lag())
        .map(|(_, _, rule)| rule)
        .collect();
    Ok(json!({ "Rules": rules }))
}

/// The rules that stand now decide, whatever reads lag behind.
pub(super) fn effect(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let action = call.text("Action").to_owned();
    let address: Ipv4Addr = call
        .text("IpAddress")
        .parse()
        .map_err(|_| Refusal::invalid("IpAddress is no IPv4 address."))?;
    known_action(&action)?;
    let behaviors = call.behaviors;
    let allow_wins = behaviors.is(RULE_PRECEDENCE, "allow");
    let (user, role) = (
        call.optional("UserId").map(str::to_owned),
        call.optional("ImpersonationRoleId").map(str::to_owned),
    );
    let organization = call.organization()?;
    let caller = match (user, role) {
        (Some(user), None) => Caller::User(user_id(organization, &user)?),
        (None, Some(role)) => {
            if action != "EWS" {
                return Err(Refusal::invalid(
                    "ImpersonationRoleId can only be used with Action EWS.",
                ));
            }
            if organization.tables.get(&ROLES, &role).is_none() {
                return Err(role_not_found(&role));
            }
            Caller::Role(role)
        }
        _ => {
            return Err(Refusal::invalid(
                "Either UserId or ImpersonationRoleId must be given.",
            ));
        }
    };
    let attempt = Attempt {
        caller,
        action,
        address,
        users_for_role: behaviors.get(RULE_USERS_FOR_ROLE),
    };
    let matched = organization
        .tables
        .all(&RULES)
        .filter(|(_, _, rule)| attempt.matches(rule))
        .map(|(_, _, rule)| (rule.effect, rule.name));
    let (effect, names) = if allow_wins {
        decided_by(Effect::Allow, matched)
    } else {
        decided(matched)
    };
    Ok(json!({ "Effect": effect, "MatchedRules": names }))
}

/// The rule of a new organization. Source: AWS CLI examples, `list-access-control-rules`.
pub(super) fn seed(organization: &mut Organization) {
    let rule = Rule {
        name: "default".to_owned(),
        effect: Effect::Allow,
        description: "Default WorkMail Rule".to_owned(),
        ip_ranges: Vec::new(),
        not_ip_ranges: Vec::new(),
        actions: Vec::new(),
        not_actions: Vec::new(),
        user_ids: Vec::new(),
        not_user_ids: Vec::new(),
        impersonation_role_ids: Vec::new(),
        not_impersonation_role_ids: Vec::new(),
        date_created: 0.0,
        date_modified: 0.0,
    };
    let lag = organization.lag();
    organization.tables.put(&RULES, "default", &rule, lag);
}

/// Takes a user out of every rule.
pub(super) fn forget(organization: &mut Organization, user: &str) {
    let rules: Vec<Rule> = organization
        .tables
        .all(&RULES)
        .map(|(_, _, rule)| rule)
        .collect();
    let lag = organization.lag();
    for mut rule in rules {
        if taken_out([&mut rule.user_ids, &mut rule.not_user_ids], |id| {
            id == user
        }) {
            let name = rule.name.clone();
            organization.tables.put(&RULES, &name, &rule, lag);
        }
    }
}

/// One sign-in.
struct Attempt<'a> {
    caller: Caller,
    action: String,
    address: Ipv4Addr,
    users_for_role: &'a str,
}

enum Caller {
    User(String),
    Role(String),
}

impl Attempt<'_> {
    /// True if every condition of the rule holds.
    fn matches(&self, rule: &Rule) -> bool {
        let (user, played) = match &self.caller {
            Caller::User(id) => (Some(id), None),
            Caller::Role(id) => (None, Some(id)),
        };
        let in_range = |range: &String| contains(range, self.address);
        condition(&rule.ip_ranges, &rule.not_ip_ranges, in_range)
            && condition(&rule.actions, &rule.not_actions, |action| {
                *action == self.action
            })
            && self.caller_fits(user, played.is_some(), &rule.user_ids, &rule.not_user_ids)
            && self.caller_fits(
                played,
                user.is_some(),
                &rule.impersonation_role_ids,
                &rule.not_impersonation_role_ids,
            )
    }

    /// A condition about users where a role signs in, or the other way round, stands as a switch says.
    fn caller_fits(
        &self,
        caller: Option<&String>,
        is_other: bool,
        list: &[String],
        not: &[String],
    ) -> bool {
        let conditions = !(list.is_empty() && not.is_empty());
        match self.users_for_role {
            "ignored" if is_other => true,
            "never" if is_other && conditions => false,
            _ => condition(list, not, |id| Some(id) == caller),
        }
    }
}

impl Rule {
    fn has_twins(&self) -> bool {
        [
            (&self.ip_ranges, &self.not_ip_ranges),
            (&self.actions, &self.not_actions),
            (&self.user_ids, &self.not_user_ids),
            (
                &self.impersonation_role_ids,
                &self.not_impersonation_role_ids,
            ),
        ]
        .iter()
        .any(|(list, not)| !list.is_empty() && !not.is_empty())
    }
}

/// A list holds if one of its entries does, its opposite if none does; an empty one is no condition.
fn condition(list: &[String], not: &[String], holds: impl Fn(&String) -> bool) -> bool {
    (list.is_empty() || list.iter().any(&holds)) && !not.iter().any(holds)
}

fn contains(range: &str, address: Ipv4Addr) -> bool {
    let Some((network, length)) = range.split_once('/') else {
        return false;
    };
    let (Ok(network), Ok(length)) = (network.parse::<Ipv4Addr>(), length.parse::<u32>()) else {
        return false;
    };
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    u32::from(network) & mask == u32::from(address) & mask
}

fn known_action(action: &str) -> Result<(), Refusal> {
    if ACTIONS.contains(&action) {
        Ok(())
    } else {
        Err(Refusal::invalid(format!(
            "Actions are {}.",
            ACTIONS.join(", ")
        )))
    }
}

fn user_id(organization: &Organization, text: &str) -> Result<String, Refusal> {
    let directory = &organization.directory;
    let key = key_of(directory, text, Identified::ById, &[Kind::User])?;
    let user = directory.get(key).ok_or_else(Refusal::entity_not_found)?;
    Ok(user.id.clone())
}

pub(super) fn role_not_found(id: &str) -> Refusal {
    Refusal::new(
        "ResourceNotFoundException",
        format!("The impersonation role {id} does not exist."),
    )
}
