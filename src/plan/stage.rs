//! `Stage`: one write of a setting while its place among the others is still being decided.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::kinds::setting::{SettingKind, references};
use crate::model::Target;

/// One write of a setting, and when it comes within its chain.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) kind: &'static SettingKind,
    pub(super) phase: Phase,
    /// Its place among the renames of its kind.
    pub(super) position: usize,
    /// The number of the interim name that it gets by this write.
    pub(super) interim: Option<u32>,
    pub(super) index: usize,
    /// What is written: the target of the change, or an interim one.
    pub(super) target: Target,
    /// None where it comes.
    pub(super) before: Option<Map<String, Value>>,
    /// None where it goes.
    pub(super) after: Option<Map<String, Value>>,
}

/// The order within a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// A name that something new takes is given up.
    Name,
    /// What lets somebody do something stops to.
    Close,
    /// Rules one by one: what denies comes first and goes last.
    Rule(u8),
    /// What lets somebody do something begins to.
    Open,
    /// What was closed goes.
    Delete,
}

/// Those whom a value of a kind names.
pub(super) fn names(kind: &SettingKind, value: Option<&Map<String, Value>>) -> BTreeSet<Target> {
    let found = value.map(|value| references(kind.members, value));
    let found = found.into_iter().flatten();
    found.map(|named| named.target).collect()
}

impl Stage {
    /// Those whom it names from then on.
    pub(super) fn comes(&self) -> BTreeSet<Target> {
        let before = names(self.kind, self.before.as_ref());
        let after = names(self.kind, self.after.as_ref());
        after.difference(&before).cloned().collect()
    }

    /// Those whom it no longer names then.
    pub(super) fn goes(&self) -> BTreeSet<Target> {
        let after = names(self.kind, self.after.as_ref());
        let before = names(self.kind, self.before.as_ref());
        before.difference(&after).cloned().collect()
    }
}

/// What denies comes first and goes last.
pub(super) fn rank(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> u8 {
    let denies =
        |value: &Map<String, Value>| value.get("effect").and_then(Value::as_str) == Some("DENY");
    match (before, after) {
        (None, Some(after)) if denies(after) => 0,
        (None, _) => 1,
        (Some(_), Some(_)) => 2,
        (Some(before), None) if !denies(before) => 3,
        (Some(_), None) => 4,
    }
}
