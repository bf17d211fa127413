//! Each invariant has a plan in which it does not hold, and orders that only an overlap shows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::kinds::KINDS;
use crate::model::{
    ACCESS_CONTROL_RULE, Address, DomainLive, Entity, EntityState, GROUP, Member, OrganizationLive,
    Part, Party, RESOURCE, Setting, USER,
};

#[test]
fn what_is_not_there_is_not_written() {
    assert_eq!(broken(&[update("nobody")]), Invariant::Existence);
    let twice = [create(1, "new"), create(2, "new")];
    assert_eq!(broken(&twice), Invariant::Existence);
}

#[test]
fn calls_find_the_registration_that_they_need() {
    let delete = operation(1, "DeleteUser", "user/ana", &json!({}));
    assert_eq!(broken(&[delete]), Invariant::Registration);
    let member = about(
        "user/off",
        operation(
            1,
            "AssociateMemberToGroup",
            "group/staff",
            &json!({"MemberId": "id-off"}),
        ),
    );
    assert_eq!(broken(&[member]), Invariant::Registration);
    let gone = operation(1, "DeregisterFromWorkMail", "user/bob", &json!({}));
    let alias = operation(2, "DeleteAlias", "user/bob", &json!({"Alias": "b@x.test"}));
    assert_eq!(broken(&[gone, alias]), Invariant::Registration);
}

#[test]
fn names_and_addresses_are_taken_when_they_are_free() {
    let new = operation(1, "CreateGroup", "group/ana", &json!({"Name": "Ana"}));
    assert_eq!(broken(&[new]), Invariant::NameFree);
    let claim = operation(1, "CreateAlias", "user/ana", &json!({"Alias": "B@x.test"}));
    assert_eq!(broken(&[claim]), Invariant::AddressFree);
    let stranger = operation(1, "DeleteAlias", "user/ana", &json!({"Alias": "b@x.test"}));
    assert_eq!(broken(&[stranger]), Invariant::AddressFree);
}

#[test]
fn nothing_holds_more_than_it_can() {
    let mut live = world();
    let ana = live
        .entities
        .get_mut(&Target::user("ana"))
        .expect("she is there");
    let aliases = (0..100).map(|number| Address::listed(format!("a{number}@x.test")));
    ana.aliases = Part::Known(aliases.collect());
    let more = operation(
        1,
        "CreateAlias",
        "user/ana",
        &json!({"Alias": "new@x.test"}),
    );
    assert_eq!(broken_in(&live, &[more]), Invariant::Limit);
    for number in 0..10 {
        let target = Target::new(ACCESS_CONTROL_RULE, format!("r{number}"));
        live.settings.insert(target, Setting::default());
    }
    assert_eq!(broken_in(&live, &[rule(1, "more", &[])]), Invariant::Limit);
    let first = operation(
        1,
        "DeleteAccessControlRule",
        "access-control-rule/r1",
        &json!({}),
    );
    assert_eq!(held(&live, &[first, rule(2, "more", &[])]), Ok(1));
}

#[test]
fn addresses_are_in_domains_that_are_there() {
    let alias = operation(
        1,
        "CreateAlias",
        "user/ana",
        &json!({"Alias": "a@other.test"}),
    );
    assert_eq!(broken(&[alias]), Invariant::Domain);
    let default = operation(1, "DeregisterMailDomain", "mail-domain/x.test", &json!({}));
    assert_eq!(broken(&[default]), Invariant::Domain);
}

#[test]
fn somebody_answers_the_requests_to_a_room() {
    let goes = about(
        "user/ana",
        operation(
            1,
            "DisassociateDelegateFromResource",
            "resource/room",
            &json!({"EntityId": "id-ana"}),
        ),
    );
    let comes = about(
        "user/bob",
        operation(
            2,
            "AssociateDelegateToResource",
            "resource/room",
            &json!({"EntityId": "id-bob"}),
        ),
    );
    assert_eq!(broken(&[goes.clone(), comes.clone()]), Invariant::Answered);
    assert_eq!(held(&world(), &[comes, goes]), Ok(1));
}

