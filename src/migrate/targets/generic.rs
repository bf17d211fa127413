//! For any other service: everything as one JSON document, and the same as tables.

use super::super::directory::{Directory, Recipient, Reference};
use super::super::table::write;
use super::ImportFile;
use crate::kinds::{KINDS, by_name};
use crate::model::{GROUP, RESOURCE, Right, USER};

/// `directory.json`, and a table each of addresses, users, groups, resources, members, delegates,
/// grants; and `scim.json`, for whoever takes a bulk request.
pub(super) fn files(directory: &Directory) -> Vec<ImportFile> {
    let mut json = serde_json::to_string_pretty(directory).expect("a directory is plain data");
    json.push('\n');
    vec![
        ImportFile::new("directory.json", json),
        ImportFile::new("addresses.csv", addresses(directory)),
        ImportFile::new("users.csv", people(directory, USER)),
        ImportFile::new("groups.csv", people(directory, GROUP)),
        ImportFile::new("resources.csv", people(directory, RESOURCE)),
        ImportFile::new(
            "members.csv",
            links(
                directory,
                &["group", "member", "memberKind", "memberName"],
                |one| &one.members,
            ),
        ),
        ImportFile::new(
            "delegates.csv",
            links(
                directory,
                &["resource", "delegate", "delegateKind", "delegateName"],
                |one| &one.delegates,
            ),
        ),
        ImportFile::new("grants.csv", grants(directory)),
        ImportFile::new("scim.json", super::scim::bulk(&directory.elsewhere())),
    ]
}

fn addresses(directory: &Directory) -> String {
    let mut rows = Vec::new();
    for one in &directory.recipients {
        for (at, address) in one.addresses().enumerate() {
            let is_primary = at == 0 && one.email.is_some();
            let role = if is_primary { "primary" } else { "alias" };
            rows.push(vec![
                address.to_owned(),
                role.to_owned(),
                one.kind.clone(),
                one.name.clone(),
                state(one).to_owned(),
                one.shown_name().to_owned(),
            ]);
        }
    }
    let header = ["address", "role", "kind", "name", "state", "displayName"];
    write(&header, rows)
}

/// Everybody of a kind with the plain fields of that kind.
fn people(directory: &Directory, kind: &str) -> String {
    let fields = by_name(KINDS, kind).map_or(&[][..], |entry| entry.fields);
    let mut header = vec!["name", "id", "state", "email", "aliases"];
    header.extend(fields.iter().map(|field| field.name));
    let all = directory.recipients.iter().filter(|one| one.kind == kind);
    let rows = all.map(|one| {
        let mut row = vec![
            one.name.clone(),
            one.id.clone(),
            state(one).to_owned(),
            one.email.clone().unwrap_or_default(),
            one.aliases.join(" "),
        ];
        row.extend(fields.iter().map(|field| match one.fields.get(field.name) {
            None => String::new(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        }));
        row
    });
    write(&header, rows)
}

fn links(
    directory: &Directory,
    header: &[&str; 4],
    of: fn(&Recipient) -> &Vec<Reference>,
) -> String {
    let mut rows = Vec::new();
    for one in &directory.recipients {
        for link in of(one) {
            rows.push(vec![
                one.email.clone().unwrap_or_else(|| one.name.clone()),
                link.email.clone().unwrap_or_default(),
                link.kind.clone(),
                link.name.clone(),
            ]);
        }
    }
    write(header, rows)
}

fn grants(directory: &Directory) -> String {
    let mut rows = Vec::new();
    for one in &directory.recipients {
        for grant in &one.grants {
            let rights: Vec<&str> = grant.rights.iter().copied().map(Right::as_str).collect();
            rows.push(vec![
                one.email.clone().unwrap_or_else(|| one.name.clone()),
                grant.grantee.email.clone().unwrap_or_default(),
                grant.grantee.kind.clone(),
                grant.grantee.name.clone(),
                rights.join(" "),
            ]);
        }
    }
    let header = ["mailbox", "grantee", "granteeKind", "granteeName", "rights"];
    write(&header, rows)
}

fn state(one: &Recipient) -> &'static str {
    if one.registered {
        "registered"
    } else {
        "deregistered"
    }
}
