//! The guards of what goes: `delete-user`, `mailbox-expiry`, `removals`, `empty`, `protect`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Globs;
use crate::kinds::by_name;
use crate::model::{GROUP, Target};

use super::super::document::Blocked;
use super::super::document::Reversible;
use super::{Ends, of_plan, of_target, removed};

pub(super) fn delete_user(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    for operation in ends
        .operations
        .iter()
        .filter(|operation| operation.call.operation == "DeleteUser")
    {
        let reason = format!(
            "{} would be deleted, which cannot be undone",
            operation.target
        );
        found.push(of_target("delete-user", &operation.target, reason));
    }
}

pub(super) fn mailbox_expiry(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    for operation in ends.operations {
        let target = &operation.target;
        let has_mailbox = by_name(ends.kinds, target.kind()).is_some_and(|entry| entry.has_mailbox);
        if operation.call.operation == "DeregisterFromWorkMail" && has_mailbox {
            let until = match operation.reversible {
                Reversible::Until(time) => {
                    format!(" on {}", time.strftime("%Y-%m-%d"))
                }
                Reversible::Free | Reversible::No => " in 30 days".to_owned(),
            };
            let reason = format!("the mailbox of {target} would be deleted{until}");
            found.push(of_target("mailbox-expiry", target, reason));
        }
    }
}

/// Counts each sort of removal by itself.
pub(super) fn removals(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let limit = ends.management.limits.removals;
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for target in removed(ends) {
        counts.entry(format!("{}s", target.kind())).or_default().0 += 1;
    }
    for (sort, count) in &mut counts {
        let kind = sort.trim_end_matches('s');
        count.1 = ends
            .live
            .entities
            .iter()
            .filter(|(target, entity)| target.kind() == kind && !entity.built_in)
            .count();
    }
    let lost = |sort: &str, of: &dyn Fn(&crate::model::Entity) -> usize| {
        let total: usize = ends.live.entities.values().map(of).sum();
        (sort.to_owned(), (relations_lost(ends, sort), total))
    };
    counts.extend([
        lost("aliases", &|entity| {
            entity.aliases.known().map_or(0, BTreeSet::len)
        }),
        lost("memberships", &|entity| {
            entity.links.known().map_or(0, Vec::len)
        }),
        lost("grants", &|entity| {
            entity.grants.known().map_or(0, Vec::len)
        }),
    ]);
    for (sort, (count, total)) in counts {
        let over_max = count > limit.max as usize;
        let over_part = total >= 10 && count * 100 > limit.percent as usize * total;
        if count > 0 && (over_max || over_part) {
            let reason = format!(
                "{count} of {total} {sort} would be removed, and the limit is {} or {} percent",
                limit.max, limit.percent
            );
            found.push(of_plan("removals", reason));
        }
    }
}

/// How many aliases, memberships or grants are there before and not after. Addresses that somebody
/// else gets are no removal, and nothing of what is created counts.
fn relations_lost(ends: &Ends<'_>, sort: &str) -> usize {
    let operation = match sort {
        "aliases" => &["DeleteAlias"][..],
        "memberships" => &[
            "DisassociateMemberFromGroup",
            "DisassociateDelegateFromResource",
        ][..],
        _ => &["DeleteMailboxPermissions"][..],
    };
    let kept: BTreeSet<String> = ends
        .operations
        .iter()
        .filter(|operation| {
            matches!(
                operation.call.operation.as_str(),
                "CreateAlias" | "UpdatePrimaryEmailAddress"
            )
        })
        .filter_map(|operation| {
            operation
                .call
                .input
                .get("Alias")
                .or(operation.call.input.get("Email"))
        })
        .map(|address| address.to_string().to_lowercase())
        .collect();
    ends.operations
        .iter()
        .filter(|found| operation.contains(&found.call.operation.as_str()))
        .filter(|found| {
            let alias = found.call.input.get("Alias");
            !alias.is_some_and(|alias| {
                alias.is_object() || kept.contains(&alias.to_string().to_lowercase())
            })
        })
        .count()
}

pub(super) fn empty(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let removed = removed(ends);
    let kinds: BTreeSet<&str> = removed.iter().map(|target| target.kind()).collect();
    for kind in kinds {
        let mut alive = ends.live.entities.iter().filter(|(target, entity)| {
            target.kind() == kind && !entity.built_in && entity.is_registered()
        });
        let created = ends.after.entities.iter().any(|(target, entity)| {
            target.kind() == kind
                && entity.is_registered()
                && !ends.live.entities.contains_key(target)
        });
        if !created && alive.all(|(target, _)| removed.contains(target)) {
            found.push(of_plan("empty", format!("every {kind} would be gone")));
        }
    }
    for (target, before) in ends
        .before
        .entities
        .iter()
        .filter(|(target, _)| target.kind() == GROUP)
    {
        let members = |snapshot: &crate::model::Snapshot| {
            snapshot
                .entities
                .get(target)
                .and_then(|entity| entity.links.known().map(Vec::len))
        };
        if before.links.known().is_some_and(|links| !links.is_empty())
            && members(ends.after) == Some(0)
            && !removed.contains(target)
        {
            found.push(of_target(
                "empty",
                target,
                format!("{target} would lose every member"),
            ));
        }
    }
}

pub(super) fn protect(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let protected = Globs::new(&ends.management.protect);
    let targets: BTreeSet<&Target> = removed(ends);
    for target in targets
        .into_iter()
        .filter(|target| protected.matches(target))
    {
        found.push(Blocked {
            guard: "protect".to_owned(),
            target: Some(target.clone()),
            reason: format!(
                "{target} is under `management.protect`: take its name out there first"
            ),
            allow: None,
        });
    }
}
