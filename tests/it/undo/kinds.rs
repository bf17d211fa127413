//! Each kind by hand: a change, its undo, and the organization is as it was before. Every kind and every call that
//! writes is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workmailctl::kinds::{KINDS, SETTINGS};
use workmailctl::model::{MAIL_DOMAIN, ORGANIZATION};

use crate::fields::{Alone, all_alone};
use crate::reference::NOT_FROM_MANIFESTS;
use crate::support::canonical::state;
use crate::support::random_settings::Pair;
use crate::support::service::World;
use crate::support::world::{now, sound};

use super::back::{Cut, Undone, begun, changes, compared, reaches, undo};

/// One change.
struct Change {
    what: &'static str,
    /// What both worlds have.
    both: &'static str,
    before: &'static str,
    after: &'static str,
    /// Why a difference is left, where one is; and a note that tells of what does not come back.
    left: Option<&'static str>,
    note: Option<&'static str>,
}

const fn change(
    what: &'static str,
    both: &'static str,
    before: &'static str,
    after: &'static str,
) -> Change {
    Change {
        what,
        both,
        before,
        after,
        left: None,
        note: None,
    }
}

impl Change {
    const fn noted(self, note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }

    const fn leaving(self, why: &'static str) -> Self {
        Self {
            left: Some(why),
            ..self
        }
    }
}

/// Who goes is deleted.
const DELETE: &str = "management: {users: {unmanaged: remove, onRemoval: delete}, groups: {unmanaged: remove, \
                      onRemoval: delete}, resources: {unmanaged: remove, onRemoval: delete}}\n";
const ANA: &str =
    "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [], permissions: []}}\n";
const IN_CENTER: &str = "instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef'";

const CHANGES: &[Change] = &[
    change(
        "a user comes",
        DELETE,
        "users: {}",
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], mailboxQuotaMb: 1000}}",
    ),
    change(
        "a user goes, with all that others gave her",
        DELETE,
        "users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], jobTitle: Clerk, mailboxQuotaMb: 1000, permissions: [{grantee: bob, rights: [SEND_AS]}]}
  bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: [{grantee: ana, rights: [FULL_ACCESS]}]}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, bob]}}
resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana, bob]}}",
        "users: {bob: {displayName: Bob, email: bob@example.com, aliases: [], permissions: []}}
groups: {staff: {email: staff@example.com, aliases: [], members: [bob]}}
resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [bob]}}",
    )
    .noted("user/ana is made anew: with another id, an empty mailbox and no password"),
    change(
        "a user is deregistered",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com], mailboxQuotaMb: 1000}}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana]}}",
        "users: {ana: {state: deregistered}}
groups: {staff: {email: staff@example.com, aliases: [], members: []}}",
    ),
    change(
        "a user comes back, with other fields",
        "",
        "users: {ana: {displayName: Ana, jobTitle: Clerk, state: deregistered}}",
        "users: {ana: {displayName: Ana Lima, jobTitle: Chief, email: ana@example.com, aliases: [a@example.com]}}",
    )
    .noted("user/ana is deregistered again"),
    change(
        "a user comes back with an address that another one gives up",
        "",
        "users: {ana: {displayName: Ana, state: deregistered}, bob: {displayName: Bob, email: bob@example.com, aliases: [info@example.com]}}",
        "users: {ana: {displayName: Ann, email: ana@example.com, aliases: [info@example.com]}, bob: {displayName: Bob, email: bob@example.com, aliases: []}}",
    ),
    change(
        "a user goes, and a group and a resource that she was in are deregistered",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}
groups: {staff: {email: staff@example.com, aliases: [], members: [ana, bob], permissions: [{grantee: ana, rights: [SEND_AS]}]}}
resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana, bob], permissions: [{grantee: ana, rights: [SEND_AS]}]}}",
        "users: {bob: {displayName: Bob, email: bob@example.com}}
