//! Puts the writes of settings that decide together in an order that holds on the way, by the search of
//! `chain`; where it finds none, the order by phases stays.
//!
//! Overrides of mobile devices need no search: with those that come before all rules and those that go
//! after them, each device is always decided as at one of the ends.

use std::collections::BTreeSet;

use crate::kinds::setting::{Chain, SettingKind};
use crate::kinds::{access_control_rule, impersonation_role, mobile_device_access_rule};
use crate::model::{MOBILE_DEVICE_ACCESS_RULE, Snapshot, Target};

use super::chain::solve;
use super::drawing::Drawing;
use super::stage::{Phase, Stage};

/// The same writes, and interim ones between them. They come sorted by chain, and in the order by phases.
/// `comers` are those whom the plan registers.
pub(super) fn ordered(
    stages: Vec<Stage>,
    live: &Snapshot,
    comers: &BTreeSet<Target>,
) -> Vec<Stage> {
    let mut all = Vec::new();
    let mut of_sign_ins = Vec::new();
    let mut of_devices = Vec::new();
    for stage in stages {
        match stage.kind.chain {
            Chain::SignIn => of_sign_ins.push(stage),
            Chain::Devices => of_devices.push(stage),
            Chain::Alone | Chain::Tags => all.push(stage),
        }
    }
    all.extend(sign_ins(of_sign_ins, live, comers));
    all.extend(devices(of_devices, live));
    all
}

fn sign_ins(stages: Vec<Stage>, live: &Snapshot, comers: &BTreeSet<Target>) -> Vec<Stage> {
    let (first, stages) = names_first(stages);
    let kinds: [(&'static SettingKind, bool); 2] = [
        (&access_control_rule::ENTRY, true),
        (&impersonation_role::ENTRY, false),
    ];
    let drawing = Drawing::of(&stages, live, &kinds, comers);
    let found = drawing.sign_ins(live).and_then(|problem| solve(&problem));
    joined(first, drawing.carried_out(stages, found, live), live)
}

fn devices(stages: Vec<Stage>, live: &Snapshot) -> Vec<Stage> {
    let (rules, overrides): (Vec<Stage>, Vec<Stage>) = stages
        .into_iter()
        .partition(|stage| stage.kind.name == MOBILE_DEVICE_ACCESS_RULE);
    let (leavers, others): (Vec<Stage>, Vec<Stage>) = overrides
        .into_iter()
        .partition(|one| one.phase == Phase::Close);
    let (before, after): (Vec<Stage>, Vec<Stage>) =
        others.into_iter().partition(|one| one.after.is_some());
    let (first, rules) = names_first(rules);
    let kinds: [(&'static SettingKind, bool); 1] = [(&mobile_device_access_rule::ENTRY, false)];
    let drawing = Drawing::of(&rules, live, &kinds, &BTreeSet::new());
    let found = drawing.devices(live).and_then(|problem| solve(&problem));
    let rules = joined(first, drawing.carried_out(rules, found, live), live);
    [leavers, before, rules, after].concat()
}

/// Names that are given up change nothing of what is decided: they come first.
fn names_first(stages: Vec<Stage>) -> (Vec<Stage>, Vec<Stage>) {
    stages
        .into_iter()
        .partition(|stage| stage.phase == Phase::Name)
}

/// What goes before something new takes its name needs no other one.
fn joined(names: Vec<Stage>, rest: Vec<Stage>, live: &Snapshot) -> Vec<Stage> {
    let is_needed = |name: &Stage| {
        let former = live.settings.get(&name.target);
        let former = former.and_then(|former| former.live_name.as_deref());
        let goes = rest
            .iter()
            .position(|stage| stage.target == name.target && stage.after.is_none());
        let comes = rest.iter().position(|stage| {
            let takes = former == Some(stage.target.name());
            takes && stage.kind.name == name.kind.name && stage.before.is_none()
        });
        !matches!((goes, comes), (Some(goes), Some(comes)) if goes < comes)
    };
    let mut all: Vec<Stage> = names.into_iter().filter(is_needed).collect();
    all.extend(rest);
    all
}
