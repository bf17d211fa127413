//! Plans that are executed against the emulator through the real client: lag, lost answers, failed
//! claims, swaps; and that nothing is left to plan afterwards.

use std::time::Duration;

use serde_json::json;
use workmailctl::apply::{
    Back, Budget, Event, How, Interrupt, NoSecrets, Outcome, Pace, Run, Sink, execute,
};
use workmailctl::diff::diff;
use workmailctl::kinds::KINDS;
use workmailctl::model::{
    Address, Declared, Desired, OnRemoval, Reference, Section, Snapshot, Target, Unmanaged, Wanted,
    Wish,
};
use workmailctl::plan::{Allowances, ManifestStamp, Plan, Planning, Scope, plan};

use crate::support::service::World;

#[derive(Default)]
struct Events(Vec<Event>);

impl Sink for Events {
    fn event(&mut self, event: Event) {
        self.0.push(event);
    }
}

/// Users with a primary address and aliases, by their local parts; nothing else is managed.
fn users(wanted: &[(&str, &str, &[&str])]) -> Desired {
    let mut desired = Desired::default();
    desired.sections.insert("users".to_owned());
    for (name, primary, aliases) in wanted {
        let address = |local: &&str| Address::listed(format!("{local}@example.com"));
        let declared = Declared {
            wanted: Wanted::Registered,
            email: Some(address(primary)),
            aliases: Some(Wish {
                exact: true,
                items: aliases.iter().map(address).collect(),
            }),
            fields: [("displayName".into(), json!(name))].into(),
            ..Declared::default()
        };
        desired.entities.insert(Target::user(*name), declared);
    }
    desired
}

fn planned(desired: &Desired, live: &Snapshot) -> Plan {
    let changes = diff(KINDS, desired, live);
    assert_eq!(changes.problems, []);
    assert_eq!(changes.gaps, []);
    let allowances = Allowances::default();
    let planning = Planning {
        management: &desired.management,
        allowances: &allowances,
        scope: &Scope::default(),
        manifest: ManifestStamp::default(),
        now: jiff::Timestamp::UNIX_EPOCH,
        nonce: "0d9b2c4e".to_owned(),
    };
    plan(KINDS, &changes, live, &planning).expect("a plan")
}

fn pace() -> Pace {
    Pace {
        wait_deadline: Duration::from_secs(5),
        compare: true,
        ..Pace::default()
    }
}

async fn carry_out(world: &World, plan: &Plan, live: &Snapshot, pace: &Pace) -> (Outcome, Events) {
    let mut events = Events::default();
    let (client, interrupt) = (&world.client, Interrupt::new());
    let with = Run {
        pace,
        interrupt: &interrupt,
        secrets: &NoSecrets,
        budget: Budget::default(),
    };
    let outcome = execute(client, KINDS, plan, live, &with, &mut events).await;
    (outcome, events)
}

/// Plans and applies; everything must be done, and nothing left.
async fn converge(world: &World, desired: &Desired) -> (Outcome, Events) {
    let live = world.snapshot().await;
    let (outcome, events) = carry_out(world, &planned(desired, &live), &live, &pace()).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    settled(world, desired).await;
    (outcome, events)
}

async fn settled(world: &World, desired: &Desired) {
    let live = world.snapshot().await;
    assert_eq!(diff(KINDS, desired, &live).held, []);
    assert_eq!(planned(desired, &live).operations, []);
}

fn hows(events: &Events) -> Vec<How> {
    let finished = events.0.iter().filter_map(|event| match event {
        Event::OperationFinished { how, .. } => Some(*how),
        _ => None,
    });
    finished.collect()
}

#[tokio::test]
async fn newcomers_are_made_registered_and_given_their_addresses() {
    let world = World::new(&[]).await;
    let desired = users(&[("ana", "ana", &["a", "b"]), ("bob", "robert", &[])]);
    converge(&world, &desired).await;
    assert_eq!(
        world.addresses("ana").await,
        ["ana@example.com", "a@example.com", "b@example.com"]
    );
    assert_eq!(world.addresses("bob").await, ["robert@example.com"]);
}

#[tokio::test]
async fn the_service_may_lag_behind() {
    for switches in [
        &["lag=1"][..],
        &["lag=2"],
        &["lag=5"],
        &["freed-reuse=later"],
        &["lag=2", "freed-reuse=later", "create-own-alias=refuse"],
    ] {
        let world = World::new(switches).await;
        world.user("ana", &["shared", "old"]).await;
        world.user("bob", &[]).await;
        let desired = users(&[
            ("ana", "bob", &["new"]),
            ("bob", "ana", &["shared"]),
            ("kim", "kim", &["old"]),
        ]);
        let live = world.snapshot().await;
        let plan = planned(&desired, &live);
        let (outcome, _) = carry_out(&world, &plan, &live, &pace()).await;
        assert!(outcome.is_complete(), "{switches:?}: {outcome:#?}");
        assert_eq!(world.addresses("bob").await[0], "ana@example.com");
    }
}

