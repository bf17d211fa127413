//! The guard of what would be empty: `empty`.
//!
//! It looks at who was there before. That somebody new comes does not make up for two or more who are
//! all gone: that is what a wrong list looks like. A single one who is replaced is everyday, such as
//! the one member of a group for whoever is on call.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::setting;
use crate::kinds::setting::SettingKind;
use crate::model::{Entity, GROUP, Party, Target};

use super::super::document::Blocked;
use super::{Ends, of_plan, of_target, removed};

pub(super) fn empty(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let removed = removed(ends);
    kinds(ends, &removed, found);
    let mut moves: BTreeMap<&Target, Moves<'_>> = BTreeMap::new();
    for operation in ends.operations {
        let Some(party) = operation.party.as_ref().and_then(Party::target) else {
            continue;
        };
        match operation.call.operation.as_str() {
            "AssociateMemberToGroup" => {
                let moves = moves.entry(&operation.target).or_default();
                moves.come.insert(party);
            }
            "DisassociateMemberFromGroup" => {
                let moves = moves.entry(&operation.target).or_default();
                moves.leave.insert(party);
            }
            _ => {}
        }
    }
    for (target, entity) in &ends.live.entities {
        if target.kind() == GROUP && !removed.contains(target) {
            let moves = moves.remove(target).unwrap_or_default();
            members(ends, &removed, target, entity, &moves, found);
        }
    }
}

/// Who comes to a group and who leaves it. Who leaves counts as gone also where a later operation lets
/// them in again: that one may never be made.
#[derive(Default)]
struct Moves<'a> {
    come: BTreeSet<&'a Target>,
    leave: BTreeSet<&'a Target>,
}

fn kinds(ends: &Ends<'_>, removed: &BTreeSet<&Target>, found: &mut Vec<Blocked>) {
    let kinds: BTreeSet<&str> = removed.iter().map(|target| target.kind()).collect();
    for kind in kinds {
        let alive = ends.live.entities.iter().filter(|(target, entity)| {
            target.kind() == kind && !entity.built_in && entity.is_registered()
        });
        let before: BTreeSet<&Target> = alive.map(|(target, _)| target).collect();
        let comes = ends.after.entities.iter().any(|(target, entity)| {
            target.kind() == kind && entity.is_registered() && !before.contains(target)
        });
        if let Some(kind) = setting(kind) {
            settings(ends, removed, kind, found);
            continue;
        }
        if before.is_empty() || !before.is_subset(removed) {
            continue;
        }
        if before.len() > 1 || !comes {
            found.push(of_plan("empty", format!("every {kind} would be gone")));
        }
    }
}

/// Of settings a single one may go: many an organization has but one of a kind.
fn settings(
    ends: &Ends<'_>,
    removed: &BTreeSet<&Target>,
    kind: &SettingKind,
    found: &mut Vec<Blocked>,
) {
    let before = ends.live.settings.keys();
    let before: BTreeSet<&Target> = before.filter(|target| target.kind() == kind.name).collect();
    if before.len() > 1 && before.is_subset(removed) {
        let reason = format!("all {} would be gone", kind.plural);
        found.push(of_plan("empty", reason));
    }
}

fn members(
    ends: &Ends<'_>,
    removed: &BTreeSet<&Target>,
    group: &Target,
    entity: &Entity,
    moves: &Moves<'_>,
    found: &mut Vec<Blocked>,
) {
    let is_there = |target: &&Target| {
        let entity = ends.live.entities.get(*target);
        entity.is_some_and(Entity::is_registered)
    };
    let links = entity.links.known().into_iter().flatten();
    let before: BTreeSet<&Target> = links
        .filter(|link| !link.deleted)
        .filter_map(|link| link.party.target())
        .filter(is_there)
        .collect();
    let is_gone = |target: &&&Target| moves.leave.contains(**target) || removed.contains(**target);
    let gone = before.iter().filter(is_gone).count();
    if gone == 0 || gone < before.len() {
        return;
    }
    let comes = !moves.come.is_subset(&before);
    if gone > 1 || !comes {
        let reason = format!("{group} would lose every member");
        found.push(of_target("empty", group, reason));
    }
}
