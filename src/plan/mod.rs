//! From differences to a plan that leaves nothing to decide.
//!
//! `plan` lowers changes to steps (`lower`, `addresses`), puts them in order (`rights`, `rooms`,
//! `order`), runs them on the model, asks the guards, and writes it all into one document.
//!
//! Reading order: `step` and `rules` (what orders steps), `lower`, `addresses`, `settings` with `chain`
//! (what decides who gets in), `rights`, `rooms`, `order`, `model`, `guard`, `describe`, `document`, and `sample` (what
//! the service is asked before and after).

mod access;
mod acting;
mod addresses;
mod aim;
mod applications;
mod base;
#[cfg(test)]
mod broken;
mod chain;
mod check;
mod consequences;
mod describe;
mod directed;
mod document;
mod drawing;
mod expect;
mod expectation;
mod gaps;
mod guard;
mod hash;
mod identities;
mod lower;
mod management;
pub mod model;
mod names;
mod naming;
mod next;
#[cfg(test)]
mod numbers;
mod order;
mod organization;
mod passers;
pub mod reversibility;
mod rights;
mod rooms;
mod rules;
mod sample;
mod scope;
mod setting_names;
mod setting_order;
mod settings;
mod stage;
mod step;
pub mod undo;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::kinds::Kinds;
use crate::live::Needs;
use crate::model::{ChangeSet, Management, Problem, Snapshot, until_time};

pub use crate::kinds::entity::ALIAS_LIMIT;
pub use crate::model::END_OF_SERVICE;
pub use access::SignInChange;
pub use base::{NoLongerDeclared, no_longer_declared};
#[cfg(test)]
pub(crate) use broken::broken;
pub use directed::{misdirected, outdated, renamed, renamed_settings};
pub use document::{
    AddressGap, Blocked, Expectation, FieldChange, Invariants, ManifestStamp, Operation,
    OrganizationStamp, Plan, PlannedChange, Reversible, Shown, SnapshotStamp, Summary,
};
pub use expect::part_value;
pub use expectation::{Told, expect, named_value, piece_of, suppose, told};
pub use guard::{Allowance, Allowances, DELETE_GUARD, GUARDS, Guard};
pub use next::{Left, Progress, left};
pub use reversibility::{MAILBOX_KEPT, mailbox_lost_at};
#[cfg(test)]
pub(crate) use rules::Free;
use rules::Ordering;
pub use rules::{RULES, Rule};
pub use sample::{About, Effect, MOST_QUESTIONS, Question, Sample, samples};
pub use scope::Scope;

/// What a plan is made with, besides the changes and the snapshot.
#[derive(Clone, Debug)]
pub struct Planning<'a> {
    /// The rules of management of the manifest.
    pub management: &'a Management,
    /// The guards that flags lift.
    pub allowances: &'a Allowances,
    /// Which part of the changes is planned.
    pub scope: &'a Scope,
    /// The manifest's files.
    pub manifest: ManifestStamp,
    /// The time that `until` is compared with.
    pub now: Timestamp,
    /// Makes temporary names and client tokens of this plan its own.
    pub nonce: String,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A bug of the planner; never the user's fault.
    #[error("the planner contradicts itself: {0}")]
    Bug(String),
}

/// The plan that makes the changes. It is the same to the byte for the same input.
pub fn plan(
    kinds: Kinds,
    changes: &ChangeSet,
    live: &Snapshot,
    planning: &Planning<'_>,
) -> Result<Plan, PlanError> {
    let draft = draft(kinds, changes, live, planning, Ordering::default())?;
    let Draft {
        document,
        left,
        refused,
        temporaries,
    } = draft;
    // A plan with problems is never applied.
    let shown = if document.problems.is_empty() && refused.is_empty() {
        shown(kinds, changes, live, &document, &left)
            .map_err(|violation| PlanError::Bug(violation.to_string()))?
    } else {
        Shown::default()
    };
    let mut document = Plan {
        invariants: Invariants {
            temporary_addresses: temporaries,
            shown,
            ..document.invariants
        },
        problems: [refused, document.problems].concat(),
        ..document
    };
    verify(&document, live).map_err(PlanError::Bug)?;
    document.plan_hash = hash::of(&document);
    Ok(document)
}

