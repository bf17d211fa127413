//! Settings under other names than the service has for them: a plan renames them, or several have one name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::kinds::setting as kind_of;
use crate::kinds::setting::canonical;
use crate::model::{Setting, Snapshot, Target};

/// Puts the settings of these ids under these names, each with the name that it has live noted on it. What
/// names them names them by the new names too.
pub fn under_names(live: &mut Snapshot, by_id: &BTreeMap<String, Target>) {
    let goes_to = |from: &Target, setting: &Setting| {
        let to = by_id.get(setting.id.as_ref()?)?;
        (to != from && to.kind() == from.kind()).then(|| to.clone())
    };
    let mut moving: Vec<(Target, Target, Setting)> = Vec::new();
    let mut names: BTreeMap<Target, String> = BTreeMap::new();
    let mut staying = BTreeMap::new();
    for (from, setting) in std::mem::take(&mut live.settings) {
        if let Some(to) = goes_to(&from, &setting) {
            names.insert(from.clone(), to.name().to_owned());
            moving.push((from, to, setting));
        } else {
            staying.insert(from, setting);
        }
    }
    live.settings = staying;
    let mut twins = Vec::new();
    for (from, setting) in std::mem::take(&mut live.twins) {
        if let Some(to) = goes_to(&from, &setting) {
            moving.push((from, to, setting));
        } else {
            twins.push((from, setting));
        }
    }
    if moving.is_empty() {
        live.twins = twins;
        return;
    }
    for (from, to, mut setting) in moving {
        let name = setting.live_name.take();
        let name = name.unwrap_or_else(|| from.name().to_owned());
        setting.live_name = (name != to.name()).then_some(name);
        // Whoever else has that name comes after it.
        if let Some(other) = live.settings.insert(to.clone(), setting) {
            twins.push((to, other));
        }
    }
    for (target, twin) in twins {
        match live.settings.entry(target) {
            Entry::Occupied(first) => live.twins.push((first.key().clone(), twin)),
            Entry::Vacant(free) => {
                free.insert(twin);
            }
        }
    }
    let name_of = |named: &Target| {
        let new = names.get(named);
        new.map_or_else(|| named.name().to_owned(), Clone::clone)
    };
    let twins = live.twins.iter_mut().map(|(target, twin)| (&*target, twin));
    for (target, setting) in live.settings.iter_mut().chain(twins) {
        if let Some(kind) = kind_of(target.kind()) {
            setting.value = canonical(kind.members, &setting.value, &name_of);
        }
    }
}