#[test]
fn what_is_deleted_is_named_by_nothing_that_is_written() {
    let mut live = world();
    let value = json!({"effect": "DENY", "users": ["off"]});
    let target = Target::new(ACCESS_CONTROL_RULE, "r");
    let value = value.as_object().expect("a map").clone();
    live.settings.insert(target, Setting::new(None, value));
    let delete = operation(1, "DeleteUser", "user/off", &json!({}));
    let rule = rule(2, "r", &[]);
    assert_eq!(
        broken_in(&live, &[delete.clone(), rule.clone()]),
        Invariant::Named
    );
    assert_eq!(held(&live, &[rule, delete]), Ok(1));
}

#[test]
fn what_a_setting_names_is_there() {
    let mut live = world();
    assert_eq!(held(&live, &[rule(1, "r", &["ana"])]), Ok(1));
    assert_eq!(
        broken_in(&live, &[rule(1, "r", &["ghost"])]),
        Invariant::Existence
    );
    let mut names = rule(1, "r", &[]);
    let value = json!({"effect": "DENY", "impersonationRoles": ["reader"]});
    names.becomes = value.as_object().cloned();
    // Nobody has looked which roles there are.
    assert_eq!(held(&live, std::slice::from_ref(&names)), Ok(1));
    live.lists
        .insert(IMPERSONATION_ROLE.to_owned(), Part::Known(()));
    let found = broken_in(&live, std::slice::from_ref(&names));
    assert_eq!(found, Invariant::Existence);
    let role = Target::new(IMPERSONATION_ROLE, "reader");
    live.settings.insert(role, Setting::default());
    assert_eq!(held(&live, &[names]), Ok(1));
}

#[test]
fn nobody_holds_what_neither_end_gives() {
    // Bob leaves the staff while the staff gets a right.
    let grant = about(
        "group/staff",
        operation(
            1,
            "PutMailboxPermissions",
            "user/ana",
            &json!({"GranteeId": "id-staff", "PermissionValues": ["FULL_ACCESS"]}),
        ),
    );
    let leave = about(
        "user/bob",
        operation(
            2,
            "DisassociateMemberFromGroup",
            "group/staff",
            &json!({"MemberId": "id-bob"}),
        ),
    );
    assert_eq!(broken(&[grant.clone(), leave.clone()]), Invariant::Rights);
    assert_eq!(held(&world(), &[leave, grant]), Ok(1));
}

#[test]
fn other_orders_are_looked_at_too() {
    // In the plan's own order the name is free; nothing says that the second waits for the first.
    let delete = operation(1, "DeleteUser", "user/off", &json!({}));
    let mut create = operation(2, "CreateUser", "user/new", &json!({"Name": "off"}));
    create.component = 2;
    let both = [delete, create];
    assert_eq!(broken(&both), Invariant::NameFree);
    let [delete, mut create] = both;
    create.depends_on = vec![1];
    assert_eq!(held(&world(), &[delete, create]), Ok(17));
}

#[test]
fn every_order_keeps_components_dependencies_and_glue() {
    let mut operations: Vec<Operation> = (1..=30).map(|id| create(id, &format!("u{id}"))).collect();
    for operation in &mut operations {
        operation.component = operation.id % 4 + 1;
        operation.glued = operation.id % 5 == 0;
        if operation.glued {
            operation.component = (operation.id - 1) % 4 + 1;
        }
        if operation.id % 7 == 0 {
            operation.depends_on = vec![operation.id - 3];
        }
    }
    let mut seen = BTreeSet::new();
    for preference in Preference::others().take(50) {
        let order = orders::order(&operations, preference);
        let place: BTreeMap<usize, usize> = order.iter().copied().zip(0..).collect();
        assert_eq!(place.len(), operations.len(), "{preference}");
        for (index, operation) in operations.iter().enumerate() {
            if operation.glued {
                assert_eq!(place[&index], place[&(index - 1)] + 1, "{preference}");
            }
            for id in &operation.depends_on {
                assert!(place[&(id - 1)] < place[&index], "{preference}");
            }
            let mut later = operations.iter().enumerate().skip(index + 1);
            let same = later.find(|(_, other)| other.component == operation.component);
            assert!(
                same.is_none_or(|(next, _)| place[&index] < place[&next]),
                "{preference}"
            );
        }
        seen.insert(order);
    }
    assert!(seen.len() > 40, "the orders differ: {}", seen.len());
}

