//! Rules in JSON, as the API has them, for the emulator and as values of `policy`.

use serde_json::{Value, json};
use workmailctl::emulator::Behaviors;
use workmailctl::policy::{
    AccessControlRule, Caller, Condition, Device, Effect, ImpersonationRule, MobileDeviceRule,
    SignIn, Told, access_control, impersonation, mobile_device,
};

use crate::support::emulated::Emulated;

/// Whose rules these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    AccessControl,
    MobileDevice,
    Impersonation,
}

/// What rules come to: an effect, and the names of the rules that led to it, sorted. Their order is
/// not documented.
pub(super) type Decision = (Effect, Vec<String>);

/// An emulated organization with the impersonation roles `$app` and `$sync`.
pub(super) struct World {
    emulated: Emulated,
}

impl World {
    pub(super) async fn new() -> Self {
        let mut emulated = Emulated::new(Behaviors::default()).await;
        for name in ["app", "sync"] {
            let input = with_organization(json!({"Name": name, "Type": "READ_ONLY", "Rules": []}));
            let made = emulated.made("CreateImpersonationRole", input).await;
            let id = made["ImpersonationRoleId"].clone();
            emulated.names.insert(name.to_owned(), id);
        }
        Self { emulated }
    }

    /// Puts these rules in the place of all others of their sort.
    pub(super) async fn put(&self, sort: Sort, rules: &[Value]) {
        let made = |operation, input| self.emulated.made(operation, with_organization(input));
        match sort {
            Sort::AccessControl => {
                let before = made("ListAccessControlRules", json!({})).await;
                for rule in before["Rules"].as_array().expect("rules") {
                    made("DeleteAccessControlRule", json!({"Name": rule["Name"]})).await;
                }
                for rule in rules {
                    let mut rule = rule.clone();
                    rule["Description"] = json!("A rule.");
                    made("PutAccessControlRule", rule).await;
                }
            }
            Sort::MobileDevice => {
                let before = made("ListMobileDeviceAccessRules", json!({})).await;
                for rule in before["Rules"].as_array().expect("rules") {
                    let id = json!({"MobileDeviceAccessRuleId": rule["MobileDeviceAccessRuleId"]});
                    made("DeleteMobileDeviceAccessRule", id).await;
                }
                for rule in rules {
                    made("CreateMobileDeviceAccessRule", rule.clone()).await;
                }
            }
            Sort::Impersonation => {
                let role = json!({"ImpersonationRoleId": "$app", "Name": "app", "Type": "READ_ONLY", "Rules": rules});
                made("UpdateImpersonationRole", role).await;
            }
        }
    }