/// A plan of which nothing is shown yet.
struct Draft {
    document: Plan,
    left: scope::Restricted,
    /// What no order can do.
    refused: Vec<Problem>,
    /// How many temporary addresses it uses.
    temporaries: usize,
}

fn draft(
    kinds: Kinds,
    changes: &ChangeSet,
    live: &Snapshot,
    planning: &Planning<'_>,
    ordering: Ordering,
) -> Result<Draft, PlanError> {
    let mut steps = Vec::new();
    let lowering = lower::Lowering::new(kinds, &changes.changes, live);
    let temporaries = addresses::plan(kinds, &changes.changes, live, &mut steps);
    lowering.all(&mut steps);
    settings::all(changes, live, &mut steps);
    applications::remember(live, &mut steps);
    identities::before_alone(live, &mut steps);
    organization::all(&changes.changes, live, &mut steps);
    names::settle(&mut steps);
    let moves = rights::Moves::of(live, &steps);
    moves.never_wider(&mut steps);
    let refused = rooms::order(live, &mut steps);
    acting::order(live, &mut steps);
    moves.rather_not_narrower(&mut steps);
    passers::order(live, &mut steps);
    let ordered =
        order::order(steps, live, ordering).map_err(|circle| PlanError::Bug(circle.to_string()))?;
    let first = organization::first(&ordered, live, planning.scope);
    let mut left = scope::restrict(ordered, changes, planning.scope, &refused.targets);
    if !live.organization.is_there() {
        left.operations = first;
    }
    if !organization::deletes(&left.operations) {
        let tag = versions::tag(&mut left.operations, live, ordering);
        left.operations.extend(tag);
        let tag = management::tag(&left.operations, live, planning.management, ordering);
        left.operations.extend(tag);
    }
    for operation in &mut left.operations {
        operation.reversible = reversibility::reversible(operation, live, planning.now);
    }
    Ok(Draft {
        document: assemble(kinds, changes, live, planning, &left),
        left,
        refused: refused.problems,
        temporaries,
    })
}

/// Runs the plan on the model, and looks whether it leads to what is wanted.
fn shown(
    kinds: Kinds,
    changes: &ChangeSet,
    live: &Snapshot,
    plan: &Plan,
    left: &scope::Restricted,
) -> Result<Shown, check::Violation> {
    let naming = model::Naming::of(plan);
    let shown = check::check(kinds, &left.operations, live, &naming)?;
    if !left.partial && live.organization.is_there() {
        let wanted = changes.changes.iter().enumerate();
        let wanted = wanted
            .filter(|(index, change)| change.writable && !left.refused.contains(index))
            .map(|(_, change)| change);
        check::reaches(kinds, &left.operations, live, &naming, wanted, changes)?;
    }
    Ok(shown)
}

/// The guards that stand in the way of a plan from a file, asked again with what is live now.
pub fn guard_again(
    kinds: Kinds,
    plan: &Plan,
    live: &Snapshot,
    allowances: &Allowances,
    now: Timestamp,
) -> Vec<Blocked> {
    let naming = model::Naming::of(plan);
    let (before, after) = both_ends(kinds, &plan.operations, live, &naming);
    let ends = guard::Ends {
        kinds,
        operations: &plan.operations,
        live,
        before: &before,
        after: &after,
        management: &plan.management,
        naming: &naming,
        now,
        registered: &allowances.registered,
        exports: &allowances.exports,
    };
    guard::blocked(&ends, allowances)
}

/// What has to be read beside all lists, the targets of the plan and the tags, so that its guards can
/// tell what it does. It is asked again after each read.
pub fn guard_needs(kinds: Kinds, plan: &Plan, live: &Snapshot) -> Needs {
    let naming = model::Naming::of(plan);
    let (before, after) = both_ends(kinds, &plan.operations, live, &naming);
    let ends = guard::Ends {
        kinds,
        operations: &plan.operations,
        live,
        before: &before,
        after: &after,
        management: &plan.management,
        naming: &naming,
        now: plan.evaluated_at,
        registered: &BTreeSet::new(),
        exports: &BTreeMap::new(),
    };
    guard::needs(&ends)
}

