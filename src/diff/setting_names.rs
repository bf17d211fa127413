//! Settings that go by another name live than in the manifest, and settings that share one name: the service
//! tells them apart by id.
//!
//! `previously` declares a rename. Whether two that take each other's names did so already is told by what
//! they are: an update carries the new name with the whole value. Several of one name are told, never
//! guessed, but where they are the same in everything: a run that was cut off makes such. What cannot be
//! changed into what is declared stands aside for one that is made anew under its name.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::setting::{SettingKind, as_spelled, canonical, references, twin_name};
use crate::kinds::{SETTINGS, setting};
use crate::model::{
    DeclaredSetting, Desired, Globs, Part, Problem, RESERVED_NAME, Section, Setting, Snapshot,
    Target, Unmanaged,
};

use super::{Draft, Ends};

/// By id, the name by which everything after it speaks of a setting.
pub(super) fn by_id(desired: &Desired, live: &Snapshot) -> BTreeMap<String, Target> {
    let mut all = BTreeMap::new();
    let renamed = SETTINGS.iter().filter(|kind| kind.id.is_some());
    for kind in renamed.filter(|kind| desired.sections.contains(kind.section)) {
        let names = Names::of(kind, desired, live);
        let sources = names.sources();
        let sources = sources
            .iter()
            .filter_map(|(from, to)| Some((names.known(from)?, to)));
        for ((id, found), to) in names.meant().chain(sources) {
            let to = names.aside(id, found, to).unwrap_or_else(|| to.clone());
            all.entry(id.to_owned()).or_insert(to);
        }
        for target in names.kept() {
            if let Some((id, found)) = names.known(target)
                && !all.contains_key(id)
            {
                let aside = names.aside(id, found, target);
                all.extend(aside.map(|aside| (id.to_owned(), aside)));
            }
        }
        for (id, twin) in names.twins() {
            all.entry(id).or_insert(twin);
        }
    }
    all
}

/// Refuses renames of which nobody can tell what they mean.
pub(super) fn compare(
    ends: &Ends<'_>,
    kind: &'static SettingKind,
    section: &Section,
    draft: &mut Draft,
) {
    let names = Names::of(kind, ends.desired, ends.live);
    // A run that was cut off had made the new one, and not yet removed the other.
    let ignored = Globs::new(&section.ignore);
    let is_made_anew = |new: &Setting, target: &Target, former: &Target| {
        section.unmanaged == Unmanaged::Remove
            && !ignored.matches(former)
            && names.is_as_declared(new, target)
    };
    for (target, former) in &names.renames {
        let (Some(new), Some(old)) = (
            ends.live.settings.get(target),
            ends.live.settings.get(former),
        ) else {
            continue;
        };
        if new.live_name.is_some() || old.live_name.is_some() {
            continue;
        }
        let (message, help) = match names.declared(former) {
            None if is_made_anew(new, target, former) => continue,
            None => (
                format!(
                    "`previously` says that it was `{}`, and both names are live",
                    former.name()
                ),
                format!(
                    "take `previously` out if {target} is the renamed one, or remove one of the two first"
                ),
            ),
            Some(_)
                if names
                    .circle(target)
                    .is_some_and(|circle| !names.is_done(&circle)) =>
            {
                (
                    format!(
                        "it and {former} take each other's names, and what they are does not tell whether they did"
                    ),
                    "take `previously` out of both if they did; else declare both as they are now"
                        .to_owned(),
                )
            }
            Some(_) => continue,
        };
        draft.problems.push(Problem {
            target: target.clone(),
            path: "previously".to_owned(),
            message,
            help,
            place: None,
        });
    }
}

/// The names that several of a kind have: nothing is guessed of which one is meant.
pub(super) fn twins(ends: &Ends<'_>, kind: &SettingKind, draft: &mut Draft) -> BTreeSet<Target> {
    let mut found: BTreeMap<&Target, Vec<&str>> = BTreeMap::new();
    for (target, twin) in &ends.live.twins {
        if target.kind() != kind.name {
            continue;
        }
        let first = ends.live.settings.get(target);
        let ids = found.entry(target).or_insert_with(|| {
            let first = first.and_then(|first| first.id.as_deref());
            first.into_iter().collect()
        });
        ids.extend(twin.id.as_deref());
    }
    let twins: BTreeSet<Target> = found.keys().map(|target| (*target).clone()).collect();
    for (target, ids) in found {
        draft.problems.push(Problem {
            target: target.clone(),
            path: String::new(),
            message: format!(
                "{} {} of the organization are called `{}`: {}",
                ids.len(),
                kind.plural,
                target.name(),
                ids.join(", ")
            ),
            help: "rename or delete all but one in the console; which one is meant is not guessed"
                .to_owned(),
            place: None,
        });
    }
    twins
}

