//! Guards: safety rules that block an apply until they are explicitly allowed.
//!
//! They look at operations and at both ends, never at how a plan came about, so that a saved plan is
//! guarded like a fresh one. `blocked` tells what stands in the way.

mod access;
mod addresses;
mod empty;
mod exports;
mod in_between;
mod lockout;
mod needs;
mod organization;
mod protections;
mod removals;
mod retention;
mod rights;
mod strangers;

pub(super) use access::reached;
pub(super) use addresses::{holders, moved as moved_addresses};
pub(super) use needs::needs;
pub use organization::DELETE_GUARD;
pub(super) use rights::{names, new_readers};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::kinds::Kinds;
use crate::model::{
    Evidence, MANAGEMENT_TAG, Management, ORGANIZATION, OnRemoval, Part, Snapshot, TAG, Target,
};

use super::document::{Blocked, Operation};
use super::model::Naming;

/// A guard, for the reference and for checks of names.
#[derive(Debug)]
pub struct Guard {
    /// Its name in flags and approvals.
    pub name: &'static str,
    /// What it blocks.
    pub blocks: &'static str,
}

/// Every guard of this version.
pub static GUARDS: &[Guard] = &[
    Guard {
        name: "delete-user",
        blocks: "deleting a user: it cannot be undone",
    },
    Guard {
        name: "mailbox-expiry",
        blocks: "deregistering a user or a resource: the mailbox goes in 30 days",
    },
    Guard {
        name: "not-exported",
        blocks: "deregistering or deleting a user or a resource whose mailbox `mailboxExports` names and of which the ledger tells no finished export",
    },
    Guard {
        name: "delete-mail",
        blocks: "a retention policy that deletes more mail than before, or sooner",
    },
    Guard {
        name: "removals",
        blocks: "more removals of one sort than `management.limits.removals`, with all that goes along",
    },
    Guard {
        name: "empty",
        blocks: "taking away every entity of a kind, or every member of a group, that was there before; a single one may be replaced",
    },
    Guard {
        name: "protect",
        blocks: "removing what `management.protect` names; never lifted by a flag",
    },
    Guard {
        name: "management",
        blocks: "a change of `management`; lifted only by `--allow management`",
    },
    Guard {
        name: "new-reader",
        blocks: "more readers of a mailbox under `management.watchReaders`, by grants, groups, seats or impersonation roles, or that it cannot be told",
    },
    Guard {
        name: "address-reuse",
        blocks: "an address that moves from a person, or from something removed to something new",
    },
    Guard {
        name: "weaker",
        blocks: "an end that lets in more than the start: sign-ins, mobile devices, impersonation, DMARC, monitoring, how people sign in; what the plan makes does not count",
    },
    Guard {
        name: "wider-in-between",
        blocks: "a moment on the way that lets in what neither end does",
    },
    Guard {
        name: "narrower-in-between",
        blocks: "a moment on the way that keeps out what both ends let in",
    },
    Guard {
        name: "lockout",
        blocks: "a moment at which nobody, or a user who could before, or somebody under `management.neverLockOut`, can sign in, or at which it cannot be told; somebody under `neverLockOut` who goes",
    },
    Guard {
        name: "domain",
        blocks: "a mail domain that goes",
    },
    Guard {
        name: "create-organization",
        blocks: "a new organization",
    },
    Guard {
        name: DELETE_GUARD,
        blocks: "deleting the organization; lifted only by its alias, typed or as `--allow delete-organization=ALIAS`",
    },
];

/// What guards are asked with.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    /// `--allow GUARD` and `--allow GUARD=TARGET`.
    pub flags: Vec<Allowance>,
    /// Whom this run registered in a round before.
    pub registered: BTreeSet<Target>,
    /// What is known of the exports of mailboxes; who is missing: nothing.
    pub exports: BTreeMap<Target, Evidence>,
}

/// One lifted guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The guard's name.
    pub guard: String,
    /// What it is lifted for, as a bare name or `KIND/NAME`; none: for everything.
    pub target: Option<String>,
}

/// Both ends of a plan and what lies between.
pub(super) struct Ends<'a> {
    pub(super) kinds: Kinds,
    pub(super) operations: &'a [Operation],
    pub(super) live: &'a Snapshot,
    /// The touched entities before and after.
    pub(super) before: &'a Snapshot,
    pub(super) after: &'a Snapshot,
    pub(super) management: &'a Management,
    pub(super) naming: &'a Naming,
    pub(super) now: Timestamp,
    /// Whom this run registered in a round before.
    pub(super) registered: &'a BTreeSet<Target>,
    /// What is known of the exports of mailboxes.
    pub(super) exports: &'a BTreeMap<Target, Evidence>,
}

