//! Tables of what is live, for spreadsheets: RFC 4180, CRLF, UTF-8.
//!
//! A cell that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
//! return) begins with an apostrophe instead, which spreadsheets show as text.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kinds::{Kinds, by_name};
use crate::model::{Address, Entity, GROUP, Part, RESOURCE, Right, Snapshot, Target, USER};

use super::File;

/// `addresses.csv`, `people.csv`, `groups.csv`, `resources.csv`, `grants.csv`.
pub fn tables(kinds: Kinds, live: &Snapshot) -> Vec<File> {
    vec![
        table("addresses.csv", addresses(live)),
        table("people.csv", things(kinds, live, USER)),
        table("groups.csv", groups(live)),
        table("resources.csv", things(kinds, live, RESOURCE)),
        table("grants.csv", grants(live)),
    ]
}

/// Every address with who gets its mail.
fn addresses(live: &Snapshot) -> Vec<Vec<String>> {
    let mut rows: BTreeMap<Address, Vec<String>> = BTreeMap::new();
    for (target, entity) in shown(live) {
        let primary = entity.email.known().map(|email| (email, "primary"));
        let aliases = entity.aliases.known().into_iter().flatten();
        for (address, role) in primary
            .into_iter()
            .chain(aliases.map(|alias| (alias, "alias")))
        {
            rows.entry(address.clone()).or_insert_with(|| {
                vec![
                    address.to_string(),
                    role.to_owned(),
                    target.kind().to_owned(),
                    target.name().to_owned(),
                    state(entity),
                    text(entity.field("displayName")),
                ]
            });
        }
    }
    let header = ["address", "role", "kind", "name", "state", "displayName"];
    with_header(&header, rows.into_values())
}

/// Every thing of a kind with its plain fields; for resources also the delegates.
fn things(kinds: Kinds, live: &Snapshot, kind: &str) -> Vec<Vec<String>> {
    let fields = by_name(kinds, kind).map_or(&[][..], |entry| entry.fields);
    let mut header = vec!["name", "id", "state", "email", "aliases"];
    header.extend(fields.iter().map(|field| field.name));
    if kind == RESOURCE {
        header.push("delegates");
    }
    header.extend(["enabledAt", "disabledAt"]);
    let rows = shown(live)
        .filter(|(target, _)| target.kind() == kind)
        .map(|(target, entity)| {
            let aliases = entity.aliases.known().into_iter().flatten();
            let aliases: Vec<&str> = aliases.map(Address::as_str).collect();
            let mut row = vec![
                target.name().to_owned(),
                entity.id.clone(),
                state(entity),
                entity
                    .email
                    .known()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                aliases.join(" "),
            ];
            row.extend(fields.iter().map(|field| text(entity.field(field.name))));
            if kind == RESOURCE {
                let links = entity.links.known().into_iter().flatten();
                let names: Vec<String> = links
                    .filter(|link| !link.deleted)
                    .map(|link| link.party.to_string())
                    .collect();
                row.push(names.join(" "));
            }
            for time in [entity.enabled_at, entity.disabled_at] {
                row.push(time.map(|time| time.to_string()).unwrap_or_default());
            }
            row
        });
    with_header(&header, rows)
}

/// Every group with one line for each member; a group without members has one line.
fn groups(live: &Snapshot) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (target, entity) in shown(live).filter(|(target, _)| target.kind() == GROUP) {
        let email = entity
            .email
            .known()
            .map(ToString::to_string)
            .unwrap_or_default();
        let start = vec![target.name().to_owned(), email, state(entity)];
        let links = entity.links.known().into_iter().flatten();
        let members: Vec<_> = links.filter(|link| !link.deleted).collect();
        if members.is_empty() {
            let mut row = start.clone();
            row.extend([String::new(), String::new()]);
            rows.push(row);
        }
        for member in members {
            let kind = member.party.target().map_or("unknown id", Target::kind);
            let mut row = start.clone();
            row.extend([member.party.to_string(), kind.to_owned()]);
            rows.push(row);
        }
    }
    with_header(&["group", "email", "state", "member", "memberKind"], rows)
}

/// Every right over a mailbox.
fn grants(live: &Snapshot) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (target, entity) in shown(live) {
        for grant in entity.grants.known().into_iter().flatten() {
            let rights: Vec<&str> = grant.rights.iter().copied().map(Right::as_str).collect();
            rows.push(vec![
                target.name().to_owned(),
                target.kind().to_owned(),
                grant.grantee.to_string(),
                grant
                    .grantee
                    .target()
                    .map_or("unknown id", Target::kind)
                    .to_owned(),
                rights.join(" "),
            ]);
        }
    }
    with_header(
        &["mailbox", "mailboxKind", "grantee", "granteeKind", "rights"],
        rows,
    )
}

fn shown(live: &Snapshot) -> impl Iterator<Item = (&Target, &Entity)> {
    live.entities.iter().filter(|(_, entity)| !entity.built_in)
}

fn state(entity: &Entity) -> String {
    let word = if entity.is_registered() {
        "registered"
    } else {
        "deregistered"
    };
    word.to_owned()
}

fn text(part: &Part<Value>) -> String {
    match part {
        Part::Known(Value::String(text)) => text.clone(),
        Part::Known(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" "),
        Part::Known(value) => value.to_string(),
        Part::Unknown(_) => "?".to_owned(),
        Part::Absent | Part::NotRead => String::new(),
    }
}

fn with_header(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    std::iter::once(header.iter().map(|&name| name.to_owned()).collect())
        .chain(rows)
        .collect()
}

fn table(path: &str, rows: Vec<Vec<String>>) -> File {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    File {
        path: path.to_owned(),
        text,
    }
}

fn cell(value: &str) -> String {
    let runs = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let value = if runs {
        format!("'{value}")
    } else {
        value.to_owned()
    };
    if value.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_run() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("two\nlines"), "\"two\nlines\"");
        assert_eq!(cell("=SUM(A1)"), "'=SUM(A1)");
        assert_eq!(cell("+49 89, 12"), "\"'+49 89, 12\"");
    }
}
