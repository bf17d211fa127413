//! What the rules of an impersonation role come to for one mailbox.
//!
//! A rule without targets is about every user. Whoever may be impersonated must still be let in by the
//! access control rules. Source: behaviour notes, section 9.

use std::convert::Infallible;

use serde_json::{Map, Value};

use crate::model::Target;

use super::rules::{Condition, Effect, Verdict, verdict};

/// A rule of a role. Source: API reference, `ImpersonationRule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpersonationRule {
    /// Its id, unique within the role.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Whose mailbox it is about, by the user's id, or by name where the rules are a manifest's.
    pub targets: Condition<String>,
}

impl ImpersonationRule {
    /// The rules of a role in the manifest's words.
    pub fn all_of(role: &Map<String, Value>) -> Vec<Self> {
        let rules = role.get("rules").and_then(Value::as_object);
        let read = rules.into_iter().flatten().filter_map(|(id, rule)| {
            let fields = rule.as_object()?;
            let name = |text: &str| Ok::<_, Infallible>(text.to_owned());
            let Ok(targets) = Condition::of(fields, "targetUsers", "notTargetUsers", name);
            Some(Self {
                id: id.clone(),
                effect: Effect::of(fields),
                targets,
            })
        });
        read.collect()
    }
}

/// True if a role with these rules, in the manifest's words, may impersonate the user.
pub(super) fn may_impersonate(rules: &[ImpersonationRule], user: &Target) -> bool {
    let matching = rules
        .iter()
        .filter(|rule| rule.targets.holds(|target| Target::user(target) == *user));
    verdict(matching, |rule| rule.effect).effect == Effect::Allow
}

/// What the rules of a role come to for the mailbox of the user of this id.
pub fn impersonation<'a>(
    rules: &'a [ImpersonationRule],
    user: &str,
) -> Verdict<'a, ImpersonationRule> {
    let matching = rules
        .iter()
        .filter(|rule| rule.targets.holds(|target| target == user));
    verdict(matching, |rule| rule.effect)
}
