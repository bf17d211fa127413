//! Compares rules, roles, policies and configurations: each is a whole, so a field that the manifest
//! leaves out is absent in it.
//!
//! Users and roles stand in them by name, and are there when the plan has ended, or the setting waits.
//! An id that is nobody's any more is told, and is no difference beside a name that is left.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kinds::SETTINGS;
use crate::kinds::setting::{
    SettingKind, canonical, differences, references, shown, version_of, with_names, with_version,
    without, without_strangers,
};
use crate::model::{
    Action, Change, DeclaredSetting, Delta, Gap, Globs, Held, LeftBehind, NotWatched, ORGANIZATION,
    Part, Problem, Reason, Section, Setting, TAG, Target, Unknown, Unmanaged,
};

use super::bounds::{too_many, unchangeable};
use super::entities::change;
use super::{Draft, Ends, not_in_snapshot};

/// Compares every managed kind, those that others name first.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    for kind in SETTINGS.iter().filter(|kind| ends.manages_setting(kind)) {
        if let Some(gap) = unread(ends, kind) {
            draft.gaps.push(gap);
            continue;
        }
        let section = ends.section_of(kind);
        let twins = twins(ends, kind, draft);
        for (target, declared) in of_kind(&ends.desired.settings, kind) {
            if !twins.contains(target) {
                declared_one(ends, kind, &section, target, declared, draft);
            }
        }
        undeclared(ends, kind, &section, &twins, draft);
        too_many(ends, kind, draft);
    }
}

/// The kinds whose lists are needed to compare this one: those of what it names.
pub(super) fn kinds_named(kind: &SettingKind) -> BTreeSet<&'static str> {
    crate::kinds::setting::kinds_named(kind.members)
}

fn of_kind<'a, T>(
    all: &'a BTreeMap<Target, T>,
    kind: &'a SettingKind,
) -> impl Iterator<Item = (&'a Target, &'a T)> {
    all.iter().filter(|(target, _)| target.kind() == kind.name)
}

/// The gap of a kind that could not be read, or of names that it needs.
fn unread(ends: &Ends<'_>, kind: &SettingKind) -> Option<Gap> {
    let lists = std::iter::once(kind.name).chain(kinds_named(kind));
    let (list, part) = lists
        .map(|list| (list, ends.live.listed(list)))
        .find(|(_, part)| !matches!(part, Part::Known(())))?;
    let unknown = match part {
        Part::Unknown(unknown) => unknown.clone(),
        _ => not_in_snapshot(),
    };
    let part = if list == kind.name {
        kind.plural.to_owned()
    } else {
        let name = if kind.nature.single { "names" } else { "name" };
        format!("{}, which {name} {list}s", kind.plural)
    };
    Some(Gap {
        target: Target::new(ORGANIZATION, ends.live.organization.alias.clone()),
        part,
        unknown,
    })
}

