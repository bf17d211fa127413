//! Names that come: who has them now. Names are unique across users, groups and resources, and only
//! deleting or renaming frees one.
//! Source: API reference, `NameAvailabilityException`.

use std::collections::BTreeMap;

use crate::kinds::by_name;
use crate::model::{
    Action, Change, Delta, Entity, Globs, Held, OnRemoval, Problem, Target, Unmanaged, Wanted,
};

use super::{Draft, Ends};

/// What becomes of a new name.
pub(super) enum Verdict {
    Take,
    Hold(Held),
    Refuse(Problem),
}

/// Whoever gets a name by what is written, in the order of targets.
pub(super) fn namers(draft: &Draft) -> Vec<Target> {
    let changes = draft.changes.values();
    changes
        .filter(|change| change.writable && change.target.is_entity())
        .filter(|change| change.action == Action::Create || renames(change))
        .map(|change| change.target.clone())
        .collect()
}

/// Who has which name, in lower case.
pub(super) fn holders(ends: &Ends<'_>) -> BTreeMap<String, Target> {
    let entities = ends.live.entities.iter();
    entities
        .map(|(target, entity)| {
            let name = entity.live_name.as_deref().unwrap_or(target.name());
            (name.to_lowercase(), target.clone())
        })
        .collect()
}

/// Judges one new name, as the draft stands now.
pub(super) fn judge(
    ends: &Ends<'_>,
    draft: &Draft,
    holders: &BTreeMap<String, Target>,
    target: &Target,
) -> Verdict {
    let name = target.name();
    let Some(holder) = holders.get(&name.to_lowercase()) else {
        return Verdict::Take;
    };
    let frees =
        |change: &Change| change.writable && (change.action == Action::Delete || renames(change));
    if holder == target || draft.changes.get(holder).is_some_and(frees) {
        return Verdict::Take;
    }
    let entity = &ends.live.entities[holder];
    if shall_free(ends, holder, entity) {
        return Verdict::Hold(Held {
            target: target.clone(),
            part: "name".to_owned(),
            waits_for: format!("{holder} to give up the name `{name}`, which waits itself"),
            details: Vec::new(),
        });
    }
    Verdict::Refuse(Problem {
        target: target.clone(),
        path: String::new(),
        message: format!("the name `{name}` belongs to {holder}, which keeps it"),
        help: format!(
            "choose another name, or delete {holder}: being deregistered does not free its name"
        ),
        place: None,
    })
}

/// Takes out what needs a name that is not free.
pub(super) fn drop_name(draft: &mut Draft, target: &Target) {
    let Some(change) = draft.changes.get_mut(target) else {
        return;
    };
    if change.action == Action::Create {
        draft.changes.remove(target);
        draft.waiting.insert(target.clone());
    } else {
        change
            .deltas
            .retain(|delta| !matches!(delta, Delta::Name { .. }));
    }
}

/// True if a change gives its thing another name.
fn renames(change: &Change) -> bool {
    let mut deltas = change.deltas.iter();
    deltas.any(|delta| matches!(delta, Delta::Name { .. }))
}

/// True if the manifest, were nothing in its way, deleted or renamed it.
fn shall_free(ends: &Ends<'_>, holder: &Target, entity: &Entity) -> bool {
    let Some(entry) = by_name(ends.kinds, holder.kind()).filter(|entry| ends.manages(entry)) else {
        return false;
    };
    let section = ends.desired.management.section(entry.section);
    if !section.write || entity.built_in {
        return false;
    }
    let deletes = section.on_removal == OnRemoval::Delete;
    match ends.desired.entities.get(holder) {
        None => {
            deletes
                && section.unmanaged == Unmanaged::Remove
                && !Globs::new(&section.ignore).matches(holder)
        }
        Some(declared) if declared.wanted == Wanted::Absent => deletes,
        Some(_) => entity.live_name.is_some(),
    }
}
