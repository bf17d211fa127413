//! Names that want to be commands, in the files of every service.

use serde_json::{Value, json};

use super::*;
use crate::migrate::fates::Becomes;
use crate::migrate::table::Table;

const HOSTILE: &str = "=cmd|' /C calc'!A0 \"$(touch x)\" `touch y`\n’; Remove-Mailbox * # |";

fn directory() -> Directory {
    let user = |name: &str, shown: &str| {
        json!({
            "kind": "user", "name": name, "id": format!("S-{name}"), "registered": true,
            "email": format!("{name}@example.com"), "aliases": [format!("{name}@acme.awsapps.com"), format!("{name}.2@example.com")],
            "fields": { "displayName": shown, "jobTitle": shown, "hiddenFromGlobalAddressList": true, "mailboxQuotaMb": 100 },
            "grants": [{ "grantee": { "kind": "group", "name": "staff", "email": "staff@example.com" }, "rights": ["FULL_ACCESS", "SEND_AS", "SEND_ON_BEHALF"] }],
        })
    };
    let value = json!({
        "directoryVersion": 1, "organizationId": "m-1", "alias": "acme", "region": "eu-west-1",
        "takenAt": "2026-11-24T12:00:00Z", "unread": [],
        "settings": ["access-control-rule/x|y", "tag/workmailctl"],
        "domains": [
            { "name": "acme.awsapps.com", "isTestDomain": true, "isDefault": false, "records": [] },
            { "name": "example.com", "isTestDomain": false, "isDefault": true, "records": [
                "CNAME autodiscover.example.com. autodiscover.mail.eu-west-1.awsapps.com.",
                "MX example.com. 10 inbound-smtp.eu-west-1.amazonaws.com.",
                "TXT example.com. v=spf1 include:amazonses.com ~all",
            ] },
        ],
        "recipients": [
            user("ana", HOSTILE), user("bob", "Bob"),
            { "kind": "group", "name": HOSTILE, "id": "g", "registered": true, "email": "staff@example.com", "aliases": [], "fields": {},
              "members": [{ "kind": "user", "name": "ana", "email": "ana@example.com" }, { "kind": "user", "name": "gone" }] },
            { "kind": "resource", "name": "room", "id": "r", "registered": true, "email": "room@example.com", "aliases": [],
              "fields": { "type": "ROOM", "bookingOptions": { "autoAcceptRequests": false } },
              "delegates": [{ "kind": "user", "name": "bob", "email": "bob@example.com" }] },
        ],
    });
    serde_json::from_value(value).expect("a directory")
}

fn file(service: Service, path: &str) -> String {
    let found = targets(service, &directory())
        .into_iter()
        .find(|file| file.path == path);
    found.expect("it is written").text
}

/// What stands outside of texts in single quotation marks, by the rules of PowerShell.
fn outside(script: &str) -> String {
    let is_mark = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201B}');
    let mut quoted = false;
    let mut rest = String::new();
    for line in script.split_inclusive('\n') {
        if !quoted && line.starts_with('#') {
            continue;
        }
        for c in line.chars() {
            if is_mark(c) {
                quoted = !quoted;
            } else if !quoted {
                rest.push(c);
            }
        }
    }
    assert!(!quoted, "a text has no end");
    rest
}

#[test]
fn no_name_is_a_command_of_powershell() {
    let script = file(Service::Microsoft365, "exchange.ps1");
    assert!(
        script.starts_with('\u{FEFF}'),
        "Windows PowerShell would guess the encoding"
    );
    let rest = outside(&script);
    for word in ["Remove-Mailbox", "touch", "calc", "`"] {
        assert!(!rest.contains(word), "{word} is outside of a text: {rest}");
    }
    assert!(
        script.contains(
            "Add-MailboxPermission -Identity 'ana@example.com' -User 'staff@example.com'"
        )
    );
    assert!(script.contains("-AllBookInPolicy $false -AllRequestInPolicy $true"));
    assert!(script.contains("-ResourceDelegates 'bob@example.com'"));
    assert!(
        !script.contains("awsapps.com"),
        "the domain of the service is taken along"
    );
}

