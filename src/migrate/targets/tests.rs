//! Names that want to be commands, in the files of every service.

use serde_json::{Value, json};

use super::*;
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