#[tokio::test]
async fn lost_answers_are_read_back_and_nothing_is_made_twice() {
    let operations = [
        "CreateUser",
        "RegisterToWorkMail",
        "CreateAlias",
        "DeleteAlias",
        "UpdatePrimaryEmailAddress",
    ];
    let kinds = ["reset-after", "reset-before", "truncate", "500", "throttle"];
    let mut faults = Vec::new();
    for operation in operations {
        // Once, in a row that the client gets through by itself, and in one that it does not.
        faults.extend(kinds.map(|kind| format!("{operation}:{kind}@1")));
        faults.push(format!("{operation}:reset-after@1-4"));
        faults.push(format!("{operation}:500@1-10"));
    }
    let all = faults.iter().map(|fault| Box::pin(gets_through(fault)));
    futures::future::join_all(all).await;
}

async fn gets_through(fault: &str) {
    let world = World::new(&[]).await;
    world.user("ana", &["shared"]).await;
    world.user("bob", &[]).await;
    let desired = users(&[
        ("ana", "bob", &[]),
        ("bob", "ana", &["shared"]),
        ("kim", "kim", &[]),
    ]);
    let live = world.snapshot().await;
    let plan = planned(&desired, &live);
    world.fault(fault).await;
    let (outcome, _) = carry_out(&world, &plan, &live, &pace()).await;
    assert!(outcome.is_complete(), "{fault}: {outcome:#?}");
    settled(&world, &desired).await;
    let made = world.effects().await.into_iter();
    let made =
        made.filter(|(operation, input)| operation == "CreateUser" && input["Name"] == "kim");
    assert_eq!(made.count(), 1, "{fault}");
}

#[tokio::test]
async fn a_claim_that_fails_gives_the_address_back_and_the_next_run_completes() {
    let world = World::new(&[]).await;
    world.user("ana", &["shared"]).await;
    let bob = world.user("bob", &[]).await;
    let desired = users(&[("ana", "ana", &[]), ("bob", "bob", &["shared"])]);
    let live = world.snapshot().await;
    let plan = planned(&desired, &live);
    world
        .fault("CreateAlias:error=MailDomainNotFoundException@1")
        .await;
    let (outcome, events) = carry_out(&world, &plan, &live, &pace()).await;
    assert_eq!(outcome.failed.len(), 1, "{outcome:#?}");
    let mut back = outcome.given_back.values();
    assert!(back.all(|address| address.back == Back::Whole && address.holder == "user/ana"));
    let given = |event: &Event| matches!(event, Event::GivenBack { .. });
    assert_eq!(events.0.iter().filter(|event| given(event)).count(), 1);
    assert_eq!(
        world.addresses("ana").await,
        ["ana@example.com", "shared@example.com"]
    );
    converge(&world, &desired).await;
    assert_eq!(
        world.addresses("bob").await,
        ["bob@example.com", "shared@example.com"]
    );
    let claims = world
        .effects()
        .await
        .into_iter()
        .filter(|(operation, input)| operation == "CreateAlias" && input["EntityId"] == json!(bob));
    assert_eq!(claims.count(), 1);
}

#[tokio::test]
async fn a_swap_among_fifty_other_changes_leaves_no_gap() {
    let world = World::new(&[]).await;
    let names: Vec<String> = (0..50).map(|number| format!("user{number:02}")).collect();
    world.user("ana", &[]).await;
    world.user("zoe", &[]).await;
    let mut wanted: Vec<(&str, &str, &[&str])> = vec![("ana", "zoe", &[]), ("zoe", "ana", &[])];
    wanted.extend(
        names
            .iter()
            .map(|name| (name.as_str(), name.as_str(), &[][..])),
    );
    let desired = users(&wanted);
    let live = world.snapshot().await;
    let plan = planned(&desired, &live);
    world.control("POST", "/_emulator/reset", json!(null)).await;
    let wide = Pace {
        write_parallelism: 10,
        ..pace()
    };
    let (outcome, _) = carry_out(&world, &plan, &live, &wide).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    // By the emulator's own log: how many effects lie between the moment at which an address of the
    // two is nobody's and the moment at which it is somebody's again.
    let effects = world.effects().await;
    let mut released = None;
    let mut gaps = Vec::new();
    for (position, (operation, input)) in effects.iter().enumerate() {
        let about = input["Email"].as_str().or(input["Alias"].as_str());
        let moves = about.is_some_and(|one| one.starts_with("ana@") || one.starts_with("zoe@"));
        match operation.as_str() {
            "DeleteAlias" if moves => released = Some(position),
            "CreateAlias" | "UpdatePrimaryEmailAddress" if moves => {
                gaps.extend(released.take().map(|from: usize| position - from - 1));
            }
            _ => {}
        }
    }
    assert_eq!(released, None);
    assert!(!gaps.is_empty());
    assert!(gaps.iter().all(|gap| *gap < 10), "{gaps:?}");
    settled(&world, &desired).await;
}

