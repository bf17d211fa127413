//! What calls take away that nothing brings back as it was: one table, which plans, `--require-reversible` and the
//! page on safety go by.
//!
//! Of what is in it `undo` brings back what it can: who was deleted is made anew, a domain is registered again.
//! What is lost is what no call sets: ids that others may know, mail, secrets, and what somebody outside has to do
//! once more.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::kinds::{self, KINDS, availability_configuration, retention_policy};
use crate::model::{END_OF_SERVICE, Snapshot};

use super::document::{Operation, Plan, Reversible};

/// How long a mailbox is kept after deregistering. Source: API reference, `DeregisterFromWorkMail`.
pub const MAILBOX_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When a mailbox that is deregistered now is lost.
pub fn mailbox_lost_at(now: Timestamp) -> Timestamp {
    now.checked_add(MAILBOX_KEPT)
        .map_or(END_OF_SERVICE, |end| end.min(END_OF_SERVICE))
}

/// A call that takes something away.
#[derive(Debug)]
pub struct Loss {
    /// Its name.
    pub call: &'static str,
    /// What nothing brings back: the words before the name of what the call writes.
    pub what: &'static str,
    /// Why, as a sentence fragment.
    pub because: &'static str,
    when: When,
}

/// Whether something goes with a value that gives way to another one.
type Taking = fn(Option<&Map<String, Value>>, Option<&Map<String, Value>>) -> bool;

/// Whether a call takes it.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Always.
    Always,
    /// Of what has a mailbox, and only after a while.
    WithMailbox,
    /// Where a value gives way to another one, or to none.
    From(Taking),
}

/// Every call after which not everything can be brought back; all others are undone at any time.
pub static LOSSES: &[Loss] = &[
    Loss {
        call: "DeregisterFromWorkMail",
        what: "the mailbox of",
        because: "the service keeps it for 30 days, and not after 2027-03-31",
        when: When::WithMailbox,
    },
    always(
        "DeleteUser",
        "the deletion of",
        "who is made anew has another id, an empty mailbox and another password",
    ),
    always(
        "DeleteGroup",
        "the deletion of",
        "what is made anew has another id",
    ),
    always(
        "DeleteResource",
        "the deletion of",
        "what is made anew has another id and an empty calendar",
    ),
    always(
        "DeleteImpersonationRole",
        "the id of",
        "applications assume a role by its id",
    ),
    Loss {
        call: "PutRetentionPolicy",
        what: "the mail under",
        because: "what a policy deletes that deletes more, or sooner, is gone",
        when: When::From(|before, after| !retention_policy::deleted_more(before, after).is_empty()),
    },
    Loss {
        call: "UpdateAvailabilityConfiguration",
        what: "the password of",
        because: "the service never tells the password for an EWS server",
        when: When::From(|before, _| availability_configuration::has_password(before)),
    },
    Loss {
        call: "DeleteAvailabilityConfiguration",
        what: "the password of",
        because: "the service never tells the password for an EWS server",
        when: When::From(|before, _| availability_configuration::has_password(before)),
    },
    always(
        "DeletePersonalAccessToken",
        "the deletion of",
        "only whose it is can make a token, and it is another one",
    ),
    always(
        "DeleteIdentityCenterApplication",
        "the deletion of",
        "one that is made again has another ARN, and nobody is assigned to it",
    ),
    always(
        "DeregisterMailDomain",
        "the verification of",
        "its DNS records have to be found again before an address is in it",
    ),
    always(
        "DeleteOrganization",
        "the deletion of",
        "all that is in it goes with it",
    ),
];

const fn always(call: &'static str, what: &'static str, because: &'static str) -> Loss {
    Loss {
        call,
        what,
        because,
        when: When::Always,
    }
}

/// What an operation of this name takes away; none if it takes nothing.
pub fn loss(call: &str) -> Option<&'static Loss> {
    LOSSES.iter().find(|loss| loss.call == call)
}

/// Whether an operation can be undone, by what is live before it.
pub fn reversible(operation: &Operation, live: &Snapshot, now: Timestamp) -> Reversible {
    let Some(loss) = loss(&operation.call.operation) else {
        return Reversible::Free;
    };
    let target = &operation.target;
    let takes = match loss.when {
        When::Always => true,
        When::WithMailbox => {
            let entry = kinds::by_name(KINDS, target.kind());
            return if entry.is_some_and(|entry| entry.has_mailbox) {
                Reversible::Until(mailbox_lost_at(now))
            } else {
                Reversible::Free
            };
        }
        When::From(takes) => {
            let before = live.settings.get(target).map(|before| &before.value);
            takes(before, operation.becomes.as_ref())
        }
    };
    if takes {
        Reversible::No
    } else {
        Reversible::Free
    }
}

/// Says of every operation of a plan, and of every change that it is part of, whether it can be undone. What a
/// plan from a file says of that is not trusted.
pub fn judge(plan: &mut Plan, live: &Snapshot, now: Timestamp) {
    for change in &mut plan.changes {
        change.reversible = Reversible::Free;
    }
    for operation in &mut plan.operations {
        operation.reversible = reversible(operation, live, now);
        let change = operation
            .change
            .and_then(|change| plan.changes.get_mut(change));
        if let Some(change) = change {
            change.reversible = change.reversible.max(operation.reversible);
        }
    }
}
