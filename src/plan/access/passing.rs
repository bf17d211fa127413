//! Who comes or goes while the rules change: between their registration and the last write of a rule they
//! could get in where they will not, and before their deregistration where they never did.
//!
//! At the end at which they are registered the rules say what they may; at the other one they may nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ACCESS_CONTROL_RULE, Entity, IDENTITY_PROVIDER, Snapshot, Target, USER};
use crate::policy::{Caller, Class};

use super::SignInChange;
use super::sign_ins::{SignIns, sign_ins};
use super::words::told;
use crate::plan::document::Operation;

/// What those who come or go are let in to on the way only, as sentence fragments.
///
/// Errors with a sentence fragment where it cannot be told.
pub(in crate::plan) fn passing(
    operations: &[Operation],
    live: &Snapshot,
) -> Result<Vec<String>, String> {
    let mut around = Passing::default();
    let mut moment = 0;
    for operation in operations {
        match operation.target.kind() {
            ACCESS_CONTROL_RULE | IDENTITY_PROVIDER => moment += 1,
            USER => around.see(&operation.call.operation, &operation.target, moment, live),
            _ => {}
        }
    }
    if around.is_nobody() {
        return Ok(Vec::new());
    }
    let Some(sign_ins) = sign_ins(operations, live)? else {
        return Ok(Vec::new());
    };
    Ok(around.found(&sign_ins))
}

/// Who comes and who goes, with the moment of the rules at which they do.
#[derive(Debug, Default)]
struct Passing {
    comes: BTreeMap<Target, usize>,
    goes: BTreeMap<Target, usize>,
}

impl Passing {
    /// Takes in a call about a user.
    fn see(&mut self, call: &str, user: &Target, moment: usize, live: &Snapshot) {
        let was_there = live.entities.get(user).is_some_and(Entity::is_registered);
        match call {
            "RegisterToWorkMail" if !was_there => {
                self.comes.insert(user.clone(), moment);
            }
            "DeregisterFromWorkMail" if was_there => {
                self.goes.insert(user.clone(), moment);
            }
            _ => {}
        }
    }

    fn is_nobody(&self) -> bool {
        self.comes.is_empty() && self.goes.is_empty()
    }

    fn found(&self, sign_ins: &SignIns) -> Vec<String> {
        let last = sign_ins.moments.len() - 1;
        let comes = self
            .comes
            .iter()
            .map(|(user, from)| (user, *from..last, last));
        let goes = self
            .goes
            .iter()
            .map(|(user, until)| (user, 1..until + 1, 0));
        let mut found = Vec::new();
        let mut known: BTreeMap<(Caller, usize, usize), Vec<&Class>> = BTreeMap::new();
        for (user, moments, end) in comes.chain(goes) {
            let caller = caller(sign_ins, user);
            let key = (caller.clone(), moments.start, moments.end);
            let wrong = known
                .entry(key)
                .or_insert_with(|| let_in_unlike(sign_ins, &caller, moments, end).collect());
            let as_named = Caller::User(user.name().to_owned());
            let classes = wrong.iter().map(|class| Class {
                callers: vec![as_named.clone()],
                ..(*class).clone()
            });
            let classes: Vec<Class> = classes.collect();
            // They are told by name, whoever else there is.
            let all = BTreeSet::from([as_named, Caller::anybody_else()]);
            let told = told(classes, &all, true);
            found.extend(told.iter().map(SignInChange::sentence));
        }
        found
    }
}

/// After how many writes of rules a caller who comes gets in nowhere that they will not at the end.
pub(in crate::plan) fn earliest_registration(sign_ins: &SignIns, caller: &Caller) -> usize {
    let last = sign_ins.moments.len() - 1;
    let mut moments = (0..last).rev();
    let is_wrong = |moment: usize| let_in_unlike(sign_ins, caller, moment..moment + 1, last);
    let wrong = moments.find(|moment| is_wrong(*moment).next().is_some());
    wrong.map_or(0, |moment| moment + 1)
}

/// How many writes of rules there may be before a caller who goes gets in where they did not before.
pub(in crate::plan) fn latest_deregistration(sign_ins: &SignIns, caller: &Caller) -> usize {
    let last = sign_ins.moments.len() - 1;
    let is_wrong = |moment: usize| let_in_unlike(sign_ins, caller, moment..moment + 1, 0);
    let wrong = (1..=last).find(|moment| is_wrong(*moment).next().is_some());
    wrong.map_or(last, |moment| moment - 1)
}

/// As whom rules see a user.
pub(in crate::plan) fn caller(sign_ins: &SignIns, user: &Target) -> Caller {
    let named = Caller::User(user.name().to_owned());
    let mut all = sign_ins.classes.iter();
    if all.any(|class| class.callers.contains(&named)) {
        named
    } else {
        Caller::anybody_else()
    }
}

/// The classes of a caller that some moments let in and another one does not.
fn let_in_unlike<'a>(
    sign_ins: &'a SignIns,
    caller: &Caller,
    moments: std::ops::Range<usize>,
    other: usize,
) -> impl Iterator<Item = &'a Class> {
    sign_ins.classes.iter().filter(move |class| {
        let sign_in = class.example();
        class.callers.contains(caller)
            && !sign_ins.moments[other].allows(&sign_in)
            && moments
                .clone()
                .any(|moment| sign_ins.moments[moment].allows(&sign_in))
    })
}