/// Runs the plan on what is live: no call takes an address or a name that something else still has.
pub fn verify(plan: &Plan, live: &Snapshot) -> Result<(), String> {
    gaps::verify(plan, live)?;
    names::verify(plan, live)
}

/// What contradicts itself in a plan from a file, run on what it expects to find; whether that is live
/// is asked of each component before its first write.
pub fn contradiction(plan: &Plan, live: &Snapshot) -> Option<String> {
    let mut supposed = live.clone();
    let expected: Vec<&Expectation> = plan
        .operations
        .iter()
        .flat_map(|operation| &operation.expects)
        .collect();
    suppose(&mut supposed, &expected);
    verify(plan, &supposed).err()
}

/// The hash of a plan as it is, to compare with the one that it carries.
pub fn hash_of(plan: &Plan) -> String {
    hash::of(plan)
}

fn assemble(
    kinds: Kinds,
    changes: &ChangeSet,
    live: &Snapshot,
    planning: &Planning<'_>,
    left: &scope::Restricted,
) -> Plan {
    let operations = left.operations.as_slice();
    let naming = model::Naming::new(planning.now, &planning.nonce);
    let (before, after) = both_ends(kinds, operations, live, &naming);
    let ends = guard::Ends {
        kinds,
        operations,
        live,
        before: &before,
        after: &after,
        management: planning.management,
        naming: &naming,
        now: planning.now,
        registered: &planning.allowances.registered,
        exports: &planning.allowances.exports,
    };
    let blocked = guard::blocked(&ends, planning.allowances);
    let (planned, places, summary) = describe::describe(&ends, changes, &left.refused, planning);
    let operations: Vec<Operation> = operations
        .iter()
        .map(|operation| Operation {
            change: operation
                .change
                .and_then(|change| places.get(&change).copied()),
            ..operation.clone()
        })
        .collect();
    let organization = &live.organization;
    Plan {
        format_version: 1,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        organization: OrganizationStamp {
            id: organization.id.clone(),
            alias: organization.alias.clone(),
            arn: organization.arn.clone(),
            region: organization.region.clone(),
        },
        manifest: planning.manifest.clone(),
        management: planning.management.clone(),
        snapshot: SnapshotStamp {
            taken_at: live.taken_at,
            calls: live.calls,
            lower_bound: live.lower_bound,
            unknown: changes.gaps.clone(),
        },
        invariants: Invariants {
            address_gaps: gaps::gaps(&operations),
            ..Invariants::default()
        },
        changes: planned,
        sign_ins: access::sign_ins(&operations, live)
            .ok()
            .flatten()
            .map(|sign_ins| access::changes(&sign_ins, live))
            .unwrap_or_default(),
        operations,
        not_watched: changes.not_watched.clone(),
        no_longer_declared: Vec::new(),
        notes: changes.notes.clone(),
        held: changes.held.clone(),
        left_behind: changes.left_behind.clone(),
        problems: changes.problems.clone(),
        blocked,
        partial: left.partial,
        summary,
        evaluated_at: planning.now,
        valid_until: planning
            .management
            .approvals
            .iter()
            .filter_map(|approval| until_time(approval.until.as_deref()?))
            .chain(changes.valid_until)
            .filter(|until| *until > planning.now)
            .min(),
        nonce: planning.nonce.clone(),
        plan_hash: String::new(),
    }
}

/// The touched entities before and after, by the model.
fn both_ends(
    kinds: Kinds,
    operations: &[Operation],
    live: &Snapshot,
    naming: &model::Naming,
) -> (Snapshot, Snapshot) {
    let before = model::excerpt(live, operations);
    let mut after = before.clone();
    for operation in operations {
        model::apply_to(kinds, &mut after, operation, naming, None);
    }
    (before, after)
}
