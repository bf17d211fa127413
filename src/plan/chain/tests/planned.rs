//! A pair of ends through the ordinary pipeline, and the plan followed call by call.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::diff::diff;
use crate::kinds::{KINDS, setting};
use crate::model::{
    ACCESS_CONTROL_RULE, Address, Declared, DeclaredSetting, Desired, DomainLive, Entity,
    EntityState, IMPERSONATION_ROLE, Management, OnRemoval, OrganizationLive, Part, Section,
    Setting, Snapshot, Target, USER, Unmanaged, Wanted, Wish,
};
use crate::plan::{Allowances, ManifestStamp, Operation, Plan, Planning, Scope, plan};

use super::pairs::{Classes, LETTERS, Pair, ROOM, Role, Side, let_in, names_one};

/// Who comes, goes or stays; everybody else; and who fills the table.
const ONE: &str = "one";
const ELSE: &str = "ana";
const FILLER: &str = "zed";
const HERE: &str = "192.0.2.0/24";
const ROLE: &str = "archiver";

/// What a plan does.
pub(super) struct Way {
    /// The classes that get in on the way and at neither end.
    pub(super) wider: Classes,
    /// Those that do not on the way, and do at both ends.
    pub(super) narrower: Classes,
    /// True if it makes interim rules.
    pub(super) interim: bool,
    /// Its calls.
    pub(super) told: String,
}

/// Plans and follows every call, in the plan's own order and in one in which whatever may wait does.
pub(super) fn way(pair: &Pair) -> Result<Way, String> {
    let desired = desired(&pair.after);
    let live = snapshot(&pair.before);
    let plan = planned(&desired, &live)?;
    let told = plan.operations.iter().map(|operation| {
        let letter = operation.becomes.as_ref().map(letter);
        format!(
            "  {} {} {letter:?}\n",
            operation.call.operation, operation.target
        )
    });
    let told: String = told.collect();
    let own: Vec<&Operation> = plan.operations.iter().collect();
    let (wider, narrower) = follow(pair, &own).map_err(|why| format!("{why}:\n{told}"))?;
    let other = follow(pair, &last_first(&plan)?).map_err(|why| format!("{why}:\n{told}"))?;
    if (other.0 & !wider, other.1 & !narrower) != (0, 0) {
        return Err(format!("{other:?} in another order:\n{told}"));
    }
    for (guard, found) in [
        ("wider-in-between", wider),
        ("narrower-in-between", narrower),
    ] {
        let mut blocked = plan.blocked.iter();
        let is_told = blocked.any(|blocked| blocked.guard == guard);
        if is_told != (found != 0) {
            return Err(format!("{guard} is told: {is_told}, {found:b}:\n{told}"));
        }
    }
    let of_way = |operation: &Operation| {
        operation.target.kind() == ACCESS_CONTROL_RULE && name_of(&operation.target).is_none()
    };
    Ok(Way {
        wider,
        narrower,
        interim: plan.operations.iter().any(of_way),
        told,
    })
}

/// The operations, the last first of those that can come next.
fn last_first(plan: &Plan) -> Result<Vec<&Operation>, String> {
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < plan.operations.len() {
        let is_ready = |operation: &&Operation| {
            let mut before = plan.operations[..operation.id - 1].iter();
            let same = |other: &Operation| other.component == operation.component;
            let mut needed = operation.depends_on.iter();
            !done.contains(&operation.id)
                && needed.all(|id| done.contains(id))
                && before.all(|other| !same(other) || done.contains(&other.id))
        };
        let next = plan.operations.iter().rev().find(is_ready);
        let next = next.ok_or("operations wait for each other")?;
        done.insert(next.id);
        order.push(next);
    }
    Ok(order)
}