fn broken(operations: &[Operation]) -> Invariant {
    broken_in(&world(), operations)
}

fn broken_in(live: &Snapshot, operations: &[Operation]) -> Invariant {
    let found = look(live, operations);
    found.expect_err("something does not hold").invariant
}

/// In how many orders everything holds.
fn held(live: &Snapshot, operations: &[Operation]) -> Result<usize, Violation> {
    look(live, operations).map(|shown| shown.orders)
}

fn look(live: &Snapshot, operations: &[Operation]) -> Result<Shown, Violation> {
    let naming = Naming::new(Timestamp::UNIX_EPOCH, "0123456789");
    check(KINDS, operations, live, &naming)
}

fn operation(id: usize, call: &str, target: &str, input: &Value) -> Operation {
    serde_json::from_value(json!({
        "id": id, "operation": call, "input": input, "target": target, "expects": [],
        "component": 1, "dependsOn": [], "reversible": "free",
    }))
    .expect("an operation")
}

fn about(party: &str, mut operation: Operation) -> Operation {
    operation.party = Some(Party::Entity(party.parse().expect("a target")));
    operation
}

fn update(name: &str) -> Operation {
    operation(1, "UpdateUser", &format!("user/{name}"), &json!({}))
}

fn create(id: usize, name: &str) -> Operation {
    operation(
        id,
        "CreateUser",
        &format!("user/{name}"),
        &json!({"Name": name}),
    )
}

fn rule(id: usize, name: &str, users: &[&str]) -> Operation {
    let target = format!("access-control-rule/{name}");
    let mut rule = operation(id, "PutAccessControlRule", &target, &json!({"Name": name}));
    let value = json!({"effect": "DENY", "users": users});
    rule.becomes = value.as_object().cloned();
    rule
}

/// Ana and Bob are registered, Bob in the staff; `off` is not; a room that does not accept by itself has Ana.
fn world() -> Snapshot {
    let mut entities = BTreeMap::new();
    let names = [
        (USER, "ana"),
        (USER, "bob"),
        (USER, "off"),
        (GROUP, "staff"),
        (RESOURCE, "room"),
    ];
    for (kind, name) in names {
        let state = if name == "off" {
            EntityState::Deregistered
        } else {
            EntityState::Registered
        };
        let mut entity = Entity::new(format!("id-{name}"), state);
        entity.email = Part::Known(Address::listed(format!("{name}@x.test")));
        entity.aliases = Part::Known(BTreeSet::new());
        entity.grants = Part::Known(Vec::new());
        entity.links = Part::Known(match name {
            "staff" => vec![member("bob")],
            "room" => vec![member("ana")],
            _ => Vec::new(),
        });
        if name == "bob" {
            entity.aliases = Part::Known([Address::listed("b@x.test")].into());
        }
        let manual = json!({"autoAcceptRequests": false});
        entity
            .fields
            .insert("bookingOptions".into(), Part::Known(manual));
        entities.insert(Target::new(kind, name), entity);
    }
    let domains = [("x.test".to_owned(), DomainLive::default())];
    let kinds = [USER, GROUP, RESOURCE, ACCESS_CONTROL_RULE];
    Snapshot {
        taken_at: Timestamp::UNIX_EPOCH,
        calls: 0,
        lower_bound: 0,
        organization: OrganizationLive {
            id: "m-1".to_owned(),
            alias: "acme".to_owned(),
            arn: String::new(),
            region: String::new(),
            state: OrganizationLive::ACTIVE.to_owned(),
            caller: None,
            default_mail_domain: Part::Known("x.test".to_owned()),
            mail_domains: Part::Known(domains.into()),
        },
        lists: kinds.map(|kind| (kind.to_owned(), Part::Known(()))).into(),
        entities,
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

fn member(name: &str) -> Member {
    Member {
        party: Party::Entity(Target::user(name)),
        id: format!("id-{name}"),
        deleted: false,
    }
}
