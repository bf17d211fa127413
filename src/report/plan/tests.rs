//! Plans as text, from a manifest's changes and a snapshot.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kinds::KINDS;
use crate::model::{
    Action, Address, Cause, Change, ChangeSet, Delta, Entity, EntityState, Gap, Grant, Held,
    Management, NotWatched, OrganizationLive, Part, Party, Reason, Right, Snapshot, Target,
    Unknown, UnknownCause,
};
use crate::plan::{Allowances, ManifestStamp, Plan, Planning, Scope, plan};
use crate::report::{Look, PlanContext, Source, plan_text};

fn now() -> Timestamp {
    "2026-11-22T14:02:11Z".parse().expect("a time")
}

fn registered(id: &str, email: &str) -> Entity {
    Entity {
        email: Part::Known(Address::listed(email)),
        aliases: Part::Known(BTreeSet::new()),
        grants: Part::Known(Vec::new()),
        groups: Part::Known(Vec::new()),
        links: Part::Known(Vec::new()),
        fields: ["displayName", "jobTitle", "hiddenFromGlobalAddressList"]
            .into_iter()
            .map(|name| (name.into(), Part::Absent))
            .collect(),
        ..Entity::new(id, EntityState::Registered)
    }
}

fn live(entities: Vec<(Target, Entity)>) -> Snapshot {
    let organization = json!({
        "id": "m-0f3c00000000000000000000000009a1", "alias": "acme",
        "arn": "arn:aws:workmail:eu-west-1:123456789012:organization/m-0f3c",
        "region": "eu-west-1", "state": "Active",
    });
    let organization: OrganizationLive =
        serde_json::from_value(organization).expect("an organization");
    Snapshot {
        taken_at: now(),
        calls: 12,
        lower_bound: 12,
        organization,
        lists: KINDS
            .iter()
            .map(|entry| (entry.name.to_owned(), Part::Known(())))
            .collect(),
        entities: entities.into_iter().collect(),
        settings: [].into(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: [].into(),
    }
}

fn change(target: Target, action: Action, deltas: Vec<Delta>) -> Change {
    Change {
        target,
        action,
        deltas,
        reason: Reason::Manifest,
        writable: true,
    }
}

fn field(name: &'static str, before: Value, after: Value) -> Delta {
    Delta::Field {
        field: name.into(),
        before,
        after,
    }
}

fn planned(changes: &ChangeSet, live: &Snapshot) -> Plan {
    let planning = Planning {
        management: &Management {
            watch_readers: vec!["ceo".to_owned()],
            ..Management::default()
        },
        allowances: &Allowances::default(),
        scope: &Scope::default(),
        manifest: ManifestStamp::default(),
        now: now(),
        nonce: "n".to_owned(),
    };
    plan(KINDS, changes, live, &planning).expect("a plan")
}

fn shown(plan: &Plan, details: bool, look: &Look) -> String {
    let context = PlanContext {
        source: Source::Live,
        caller: Some("arn:aws:sts::123456789012:assumed-role/mail-ci/x".to_owned()),
        manifests: "acme/".to_owned(),
        reading: Some(Duration::from_secs(2)),
        parallelism: (10, 4),
        details,
        at: None,
        apply_command: "workmailctl apply acme/".to_owned(),
    };
    plan_text(plan, &context, look)
}

fn company() -> (ChangeSet, Snapshot) {
    let live = live(vec![
        (Target::user("anna"), registered("u-anna", "anna@acme.test")),
        (Target::user("ceo"), registered("u-ceo", "ceo@acme.test")),
        (Target::user("joe"), registered("u-joe", "joe@acme.test")),
        (Target::user("info"), registered("u-info", "info@acme.test")),
        (
            Target::user("sales"),
            registered("u-sales", "sales@acme.test"),
        ),
    ]);
    let moved = |to: &str, from: &str| {
        vec![Delta::Email {
            before: Some(Address::listed(format!("{from}@acme.test"))),
            after: Address::listed(format!("{to}@acme.test")),
        }]
    };
    let changes = vec![
        change(
            Target::user("anna"),
            Action::Update,
            vec![
                field(
                    "jobTitle",
                    json!("Engineer"),
                    json!("Staff\u{1b}[31m Engineer"),
                ),
                Delta::AliasAdded(Address::listed("ann@acme.test")),
            ],
        ),
        change(
            Target::user("ceo"),
            Action::Update,
            vec![Delta::Grant {
                grantee: Party::Entity(Target::user("anna")),
                before: BTreeSet::new(),
                after: [Right::FullAccess].into(),
                cause: Cause::Manifest,
            }],
        ),
        change(Target::user("info"), Action::Update, moved("sales", "info")),
        change(Target::user("joe"), Action::Deregister, Vec::new()),
        change(
            Target::user("kim"),
            Action::Create,
            vec![
                Delta::State {
                    before: None,
                    after: EntityState::Registered,
                },
                Delta::Email {
                    before: None,
                    after: Address::listed("kim@acme.test"),
                },
                field("displayName", Value::Null, json!("Kim")),
            ],
        ),
        change(
            Target::user("sales"),
            Action::Update,
            moved("info", "sales"),
        ),
    ];
    let changes = ChangeSet {
        changes,
        not_watched: vec![NotWatched::of("grants on 214 mailboxes".to_owned())],
        ..ChangeSet::default()
    };
    (changes, live)
}

#[test]
fn a_plan_speaks_of_people_and_addresses() {
    let (changes, live) = company();
    let text = shown(&planned(&changes, &live), false, &Look::default());
    for line in [
        "LIVE acme (m-0f3c…9a1, 123456…012, eu-west-1) as assumed-role/mail-ci/x · manifests acme/ · read 14:02:11Z in 2.0 s, 12 calls",
        "  users",
        "  + kim",
        "new mailbox kim@acme.test, cannot sign in yet: no password",
        "+1 billed",
        "jobTitle Engineer → Staff\\u{1b}[31m Engineer, alias +ann@",
        "  mailbox permissions",
        "+ anna FULL_ACCESS",
        "NEW READERS anna",
        "  addresses",
        "  → mail to sales@ goes to info's mailbox instead of sales, mail to info@ goes to sales' mailbox instead of info",
        "  removals",
        "deregistered: mailbox deleted 2026-12-22, joe@acme.test bounces",
        "can be undone: all but joe's mailbox after 2026-12-22",
        "not watched: grants on 214 mailboxes",
        "Plan: 1 to add, 4 to change, 1 to remove",
        "! blocked: mailbox-expiry",
        "approve with: workmailctl apply acme/ --allow mailbox-expiry=joe --allow new-reader=ceo --allow address-reuse=sales",
    ] {
        assert!(text.contains(line), "`{line}` is missing in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "control characters in\n{text}");
}

#[test]
fn details_tell_fields_and_calls() {
    let (changes, live) = company();
    let text = shown(&planned(&changes, &live), true, &Look::default());
    for line in [
        "displayName: none → Kim",
        "CreateUser user/kim",
        "UpdatePrimaryEmailAddress",
    ] {
        assert!(text.contains(line), "`{line}` is missing in\n{text}");
    }
}

#[test]
fn a_narrow_terminal_gets_narrow_lines_and_ascii_only_ascii() {
    let (changes, live) = company();
    let look = Look {
        color: false,
        ascii: true,
        width: Some(60),
    };
    let text = shown(&planned(&changes, &live), false, &look);
    assert!(text.is_ascii(), "{text}");
    let sections = text
        .lines()
        .skip(1)
        .take_while(|line| !line.contains("can be undone"));
    for line in sections.filter(|line| !line.contains("no address") && !line.contains("may bounce"))
    {
        assert!(line.len() <= 60, "{} columns: {line}", line.len());
    }
}

#[test]
fn colour_is_used_only_where_it_is_allowed() {
    let (changes, live) = company();
    let plan = planned(&changes, &live);
    let look = Look {
        color: true,
        ..Look::default()
    };
    assert!(shown(&plan, false, &look).contains("\u{1b}[32m+\u{1b}[0m"));
}

#[test]
fn nothing_to_do_is_one_line() {
    let changes = ChangeSet {
        not_watched: vec![NotWatched::of("resources".to_owned())],
        ..ChangeSet::default()
    };
    let text = shown(
        &planned(&changes, &live(Vec::new())),
        false,
        &Look::default(),
    );
    assert_eq!(
        text,
        "No changes: acme is as acme/ says · not watched: resources\n"
    );
}

#[test]
fn what_could_not_be_read_and_what_waits_is_told() {
    let changes = ChangeSet {
        gaps: vec![Gap {
            target: Target::group("staff"),
            part: "members".to_owned(),
            unknown: Unknown {
                operation: "ListGroupMembers".to_owned(),
                cause: UnknownCause::Denied,
                message: "you may not".to_owned(),
                request_id: Some("r-1".to_owned()),
            },
        }],
        held: vec![Held {
            target: Target::user("kim"),
            part: "email".to_owned(),
            waits_for: "example.org to be verified".to_owned(),
            details: vec!["TXT _amazonses.example.org abc".to_owned()],
        }],
        ..ChangeSet::default()
    };
    let text = shown(
        &planned(&changes, &live(Vec::new())),
        false,
        &Look::default(),
    );
    for line in [
        "  ? staff  members: ListGroupMembers you may not (request r-1)",
        "email waits for example.org to be verified",
        "TXT _amazonses.example.org abc",
        "Nothing can be planned for what could not be read.",
    ] {
        assert!(text.contains(line), "`{line}` is missing in\n{text}");
    }
}

#[test]
fn a_grant_of_somebody_gone_is_no_reader() {
    let mut ceo = registered("u-ceo", "ceo@acme.test");
    ceo.grants = Part::Known(vec![Grant {
        grantee: Party::Unresolved("S-1".to_owned()),
        id: "S-1".to_owned(),
        rights: [Right::FullAccess].into(),
    }]);
    let live = live(vec![(Target::user("ceo"), ceo)]);
    let text = shown(
        &planned(&ChangeSet::default(), &live),
        false,
        &Look::default(),
    );
    assert!(text.starts_with("No changes"), "{text}");
}
