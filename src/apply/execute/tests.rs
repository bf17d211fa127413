//! Executing hand-made plans against a service in memory.
#![expect(clippy::disallowed_methods, reason = "interrupts come after a moment")]

use std::time::Duration;

use serde_json::json;

use super::fake::{
    Events, Fake, Fate, address_call, call, carry, operation, organization, plan, with,
};
use super::{Pace, carry_out};
use crate::apply::{Back, Event, How, Interrupt, Stop};
use crate::kinds::KINDS;
use crate::model::{Address, EntityState, Snapshot, Target};
use crate::plan::{Expectation, Operation, expect};

fn pace() -> Pace {
    Pace {
        wait_deadline: Duration::from_millis(700),
        ..Pace::default()
    }
}

fn comparing() -> Pace {
    Pace {
        compare: true,
        ..pace()
    }
}

/// A new user: created, registered, and updated.
fn newcomer(first: usize, component: usize, name: &str) -> Vec<Operation> {
    let target = Target::user(name);
    let id = json!({"$id": format!("user/{name}")});
    vec![
        operation(
            first,
            component,
            call("CreateUser", json!({"Name": name, "DisplayName": name})),
            &target,
        ),
        operation(
            first + 1,
            component,
            call(
                "RegisterToWorkMail",
                json!({"EntityId": id, "Email": format!("{name}@example.com")}),
            ),
            &target,
        ),
        operation(
            first + 2,
            component,
            call("UpdateUser", json!({"UserId": id, "City": "Bern"})),
            &target,
        ),
    ]
}

/// The alias `shared` goes from ana to bob.
fn hand_over(first: usize, component: usize) -> Vec<Operation> {
    let (ana, bob) = (Target::user("ana"), Target::user("bob"));
    let release = operation(
        first,
        component,
        address_call("DeleteAlias", "ana", "shared"),
        &ana,
    );
    let claim = operation(
        first + 1,
        component,
        address_call("CreateAlias", "bob", "shared"),
        &bob,
    );
    vec![
        Operation {
            confirms: vec![bob],
            ..release
        },
        Operation {
            glued: true,
            give_back: vec![address_call("CreateAlias", "ana", "shared")],
            ..claim
        },
    ]
}

fn two_users() -> Snapshot {
    organization(&[("ana", &["shared"]), ("bob", &[])])
}

fn update(id: usize, component: usize, name: &str, city: &str) -> Operation {
    let input = json!({"UserId": format!("id-of-{name}"), "City": city});
    operation(
        id,
        component,
        call("UpdateUser", input),
        &Target::user(name),
    )
}

fn hows(events: &[Event]) -> Vec<(usize, How)> {
    let finished = events.iter().filter_map(|event| match event {
        Event::OperationFinished { id, how, .. } => Some((*id, *how)),
        _ => None,
    });
    finished.collect()
}

fn aliases(fake: &Fake, name: &str) -> Vec<String> {
    let state = fake.state();
    let entity = &state.live.entities[&Target::user(name)];
    let aliases = entity.aliases.known().into_iter().flatten();
    aliases.map(ToString::to_string).collect()
}

fn expecting(live: &Snapshot, mut operations: Vec<Operation>, parts: &[&str]) -> Vec<Operation> {
    for one in &mut operations {
        let expects = parts.iter().map(|part| expect(live, &one.target, part));
        one.expects = expects.collect::<Option<Vec<Expectation>>>().expect("read");
    }
    operations
}

#[tokio::test]
async fn ids_of_what_is_made_are_filled_in() {
    let live = organization(&[]);
    let fake = Fake::new(live.clone());
    let (outcome, events) = carry(&fake, &live, newcomer(1, 1, "kim"), &pace()).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(outcome.created[&Target::user("kim")], "id-of-kim");
    assert_eq!(outcome.writes, 3);
    assert_eq!(
        fake.effects(),
        [
            "CreateUser user/kim",
            "RegisterToWorkMail user/kim",
            "UpdateUser user/kim"
        ]
    );
    assert_eq!(hows(&events).len(), 3);
}

