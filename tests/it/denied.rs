//! Every read operation refused in turn: what it would have told is a gap, nothing is written for it,
//! and drift elsewhere is found as before.

use std::collections::BTreeSet;

use workmailctl::live::ReadError;
use workmailctl::model::{Desired, UnknownCause};
use workmailctl::plan::Plan;

use crate::support::pipeline::{self, Seen};
use crate::support::service::World;
use crate::support::world::sound;

const BEFORE: &str = "
organization: {alias: acme, mailDomains: [example.com]}
users:
  ana:
    {displayName: Ana, email: ana@example.com, aliases: [], jobTitle: Clerk, mailboxQuotaMb: 100, permissions: []}
  bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: []}
  joe: {displayName: Joe, email: joe@example.com}
groups:
  staff: {email: staff@example.com, members: [ana, joe], hiddenFromGlobalAddressList: false}
  guests: {email: guests@example.com, members: []}
resources:
  room: {type: ROOM, email: room@example.com, description: Small, delegates: [ana]}
";

/// Everything that can differ differs, each part by itself.
const AFTER: &str = "
organization: {alias: acme, mailDomains: [example.com, example.org]}
users:
  ana:
    displayName: Ana
    email: ana@example.com
    jobTitle: Director
    aliases: []
    mailboxQuotaMb: 200
  bob: {displayName: Bob, email: bob@example.com, aliases: [robert@example.com]}
  kim: {displayName: Kim, email: kim@example.com, permissions: [{grantee: bob, rights: [SEND_AS]}]}
  lee: {displayName: Lee Young, email: lee@example.com}
  joe: {state: deregistered}
groups:
  staff: {email: staff@example.com, hiddenFromGlobalAddressList: true}
  guests: {email: guests@example.com, members: [bob]}
resources:
  room: {type: ROOM, email: room@example.com, description: Large, delegates: [bob]}
";

/// What a read operation tells that nobody else does: the gaps where it fails, as `TARGET PART`, and
/// the writes that are left out.
struct Row {
    operation: &'static str,
    gaps: &'static [&'static str],
    left_out: &'static [&'static str],
}

const ROWS: &[Row] = &[
    // The tag holds the digest of `management`: a guard stands before every write instead.
    Row {
        operation: "ListTagsForResource",
        gaps: &["organization/acme tags"],
        left_out: &[],
    },
    Row {
        operation: "ListMailDomains",
        gaps: &[
            "organization/acme mailDomains",
            "user/bob whether robert@example.com may be used: the list of mail domains",
        ],
        left_out: &[
            "CreateAlias user/bob",
            "RegisterMailDomain mail-domain/example.org",
        ],
    },
    Row {
        operation: "GetMailDomain",
        gaps: &[
            "mail-domain/example.com verification",
            "user/bob whether robert@example.com may be used: mail domain example.com",
        ],
        left_out: &["CreateAlias user/bob"],
    },
    Row {
        operation: "ListUsers",
        gaps: &[
            "group/guests members",
            "organization/acme the list of users",
            "resource/room delegates",
        ],
        left_out: &[
            "AssociateDelegateToResource resource/room",
            "AssociateMemberToGroup group/guests",
            "CreateAlias user/bob",
            "DeregisterFromWorkMail user/joe",
            "DisassociateDelegateFromResource resource/room",
            "PutMailboxPermissions user/kim",
            "UpdateMailboxQuota user/ana",
            "UpdateUser user/ana",
            "UpdateUser user/kim",
            "UpdateUser user/lee",
        ],
    },
    Row {
        operation: "ListGroups",
        gaps: &[
            "organization/acme the list of groups",
            "user/joe whether it may go: the list of groups",
        ],
        left_out: &[
            "AssociateMemberToGroup group/guests",
            "DeregisterFromWorkMail user/joe",
            "UpdateGroup group/staff",
        ],
    },
    Row {
        operation: "ListResources",
        gaps: &[
            "organization/acme the list of resources",
            "user/joe whether it may go: the list of resources",
        ],
        left_out: &[
            "AssociateDelegateToResource resource/room",
            "DeregisterFromWorkMail user/joe",
            "DisassociateDelegateFromResource resource/room",
            "UpdateResource resource/room",
        ],
    },
    // `UpdateUser` sends every field: of whom they are not known, none is changed.
    Row {
        operation: "DescribeUser",
        gaps: &[
            "user/ana jobTitle",
            "user/kim displayName",
            "user/lee displayName",
        ],
        left_out: &[
            "UpdateUser user/ana",
            "UpdateUser user/kim",
            "UpdateUser user/lee",
        ],
    },
    Row {
        operation: "DescribeGroup",
        gaps: &["group/staff hiddenFromGlobalAddressList"],
        left_out: &["UpdateGroup group/staff"],
    },
    // Whether the room accepts by itself says whether a delegate may go.
    Row {
        operation: "DescribeResource",
        gaps: &[
            "resource/room description",
            "user/joe whether it may go: the bookingOptions of resource/room",
        ],
        left_out: &[
            "DeregisterFromWorkMail user/joe",
            "UpdateResource resource/room",
        ],
    },
    Row {
        operation: "ListAliases",
        gaps: &[
            "user/ana aliases",
            "user/bob aliases",
            "user/joe whether it may go: its aliases",
        ],
        left_out: &["CreateAlias user/bob", "DeregisterFromWorkMail user/joe"],
    },
    Row {
        operation: "ListGroupMembers",
        gaps: &["group/guests members"],
        left_out: &["AssociateMemberToGroup group/guests"],
    },
    Row {
        operation: "ListResourceDelegates",
        gaps: &[
            "resource/room delegates",
            "user/joe whether it may go: the delegates of resource/room",
        ],
        left_out: &[
            "AssociateDelegateToResource resource/room",
            "DeregisterFromWorkMail user/joe",
            "DisassociateDelegateFromResource resource/room",
        ],
    },
    Row {
        operation: "ListMailboxPermissions",
        gaps: &[
            "user/joe whether it may go: the permissions of user/kim",
            "user/kim permissions",
        ],
        left_out: &[
            "DeregisterFromWorkMail user/joe",
            "PutMailboxPermissions user/kim",
        ],
    },
    Row {
        operation: "GetMailboxDetails",
        gaps: &["user/ana mailboxQuotaMb"],
        left_out: &["UpdateMailboxQuota user/ana"],
    },
    Row {
        operation: "ListGroupsForEntity",
        gaps: &["user/joe whether it may go: its groups"],
        left_out: &["DeregisterFromWorkMail user/joe"],
    },
    Row {
        operation: "DescribeEntity",
        gaps: &["user/bob who has robert@example.com"],
        left_out: &["CreateAlias user/bob"],
    },
];

