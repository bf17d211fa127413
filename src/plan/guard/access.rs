//! The guard of who gets in: `weaker` for an end that lets in more than the start.
//!
//! It needs no configuration, and looks at the rules as a whole, by classes, so that it does not matter
//! which rule does it.

use std::collections::BTreeSet;

use crate::model::{ACCESS_CONTROL_RULE, ORGANIZATION, Target};

use super::super::access::{Impersonation, changes, devices_let_in, impersonation, sign_ins};
use super::super::document::Blocked;
use super::{Ends, of_plan, of_target};

/// The most examples that one reason lists.
const SHOWN: usize = 5;

pub(super) fn weaker(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    match sign_ins(ends.operations, ends.live) {
        Ok(None) => {}
        Ok(Some(sign_ins)) => {
            let let_in: Vec<String> = changes(&sign_ins, ends.live)
                .iter()
                .filter(|change| change.let_in)
                .map(super::super::access::SignInChange::sentence)
                .collect();
            if !let_in.is_empty() {
                let reason = format!("sign-ins would be let in: {}", some(&let_in, "; "));
                found.push(of_kind("weaker", ACCESS_CONTROL_RULE, reason));
            }
        }
        Err(why) => {
            let reason = format!("whether more sign-ins are let in cannot be told: {why}");
            found.push(of_kind("weaker", ACCESS_CONTROL_RULE, reason));
        }
    }
    for change in impersonation(ends.operations, ends.live) {
        let mut reasons = Vec::new();
        if !change.reached.is_empty() {
            reasons.push(format!("could impersonate {}", reached(&change)));
        }
        if change.writes {
            reasons.push("could write where it could only read".to_owned());
        }
        let reason = format!("{} {}", change.role, reasons.join(", and "));
        found.push(of_target("weaker", &change.role, reason));
    }
    match devices_let_in(ends.operations, ends.live) {
        Ok(let_in) if let_in.is_empty() => {}
        Ok(let_in) => {
            let reason = format!("mobile devices would be let in: {}", some(&let_in, "; "));
            let kind = crate::model::MOBILE_DEVICE_ACCESS_RULE;
            found.push(of_kind("weaker", kind, reason));
        }
        Err(why) => {
            let reason = format!("whether more mobile devices are let in cannot be told: {why}");
            found.push(of_plan("weaker", reason));
        }
    }
}

/// Whom a role comes to reach.
pub(in super::super) fn reached(change: &Impersonation) -> String {
    let list = |users: &BTreeSet<String>| some(&users.iter().cloned().collect::<Vec<_>>(), "; ");
    match (change.reached.contains(""), change.spared.is_empty()) {
        (false, _) => list(&change.reached),
        (true, true) => "everybody".to_owned(),
        (true, false) => format!("everybody but {}", list(&change.spared)),
    }
}

/// A guard that blocks for all rules of a kind: they decide together.
pub(super) fn of_kind(guard: &str, kind: &'static str, reason: String) -> Blocked {
    debug_assert!(kind != ORGANIZATION, "rules are meant");
    Blocked {
        allow: Some(format!("--allow {guard}={kind}")),
        ..of_target(guard, &Target::new(kind, "*"), reason)
    }
}

/// The first of many texts, and how many more there are.
pub(super) fn some(texts: &[String], separator: &str) -> String {
    match texts.get(SHOWN..) {
        Some(more) if !more.is_empty() => {
            let shown = texts[..SHOWN].join(separator);
            format!("{shown}{separator}and {} more", more.len())
        }
        _ => texts.join(separator),
    }
}
