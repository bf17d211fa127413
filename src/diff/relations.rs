//! Members of groups, delegates of resources, grants on mailboxes.
//!
//! Somebody wanted who is not registered is held; somebody unwanted who is not registered is left
//! behind: they can do nothing with it while deregistered, and the service may refuse to change it.
//! Source: API reference, `EntityStateException` of the operations; behaviour notes, section 7.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::kinds::{Entry, by_name};
use crate::model::{
    Action, Cause, Change, Delta, DesiredGrant, Entity, GROUP, Gap, Grantee, Held, LeftBehind,
    Part, Party, Problem, Reason, Reference, Right, Target, USER, Unknown, Wish,
};

use super::entities::{change, gap};
use super::{Draft, Ends, note_due, uncertain};

/// Compares the relations of every declared thing that is registered when the plan ends.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    named_groups(ends, draft);
    for (target, declared) in &ends.desired.entities {
        if declared.links.is_none() && declared.grants.is_none() {
            continue;
        }
        let Some(entry) = by_name(ends.kinds, target.kind()) else {
            continue;
        };
        let unlisted = ends.live.listed(target.kind()).known().is_none();
        if unlisted || !ends.ends_registered(target, draft) {
            continue;
        }
        let live = ends.live.entities.get(target);
        let mut deltas = Vec::new();
        if let Some(wish) = &declared.links {
            links(ends, entry, target, wish, live, &mut deltas, draft);
        }
        if let Some(wish) = &declared.grants {
            grants(ends, target, wish, live, &mut deltas, draft);
        }
        if !deltas.is_empty() {
            let writable = ends.desired.management.section(entry.section).write;
            draft
                .changes
                .entry(target.clone())
                .or_insert_with(|| Change {
                    writable,
                    ..change(target, Action::Update, Reason::Manifest)
                })
                .deltas
                .extend(deltas);
        }
    }
    leavers(ends, draft);
}

/// Refuses groups that users name and that are nowhere; one that is not registered is waited for.
fn named_groups(ends: &Ends<'_>, draft: &mut Draft) {
    if ends.live.listed(GROUP).known().is_none() {
        return;
    }
    for (target, declared) in &ends.desired.entities {
        for reference in &declared.groups {
            let group = Target::group(reference.name());
            let implied = ends
                .desired
                .entities
                .get(&group)
                .is_some_and(|group| group.implied);
            if !implied {
                continue;
            }
            if !ends.live.entities.contains_key(&group) {
                draft.problems.push(nowhere(target, "groups", reference));
            } else if !ends.ends_registered(&group, draft) {
                draft
                    .held
                    .push(waits_for_registration(target, "groups", &group));
            }
        }
    }
}

fn links(
    ends: &Ends<'_>,
    entry: &Entry,
    target: &Target,
    wish: &Wish<Reference>,
    live: Option<&Entity>,
    deltas: &mut Vec<Delta>,
    draft: &mut Draft,
) {
    let part = entry.links.unwrap_or("members");
    let due = ends.due_links(target);
    let Some(wanted) = resolve_all(ends, target, part, &wish.items, draft) else {
        return;
    };
    let known = match live.map(|entity| &entity.links) {
        None | Some(Part::Absent) => &Vec::new(),
        Some(Part::Known(links)) => links,
        Some(other) => {
            if let Some(unknown) = uncertain(other) {
                withhold_booking(target, &unknown, draft);
                draft.gaps.push(gap(target, part, unknown));
            }
            return;
        }
    };
    let present: BTreeSet<&Target> = known
        .iter()
        .filter(|link| !link.deleted)
        .filter_map(|link| link.party.target())
        .collect();
    for party in &wanted {
        if present.contains(party) {
            continue;
        }
        if ends.ends_registered(party, draft) {
            deltas.push(Delta::LinkAdded(Party::Entity(party.clone())));
        } else {
            draft.held.push(waits_for_registration(target, part, party));
        }
    }
    if !wish.exact {
        return;
    }
    for link in known {
        match link.party.target() {
            Some(party) if !link.deleted && wanted.contains(party) => {}
            Some(party) if !link.deleted && counts(ends, party, draft) => {
                let cause = cause(&due, party);
                deltas.push(Delta::LinkRemoved(link.party.clone(), cause));
            }
            _ => draft.left_behind.push(LeftBehind {
                target: target.clone(),
                what: format!("{} among its {part}, who is not registered", link.party),
            }),
        }
    }
}