groups: {staff: {state: deregistered}}
resources: {room: {type: ROOM, state: deregistered}}",
    ),
    change(
        "addresses change hands",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, aliases: [a@example.com]}, bob: {displayName: Bob, email: bob@example.com, aliases: []}}",
        "users: {ana: {displayName: Ana, email: bob@example.com, aliases: []}, bob: {displayName: Bob, email: ana@example.com, aliases: [a@example.com]}}",
    ),
    change(
        "an alias becomes the primary address",
        "",
        "groups: {staff: {email: staff@example.com, aliases: [team@example.com], members: []}}",
        "groups: {staff: {email: team@example.com, aliases: [staff@example.com], members: []}}",
    ),
    change(
        "grants",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, permissions: [{grantee: bob, rights: [SEND_AS]}, {grantee: kim, rights: [FULL_ACCESS]}]}, bob: {displayName: Bob, email: bob@example.com}, kim: {displayName: Kim, email: kim@example.com}, lee: {displayName: Lee, email: lee@example.com}}",
        "users: {ana: {displayName: Ana, email: ana@example.com, permissions: [{grantee: bob, rights: [SEND_ON_BEHALF]}, {grantee: lee, rights: [FULL_ACCESS]}]}, bob: {displayName: Bob, email: bob@example.com}, kim: {displayName: Kim, email: kim@example.com}, lee: {displayName: Lee, email: lee@example.com}}",
    ),
    change(
        "a group goes, in which and of which others are",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com}}
groups: {all: {email: all@example.com, aliases: [], members: [staff]}, staff: {email: staff@example.com, aliases: [team@example.com], members: [ana]}}",
        "users: {ana: {displayName: Ana, email: ana@example.com}}
groups: {all: {email: all@example.com, aliases: [], members: []}}",
    )
    .noted("group/staff is made anew: with another id"),
    change(
        "members",
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}",
        "groups: {staff: {email: staff@example.com, members: [ana]}}",
        "groups: {staff: {email: staff@example.com, members: [bob]}}",
    ),
    change(
        "a resource is renamed, and has other delegates",
        ANA,
        "resources: {room: {type: ROOM, email: room@example.com, aliases: [], delegates: [ana], bookingOptions: {autoAcceptRequests: false}}}",
        "resources: {hall: {previously: room, type: ROOM, email: room@example.com, aliases: [h@example.com], delegates: [], bookingOptions: {autoAcceptRequests: true}}}",
    ),
    change(
        "two resources take each other's names",
        "",
        "resources: {hall: {type: ROOM, email: hall@example.com, aliases: []}, room: {type: EQUIPMENT, email: room@example.com, aliases: []}}",
        "resources: {hall: {previously: room, type: EQUIPMENT, email: room@example.com, aliases: []}, room: {previously: hall, type: ROOM, email: hall@example.com, aliases: []}}",
    ),
    change(
        "a resource goes",
        DELETE,
        "resources: {room: {type: ROOM, email: room@example.com, aliases: [r@example.com], description: large}}",
        "resources: {}",
    )
    .noted("resource/room is made anew: with another id"),
    change(
        "a group comes",
        ANA,
        "groups: {}",
        "groups: {staff: {email: staff@example.com, aliases: [team@example.com], hiddenFromGlobalAddressList: true, members: [ana]}}",
    ),
    change(
        "a group is hidden, and deregistered",
        ANA,
        "groups: {all: {email: all@example.com}, staff: {email: staff@example.com, aliases: [team@example.com], members: [ana]}}",
        "groups: {all: {email: all@example.com, hiddenFromGlobalAddressList: true}, staff: {state: deregistered}}",
    ),
    change(
        "a resource comes",
        ANA,
        "resources: {}",
        "resources: {room: {type: ROOM, email: room@example.com, delegates: [ana], bookingOptions: {autoAcceptRequests: false}}}",
    ),
    change(
        "access control rules come, change and go",
        ANA,
        "accessControlRules: {all: {effect: ALLOW, description: all}, imap: {effect: DENY, description: none, actions: [IMAP], users: [ana]}}",
        "accessControlRules: {all: {effect: ALLOW, description: everybody}, ews: {effect: DENY, description: none, actions: [EWS]}}",
    ),
    change(
        "impersonation roles come, change, go and are renamed, with the rules that name them",
        ANA,
        "impersonationRoles: {archiver: {type: READ_ONLY, description: journal, rules: [{id: all, effect: ALLOW}]}, mover: {type: FULL_ACCESS, rules: [{id: ana, effect: ALLOW, targetUsers: [ana]}]}}
accessControlRules: {all: {effect: ALLOW, description: all}, roles: {effect: DENY, description: roles, impersonationRoles: [archiver, mover]}}",
        "impersonationRoles: {keeper: {previously: archiver, type: READ_ONLY, description: kept, rules: []}, reader: {type: READ_ONLY, rules: [{id: all, effect: DENY}]}}
accessControlRules: {all: {effect: ALLOW, description: all}, roles: {effect: DENY, description: roles, impersonationRoles: [keeper, reader]}}",
    ),
    change(
        "a role goes that rules of nobody's name",
        "",
        "impersonationRoles: {archiver: {type: READ_ONLY, rules: []}, mover: {type: READ_ONLY, rules: []}}
accessControlRules: {all: {effect: ALLOW, description: all}, roles: {effect: DENY, description: roles, impersonationRoles: [archiver, mover]}}",
        "impersonationRoles: {archiver: {type: READ_ONLY, rules: []}}",
    ),
    change(
        "a user goes whom a rule of nobody's names",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com}, bob: {displayName: Bob, email: bob@example.com}}
