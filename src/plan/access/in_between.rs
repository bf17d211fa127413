//! Classes that get in, or do not, at a moment of the plan, and neither before nor after it: access control
//! rules with roles, and mobile device access rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::SignInChange;
use super::devices::told as device_told;
use super::sign_ins::{counts, has_other_users};
use super::words::told;
use crate::model::{
    ACCESS_CONTROL_RULE, IMPERSONATION_ROLE, MOBILE_DEVICE_ACCESS_RULE, Part, Snapshot, Target,
};
use crate::plan::chain::{Content, DeviceClasses, One, Problem, SignInClasses, roles};
use crate::plan::document::Operation;
use crate::plan::expect::part_value;
use crate::policy::{Caller, Class};

/// What gets in only on the way, and what only on the way does not, as sentence fragments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::plan) struct InBetween {
    pub(in crate::plan) wider: Vec<String>,
    pub(in crate::plan) narrower: Vec<String>,
}

/// The values of some kinds at each moment of a plan: before it, and after each of its writes of them.
struct Course<'a> {
    before: Values<'a>,
    writes: Vec<(&'a Target, Option<&'a Map<String, Value>>)>,
}

type Values<'a> = BTreeMap<&'a Target, &'a Map<String, Value>>;

impl<'a> Course<'a> {
    fn of(kinds: &[&str], operations: &'a [Operation], live: &'a Snapshot) -> Self {
        let is_one = |target: &&Target| kinds.contains(&target.kind());
        let written: Vec<&Operation> = operations
            .iter()
            .filter(|operation| is_one(&&operation.target))
            .collect();
        let done = done_before(&written, live);
        let writes = written[done..]
            .iter()
            .map(|operation| (&operation.target, operation.becomes.as_ref()))
            .collect();
        let mut before = Values::new();
        for (target, setting) in &live.settings {
            if is_one(&target) {
                before.insert(target, &setting.value);
            }
        }
        for (target, twin) in &live.twins {
            if is_one(&target) {
                before.insert(target, &twin.value);
            }
        }
        Self { before, writes }
    }

    /// Every value that there ever is.
    fn all(&self, kind: &'a str) -> impl Iterator<Item = (&'a Target, &'a Map<String, Value>)> {
        let before = self.before.iter().map(|(target, value)| (*target, *value));
        let after = self.writes.iter();
        let after = after.filter_map(|(target, value)| Some((*target, (*value)?)));
        before
            .chain(after)
            .filter(move |(target, _)| target.kind() == kind)
    }

    /// The positions of classes that get in on the way only, and of those that only there do not.
    fn against<E>(
        &self,
        content: impl Fn(&Target, Option<&Map<String, Value>>) -> Result<Content, E>,
    ) -> Result<(BTreeSet<usize>, BTreeSet<usize>), E> {
        let mut standing: BTreeMap<&Target, Content> = BTreeMap::new();
        for (target, value) in &self.before {
            standing.insert(target, content(target, Some(value))?);
        }
        for (target, _) in &self.writes {
            if !standing.contains_key(target) {
                standing.insert(target, content(target, None)?);
            }
        }
        let mut moments = vec![Problem::let_in(standing.values())];
        for (target, value) in &self.writes {
            standing.insert(target, content(target, *value)?);
            moments.push(Problem::let_in(standing.values()));
        }
        Ok(Problem::against_both_ends(&moments))
    }
}

/// How many writes have their effect already, as in a saved plan that is applied again: the fewest that
/// explain what is live, from which an apply goes on.
fn done_before(written: &[&Operation], live: &Snapshot) -> usize {
    let value = |target: &Target| live.settings.get(target).map(|setting| &setting.value);
    let mut differ: BTreeSet<&Target> = BTreeSet::new();
    for operation in written.iter().rev() {
        let mut expected = operation.expects.iter();
        let expected = expected.find(|expected| expected.target == operation.target);
        let is_as_expected = expected.is_some_and(|expected| {
            part_value(live, &operation.target, &expected.part) == expected.value
        });
        if is_as_expected {
            differ.remove(&operation.target);
        } else {
            differ.insert(&operation.target);
        }
    }
    for (count, operation) in written.iter().enumerate() {
        if differ.is_empty() {
            return count;
        }
        if value(&operation.target) == operation.becomes.as_ref() {
            differ.remove(&operation.target);
        } else {
            differ.insert(&operation.target);
        }
    }
    if differ.is_empty() { written.len() } else { 0 }
}

