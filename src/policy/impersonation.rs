//! What the rules of an impersonation role come to for one mailbox.
//!
//! A rule without targets is about every user. Whoever may be impersonated must still be let in by the
//! access control rules. Source: behaviour notes, section 9.

use super::rules::{Condition, Effect, Verdict, verdict};

/// A rule of a role. Source: API reference, `ImpersonationRule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpersonationRule {
    /// Its id, unique within the role.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Whose mailbox it is about, by the user's id.
    pub targets: Condition<String>,
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
