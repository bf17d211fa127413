//! The guard `weaker` for what protects an organization as a whole: DMARC, monitoring, how people sign in.

use serde_json::{Map, Value};

use crate::model::{EMAIL_MONITORING, IDENTITY_PROVIDER, INBOUND_DMARC, Target};

use super::super::document::Blocked;
use super::{Ends, of_target};

type Fields = Map<String, Value>;

/// From what it was and what it becomes to what is lost.
type Lost = fn(&Fields, Option<&Fields>) -> Option<&'static str>;

/// What each of these is said to lose when it becomes the other; none where it is as strict as before.
const PROTECTIONS: &[(&str, Lost)] = &[
    (INBOUND_DMARC, dmarc),
    (EMAIL_MONITORING, monitoring),
    (IDENTITY_PROVIDER, signing_in),
];

pub(super) fn weaker(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let is_written = |target: &Target| {
        let mut operations = ends.operations.iter();
        operations.any(|operation| operation.target == *target)
    };
    for (target, before) in &ends.live.settings {
        let protection = PROTECTIONS.iter().find(|(kind, _)| *kind == target.kind());
        let Some((_, lost)) = protection.filter(|_| is_written(target)) else {
            continue;
        };
        let after = ends.after.settings.get(target).map(|after| &after.value);
        if let Some(reason) = lost(&before.value, after) {
            found.push(of_target("weaker", target, reason.to_owned()));
        }
    }
}

fn dmarc(before: &Fields, after: Option<&Fields>) -> Option<&'static str> {
    let enforced = |fields: &Fields| fields.get("enforced") == Some(&Value::Bool(true));
    let loses = enforced(before) && !after.is_some_and(enforced);
    loses.then_some("mail that fails DMARC would come through")
}

fn monitoring(_: &Fields, after: Option<&Fields>) -> Option<&'static str> {
    after
        .is_none()
        .then_some("what happens to mail would no longer be logged")
}

/// With the provider alone, passwords of the directory open nothing.
/// Source: API reference, `IdentityProviderAuthenticationMode`.
fn signing_in(before: &Fields, after: Option<&Fields>) -> Option<&'static str> {
    let only = |fields: &Fields| {
        fields.get("authenticationMode").and_then(Value::as_str) == Some("IDENTITY_PROVIDER_ONLY")
    };
    let tokens = |fields: &Fields| {
        let status = fields.get("personalAccessTokens")?.get("status")?;
        Some(status.as_str()? == "ACTIVE")
    };
    if only(before) && !after.is_some_and(only) {
        return Some("passwords of the directory would open mailboxes again");
    }
    let opens = tokens(before) == Some(false) && after.and_then(tokens) == Some(true);
    opens.then_some("personal access tokens would open mailboxes")
}
