//! The guards of what stands only on the way: `wider-in-between` and `narrower-in-between`.
//!
//! The planner looks for an order, with interim rules where need be, that needs neither. What is left has
//! no room for one, in a full table, or was not looked through.

use super::super::access::{InBetween, devices_in_between, sign_ins_in_between};
use super::super::document::Blocked;
use super::Ends;
use super::access::{of_kind, some};
use crate::model::{ACCESS_CONTROL_RULE, MOBILE_DEVICE_ACCESS_RULE};

const WIDER: &str = "wider-in-between";
const NARROWER: &str = "narrower-in-between";

pub(super) fn in_between(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
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