accessControlRules: {all: {effect: ALLOW, description: all}, imap: {effect: DENY, description: none, users: [ana, bob]}}
impersonationRoles: {archiver: {type: READ_ONLY, rules: [{id: both, effect: ALLOW, targetUsers: [ana, bob]}]}}",
        "users: {bob: {displayName: Bob, email: bob@example.com}}",
    ),
    change(
        "mobile device access rules come, change, lose a condition, go and are renamed",
        "",
        "mobileDeviceAccessRules: {all: {effect: ALLOW}, old: {effect: DENY, deviceTypes: [iPhone], deviceModels: [old]}, gone: {effect: DENY, deviceModels: [gone]}, first: {effect: DENY, deviceModels: [first]}}",
        "mobileDeviceAccessRules: {all: {effect: ALLOW, description: all}, old: {effect: DENY, deviceTypes: [iPhone]}, new: {effect: DENY, deviceModels: [new]}, second: {previously: first, effect: DENY, deviceModels: [first]}}",
    ),
    change(
        "overrides come, change and go",
        "",
        "users: {ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC123, effect: ALLOW, description: loaner}, {deviceId: DEF456, effect: ALLOW}]}}",
        "users: {ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC123, effect: DENY}, {deviceId: ABC789, effect: ALLOW}]}}",
    ),
    change(
        "overrides go with whose they are",
        DELETE,
        "users: {ana: {displayName: Ana, email: ana@example.com, mobileDeviceAccessOverrides: [{deviceId: ABC123, effect: ALLOW}]}}",
        "users: {}",
    ),
    change(
        "a retention policy comes",
        "",
        "retentionPolicy: null",
        "retentionPolicy: {name: company, folders: {DELETED_ITEMS: {action: PERMANENTLY_DELETE, periodInDays: 30}}}",
    ),
    change(
        "a retention policy changes",
        "",
        "retentionPolicy: {name: company, folders: {DELETED_ITEMS: {action: DELETE, periodInDays: 30}}}",
        "retentionPolicy: {name: other, folders: {INBOX: {action: PERMANENTLY_DELETE, periodInDays: 3}}}",
    ),
    change(
        "a retention policy goes",
        "",
        "retentionPolicy: {name: company, folders: {DELETED_ITEMS: {action: DELETE, periodInDays: 30}}}",
        "retentionPolicy: null",
    ),
    change(
        "inbound DMARC, another log group",
        "",
        "organization: {alias: acme, inboundDmarc: {enforced: true}, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*'}}",
        "organization: {alias: acme, inboundDmarc: {enforced: false}, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/two:*'}}",
    ),
    change(
        "email monitoring comes",
        "",
        "organization: {alias: acme, emailMonitoring: null}",
        "organization: {alias: acme, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*'}}",
    ),
    change(
        "email monitoring goes",
        "",
        "organization: {alias: acme, emailMonitoring: {logGroupArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*'}}",
        "organization: {alias: acme, emailMonitoring: null}",
    ),
    change(
        "tags come, change and go",
        "",
        "organization: {alias: acme, tags: {owner: mail-team, legacy: 'yes'}}",
        "organization: {alias: acme, tags: {owner: others, legacy: null, new: '1'}}",
    ),
    change(
        "availability configurations without a password change and go, and one with a password comes",
        "",
        "availabilityConfigurations: {fleet.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:one'}}, gone.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:gone'}}, turned.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:turned'}}}",
        "availabilityConfigurations: {fleet.example.net: {lambda: {arn: 'arn:aws:lambda:eu-west-1:123456789012:function:two'}}, partner.example.net: {ews: {endpoint: 'https://mail.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}, turned.example.net: {ews: {endpoint: 'https://mail.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}}",
    ),
    change(
        "a password goes",
        "",
        "availabilityConfigurations: {partner.example.net: {ews: {endpoint: 'https://mail.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER, version: 1}}}}",
        "availabilityConfigurations: {}",
    )
    .leaving("password")
    .noted("availability-configuration/partner.example.net needs its password again"),
    change(
        "a password gives way to another one",
        "",
        "availabilityConfigurations: {partner.example.net: {ews: {endpoint: 'https://one.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}}",
        "availabilityConfigurations: {partner.example.net: {ews: {endpoint: 'https://two.example.net/EWS', username: svc, password: {fromEnv: WORKMAILCTL_SECRET_PARTNER}}}}",
    )
    .leaving("password")
    .noted("availability-configuration/partner.example.net needs its password again"),
    change(
        "a domain comes",
        "",
        "organization: {alias: acme, mailDomains: [example.com]}",
        "organization: {alias: acme, mailDomains: [example.com, new.example]}",
    ),
    change(
        "a domain goes, with the addresses in it, and another one is the default",
        "",
        "organization: {alias: acme, mailDomains: [example.com, example.org], defaultMailDomain: example.org}
users: {ana: {displayName: Ana, email: ana@example.org, aliases: [a@example.org]}}",
        "organization: {alias: acme, mailDomains: [example.com], defaultMailDomain: example.com}
users: {ana: {displayName: Ana, email: ana@example.com, aliases: []}}",
    )
    .noted("mail-domain/example.org has to be verified again"),
    change(
        "an identity provider comes, with its application",
        "",
        "organization: {alias: acme, identityProvider: null}",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: mail}, personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}}}",
    ),
    change(
        "an identity provider goes, with its application",
        "",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: mail}, personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}}}",
        "organization: {alias: acme, identityProvider: null}",
    )
    .noted("identity-center-application/mail is made anew: with another ARN, and nobody is assigned to it"),
    change(
        "an identity provider has another application, and other tokens",
        "",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: mail}, personalAccessTokens: {status: ACTIVE, lifetimeInDays: 365}}}",
        "organization: {alias: acme, identityProvider: {authenticationMode: IDENTITY_PROVIDER_AND_DIRECTORY, identityCenter: {CENTER, applicationName: post}, personalAccessTokens: {status: INACTIVE}}}",
    )
    .noted("identity-center-application/mail is made anew"),
];

