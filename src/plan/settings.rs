//! From changes of rules, roles, policies and configurations to steps, and the order among them.
//!
//! Who comes is made, then named by access control rules, then registered; who goes is deregistered
//! before the rules lose their name, and deleted after. Rules that decide who gets in are one chain: what
//! denies comes first and goes last, so that on the way rather fewer get in than more. A full table is
//! made room in before something comes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::kinds::SETTINGS;
use crate::kinds::setting::{Chain, Referring, SettingKind, Writing, shown};
use crate::model::{Action, Change, ChangeSet, Snapshot, Target};

use super::order::Graph;
use super::rules::{
    CREATE_BEFORE_NAMING, DEREGISTER_BEFORE_UNNAMING, NAME_BEFORE_SIGN_IN,
    REGISTER_BEFORE_REFERENCE, Rule, UNNAME_BEFORE_DELETE, of_chain,
};
use super::setting_names::{before_new, moves};
use super::setting_order::ordered;
use super::stage::{Phase, Stage, names, rank};
use super::step::{Fact, Step, id_of};

/// Appends the steps of every setting that is written.
pub(super) fn all(changes: &ChangeSet, live: &Snapshot, steps: &mut Vec<Step>) {
    let empty = Map::new();
    let settings = Settings {
        changes,
        live,
        empty: &empty,
    };
    let mut stages: Vec<Stage> = SETTINGS
        .iter()
        .flat_map(|kind| settings.stages(kind))
        .collect();
    // What is closed comes first, what is opened and what goes comes last.
    stages.sort_by_key(|stage| (stage.kind.chain, stage.phase, stage.position));
    let comers = steps
        .iter()
        .filter(|step| step.call.operation == "RegisterToWorkMail");
    let comers: BTreeSet<Target> = comers.map(|step| step.target.clone()).collect();
    let stages = ordered(stages, live, &comers);
    let mut wishes = Vec::new();
    let mut last: Option<(Chain, usize)> = None;
    for stage in stages {
        let chain = stage.kind.chain;
        let before = last.filter(|(before, _)| *before == chain && chain != Chain::Alone);
        let index = steps.len();
        let mut step = settings.step(&stage);
        let named = names(stage.kind, stage.after.as_ref());
        if stage.kind.referring == Referring::Registered && named.is_disjoint(&comers) {
            // A rename sends what stays as it is, those who go too: they are still there then.
            step.gives.extend(named.into_iter().map(Fact::Cleared));
        }
        steps.push(step.after(before.and_then(|(chain, index)| Some((of_chain(chain)?, index)))));
        last = Some((chain, index));
        if stage.kind.referring == Referring::Created {
            wishes.push((index, stage.comes(), stage.goes()));
        }
    }
    // Of what is taken from somebody who stays, nothing waits.
    let is_gone = |step: &&mut Step| {
        let operation = step.call.operation.as_str();
        operation.starts_with("Delete")
            && !["DeleteAlias", "DeleteMailboxPermissions"].contains(&operation)
    };
    for step in steps.iter_mut().filter(is_gone) {
        let gone = Fact::Unnamed(step.target.clone());
        step.needs.push((&UNNAME_BEFORE_DELETE, gone));
    }
    around_sign_ins(&wishes, steps);
}

/// Who is named by a rule from a step on signs in only after it, and who is no longer named has stopped
/// before it: where nothing else forbids that order.
fn around_sign_ins(wishes: &[Wish], steps: &mut [Step]) {
    if wishes.is_empty() {
        return;
    }
    let mut graph = Graph::of(steps);
    let mut put = |why: &'static Rule, first: usize, then: usize, steps: &mut [Step]| {
        if !graph.waiting_for(then).contains(&graph.run_of(first)) {
            graph.put_before(first, then);
            steps[then].after.push((why, first));
        }
    };
    let doing = |operation: &str, who: &BTreeSet<Target>, steps: &[Step]| -> Vec<usize> {
        let all = steps.iter().enumerate();
        all.filter(|(_, step)| step.call.operation == operation && who.contains(&step.target))
            .map(|(index, _)| index)
            .collect()
    };
    for (rule, comes, _) in wishes {
        for register in doing("RegisterToWorkMail", comes, steps) {
            put(&NAME_BEFORE_SIGN_IN, *rule, register, steps);
        }
    }
    for (rule, _, goes) in wishes {
        for deregister in doing("DeregisterFromWorkMail", goes, steps) {
            put(&DEREGISTER_BEFORE_UNNAMING, deregister, *rule, steps);
        }
    }
}