/// True if another one takes the place of a live setting: the first of its name, which is the same, or one
/// that is made anew.
pub(super) fn is_replaced(ends: &Ends<'_>, live: &Setting, target: &Target) -> bool {
    let Some(id) = &live.id else { return false };
    let mut declared = ends.desired.settings.iter();
    declared.any(|(other, declared)| {
        let names = [Some(other.name()), declared.previously.as_deref()];
        let mut names = names.into_iter().flatten();
        let is_another = declared.id.as_ref().is_some_and(|meant| meant != id);
        !is_another
            && other.kind() == target.kind()
            && names.any(|name| twin_name(name, id) == target.name())
    })
}

/// What is declared and live of one kind.
struct Names<'a> {
    kind: &'static SettingKind,
    desired: &'a Desired,
    live: &'a Snapshot,
    /// The declared renames: the new name, the former one.
    renames: BTreeMap<Target, Target>,
}

impl<'a> Names<'a> {
    fn of(kind: &'static SettingKind, desired: &'a Desired, live: &'a Snapshot) -> Self {
        let declared = desired.settings.iter();
        let renames = declared
            .filter(|(target, _)| target.kind() == kind.name)
            .filter_map(|(target, declared)| {
                let former = Target::new(kind.name, declared.previously.clone()?);
                (former != *target).then(|| (target.clone(), former))
            })
            .collect();
        Self {
            kind,
            desired,
            live,
            renames,
        }
    }

