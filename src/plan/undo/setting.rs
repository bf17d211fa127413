//! Rules, roles, policies, configurations and tags turned back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::kinds;
use crate::kinds::setting::{
    Form, Member, SettingKind, canonical, differences, references, shown, split, twin_name,
    with_version,
};
use crate::model::{
    Declared, DeclaredSetting, Part, RESERVED_NAME, Setting, Snapshot, Target, Wanted,
};

use super::{Draft, is_own, strangers};

/// Says what one of them was, as far as it is something else now.
pub(super) fn turn_back(
    target: &Target,
    states: &[Option<Setting>],
    live: &Snapshot,
    draft: &mut Draft,
) {
    let Some(kind) = kinds::setting(target.kind()).filter(|_| !is_own(target)) else {
        return;
    };
    if !draft.is_listed(target, live) {
        return;
    }
    let before = states.first().and_then(Option::as_ref);
    let now = find(target, states, live);
    if kind.nature.implied {
        // It comes and goes with what names it.
        if let Some((there, _)) = now.filter(|(_, now)| may_be_gone(states, now)) {
            draft.desired.settings.insert(there.clone(), absent());
            draft.more = true;
        } else if let Some((there, now)) = now
            && before.is_none()
            && states.iter().flatten().any(|state| state.id == now.id)
            && is_unnamed(there, live, draft)
        {
            draft.desired.settings.insert(there.clone(), absent());
        }
        return;
    }
    if !kind.is_declared() {
        if before.is_some() && now.is_none() {
            draft.note(format!("{target} cannot be made again"));
        }
        return;
    }
    let called = |which: usize, setting: &Setting| renamed(kind, setting, draft, which);
    let now_is = |state: Option<&Setting>| match (state, now) {
        (None, None) => true,
        (Some(state), Some((_, now))) => equal(kind, &called(0, state), &now.value),
        _ => false,
    };
    let name = before.map(|before| {
        let names = draft.names.get(target);
        let gets = names.map(|[_, gets]| Target::new(kind.name, gets.clone()));
        gets.unwrap_or_else(|| named(target, before))
    });
    let is_renamed = matches!(
        (&name, now),
        (Some(name), Some((there, now)))
            if name != there && now.live_name.as_deref() != Some(name.name())
    );
    let is_back = || {
        // What lost a condition on its way back was made anew, under the name that it had.
        let there = now.is_none().then(|| live.settings.get(name.as_ref()?))?;
        Some(equal(kind, &called(0, before?), &there?.value))
    };
    if now_is(before) && !is_renamed || is_back() == Some(true) {
        stays_aside(now, draft);
        return;
    }
    if !states.iter().any(|state| now_is(state.as_ref())) {
        draft.note(format!("{target} was changed since: left alone"));
        stays_aside(now, draft);
        return;
    }
    match (before, now) {
        (None, Some((there, _))) => {
            draft.desired.settings.insert(there.clone(), absent());
        }
        (Some(before), now) => {
            if holds_secret(kind.members, &before.value) {
                draft.note(format!(
                    "{target} needs its password again: declare it in a manifest"
                ));
                stays_aside(now, draft);
                return;
            }
            let value = called(1, before);
            let mut names = references(kind.members, &value).into_iter();
            let goes = |target: &Target| draft.desired.settings.get(target)?.absent.then_some(());
            if names.any(|named| is_implied(&named.target) && goes(&named.target).is_some()) {
                // It goes first, and comes with this in a further round.
                return;
            }
            let declared = DeclaredSetting {
                value,
                absent: false,
                previously: now
                    .filter(|(there, _)| name.as_ref().is_some_and(|name| name != *there))
                    .map(|(there, _)| there.name().to_owned()),
                id: None,
            };
            let name = name.unwrap_or_else(|| target.clone());
            naming(kind, &declared.value, live, draft);
            draft.desired.settings.insert(name, declared);
        }
        (None, None) => {}
    }
}

/// Keeps what has a temporary name and is not renamed yet: it would go as what a run that was cut off left.
fn stays_aside(now: Option<(&Target, &Setting)>, draft: &mut Draft) {
    if let Some((there, now)) = now.filter(|(there, _)| there.name().starts_with(RESERVED_NAME)) {
        draft.desired.settings.insert(there.clone(), as_it_is(now));
    }
}

fn as_it_is(now: &Setting) -> DeclaredSetting {
    DeclaredSetting {
        value: now.value.clone(),
        ..DeclaredSetting::default()
    }
}

fn absent() -> DeclaredSetting {
    DeclaredSetting {
        absent: true,
        ..DeclaredSetting::default()
    }
}

fn is_implied(target: &Target) -> bool {
    kinds::setting(target.kind()).is_some_and(|kind| kind.nature.implied)
}

/// True if its deletion may have been sent: only what the program remembers tells of it, and not whether it is there.
fn may_be_gone(states: &[Option<Setting>], now: &Setting) -> bool {
    let is_it = |state: &Option<Setting>| state.as_ref().is_some_and(|state| state.id == now.id);
    let last = states.iter().rposition(is_it);
    last.is_some_and(|last| states[last..].iter().any(Option::is_none))
}

/// True if no setting names it; tells of it where that could not be read.
fn is_unnamed(target: &Target, live: &Snapshot, draft: &mut Draft) -> bool {
    let mut naming = strangers::kinds_naming(target.kind());
    if !naming.all(|kind| matches!(live.listed(kind.name), Part::Known(()) | Part::Absent)) {
        draft.unread(&format!("what names {target}"));
        return false;
    }
    let mut settings = live.settings.iter();
    !settings.any(|(other, setting)| {
        kinds::setting(other.kind()).is_some_and(|kind| {
            let names = references(kind.members, &setting.value);
            names.iter().any(|named| named.target == *target)
        })
    })
}

