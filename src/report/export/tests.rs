//! What is live, written down and read back.

use serde_json::{Value, json};

use crate::kinds::KINDS;
use crate::model::Snapshot;

use super::{manifests, tables};

fn world() -> Snapshot {
    let known = |value: Value| json!({ "known": value });
    let party = |target: &str| json!({ "entity": target });
    let member = |target: &str| json!({ "party": party(target), "id": "x" });
    let user = |email: &str, name: &str| {
        json!({
            "id": "u", "state": "registered", "email": known(json!(email)), "aliases": known(json!([])),
            "fields": { "displayName": known(json!(name)), "mailboxQuotaMb": known(json!(51200)) },
            "grants": known(json!([])),
        })
    };
    let mut ana = user("ana@example.test", "no");
    ana["aliases"] = known(json!([
        "Ann@Example.test",
        "workmailctl-tmp-1@example.test",
        "x@gone.test"
    ]));
    ana["fields"]["department"] = known(json!("2027-03-31"));
    ana["grants"] = known(json!([
        { "grantee": party("user/bob"), "id": "b", "rights": ["FULL_ACCESS"] },
        { "grantee": party("group/staff"), "id": "s", "rights": ["FULL_ACCESS"] },
        { "grantee": { "unresolved": "S-1-1-9" }, "id": "S-1-1-9", "rights": ["SEND_AS"] },
    ]));
    let group = |email: &str, members: Value| {
        json!({
            "id": "g", "state": "registered", "email": known(json!(email)), "aliases": known(json!([])),
            "links": known(members), "grants": known(json!([])), "fields": {},
        })
    };
    let snapshot = json!({
        "takenAt": "2026-11-22T14:02:11Z", "calls": 3, "lowerBound": 3,
        "organization": {
            "id": "m-1", "alias": "acme", "arn": "arn:aws:workmail:eu-west-1:111122223333:organization/m-1",
            "region": "eu-west-1", "state": "Active", "defaultMailDomain": known(json!("example.test")),
            "mailDomains": known(json!({
                "acme.awsapps.com": { "isTestDomain": true }, "example.test": { "isTestDomain": false },
            })),
        },
        "lists": { "user": known(Value::Null), "group": known(Value::Null), "resource": known(Value::Null) },
        "entities": {
            "user/ana": ana,
            "user/bob": user("bob@example.test", "=SUM(A1)"),
            "user/gone": {
                "id": "u3", "state": "deregistered",
                "enabledAt": "2026-01-01T00:00:00Z", "disabledAt": "2026-11-01T00:00:00Z",
                "fields": { "displayName": known(json!("Gone")), "mailboxQuotaMb": known(json!(51200)) },
            },
            "group/ANA": group("other@example.test", json!([])),
            "group/staff": group("staff@example.test", json!([member("user/ana"), member("group/all")])),
            "group/all": group("all@example.test", json!([member("group/staff")])),
            "resource/room": {
                "id": "r", "state": "registered", "email": known(json!("room@example.test")),
                "aliases": known(json!([])), "links": known(json!([])), "grants": known(json!([])),
                "fields": {
                    "type": known(json!("ROOM")),
                    "bookingOptions": known(json!({ "autoAcceptRequests": false })),
                },
            },
        },
    });
    serde_json::from_value(snapshot).expect("a snapshot")
}

fn file(name: &str) -> String {
    let export = manifests(KINDS, &world());
    let found = export.files.into_iter().find(|file| file.path == name);
    found.expect("the file is there").text
}

fn read(name: &str) -> Value {
    serde_yaml::from_str(&file(name)).expect("it is YAML")
}

#[test]
fn everything_is_written_that_the_language_takes() {
    let users = read("users.yaml");
    let ana = &users["users"]["ana"];
    assert_eq!(ana["displayName"], "no");
    assert_eq!(ana["department"], "2027-03-31");
    assert_eq!(ana["email"], "ana@example.test");
    assert_eq!(
        ana["permissions"]["add"],
        json!([{ "grantee": "bob", "rights": ["FULL_ACCESS"] }])
    );
    assert_eq!(users["defaults"]["users"]["mailboxQuotaMb"], 51200);
    assert_eq!(users["users"]["gone"]["state"], "deregistered");
    assert!(file("users.yaml").contains("its mailbox is deleted 2026-12-01"));
    let organization = read("organization.yaml");
    assert_eq!(
        organization["organization"]["mailDomains"],
        json!(["example.test"])
    );
    assert_eq!(organization["organization"]["accountId"], "111122223333");
}

#[test]
fn what_the_language_refuses_is_left_out_and_told() {
    let text = file("users.yaml");
    assert!(
        text.contains("# the alias workmailctl-tmp-1@example.test is left out"),
        "{text}"
    );
    assert!(
        text.contains("# permissions: S-1-1-9 is no entity any more"),
        "{text}"
    );
    assert_eq!(
        read("users.yaml")["users"]["ana"]["aliases"],
        json!({ "add": ["Ann@Example.test"] })
    );
    let organization = read("organization.yaml");
    assert_eq!(
        organization["management"]["groups"]["ignore"],
        json!(["ANA"])
    );
    let groups = read("groups.yaml");
    assert!(groups["groups"].get("ANA").is_none());
    assert_eq!(groups["groups"]["all"]["members"], json!(["staff"]));
    assert_eq!(
        groups["groups"]["staff"]["members"],
        json!({ "add": ["user/ana"] })
    );
    let room = &read("resources.yaml")["resources"]["room"];
    assert!(room.get("delegates").is_none() && room.get("bookingOptions").is_none());
}

#[test]
fn tables_tell_every_address_and_run_nothing() {
    let tables = tables(KINDS, &world());
    let text = |name: &str| {
        let found = tables.iter().find(|file| file.path == name);
        found.expect("the table is there").text.clone()
    };
    assert!(text("addresses.csv").contains("Ann@Example.test,alias,user,ana,registered,no\r\n"));
    assert!(text("people.csv").contains("'=SUM(A1)"));
    assert!(text("groups.csv").contains("staff,staff@example.test,registered,ana,user\r\n"));
    assert!(text("grants.csv").contains("ana,user,S-1-1-9,unknown id,SEND_AS\r\n"));
}
