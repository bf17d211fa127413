//! Compares rules, roles, policies and configurations: each is a whole, so a field that the manifest
//! leaves out is absent in it.
//!
//! Users and roles stand in them by name, and are there when the plan has ended, or the setting waits.
//! An id that is nobody's any more is told, and is no difference beside a name that is left.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kinds::SETTINGS;
use crate::kinds::setting::{
    Chain, SettingKind, as_spelled, canonical, differences, references, shown, split, version_of,
    with_names, with_version, without, without_strangers,
};
use crate::model::{
    Action, Change, DeclaredSetting, Delta, Gap, Globs, Held, LeftBehind, NotWatched, ORGANIZATION,
    Part, Problem, RESERVED_NAME, Reason, Section, Setting, TAG, Target, Unknown, Unmanaged,
};

use super::bounds::{too_many, unchangeable};
use super::entities::change;
use super::{Draft, Ends, not_in_snapshot, setting_names, tokens};

/// Compares every managed kind, those that others name first.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    for kind in SETTINGS.iter().filter(|kind| ends.manages_setting(kind)) {
        if let Some(gap) = unread(ends, kind) {
            draft.gaps.push(gap);
            continue;
        }
        let section = ends.section_of(kind);
        if !kind.is_declared() {
            tokens::compare(ends, kind, &section, draft);
            continue;
        }
        setting_names::compare(ends, kind, &section, draft);
        let twins = setting_names::twins(ends, kind, draft);
        for (target, declared) in of_kind(&ends.desired.settings, kind) {
            if !twins.contains(target) && is_compared(ends, kind, target, draft) {
                declared_one(ends, kind, &section, target, declared, draft);
            }
        }
        undeclared(ends, kind, &section, &twins, draft);
        too_many(ends, kind, draft);
    }
}

/// The kinds whose lists are needed to compare this one: those of what it names, and whose it is.
pub(super) fn kinds_named(kind: &SettingKind) -> BTreeSet<&'static str> {
    let mut named = crate::kinds::setting::kinds_named(kind.members);
    named.extend(kind.owner.map(|owner| owner.kind));
    named
}

/// False for what belongs to somebody who is not registered when the plan ends: it is kept for their return,
/// or waits for their registration.
fn is_compared(ends: &Ends<'_>, kind: &SettingKind, target: &Target, draft: &mut Draft) -> bool {
    let (Some(belongs), Some(owner)) = (kind.owner, kind.owner_of(target)) else {
        return true;
    };
    if ends.ends_registered(&owner, draft) {
        return true;
    }
    if draft.waiting.contains(&owner) {
        let (_, key) = split(target.name());
        draft.held.push(Held {
            target: owner.clone(),
            part: format!("{}: {key}", belongs.field),
            waits_for: format!("the registration of {owner}"),
            details: Vec::new(),
        });
    }
    false
}

pub(super) fn of_kind<'a, T>(
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
    let live = ends.live.settings.get(target);
    let wanted = match live {
        Some(live) => as_spelled(kind.members, &wanted, &live.value),
        None => wanted,
    };
    let Some(wanted) = with_who_is_there(ends, kind, target, wanted, draft) else {
        return;
    };
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

pub(super) fn deltas(
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
        if let Some(owner) = kind.owner_of(target) {
            if let Some(reason) = owned(ends, &owner, target, draft) {
                remove(kind, section, target, live, reason, draft);
            }
            continue;
        }
        let declared = ends.desired.settings.contains_key(target);
        if declared || twins.contains(target) || kind.is_own(target.name()) {
            continue;
        }
        let name = live.live_name.as_deref().unwrap_or(target.name());
        // What a run left that was cut off is ours.
        let is_interim = kind.chain != Chain::Alone && target.name().starts_with(RESERVED_NAME);
        if is_interim || setting_names::is_replaced(ends, live, target) {
            let section = &Section {
                unmanaged: Unmanaged::Remove,
                ..section.clone()
            };
            remove(kind, section, target, live, Reason::Consequence, draft);
        } else if ignored.matches(&Target::new(kind.name, name)) {
            passed_over += 1;
        } else if section.unmanaged == Unmanaged::Keep || kind.write.delete.is_none() {
            kept += 1;
        } else {
            // What no section declares by itself goes with what it was made for.
            let reason = if kind.nature.implied {
                Reason::Consequence
            } else {
                Reason::NotDeclared
            };
            remove(kind, section, target, live, reason, draft);
        }
    }
    for (count, what) in [(kept, "not in the manifest"), (passed_over, "ignored")] {
        if count > 0 {
            draft
                .not_watched
                .push(NotWatched::of(format!("{count} {} {what}", kind.plural)));
        }
    }
}

fn remove(
    kind: &SettingKind,
    section: &Section,
    target: &Target,
    live: &Setting,
    reason: Reason,
    draft: &mut Draft,
) {
    let change = Change {
        deltas: deltas(kind, &live.value, &Map::new()),
        writable: section.write && section.unmanaged == Unmanaged::Remove,
        ..change(target, Action::Delete, reason)
    };
    draft.changes.insert(target.clone(), change);
}

/// Why something goes that belongs to somebody; none if it stays. Who leaves the field out manages none.
fn owned(ends: &Ends<'_>, owner: &Target, target: &Target, draft: &mut Draft) -> Option<Reason> {
    let (name, key) = split(target.name());
    if !ends.live.entities.contains_key(owner) {
        draft.left_behind.push(LeftBehind {
            target: target.clone(),
            what: format!("it belongs to the id {name}, which is nobody's any more"),
        });
        return None;
    }
    let declared = ends.desired.entities.get(owner);
    let is_managed = declared.is_some_and(|declared| declared.owns.contains(target.kind()));
    let leaves = draft.changes.get(owner).is_some_and(|change| {
        change.writable && matches!(change.action, Action::Deregister | Action::Delete)
    });
    if !is_managed {
        if leaves {
            draft.left_behind.push(LeftBehind {
                target: target.clone(),
                what: format!("for the device {key}, while {owner} goes"),
            });
        }
        return None;
    }
    if leaves {
        return Some(Reason::Consequence);
    }
    let is_wanted = ends.desired.settings.contains_key(target);
    (!is_wanted && ends.ends_registered(owner, draft)).then_some(Reason::NotDeclared)
}

impl Ends<'_> {
    /// True if the manifest has the section of a kind of settings.
    pub(crate) fn manages_setting(&self, kind: &SettingKind) -> bool {
        self.desired.sections.contains(kind.section)
    }

    /// How a kind of settings is managed.
    pub(crate) fn section_of(&self, kind: &SettingKind) -> Section {
        let management = &self.desired.management;
        match kind.owner {
            // Each owner declares all of its own.
            Some(owner) => Section {
                write: management.section(owner.section).write,
                unmanaged: Unmanaged::Remove,
                ..Section::default()
            },
            None => management.section_or(kind.section, kind.unmanaged),
        }
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