#[test]
fn tables_are_whole_and_run_nothing() {
    for (service, path, name) in [
        (Service::Microsoft365, "users.csv", "Display Name"),
        (Service::GoogleWorkspace, "users.csv", "Employee Title"),
        (Service::Generic, "users.csv", "displayName"),
    ] {
        let table = Table::parse(&file(service, path)).expect("a table");
        let at = table
            .header
            .iter()
            .position(|column| column == name)
            .expect("a column");
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows[0].1[at], format!("'{HOSTILE}"));
    }
}

#[test]
fn a_bulk_request_names_who_it_makes() {
    let request: Value = serde_json::from_str(&file(Service::Generic, "scim.json")).expect("JSON");
    let operations = request["Operations"].as_array().expect("operations");
    assert_eq!(operations.len(), 3);
    let members = &operations[2]["data"]["members"];
    assert_eq!(
        members.as_array().map(Vec::len),
        Some(1),
        "who is gone is no member"
    );
    assert_eq!(
        members[0]["value"],
        format!(
            "bulkId:{}",
            operations[0]["bulkId"].as_str().expect("an id")
        )
    );
    assert!(!request.to_string().to_lowercase().contains("password"));
    assert!(!request.to_string().contains("awsapps.com"));
}

/// The admin centre takes 249 users a file.
#[test]
fn many_users_are_several_files() {
    let mut many = directory();
    let ana = many.recipients[0].clone();
    for number in 2..500 {
        let mut one = ana.clone();
        one.name = format!("u{number}");
        one.email = Some(format!("u{number}@example.com"));
        many.recipients.push(one);
    }
    let files = targets(Service::Microsoft365, &many);
    let tables = files.iter().filter(|file| file.path.starts_with("users"));
    let rows = tables.map(|file| {
        let rows = Table::parse(&file.text).expect("a table").rows;
        (file.path.as_str(), rows.len())
    });
    let wanted = [
        ("users-1.csv", 249),
        ("users-2.csv", 249),
        ("users-3.csv", 2),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), wanted);
}

#[test]
fn what_remains_and_the_records_are_told() {
    let remains = file(Service::GoogleWorkspace, "without-equivalent.md");
    for told in [
        "room@example.com of resource/room",
        "ana@acme.awsapps.com of user/ana",
        "access-control-rule/x\\|y",
        "the quota of user/ana: 100 MB",
        "others have full access to user/ana",
        "inbox rules",
        "passwords and second factors",
    ] {
        assert!(remains.contains(told), "{told}: {remains}");
    }
    assert!(!remains.contains("tag/"), "nothing is lost with a tag");
    let dns = file(Service::Microsoft365, "dns.md");
    let rows: Vec<&str> = dns
        .lines()
        .filter(|line| line.starts_with("| 4") || line.starts_with("| 5"))
        .collect();
    assert_eq!(rows.len(), 3, "{dns}");
    assert!(
        rows[0].contains("include:spf.protection.outlook.com"),
        "{dns}"
    );
    assert!(
        dns.contains("example-com.mail.protection.outlook.com"),
        "{dns}"
    );
}

/// Somebody, and a group, whose primary addresses end with the service, and who have others; and somebody who has
/// none.
fn with_service_addresses() -> Directory {
    let mut directory = directory();
    let own = |kind: &str, name: &str, aliases: Value| {
        json!({ "kind": kind, "name": name, "id": format!("{name:0>12}"), "registered": true,
            "email": format!("{name}@acme.awsapps.com"), "aliases": aliases, "fields": {},
            "members": if kind == "group" { json!([{ "kind": "user", "name": "real", "email": "real@acme.awsapps.com" }]) } else { json!([]) },
            "grants": [{ "grantee": { "kind": "user", "name": "bob", "email": "bob@example.com" }, "rights": ["SEND_AS"] }] })
    };
    for one in [
        own(
            "user",
            "real",
            json!(["realname@example.com", "+second@example.com"]),
        ),
        own("group", "helpers", json!(["support@example.com"])),
        own("user", "nowhere", json!([])),
    ] {
        directory
            .recipients
            .push(serde_json::from_value(one).expect("a recipient"));
    }
    directory
}