#[tokio::test]
async fn what_may_not_be_read_is_a_gap_and_the_rest_is_planned() {
    every_row("deny", UnknownCause::Denied, 77).await;
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_a_gap_and_the_rest_is_planned() {
    every_row("garbage", UnknownCause::Garbled, 1).await;
}

async fn every_row(fault: &str, cause: UnknownCause, exit: u8) {
    let world = world().await;
    let desired = sound(AFTER);
    let whole = writes(&pipeline::planned(&desired, &seen(&world, &desired).await));
    for row in ROWS {
        let operation = row.operation;
        world.fault(&format!("{operation}:{fault}")).await;
        let found = seen(&world, &desired).await;
        for gap in &found.changes.gaps {
            assert_eq!(gap.unknown.cause, cause, "{operation}: {gap:?}");
            assert_eq!(gap.unknown.operation, operation, "{gap:?}");
        }
        let gaps = found.changes.gaps.iter();
        let mut gaps: Vec<String> = gaps
            .map(|gap| format!("{} {}", gap.target, gap.part))
            .collect();
        gaps.sort();
        assert_eq!(gaps, row.gaps, "{operation}");
        let plan = pipeline::planned(&desired, &found);
        let left_out: Vec<String> = whole.difference(&writes(&plan)).cloned().collect();
        assert_eq!(left_out, row.left_out, "{operation}");
        assert!(writes(&plan).is_subset(&whole), "{operation}");
        assert!(!plan.operations.is_empty(), "{operation}: drift elsewhere");
        assert_eq!(plan.problems, [], "{operation}");
        let management = plan.blocked.iter().any(|block| block.guard == "management");
        assert_eq!(management, operation == "ListTagsForResource");
        world.clear_faults().await;
    }
    organization_unread(&world, &desired, fault, exit).await;
}

/// Where the organization itself cannot be told, nothing is read; an id that is pinned needs no list.
async fn organization_unread(world: &World, desired: &Desired, fault: &str, exit: u8) {
    let mut pinned = desired.clone();
    pinned.organization.pins.id = Some(world.id().to_owned());
    for operation in ["ListOrganizations", "DescribeOrganization"] {
        world.fault(&format!("{operation}:{fault}")).await;
        let error = pipeline::look(world, desired).await.err();
        let error = error.expect("nothing can be read");
        assert_eq!(error.exit_code(), exit, "{error}");
        assert_eq!(
            error.to_string(),
            format!("nothing could be read: `{operation}` failed")
        );
        assert!(matches!(error, ReadError::Api { .. }));
        let by_id = pipeline::look(world, &pinned).await;
        assert_eq!(by_id.is_ok(), operation == "ListOrganizations");
        world.clear_faults().await;
    }
}

/// An organization as `BEFORE` says, and somebody in it who has no full name.
async fn world() -> World {
    let world = World::new(&[]).await;
    world.user("kim", &[]).await;
    world.user("lee", &[]).await;
    let (_, outcome, left) = pipeline::apply(&world, &sound(BEFORE)).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(left.operations, []);
    world
}

async fn seen(world: &World, desired: &Desired) -> Seen {
    pipeline::look(world, desired).await.expect("it is read")
}

/// Every write as `OPERATION KIND/NAME`.
fn writes(plan: &Plan) -> BTreeSet<String> {
    let writes = plan.operations.iter();
    writes
        .map(|operation| format!("{} {}", operation.call.operation, operation.target))
        .collect()
}
