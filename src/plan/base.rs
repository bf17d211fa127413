//! What an earlier manifest declares and this one does not: whoever takes a name out of a manifest may
//! think that the thing goes with it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Kinds, by_name};
use crate::model::{Action, Desired, Entity, Snapshot, Target, Wanted};

use super::document::Plan;

/// Something that the base declares and the manifest does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoLongerDeclared {
    /// What it is.
    pub target: Target,
    /// What becomes of it, as a sentence fragment: `stays live, with its mailbox and 2 grants`.
    pub becomes: String,
}

/// Everything that `base` declares and `desired` does not, in the order of targets. A resource that is
/// declared under another name by `previously` is declared.
pub fn no_longer_declared(
    kinds: Kinds,
    base: &Desired,
    desired: &Desired,
    live: &Snapshot,
    plan: &Plan,
) -> Vec<NoLongerDeclared> {
    let renamed = |target: &Target| {
        desired.entities.iter().any(|(other, declared)| {
            other.kind() == target.kind()
                && declared
                    .previously
                    .as_deref()
                    .is_some_and(|former| former.eq_ignore_ascii_case(target.name()))
        })
    };
    base.entities
        .iter()
        .filter(|(_, declared)| declared.wanted != Wanted::Absent && !declared.implied)
        .map(|(target, _)| target)
        .filter(|target| !desired.entities.contains_key(target) && !renamed(target))
        .map(|target| NoLongerDeclared {
            target: target.clone(),
            becomes: becomes(kinds, target, live, plan),
        })
        .collect()
}

fn becomes(kinds: Kinds, target: &Target, live: &Snapshot, plan: &Plan) -> String {
    let change = plan
        .changes
        .iter()
        .find(|change| change.target == *target && change.writable);
    let Some(entity) = live.entities.get(target) else {
        return match live.listed(target.kind()).known() {
            Some(()) => "is not live".to_owned(),
            None => {
                "is left as it is, and was not looked at: its section is not managed".to_owned()
            }
        };
    };
    match change.map(|change| change.action) {
        Some(Action::Delete) => "is deleted by this plan".to_owned(),
        Some(Action::Deregister) => "is deregistered by this plan".to_owned(),
        _ if !entity.is_registered() => "stays as it is, deregistered".to_owned(),
        _ => format!("stays live{}", belongings(kinds, target, entity, live)),
    }
}

/// What stays with it, as far as it was read.
fn belongings(kinds: Kinds, target: &Target, entity: &Entity, live: &Snapshot) -> String {
    let mut all = Vec::new();
    if by_name(kinds, target.kind()).is_some_and(|entry| entry.has_mailbox) {
        all.push("its mailbox".to_owned());
    }
    let is_it = |party: &crate::model::Party| party.target() == Some(target);
    let mut grants = entity.grants.known().map_or(0, Vec::len);
    let mut seats = 0;
    for other in live.entities.values() {
        let held = other.grants.known().into_iter().flatten();
        grants += held.filter(|grant| is_it(&grant.grantee)).count();
        let links = other.links.known().into_iter().flatten();
        seats += links.filter(|link| is_it(&link.party)).count();
    }
    let members = entity.links.known().map_or(0, Vec::len);
    let counted = [
        (
            entity.aliases.known().map_or(0, BTreeSet::len),
            "alias",
            "aliases",
        ),
        (grants, "grant", "grants"),
        (seats, "membership or seat", "memberships and seats"),
        (members, "member or delegate", "members and delegates"),
    ];
    for (count, one, more) in counted {
        match count {
            0 => {}
            1 => all.push(format!("1 {one}")),
            count => all.push(format!("{count} {more}")),
        }
    }
    match all.split_last() {
        None => String::new(),
        Some((only, [])) => format!(", with {only}"),
        Some((last, rest)) => format!(", with {} and {last}", rest.join(", ")),
    }
}