/// What of the ends' classes is let in, and what kept out, against both; an error where the service would
/// not take a call.
fn follow(pair: &Pair, operations: &[&Operation]) -> Result<(Classes, Classes), String> {
    let (outside, inside) = pair.outside_and_inside();
    let mut rules: BTreeMap<String, u8> = rules(&pair.before).collect();
    let mut role = pair.before.role;
    let mut state = pair.before.is_there.then_some(EntityState::Registered);
    let (mut wider, mut narrower) = (0, 0);
    for operation in operations {
        let name = operation.target.name().to_owned();
        let before = role;
        match (operation.call.operation.as_str(), &operation.becomes) {
            ("PutAccessControlRule", Some(value)) => drop(rules.insert(name, letter(value))),
            ("DeleteAccessControlRule", _) => drop(rules.remove(&name)),
            ("CreateImpersonationRole" | "UpdateImpersonationRole", Some(value)) => {
                role = role_of(value);
            }
            ("DeleteImpersonationRole", _) => role = Role::Absent,
            ("CreateUser" | "DeregisterFromWorkMail", _) => state = Some(EntityState::Deregistered),
            ("RegisterToWorkMail", _) => state = Some(EntityState::Registered),
            ("DeleteUser", _) => state = None,
            (other, _) => return Err(format!("{other} is not called for")),
        }
        let is_registered = state == Some(EntityState::Registered);
        let names = role == Role::AsOne || rules.values().any(|rule| names_one(*rule));
        let begins = role == Role::AsOne && before != role;
        if rules.len() > ROOM || state.is_none() && names || begins && !is_registered {
            return Err(format!("{} is refused", operation.id));
        }
        let now = let_in(rules.values().copied(), role, is_registered);
        wider |= now & outside;
        narrower |= inside & !now;
    }
    let end: BTreeMap<String, u8> = self::rules(&pair.after).collect();
    let is_there = state == Some(EntityState::Registered);
    let is_end = (rules, role, is_there) == (end, pair.after.role, pair.after.is_there);
    if is_end {
        Ok((wider, narrower))
    } else {
        Err("it leads elsewhere".to_owned())
    }
}

fn name(name: usize) -> String {
    format!("rule-{name}")
}

/// The name of a rule of the ends.
fn name_of(target: &Target) -> Option<&str> {
    target.name().strip_prefix("rule-")
}

fn rules(side: &Side) -> impl Iterator<Item = (String, u8)> {
    let table = side.table.iter().enumerate();
    table.filter_map(|(place, letter)| Some((name(place), (*letter)?)))
}

/// What a letter stands for.
fn value(letter: u8) -> Map<String, Value> {
    let (allows, _) = LETTERS[usize::from(letter)];
    let effect = if allows { "ALLOW" } else { "DENY" };
    let mut value = Map::from_iter([
        ("effect".to_owned(), json!(effect)),
        ("description".to_owned(), json!("a rule")),
    ]);
    if letter >= 2 {
        value.insert("users".to_owned(), json!([ONE]));
    }
    if letter >= 4 {
        value.insert("ipRanges".to_owned(), json!([HERE]));
    }
    value
}

fn letter(value: &Map<String, Value>) -> u8 {
    let named = 2 * u8::from(value.contains_key("users"));
    let placed = 2 * u8::from(value.contains_key("ipRanges"));
    named + placed + u8::from(value.get("effect") != Some(&json!("ALLOW")))
}

fn role_value(role: Role) -> Map<String, Value> {
    let rules = match role {
        Role::Absent | Role::AsNobody => json!({}),
        Role::AsOne => json!({"a": {"effect": "ALLOW", "targetUsers": [ONE]}}),
        Role::AsAll => json!({"a": {"effect": "ALLOW"}}),
    };
    Map::from_iter([
        ("type".to_owned(), json!("READ_ONLY")),
        ("rules".to_owned(), rules),
    ])
}

fn role_of(value: &Map<String, Value>) -> Role {
    match value.get("rules").and_then(|rules| rules.get("a")) {
        None => Role::AsNobody,
        Some(rule) if rule.get("targetUsers").is_some() => Role::AsOne,
        Some(_) => Role::AsAll,
    }
}

/// Every setting of a side, with the rules that leave the table only so much room.
fn settings(side: &Side) -> BTreeMap<Target, Map<String, Value>> {
    let rule = |name: String| Target::new(ACCESS_CONTROL_RULE, name);
    let limit = setting(ACCESS_CONTROL_RULE).and_then(|kind| kind.limit);
    let fillers = 0..limit.expect("a table has a limit") - ROOM;
    let fillers = fillers.map(|number| {
        let value = json!({"effect": "DENY", "description": "full", "users": [FILLER]});
        let value = value.as_object().cloned().unwrap_or_default();
        (rule(format!("filler-{number}")), value)
    });
    let rules = rules(side).map(|(name, letter)| (rule(name), value(letter)));
    let archiver = (side.role != Role::Absent)
        .then(|| (Target::new(IMPERSONATION_ROLE, ROLE), role_value(side.role)));
    fillers.chain(rules).chain(archiver).collect()
}