/// What was done, for what the changes have to cover.
#[derive(Default)]
struct Covered {
    kinds: BTreeSet<String>,
    calls: BTreeSet<String>,
}

#[tokio::test]
async fn what_a_change_of_each_kind_does_is_undone() {
    let mut failures = Vec::new();
    let mut covered = Covered::default();
    for change in CHANGES {
        if let Err(why) = Box::pin(comes_back(change, &mut covered)).await {
            failures.push(format!("{}: {why}", change.what));
        }
    }
    if let Err(why) = Box::pin(a_token_goes(&mut covered)).await {
        failures.push(format!("a token goes: {why}"));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let kinds = KINDS.iter().map(|entry| entry.name);
    let kinds = kinds.chain(SETTINGS.iter().map(|kind| kind.name));
    let kinds = kinds.chain([MAIL_DOMAIN, ORGANIZATION]);
    let missing: Vec<&str> = kinds
        .filter(|kind| !covered.kinds.contains(*kind))
        .collect();
    assert!(missing.is_empty(), "nothing of {missing:?} is undone");
    // An organization that comes or goes is not undone.
    let apart = ["CreateOrganization", "DeleteOrganization"];
    let apart = |name: &str| {
        apart.contains(&name) || NOT_FROM_MANIFESTS.iter().any(|(other, _)| *other == name)
    };
    let all: BTreeMap<String, Value> =
        serde_json::from_value(workmailctl::emulator::operations()).expect("a map");
    let writes = all.iter().filter(|(_, facts)| facts["write"] == true);
    let missing: Vec<&String> = writes
        .map(|(name, _)| name)
        .filter(|name| !covered.calls.contains(*name) && !apart(name))
        .collect();
    assert!(missing.is_empty(), "no {missing:?} is undone");
    eprintln!(
        "{} changes undone, {} calls that write among them",
        CHANGES.len() + 1,
        covered.calls.len()
    );
}

async fn comes_back(change: &Change, covered: &mut Covered) -> Result<(), String> {
    let manifest = |text: &str| format!("{}\n{}", change.both, text).replace("CENTER", IN_CENTER);
    let pair = Pair {
        before: manifest(change.before),
        wanted: manifest(change.after),
        behavior: 0,
    };
    let (world, before, wanted) = begun(&pair).await;
    reaches(&world, &before).await.ok_or("it is not reached")?;
    let start = state(&world).await;
    let folder = tempfile::tempdir().expect("a folder");
    let runs = changes(&world, &wanted, Cut::Nowhere, folder.path()).await;
    let runs = runs.ok_or("no plan leads there")?;
    if state(&world).await == start {
        return Err("it changes nothing".to_owned());
    }
    for operation in runs.iter().flat_map(|run| &run.operations) {
        covered.kinds.insert(operation.target.kind().to_owned());
        covered.calls.insert(operation.call.operation.clone());
    }
    let undone = undo(&world, &runs).await?;
    let forgiven = compared(&start, &state(&world).await, &undone)?;
    let left: Vec<&str> = forgiven.keys().copied().collect();
    if left != change.left.as_slice() {
        return Err(format!("left {left:?}"));
    }
    tells(&undone, change.note)
}

/// Rules and rooms that two runs made anew, renamed, made and removed: what the second touches first need not be older than
/// the first.
#[tokio::test]
async fn two_runs_that_make_anew_and_rename_are_undone_at_once() {
    let third = "resources: {
  lounge: {previously: hall, type: ROOM, email: room@example.com, description: last, aliases: []},
  hall: {type: ROOM, email: hall@example.com, aliases: []}}
mobileDeviceAccessRules: {all: {effect: ALLOW}, old: {effect: DENY}, \
                 newer: {previously: new, effect: DENY, deviceModels: [newer]}}";
    let first =
        "resources: {room: {type: ROOM, email: room@example.com, description: first, aliases: []}}";
    let second = "resources: {hall: {previously: room, type: ROOM, email: room@example.com, description: second, aliases: []}}";
    let change = CHANGES
        .iter()
        .find(|change| change.what.starts_with("mobile device access rules"))
        .expect("there is one");
    let pair = Pair {
        before: format!("{}\n{DELETE}{first}", change.before),
        wanted: format!("{}\n{second}", change.after),
        behavior: 0,
    };
    let (world, before, wanted) = begun(&pair).await;
    reaches(&world, &before).await.expect("it is reached");
    let start = state(&world).await;
    let mut runs = Vec::new();
    for desired in [wanted, sound(third)] {
        let folder = tempfile::tempdir().expect("a folder");
        let more = changes(&world, &desired, Cut::Nowhere, folder.path()).await;
        runs.extend(more.expect("a plan leads there"));
    }
    assert_eq!(runs.len(), 2);
    let undone = undo(&world, &runs).await.expect("it is undone");
    compared(&start, &state(&world).await, &undone).expect("all is as it was");
}

