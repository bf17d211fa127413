//! `Drawing`: the writes of settings that decide together, as the places and contents that the search of
//! `chain` knows, and back from the moves that it found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kinds::setting::SettingKind;
use crate::model::{
    ACCESS_CONTROL_RULE, IMPERSONATION_ROLE, MOBILE_DEVICE_ACCESS_RULE, RESERVED_NAME, Snapshot,
    Target,
};

use super::chain::{
    Content, DeviceClasses, Group, Move, Problem, SignInClasses, Slot, Write, roles,
};
use super::stage::{Stage, names};

/// The writes of some kinds as places and contents.
pub(super) struct Drawing<'a> {
    kinds: &'a [(&'static SettingKind, bool)],
    /// Every place with the index of its kind.
    slots: Vec<(Target, usize)>,
    /// Every content: the index of its kind, whose it is, what it is.
    contents: Vec<(usize, Target, Map<String, Value>)>,
    /// By place what it holds at the start.
    holds: Vec<Option<usize>>,
    /// By place the content with which it lets nobody do anything, where that means something.
    closed: Vec<Option<usize>>,
    writes: Vec<Write>,
}

impl<'a> Drawing<'a> {
    /// `kinds` with whether a place of it can be written with other content; `comers` are those whom the
    /// plan registers.
    pub(super) fn of(
        stages: &[Stage],
        live: &Snapshot,
        kinds: &'a [(&'static SettingKind, bool)],
        comers: &BTreeSet<Target>,
    ) -> Self {
        let mut drawing = Self {
            kinds,
            slots: Vec::new(),
            contents: Vec::new(),
            holds: Vec::new(),
            closed: Vec::new(),
            writes: Vec::new(),
        };
        for stage in stages {
            let kind = drawing.kind_of(stage);
            let slot = drawing.slot(&stage.target, kind, live);
            let to = stage
                .after
                .as_ref()
                .map(|value| drawing.content(kind, &stage.target, value));
            drawing.writes.push(Write {
                slot,
                to,
                waits_for: Vec::new(),
            });
        }
        for index in 0..stages.len() {
            drawing.writes[index].waits_for = drawing.waits_for(index, stages, comers);
        }
        drawing
    }

    /// The writes that come before another one: of the same place, renames of its kind in their order, and
    /// rules that name somebody who comes before roles that do.
    fn waits_for(&self, index: usize, stages: &[Stage], comers: &BTreeSet<Target>) -> Vec<usize> {
        let stage = &stages[index];
        let is_role = stage.kind.name == IMPERSONATION_ROLE;
        let of_role = stage.comes();
        let waits = |other: &usize| {
            let one = &stages[*other];
            let is_before = *other < index;
            let same = self.writes[*other].slot == self.writes[index].slot;
            let renamed =
                one.kind.name == stage.kind.name && one.position > 0 && stage.position > 0;
            let names_comer = is_role
                && one.kind.name == ACCESS_CONTROL_RULE
                && one
                    .comes()
                    .iter()
                    .any(|user| comers.contains(user) && of_role.contains(user));
            is_before && (same || renamed) || names_comer
        };
        (0..stages.len()).filter(waits).collect()
    }

    fn kind_of(&self, stage: &Stage) -> usize {
        let mut kinds = self.kinds.iter();
        kinds
            .position(|(kind, _)| kind.name == stage.kind.name)
            .expect("only their stages are drawn")
    }

    fn slot(&mut self, target: &Target, kind: usize, live: &Snapshot) -> usize {
        if let Some(known) = self.slots.iter().position(|(slot, _)| slot == target) {
            return known;
        }
        let held = values(live).find(|(there, _)| *there == target);
        let value = held.map(|(_, value)| value);
        let closing = self.kinds[kind].0.closed.zip(value);
        let closed = closing.map(|(closed, value)| self.content(kind, target, &closed(value)));
        let held = value.map(|value| self.content(kind, target, value));
        self.slots.push((target.clone(), kind));
        self.holds.push(held);
        self.closed.push(closed);
        self.slots.len() - 1
    }

    fn content(&mut self, kind: usize, target: &Target, value: &Map<String, Value>) -> usize {
        let is_rule = self.kinds[kind].0.name != IMPERSONATION_ROLE;
        let known = self.contents.iter().position(|(of, whose, known)| {
            *of == kind && (is_rule || whose == target) && known == value
        });
        known.unwrap_or_else(|| {
            self.contents.push((kind, target.clone(), value.clone()));
            self.contents.len() - 1
        })
    }

    /// What stays as it is, of all kinds.
    fn fixed<'b>(
        &'b self,
        live: &'b Snapshot,
    ) -> impl Iterator<Item = (&'b Target, &'b Map<String, Value>)> {
        values(live).filter(|(target, _)| {
            let is_of_kind = self
                .kinds
                .iter()
                .any(|(kind, _)| kind.name == target.kind());
            is_of_kind && !self.slots.iter().any(|(slot, _)| slot == *target)
        })
    }

    fn of_kind(&self, name: &str) -> impl Iterator<Item = (&Target, &Map<String, Value>)> {
        let kind = self.kinds.iter().position(|(kind, _)| kind.name == name);
        let contents = self.contents.iter();
        contents
            .filter(move |(of, _, _)| Some(*of) == kind)
            .map(|(_, target, value)| (target, value))
    }

    /// The question for access control rules and roles; none where there is nothing to order, or where it
    /// cannot be asked.
    pub(super) fn sign_ins(&self, live: &Snapshot) -> Option<Problem> {
        if self.writes.len() < 2 {
            return None;
        }
        let is_rule = |target: &Target| target.kind() == ACCESS_CONTROL_RULE;
        let rules = self.of_kind(ACCESS_CONTROL_RULE);
        let rules = rules.chain(self.fixed(live).filter(|(target, _)| is_rule(target)));
        let all_roles = self.of_kind(IMPERSONATION_ROLE);
        let all_roles = all_roles.chain(self.fixed(live).filter(|(target, _)| !is_rule(target)));
        let classes = SignInClasses::of(rules, &roles(all_roles)).ok()?;
        let content = |target: &Target, value: &Map<String, Value>| {
            if is_rule(target) {
                classes.rule(target, value).ok()
            } else {
                Some(classes.role(target.name(), Some(value)))
            }
        };
        let mut contents: Vec<Content> = Vec::new();
        for (kind, target, value) in &self.contents {
            let mut one = content(target, value)?;
            if is_rule(target) {
                let named = names(self.kinds[*kind].0, Some(value));
                let named = named.iter().filter_map(|named| {
                    let mut slots = self.slots.iter();
                    slots.position(|(slot, _)| slot == named)
                });
                one.naming(named);
            }
            contents.push(one);
        }
        let fixed = self
            .fixed(live)
            .map(|(target, value)| content(target, value))
            .collect::<Option<Vec<Content>>>()?;
        let absent = |target: &Target| {
            if is_rule(target) {
                classes.nothing()
            } else {
                classes.role(target.name(), None)
            }
        };
        Some(self.problem(live, contents, fixed, absent))
    }

    /// The same for mobile device access rules.
    pub(super) fn devices(&self, live: &Snapshot) -> Option<Problem> {
        if self.writes.len() < 2 {
            return None;
        }
        let all = self.of_kind(MOBILE_DEVICE_ACCESS_RULE);
        let classes = DeviceClasses::of(all.chain(self.fixed(live)))?;
        let contents = self.contents.iter();
        let contents = contents.map(|(_, target, value)| classes.rule(target, value));
        let fixed = self.fixed(live);
        let fixed = fixed.map(|(target, value)| classes.rule(target, value));
        let absent = |_: &Target| classes.nothing();
        Some(self.problem(live, contents.collect(), fixed.collect(), absent))
    }

    fn problem(
        &self,
        live: &Snapshot,
        contents: Vec<Content>,
        fixed: Vec<Content>,
        absent: impl Fn(&Target) -> Content,
    ) -> Problem {
        let groups = self.kinds.iter().map(|(kind, rewritable)| {
            let there = values(live).filter(|(target, _)| target.kind() == kind.name);
            Group {
                free: kind
                    .limit
                    .unwrap_or(usize::MAX / 2)
                    .saturating_sub(there.count()),
                interim: kind.name != IMPERSONATION_ROLE,
                rewritable: *rewritable,
            }
        });
        let slots = self.slots.iter().zip(&self.holds).zip(&self.closed);
        let slots = slots.map(|(((target, kind), holds), closed)| Slot {
            group: *kind,
            holds: *holds,
            absent: absent(target),
            closed: *closed,
        });
        Problem {
            contents,
            fixed,
            groups: groups.collect(),
            slots: slots.collect(),
            writes: self.writes.clone(),
        }
    }

    /// The stages of the moves that were found; the stages as they are where none were.
    pub(super) fn carried_out(
        &self,
        stages: Vec<Stage>,
        found: Option<Vec<Move>>,
        live: &Snapshot,
    ) -> Vec<Stage> {
        let Some(found) = found else { return stages };
        let mut all: Vec<Stage> = Vec::with_capacity(found.len());
        let mut holds: Vec<Option<Map<String, Value>>> = self
            .holds
            .iter()
            .map(|content| content.map(|content| self.contents[content].2.clone()))
            .collect();
        let mut interim: BTreeMap<usize, Stage> = BTreeMap::new();
        let interim_name = interim_names(live);
        let changed = |content: usize| {
            let mut writes = self.writes.iter();
            let index = writes.position(|write| {
                write.to == Some(content) || self.holds[write.slot] == Some(content)
            });
            stages[index.expect("contents are those of writes")].clone()
        };
        for one in found {
            all.push(match one {
                Move::Write(write) => {
                    let slot = self.writes[write].slot;
                    let stage = &stages[write];
                    let before = std::mem::replace(&mut holds[slot], stage.after.clone());
                    Stage {
                        before,
                        ..stage.clone()
                    }
                }
                Move::Rewrite { slot, content } => {
                    let value = Some(self.contents[content].2.clone());
                    let before = std::mem::replace(&mut holds[slot], value.clone());
                    let of_slot = self.writes.iter().position(|write| write.slot == slot);
                    Stage {
                        before,
                        after: value,
                        interim: None,
                        ..stages[of_slot.expect("it is written anyway")].clone()
                    }
                }
                Move::Interim {
                    number,
                    group,
                    content,
                } => {
                    let stage = Stage {
                        target: Target::new(self.kinds[group].0.name, interim_name(number)),
                        before: None,
                        after: Some(self.contents[content].2.clone()),
                        interim: None,
                        ..changed(content)
                    };
                    interim.insert(number, stage.clone());
                    stage
                }
                Move::Drop { number } => {
                    let made = interim.remove(&number).expect("it was made before");
                    Stage {
                        before: made.after.clone(),
                        after: None,
                        ..made
                    }
                }
            });
        }
        all
    }
}

/// Names of interim rules that nothing has.
fn interim_names(live: &Snapshot) -> impl Fn(usize) -> String {
    let taken: BTreeSet<String> = values(live)
        .map(|(target, _)| target.name().to_owned())
        .collect();
    move |number| {
        let mut free = (1..).map(|number| format!("{RESERVED_NAME}{number}"));
        free.by_ref()
            .filter(|name| !taken.contains(name))
            .nth(number)
            .expect("numbers do not end")
    }
}

/// Every live setting, further ones of the same name too.
fn values(live: &Snapshot) -> impl Iterator<Item = (&Target, &Map<String, Value>)> {
    let twins = live.twins.iter().map(|(target, twin)| (target, twin));
    let all = live.settings.iter().chain(twins);
    all.map(|(target, setting)| (target, &setting.value))
}
