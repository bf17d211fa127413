//! Sign-ins: the table of access control rules before, on the way and after, and whom it lets in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::{ACCESS_CONTROL_RULE, Entity, Part, Snapshot, Target, USER};
use crate::policy::{AccessControlRule, Caller, Class, Effect, access_control, classes};

use super::words::{SignInChange, told};
use super::{condition, effect};
use crate::plan::document::Operation;

/// The rules as they stand at one moment.
pub(in crate::plan) type Table = Vec<AccessControlRule>;

/// The tables of a plan that writes access control rules.
pub(in crate::plan) struct SignIns {
    /// Before, after each write, and so at last at the end.
    pub(in crate::plan) tables: Vec<Table>,
    /// Every class that one of them tells apart.
    pub(in crate::plan) classes: Vec<Class>,
}

/// The tables before, on the way and after; none where the plan writes no access control rule.
///
/// Errors with a sentence fragment where a rule has a word that nobody knows.
pub(in crate::plan) fn sign_ins(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<Option<SignIns>, String> {
    let writes = |operation: &&Operation| operation.target.kind() == ACCESS_CONTROL_RULE;
    if !operations.iter().any(|operation| writes(&operation)) {
        return Ok(None);
    }
    if !matches!(live.listed(ACCESS_CONTROL_RULE), Part::Known(())) {
        return Err("the access control rules were not read".to_owned());
    }
    let mut rules: BTreeMap<&Target, &Map<String, Value>> = live
        .settings
        .iter()
        .filter(|(target, _)| target.kind() == ACCESS_CONTROL_RULE)
        .map(|(target, setting)| (target, &setting.value))
        .collect();
    let mut tables = vec![table(&rules)?];
    for operation in operations.iter().filter(writes) {
        match &operation.becomes {
            Some(value) => rules.insert(&operation.target, value),
            None => rules.remove(&operation.target),
        };
        tables.push(table(&rules)?);
    }
    let slices: Vec<&[AccessControlRule]> = tables.iter().map(Vec::as_slice).collect();
    let classes = classes(&slices, &BTreeSet::new());
    Ok(Some(SignIns { tables, classes }))
}

fn table(rules: &BTreeMap<&Target, &Map<String, Value>>) -> Result<Table, String> {
    rules
        .iter()
        .map(|(target, value)| rule(target, value))
        .collect()
}

/// A rule as its meaning is told by.
///
/// Errors with a sentence fragment where it has a word that nobody knows.
pub(in crate::plan) fn rule(
    target: &Target,
    value: &Map<String, Value>,
) -> Result<AccessControlRule, String> {
    let unknown = |error: crate::policy::RuleTextError| format!("{target}: {error}");
    let name = |text: &str| Ok(text.to_owned());
    Ok(AccessControlRule {
        name: target.name().to_owned(),
        effect: effect(value),
        addresses: condition(value, "ipRanges", "notIpRanges", |text| {
            text.parse().map_err(unknown)
        })?,
        protocols: condition(value, "actions", "notActions", |text| {
            text.parse().map_err(unknown)
        })?,
        users: condition(value, "users", "notUsers", name)?,
        roles: condition(value, "impersonationRoles", "notImpersonationRoles", name)?,
    })
}

impl SignIns {
    fn before(&self) -> &Table {
        &self.tables[0]
    }

    fn after(&self) -> &Table {
        &self.tables[self.tables.len() - 1]
    }
}

fn allows(table: &Table, class: &Class) -> bool {
    access_control(table, &class.example()).effect == Effect::Allow
}

/// Which sign-ins are let in that were not, and which no longer. Who is not registered before does not
/// count: nobody signs in.
pub(in crate::plan) fn changes(sign_ins: &SignIns, live: &Snapshot) -> Vec<SignInChange> {
    let mut let_in = Vec::new();
    let mut shut_out = Vec::new();
    let others = has_others(sign_ins, live);
    let counts = |caller: &&Caller| counts(caller, others, live);
    for class in &sign_ins.classes {
        let changed = match (
            allows(sign_ins.before(), class),
            allows(sign_ins.after(), class),
        ) {
            (false, true) => &mut let_in,
            (true, false) => &mut shut_out,
            _ => continue,
        };
        let callers: Vec<Caller> = class.callers.iter().filter(counts).cloned().collect();
        if !callers.is_empty() {
            changed.push(Class {
                callers,
                ..class.clone()
            });
        }
    }
    let all = sign_ins.classes.iter().flat_map(|class| &class.callers);
    let all = all.filter(counts).cloned().collect();
    let mut changes = told(let_in, &all, true);
    changes.extend(told(shut_out, &all, false));
    changes
}

/// True for who can sign in before: registered users and live roles; `others` says whether there is
/// somebody who is not named.
pub(super) fn counts(caller: &Caller, others: bool, live: &Snapshot) -> bool {
    match caller {
        Caller::User(name) if name.is_empty() => others,
        Caller::User(name) => {
            let entity = live.entities.get(&Target::user(name));
            entity.is_some_and(Entity::is_registered)
        }
        Caller::Role(name) if name.is_empty() => live
            .settings
            .keys()
            .any(|target| target.kind() == crate::model::IMPERSONATION_ROLE),
        Caller::Role(name) => live
            .settings
            .contains_key(&Target::new(crate::model::IMPERSONATION_ROLE, name.clone())),
    }
}

/// The users who could sign in somehow before, and at some moment of the plan no longer at all;
/// everybody who is not named is told by the empty name.
pub(in crate::plan) fn without_a_way_in(sign_ins: &SignIns, live: &Snapshot) -> BTreeSet<String> {
    let others = has_others(sign_ins, live);
    let users = |class: &Class| -> BTreeSet<String> {
        let users = class.callers.iter().filter_map(|caller| match caller {
            Caller::User(name) if counts(caller, others, live) => Some(name.clone()),
            _ => None,
        });
        users.collect()
    };
    let let_in = |table: &Table| -> BTreeSet<String> {
        let allowed = sign_ins.classes.iter().filter(|class| allows(table, class));
        allowed.flat_map(users).collect()
    };
    let before = let_in(sign_ins.before());
    let mut lost = BTreeSet::new();
    for table in &sign_ins.tables[1..] {
        lost.extend(before.difference(&let_in(table)).cloned());
    }
    lost
}

fn has_others(sign_ins: &SignIns, live: &Snapshot) -> bool {
    let callers = sign_ins.classes.iter().flat_map(|class| &class.callers);
    has_other_users(&callers.cloned().collect(), live)
}

/// True if somebody is registered who is not among the callers, or may be.
pub(super) fn has_other_users(callers: &BTreeSet<Caller>, live: &Snapshot) -> bool {
    let named: BTreeSet<Target> = callers
        .iter()
        .filter_map(|caller| match caller {
            Caller::User(name) => Some(Target::user(name)),
            Caller::Role(_) => None,
        })
        .collect();
    let listed = matches!(live.listed(USER), Part::Known(()));
    let mut users = live.entities.iter();
    !listed
        || users.any(|(target, entity)| {
            target.kind() == USER
                && entity.is_registered()
                && !entity.built_in
                && !named.contains(target)
        })
}