#[tokio::test]
async fn a_plan_that_was_carried_out_in_part_is_carried_out_to_its_end() {
    let world = World::new(&[]).await;
    world.user("ana", &["shared"]).await;
    world.user("bob", &[]).await;
    let desired = users(&[
        ("ana", "bob", &[]),
        ("bob", "ana", &["shared"]),
        ("kim", "kim", &[]),
    ]);
    let live = world.snapshot().await;
    let whole = planned(&desired, &live);
    for count in 1..whole.operations.len() {
        let world = World::new(&[]).await;
        world.user("ana", &["shared"]).await;
        world.user("bob", &[]).await;
        let live = world.snapshot().await;
        let whole = planned(&desired, &live);
        let mut part = whole.clone();
        part.operations.truncate(count);
        let (outcome, _) = carry_out(&world, &part, &live, &pace()).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        let (outcome, events) = carry_out(&world, &whole, &world.snapshot().await, &pace()).await;
        assert!(outcome.is_complete(), "{count}: {outcome:#?}");
        let known = hows(&events)
            .into_iter()
            .filter(|how| *how == How::AlreadyDone);
        assert_eq!(known.count(), count);
        settled(&world, &desired).await;
    }
}

#[tokio::test]
async fn what_is_denied_fails_and_the_rest_goes_on() {
    let world = World::new(&[]).await;
    world.user("ana", &[]).await;
    let desired = users(&[("ana", "ana", &["a"]), ("kim", "kim", &[])]);
    let live = world.snapshot().await;
    let plan = planned(&desired, &live);
    world.fault("CreateAlias:deny").await;
    let (outcome, _) = carry_out(&world, &plan, &live, &pace()).await;
    assert_eq!(outcome.failed.len(), 1, "{outcome:#?}");
    assert_eq!(world.addresses("kim").await, ["kim@example.com"]);
    let codes = outcome
        .failed
        .values()
        .map(|failure| failure.code.as_deref());
    assert_eq!(codes.collect::<Vec<_>>(), [Some("AccessDeniedException")]);
}

/// A newcomer, a leaver, a swap of primary addresses, and a room that changes its delegate.
async fn much_changes(world: &World) -> Desired {
    for (name, aliases) in [
        ("ana", &["shared"][..]),
        ("bob", &[]),
        ("cleo", &["c"]),
        ("dan", &[]),
    ] {
        world.user(name, aliases).await;
    }
    let room = json!({"Name": "room", "Type": "ROOM"});
    let room = world.ask("CreateResource", room).await["ResourceId"].clone();
    let register = json!({"EntityId": room, "Email": "room@example.com"});
    world.ask("RegisterToWorkMail", register).await;
    let dan = world.ask("DescribeUser", json!({"UserId": "dan"})).await["UserId"].clone();
    let seat = json!({"ResourceId": room, "EntityId": dan});
    world.ask("AssociateDelegateToResource", seat).await;

    let mut desired = users(&[
        ("ana", "bob", &[]),
        ("bob", "ana", &["shared"]),
        ("dan", "dan", &["c"]),
        ("kim", "kim", &["k"]),
    ]);
    let section = Section {
        unmanaged: Unmanaged::Remove,
        on_removal: OnRemoval::Delete,
        ..Section::default()
    };
    desired
        .management
        .sections
        .insert("users".to_owned(), section);
    desired.sections.insert("resources".to_owned());
    let room = Declared {
        links: Some(Wish {
            exact: true,
            items: vec![Reference("kim".to_owned())],
        }),
        ..Declared::default()
    };
    desired.entities.insert(Target::resource("room"), room);
    desired
}

#[tokio::test]
async fn a_run_that_is_cut_off_at_any_request_is_completed_by_the_next() {
    let mut points = 0;
    'requests: for requests in 0.. {
        for with_effect in [false, true] {
            for saved in [false, true] {
                let world = World::new(&[]).await;
                let desired = much_changes(&world).await;
                let live = world.snapshot().await;
                let plan = planned(&desired, &live);
                world.cut.after(requests, with_effect);
                let pace = pace();
                let ended = tokio::select! {
                    _ = carry_out(&world, &plan, &live, &pace) => true,
                    () = world.cut.reached() => false,
                };
                world.cut.mend();
                if ended {
                    break 'requests;
                }
                points += 1;
                let live = world.snapshot().await;
                let next = if saved {
                    plan
                } else {
                    planned(&desired, &live)
                };
                let (outcome, _) = carry_out(&world, &next, &live, &pace).await;
                let told = format!("cut after {requests}, {with_effect}, {saved}: {outcome:#?}");
                assert!(outcome.is_complete(), "{told}");
                // Aliases cannot be read while somebody is deregistered: a second round.
                converge(&world, &desired).await;
                let made = world.effects().await.into_iter();
                let made = made.filter(|(operation, _)| operation == "CreateUser");
                assert_eq!(made.count(), 5, "{told}");
            }
        }
    }
    assert!(points > 60, "only {points} points");
}