/// What no section declares by itself stays as long as it is named.
fn naming(kind: &SettingKind, value: &Map<String, Value>, live: &Snapshot, draft: &mut Draft) {
    for named in references(kind.members, value) {
        if !is_implied(&named.target) {
            continue;
        }
        let there = live.settings.get(&named.target);
        if there.is_none() {
            draft.note(format!(
                "{} is made anew: with another ARN, and nobody is assigned to it",
                named.target
            ));
        }
        let anew = || {
            let center = value.get("identityCenter").and_then(Value::as_object);
            let instance = center.and_then(|center| center.get_key_value("instanceArn"));
            let instance = instance.map(|(name, arn)| (name.clone(), arn.clone()));
            instance.into_iter().collect()
        };
        let declared = DeclaredSetting {
            value: there.map_or_else(anew, |there| there.value.clone()),
            ..DeclaredSetting::default()
        };
        draft.desired.settings.insert(named.target, declared);
    }
}

/// Whoever has settings of their own declares all of them, or none.
pub(super) fn with_their_owners(live: &Snapshot, draft: &mut Draft) {
    let targets: Vec<Target> = draft.desired.settings.keys().cloned().collect();
    for target in targets {
        let Some(kind) = kinds::setting(target.kind()) else {
            continue;
        };
        let Some(owner) = kind.owner_of(&target) else {
            continue;
        };
        if !live.entities.contains_key(&owner) && !draft.desired.entities.contains_key(&owner) {
            draft.desired.settings.remove(&target);
            draft.note(format!("{target}: {owner} is not there any more"));
            continue;
        }
        let declared = draft.desired.entities.entry(owner.clone());
        let declared = declared.or_insert_with(|| Declared {
            wanted: Wanted::Unsaid,
            ..Declared::default()
        });
        if declared.wanted == Wanted::Absent {
            declared.owns.insert(kind.name.to_owned());
            draft.desired.settings.remove(&target);
            continue;
        }
        if declared.owns.insert(kind.name.to_owned()) {
            let (name, _) = split(target.name());
            let of_owner = live
                .settings
                .iter()
                .filter(|(other, _)| other.kind() == kind.name && split(other.name()).0 == name);
            for (other, setting) in of_owner {
                let settings = &mut draft.desired.settings;
                settings
                    .entry(other.clone())
                    .or_insert_with(|| as_it_is(setting));
            }
        }
    }
    // Of a whole set that is declared, what is absent is not in it.
    draft.desired.settings.retain(|target, declared| {
        let is_owned = kinds::setting(target.kind()).is_some_and(|kind| kind.owner.is_some());
        !(is_owned && declared.absent)
    });
}

/// The live settings that have one name, each under a name of its own with its id.
pub(super) fn told_apart(live: &Snapshot) -> BTreeMap<String, Target> {
    let twins = live.twins.iter().map(|(target, twin)| (target, twin));
    let first = live
        .twins
        .iter()
        .filter_map(|(target, _)| live.settings.get_key_value(target));
    let apart = twins.chain(first).filter_map(|(target, setting)| {
        let id = setting.id.clone()?;
        let name = twin_name(target.name(), &id);
        Some((id, Target::new(target.kind().to_owned(), name)))
    });
    apart.collect()
}

pub(super) fn find<'a>(
    target: &Target,
    states: &[Option<Setting>],
    live: &'a Snapshot,
) -> Option<(&'a Target, &'a Setting)> {
    let ids = states.iter().flatten();
    let ids: Vec<&str> = ids.filter_map(|state| state.id.as_deref()).collect();
    let of_kind = live
        .settings
        .range(Target::new(target.kind().to_owned(), "")..);
    let mut of_kind = of_kind.take_while(|(other, _)| other.kind() == target.kind());
    let has_id = |setting: &Setting| setting.id.as_deref().is_some_and(|id| ids.contains(&id));
    // What lost a condition was made anew, and has another id; what a run made, and is gone, is not another one
    // of its name.
    let by_name = ids.is_empty() || states.first().is_some_and(Option::is_some);
    let by_id = of_kind.find(|(_, setting)| has_id(setting));
    by_id.or_else(|| {
        let found = by_name.then(|| live.settings.get_key_value(target));
        found.flatten()
    })
}

/// The name that it had.
pub(super) fn named(target: &Target, before: &Setting) -> Target {
    let name = before.live_name.as_deref().unwrap_or(target.name());
    Target::new(target.kind().to_owned(), name)
}

/// The value with the names that what it names has now (0), or gets (1): plans go by the names of their manifests.
fn renamed(
    kind: &SettingKind,
    setting: &Setting,
    draft: &Draft,
    which: usize,
) -> Map<String, Value> {
    let name_of = |named: &Target| {
        let names = draft.names.get(named);
        names.map_or_else(|| named.name().to_owned(), |names| names[which].clone())
    };
    let value = canonical(kind.members, &setting.value, &name_of);
    // Which version of a secret was sent is told by a tag.
    with_version(kind.members, &value, None)
}

fn equal(kind: &SettingKind, one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let plain = |value: &Map<String, Value>| {
        let value = with_version(kind.members, value, None);
        shown(kind.members, &kind.normalized(value))
    };
    let (one, other) = (plain(one), plain(other));
    differences(kind.members, &one, &other).is_empty()
}

/// True if the service took a secret with it, which it never tells.
fn holds_secret(members: &[Member], value: &Map<String, Value>) -> bool {
    members.iter().any(|member| match member.form {
        Form::Secret => true,
        Form::Object(members) => value
            .get(member.name)
            .and_then(Value::as_object)
            .is_some_and(|value| holds_secret(members, value)),
        _ => false,
    })
}