#[tokio::test]
async fn lag_is_waited_out_and_counted() {
    let live = organization(&[]);
    let not_found = Fate::Refused("EntityNotFoundException");
    let fake = Fake::new(live.clone())
        .meets("RegisterToWorkMail", &[not_found, not_found])
        .meets("UpdateUser", &[Fate::Refused("EntityStateException")]);
    let (outcome, events) = carry(&fake, &live, newcomer(1, 1, "kim"), &pace()).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(outcome.waits["EntityNotFoundException"], 2);
    assert_eq!(outcome.waits["EntityStateException"], 1);
    assert_eq!(outcome.writes, 6);
    let waited = Event::OperationWaiting {
        id: 2,
        code: "EntityNotFoundException".to_owned(),
    };
    assert_eq!(events.iter().filter(|event| **event == waited).count(), 2);
}

#[tokio::test]
async fn lag_has_a_deadline() {
    let live = organization(&[]);
    let fake = Fake::new(live.clone()).meets(
        "RegisterToWorkMail",
        &[Fate::Refused("EntityStateException"); 50],
    );
    let (outcome, _) = carry(&fake, &live, newcomer(1, 1, "kim"), &pace()).await;
    assert_eq!(outcome.done, [1]);
    let failure = &outcome.failed[&2];
    assert_eq!(failure.code.as_deref(), Some("EntityStateException"));
    assert_eq!(outcome.skipped[&3], "operation 2 failed");
}

#[tokio::test]
async fn a_domain_that_was_waited_for_in_vain_is_not_waited_for_again() {
    let live = organization(&[]);
    let fake = Fake::new(live.clone()).meets(
        "RegisterToWorkMail",
        &[Fate::Refused("MailDomainStateException"); 50],
    );
    let operations = [newcomer(1, 1, "kim"), newcomer(4, 2, "lee")].concat();
    let slow = Pace {
        write_parallelism: 1,
        ..pace()
    };
    let (outcome, events) = carry(&fake, &live, operations, &slow).await;
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&2, &5]);
    let waits_of_the_second =
        |event: &&Event| matches!(event, Event::OperationWaiting { id: 5, .. });
    assert_eq!(events.iter().filter(waits_of_the_second).count(), 0);
}

