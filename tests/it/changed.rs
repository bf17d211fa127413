//! An organization that changes: leavers, returners, swaps, renames and drift, whatever the switches of
//! the emulator say. One apply with its second round leaves nothing to plan.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};
use workmailctl::emulator::SWITCHES;
use workmailctl::model::Desired;
use workmailctl::plan::Plan;

use crate::support::pipeline;
use crate::support::random::{self, organization};
use crate::support::service::World;
use crate::support::world::sound;

/// Everybody is registered.
const FOUNDED: &str = "
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com, sales@example.com], jobTitle: Engineer, city: Oslo, telephone: '1', permissions: [{grantee: bob, rights: [FULL_ACCESS]}, {grantee: joe, rights: [SEND_AS]}]}
  bob: {displayName: Bob, email: bob@example.com, aliases: [b@example.com], permissions: [{grantee: kim, rights: [SEND_ON_BEHALF]}]}
  joe: {displayName: Joe, email: joe@example.com, aliases: [j@example.com, press@example.com], permissions: [{grantee: ana, rights: [FULL_ACCESS]}]}
  kim: {displayName: Kim, email: kim@example.com, aliases: [k@example.com, jobs@example.com], permissions: []}
  lee: {displayName: Lee, email: lee@example.com, aliases: [l@example.com], jobTitle: Clerk, permissions: [{grantee: ana, rights: [SEND_AS]}]}
  max: {displayName: Max, email: max@example.com, aliases: []}
groups:
  staff: {email: staff@example.com, aliases: [all@example.com], members: [ana, bob, joe, kim, lee, guests], permissions: [{grantee: joe, rights: [SEND_AS]}]}
  guests: {email: guests@example.com, aliases: [visitors@example.com], members: [max]}
  crew: {email: crew@example.com, aliases: [], members: [joe, lee]}
