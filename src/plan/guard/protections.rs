//! The guard `weaker` for what protects an organization as a whole: DMARC, monitoring, how people sign in.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::kinds::identity_provider::Ways;
use crate::model::{
    EMAIL_MONITORING, IDENTITY_PROVIDER, INBOUND_DMARC, Part, Snapshot, Target, USER,
};

use super::super::document::Blocked;
use super::{Ends, of_target};

type Fields = Map<String, Value>;

/// From what it was and what it becomes to what is lost, each as a sentence fragment.
type Lost = fn(&Snapshot, Option<&Fields>, Option<&Fields>) -> Vec<String>;

/// What each of these is said to lose when it becomes the other; nothing where it is as strict as before.
const PROTECTIONS: &[(&str, Lost)] = &[
    (INBOUND_DMARC, dmarc),
    (EMAIL_MONITORING, monitoring),
    (IDENTITY_PROVIDER, signing_in),
];

pub(super) fn weaker(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let written = ends.operations.iter().map(|operation| &operation.target);
    let written: BTreeSet<&Target> = written.collect();
    for target in written {
        let protection = PROTECTIONS.iter().find(|(kind, _)| *kind == target.kind());
        let Some((kind, lost)) = protection else {
            continue;
        };
        if let Part::Unknown(unknown) = ends.live.listed(kind) {
            let why = &unknown.message;
            let reason =
                format!("whether it gets weaker cannot be told: it could not be read: {why}");
            found.push(of_target("weaker", target, reason));
            continue;
        }
        let fields = |snapshot: &Snapshot| Some(snapshot.settings.get(target)?.value.clone());
        let (before, after) = (fields(ends.live), fields(ends.after));
        let lost = lost(ends.live, before.as_ref(), after.as_ref());
        if !lost.is_empty() {
            found.push(of_target("weaker", target, lost.join(", and ")));
        }
    }
}

fn dmarc(_: &Snapshot, before: Option<&Fields>, after: Option<&Fields>) -> Vec<String> {
    let enforced = |fields: &Fields| fields.get("enforced") == Some(&Value::Bool(true));
    let loses = before.is_some_and(enforced) && !after.is_some_and(enforced);
    let text = "mail that fails DMARC would come through".to_owned();
    loses.then_some(text).into_iter().collect()
}

/// Who looks at a log group is told nothing any more when another one takes its place.
fn monitoring(_: &Snapshot, before: Option<&Fields>, after: Option<&Fields>) -> Vec<String> {
    let group = |fields: &Fields| Some(fields.get("logGroupArn")?.as_str()?.to_owned());
    let lost = match (before, after) {
        (None, _) => None,
        (Some(_), None) => Some("what happens to mail would no longer be logged".to_owned()),
        (Some(before), Some(after)) => group(before)
            .filter(|before| Some(before) != group(after).as_ref())
            .map(|before| format!("what happens to mail would no longer be logged in {before}")),
    };
    lost.into_iter().collect()
}

/// Every way in that was not there before counts, also beside others; where nobody has a mailbox yet, the
/// first provider opens nothing.
fn signing_in(live: &Snapshot, before: Option<&Fields>, after: Option<&Fields>) -> Vec<String> {
    let mut opened = Vec::new();
    if before.is_none() && !has_mailboxes(live) {
        return opened;
    }
    let (old, new) = (Ways::of(before), Ways::of(after));
    if new.directory && !old.directory {
        opened.push("passwords of the directory would open mailboxes again".to_owned());
    }
    // What takes the place of the directory's passwords is another way in, and not one more.
    if new.provider && !old.provider && new.directory {
        opened.push("IAM Identity Center would open mailboxes too".to_owned());
    }
    if new.tokens && !old.tokens {
        opened.push("personal access tokens would open mailboxes".to_owned());
    }
    if new.tokens && old.tokens {
        opened.extend(match (old.days, new.days) {
            (Some(old), Some(new)) if new > old => Some(format!(
                "personal access tokens would be good for {new} days instead of {old}"
            )),
            // What the service does without a lifetime is not documented.
            (Some(old), None) => Some(format!(
                "personal access tokens would no longer be said to end after {old} days"
            )),
            _ => None,
        });
    }
    opened
}

/// True if somebody is registered, or may be.
fn has_mailboxes(live: &Snapshot) -> bool {
    let mut entities = live.entities.iter();
    !matches!(live.listed(USER), Part::Known(()))
        || entities.any(|(target, entity)| {
            target.kind() == USER && entity.is_registered() && !entity.built_in
        })
}
