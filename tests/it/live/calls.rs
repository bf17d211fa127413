//! What is read, and how many requests it takes: worked out by hand, counted by the emulator.

use serde_json::{Value, json};
use workmailctl::kinds::KINDS;
use workmailctl::live::{Needs, Piece, read_more};
use workmailctl::model::{
    Address, EntityState, Part, Party, Right, Snapshot, Target, UnknownCause,
};

use super::world::{World, lists, pieces};

async fn counted(world: &World, needs: &Needs, calls: u64) -> Snapshot {
    world.reset().await;
    let snapshot = world.snapshot(needs).await;
    let stats = world.stats().await;
    assert_eq!(stats["total"], calls, "{stats}");
    assert_eq!(snapshot.calls, calls);
    snapshot
}

fn addresses(addresses: &[&str]) -> std::collections::BTreeSet<Address> {
    addresses
        .iter()
        .map(|address| Address::listed(*address))
        .collect()
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let world = World::new().await;
    for number in 0..250 {
        world.idle_user(&format!("user{number}")).await;
    }
    let before = counted(&world, &lists(&["user"]), 2 + 3).await;
    assert_eq!(before.lower_bound, 5);
    let people = before.entities.values().filter(|entity| !entity.built_in);
    assert_eq!(people.count(), 250);
    // The page that cannot be read leaves nothing of the list certain.
    world.faults(&["ListUsers:deny@2"]).await;
    let snapshot = world.snapshot(&lists(&["user"])).await;
    let unknown = snapshot.listed("user").unknown().expect("it is not known");
    assert_eq!(unknown.cause, UnknownCause::Denied);
    assert!(snapshot.entities.is_empty());
}

#[tokio::test]
async fn an_empty_list_costs_a_request_and_what_is_not_there_costs_none() {
    let world = World::new().await;
    let ghost = Target::resource("ghost");
    let needs = pieces(&ghost, &[Piece::Details, Piece::Aliases, Piece::Links]);
    let snapshot = counted(&world, &needs, 3).await;
    assert_eq!(snapshot.lower_bound, 3);
    assert!(!snapshot.entities.contains_key(&ghost));
    assert!(snapshot.listed("resource").is_certain());
}

#[tokio::test]
async fn a_user_is_read_whole() {
    let world = World::new().await;
    let ana = world.user("ana").await;
    let bo = world.user("bo").await;
    let staff = world.group("staff").await;
    world
        .ask(
            "UpdateUser",
            json!({"UserId": ana, "City": "Oslo", "JobTitle": "", "HiddenFromGlobalAddressList": true}),
        )
        .await;
    for alias in ["a@example.com", "Ann@example.com"] {
        let input = json!({"EntityId": ana, "Alias": alias});
        world.ask("CreateAlias", input).await;
    }
    let grant =
        json!({"EntityId": ana, "GranteeId": bo, "PermissionValues": ["SEND_AS", "FULL_ACCESS"]});
    world.ask("PutMailboxPermissions", grant).await;
    let member = json!({"GroupId": staff, "MemberId": ana});
    world.ask("AssociateMemberToGroup", member).await;

    let target = Target::user("ANA");
    let all = [
        Piece::Details,
        Piece::Aliases,
        Piece::Links,
        Piece::Grants,
        Piece::Mailbox,
        Piece::Groups,
    ];
    // Users have no members: five pieces, one request each.
    let snapshot = counted(&world, &pieces(&target, &all), 2 + 1 + 5).await;
    assert_eq!(snapshot.lower_bound, 8);
    let user = &snapshot.entities[&target];
    assert_eq!(user.id, ana);
    assert_eq!(user.state, EntityState::Registered);
    assert!(user.enabled_at.is_some() && !user.built_in);
    assert_eq!(user.email, Part::Known(Address::listed("ana@example.com")));
    assert_eq!(
        user.aliases,
        Part::Known(addresses(&["a@example.com", "ann@example.com"]))
    );
    assert_eq!(*user.field("displayName"), Part::Known(json!("The ana")));
    assert_eq!(*user.field("city"), Part::Known(json!("Oslo")));
    assert_eq!(*user.field("jobTitle"), Part::Absent);
    assert_eq!(*user.field("street"), Part::Absent);
    assert_eq!(*user.field("role"), Part::Known(json!("USER")));
    let hidden = user.field("hiddenFromGlobalAddressList");
    assert_eq!(*hidden, Part::Known(Value::Bool(true)));
    let quota = user.field("mailboxQuotaMb").known().and_then(Value::as_i64);
    assert!(quota.is_some_and(|quota| quota > 0));
    let grants = user.grants.known().expect("they were read");
    assert_eq!(grants[0].grantee, Party::Entity(Target::user("bo")));
    assert_eq!(
        grants[0].rights,
        [Right::FullAccess, Right::SendAs].into_iter().collect()
    );
    let groups = user.groups.known().expect("they were read");
    assert_eq!(groups, &[Party::Entity(Target::group("staff"))]);
    // Of the other user only what the list tells was read.
    let other = &snapshot.entities[&Target::user("bo")];
    assert_eq!(*other.field("city"), Part::NotRead);
    assert_eq!(other.aliases, Part::NotRead);
}