resources:
  room: {type: ROOM, email: room@example.com, aliases: [meet@example.com], description: 8 seats, delegates: [ana, joe], bookingOptions: {autoAcceptRequests: false, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
  hall: {type: ROOM, email: hall@example.com, aliases: [], description: big, delegates: [kim], bookingOptions: {autoAcceptRequests: false, autoDeclineRecurringRequests: false, autoDeclineConflictingRequests: true}}
  van: {type: EQUIPMENT, email: van@example.com, aliases: [], delegates: [lee, bob], bookingOptions: {autoAcceptRequests: true, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
  lamp: {type: EQUIPMENT, email: lamp@example.com, aliases: [], delegates: [], bookingOptions: {autoAcceptRequests: true, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
";

/// Some leave and may come back; two swap addresses; fields, rooms and grants change.
const MOVED: &str = "
users:
  ana: {displayName: Ana, email: bob@example.com, aliases: [a@example.com], jobTitle: '', city: Rome, telephone: '', permissions: [{grantee: bob, rights: [SEND_AS]}]}
  bob: {displayName: Robert, email: ana@example.com, aliases: [sales@example.com], permissions: []}
  joe: {displayName: Joe, state: deregistered}
  lee: {displayName: Lee, state: deregistered}
  max: {displayName: Max, email: max@example.com, aliases: [press@example.com, jobs@example.com]}
groups:
  staff: {email: all@example.com, aliases: [staff@example.com], members: [ana, guests], permissions: [{grantee: bob, rights: [SEND_AS, SEND_ON_BEHALF]}]}
  guests: {email: guests@example.com, aliases: [], members: [max, bob]}
  crew: {state: deregistered}
resources:
  room: {type: ROOM, email: room@example.com, aliases: [b@example.com], description: '', delegates: [bob], bookingOptions: {autoAcceptRequests: true, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
  great-hall: {previously: hall, type: ROOM, email: hall@example.com, aliases: [], description: big, delegates: [ana], bookingOptions: {autoAcceptRequests: false, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: false}}
  van: {type: EQUIPMENT, email: van@example.com, aliases: [], delegates: [], bookingOptions: {autoAcceptRequests: true, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
  lamp: {state: deregistered, type: EQUIPMENT}
";

/// Those who left are back, as other than they were; others go; an alias becomes somebody's primary.
const RETURNED: &str = "
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com, visitors@example.com], jobTitle: Chief, city: Rome, telephone: '', permissions: [{grantee: joe, rights: [FULL_ACCESS]}]}
  bob: {displayName: Robert, state: deregistered}
  joe: {displayName: Joseph, email: press@example.com, aliases: [j@example.com], permissions: [{grantee: lee, rights: [SEND_AS]}]}
  lee: {displayName: Lee, email: lee@example.com, aliases: [], jobTitle: '', permissions: []}
groups:
  staff: {email: staff@example.com, aliases: [], members: [ana, joe, lee], permissions: []}
  crew: {email: crew@example.com, aliases: [all@example.com], members: [ana]}
resources:
  room: {type: ROOM, email: meet@example.com, aliases: [room@example.com], description: 9 seats, delegates: [lee, joe], bookingOptions: {autoAcceptRequests: false, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
  great-hall: {type: ROOM, email: hall@example.com, aliases: [bob@example.com], description: big, delegates: [], bookingOptions: {autoAcceptRequests: true, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
  lamp: {type: EQUIPMENT, email: lamp@example.com, aliases: [], delegates: [], bookingOptions: {autoAcceptRequests: true, autoDeclineRecurringRequests: true, autoDeclineConflictingRequests: true}}
";

/// Everybody as at first, under the old names: those who were deleted are made anew. What a deregistered
/// one still holds goes to nobody else.
fn refounded() -> String {
    FOUNDED
        .replace("  hall: {", "  hall: {previously: great-hall, ")
        .replace("a@example.com, sales@example.com", "a@example.com")
}

/// Nothing undeclared stays, and what is removed is deleted.
const STRICT: &str = "
organization: {alias: acme, mailDomains: [example.com]}
management:
  users: {unmanaged: remove, onRemoval: delete}
  groups: {unmanaged: remove, onRemoval: delete}
  resources: {unmanaged: remove, onRemoval: delete}
";

/// The stages that an organization goes through, by name.
const STAGES: &[(&str, &str)] = &[
    ("founded", FOUNDED),
    ("moved", MOVED),
    ("returned", RETURNED),
];

/// Whose addresses are which at the end, the primary one first, asked past the client.
const AT_THE_END: &[(&str, &[&str])] = &[
    ("ana", &["ana", "a", "visitors"]),
    ("joe", &["press", "j"]),
    ("lee", &["lee"]),
];

/// How often a plan that is not empty is looked at again.
const LOOKS: usize = 6;

/// What is special about a side of a switch.
pub(crate) struct Special {
    pub(crate) setting: &'static str,
    stage: &'static str,
    /// What has to be in the reason of a failure; what is held, or left behind.
    ends: &'static str,
    /// Why it cannot be otherwise.
    #[expect(dead_code, reason = "it is read by people")]
    because: &'static str,
}

pub(crate) const SPECIAL: &[Special] = &[
    Special {
        setting: "resource-rename=move-address",
        stage: "moved",
        ends: "round 1: left [\"UpdatePrimaryEmailAddress resource/great-hall\", \"DeleteAlias \
               resource/great-hall\"], unread []",
        because: "nobody asked for the address that the rename brings: `apply PATH` plans it in its \
                  second round",
    },
    Special {
        setting: "register-test-alias=yes",
        stage: "founded",
        ends: "round 1: left [\"DeleteAlias group/crew\", \"DeleteAlias group/guests\", ",
        because: "nobody asked for the address that the registration brings: the second round too",
    },
    Special {
        setting: "list-aliases-others=refuse",
        stage: "moved",
        ends: "part: \"aliases\", unknown: Unknown { operation: \"ListAliases\", cause: Refused",
        because: "aliases that the service does not tell are unread, and never written",
    },
    Special {
        setting: "permissions-others=refuse",
        stage: "moved",
        ends: "the permissions of group/staff\", unknown: Unknown { operation: \"ListMailboxPermissions\"",
        because: "grants that the service does not tell are unread, and hold back who may have them",
    },
];

/// With all switches at their defaults, and with any one turned to another side.
#[tokio::test]
async fn a_changed_organization_converges_whatever_a_switch_says() {
    let mut failures = String::new();
    if let Err((stage, why)) = lives_through(&[]).await {
        writeln!(failures, "defaults, {stage}: {why}").expect("a text takes all");
    }
    for setting in settings(1) {
        let special = SPECIAL.iter().find(|special| special.setting == setting);
        let fits = match (lives_through(&[&setting]).await, special) {
            (Ok(()), None) => continue,
            (Ok(()), Some(_)) => Err("its row says that it is special, and it is not".to_owned()),
            (Err((stage, why)), Some(special))
                if stage == special.stage && why.contains(special.ends) =>
            {
                Ok(())
            }
            (Err((stage, why)), _) => Err(format!("{stage}: {why}")),
        };
        if let Err(why) = fits {
            writeln!(failures, "{setting}, {why}").expect("a text takes all");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Random combinations of switches, each with a random pair of organizations.
#[tokio::test]
async fn random_pairs_converge_whatever_the_switches_say() {
    let sides = proptest::collection::vec(any::<prop::sample::Index>(), 1..8);
    let any = (sides, organization(), organization());
    let mut failures = String::new();
    let mut refused = 0;
    for (sides, before, wanted) in random::values("combinations", 24, &any) {
        let all = settings(0);
        let (first, second) = (before.manifest(), wanted.manifest());
        // Where the primary address counts, nobody can have it and 100 aliases.
        let is_full = first.contains("filler-") || second.contains("filler-");
        let chosen = sides.iter().map(|side| side.get(&all).as_str());
        let chosen: Vec<&str> = chosen
            .filter(|setting| !(is_full && *setting == "primary-counts=yes"))
            .filter(|setting| SPECIAL.iter().all(|special| special.setting != *setting))
            .collect();
        let world = World::of(&["example.com", "example.org"], &chosen).await;
        for (which, manifest) in [("before", &first), ("wanted", &second)] {
            let desired = sound(manifest);
            if !pipeline::is_possible(&world, &desired).await {
                refused += 1;
                break;
            }
            if let Err(why) = converges(&world, &desired).await {
                writeln!(
                    failures,
                    "{chosen:?}, {which}: {why}
{first}
{second}"
                )
                .expect("a text takes all");
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    eprintln!("{refused} random pairs ask for what no order of calls does");
}

/// The sides of every switch from the one of this number on; the default is the first.
pub(crate) fn settings(first: usize) -> Vec<String> {
    let sides = SWITCHES.iter().flat_map(|switch| {
        switch.values[first..]
            .iter()
            .map(|value| (switch.name, value))
    });
    sides
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// Takes an organization through every stage, and repairs it after somebody meddled with it.
async fn lives_through(switches: &[&str]) -> Result<(), (&'static str, String)> {
    let world = World::of(&["example.com"], switches).await;
    for (stage, sections) in STAGES {
        let desired = sound(&format!("{STRICT}{sections}"));
        converges(&world, &desired)
            .await
            .map_err(|why| (*stage, why))?;
    }
    for (name, expected) in AT_THE_END {
        let expected: Vec<String> = expected
            .iter()
            .map(|local| format!("{local}@example.com"))
            .collect();
        let found = world.addresses(name).await;
        if found != expected {
            return Err(("addresses", format!("{name} has {found:?}")));
        }
    }
    meddle(&world).await;
    let desired = sound(&format!("{STRICT}{RETURNED}"));
    converges(&world, &desired)
        .await
        .map_err(|why| ("meddled", why))?;
    let desired = sound(&format!("{STRICT}{}", refounded()));
    converges(&world, &desired)
        .await
        .map_err(|why| ("refounded", why))
}

/// What somebody does in the console behind the manifest's back.
async fn meddle(world: &World) {
    let id = async |name: &str| {
        let found = world.ask(
            "DescribeEntity",
            json!({"Email": format!("{name}@example.com")}),
        );
        found.await["EntityId"].as_str().expect("an id").to_owned()
    };
    let (ana, joe, lee) = (id("ana").await, id("press").await, id("lee").await);
    let (staff, crew) = (id("staff").await, id("crew").await);
    let (room, hall) = (id("meet").await, id("hall").await);
    let calls: Vec<(&str, Value)> = vec![
        (
            "UpdateUser",
            json!({"UserId": ana, "DisplayName": "Anna", "JobTitle": "Intern", "City": "Rome"}),
        ),
        (
            "DeleteAlias",
            json!({"EntityId": ana, "Alias": "visitors@example.com"}),
        ),
        (
            "CreateAlias",
            json!({"EntityId": lee, "Alias": "visitors@example.com"}),
        ),
        (
            "UpdatePrimaryEmailAddress",
            json!({"EntityId": joe, "Email": "joe@example.com"}),
        ),
        (
            "DisassociateMemberFromGroup",
            json!({"GroupId": staff, "MemberId": ana}),
        ),
        (
            "AssociateMemberToGroup",
            json!({"GroupId": staff, "MemberId": crew}),
        ),
        (
            "PutMailboxPermissions",
            json!({"EntityId": lee, "GranteeId": ana, "PermissionValues": ["FULL_ACCESS"]}),
        ),
        (
            "DeleteMailboxPermissions",
            json!({"EntityId": ana, "GranteeId": joe}),
        ),
        (
            "AssociateDelegateToResource",
            json!({"ResourceId": hall, "EntityId": ana}),
        ),
        (
            "DisassociateDelegateFromResource",
            json!({"ResourceId": room, "EntityId": lee}),
        ),
        (
            "UpdateResource",
            json!({"ResourceId": hall, "BookingOptions": {"AutoAcceptRequests": false, "AutoDeclineRecurringRequests": true, "AutoDeclineConflictingRequests": true}}),
        ),
        ("DeregisterFromWorkMail", json!({"EntityId": crew})),
        ("CreateUser", json!({"Name": "eve", "DisplayName": "Eve"})),
        ("CreateGroup", json!({"Name": "gang"})),
    ];
    for (operation, input) in calls {
        world.ask(operation, input).await;
    }
    let eve = world.ask("DescribeUser", json!({"UserId": "eve"})).await;
    let eve = eve["UserId"].as_str().expect("an id").to_owned();
    let stranger = [
        (
            "RegisterToWorkMail",
            json!({"EntityId": eve, "Email": "eve@example.com"}),
        ),
        (
            "AssociateMemberToGroup",
            json!({"GroupId": staff, "MemberId": eve}),
        ),
        (
            "PutMailboxPermissions",
            json!({"EntityId": ana, "GranteeId": eve, "PermissionValues": ["FULL_ACCESS"]}),
        ),
    ];
    for (operation, input) in stranger {
        world.ask(operation, input).await;
    }
}

/// One apply with its second round, which is there for what could not be read in the first one.
async fn converges(world: &World, desired: &Desired) -> Result<(), String> {
    for round in 1..=2 {
        let (plan, outcome, again) = pipeline::apply(world, desired).await;
        if !outcome.is_complete() {
            return Err(format!(
                "round {round}: failed {:?}, skipped {:?}, stale {:?}",
                outcome.failed, outcome.skipped, outcome.stale
            ));
        }
        let mut left = left_of(&again);
        // Lag is counted in reads: an apply reads until everything is as wanted.
        for _ in 0..LOOKS {
            if left.is_empty() {
                return Ok(());
            }
            let seen = pipeline::look(world, desired).await;
            left = left_of(&pipeline::planned(
                desired,
                &seen.expect("the organization"),
            ));
        }
        let (unread, held) = (plan.snapshot.unknown, plan.held);
        if round == 2 || unread.is_empty() && held.is_empty() {
            return Err(format!("round {round}: left {left:?}, unread {unread:?}"));
        }
    }
    unreachable!("the second round ends it")
}

fn left_of(plan: &Plan) -> Vec<String> {
    let operations = plan.operations.iter();
    let operations =
        operations.map(|operation| format!("{} {}", operation.call.operation, operation.target));
    let held = plan.held.iter();
    let held =
        held.map(|held| format!("{} {} waits for {}", held.target, held.part, held.waits_for));
    let behind = plan.left_behind.iter();
    let behind = behind.map(|left| format!("{} keeps {}", left.target, left.what));
    operations.chain(held).chain(behind).collect()
}
