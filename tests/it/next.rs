//! What a run that ended early says of the next one: the guards that it meets, and whose primary address
//! is a temporary one.

use std::collections::BTreeSet;

use workmailctl::kinds::KINDS;
use workmailctl::model::{Desired, Snapshot, Target};
use workmailctl::plan::model::{Naming, apply_to};
use workmailctl::plan::{Allowances, Blocked, Left, Plan, Progress, left};

use crate::support::world::{self, live, now, planned, sound};

const WATCHED: &str = "
management: {watchReaders: [ceo]}
users:
  bob: {displayName: Bob, email: bob@example.com}
  ceo: {displayName: Ceo, email: ceo@example.com, permissions: [{grantee: bob, rights: [FULL_ACCESS]}]}
";

fn after(plan: &Plan, live: &Snapshot, progress: &Progress) -> Left {
    left(KINDS, plan, live, progress, &Allowances::default(), now())
}

/// The organization once some operations have their effect.
fn so_far(plan: &Plan, live: &Snapshot, done: &BTreeSet<usize>) -> Snapshot {
    let naming = Naming::of(plan);
    let mut state = live.clone();
    for operation in &plan.operations {
        if done.contains(&operation.id) {
            apply_to(KINDS, &mut state, operation, &naming, Some("id"));
        }
    }
    state
}

fn guards(blocked: &[Blocked]) -> Vec<String> {
    blocked
        .iter()
        .filter_map(|blocked| blocked.allow.clone())
        .collect()
}

fn all_but(plan: &Plan, operation: &str) -> BTreeSet<usize> {
    let left = plan
        .operations
        .iter()
        .filter(|one| one.call.operation != operation);
    left.map(|one| one.id).collect()
}

#[test]
fn a_mailbox_that_a_run_made_is_watched_by_the_next_one_and_the_first_one_says_so() {
    let desired: Desired = sound(WATCHED);
    let nothing = world::empty();
    let plan = planned(&desired, &nothing);
    assert_eq!(plan.blocked, []);
    let done = all_but(&plan, "PutMailboxPermissions");
    let told = after(
        &plan,
        &nothing,
        &Progress {
            done: done.clone(),
            ..Progress::default()
        },
    );
    assert_eq!(guards(&told.blocked), ["--allow new-reader=ceo"]);
    let next = planned(&desired, &so_far(&plan, &nothing, &done));
    assert_eq!(guards(&next.blocked), guards(&told.blocked));
    // Had nothing been made, nothing would be asked.
    assert_eq!(
        after(&plan, &nothing, &Progress::default()),
        Left::default()
    );
}

#[test]
fn a_mailbox_that_another_run_made_meanwhile_is_watched_too() {
    let desired: Desired = sound(WATCHED);
    let nothing = world::empty();
    let plan = planned(&desired, &nothing);
    let told = after(
        &plan,
        &nothing,
        &Progress {
            taken: [Target::user("ceo")].into(),
            ..Progress::default()
        },
    );
    assert_eq!(guards(&told.blocked), ["--allow new-reader=ceo"]);
}

#[test]
fn a_primary_address_that_is_a_temporary_one_is_told_until_it_is_given_back() {
    let before = live(
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}",
    );
    let desired = sound(
        "users: {ana: {displayName: Ana, email: bob@example.com, aliases: []}, bob: {displayName: Bob, email: ana@example.com, aliases: []}}",
    );
    let plan = planned(&desired, &before);
    let claim = plan
        .operations
        .iter()
        .find(|operation| operation.give_back.len() > 1)
        .expect("the claim of a primary address");
    let mut progress = Progress {
        done: (1..claim.id).collect(),
        ..Progress::default()
    };
    let holder = claim.party.as_ref().and_then(|party| party.target());
    let holder = holder.expect("whose it was").clone();
    let temporary = after(&plan, &before, &progress).temporary;
    assert_eq!(temporary.len(), 1, "{temporary:?}");
    assert_eq!(temporary[0].0, holder);
    assert!(temporary[0].1.is_reserved());

    let calls = claim.give_back.iter();
    let calls = calls.map(|call| (holder.clone(), call.clone()));
    progress.given_back = calls.clone().take(1).collect();
    assert_eq!(after(&plan, &before, &progress).temporary, temporary);
    progress.given_back = calls.collect();
    assert_eq!(after(&plan, &before, &progress).temporary, []);
}