#[tokio::test]
async fn the_primary_address_is_no_alias_whatever_the_service_lists() {
    for switch in ["list-aliases-primary=with", "list-aliases-primary=without"] {
        let world = World::with(workmailctl::emulator::Options::default(), &[switch]).await;
        let ana = world.user("ana").await;
        let input = json!({"EntityId": ana, "Alias": "a@example.com"});
        world.ask("CreateAlias", input).await;
        let target = Target::user("ana");
        let snapshot = world.snapshot(&pieces(&target, &[Piece::Aliases])).await;
        let aliases = &snapshot.entities[&target].aliases;
        assert_eq!(
            *aliases,
            Part::Known(addresses(&["a@example.com"])),
            "{switch}"
        );
    }
}

#[tokio::test]
async fn members_and_delegates_have_names_where_lists_tell_them() {
    let world = World::new().await;
    let ana = world.user("ana").await;
    let inner = world.group("inner").await;
    let staff = world.group("staff").await;
    let room = world.room("room").await;
    for member in [&ana, &inner] {
        let input = json!({"GroupId": staff, "MemberId": member});
        world.ask("AssociateMemberToGroup", input).await;
    }
    let input = json!({"ResourceId": room, "EntityId": ana});
    world.ask("AssociateDelegateToResource", input).await;
    let mut needs = lists(&["user", "group", "resource"]);
    let (staff, room) = (Target::group("staff"), Target::resource("room"));
    needs.piece(&staff, Piece::Links);
    needs.piece(&room, Piece::Links);
    needs.piece(&room, Piece::Details);
    let snapshot = counted(&world, &needs, 2 + 3 + 3).await;
    let parties = |snapshot: &Snapshot, target: &Target| -> Vec<Party> {
        let links = snapshot.entities[target].links.known().expect("read");
        let mut parties: Vec<Party> = links.iter().map(|link| link.party.clone()).collect();
        parties.sort();
        parties
    };
    assert_eq!(
        parties(&snapshot, &staff),
        [
            Party::Entity(Target::group("inner")),
            Party::Entity(Target::user("ana"))
        ]
    );
    assert_eq!(
        parties(&snapshot, &room),
        [Party::Entity(Target::user("ana"))]
    );
    let room_live = &snapshot.entities[&room];
    assert_eq!(*room_live.field("type"), Part::Known(json!("ROOM")));
    let options = room_live.field("bookingOptions").known().expect("read");
    assert!(options["autoAcceptRequests"].is_boolean(), "{options}");
    // Without the list of users nobody knows whom the id stands for, and the planner asks for it.
    let snapshot = world.snapshot(&pieces(&room, &[Piece::Links])).await;
    assert_eq!(parties(&snapshot, &room), [Party::Unresolved(ana.clone())]);
}

#[tokio::test]
async fn the_deleted_and_the_built_in_are_told_apart() {
    let world = World::new().await;
    let first = world.idle_user("ana").await;
    world.ask("DeleteUser", json!({"UserId": first})).await;
    let second = world.idle_user("ana").await;
    let snapshot = world.snapshot(&Needs::everything(KINDS)).await;
    assert_eq!(snapshot.entities[&Target::user("ana")].id, second);
    assert_eq!(snapshot.deleted, [(Target::user("ana"), first)]);
    let built_in: Vec<_> = snapshot
        .entities
        .values()
        .filter(|entity| entity.built_in)
        .collect();
    assert!(!built_in.is_empty(), "the service has users of its own");
    // Nothing is asked about them.
    assert!(
        built_in
            .iter()
            .all(|entity| entity.aliases == Part::NotRead)
    );
}