#[tokio::test]
async fn a_refusal_that_is_no_lag_fails_at_once_and_only_what_depends_on_it() {
    let live = two_users();
    let fake =
        Fake::new(live.clone()).meets("UpdateUser", &[Fate::Refused("EntityStateException")]);
    let mut operations = vec![
        update(1, 1, "ana", "Bern"),
        update(2, 1, "ana", "Basel"),
        operation(
            3,
            2,
            address_call("CreateAlias", "bob", "b"),
            &Target::user("bob"),
        ),
    ];
    operations.extend(newcomer(4, 3, "kim"));
    operations[4].depends_on = vec![2];
    let one_by_one = Pace {
        write_parallelism: 1,
        ..pace()
    };
    let (outcome, _) = carry(&fake, &live, operations, &one_by_one).await;
    assert_eq!(outcome.done, [3, 4]);
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&1]);
    assert_eq!(outcome.skipped.keys().collect::<Vec<_>>(), [&2, &5, &6]);
    assert!(outcome.waits.is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_nothing_is_made_twice() {
    let live = two_users();
    let taken = "NameAvailabilityException";
    for fate in [Fate::LostAfter, Fate::DoneThenRefused(taken)] {
        let fake = Fake::new(live.clone())
            .meets("CreateUser", &[fate])
            .meets("UpdateUser", &[Fate::LostAfter]);
        let operations = newcomer(1, 1, "kim");
        let (outcome, events) = carry(&fake, &live, operations, &pace()).await;
        assert!(outcome.is_complete(), "{outcome:?}");
        let expected = [(1, How::ReadBack), (2, How::Answered), (3, How::ReadBack)];
        assert_eq!(hows(&events), expected);
        assert_eq!(fake.effects().len(), 3);
    }
    let fake = Fake::new(live.clone())
        .meets("DeleteAlias", &[Fate::LostAfter])
        .meets("CreateAlias", &[Fate::LostAfter]);
    let (outcome, events) = carry(&fake, &live, hand_over(1, 1), &pace()).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(hows(&events), [(1, How::ReadBack), (2, How::ReadBack)]);
}

#[tokio::test]
async fn a_request_that_never_arrived_is_sent_again() {
    let live = two_users();
    let fake = Fake::new(live.clone()).meets("CreateUser", &[Fate::LostBefore; 2]);
    let (outcome, events) = carry(&fake, &live, newcomer(1, 1, "kim"), &pace()).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(hows(&events)[0], (1, How::Answered));
    assert_eq!(fake.effects().len(), 3);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let live = two_users();
    let fake = Fake::new(live.clone()).meets("CreateAlias", &[Fate::Throttled; 2]);
    let (outcome, _) = carry(&fake, &live, hand_over(1, 1), &pace()).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(outcome.waits["ThrottlingException"], 2);
}

#[tokio::test]
async fn what_somebody_else_made_is_not_taken_for_ours() {
    let live = organization(&[]);
    let taken = Fate::RefusedAtRetry("NameAvailabilityException");
    // Registered by somebody since the snapshot.
    let fake = Fake::new(organization(&[("kim", &[])])).meets("CreateUser", &[taken; 20]);
    let (outcome, _) = carry(&fake, &live, newcomer(1, 1, "kim"), &pace()).await;
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&1]);
    assert!(fake.effects().is_empty());
    // It was there before.
    let mut before = organization(&[("kim", &[])]);
    let kim = before.entities.get_mut(&Target::user("kim")).expect("kim");
    kim.state = EntityState::Deregistered;
    kim.enabled_at = None;
    let fake = Fake::new(before.clone()).meets("CreateUser", &[taken; 20]);
    let (outcome, _) = carry(&fake, &before, newcomer(1, 1, "kim"), &pace()).await;
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&1]);
}

#[tokio::test]
async fn a_service_that_is_down_fails_with_an_open_end() {
    let live = two_users();
    let fake = Fake::new(live.clone()).meets("UpdateUser", &[Fate::LostAfter]);
    fake.state().blind = true;
    let (outcome, _) = carry(&fake, &live, vec![update(1, 1, "ana", "Bern")], &pace()).await;
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.writes, 1);
}

#[tokio::test]
async fn a_failed_claim_gives_the_address_back() {
    let live = two_users();
    let fake = Fake::new(live.clone()).meets(
        "CreateAlias",
        &[
            Fate::Refused("LimitExceededException"),
            Fate::Refused("EmailAddressInUseException"),
        ],
    );
    let operations = [hand_over(1, 1), vec![update(3, 1, "bob", "Bern")]].concat();
    let (outcome, events) = carry(&fake, &live, operations, &pace()).await;
    assert_eq!(outcome.done, [1]);
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&2]);
    assert_eq!(outcome.skipped[&3], "operation 2 failed");
    assert_eq!(outcome.given_back[&2].back, Back::Whole);
    let told = events.iter().filter_map(|event| match event {
        Event::GivenBack { id: 2, address } => Some(address),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [&outcome.given_back[&2]]);
    assert_eq!(outcome.given_back[&2].address, "shared@example.com");
    assert_eq!(aliases(&fake, "ana"), ["shared@example.com"]);
}

#[tokio::test]
async fn a_release_with_an_open_end_is_given_back_too() {
    let live = two_users();
    let fake = Fake::new(live.clone()).meets("DeleteAlias", &[Fate::LostAfter]);
    fake.state().blind = true;
    let mut operations = hand_over(1, 1);
    operations[0].confirms.clear();
    let (outcome, _) = carry(&fake, &live, operations, &pace()).await;
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&1]);
    assert_eq!(outcome.given_back[&1].back, Back::Whole);
    assert_eq!(aliases(&fake, "ana"), ["shared@example.com"]);
}

