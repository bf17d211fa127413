//! Orders impersonation roles among the relations of those whom they act as: what a role stops to reach by
//! somebody goes before more comes to them, and what they lose goes before a role begins to act as them.
//!
//! Where the service needs another order, the guard `wider-in-between` tells what is open for a moment.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::{IMPERSONATION_ROLE, Snapshot, Target, USER};
use crate::policy::{Effect, ImpersonationRule, Rights, impersonation};

use super::order::Graph;
use super::rights::{Relation, relations};
use super::rules::REVOKE_BEFORE_JOIN;
use super::step::Step;

pub(super) fn order(live: &Snapshot, steps: &mut [Step]) {
    let roles: Vec<usize> = (0..steps.len())
        .filter(|index| steps[*index].target.kind() == IMPERSONATION_ROLE)
        .collect();
    if roles.is_empty() {
        return;
    }
    let (mut come, mut go) = (Vec::new(), Vec::new());
    for (index, step) in steps.iter().enumerate() {
        relations(index, step, live, &mut come, &mut go);
    }
    if come.is_empty() && go.is_empty() {
        return;
    }
    let mut either = Rights::of(live);
    for relation in &come {
        relation.add_to(&mut either);
    }
    let made = steps.iter().map(|step| &step.target);
    let users: BTreeSet<Target> = live
        .entities
        .keys()
        .chain(made)
        .filter(|target| target.kind() == USER)
        .cloned()
        .collect();
    let mut acting: BTreeMap<Target, BTreeSet<&Target>> = BTreeMap::new();
    let mut graph = Graph::of(steps);
    for role in roles {
        let target = steps[role].target.clone();
        let before = acting.remove(&target).unwrap_or_else(|| {
            let live = live.settings.get(&target);
            acts_as(live.map(|role| &role.value), &users)
        });
        let after = acts_as(steps[role].becomes.as_ref(), &users);
        let left = reach(&either, before.difference(&after));
        let waiting = graph.needed_by(role);
        for step in about(&come, &left) {
            if !waiting.contains(&graph.run_of(step)) {
                graph.put_before(role, step);
                let narrowed = Step::made(steps, role);
                steps[step].needs.push((&REVOKE_BEFORE_JOIN, narrowed));
            }
        }
        let taken = reach(&either, after.difference(&before));
        let waiting = graph.waiting_for(role);
        for step in about(&go, &taken) {
            if !waiting.contains(&graph.run_of(step)) {
                graph.put_before(step, role);
                let gone = Step::made(steps, step);
                steps[role].needs.push((&REVOKE_BEFORE_JOIN, gone));
            }
        }
        acting.insert(target, after);
    }
}

/// Whom a role acts as.
fn acts_as<'a>(
    role: Option<&Map<String, Value>>,
    users: &'a BTreeSet<Target>,
) -> BTreeSet<&'a Target> {
    let rules = role.map(ImpersonationRule::all_of).unwrap_or_default();
    let may = |user: &&Target| impersonation(&rules, user.name()).effect == Effect::Allow;
    users.iter().filter(may).collect()
}

/// They and every group that they are in, at one of the ends.
fn reach<'a>(either: &Rights, who: impl Iterator<Item = &'a &'a Target>) -> BTreeSet<Target> {
    who.flat_map(|user| either.upwards(user)).collect()
}

/// The steps of relations that give or take something of them.
fn about(all: &[Relation], who: &BTreeSet<Target>) -> BTreeSet<usize> {
    let about = all.iter().filter(|one| who.contains(&one.from));
    about.map(|one| one.step).collect()
}