    fn declared(&self, target: &Target) -> Option<&'a DeclaredSetting> {
        self.desired.settings.get(target)
    }

    fn is_live(&self, target: &Target) -> bool {
        self.live.settings.contains_key(target)
    }

    /// What goes by a name live, with its id.
    fn known(&self, target: &Target) -> Option<(&'a str, &'a Setting)> {
        let found = self.live.settings.get(target)?;
        Some((found.id.as_deref()?, found))
    }

    /// What is declared by its id, with that.
    fn meant(&self) -> impl Iterator<Item = ((&'a str, &'a Setting), &'a Target)> {
        let declared = self.desired.settings.iter();
        declared.filter_map(|(target, declared)| {
            let id = declared
                .id
                .as_deref()
                .filter(|_| target.kind() == self.kind.name)?;
            let twins = self.live.twins.iter().map(|(_, twin)| twin);
            let mut live = self.live.settings.values().chain(twins);
            let found = live.find(|found| found.id.as_deref() == Some(id))?;
            Some(((id, found), target))
        })
    }

    /// What is declared under the name that it has live.
    fn kept(&self) -> impl Iterator<Item = &'a Target> {
        let declared = self.desired.settings.keys();
        declared.filter(|target| {
            target.kind() == self.kind.name && self.is_live(target) && !self.has_twins(target)
        })
    }

    /// The name under which something stands aside that cannot lose by an update what it has to lose.
    fn aside(&self, id: &str, live: &Setting, target: &Target) -> Option<Target> {
        let declared = self.declared(target).filter(|declared| !declared.absent)?;
        let wanted = &declared.value;
        let loses = live.value.keys().any(|field| !wanted.contains_key(field));
        (loses && !self.kind.clears)
            .then(|| Target::new(self.kind.name, twin_name(target.name(), id)))
    }

    fn has_twins(&self, target: &Target) -> bool {
        self.live.twins.iter().any(|(twin, _)| twin == target)
    }

    /// True if what goes by a name live is what is declared under another one.
    fn is_as_declared(&self, source: &Setting, target: &Target) -> bool {
        let Some(declared) = self.declared(target) else {
            return false;
        };
        let name_of = |named: &Target| {
            let live = self.live.entities.get_key_value(named);
            live.map_or(named, |(live, _)| live).name().to_owned()
        };
        let wanted = canonical(self.kind.members, &declared.value, &name_of);
        as_spelled(self.kind.members, &wanted, &source.value) == source.value
    }

    /// By live name, the name that the manifest gives it.
    fn sources(&self) -> BTreeMap<Target, Target> {
        let mut sources = self.interim();
        let mut named: BTreeSet<Target> = sources.values().cloned().collect();
        // A name that is still taken is free once its holder takes another one.
        loop {
            let next = self.renames.iter().find(|(target, former)| {
                !named.contains(*target)
                    && self.is_live(former)
                    && !self.has_twins(former)
                    && !sources.contains_key(*former)
                    && (!self.is_live(target) || sources.contains_key(*target))
            });
            let Some((target, former)) = next else { break };
            named.insert(target.clone());
            sources.insert(former.clone(), target.clone());
        }
        for target in self.renames.keys() {
            let Some(circle) = self.circle(target).filter(|_| !named.contains(target)) else {
                continue;
            };
            let is_one = |target| self.is_live(target) && !self.has_twins(target);
            let is_whole = circle.iter().all(is_one);
            if is_whole && !self.is_done(&circle) && self.is_to_come(&circle) {
                for target in circle {
                    named.insert(target.clone());
                    sources.insert(self.renames[&target].clone(), target);
                }
            }
        }
        sources
    }

    /// What a run that was cut off left under an interim name, told by what it is: it had its new value
    /// with that name already.
    fn interim(&self) -> BTreeMap<Target, Target> {
        let mut found = BTreeMap::new();
        for (source, setting) in &self.live.settings {
            if source.kind() != self.kind.name || !source.name().starts_with(RESERVED_NAME) {
                continue;
            }
            let fits = |target: &&Target| {
                !found.values().any(|taken| taken == *target)
                    && self.is_as_declared(setting, target)
            };
            let mut targets = self.renames.keys();
            let free = targets.find(|target| !self.is_live(target) && fits(target));
            if let Some(target) = free.or_else(|| self.renames.keys().find(fits)) {
                found.insert(source.clone(), target.clone());
            }
        }
        found
    }

    /// The declared settings that take each other's names around from this one; none if it ends elsewhere.
    fn circle(&self, start: &Target) -> Option<Vec<Target>> {
        let mut circle = vec![start.clone()];
        loop {
            let next = self.renames.get(circle.last()?)?;
            if next == start {
                return Some(circle);
            }
            if circle.contains(next) {
                return None;
            }
            circle.push(next.clone());
        }
    }

    /// True if all of a circle are what is declared under the names that they have.
    fn is_done(&self, circle: &[Target]) -> bool {
        let mut all = circle.iter();
        all.all(|target| {
            let live = self.live.settings.get(target);
            live.is_some_and(|live| self.is_as_declared(live, target))
        })
    }

    /// True if all of a circle are what is declared under the names that they are to get.
    fn is_to_come(&self, circle: &[Target]) -> bool {
        let mut all = circle.iter();
        all.all(|target| {
            let live = self.live.settings.get(&self.renames[target]);
            live.is_some_and(|live| self.is_as_declared(live, target))
        })
    }

    /// By id, a name of its own for each further one of a name that may go: of those that are not declared,
    /// and of those that are the same in everything; and for all others of a name of which one is meant.
    fn twins(&self) -> BTreeMap<String, Target> {
        let of_kind = |target: &Target| target.kind() == self.kind.name;
        let meant = |target: &Target| self.declared(target)?.id.as_deref();
        let twins = self.live.twins.iter().map(|(target, twin)| (target, twin));
        let first = self.live.twins.iter().filter_map(|(target, _)| {
            meant(target)?;
            self.live.settings.get_key_value(target)
        });
        let goes = |target: &Target, twin: &Setting| match meant(target) {
            Some(id) => twin.id.as_deref() != Some(id),
            None => self.may_go(target),
        };
        let all = twins.chain(first);
        all.filter(|(target, twin)| of_kind(target) && goes(target, twin))
            .filter_map(|(target, twin)| {
                let id = twin.id.clone()?;
                let name = twin_name(target.name(), &id);
                Some((id, Target::new(self.kind.name, name)))
            })
            .collect()
    }

    fn may_go(&self, target: &Target) -> bool {
        let is_former = self.renames.values().any(|former| former == target);
        if self.declared(target).is_none() {
            return !is_former;
        }
        let twins = self.live.twins.iter();
        let twins = twins
            .filter(|(other, _)| other == target)
            .map(|(_, twin)| twin);
        let mut all = twins.chain(self.live.settings.get(target));
        all.all(|one| self.is_as_declared(one, target)) && self.is_unnamed(target)
    }

    /// True if nothing can name it by its id, or nothing does: which one is meant would be a guess.
    fn is_unnamed(&self, target: &Target) -> bool {
        let mut naming = SETTINGS.iter().filter(|kind| {
            let named = crate::kinds::setting::kinds_named(kind.members);
            named.contains(self.kind.name)
        });
        let is_read = naming.all(|kind| matches!(self.live.listed(kind.name), Part::Known(())));
        let mut settings = self.live.settings.iter();
        is_read
            && !settings.any(|(other, found)| {
                let members = setting(other.kind()).map_or(&[][..], |kind| kind.members);
                let mut named = references(members, &found.value).into_iter();
                named.any(|named| named.target == *target)
            })
    }
}