#[tokio::test]
async fn no_address_is_released_for_somebody_who_is_not_registered() {
    let live = two_users();
    let mut now = live.clone();
    let bob = now.entities.get_mut(&Target::user("bob")).expect("bob");
    bob.state = EntityState::Deregistered;
    let fake = Fake::new(now);
    let (outcome, _) = carry(&fake, &live, hand_over(1, 1), &pace()).await;
    assert!(fake.effects().is_empty());
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&1]);
    assert_eq!(outcome.skipped.keys().collect::<Vec<_>>(), [&2]);
    assert!(outcome.waits["NotRegistered"] > 1);
}

#[tokio::test]
async fn between_a_release_and_its_claim_no_other_write_starts() {
    let names: Vec<String> = (0..50).map(|number| format!("other{number}")).collect();
    let mut users: Vec<(&str, &[&str])> =
        names.iter().map(|name| (name.as_str(), &[][..])).collect();
    users.extend([("ana", &["shared"][..]), ("bob", &[])]);
    let live = organization(&users);
    let fake = Fake::new(live.clone());
    let mut operations: Vec<Operation> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        operations.push(update(number + 1, number + 10, name, "Bern"));
    }
    operations.extend(hand_over(51, 1));
    operations.rotate_left(30);
    let wide = Pace {
        write_parallelism: 10,
        ..pace()
    };
    let (outcome, events) = carry(&fake, &live, operations, &wide).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(fake.state().most_in_flight, 10);
    let position = |wanted: usize| {
        let started =
            |event: &Event| matches!(event, Event::OperationStarted { id, .. } if *id == wanted);
        events.iter().position(started).expect("it was started")
    };
    let between = &events[position(51) + 1..position(52)];
    assert!(
        !between
            .iter()
            .any(|event| matches!(event, Event::OperationStarted { .. }))
    );
    let effects = fake.effects();
    let at = |effect: &str| {
        effects
            .iter()
            .position(|one| one == effect)
            .expect("it was done")
    };
    let gap = at("CreateAlias user/bob") - at("DeleteAlias user/ana");
    assert!(gap <= 9, "{gap} effects between a release and its claim");
}

#[tokio::test]
async fn nothing_to_take_away_is_success() {
    let live = two_users();
    let fake =
        Fake::new(live.clone()).meets("DeleteAlias", &[Fate::Refused("EntityNotFoundException")]);
    let mut one = hand_over(1, 1).remove(0);
    one.missing_is_done = true;
    let (outcome, events) = carry(&fake, &live, vec![one], &pace()).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(hows(&events), [(1, How::AlreadyDone)]);
}

#[tokio::test]
async fn a_component_goes_on_from_where_a_run_before_left_it() {
    let live = two_users();
    let operations = [hand_over(1, 1), vec![update(3, 1, "bob", "Bern")]].concat();
    let operations = expecting(&live, operations, &["state", "email", "aliases", "city"]);
    for already in 0..=3_usize {
        let fake = Fake::new(live.clone());
        let done_before = operations[..already].to_vec();
        carry(&fake, &live, done_before, &pace()).await;
        fake.state().effects.clear();
        let (outcome, events) = carry(&fake, &live, operations.clone(), &comparing()).await;
        assert!(outcome.is_complete(), "{outcome:?}");
        assert_eq!(fake.effects().len(), 3 - already);
        let known = hows(&events)
            .into_iter()
            .filter(|(_, how)| *how == How::AlreadyDone);
        assert_eq!(known.count(), already);
        assert_eq!(aliases(&fake, "bob"), ["shared@example.com"]);
    }
}