fn people(side: &Side) -> impl Iterator<Item = &'static str> {
    let one = side.is_there.then_some(ONE);
    one.into_iter().chain([ELSE, FILLER])
}

fn address(name: &str) -> Address {
    Address::listed(format!("{name}@example.com"))
}

fn desired(side: &Side) -> Desired {
    let sections = ["users", "accessControlRules", "impersonationRoles"];
    let section = Section {
        unmanaged: Unmanaged::Remove,
        on_removal: OnRemoval::Delete,
        ..Section::default()
    };
    let mut desired = Desired {
        sections: sections.map(str::to_owned).into(),
        management: Management {
            sections: sections
                .map(|name| (name.to_owned(), section.clone()))
                .into(),
            ..Management::default()
        },
        ..Desired::default()
    };
    for name in people(side) {
        let declared = Declared {
            wanted: Wanted::Registered,
            email: Some(address(name)),
            aliases: Some(Wish::exactly(std::iter::empty())),
            fields: [("displayName".into(), Value::from("Somebody"))].into(),
            ..Declared::default()
        };
        desired.entities.insert(Target::user(name), declared);
    }
    for (target, value) in settings(side) {
        let declared = DeclaredSetting {
            value,
            ..DeclaredSetting::default()
        };
        desired.settings.insert(target, declared);
    }
    desired
}

fn snapshot(side: &Side) -> Snapshot {
    let mut entities = BTreeMap::new();
    for name in people(side) {
        let mut live = Entity::new(format!("id-of-{name}"), EntityState::Registered);
        live.email = Part::Known(address(name));
        live.aliases = Part::Known(BTreeSet::new());
        live.grants = Part::Known(Vec::new());
        live.groups = Part::Known(Vec::new());
        live.fields = [("displayName".into(), Part::Known(Value::from("Somebody")))].into();
        entities.insert(Target::user(name), live);
    }
    let domain = DomainLive {
        is_test_domain: false,
        ownership: Part::Known("VERIFIED".to_owned()),
        records: Vec::new(),
    };
    let organization = OrganizationLive {
        id: format!("m-{}", "0".repeat(32)),
        alias: "acme".to_owned(),
        arn: String::new(),
        region: "eu-west-1".to_owned(),
        state: OrganizationLive::ACTIVE.to_owned(),
        caller: None,
        default_mail_domain: Part::Known("example.com".to_owned()),
        mail_domains: Part::Known([("example.com".to_owned(), domain)].into()),
    };
    let settings = settings(side).into_iter().map(|(target, value)| {
        let id = (target.kind() == IMPERSONATION_ROLE).then(|| "id-of-role".to_owned());
        (target, Setting::new(id, value))
    });
    let kinds = [USER, ACCESS_CONTROL_RULE, IMPERSONATION_ROLE];
    Snapshot {
        taken_at: Timestamp::UNIX_EPOCH,
        calls: 0,
        lower_bound: 0,
        organization,
        lists: kinds.map(|kind| (kind.to_owned(), Part::Known(()))).into(),
        entities,
        settings: settings.collect(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

fn planned(desired: &Desired, live: &Snapshot) -> Result<Plan, String> {
    let changes = diff(KINDS, desired, live);
    let planning = Planning {
        management: &desired.management,
        allowances: &Allowances::default(),
        scope: &Scope::default(),
        manifest: ManifestStamp::default(),
        now: Timestamp::UNIX_EPOCH,
        nonce: "0123456789abcdef".to_owned(),
    };
    let plan = plan(KINDS, &changes, live, &planning).map_err(|bug| bug.to_string())?;
    match (plan.problems.first(), plan.held.first()) {
        (Some(problem), _) => Err(problem.message.clone()),
        (_, Some(held)) => Err(held.waits_for.clone()),
        (None, None) => Ok(plan),
    }
}
