//! What goes by another name live than in the manifest, because `previously` declares a rename.
//!
//! The snapshot takes the names of the manifest before anything is compared, so that everything after
//! it speaks of one thing by one name; `Entity::live_name` remembers the other. Of users, groups and
//! resources only resources can be renamed; settings are in `setting_names`.
//! Source: API reference, `UpdateResource`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Declared, Desired, Problem, RESERVED_NAME, Snapshot, Target};

use crate::live::under_names;

use super::{Draft, Ends, setting_names};

/// The snapshot with every thing that `previously` names under the name that the manifest gives it.
pub fn under_declared_names(desired: &Desired, mut live: Snapshot) -> Snapshot {
    let sources = sources(desired, &live);
    live.rename(&sources);
    let settings = setting_names::by_id(desired, &live);
    under_names(&mut live, &settings);
    live
}

/// Refuses renames of which nobody can tell what they mean.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    for (target, former) in renames(ends.desired) {
        let (Some(new), Some(old)) = (
            ends.live.entities.get(&target),
            ends.live.entities.get(&former),
        ) else {
            continue;
        };
        if new.live_name.is_some() || old.live_name.is_some() {
            continue;
        }
        let problem = match ends.desired.entities.get(&former) {
            None => (
                format!(
                    "`previously` says that it was `{}`, and both names are live",
                    former.name()
                ),
                format!(
                    "take `previously` out if {target} is the renamed one, or remove one of the two first"
                ),
            ),
            Some(declared)
                if circle(&target, ends.desired).is_some() && !has_its_email(&former, declared, ends.live) =>
            {
                (
                    format!(
                        "it and {former} take each other's names, and their addresses do not tell whether they did"
                    ),
                    "take `previously` out of both if they did; else declare `email` of both as it is now"
                        .to_owned(),
                )
            }
            Some(_) => continue,
        };
        draft.problems.push(Problem {
            target: target.clone(),
            path: "previously".to_owned(),
            message: problem.0,
            help: problem.1,
            place: None,
        });
    }
}

/// Tells what was renamed already: `previously` says nothing any more.
pub(super) fn done(ends: &Ends<'_>, draft: &mut Draft) {
    let settings = ends.desired.settings.iter();
    let settings = settings.filter_map(|(target, declared)| {
        let former = Target::new(target.kind().to_owned(), declared.previously.clone()?);
        (former != *target).then(|| (target.clone(), former))
    });
    for (target, former) in renames(ends.desired).chain(settings) {
        let setting = ends.live.settings.get(&target);
        let entity = ends.live.entities.get(&target);
        let has_new_name = setting.is_some_and(|setting| setting.live_name.is_none())
            || entity.is_some_and(|entity| entity.live_name.is_none());
        let is_there =
            ends.live.entities.contains_key(&former) || ends.live.settings.contains_key(&former);
        if has_new_name && !is_there {
            draft.notes.push(format!(
                "`previously` of {target} can go: it has its new name"
            ));
        }
    }
}

/// The declared renames: the new name, the former one.
fn renames(desired: &Desired) -> impl Iterator<Item = (Target, Target)> {
    desired.entities.iter().filter_map(|(target, declared)| {
        let former = Target::new(target.kind().to_owned(), declared.previously.clone()?);
        (former != *target).then(|| (target.clone(), former))
    })
}

/// By live name, the name that the manifest gives it.
fn sources(desired: &Desired, live: &Snapshot) -> BTreeMap<Target, Target> {
    let renames: BTreeMap<Target, Target> = renames(desired).collect();
    let mut sources = BTreeMap::new();
    if renames.is_empty() {
        return sources;
    }
    let mut named: BTreeSet<&Target> = BTreeSet::new();
    for (target, source) in interim(desired, live, &renames) {
        named.insert(target);
        sources.insert(source.clone(), target.clone());
    }
    // A name that is still taken is free once its holder takes another one.
    loop {
        let next = renames.iter().find(|(target, former)| {
            !named.contains(target)
                && live.entities.contains_key(*former)
                && !sources.contains_key(*former)
                && (!live.entities.contains_key(*target) || sources.contains_key(*target))
        });
        let Some((target, former)) = next else { break };
        named.insert(target);
        sources.insert(former.clone(), target.clone());
    }
    for target in renames.keys() {
        let Some(circle) = circle(target, desired).filter(|_| !named.contains(target)) else {
            continue;
        };
        let swapped = circle.iter().all(|target| {
            let former = &renames[target];
            desired
                .entities
                .get(target)
                .is_some_and(|declared| has_its_email(former, declared, live))
        });
        if swapped {
            for target in circle {
                sources.insert(renames[&target].clone(), target);
            }
        }
    }
    sources
}

/// What a run that was cut off left under an interim name, told by its address.
fn interim<'a>(
    desired: &Desired,
    live: &'a Snapshot,
    renames: &'a BTreeMap<Target, Target>,
) -> Vec<(&'a Target, &'a Target)> {
    let interim = live
        .entities
        .keys()
        .filter(|target| target.name().starts_with(RESERVED_NAME));
    interim
        .filter_map(|source| {
            let target = renames.keys().find(|target| {
                target.kind() == source.kind()
                    && has_its_email(source, &desired.entities[*target], live)
            })?;
            Some((target, source))
        })
        .collect()
}

/// True if what goes by a name live has the primary address that is declared.
fn has_its_email(name: &Target, declared: &Declared, live: &Snapshot) -> bool {
    let email = live
        .entities
        .get(name)
        .and_then(|entity| entity.email.known());
    email.is_some() && email == declared.email.as_ref()
}

/// The declared things that take each other's names around from this one; none if it ends elsewhere.
fn circle(start: &Target, desired: &Desired) -> Option<Vec<Target>> {
    let mut circle = vec![start.clone()];
    loop {
        let last = circle.last()?;
        let former = desired.entities.get(last)?.previously.clone()?;
        let next = Target::new(last.kind().to_owned(), former);
        if next == *start {
            return (circle.len() > 1).then_some(circle);
        }
        if circle.contains(&next) {
            return None;
        }
        circle.push(next);
    }
}