/// A step that writes a rule, whom it names from then on, and whom no longer.
type Wish = (usize, BTreeSet<Target>, BTreeSet<Target>);

/// The same with as many removals before what comes as a full table needs.
fn with_room(kind: &SettingKind, live: &Snapshot, mut stages: Vec<Stage>) -> Vec<Stage> {
    let Some(limit) = kind.limit else {
        return stages;
    };
    let twins = live.twins.iter().map(|(target, _)| target);
    let all = live.settings.keys().chain(twins);
    let there = all.filter(|target| target.kind() == kind.name).count();
    let comes = stages.iter().filter(|stage| stage.before.is_none()).count();
    let mut too_many = (there + comes).saturating_sub(limit);
    let mut gone = BTreeSet::new();
    // What lets somebody in goes rather than what keeps somebody out.
    stages.sort_by_key(|stage| stage.phase);
    for stage in &mut stages {
        if stage.after.is_none() && too_many > 0 {
            stage.phase = Phase::Close;
            too_many -= 1;
            gone.insert(stage.index);
        }
    }
    // What is gone before something new takes its name needs no other one.
    stages.retain(|stage| stage.phase != Phase::Name || !gone.contains(&stage.index));
    stages.sort_by_key(|stage| (stage.phase, stage.after.is_some()));
    stages
}

struct Settings<'a> {
    changes: &'a ChangeSet,
    live: &'a Snapshot,
    /// A value without anything in it.
    empty: &'a Map<String, Value>,
}

