//! The guard `lockout` for whom the identity provider may not know, where nothing else opens mailboxes.
//!
//! Somebody without an `identityProviderUserId` gets it by the first sign-in through the provider, if IAM
//! Identity Center has somebody of the same name who is let into the application: nothing here can tell.
//! Source: API reference, `CreateUser`, `IdentityProviderUserId`; behaviour notes, section 15;
//! administrator guide, "Assigning IAM Identity Center users and groups to Amazon WorkMail application".

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diff::SignInWrites;
use crate::kinds::identity_provider::Ways;
use crate::kinds::setting::SINGLE;
use crate::model::{ACCESS_CONTROL_RULE, Entity, IDENTITY_PROVIDER, Part, Snapshot, Target, USER};

use super::super::access::ways;
use super::super::document::Blocked;
use super::access::some;
use super::{Ends, of_target};

/// The field that tells whether the provider knows somebody.
const FIELD: &str = "identityProviderUserId";

const ALONE: &str = "with the identity provider alone";

pub(super) fn strangers(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let ways = ways(ends.operations, ends.live);
    let is_alone = |ways: &Ways| !ways.directory;
    let was_alone = is_alone(&ways[0]);
    let becomes_alone = !was_alone && ways.iter().any(is_alone);
    let provider = Target::new(IDENTITY_PROVIDER, SINGLE);
    if becomes_alone && let Some(why) = unlisted(ends.live) {
        let reason = format!("{ALONE}, who could sign in cannot be told: {why}");
        found.push(of_target("lockout", &provider, reason));
        return;
    }
    // Where nobody could read whether the provider stands alone, it may.
    let may_be_alone = was_alone || !matches!(ends.live.listed(IDENTITY_PROVIDER), Part::Known(()));
    let users: Vec<User<'_>> = users(ends).collect();
    let strangers: Vec<&User<'_>> = users
        .iter()
        .filter(|user| !matches!(user.id, Part::Known(_)))
        .filter(|user| becomes_alone || may_be_alone && user.was_known)
        .collect();
    if strangers.is_empty() {
        return;
    }
    let who = if strangers.len() == users.len() {
        "anybody".to_owned()
    } else {
        let names = strangers.iter().map(|user| user.target.name().to_owned());
        some(&names.collect::<Vec<_>>(), ", ")
    };
    let why = why(&strangers);
    let reason = format!("{ALONE}, whether {who} could sign in cannot be told: {why}");
    found.push(of_target("lockout", &provider, reason));
    let wanted = ends.management.never_lock_out.iter();
    let wanted: BTreeSet<Target> = wanted
        .flat_map(|wanted| &wanted.users)
        .map(Target::user)
        .collect();
    for User { target, .. } in strangers {
        if wanted.contains(target) {
            let reason =
                format!("{target} is under `neverLockOut`, and {ALONE} may have no way in: {why}");
            found.push(of_target("lockout", target, reason));
        }
    }
}

/// What in the operations decides about sign-ins.
pub(super) fn sign_in_writes(ends: &Ends<'_>) -> SignInWrites {
    let ways = ways(ends.operations, ends.live);
    let mut operations = ends.operations.iter();
    SignInWrites {
        rules: operations.any(|operation| operation.target.kind() == ACCESS_CONTROL_RULE),
        ways: ways.iter().any(|now| now.may_shut_out(ways[0])),
        ids: users(ends).any(|user| user.was_known && !matches!(user.id, Part::Known(_))),
    }
}

/// Somebody who can sign in before and after, as far as registration tells.
struct User<'a> {
    target: &'a Target,
    /// True if the provider knew them before.
    was_known: bool,
    /// What the id is in the end.
    id: &'a Part<Value>,
}

fn users<'a>(ends: &'a Ends<'_>) -> impl Iterator<Item = User<'a>> {
    let all = ends.live.entities.iter();
    all.filter(|(target, entity)| target.kind() == USER && signs_in(entity))
        .filter_map(|(target, before)| {
            let after = if ends.before.entities.contains_key(target) {
                ends.after.entities.get(target)?
            } else {
                before
            };
            after.is_registered().then(|| User {
                target,
                was_known: matches!(before.field(FIELD), Part::Known(_)),
                id: after.field(FIELD),
            })
        })
}

/// Why the provider may not know them.
fn why(strangers: &[&User<'_>]) -> String {
    let unread = strangers.iter().find_map(|user| match user.id {
        Part::Unknown(unknown) => Some(format!("could not be read: {}", unknown.message)),
        Part::NotRead => Some("was not read".to_owned()),
        Part::Known(_) | Part::Absent => None,
    });
    match unread {
        Some(unread) => format!("their `{FIELD}` {unread}"),
        None => format!("no `{FIELD}`, which the first sign-in through it fills in"),
    }
}

/// Why nobody can tell who there is; none if every user was listed.
fn unlisted(live: &Snapshot) -> Option<String> {
    match live.listed(USER) {
        Part::Known(()) => None,
        Part::Unknown(unknown) => Some(format!(
            "the list of users could not be read: {}",
            unknown.message
        )),
        Part::Absent | Part::NotRead => Some("the list of users was not read".to_owned()),
    }
}

/// True for a registered person with a mailbox here. Source: API reference, `CreateUser`, `Role`.
fn signs_in(entity: &Entity) -> bool {
    let role = entity.field("role").known().and_then(Value::as_str);
    entity.is_registered() && !entity.built_in && role != Some("REMOTE_USER")
}
