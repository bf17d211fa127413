//! Whom a role may impersonate, before and after a plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::{Entity, IMPERSONATION_ROLE, Part, Snapshot, Target, USER};
use crate::policy::{self, Effect, ImpersonationRule};

use crate::plan::document::Operation;

/// Whom a role comes to reach by a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Impersonation {
    /// The role.
    pub(in crate::plan) role: Target,
    /// The users whom it can impersonate at the end and could not before; the empty name for everybody
    /// else.
    pub(in crate::plan) reached: BTreeSet<String>,
    /// The users whom the rules name and whom it does not come to reach.
    pub(in crate::plan) spared: BTreeSet<String>,
    /// True if it may then write where it could only read.
    pub(in crate::plan) writes: bool,
}

/// What changes of whom roles reach. Users whom the plan makes do not count.
pub(in crate::plan) fn impersonation(
    operations: &[Operation],
    live: &Snapshot,
) -> Vec<Impersonation> {
    let mut after: BTreeMap<&Target, Option<&Map<String, Value>>> = BTreeMap::new();
    for operation in operations {
        if operation.target.kind() == IMPERSONATION_ROLE {
            after.insert(&operation.target, operation.becomes.as_ref());
        }
    }
    let mut found = Vec::new();
    for (role, after) in after {
        let before = live.settings.get(role).map(|role| &role.value);
        let Some(after) = after else { continue };
        let old = before.map(ImpersonationRule::all_of).unwrap_or_default();
        let new = ImpersonationRule::all_of(after);
        let reached: BTreeSet<String> = named(&[&old, &new])
            .into_iter()
            .filter(|user| match user.as_str() {
                "" => has_others(&named(&[&old, &new]), live),
                user => is_registered(user, live),
            })
            .filter(|user| reaches(&new, user) && !reaches(&old, user))
            .collect();
        let writes = is_full_access(after)
            && before.is_some_and(|before| !is_full_access(before))
            && named(&[&old, &new]).iter().any(|user| reaches(&new, user));
        if !reached.is_empty() || writes {
            found.push(Impersonation {
                role: role.clone(),
                spared: named(&[&old, &new])
                    .difference(&reached)
                    .filter(|user| !user.is_empty())
                    .cloned()
                    .collect(),
                reached,
                writes,
            });
        }
    }
    found
}

/// True for a role that may write.
pub(in crate::plan) fn is_full_access(role: &Map<String, Value>) -> bool {
    role.get("type").and_then(Value::as_str) == Some("FULL_ACCESS")
}

/// True if somebody is registered whom the rules do not name, or may be.
fn has_others(named: &BTreeSet<String>, live: &Snapshot) -> bool {
    let mut users = live.entities.iter();
    !matches!(live.listed(USER), Part::Known(()))
        || users.any(|(target, entity)| {
            let is_named = named.iter().any(|name| *target == Target::user(name));
            target.kind() == USER && entity.is_registered() && !entity.built_in && !is_named
        })
}

fn is_registered(user: &str, live: &Snapshot) -> bool {
    let entity = live.entities.get(&Target::user(user));
    entity.is_some_and(Entity::is_registered)
}

fn reaches(rules: &[ImpersonationRule], user: &str) -> bool {
    policy::impersonation(rules, user).effect == Effect::Allow
}

fn named(all: &[&[ImpersonationRule]]) -> BTreeSet<String> {
    let rules = all.iter().copied().flatten();
    let names = rules.flat_map(|rule| rule.targets.only.iter().chain(&rule.targets.except));
    names.cloned().chain([String::new()]).collect()
}
