//! The hash of a plan: everything that a reviewer reads and that an apply trusts.
//!
//! Left out is what another reading of the same organization with the same manifest may tell
//! otherwise: times, the nonce, dates in consequences, counts of reading and the words of errors; and
//! what flags decide: the guards, which are asked again, and what `--base` names.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::model::hex;

use super::document::Plan;

/// The SHA-256 of the plan, in hexadecimal.
pub(super) fn of(plan: &Plan) -> String {
    let mut document = serde_json::to_value(plan).expect("a plan is plain data");
    if let Value::Object(plan) = &mut document {
        for member in [
            "planHash",
            "nonce",
            "evaluatedAt",
            "blocked",
            "noLongerDeclared",
        ] {
            plan.remove(member);
        }
        if let Some(Value::Object(snapshot)) = plan.get_mut("snapshot") {
            snapshot.retain(|member, _| member == "unknown");
            each(snapshot, "unknown", |gap| {
                if let Some(Value::Object(unknown)) = gap.get_mut("unknown") {
                    unknown.retain(|member, _| member == "operation" || member == "cause");
                }
            });
        }
        each(plan, "changes", |change| {
            timeless(change);
            each(change, "risks", |risk| {
                if risk.get("risk").is_some_and(|word| word == "mailboxExpiry") {
                    risk.remove("text");
                }
            });
        });
        each(plan, "operations", timeless);
    }
    hex(&Sha256::digest(document.to_string()))
}

/// Takes the time out of what can be undone until then.
fn timeless(thing: &mut Map<String, Value>) {
    if let Some(reversible) = thing.get_mut("reversible")
        && reversible.is_object()
    {
        *reversible = Value::from("until");
    }
}

fn each(
    document: &mut Map<String, Value>,
    list: &str,
    mut change: impl FnMut(&mut Map<String, Value>),
) {
    if let Some(Value::Array(items)) = document.get_mut(list) {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            change(item);
        }
    }
}