/// Everything that stands in the way, in the order of guards; what is lifted is left out.
pub(super) fn blocked(ends: &Ends<'_>, allowances: &Allowances) -> Vec<Blocked> {
    let mut found = Vec::new();
    removals::delete_user(ends, &mut found);
    removals::mailbox_expiry(ends, &mut found);
    exports::not_exported(ends, &mut found);
    retention::delete_mail(ends, &mut found);
    removals::removals(ends, &mut found);
    empty::empty(ends, &mut found);
    removals::protect(ends, &mut found);
    management(ends, &mut found);
    rights::new_reader(ends, &mut found);
    addresses::address_reuse(ends, &mut found);
    access::weaker(ends, &mut found);
    protections::weaker(ends, &mut found);
    in_between::in_between(ends, &mut found);
    lockout::lockout(ends, &mut found);
    organization::domain(ends, &mut found);
    organization::create(ends, &mut found);
    organization::delete(ends, &mut found);
    found.retain(|blocked| !is_lifted(blocked, ends.management, allowances, ends.now));
    found
}

/// A guard that blocks for one target.
pub(super) fn of_target(guard: &str, target: &Target, reason: String) -> Blocked {
    Blocked {
        guard: guard.to_owned(),
        target: Some(target.clone()),
        reason,
        allow: Some(format!("--allow {guard}={}", short(target))),
    }
}

/// A guard that blocks the whole plan.
pub(super) fn of_plan(guard: &str, reason: String) -> Blocked {
    Blocked {
        guard: guard.to_owned(),
        target: None,
        reason,
        allow: Some(format!("--allow {guard}")),
    }
}

/// The removed things: what is deregistered or deleted, and settings that are gone in the end.
pub(super) fn removed<'a>(ends: &'a Ends<'_>) -> BTreeSet<&'a Target> {
    let settings = ends.live.settings.keys();
    let settings = settings.filter(|target| !ends.after.settings.contains_key(*target));
    ends.operations
        .iter()
        .filter(|operation| OnRemoval::of_operation(&operation.call.operation).is_some())
        .map(|operation| &operation.target)
        .chain(settings)
        .collect()
}

fn management(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let tags = ends.live.listed(TAG);
    if let Part::Unknown(unknown) = tags
        && !ends.operations.is_empty()
    {
        let reason = format!(
            "whether `management` changed could not be read: {}",
            unknown.message
        );
        found.push(of_plan("management", reason));
    }
    if let (Part::Known(()), Some(recorded)) = (tags, ends.live.tag(MANAGEMENT_TAG))
        && recorded != ends.management.digest()
        && !ends.operations.is_empty()
    {
        found.push(of_plan(
            "management",
            "`management` differs from the one that the last apply worked by".to_owned(),
        ));
    }
}

fn is_lifted(
    blocked: &Blocked,
    management: &Management,
    allowances: &Allowances,
    now: Timestamp,
) -> bool {
    if blocked.allow.is_none() {
        return false;
    }
    let fits = |guard: &str, target: Option<&str>| {
        guard == blocked.guard
            && match (target, &blocked.target) {
                (None, _) => guard != DELETE_GUARD,
                (Some(_), None) => false,
                (Some(named), Some(target)) => {
                    named.eq_ignore_ascii_case(target.name()) && has_bare_name(target)
                        || target.name() == "*" && named == target.kind()
                        || named.eq_ignore_ascii_case(&target.to_string())
                }
            }
    };
    let flagged = allowances
        .flags
        .iter()
        .any(|flag| fits(&flag.guard, flag.target.as_deref()));
    let approved = blocked.guard != "management"
        && blocked.guard != DELETE_GUARD
        && management.approvals.iter().any(|approval| {
            approval.is_valid(now) && fits(&approval.guard, approval.target.as_deref())
        });
    flagged || approved
}

/// True if its name alone says what is meant.
fn has_bare_name(target: &Target) -> bool {
    target.is_entity() || target.kind() == ORGANIZATION
}

/// A bare name for users, groups, resources and the organization, else `KIND/NAME`.
fn short(target: &Target) -> String {
    if has_bare_name(target) {
        target.name().to_owned()
    } else {
        target.to_string()
    }
}
