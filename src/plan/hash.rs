//! The hash of a plan: what it does, without when and by which reading it was made.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::model::hex;

use super::document::Plan;

/// The SHA-256 of the organization, the management, the changes and the operations, in hexadecimal.
/// Times, the nonce, dates in consequences, guards and counts of reading are no part of it.
pub(super) fn of(plan: &Plan) -> String {
    let changes: Vec<_> = plan
        .changes
        .iter()
        .map(|change| json!([change.target, change.action, change.fields, change.writable]))
        .collect();
    let operations: Vec<_> = plan
        .operations
        .iter()
        .map(|operation| {
            json!([
                operation.id,
                operation.call,
                operation.target,
                operation.party,
                operation.expects,
                operation.component,
                operation.depends_on,
                operation.change,
                operation.confirms,
                operation.glued,
                operation.give_back,
                operation.missing_is_done,
            ])
        })
        .collect();
    let canonical = json!([
        plan.format_version,
        plan.organization,
        plan.management,
        changes,
        operations
    ]);
    hex(&Sha256::digest(canonical.to_string()))
}