fn tells(undone: &Undone, note: Option<&str>) -> Result<(), String> {
    let told = |note: &str| undone.notes.iter().any(|other| other.starts_with(note));
    match note.filter(|note| !told(note)) {
        Some(note) => Err(format!("`{note}` is not told: {:?}", undone.notes)),
        None => Ok(()),
    }
}

/// Nobody but whose it is can make a token.
async fn a_token_goes(covered: &mut Covered) -> Result<(), String> {
    let pair = Pair {
        before: ANA.to_owned(),
        wanted: format!("{ANA}personalAccessTokens: {{maxUnusedDays: 90}}"),
        behavior: 0,
    };
    let (world, before, wanted) = begun(&pair).await;
    reaches(&world, &before).await.ok_or("it is not reached")?;
    let used = now().as_second() - 100 * 24 * 60 * 60;
    let token = json!({"organization": "acme", "user": "ana", "name": "old", "scopes": ["ews"], "lastUsed": used});
    world
        .control("POST", "/_emulator/personal-access-tokens", token)
        .await;
    let folder = tempfile::tempdir().expect("a folder");
    let runs = changes(&world, &wanted, Cut::Nowhere, folder.path()).await;
    let runs = runs.ok_or("no plan leads there")?;
    for operation in runs.iter().flat_map(|run| &run.operations) {
        covered.kinds.insert(operation.target.kind().to_owned());
        covered.calls.insert(operation.call.operation.clone());
    }
    let undone = undo(&world, &runs).await?;
    let note = undone
        .notes
        .iter()
        .find(|note| note.starts_with("personal-access-token/"));
    match note {
        Some(note) if note.ends_with("cannot be made again") => Ok(()),
        _ => Err(format!("it is not told: {:?}", undone.notes)),
    }
}

#[tokio::test]
async fn every_field_and_every_member_alone_is_undone() {
    let mut failures = Vec::new();
    let mut count = 0;
    let mut of = None;
    let mut world = World::new(&[]).await;
    for Alone {
        kind,
        what,
        before,
        after,
        ..
    } in all_alone()
    {
        if of.replace(kind) != Some(kind) {
            // What another kind left would be in the way.
            world = World::new(&[]).await;
        }
        let one = async {
            reaches(&world, &before).await.ok_or("it is not reached")?;
            let start = state(&world).await;
            let folder = tempfile::tempdir().expect("a folder");
            let runs = changes(&world, &after, Cut::Nowhere, folder.path()).await;
            let runs = runs.ok_or("no plan leads there")?;
            if state(&world).await == start {
                return Err("it changes nothing".to_owned());
            }
            let undone = undo(&world, &runs).await?;
            compared(&start, &state(&world).await, &undone)?;
            Ok::<(), String>(())
        };
        match Box::pin(one).await {
            Ok(()) => count += 1,
            Err(why) => failures.push(format!("{what}: {why}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    eprintln!("{count} changes of one field or member undone");
    assert!(count > 80, "{count} are too few");
}