#[tokio::test]
async fn a_component_that_somebody_changed_is_left_alone_and_the_rest_goes_on() {
    let live = organization(&[("ana", &["shared"]), ("bob", &[]), ("cleo", &[])]);
    let mut operations = expecting(&live, hand_over(1, 1), &["aliases"]);
    operations.extend(expecting(
        &live,
        vec![update(3, 2, "cleo", "Bern")],
        &["city"],
    ));
    let mut after = update(4, 3, "bob", "Bern");
    after.depends_on = vec![2];
    operations.push(after);
    let mut now = live.clone();
    let ana = now.entities.get_mut(&Target::user("ana")).expect("ana");
    let more = Address::listed("new@example.com");
    ana.aliases = ana.aliases.clone().map(|mut all| {
        all.insert(more);
        all
    });
    let fake = Fake::new(now);
    let (outcome, _) = carry(&fake, &live, operations, &comparing()).await;
    assert_eq!(fake.effects(), ["UpdateUser user/cleo"]);
    assert_eq!(outcome.done, [3]);
    assert_eq!(outcome.skipped.keys().collect::<Vec<_>>(), [&1, &2, &4]);
    assert_eq!(
        outcome.stale[&1],
        [
            "`aliases` of user/ana is [\"new@example.com\",\"shared@example.com\"], \
          expected [\"shared@example.com\"]"
        ]
    );
}

#[tokio::test]
async fn a_component_that_cannot_be_read_is_left_alone() {
    let live = two_users();
    let fake = Fake::new(live.clone());
    fake.state().blind = true;
    let operations = expecting(&live, vec![update(1, 1, "ana", "Bern")], &["city"]);
    let (outcome, _) = carry(&fake, &live, operations, &comparing()).await;
    assert!(fake.effects().is_empty());
    assert_eq!(outcome.stale.len(), 1);
}

#[tokio::test]
async fn an_interrupt_ends_what_has_begun_and_begins_nothing() {
    let live = two_users();
    let fake = Fake::new(live.clone());
    let operations = [
        newcomer(1, 1, "kim"),
        newcomer(4, 2, "lee"),
        vec![update(7, 3, "ana", "Bern")],
    ];
    let (plan, interrupt) = (plan(operations.concat()), Interrupt::new());
    let two = Pace {
        write_parallelism: 2,
        ..pace()
    };
    let mut events = Events::default();
    let with = with(&two, &interrupt);
    let applying = carry_out(&fake, KINDS, &plan, &live, &with, &mut events);
    let interrupting = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        interrupt.raise();
    };
    let (outcome, ()) = tokio::join!(applying, interrupting);
    assert_eq!(outcome.stopped, Some(Stop::Interrupted));
    assert_eq!(outcome.done.len(), 6);
    assert_eq!(
        outcome.skipped[&7],
        "interrupted before its component began"
    );
}

#[tokio::test]
async fn a_second_interrupt_drops_all_but_what_is_between_a_release_and_its_claim() {
    let live = two_users();
    let fake = Fake::new(live.clone())
        .meets("CreateUser", &[Fate::LostBefore])
        .meets("CreateAlias", &[Fate::LostBefore]);
    let operations = [newcomer(1, 1, "kim"), hand_over(4, 2)].concat();
    let (plan, interrupt) = (plan(operations), Interrupt::new());
    let mut events = Events::default();
    let pace = pace();
    let with = with(&pace, &interrupt);
    let applying = carry_out(&fake, KINDS, &plan, &live, &with, &mut events);
    let interrupting = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        interrupt.raise();
        interrupt.raise();
    };
    let (outcome, ()) = tokio::join!(applying, interrupting);
    assert_eq!(outcome.stopped, Some(Stop::Aborted));
    assert_eq!(outcome.failed.keys().collect::<Vec<_>>(), [&1]);
    assert_eq!(outcome.skipped[&2], "operation 1 failed");
    assert!(outcome.done.contains(&5), "{outcome:?}");
    assert_eq!(aliases(&fake, "bob"), ["shared@example.com"]);
}

#[tokio::test]
async fn ten_thousand_operations_are_no_burden() {
    let live = organization(&[]);
    let fake = Fake::new(live.clone());
    let mut operations = Vec::new();
    for number in 0..3_333 {
        operations.extend(newcomer(number * 3 + 1, number, &format!("user{number}")));
    }
    let wide = Pace {
        write_parallelism: 200,
        ..pace()
    };
    let (outcome, _) = carry(&fake, &live, operations, &wide).await;
    assert!(outcome.is_complete());
    assert_eq!(outcome.done.len(), 9_999);
}
