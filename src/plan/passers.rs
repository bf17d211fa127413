//! Puts who comes after, and who goes before, the writes of access control rules that would let them in for
//! a moment.
//!
//! Rules that name them are ordered with the settings; here it is about all rules: one that keeps everybody
//! out of a network comes before who is new, and one that lets everybody in comes after who goes. Where
//! something else needs another order, the guard `wider-in-between` tells.

use std::collections::BTreeMap;

use crate::model::{ACCESS_CONTROL_RULE, Entity, Snapshot, Target, USER};
use crate::policy::Caller;

use super::access::{caller, earliest_registration, latest_deregistration, sign_ins_by};
use super::order::Graph;
use super::rules::{DEREGISTER_BEFORE_UNNAMING, NAME_BEFORE_SIGN_IN};
use super::step::Step;

pub(super) fn order(live: &Snapshot, steps: &mut [Step]) {
    // The steps of a chain stand in its order.
    let rules: Vec<usize> = (0..steps.len())
        .filter(|index| steps[*index].target.kind() == ACCESS_CONTROL_RULE)
        .collect();
    let was_there = |user: &Target| live.entities.get(user).is_some_and(Entity::is_registered);
    let mut comes: BTreeMap<Target, usize> = BTreeMap::new();
    let mut goes: BTreeMap<Target, usize> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        let user = &step.target;
        match step.call.operation.as_str() {
            _ if user.kind() != USER => {}
            "RegisterToWorkMail" if !was_there(user) => {
                comes.insert(user.clone(), index);
            }
            "DeregisterFromWorkMail" if was_there(user) => {
                goes.insert(user.clone(), index);
            }
            _ => {}
        }
    }
    if rules.is_empty() || comes.is_empty() && goes.is_empty() {
        return;
    }
    let writes = rules.iter().map(|index| {
        let step = &steps[*index];
        (&step.target, step.becomes.as_ref())
    });
    // What cannot be told is told by the guards.
    let Ok(sign_ins) = sign_ins_by(writes, live) else {
        return;
    };
    // By the number of writes that have to be made before, who comes; and before which, who goes.
    let mut after: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut counts: BTreeMap<Caller, usize> = BTreeMap::new();
    for (user, step) in &comes {
        let caller = caller(&sign_ins, user);
        let count = *counts
            .entry(caller)
            .or_insert_with_key(|caller| earliest_registration(&sign_ins, caller));
        if count > 0 {
            after.entry(rules[count - 1]).or_default().push(*step);
        }
    }
    let mut counts: BTreeMap<Caller, usize> = BTreeMap::new();
    for (user, step) in &goes {
        let caller = caller(&sign_ins, user);
        let count = *counts
            .entry(caller)
            .or_insert_with_key(|caller| latest_deregistration(&sign_ins, caller));
        if let Some(rule) = rules.get(count) {
            before.entry(*rule).or_default().push(*step);
        }
    }
    let mut graph = Graph::of(steps);
    for (rule, registrations) in after {
        let needed = graph.needed_by(rule);
        for step in registrations {
            if !needed.contains(&graph.run_of(step)) {
                graph.put_before(rule, step);
                let stands = Step::made(steps, rule);
                steps[step].needs.push((&NAME_BEFORE_SIGN_IN, stands));
            }
        }
    }
    for (rule, deregistrations) in before {
        let waiting = graph.waiting_for(rule);
        for step in deregistrations {
            if !waiting.contains(&graph.run_of(step)) {
                graph.put_before(step, rule);
                let gone = Step::made(steps, step);
                steps[rule].needs.push((&DEREGISTER_BEFORE_UNNAMING, gone));
            }
        }
    }
}
