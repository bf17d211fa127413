//! What a plan that ended early leaves: what the next run is asked, and temporary addresses.
//!
//! Mailboxes that a plan creates do not count as watched, and for the next run they are no longer new:
//! nobody can tell from what is live that they were made a moment ago. So the run that made them says
//! what the next one will be asked.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::kinds::Kinds;
use crate::model::{Address, Call, Snapshot, Target};

use super::document::{Blocked, Operation, Plan};
use super::guard::Allowances;
use super::model::{self, Naming};

/// How far the execution of a plan came.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The numbers of the operations that have their effect.
    pub done: BTreeSet<usize>,
    /// What somebody else created in the meantime.
    pub taken: BTreeSet<Target>,
    /// The calls that gave addresses back, with whom they wrote.
    pub given_back: Vec<(Target, Call)>,
}

/// What a plan that ended early leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The guards that will stand in the way of the rest.
    pub blocked: Vec<Blocked>,
    /// Whose primary address is a temporary one.
    pub temporary: Vec<(Target, Address)>,
}

/// What is left of a plan after so much of it.
pub fn left(
    kinds: Kinds,
    plan: &Plan,
    live: &Snapshot,
    progress: &Progress,
    allowances: &Allowances,
    now: Timestamp,
) -> Left {
    let naming = Naming::of(plan);
    let mut state = live.clone();
    let mut rest = Vec::new();
    for operation in &plan.operations {
        // Who creates something registers it next.
        let is_made_elsewhere = progress.taken.contains(&operation.target)
            && (operation.call.operation.starts_with("Create")
                && operation.call.operation != "CreateAlias"
                || operation.call.operation == "RegisterToWorkMail");
        if progress.done.contains(&operation.id) || is_made_elsewhere {
            model::apply_to(kinds, &mut state, operation, &naming, None);
        } else {
            rest.push(operation.clone());
        }
    }
    for (target, call) in &progress.given_back {
        if let Some(operation) = plan.operations.first() {
            let giving = Operation {
                call: call.clone(),
                target: target.clone(),
                party: None,
                ..operation.clone()
            };
            model::apply_to(kinds, &mut state, &giving, &naming, None);
        }
    }
    let temporary = state.entities.iter().filter_map(|(target, entity)| {
        let email = entity.email.known().filter(|email| email.is_reserved())?;
        entity
            .is_registered()
            .then(|| (target.clone(), email.clone()))
    });
    let temporary = temporary.collect();
    let rest = Plan {
        operations: rest,
        ..plan.clone()
    };
    Left {
        blocked: super::guard_again(kinds, &rest, &state, allowances, now),
        temporary,
    }
}
