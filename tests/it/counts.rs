//! What reading costs: for each manifest the calls of both reads, worked out by hand, against what the
//! emulator counted and what the snapshot says of itself.
//!
//! The organization: 120 users `u001` to `u120` and the service's own system user, which every list
//! tells too: 121 users are two pages of 100. A group `staff` and a room `room`, each with `u001`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::support::pipeline;
use crate::support::service::World;
use crate::support::world::sound;

const USERS: usize = 120;

/// What every reading begins with: the organization is found by its alias, described, and its tags
/// are read for the digest of `management`.
const ALWAYS: &[(&str, u64)] = &[
    ("ListOrganizations", 1),
    ("DescribeOrganization", 1),
    ("ListTagsForResource", 1),
];

struct Row {
    what: &'static str,
    manifest: &'static str,
    /// Beyond `ALWAYS`.
    calls: &'static [(&'static str, u64)],
}

const ROWS: &[Row] = &[
    Row {
        what: "no section is managed, so nothing is listed",
        manifest: "organization: {alias: acme}",
        calls: &[],
    },
    Row {
        what: "the mail domains are one list, and whether one is verified is a call of its own",
        manifest: "organization: {alias: acme, mailDomains: [example.com]}",
        calls: &[("ListMailDomains", 1), ("GetMailDomain", 1)],
    },
    Row {
        what: "what a list tells of one user costs the list: ceil((120 + 1) / 100)",
        manifest: "users: {u001: {displayName: u001, email: u001@example.com}}",
        calls: &[("ListUsers", 2)],
    },
    Row {
        what: "an exact set of aliases costs one call for each user that has one, also an empty one",
        manifest: "
users:
  u001: {displayName: u001, email: u001@example.com, aliases: [first@example.com]}
  u002: {displayName: u002, email: u002@example.com, aliases: []}
  u003: {displayName: u003, email: u003@example.com}
",
        calls: &[("ListUsers", 2), ("ListAliases", 2)],
    },
    Row {
        what: "what only a description tells is one call a user, however many fields there are",
        manifest: "
users:
  u001: {displayName: u001, email: u001@example.com, jobTitle: '', city: ''}
  u002: {displayName: u002, email: u002@example.com, jobTitle: ''}
",
        calls: &[("ListUsers", 2), ("DescribeUser", 2)],
    },
    Row {
        what: "the size of a mailbox is a call of its own",
        manifest: "users: {u001: {displayName: u001, email: u001@example.com, mailboxQuotaMb: 51200}}",
        calls: &[("ListUsers", 2), ("GetMailboxDetails", 1)],
    },
    Row {
        what: "members have names: users are listed for them, though they are not managed",
        manifest: "groups: {staff: {email: staff@example.com, members: [u001]}}",
        calls: &[("ListGroups", 1), ("ListUsers", 2), ("ListGroupMembers", 1)],
    },
    Row {
        what: "a room with delegates and booking options",
        manifest: "
resources:
  room:
    type: ROOM
    email: room@example.com
    bookingOptions: {autoAcceptRequests: true}
    delegates: [u001]
",
        calls: &[
            ("ListResources", 1),
            ("ListUsers", 2),
            ("ListGroups", 1),
            ("ListResourceDelegates", 1),
            ("DescribeResource", 1),
        ],
    },
    Row {
        what: "grants: one call a mailbox, and the names of users and groups",
        manifest: "users: {u001: {displayName: u001, email: u001@example.com, permissions: []}}",
        calls: &[
            ("ListUsers", 2),
            ("ListGroups", 1),
            ("ListMailboxPermissions", 1),
        ],
    },
    Row {
        what: "a field that changes: the second read describes the user, whose whole data set is sent",
        manifest: "users: {u001: {displayName: Una, email: u001@example.com}}",
        calls: &[("ListUsers", 2), ("DescribeUser", 1)],
    },
    Row {
        what: "an alias that comes: is its domain verified, and has anybody else this address",
        manifest: "
users:
  u001: {displayName: u001, email: u001@example.com, aliases: [first@example.com, new@example.com]}
",
        calls: &[
            ("ListUsers", 2),
            ("ListAliases", 1),
            ("ListMailDomains", 1),
            ("GetMailDomain", 1),
            ("DescribeEntity", 1),
        ],
    },
    Row {
        what: "two that are new: one verification for their domain, one question for each address",
        manifest: "
users:
  kim: {displayName: Kim, email: kim@example.com}
  lee: {displayName: Lee, email: lee@example.com}
",
        calls: &[
            ("ListUsers", 2),
            ("ListMailDomains", 1),
            ("GetMailDomain", 1),
            ("DescribeEntity", 2),
        ],
    },
    Row {
        // Their own addresses and groups; then what may hold on to them: the grants on each of the
        // 120 + 1 + 1 mailboxes, the delegates of the room, and whether it accepts by itself.
        what: "somebody who goes",
        manifest: "users: {u120: {state: deregistered}}",
        calls: &[
            ("ListUsers", 2),
            ("ListAliases", 1),
            ("ListGroupsForEntity", 1),
            ("ListGroups", 1),
            ("ListResources", 1),
            ("ListMailboxPermissions", 122),
            ("ListResourceDelegates", 1),
            ("DescribeResource", 1),
        ],
    },
    Row {
        // As above, and its members, who lose their membership with it.
        what: "a group that goes",
        manifest: "groups: {staff: {state: absent}}",
        calls: &[
            ("ListGroups", 1),
            ("ListAliases", 1),
            ("ListGroupsForEntity", 1),
            ("ListGroupMembers", 1),
            ("ListUsers", 2),
            ("ListResources", 1),
            ("ListMailboxPermissions", 122),
            ("ListResourceDelegates", 1),
            ("DescribeResource", 1),
        ],
    },
    Row {
        what: "watched mailboxes cost nothing where nobody can get to read anything",
        manifest: "
management: {watchReaders: [\"*\"]}
users: {u001: {displayName: Una, email: u001@example.com}}
",
        calls: &[("ListUsers", 2), ("DescribeUser", 1)],
    },
    Row {
        // Both are read already, and nothing else is watched; a role may act as who comes.
        what: "a new reader of a watched mailbox, and one of another",
        manifest: "
management: {watchReaders: [u001]}
users:
  u001: {displayName: u001, email: u001@example.com, permissions: [{grantee: u002, rights: [FULL_ACCESS]}]}
  u003: {displayName: u003, email: u003@example.com, permissions: [{grantee: u002, rights: [FULL_ACCESS]}]}
",
        calls: &[
            ("ListUsers", 2),
            ("ListGroups", 1),
            ("ListMailboxPermissions", 2),
            ("ListImpersonationRoles", 1),
        ],
    },
    Row {
        // Through a group somebody may read whatever it holds: the grants on the one mailbox that is
        // watched. Its name is a user's, so that no resource is watched.
        what: "somebody joins a group while one user is watched",
        manifest: "
management: {watchReaders: [u120]}
groups: {staff: {email: staff@example.com, members: [u001, u002]}}
",
        calls: &[
            ("ListGroups", 1),
            ("ListUsers", 2),
            ("ListGroupMembers", 1),
            ("ListMailboxPermissions", 1),
            ("ListImpersonationRoles", 1),
        ],
    },
    Row {
        what: "a name under `protect` that is somebody's costs their lists",
        manifest: "
management: {protect: [u120]}
groups: {staff: {email: staff@example.com}}
",
        calls: &[("ListGroups", 1), ("ListUsers", 2), ("ListResources", 1)],
    },
    Row {
        // Tags are read always, and tell the applications too.
        what: "one that is nobody's costs the lists of settings too",
        manifest: "
management: {protect: [u120, nobody]}
groups: {staff: {email: staff@example.com}}
",
        calls: &[
            ("ListGroups", 1),
            ("ListUsers", 2),
            ("ListResources", 1),
            ("DescribeEmailMonitoringConfiguration", 1),
            ("DescribeIdentityProviderConfiguration", 1),
            ("DescribeInboundDmarcSettings", 1),
            ("GetDefaultRetentionPolicy", 1),
            ("ListAccessControlRules", 1),
            ("ListAvailabilityConfigurations", 1),
            ("ListImpersonationRoles", 1),
            ("ListMobileDeviceAccessOverrides", 1),
            ("ListMobileDeviceAccessRules", 1),
            ("ListPersonalAccessTokens", 1),
        ],
    },
    Row {
        what: "one whose kind is said costs its list only, and nobody is watched by a setting",
        manifest: "
management: {protect: [access-control-rule/default], watchReaders: [u120]}
groups: {staff: {email: staff@example.com}}
",
        calls: &[
            ("ListGroups", 1),
            ("ListUsers", 2),
            ("ListResources", 1),
            ("ListImpersonationRoles", 1),
            ("ListAccessControlRules", 1),
        ],
    },
    Row {
        // A room has delegates beside grants. Its delegate is a person, so that no group is asked for.
        what: "somebody joins a group while a room is watched",
        manifest: "
management: {watchReaders: [room]}
groups: {staff: {email: staff@example.com, members: [u001, u002]}}
",
        calls: &[
            ("ListGroups", 1),
            ("ListUsers", 2),
            ("ListGroupMembers", 1),
            ("ListResources", 1),
            ("ListResourceDelegates", 1),
            ("ListMailboxPermissions", 1),
            ("ListImpersonationRoles", 1),
        ],
    },
    Row {
        // Through the delegates that come to the members of their group.
        what: "a group gets a seat in a watched room, whose grants nobody manages",
        manifest: "
management: {watchReaders: [room]}
resources: {room: {type: ROOM, email: room@example.com, delegates: [u001, staff]}}
",
        calls: &[
            ("ListResources", 1),
            ("ListUsers", 2),
            ("ListGroups", 1),
            ("ListResourceDelegates", 1),
            ("ListMailboxPermissions", 1),
            ("ListGroupMembers", 1),
            ("ListImpersonationRoles", 1),
        ],
    },
    Row {
        // Whom the provider knows, which the list of users tells; and which rules leave them a way in.
        what: "the identity provider is left alone",
        manifest: "
organization:
  alias: acme
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_ONLY
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: mail}
    personalAccessTokens: {status: INACTIVE}
",
        calls: &[
            ("DescribeIdentityProviderConfiguration", 1),
            ("ListAccessControlRules", 1),
            ("ListImpersonationRoles", 1),
            ("ListUsers", 2),
        ],
    },
    Row {
        what: "an identity provider beside the directory shuts nobody out",
        manifest: "
organization:
  alias: acme
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: mail}
    personalAccessTokens: {status: INACTIVE}
",
        calls: &[("DescribeIdentityProviderConfiguration", 1)],
    },
    Row {
        // Where only mail clients are let in, it counts what they sign in with.
        what: "a rule that comes: what the identity provider leaves",
        manifest: "
accessControlRules:
  default: {effect: ALLOW, description: Default WorkMail Rule}
  web: {effect: DENY, description: no web mail, actions: [WebMail]}
",
        calls: &[
            ("ListAccessControlRules", 1),
            ("ListUsers", 2),
            ("ListImpersonationRoles", 1),
            ("DescribeIdentityProviderConfiguration", 1),
        ],
    },
    Row {
        // All that is watched, whoever has it: a role acts as whom it reaches.
        what: "a role that reaches somebody while one user is watched",
        manifest: "
management: {watchReaders: [u120]}
impersonationRoles: {archiver: {type: READ_ONLY, rules: [{id: a, effect: ALLOW, targetUsers: [u001]}]}}
",
        calls: &[
            ("ListImpersonationRoles", 1),
            ("ListUsers", 2),
            ("ListGroups", 1),
            ("ListMailboxPermissions", 1),
        ],
    },
];