/// The names that several of a kind have: nothing is guessed of which one is meant.
fn twins(ends: &Ends<'_>, kind: &SettingKind, draft: &mut Draft) -> BTreeSet<Target> {
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

fn declared_one(
    ends: &Ends<'_>,
    kind: &'static SettingKind,
    section: &Section,
    target: &Target,
    declared: &DeclaredSetting,
    draft: &mut Draft,
) {
    if declared.absent {
        declared_absent(ends, kind, section, target, draft);
        return;
    }
    let name_of = |named: &Target| ends.name_of(named);
    let wanted = canonical(kind.members, &declared.value, &name_of);
    let wanted = kind.normalized(wanted);
    let by_id = |id: &str| {
        let mut settings = ends.live.settings.iter();
        let found = settings.find(|(_, setting)| setting.id.as_deref() == Some(id));
        found.map(|(target, _)| target.clone())
    };
    let wanted = with_names(kind.members, &wanted, &by_id);
    let Some(wanted) = with_who_is_there(ends, kind, target, wanted, draft) else {
        return;
    };
    let live = ends.live.settings.get(target);
    strangers(kind, target, live, draft);
    let version = version_of(kind.members, &wanted);
    if let (Some(_), Some(_), Some(unknown)) = (live, version, unknown_tags(ends)) {
        draft.gaps.push(Gap {
            target: target.clone(),
            part: "the version of its password, which a tag tells".to_owned(),
            unknown,
        });
        return;
    }
    let change = match live {
        None => Change {
            deltas: deltas(kind, &Map::new(), &wanted),
            ..change(target, Action::Create, Reason::Manifest)
        },
        Some(live) => {
            let mut before = without_strangers(kind.members, &live.value);
            if version.is_none() {
                // Which secret is there is not managed then.
                before = with_version(kind.members, &before, None);
            }
            let mut deltas = deltas(kind, &before, &wanted);
            if let Some(before) = &live.live_name {
                deltas.insert(
                    0,
                    Delta::Name {
                        before: before.clone(),
                        after: target.name().to_owned(),
                    },
                );
            }
            if deltas.is_empty() {
                return;
            }
            if kind.nature.fixed {
                draft.problems.push(unchangeable(target, &deltas));
                return;
            }
            Change {
                deltas,
                ..change(target, Action::Update, Reason::Manifest)
            }
        }
    };
    draft.becomes.insert(target.clone(), wanted);
    draft.changes.insert(
        target.clone(),
        Change {
            writable: section.write,
            ..change
        },
    );
}

/// What shall not be there goes, if it is there and means something.
fn declared_absent(
    ends: &Ends<'_>,
    kind: &SettingKind,
    section: &Section,
    target: &Target,
    draft: &mut Draft,
) {
    let live = ends.live.settings.get(target);
    let Some(live) = live.filter(|live| !kind.means_none(&Value::Object(live.value.clone())))
    else {
        return;
    };
    draft.changes.insert(
        target.clone(),
        Change {
            deltas: deltas(kind, &live.value, &Map::new()),
            writable: section.write,
            ..change(target, Action::Delete, Reason::Manifest)
        },
    );
}

/// Why nobody knows which versions of secrets were sent.
fn unknown_tags(ends: &Ends<'_>) -> Option<Unknown> {
    match ends.live.listed(TAG) {
        Part::Known(()) | Part::Absent => None,
        Part::Unknown(unknown) => Some(unknown.clone()),
        Part::NotRead => Some(not_in_snapshot()),
    }
}

fn deltas(
    kind: &SettingKind,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<Delta> {
    let differences = differences(
        kind.members,
        &shown(kind.members, before),
        &shown(kind.members, after),
    );
    let fields = differences
        .into_iter()
        .map(|(path, before, after)| Delta::Field {
            field: path.into(),
            before,
            after,
        });
    fields.collect()
}

/// The value without those who are not there yet: an entry waits alone where its list keeps another
/// one, else the whole setting does. Nobody who is not there can sign in, so no rule gets wider by that.
fn with_who_is_there(
    ends: &Ends<'_>,
    kind: &SettingKind,
    target: &Target,
    mut value: Map<String, Value>,
    draft: &mut Draft,
) -> Option<Map<String, Value>> {
    for reference in references(kind.members, &value) {
        let named = &reference.target;
        let why = match standing(ends, named, draft) {
            Standing::There => continue,
            Standing::Goes => {
                draft.problems.push(Problem {
                    target: target.clone(),
                    path: reference.path.clone(),
                    message: format!("{target} names {named}, which is to go"),
                    help: "take it out here, or keep it".to_owned(),
                    place: None,
                });
                return None;
            }
            Standing::Nowhere => {
                draft.problems.push(Problem {
                    target: target.clone(),
                    path: reference.path.clone(),
                    message: format!("{named} is neither declared nor in the organization"),
                    help: "correct the name, or declare it".to_owned(),
                    place: None,
                });
                return None;
            }
            Standing::Waits => format!("{named}, which is not there yet"),
        };
        let left = without(kind.members, &value, &reference);
        draft.held.push(Held {
            target: target.clone(),
            part: reference.path.clone(),
            waits_for: why,
            details: Vec::new(),
        });
        value = left?;
    }
    Some(value)
}

enum Standing {
    There,
    Goes,
    Waits,
    Nowhere,
}

/// Whether something is there when the plan has ended.
fn standing(ends: &Ends<'_>, named: &Target, draft: &Draft) -> Standing {
    if let Some(change) = draft.changes.get(named) {
        return match change.action {
            Action::Delete if change.writable => Standing::Goes,
            Action::Create if !change.writable => Standing::Waits,
            _ => Standing::There,
        };
    }
    let live = ends.live.entities.contains_key(named) || ends.live.settings.contains_key(named);
    if live {
        Standing::There
    } else if ends.declares(named) || ends.desired.settings.contains_key(named) {
        Standing::Waits
    } else {
        Standing::Nowhere
    }
}

/// Tells the ids that are nobody's any more.
fn strangers(kind: &SettingKind, target: &Target, live: Option<&Setting>, draft: &mut Draft) {
    let Some(live) = live else { return };
    for id in crate::kinds::setting::strangers(kind.members, &live.value) {
        draft.left_behind.push(LeftBehind {
            target: target.clone(),
            what: format!("names the id {id}, which is nobody's any more"),
        });
    }
}

fn undeclared(
    ends: &Ends<'_>,
    kind: &SettingKind,
    section: &Section,
    twins: &BTreeSet<Target>,
    draft: &mut Draft,
) {
    let ignored = Globs::new(&section.ignore);
    let (mut kept, mut passed_over) = (0_usize, 0_usize);
    for (target, live) in of_kind(&ends.live.settings, kind) {
        let declared = ends.desired.settings.contains_key(target);
        if declared || twins.contains(target) || kind.is_own(target.name()) {
            continue;
        }
        if ignored.matches(target) {
            passed_over += 1;
        } else if section.unmanaged == Unmanaged::Keep || kind.write.delete.is_none() {
            kept += 1;
        } else {
            let deltas = deltas(kind, &live.value, &Map::new());
            // What no section declares by itself goes with what it was made for.
            let reason = if kind.nature.implied {
                Reason::Consequence
            } else {
                Reason::NotDeclared
            };
            draft.changes.insert(
                target.clone(),
                Change {
                    deltas,
                    writable: section.write && section.unmanaged == Unmanaged::Remove,
                    ..change(target, Action::Delete, reason)
                },
            );
        }
    }
    for (count, what) in [(kept, "not in the manifest"), (passed_over, "ignored")] {
        if count > 0 {
            draft.not_watched.push(NotWatched {
                what: format!("{count} {} {what}", kind.plural),
            });
        }
    }
}

impl Ends<'_> {
    /// True if the manifest has the section of a kind of settings.
    pub(crate) fn manages_setting(&self, kind: &SettingKind) -> bool {
        self.desired.sections.contains(kind.section)
    }

    /// How a kind of settings is managed.
    pub(crate) fn section_of(&self, kind: &SettingKind) -> Section {
        let management = &self.desired.management;
        management.section_or(kind.section, kind.unmanaged)
    }

    /// The name of something as the organization has it, else as it is declared, else as it is written.
    fn name_of(&self, named: &Target) -> String {
        let live = self.live.entities.get_key_value(named);
        let live = live.map(|(target, _)| target);
        let declared = || {
            let declared = self.desired.entities.get_key_value(named);
            declared.map(|(target, _)| target)
        };
        let found = live.or_else(declared).unwrap_or(named);
        found.name().to_owned()
    }
}
