//! The guards of who gets in: `weaker` for an end that lets in more than the start, `lockout` for a moment
//! that lets somebody in nowhere.
//!
//! Both need no configuration. They look at the rules as a whole, by classes, so that it does not matter
//! which rule does it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::model::{ACCESS_CONTROL_RULE, ORGANIZATION, Target};
use crate::policy::{Caller, Effect, PROTOCOLS, Protocol, SignIn, access_control};

use super::super::access::{
    SignIns, Table, changes, devices_let_in, impersonation, sign_ins, without_a_way_in,
};
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
                let reason = format!("sign-ins would be let in: {}", some(&let_in));
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
            let list = |users: &BTreeSet<String>| some(&users.iter().cloned().collect::<Vec<_>>());
            let who = match (change.reached.contains(""), change.spared.is_empty()) {
                (false, _) => list(&change.reached),
                (true, true) => "everybody".to_owned(),
                (true, false) => format!("everybody but {}", list(&change.spared)),
            };
            reasons.push(format!("could impersonate {who}"));
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
            let reason = format!("mobile devices would be let in: {}", some(&let_in));
            let kind = crate::model::MOBILE_DEVICE_ACCESS_RULE;
            found.push(of_kind("weaker", kind, reason));
        }
        Err(why) => {
            let reason = format!("whether more mobile devices are let in cannot be told: {why}");
            found.push(of_plan("weaker", reason));
        }
    }
}

pub(super) fn lockout(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let sign_ins = match sign_ins(ends.operations, ends.live) {
        Ok(Some(sign_ins)) => sign_ins,
        Ok(None) => return,
        Err(why) => {
            let reason = format!("who could sign in cannot be told: {why}");
            found.push(of_plan("lockout", reason));
            return;
        }
    };
    let lost = without_a_way_in(&sign_ins, ends.live);
    if lost.contains("") {
        let who = if everybody(&sign_ins, &lost) {
            "nobody could sign in any more"
        } else {
            "everybody whom no rule names could not sign in any more"
        };
        found.push(of_plan("lockout", who.to_owned()));
    }
    for user in lost.iter().filter(|user| !user.is_empty()) {
        let target = Target::user(user);
        let reason = format!("{target} could not sign in any more, with nothing and from nowhere");
        found.push(of_target("lockout", &target, reason));
    }
    never_lock_out(ends, &sign_ins, &lost, found);
}

/// True if every user of every class is among the lost.
fn everybody(sign_ins: &SignIns, lost: &BTreeSet<String>) -> bool {
    let callers = sign_ins.classes.iter().flat_map(|class| &class.callers);
    callers
        .filter_map(|caller| match caller {
            Caller::User(name) => Some(name),
            Caller::Role(_) => None,
        })
        .all(|name| lost.contains(name))
}

/// Whom `neverLockOut` names gets in with each of its actions from each of its addresses, at every moment.
fn never_lock_out(
    ends: &Ends<'_>,
    sign_ins: &SignIns,
    told: &BTreeSet<String>,
    found: &mut Vec<Blocked>,
) {
    let Some(wanted) = &ends.management.never_lock_out else {
        return;
    };
    let actions: Vec<Protocol> = wanted
        .actions
        .iter()
        .filter_map(|action| action.parse().ok())
        .collect();
    let actions = if actions.is_empty() {
        PROTOCOLS.to_vec()
    } else {
        actions
    };
    let addresses: Vec<Ipv4Addr> = wanted.ips.iter().filter_map(|ip| ip.parse().ok()).collect();
    for user in wanted.users.iter().filter(|user| !told.contains(*user)) {
        let live = ends.live.entities.get_key_value(&Target::user(user));
        let name = live.map_or(user.as_str(), |(target, _)| target.name());
        let shut_out = |table: &Table| {
            let everywhere = sign_ins.classes.iter().map(|class| class.addresses[0].0);
            let from: Vec<Ipv4Addr> = if addresses.is_empty() {
                everywhere.collect()
            } else {
                addresses.clone()
            };
            let gets_in = |action: Protocol, from: Ipv4Addr| {
                let sign_in = SignIn {
                    caller: Caller::User(name.to_owned()),
                    protocol: action,
                    address: from,
                };
                access_control(table, &sign_in).effect == Effect::Allow
            };
            actions.iter().copied().find(|action| {
                let mut ways = from.iter().map(|from| gets_in(*action, *from));
                if addresses.is_empty() {
                    !ways.any(|way| way)
                } else {
                    !ways.all(|way| way)
                }
            })
        };
        if let Some(action) = sign_ins.tables[1..].iter().find_map(shut_out) {
            let target = Target::user(name);
            let reason =
                format!("{target} is under `neverLockOut`, and could not sign in over {action}");
            found.push(of_target("lockout", &target, reason));
        }
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

/// The first few of them.
pub(super) fn some(texts: &[String]) -> String {
    match texts.get(SHOWN..) {
        Some(more) if !more.is_empty() => {
            format!("{}; and {} more", texts[..SHOWN].join("; "), more.len())
        }
        _ => texts.join("; "),
    }
}
