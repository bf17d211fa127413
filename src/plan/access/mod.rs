//! Who may sign in, impersonate and synchronize, by the rules that a snapshot holds, and how a plan
//! changes that.
//!
//! Rules are read in the manifest's words, so that a class can be told by names. A rule with a word that
//! nobody knows makes the whole table untellable, and the guards say so.

mod devices;
mod impersonation;
mod in_between;
mod passing;
mod sign_ins;
mod words;

use serde_json::{Map, Value};

use crate::model::{Snapshot, Target};

pub(super) use devices::{
    at_both_ends as devices_at_both_ends, let_in as devices_let_in, rule as mobile_device_rule,
    told as device_told,
};
pub(super) use impersonation::{Impersonation, impersonation, is_full_access};
pub(super) use in_between::{InBetween, devices_in_between, sign_ins_in_between};
pub(super) use passing::{caller, earliest_registration, latest_deregistration, passing};
pub(super) use sign_ins::{
    Moment, SignIns, changes, rule as access_control_rule, sign_ins, sign_ins_and_ways,
    sign_ins_by, ways, without_a_way_in,
};
pub use words::SignInChange;

/// The values of every setting of a kind, in the order of names.
fn values<'a>(
    snapshot: &'a Snapshot,
    kind: &'a str,
) -> impl Iterator<Item = (&'a Target, &'a Map<String, Value>)> {
    let all = snapshot.settings.iter();
    let twins = snapshot.twins.iter().map(|(target, twin)| (target, twin));
    all.chain(twins)
        .filter(move |(target, _)| target.kind() == kind)
        .map(|(target, setting)| (target, &setting.value))
}
