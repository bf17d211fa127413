//! The guard `lockout`: a moment that lets somebody in nowhere.
//!
//! It needs no configuration. It looks at access control rules and at the identity provider together, after
//! each write; what `neverLockOut` names has to keep each of its ways, and its registration.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::model::{NeverLockOut, OnRemoval, Target};
use crate::policy::{Caller, PROTOCOLS, Protocol, SignIn};

use super::super::access::{Moment, SignIns, sign_ins_and_ways, without_a_way_in};
use super::super::document::Blocked;
use super::strangers::strangers;
use super::{Ends, of_plan, of_target};

pub(super) fn lockout(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    leavers(ends, found);
    by_rules_and_ways(ends, found);
    strangers(ends, found);
}

/// Whom rules and open ways leave nothing.
fn by_rules_and_ways(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let sign_ins = match sign_ins_and_ways(ends.operations, ends.live) {
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
    if let Some(wanted) = &ends.management.never_lock_out {
        never_lock_out(ends, wanted, &sign_ins, &lost, found);
    }
}

/// Who is under `neverLockOut` and goes.
fn leavers(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let Some(wanted) = &ends.management.never_lock_out else {
        return;
    };
    let mut leavers: BTreeMap<&Target, OnRemoval> = BTreeMap::new();
    for operation in ends.operations {
        let is_wanted = |target: &Target| {
            wanted
                .users
                .iter()
                .any(|user| Target::user(user) == *target)
        };
        if let Some(how) = OnRemoval::of_operation(&operation.call.operation)
            && is_wanted(&operation.target)
        {
            leavers.insert(&operation.target, how);
        }
    }
    for (target, how) in leavers {
        let what = match how {
            OnRemoval::Deregister => "deregistered",
            OnRemoval::Delete => "deleted",
        };
        let reason = format!("{target} is under `neverLockOut`, and would be {what}");
        found.push(of_target("lockout", target, reason));
    }
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
    wanted: &NeverLockOut,
    sign_ins: &SignIns,
    told: &BTreeSet<String>,
    found: &mut Vec<Blocked>,
) {
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
        let shut_out = |moment: &Moment| {
            let everywhere = sign_ins.classes.iter().map(|class| class.addresses[0].0);
            let from: Vec<Ipv4Addr> = if addresses.is_empty() {
                everywhere.collect()
            } else {
                addresses.clone()
            };
            // What no way opened before, no plan takes.
            let is_shut = |action: Protocol| {
                moment.ways.shuts(action) && !sign_ins.before().ways.shuts(action)
            };
            let gets_in = |action: Protocol, from: Ipv4Addr| {
                let sign_in = SignIn {
                    caller: Caller::User(name.to_owned()),
                    protocol: action,
                    address: from,
                };
                !is_shut(action) && moment.allows(&sign_in)
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
        if let Some(action) = sign_ins.moments[1..].iter().find_map(shut_out) {
            let target = Target::user(name);
            let reason =
                format!("{target} is under `neverLockOut`, and could not sign in over {action}");
            found.push(of_target("lockout", &target, reason));
        }
    }
}