impl Settings<'_> {
    fn stages(&self, kind: &'static SettingKind) -> Vec<Stage> {
        let mut stages = Vec::new();
        let all = self.changes.changes.iter().enumerate();
        let written: Vec<(usize, &Change)> = all
            .filter(|(_, change)| change.writable && change.target.kind() == kind.name)
            .collect();
        let of_kind = || written.iter().map(|(_, change)| *change);
        let moves = moves(of_kind());
        let new = of_kind().filter(|change| change.action == Action::Create);
        let new: BTreeSet<&str> = new.map(|change| change.target.name()).collect();
        let early = before_new(of_kind(), &new);
        for (index, change) in written {
            let before = self.live.settings.get(&change.target);
            let before = before.map(|before| &before.value);
            let after = self.changes.becomes.get(&change.target).cloned();
            let stage = |phase, before: Option<&Map<String, Value>>, after| Stage {
                kind,
                phase,
                position: 0,
                interim: None,
                index,
                target: change.target.clone(),
                before: before.cloned(),
                after,
            };
            if let (Some(before), Some(after)) = (before, &after) {
                let mut renames = moves.iter().enumerate();
                let is_early = early.contains(&change.target);
                let (phase, value) = match kind.closed {
                    _ if is_early => (Phase::Name, before),
                    Some(_) => (Phase::Open, after),
                    None => (Phase::Rule(rank(Some(before), Some(after))), after),
                };
                let found: Vec<Stage> = renames
                    .by_ref()
                    .filter(|(_, one)| one.target == change.target)
                    .map(|(position, one)| Stage {
                        position: position + 1,
                        interim: one.interim,
                        ..stage(phase, Some(before), Some(value.clone()))
                    })
                    .collect();
                if !found.is_empty() {
                    stages.extend(found);
                    if !is_early || before == after {
                        continue;
                    }
                }
            }
            match (kind.closed, before, after) {
                (Some(closed), None, Some(after)) => {
                    let nothing = closed(&after);
                    let opens = nothing != after;
                    stages.push(stage(Phase::Close, None, Some(nothing)));
                    if opens {
                        stages.push(stage(
                            Phase::Open,
                            Some(&closed(&after)),
                            Some(after.clone()),
                        ));
                    }
                }
                (Some(closed), Some(before), None) => {
                    let nothing = closed(before);
                    if nothing != *before {
                        stages.push(stage(Phase::Close, Some(before), Some(nothing)));
                    }
                    stages.push(stage(Phase::Delete, Some(before), None));
                }
                (Some(_), before, after) => stages.push(stage(Phase::Open, before, after)),
                (None, Some(value), None) if self.stands_in_the_way(&change.target, &new) => {
                    let named = stage(Phase::Name, before, Some(value.clone()));
                    stages.push(Stage {
                        position: moves.len() + index + 1,
                        interim: Some(u32::try_from(moves.len() + index + 1).unwrap_or(u32::MAX)),
                        ..named
                    });
                    stages.push(stage(Phase::Rule(rank(before, None)), before, None));
                }
                (None, before, None) if self.goes_with_its_owner(kind, &change.target) => {
                    stages.push(stage(Phase::Close, before, None));
                }
                (None, before, after) => {
                    let rank = rank(before, after.as_ref());
                    stages.push(stage(Phase::Rule(rank), before, after));
                }
            }
        }
        with_room(kind, self.live, stages)
    }

    /// True for what goes and has a name that something new takes before: an interim one keeps the two apart.
    fn stands_in_the_way(&self, target: &Target, new: &BTreeSet<&str>) -> bool {
        let live = self.live.settings.get(target);
        let name = live.and_then(|live| live.live_name.as_deref());
        name.is_some_and(|name| new.contains(name))
    }

    /// True for what belongs to somebody who goes: it is taken away before.
    fn goes_with_its_owner(&self, kind: &SettingKind, target: &Target) -> bool {
        let owner = kind.owner_of(target);
        let mut changes = self.changes.changes.iter();
        changes.any(|change| {
            change.writable
                && Some(&change.target) == owner.as_ref()
                && matches!(change.action, Action::Deregister | Action::Delete)
        })
    }

    fn step(&self, stage: &Stage) -> Step {
        let target = &stage.target;
        let id_of = |target: &Target| id_of(self.live, target);
        let kind = stage.kind;
        let writing = Writing {
            kind,
            target,
            live: self.live.settings.get(target),
            value: stage.after.as_ref().unwrap_or(self.empty),
            id_of: &id_of,
        };
        let lowering = &kind.lowering;
        let mut call = match (&stage.before, &stage.after) {
            (None, Some(_)) => (lowering.create)(&writing),
            (Some(_), Some(_)) => (lowering.update)(&writing),
            (_, None) => (lowering.delete)(&writing),
        };
        if let Some(number) = stage.interim {
            let name = json!({ "$temporary": number });
            call.input.insert("Name".to_owned(), name);
        }
        let mut step = Step::new(target, Some(stage.index), call, "value");
        step.becomes = stage.after.as_ref().map(|value| shown(kind.members, value));
        step = match (&stage.before, &stage.after) {
            (None, Some(_)) => step.gives(Fact::Exists(target.clone())),
            (Some(_), Some(_)) => step,
            (_, None) => step.taking_away(),
        };
        if let Some(owner) = kind.owner_of(target)
            && stage.after.is_none()
        {
            step = step.gives(Fact::Cleared(owner));
        }
        let owner = kind.owner_of(target).filter(|_| stage.after.is_some());
        for other in names(stage.kind, stage.after.as_ref())
            .into_iter()
            .chain(owner)
        {
            step = match kind.referring {
                Referring::Created => step.needs(&CREATE_BEFORE_NAMING, Fact::Exists(other)),
                Referring::Registered => {
                    step.needs(&REGISTER_BEFORE_REFERENCE, Fact::Registered(other))
                }
            };
        }
        for other in stage.goes() {
            step = step.gives(Fact::Unnamed(other));
        }
        step
    }
}