    /// The request of an attempt: `ana EWS 10.0.0.1` or `role app EWS 10.0.0.1` for access control
    /// rules, `DeviceType=iPhone; DeviceModel=…` or `nothing` for devices, `ana` for impersonation.
    pub(super) fn attempt(sort: Sort, text: &str) -> Value {
        let words: Vec<&str> = text.split_whitespace().collect();
        match (sort, words.as_slice()) {
            (Sort::AccessControl, ["role", role, action, address]) => {
                json!({"ImpersonationRoleId": format!("${role}"), "Action": action, "IpAddress": address})
            }
            (Sort::AccessControl, [user, action, address]) => {
                json!({"UserId": format!("${user}"), "Action": action, "IpAddress": address})
            }
            (Sort::MobileDevice, ["nothing"]) => json!({}),
            (Sort::MobileDevice, _) => text
                .split("; ")
                .map(|told| told.split_once('=').expect("PROPERTY=TEXT"))
                .map(|(property, text)| (property.to_owned(), json!(text)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            (Sort::Impersonation, [user]) => json!({"TargetUser": format!("${user}")}),
            _ => panic!("`{text}` is no attempt"),
        }
    }

    /// What the emulator says.
    pub(super) async fn emulated(&self, sort: Sort, attempt: &Value) -> Decision {
        let (operation, name) = match sort {
            Sort::AccessControl => ("GetAccessControlEffect", None),
            Sort::MobileDevice => ("GetMobileDeviceAccessEffect", Some("Name")),
            Sort::Impersonation => ("GetImpersonationRoleEffect", Some("ImpersonationRuleId")),
        };
        let mut input = with_organization(attempt.clone());
        if sort == Sort::Impersonation {
            input["ImpersonationRoleId"] = json!("$app");
        }
        let reply = self.emulated.made(operation, input).await;
        let rules = reply["MatchedRules"].as_array().expect("matched rules");
        let names = rules.iter().map(|rule| match name {
            Some(name) => text(&rule[name]),
            None => text(rule),
        });
        (effect(&reply["Effect"]), sorted(names))
    }

    /// What `policy` says.
    pub(super) fn decided(&self, sort: Sort, rules: &[Value], attempt: &Value) -> Decision {
        match sort {
            Sort::AccessControl => {
                let rules: Vec<_> = rules.iter().map(|rule| self.access_rule(rule)).collect();
                let sign_in = SignIn {
                    caller: match attempt.get("UserId") {
                        Some(user) => Caller::User(self.id(user)),
                        None => Caller::Role(self.id(&attempt["ImpersonationRoleId"])),
                    },
                    protocol: text(&attempt["Action"]).parse().expect("a protocol"),
                    address: text(&attempt["IpAddress"]).parse().expect("an address"),
                };
                let verdict = access_control(&rules, &sign_in);
                let names = verdict.deciding.iter().map(|rule| rule.name.clone());
                (verdict.effect, sorted(names))
            }
            Sort::MobileDevice => {
                let rules: Vec<_> = rules.iter().map(device_rule).collect();
                let told = |member: &str| attempt.get(member).map(text);
                let device = Device {
                    r#type: told("DeviceType"),
                    model: told("DeviceModel"),
                    operating_system: told("DeviceOperatingSystem"),
                    user_agent: told("DeviceUserAgent"),
                };
                let verdict = mobile_device(&rules, &device);
                let names = verdict.deciding.iter().map(|rule| rule.name.clone());
                (verdict.effect, sorted(names))
            }
            Sort::Impersonation => {
                let rules: Vec<_> = rules
                    .iter()
                    .map(|rule| ImpersonationRule {
                        id: text(&rule["ImpersonationRuleId"]),
                        effect: effect(&rule["Effect"]),
                        targets: condition(rule, "TargetUsers", |user| self.id(user)),
                    })
                    .collect();
                let verdict = impersonation(&rules, &self.id(&attempt["TargetUser"]));
                let names = verdict.deciding.iter().map(|rule| rule.id.clone());
                (verdict.effect, sorted(names))
            }
        }
    }

    fn access_rule(&self, rule: &Value) -> AccessControlRule {
        AccessControlRule {
            name: text(&rule["Name"]),
            effect: effect(&rule["Effect"]),
            addresses: condition(rule, "IpRanges", |range| {
                text(range).parse().expect("a range")
            }),
            protocols: condition(rule, "Actions", |action| {
                text(action).parse().expect("a protocol")
            }),
            users: condition(rule, "UserIds", |user| self.id(user)),
            roles: condition(rule, "ImpersonationRoleIds", |role| self.id(role)),
        }
    }

    /// The id of somebody who is named as `$ana`, `ana` or `ana@example.com`.
    fn id(&self, named: &Value) -> String {
        let named = text(named);
        let name = named.trim_start_matches('$');
        let name = name.split('@').next().unwrap_or_default();
        text(&self.emulated.names[name])
    }
}

fn device_rule(rule: &Value) -> MobileDeviceRule {
    let patterns = |member: &str| {
        condition(rule, member, |pattern| {
            text(pattern).parse().expect("every text is a pattern")
        })
    };
    MobileDeviceRule {
        name: text(&rule["Name"]),
        effect: effect(&rule["Effect"]),
        conditions: Told {
            r#type: patterns("DeviceTypes"),
            model: patterns("DeviceModels"),
            operating_system: patterns("DeviceOperatingSystems"),
            user_agent: patterns("DeviceUserAgents"),
        },
    }
}

fn condition<T>(rule: &Value, member: &str, entry: impl Fn(&Value) -> T) -> Condition<T> {
    let entries = |member: &str| -> Vec<T> {
        let entries = rule.get(member).and_then(Value::as_array);
        entries.into_iter().flatten().map(&entry).collect()
    };
    Condition {
        only: entries(member),
        except: entries(&format!("Not{member}")),
    }
}

fn with_organization(mut input: Value) -> Value {
    input["OrganizationId"] = json!("$organization");
    input
}

fn effect(value: &Value) -> Effect {
    match value.as_str() {
        Some("ALLOW") => Effect::Allow,
        Some("DENY") => Effect::Deny,
        _ => panic!("{value} is no effect"),
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
