//! What a run records before its first call, and what is read before it and before its undo.

use std::collections::BTreeSet;

use crate::kinds::{self, Kinds};
use crate::live::{Needs, Piece};
use crate::model::{Snapshot, Target};

use super::super::document::Operation;
use super::super::model::excerpt;
use super::trace::Traces;
use super::{Recorded, entity, strangers, trace};

/// Of a snapshot what a plan touches: what is recorded before its first call.
pub fn record(operations: &[Operation], live: &Snapshot) -> Snapshot {
    let mut before = excerpt(live, operations);
    let touched: BTreeSet<&str> = operations.iter().map(|one| one.target.kind()).collect();
    before
        .twins
        .retain(|(target, _)| touched.contains(target.kind()));
    // What the service may take away with somebody who goes.
    let going: BTreeSet<&Target> = operations
        .iter()
        .filter(|operation| goes(operation))
        .map(|operation| &operation.target)
        .collect();
    before.settings.retain(|target, _| {
        let owner = kinds::setting(target.kind()).and_then(|kind| kind.owner_of(target));
        touched.contains(target.kind()) || owner.is_some_and(|owner| going.contains(&owner))
    });
    if !going.is_empty() {
        for (target, entity) in &live.entities {
            if trace::named(entity).any(|party| going.contains(party)) {
                let there = before.entities.entry(target.clone());
                there.or_insert_with(|| entity.clone());
            }
        }
    }
    before
}

pub(super) fn goes(operation: &Operation) -> bool {
    matches!(
        operation.call.operation.as_str(),
        "DeregisterFromWorkMail" | "DeleteUser" | "DeleteGroup" | "DeleteResource"
    )
}

/// What has to be read of those that a plan takes away before they go: all of it, to make it again.
pub fn last_look(kinds: Kinds, operations: &[Operation]) -> Needs {
    let mut needs = Needs::default();
    for operation in operations {
        if goes(operation) {
            whole(kinds, &operation.target, &mut needs);
            for kind in trace::owned_by(operation.target.kind()) {
                needs.setting(kind);
            }
        }
    }
    needs
}

/// The lists that tell what is there now of what the runs touched.
pub fn lists(kinds: Kinds, runs: &[Recorded]) -> Needs {
    let mut needs = Needs {
        lists: kinds.iter().map(|entry| entry.name.to_owned()).collect(),
        mail_domains: true,
        ..Needs::default()
    };
    for operation in runs.iter().flat_map(|run| &run.operations) {
        if let Some(kind) = kinds::setting(operation.target.kind()) {
            needs.setting(kind);
            if kind.nature.implied {
                // It goes only where nothing names it.
                for other in strangers::kinds_naming(kind.name) {
                    needs.setting(other);
                }
            }
            // Who and what is named has to be there.
            for named in kinds::setting::kinds_named(kind.members) {
                if let Some(named) = kinds::setting(named) {
                    needs.setting(named);
                }
            }
        }
        if operation.call.operation.starts_with("Delete") {
            // What still names it by its id, and what it had of its own.
            let kind = operation.target.kind();
            for other in strangers::kinds_naming(kind).chain(trace::owned_by(kind)) {
                needs.setting(other);
            }
        }
    }
    needs
}

/// What has to be read of each user, group and resource that the runs touched and that is there.
pub fn pieces(kinds: Kinds, runs: &[Recorded], live: &Snapshot) -> Needs {
    let mut needs = Needs::default();
    let traces = Traces::of(kinds, runs);
    for (target, states) in &traces.entities {
        if let Some((there, _)) = entity::find(target, states, live) {
            whole(kinds, there, &mut needs);
        }
    }
    needs
}

fn whole(kinds: Kinds, target: &Target, needs: &mut Needs) {
    let Some(entry) = kinds::by_name(kinds, target.kind()) else {
        return;
    };
    needs.piece(target, Piece::Details);
    needs.piece(target, Piece::Aliases);
    needs.piece(target, Piece::Grants);
    if entry.links.is_some() {
        needs.piece(target, Piece::Links);
    }
    if entry.field("mailboxQuotaMb").is_some() {
        needs.piece(target, Piece::Mailbox);
    }
}