#[tokio::test]
async fn reading_costs_what_is_worked_out_by_hand() {
    let world = world().await;
    for row in ROWS {
        let expected: BTreeMap<String, u64> = ALWAYS
            .iter()
            .chain(row.calls)
            .map(|(operation, count)| ((*operation).to_owned(), *count))
            .collect();
        let before = world.calls().await;
        let seen = pipeline::look(&world, &sound(row.manifest)).await;
        let seen = seen.expect("the organization");
        let spent = since(&before, &world.calls().await);
        assert_eq!(spent, expected, "{}", row.what);
        let total: u64 = expected.values().sum();
        assert_eq!(seen.live.calls, total, "{}", row.what);
        assert_eq!(seen.live.lower_bound, total, "{}", row.what);
        assert_eq!(seen.changes.gaps, [], "{}", row.what);
    }
}

/// Managing only names and addresses of all `n` users costs ceil((n + 1) / 100) calls; an id that is
/// pinned saves the list of organizations.
#[tokio::test]
async fn names_and_addresses_of_everybody_cost_the_pages_of_the_list() {
    let world = World::new(&[]).await;
    let mut manifest = "users:\n".to_owned();
    let mut there = 0;
    for (users, pages) in [(1, 1), (99, 1), (100, 2), (199, 2), (200, 3)] {
        while there < users {
            there += 1;
            world.user(&format!("u{there:03}"), &[]).await;
            writeln!(
                manifest,
                "  u{there:03}: {{displayName: u{there:03}, email: u{there:03}@example.com}}"
            )
            .expect("a text takes all");
        }
        let mut desired = sound(&manifest);
        desired.organization.pins.id = Some(world.id().to_owned());
        let before = world.calls().await;
        let seen = pipeline::look(&world, &desired).await;
        let seen = seen.expect("the organization");
        let expected = BTreeMap::from([
            ("DescribeOrganization".to_owned(), 1),
            ("ListTagsForResource".to_owned(), 1),
            ("ListUsers".to_owned(), pages),
        ]);
        assert_eq!(since(&before, &world.calls().await), expected, "{users}");
        assert_eq!(seen.live.lower_bound, pages + 2);
        assert_eq!(seen.changes.changes, []);
    }
}

async fn world() -> World {
    let world = World::new(&[]).await;
    let first = world.user("u001", &["first"]).await;
    for number in 2..=USERS {
        world.user(&format!("u{number:03}"), &[]).await;
    }
    let group = world.ask("CreateGroup", json!({"Name": "staff"})).await["GroupId"].clone();
    let room = json!({"Name": "room", "Type": "ROOM"});
    let room = world.ask("CreateResource", room).await["ResourceId"].clone();
    for (id, email) in [(&group, "staff@example.com"), (&room, "room@example.com")] {
        let request = json!({"EntityId": id, "Email": email});
        world.ask("RegisterToWorkMail", request).await;
    }
    let member = json!({"GroupId": group, "MemberId": first});
    world.ask("AssociateMemberToGroup", member).await;
    let delegate = json!({"ResourceId": room, "EntityId": first});
    world.ask("AssociateDelegateToResource", delegate).await;
    world
}

fn since(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let spent = after.iter().map(|(operation, count)| {
        let earlier = before.get(operation).copied().unwrap_or_default();
        (operation.clone(), count - earlier)
    });
    spent.filter(|(_, count)| *count > 0).collect()
}