#[tokio::test]
async fn what_is_deregistered_has_no_mailbox_and_aliases_nobody_knows() {
    let world = World::new().await;
    let ana = world.user("ana").await;
    world
        .ask("DeregisterFromWorkMail", json!({"EntityId": ana}))
        .await;
    let target = Target::user("ana");
    let needs = pieces(&target, &[Piece::Aliases, Piece::Mailbox]);
    let snapshot = counted(&world, &needs, 2 + 1 + 1).await;
    let user = &snapshot.entities[&target];
    assert_eq!(user.state, EntityState::Deregistered);
    assert_eq!(*user.field("mailboxQuotaMb"), Part::Absent);
    let unknown = user.aliases.unknown().expect("they are not told");
    assert_eq!(unknown.cause, UnknownCause::Deregistered);
}

#[tokio::test]
async fn the_holder_of_an_address_is_asked_for() {
    let world = World::new().await;
    world.room("room").await;
    let held = Address::listed("room@example.com");
    let free = Address::listed("free@example.com");
    let needs = Needs {
        lookups: [held.clone(), free.clone()].into(),
        ..Needs::default()
    };
    let snapshot = counted(&world, &needs, 2 + 2).await;
    let holder = snapshot.lookups[&held].known().expect("a holder");
    assert_eq!(holder.holder, Target::resource("room"));
    assert_eq!(snapshot.lookups[&free], Part::Absent);
}

#[tokio::test]
async fn more_is_read_into_a_snapshot() {
    let world = World::new().await;
    let ana = world.user("ana").await;
    let target = Target::user("ana");
    let client = world.client().await.for_organization(&world.id);
    let mut snapshot = world.snapshot(&pieces(&target, &[Piece::Aliases])).await;
    let input = json!({"EntityId": ana, "Alias": "a@example.com"});
    world.ask("CreateAlias", input).await;
    let input = json!({"UserId": ana, "City": "Oslo"});
    world.ask("UpdateUser", input).await;
    let (calls, fewest) = (snapshot.calls, snapshot.lower_bound);
    let mut more = Needs::default();
    more.piece(&target, Piece::Aliases);
    more.piece(&target, Piece::Details);
    Box::pin(read_more(&client, KINDS, &mut snapshot, &more)).await;
    let user = &snapshot.entities[&target];
    assert_eq!(user.aliases, Part::Known(addresses(&["a@example.com"])));
    assert_eq!(*user.field("city"), Part::Known(json!("Oslo")));
    assert_eq!(snapshot.calls, calls + 2);
    assert_eq!(snapshot.lower_bound, fewest + 2);
    // Lists again: what was read of its entities stays.
    Box::pin(read_more(&client, KINDS, &mut snapshot, &lists(&["user"]))).await;
    let user = &snapshot.entities[&target];
    assert_eq!(user.aliases, Part::Known(addresses(&["a@example.com"])));
    // Gone in the meantime.
    world
        .ask("DeregisterFromWorkMail", json!({"EntityId": ana}))
        .await;
    world.ask("DeleteUser", json!({"UserId": ana})).await;
    Box::pin(read_more(&client, KINDS, &mut snapshot, &more)).await;
    assert!(!snapshot.entities.contains_key(&target));
}

#[tokio::test]
async fn what_came_since_is_asked_for_by_its_name() {
    let world = World::new().await;
    let client = world.client().await.for_organization(&world.id);
    let mut snapshot = world.snapshot(&Needs::default()).await;
    let target = Target::group("staff");
    let mut more = Needs::default();
    more.piece(&target, Piece::Details);
    more.piece(&target, Piece::Aliases);
    more.piece(&target, Piece::Links);
    Box::pin(read_more(&client, KINDS, &mut snapshot, &more)).await;
    assert!(!snapshot.entities.contains_key(&target));
    let staff = world.group("staff").await;
    // That nobody may ask for it does not mean that it is not there.
    world.faults(&["DescribeGroup:deny"]).await;
    let mut denied = snapshot.clone();
    Box::pin(read_more(&client, KINDS, &mut denied, &more)).await;
    assert!(denied.entities[&target].email.unknown().is_some());
    world.faults(&[]).await;
    Box::pin(read_more(&client, KINDS, &mut snapshot, &more)).await;
    let group = &snapshot.entities[&target];
    assert_eq!(group.id, staff);
    assert_eq!(group.links, Part::Known(Vec::new()));
    assert_eq!(group.aliases, Part::Known(addresses(&[])));
}
