//! Sign-ins: what decides about them before, on the way and after, and whom it lets in: the table of access
//! control rules, and the ways in that the identity provider leaves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kinds::identity_provider::Ways;
use crate::kinds::setting::SINGLE;
use crate::model::{ACCESS_CONTROL_RULE, Entity, IDENTITY_PROVIDER, Part, Snapshot, Target, USER};
use crate::policy::{
    AccessControlRule, Caller, Class, Condition, Effect, Protocol, SignIn, access_control, classes,
};

use super::words::{SignInChange, told};
use crate::plan::document::Operation;

/// The rules as they stand at one moment.
type Table = Vec<AccessControlRule>;

/// What decides about sign-ins at one moment.
pub(in crate::plan) struct Moment {
    table: Table,
    /// The ways in that are open.
    pub(in crate::plan) ways: Ways,
}

/// What decides about sign-ins, write by write.
pub(in crate::plan) struct SignIns {
    /// Before, after each write, and so at last at the end.
    pub(in crate::plan) moments: Vec<Moment>,
    /// Every class that the table of one of them tells apart.
    pub(in crate::plan) classes: Vec<Class>,
}

/// The moments before, on the way and after; none where the plan writes no access control rule.
///
/// Errors with a sentence fragment where a rule has a word that nobody knows, or rules were not read.
pub(in crate::plan) fn sign_ins(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<Option<SignIns>, String> {
    if !writes_rules(operations) {
        return Ok(None);
    }
    moments(writes(operations), live).map(Some)
}

/// The same of writes, each of a target with what becomes of it.
pub(in crate::plan) fn sign_ins_by<'a>(
    writes: impl Iterator<Item = Write<'a>>,
    live: &'a Snapshot,
) -> Result<SignIns, String> {
    moments(writes, live)
}

/// What is written, and what becomes of it; none where it goes.
pub(in crate::plan) type Write<'a> = (&'a Target, Option<&'a Map<String, Value>>);

fn writes(operations: &[Operation]) -> impl Iterator<Item = Write<'_>> {
    let operations = operations.iter();
    operations.map(|operation| (&operation.target, operation.becomes.as_ref()))
}

/// The same, also where the identity provider leaves somebody fewer ways in, and only where it was read.
pub(in crate::plan) fn sign_ins_and_ways(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<Option<SignIns>, String> {
    let ways = ways(operations, live);
    let takes = ways.iter().any(|now| now.may_shut_out(ways[0]));
    if !writes_rules(operations) && !takes {
        return Ok(None);
    }
    match live.listed(IDENTITY_PROVIDER) {
        Part::Known(()) => moments(writes(operations), live).map(Some),
        Part::Unknown(unknown) => Err(format!(
            "the identity provider could not be read: {}",
            unknown.message
        )),
        Part::Absent | Part::NotRead => Err("the identity provider was not read".to_owned()),
    }
}

fn writes_rules(operations: &[Operation]) -> bool {
    let mut operations = operations.iter();
    operations.any(|operation| operation.target.kind() == ACCESS_CONTROL_RULE)
}

fn moments<'a>(
    writes: impl Iterator<Item = Write<'a>>,
    live: &'a Snapshot,
) -> Result<SignIns, String> {
    if !matches!(live.listed(ACCESS_CONTROL_RULE), Part::Known(())) {
        return Err("the access control rules were not read".to_owned());
    }
    let mut ways = ways(&[], live)[0];
    let mut rules: BTreeMap<&Target, &Map<String, Value>> = live
        .settings
        .iter()
        .filter(|(target, _)| target.kind() == ACCESS_CONTROL_RULE)
        .map(|(target, setting)| (target, &setting.value))
        .collect();
    let mut moments = vec![Moment {
        table: table(&rules)?,
        ways,
    }];
    for (target, becomes) in writes {
        match (becomes, target.kind()) {
            (Some(value), ACCESS_CONTROL_RULE) => {
                rules.insert(target, value);
            }
            (None, ACCESS_CONTROL_RULE) => {
                rules.remove(target);
            }
            (provider, IDENTITY_PROVIDER) => ways = Ways::of(provider),
            _ => continue,
        }
        moments.push(Moment {
            table: table(&rules)?,
            ways,
        });
    }
    let tables: Vec<&[AccessControlRule]> = moments
        .iter()
        .map(|moment| moment.table.as_slice())
        .collect();
    let classes = classes(&tables, &BTreeSet::new());
    Ok(SignIns { moments, classes })
}

/// The ways in before, and after each write of the identity provider.
pub(in crate::plan) fn ways(operations: &[Operation], live: &Snapshot) -> Vec<Ways> {
    let before = live.settings.get(&Target::new(IDENTITY_PROVIDER, SINGLE));
    let before = Ways::of(before.map(|provider| &provider.value));
    let writes = operations
        .iter()
        .filter(|operation| operation.target.kind() == IDENTITY_PROVIDER);
    let after = writes.map(|operation| Ways::of(operation.becomes.as_ref()));
    std::iter::once(before).chain(after).collect()
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
    let name = |text: &str| Ok::<_, String>(text.to_owned());
    Ok(AccessControlRule {
        name: target.name().to_owned(),
        effect: Effect::of(value),
        addresses: Condition::of(value, "ipRanges", "notIpRanges", |text| {
            text.parse().map_err(unknown)
        })?,
        protocols: Condition::of(value, "actions", "notActions", |text| {
            text.parse().map_err(unknown)
        })?,
        users: Condition::of(value, "users", "notUsers", name)?,
        roles: Condition::of(value, "impersonationRoles", "notImpersonationRoles", name)?,
    })
}

impl SignIns {
    pub(in crate::plan) fn before(&self) -> &Moment {
        &self.moments[0]
    }

    pub(in crate::plan) fn after(&self) -> &Moment {
        &self.moments[self.moments.len() - 1]
    }
}

impl Moment {
    /// The rules.
    pub(in crate::plan) fn rules(&self) -> &[AccessControlRule] {
        &self.table
    }

    /// True if the rules let it in; whether something opens the mailbox is another question.
    pub(in crate::plan) fn allows(&self, sign_in: &SignIn) -> bool {
        access_control(&self.table, sign_in).effect == Effect::Allow
    }

    /// True if somebody of the class gets in: the rules allow it, and something opens the mailbox over one
    /// of its protocols.
    fn opens(&self, class: &Class) -> bool {
        let mut protocols = class.protocols.iter();
        let is_open = |protocol: &Protocol| !self.ways.shuts(*protocol);
        protocols.any(is_open) && self.allows(&class.example())
    }
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
            sign_ins.before().allows(&class.example()),
            sign_ins.after().allows(&class.example()),
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
    let before = with_a_way_in(sign_ins, sign_ins.before(), live);
    let mut lost = BTreeSet::new();
    for moment in &sign_ins.moments[1..] {
        let now = with_a_way_in(sign_ins, moment, live);
        lost.extend(before.difference(&now).cloned());
    }
    lost
}

/// Who can sign in somehow at a moment, as far as rules and ways tell.
fn with_a_way_in(sign_ins: &SignIns, moment: &Moment, live: &Snapshot) -> BTreeSet<String> {
    let others = has_others(sign_ins, live);
    let open = sign_ins.classes.iter().filter(|class| moment.opens(class));
    open.flat_map(|class| &class.callers)
        .filter_map(|caller| match caller {
            Caller::User(name) if counts(caller, others, live) => Some(name.clone()),
            _ => None,
        })
        .collect()
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