#[test]
fn who_has_a_primary_address_of_the_service_is_known_by_another_one() {
    let directory = with_service_addresses();
    for (service, script) in [
        (Service::Microsoft365, "exchange.ps1"),
        (Service::GoogleWorkspace, "workspace.sh"),
    ] {
        let all = targets(service, &directory);
        let text = |path: &str| {
            let found = all.iter().find(|file| file.path == path);
            found.map_or("", |file| file.text.as_str())
        };
        let users = text("users.csv");
        assert!(users.contains("realname@example.com,"), "{users}");
        assert!(!users.contains("nowhere"), "{users}");
        let script = text(script);
        for address in [
            "support@example.com",
            "realname@example.com",
            "+second@example.com",
        ] {
            assert!(script.contains(address), "{address}: {script}");
        }
        assert!(!script.contains("acme.awsapps.com"), "{script}");
        let remains = text("without-equivalent.md");
        for told in [
            "realname@example.com becomes the primary address of user/real",
            "support@example.com becomes the primary address of group/helpers",
            "| user/nowhere | has no address but",
        ] {
            assert!(remains.contains(told), "{told}: {remains}");
        }
    }
    let scim = super::generic::files(&directory);
    let scim = scim.iter().find(|file| file.path == "scim.json");
    let scim: Value = serde_json::from_str(&scim.expect("a request").text).expect("JSON");
    let operations = scim["Operations"].as_array().expect("operations");
    let real = operations
        .iter()
        .find(|one| one["data"]["userName"] == "realname@example.com");
    assert_eq!(
        real.expect("made")["data"]["emails"][1]["value"],
        "+second@example.com"
    );
    let helpers = operations
        .iter()
        .find(|one| one["data"]["displayName"] == "helpers");
    assert_eq!(
        helpers.expect("made")["data"]["members"][0]["value"],
        "bulkId:00000000real"
    );
}

#[test]
fn what_becomes_of_them_says_the_same() {
    let directory = with_service_addresses();
    let fates = crate::migrate::fates::fates(&directory);
    let fate = |what: &str| {
        let found = fates.iter().find(|fate| fate.what == what);
        found
            .unwrap_or_else(|| panic!("{what}: {fates:#?}"))
            .becomes
    };
    assert_eq!(fate("user/real"), Becomes::TakenAlong);
    assert_eq!(
        fate("realname@example.com of user/real"),
        Becomes::TakenAlong
    );
    assert_eq!(fate("real@acme.awsapps.com of user/real"), Becomes::Ends);
    assert_eq!(fate("user/real of group/helpers"), Becomes::TakenAlong);
    assert_eq!(fate("user/nowhere"), Becomes::ByHand);
    assert_eq!(
        fate("SEND_AS of user/bob over user/nowhere"),
        Becomes::ByHand
    );
}

#[test]
fn the_service_s_own_domain_is_known_by_its_name_where_domains_could_not_be_read() {
    let mut directory = with_service_addresses();
    directory.domains.clear();
    assert!(directory.ends_with_the_service("x@ACME.awsapps.com"));
    assert!(!directory.ends_with_the_service("x@other.awsapps.com"));
    let all = targets(Service::Microsoft365, &directory);
    let dns = all
        .iter()
        .find(|file| file.path == "dns.md")
        .expect("written");
    assert!(dns.text.contains("could not be read"), "{}", dns.text);
}

#[test]
fn every_command_of_exchange_stops_at_its_error_and_long_names_stay_apart() {
    let mut directory = directory();
    for id in ["g-11111111", "g-22222222"] {
        let mut group = directory.recipients[2].clone();
        group.id = id.to_owned();
        group.name = "a".repeat(70) + id;
        directory.recipients.push(group);
    }
    // A name of two lines makes a step of two lines.
    directory
        .recipients
        .retain(|one| one.kind != "user" && one.name != HOSTILE);
    let all = targets(Service::Microsoft365, &directory);
    let script = &all
        .iter()
        .find(|file| file.path == "exchange.ps1")
        .expect("written")
        .text;
    let begin = "a".repeat(55);
    for id in ["11111111", "22222222"] {
        assert!(
            script.contains(&format!("-Name '{begin}-{id}'")),
            "{script}"
        );
    }
    let mut steps = script.lines().filter(|line| line.starts_with("Step "));
    assert!(
        steps.all(|step| step.ends_with(" -ErrorAction Stop }")),
        "{script}"
    );
    let users = all
        .iter()
        .find(|file| file.path == "users.csv")
        .expect("written");
    assert_eq!(users.text.lines().count(), 1, "a header alone");
}
