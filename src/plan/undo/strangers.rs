//! Rules and roles that still name by its id what was deleted, and is made anew under another one.

use std::collections::BTreeMap;

use crate::kinds::setting::{SettingKind, canonical, kinds_named, strangers, with_names};
use crate::kinds::{self, SETTINGS};
use crate::model::{DeclaredSetting, Snapshot, Target, Wanted};

use super::trace::Traces;
use super::{Draft, entity, is_own, setting};

/// The kinds of settings that may name something of a kind.
pub(super) fn kinds_naming(kind: &str) -> impl Iterator<Item = &'static SettingKind> {
    let declared = SETTINGS.iter().filter(|other| other.is_declared());
    let naming = declared.filter(move |other| kinds_named(other.members).contains(kind));
    naming.copied()
}

/// Says of everything that names by an id what the runs deleted that it names what is made in its place.
pub(super) fn called_again(traces: &Traces, live: &Snapshot, draft: &mut Draft) {
    let ids = former(traces);
    let target_of = |id: &str| {
        let target = ids.get(id)?;
        comes(target, live, draft).then(|| target.clone())
    };
    // Plans go by the names that things get.
    let gets = |named: &Target| {
        let mut names = draft.names.iter();
        let renamed =
            names.find(|(target, [has, _])| target.kind() == named.kind() && has == named.name());
        renamed.map_or_else(|| named.name().to_owned(), |(_, [_, gets])| gets.clone())
    };
    let mut found = Vec::new();
    for (target, there) in &live.settings {
        // Of several of one name none is declared for this alone.
        let declared = draft.desired.settings.contains_key(target) || there.live_name.is_some();
        let kind = kinds::setting(target.kind()).filter(|kind| kind.is_declared());
        let Some(kind) = kind.filter(|_| !declared && !is_own(target)) else {
            continue;
        };
        let names = strangers(kind.members, &there.value);
        if names.iter().any(|id| target_of(id).is_some()) {
            let value = canonical(kind.members, &there.value, &gets);
            let value = with_names(kind.members, &value, &target_of);
            found.push((target.clone(), value));
        }
    }
    for (target, value) in found {
        let declared = DeclaredSetting {
            value,
            ..DeclaredSetting::default()
        };
        draft.desired.settings.insert(target, declared);
    }
}

/// By the ids that they had: what was there before the runs, under the names that it gets.
fn former(traces: &Traces) -> BTreeMap<&str, Target> {
    let entities = traces.entities.iter().filter_map(|(target, states)| {
        let before = states.first()?.as_ref()?;
        Some((before.id.as_str(), entity::named(target, before)))
    });
    let settings = traces.settings.iter().filter_map(|(target, states)| {
        let before = states.first()?.as_ref()?;
        Some((before.id.as_deref()?, setting::named(target, before)))
    });
    entities.chain(settings).collect()
}

/// True for what is there when all is done.
fn comes(target: &Target, live: &Snapshot, draft: &Draft) -> bool {
    let desired = &draft.desired;
    if let Some(declared) = desired.entities.get(target) {
        return declared.wanted != Wanted::Absent;
    }
    if let Some(declared) = desired.settings.get(target) {
        return !declared.absent;
    }
    live.entities.contains_key(target) || live.settings.contains_key(target)
}
