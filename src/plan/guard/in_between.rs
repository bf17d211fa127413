//! The guards of what stands only on the way: `wider-in-between` and `narrower-in-between`.
//!
//! The planner looks for an order, with interim rules where need be, that needs neither. What is left has
//! no room for one, in a full table, or was not looked through.

use super::super::access::{InBetween, devices_in_between, passing, sign_ins_in_between};
use super::super::check::roles_on_the_way;
use super::super::document::Blocked;
use super::access::{of_kind, some};
use super::{Ends, of_target};
use crate::model::{ACCESS_CONTROL_RULE, MOBILE_DEVICE_ACCESS_RULE};

const WIDER: &str = "wider-in-between";
const NARROWER: &str = "narrower-in-between";

pub(super) fn in_between(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    rules(ends, found);
    comers_and_leavers(ends, found);
    roles(ends, found);
}

/// Who comes gets in, while the plan goes on, where they will not; or who goes, where they never did.
fn comers_and_leavers(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    // What cannot be told is told of the rules.
    let Ok(passing) = passing(ends.operations, ends.live) else {
        return;
    };
    if !passing.is_empty() {
        let reason = format!(
            "on the way sign-ins would be let in of those who come or go: {}",
            some(&passing, "; ")
        );
        found.push(of_kind(WIDER, ACCESS_CONTROL_RULE, reason));
    }
}

/// What roles may do by whom they act as: grants move while the rules of the role do.
fn roles(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let all = roles_on_the_way(ends.kinds, ends.operations, ends.live, ends.naming);
    for (role, mailboxes) in all {
        let names: Vec<String> = mailboxes.iter().map(|one| one.name().to_owned()).collect();
        let reason = format!(
            "on the way, and neither before nor after, {role} would reach, by whom it acts as, the mail of {}",
            some(&names, ", ")
        );
        found.push(of_target(WIDER, &role, reason));
    }
}

fn rules(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let looked = [
        (
            ACCESS_CONTROL_RULE,
            "sign-ins",
            sign_ins_in_between(ends.operations, ends.live),
        ),
        (
            MOBILE_DEVICE_ACCESS_RULE,
            "mobile devices",
            devices_in_between(ends.operations, ends.live),
        ),
    ];
    for (kind, what, between) in looked {
        let InBetween { wider, narrower } = match between {
            Ok(between) => between,
            Err(why) => {
                let reason = format!("which {what} get in on the way cannot be told: {why}");
                found.push(of_kind(WIDER, kind, reason));
                continue;
            }
        };
        if !wider.is_empty() {
            let reason = format!(
                "on the way, and neither before nor after, {what} would be let in: {}",
                some(&wider, "; ")
            );
            found.push(of_kind(WIDER, kind, reason));
        }
        if !narrower.is_empty() {
            let reason = format!(
                "on the way, though before and after they get in, {what} would be kept out: {}",
                some(&narrower, "; ")
            );
            found.push(of_kind(NARROWER, kind, reason));
        }
    }
}