/// Leaves a resource accepting by itself while nobody knows whether it has a delegate.
/// Source: API reference, `UpdateResource`, `InvalidConfigurationException`.
fn withhold_booking(target: &Target, unknown: &Unknown, draft: &mut Draft) {
    let Some(change) = draft.changes.get_mut(target) else {
        return;
    };
    let before = change.deltas.len();
    change.deltas.retain(|delta| {
        !matches!(delta, Delta::Field { field, after, .. }
            if field == "bookingOptions" && after["autoAcceptRequests"] == false)
    });
    if change.deltas.len() < before {
        draft
            .gaps
            .push(gap(target, "bookingOptions", unknown.clone()));
    }
}

fn grants(
    ends: &Ends<'_>,
    target: &Target,
    wish: &Wish<DesiredGrant>,
    live: Option<&Entity>,
    deltas: &mut Vec<Delta>,
    draft: &mut Draft,
) {
    let Some(wanted) = expand(ends, target, wish, draft) else {
        return;
    };
    let known = match live.map(|entity| &entity.grants) {
        None | Some(Part::Absent) => &Vec::new(),
        Some(Part::Known(grants)) => grants,
        Some(other) => {
            draft
                .gaps
                .extend(uncertain(other).map(|unknown| gap(target, "permissions", unknown)));
            return;
        }
    };
    let mut present: BTreeMap<&Target, &BTreeSet<Right>> = BTreeMap::new();
    for grant in known {
        if let Some(grantee) = grant.grantee.target() {
            present.insert(grantee, &grant.rights);
        }
    }
    for (grantee, rights) in &wanted {
        let before = present
            .get(grantee)
            .map(|rights| (*rights).clone())
            .unwrap_or_default();
        let after = if wish.exact {
            rights.clone()
        } else {
            before.union(rights).copied().collect()
        };
        if before == after {
            continue;
        }
        if ends.ends_registered(grantee, draft) {
            let grantee = Party::Entity(grantee.clone());
            deltas.push(Delta::Grant {
                grantee,
                before,
                after,
                cause: Cause::Manifest,
            });
        } else {
            draft
                .held
                .push(waits_for_registration(target, "permissions", grantee));
        }
    }
    if !wish.exact {
        return;
    }
    let due = due_grantees(ends, target, draft);
    for grant in known {
        match grant.grantee.target() {
            Some(grantee) if wanted.contains_key(grantee) => {}
            Some(grantee) if counts(ends, grantee, draft) => deltas.push(Delta::Grant {
                grantee: grant.grantee.clone(),
                before: grant.rights.clone(),
                after: BTreeSet::new(),
                cause: cause(&due, grantee),
            }),
            _ => draft.left_behind.push(LeftBehind {
                target: target.clone(),
                what: format!("a grant to {}, who is not registered", grant.grantee),
            }),
        }
    }
}

/// Who has a grant whose time has passed, and when, with the people of groups in their place. Who cannot
/// be told goes for another reason than this.
fn due_grantees(
    ends: &Ends<'_>,
    target: &Target,
    draft: &mut Draft,
) -> BTreeMap<Target, Timestamp> {
    let mut due = BTreeMap::new();
    let declared = ends.desired.entities.get(target);
    for (grantee, time) in declared.iter().flat_map(|declared| &declared.due_grants) {
        let (Grantee::One(reference) | Grantee::MembersOf(reference)) = grantee;
        let Some(party) = reference.resolve(|candidate| ends.is_there(candidate)) else {
            continue;
        };
        if matches!(grantee, Grantee::One(_)) {
            note_due(&mut due, party, *time);
            continue;
        }
        let mut people = BTreeSet::new();
        if people_of(ends, &party, &mut people, &mut BTreeSet::new(), draft).is_err() {
            return BTreeMap::new();
        }
        for person in people {
            note_due(&mut due, person, *time);
        }
    }
    due
}