/// The same for sign-ins and impersonation.
///
/// Errors with a sentence fragment where it cannot be told.
pub(in crate::plan) fn sign_ins_in_between(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<InBetween, String> {
    let mut course = Course::of(&[ACCESS_CONTROL_RULE, IMPERSONATION_ROLE], operations, live);
    // One write leads from one end to the other.
    if course.writes.len() < 2 {
        return Ok(InBetween::default());
    }
    let writes_rules = course
        .writes
        .iter()
        .any(|(target, _)| target.kind() == ACCESS_CONTROL_RULE);
    let open = Target::new(ACCESS_CONTROL_RULE, "");
    let allows: Map<String, Value> =
        std::iter::once(("effect".to_owned(), "ALLOW".into())).collect();
    if !matches!(live.listed(ACCESS_CONTROL_RULE), Part::Known(())) {
        if writes_rules {
            return Err("the access control rules were not read".to_owned());
        }
        // Whatever the rules let in, they do so all the while: as if they let in everybody.
        course
            .before
            .retain(|target, _| target.kind() == IMPERSONATION_ROLE);
        course.before.insert(&open, &allows);
    }
    let all_roles = roles(course.all(IMPERSONATION_ROLE));
    let classes = SignInClasses::of(course.all(ACCESS_CONTROL_RULE), &all_roles)?;
    let (wider, narrower) = course.against(|target, value| match (target.kind(), value) {
        (IMPERSONATION_ROLE, value) => Ok(classes.role(target.name(), value)),
        (_, Some(value)) => classes.rule(target, value),
        (_, None) => Ok(classes.nothing()),
    })?;
    Ok(InBetween {
        wider: sentences(&classes, &wider, live),
        narrower: sentences(&classes, &narrower, live),
    })
}

/// The same for mobile devices.
///
/// Errors with a sentence fragment where it cannot be told.
pub(in crate::plan) fn devices_in_between(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<InBetween, String> {
    let course = Course::of(&[MOBILE_DEVICE_ACCESS_RULE], operations, live);
    if course.writes.len() < 2 {
        return Ok(InBetween::default());
    }
    if !matches!(live.listed(MOBILE_DEVICE_ACCESS_RULE), Part::Known(())) {
        return Err("the mobile device access rules were not read".to_owned());
    }
    let classes = DeviceClasses::of(course.all(MOBILE_DEVICE_ACCESS_RULE))
        .ok_or("the rules tell too many devices apart to look through all of them")?;
    let found = course.against(|target, value| {
        Ok::<Content, String>(match value {
            Some(value) => classes.rule(target, value),
            None => classes.nothing(),
        })
    });
    let (wider, narrower) = found?;
    let told = |found: BTreeSet<usize>| {
        let devices = found.into_iter().filter_map(|one| classes.all().get(one));
        devices.map(device_told).collect()
    };
    Ok(InBetween {
        wider: told(wider),
        narrower: told(narrower),
    })
}

/// Who that is, as far as they can sign in before.
fn sentences(classes: &SignInClasses, found: &BTreeSet<usize>, live: &Snapshot) -> Vec<String> {
    let all: BTreeSet<Caller> = classes
        .all()
        .iter()
        .flat_map(|one| match one {
            One::Users(class)
            | One::Role {
                sign_ins: class, ..
            } => class.callers.iter(),
        })
        .cloned()
        .collect();
    let others = has_other_users(&all, live);
    let found = found.iter().filter_map(|one| classes.all().get(*one));
    let mut users: Vec<Class> = Vec::new();
    let mut by_role: BTreeMap<(&str, bool), BTreeSet<&str>> = BTreeMap::new();
    for one in found {
        match one {
            One::Users(class) => {
                let callers = class.callers.iter();
                let callers: Vec<Caller> = callers
                    .filter(|caller| counts(caller, others, live))
                    .cloned()
                    .collect();
                if !callers.is_empty() {
                    users.push(Class {
                        callers,
                        ..class.clone()
                    });
                }
            }
            One::Role {
                role,
                person,
                writes,
                ..
            } => {
                by_role.entry((role, *writes)).or_default().insert(person);
            }
        }
    }
    let counted = all
        .into_iter()
        .filter(|caller| counts(caller, others, live));
    let mut sentences: Vec<String> = told(users, &counted.collect(), true)
        .iter()
        .map(SignInChange::sentence)
        .collect();
    for ((role, writes), persons) in &by_role {
        // Who may write may read.
        if !writes && by_role.contains_key(&(*role, true)) {
            continue;
        }
        let named = |person: &&str| if person.is_empty() { "others" } else { *person }.to_owned();
        let persons: Vec<String> = persons.iter().map(named).collect();
        let what = if *writes { "write to" } else { "read" };
        sentences.push(format!(
            "role {role} (it could {what} mailboxes: {})",
            persons.join(", ")
        ));
    }
    sentences
}