fn cause(due: &BTreeMap<Target, Timestamp>, party: &Target) -> Cause {
    due.get(party)
        .map_or(Cause::Manifest, |time| Cause::Due(*time))
}

/// Who gets which rights, with the people of groups in their place.
fn expand(
    ends: &Ends<'_>,
    target: &Target,
    wish: &Wish<DesiredGrant>,
    draft: &mut Draft,
) -> Option<BTreeMap<Target, BTreeSet<Right>>> {
    let mut wanted: BTreeMap<Target, BTreeSet<Right>> = BTreeMap::new();
    for grant in &wish.items {
        let grantees = match &grant.grantee {
            Grantee::One(reference) => resolve_all(
                ends,
                target,
                "permissions",
                std::slice::from_ref(reference),
                draft,
            )?,
            Grantee::MembersOf(reference) => {
                let group = resolve_all(
                    ends,
                    target,
                    "permissions",
                    std::slice::from_ref(reference),
                    draft,
                )?
                .pop_first()?;
                let mut people = BTreeSet::new();
                match people_of(ends, &group, &mut people, &mut BTreeSet::new(), draft) {
                    Ok(()) => people,
                    Err(unknown) => {
                        draft.gaps.push(gap(
                            target,
                            &format!("permissions of the members of {group}"),
                            unknown,
                        ));
                        return None;
                    }
                }
            }
        };
        for grantee in grantees.into_iter().filter(|grantee| grantee != target) {
            wanted.entry(grantee).or_default().extend(&grant.rights);
        }
    }
    Some(wanted)
}

/// The people of a group when the plan has ended, nested groups included.
fn people_of(
    ends: &Ends<'_>,
    group: &Target,
    people: &mut BTreeSet<Target>,
    seen: &mut BTreeSet<Target>,
    draft: &mut Draft,
) -> Result<(), Unknown> {
    if !seen.insert(group.clone()) {
        return Ok(());
    }
    let wish = ends
        .desired
        .entities
        .get(group)
        .and_then(|declared| declared.links.as_ref());
    let mut members: BTreeSet<Target> = BTreeSet::new();
    if let Some(wish) = wish {
        members.extend(
            resolve_all(ends, group, "members", &wish.items, draft)
                .into_iter()
                .flatten(),
        );
    }
    if !wish.is_some_and(|wish| wish.exact)
        && let Some(entity) = ends.live.entities.get(group)
    {
        if let Some(unknown) = uncertain(&entity.links) {
            return Err(unknown);
        }
        let links = entity
            .links
            .known()
            .into_iter()
            .flatten()
            .filter(|link| !link.deleted);
        members.extend(links.filter_map(|link| link.party.target().cloned()));
    }
    for member in members {
        if member.kind() == GROUP {
            people_of(ends, &member, people, seen, draft)?;
        } else if member.kind() == USER && ends.ends_registered(&member, draft) {
            people.insert(member);
        }
    }
    Ok(())
}

/// The entities that the names stand for; none if that cannot be told, with the reason in the draft.
fn resolve_all(
    ends: &Ends<'_>,
    target: &Target,
    part: &str,
    references: &[Reference],
    draft: &mut Draft,
) -> Option<BTreeSet<Target>> {
    let mut found = BTreeSet::new();
    let mut complete = true;
    for reference in references {
        // A live namesake of another kind, which has to go, is not what the manifest speaks of.
        let party = reference
            .resolve(|candidate| ends.declares(candidate))
            .or_else(|| reference.resolve(|candidate| ends.is_there(candidate)))
            .filter(|party| is_listed(ends, party));
        if let Some(party) = party {
            found.insert(party);
            continue;
        }
        complete = false;
        if let Some(Gap { unknown, .. }) = [USER, GROUP]
            .into_iter()
            .find_map(|kind| ends.unlisted(kind))
        {
            let gap = gap(target, part, unknown);
            if !draft.gaps.contains(&gap) {
                draft.gaps.push(gap);
            }
        } else {
            draft.problems.push(nowhere(target, part, reference));
        }
    }
    complete.then_some(found)
}

fn nowhere(target: &Target, part: &str, reference: &Reference) -> Problem {
    Problem {
        target: target.clone(),
        path: part.to_owned(),
        message: format!(
            "`{}` is neither declared nor in the organization",
            reference.name()
        ),
        help: "correct the name, or declare it".to_owned(),
        place: None,
    }
}

/// True if the ids of this kind are known, so that something can be written about the target.
fn is_listed(ends: &Ends<'_>, target: &Target) -> bool {
    ends.live.listed(target.kind()).known().is_some()
}

/// True if somebody unwanted counts as a difference: who is registered now, or will be.
fn counts(ends: &Ends<'_>, party: &Target, draft: &Draft) -> bool {
    ends.live
        .entities
        .get(party)
        .is_some_and(Entity::is_registered)
        || ends.ends_registered(party, draft)
}

fn waits_for_registration(target: &Target, part: &str, party: &Target) -> Held {
    Held {
        target: target.clone(),
        part: format!("{part}: {}", party.name()),
        waits_for: format!("the registration of {party}"),
        details: Vec::new(),
    }
}

/// What still refers to somebody who goes and is not managed, and rooms that would lose their last
/// delegate.
fn leavers(ends: &Ends<'_>, draft: &mut Draft) {
    let leavers: BTreeSet<Target> = draft
        .changes
        .values()
        .filter(|change| {
            change.writable && matches!(change.action, Action::Deregister | Action::Delete)
        })
        .map(|change| change.target.clone())
        .collect();
    if leavers.is_empty() {
        return;
    }
    let mut left_behind = Vec::new();
    for (target, entity) in &ends.live.entities {
        if leavers.contains(target) {
            continue;
        }
        for link in entity.links.known().into_iter().flatten() {
            let Some(party) = link.party.target().filter(|party| leavers.contains(party)) else {
                continue;
            };
            if is_removed(draft, target, party) {
                continue;
            }
            left_behind.push(LeftBehind {
                target: target.clone(),
                what: format!("{} among its {}", party.name(), link_word(ends, target)),
            });
        }
        for grant in entity.grants.known().into_iter().flatten() {
            let Some(grantee) = grant
                .grantee
                .target()
                .filter(|grantee| leavers.contains(grantee))
            else {
                continue;
            };
            let revoked = draft.changes.get(target).is_some_and(|change| {
                change.deltas.iter().any(|delta| {
                    matches!(delta, Delta::Grant { grantee: party, after, .. }
                        if party.target() == Some(grantee) && after.is_empty())
                })
            });
            if !revoked {
                left_behind.push(LeftBehind {
                    target: target.clone(),
                    what: format!("a grant to {}", grantee.name()),
                });
            }
        }
    }
    draft.left_behind.extend(left_behind);
}

fn is_removed(draft: &Draft, target: &Target, party: &Target) -> bool {
    draft.changes.get(target).is_some_and(|change| {
        change.deltas.iter().any(
            |delta| matches!(delta, Delta::LinkRemoved(gone, _) if gone.target() == Some(party)),
        )
    })
}

fn link_word(ends: &Ends<'_>, target: &Target) -> &'static str {
    by_name(ends.kinds, target.kind())
        .and_then(|entry| entry.links)
        .unwrap_or("members")
}
