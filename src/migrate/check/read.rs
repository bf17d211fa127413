//! The exports of other services: which one a file is, is told by its columns.
//!
//! Sources: Exchange Online, `Get-Recipient` (`EmailAddresses`: `SMTP:` is the primary address, `smtp:` any
//! other); Microsoft 365 admin centre, exported users (`Proxy addresses`, joined by `+`); Google Admin
//! console, users and group members; GAM, `print users`, `groups`, `aliases`, `group-members`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::directory::{DIRECTORY_VERSION, Directory};
use super::super::table::{Table, TableError, decode};
use super::foreign::{Foreign, Gathered, Shape, Told};
use super::rows::{Row, alias, google, member, microsoft, nothing, ours};
use crate::model::{Address, GROUP};

/// A file of the other side.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name, as messages have it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// One kind of table.
struct Format {
    /// The columns that make it this one.
    columns: &'static [&'static str],
    take: fn(&mut Gathered, &Row<'_>) -> Result<(), String>,
}

/// All of them, those with more particular columns first.
static FORMATS: &[Format] = &[
    Format {
        columns: &["address", "role", "kind", "name", "state"],
        take: ours,
    },
    Format {
        columns: &["resource", "delegate"],
        take: nothing,
    },
    Format {
        columns: &["mailbox", "grantee"],
        take: nothing,
    },
    Format {
        columns: &["name", "id", "state", "email", "aliases"],
        take: nothing,
    },
    Format {
        columns: &["group", "member"],
        take: |gathered, row| member(gathered, row, "group", "member"),
    },
    Format {
        columns: &["groupemail", "memberemail"],
        take: |gathered, row| member(gathered, row, "groupemail", "memberemail"),
    },
    Format {
        columns: &["group", "email"],
        take: |gathered, row| member(gathered, row, "group", "email"),
    },
    Format {
        columns: &["primarysmtpaddress", "emailaddresses"],
        take: |gathered, row| microsoft(gathered, row, "primarysmtpaddress", "emailaddresses"),
    },
    Format {
        columns: &["userprincipalname", "proxyaddresses"],
        take: |gathered, row| microsoft(gathered, row, "userprincipalname", "proxyaddresses"),
    },
    Format {
        columns: &["alias", "target"],
        take: alias,
    },
    Format {
        columns: &["primaryemail"],
        take: |gathered, row| google(gathered, row, "primaryemail", Shape::Mailbox),
    },
    Format {
        columns: &["emailaddress", "firstname"],
        take: |gathered, row| google(gathered, row, "emailaddress", Shape::Mailbox),
    },
    Format {
        columns: &["resourceemail"],
        take: |gathered, row| google(gathered, row, "resourceemail", Shape::Mailbox),
    },
    Format {
        columns: &["email", "admincreated"],
        take: |gathered, row| google(gathered, row, "email", Shape::Group),
    },
    Format {
        columns: &["email", "directmemberscount"],
        take: |gathered, row| google(gathered, row, "email", Shape::Group),
    },
    // `gam print groups` without more fields; with a name beside it, it may be a list of anybody.
    Format {
        columns: ALONE,
        take: |gathered, row| google(gathered, row, "email", Shape::Group),
    },
];

/// The columns of a table that has no others.
const ALONE: &[&str] = &["email"];

/// The columns of tables of ours.
const OURS: &[&[&str]] = &[
    &["address", "role", "kind", "name", "state"],
    &["resource", "delegate", "delegatekind"],
    &["mailbox", "grantee", "granteekind"],
    &["name", "id", "state", "email", "aliases"],
    &["group", "member", "memberkind"],
];

/// What the files tell together; else everything that is wrong with them, as sentences.
pub fn read(exports: &[Export]) -> Result<Foreign, Vec<String>> {
    let mut gathered = Gathered::default();
    let (documents, tables): (Vec<&Export>, Vec<&Export>) = exports.iter().partition(|export| {
        let mut text = export.bytes.iter();
        text.find(|byte| byte.is_ascii_graphic())
            .is_some_and(|first| b"{[".contains(first))
    });
    // A document is whole: the tables beside it tell the same.
    let mut whole: Vec<(&Export, Directory)> = Vec::new();
    for export in documents.into_iter().filter(|one| !is_bulk_request(one)) {
        match parsed(export) {
            Ok(directory) => whole.push((export, directory)),
            Err(why) => gathered.errors.push(format!("{}: {why}", export.name)),
        }
    }
    match whole.as_slice() {
        [] => {
            for export in tables {
                table(export, &mut gathered);
            }
        }
        [(one, directory)] => {
            for table in tables.iter().filter(|one| !is_ours(one)) {
                gathered.errors.push(format!(
                    "{} claims to be everything, and {} beside it is of another service: name one of both",
                    one.name, table.name
                ));
            }
            document(&one.name, directory, &mut gathered);
        }
        [(first, _), (second, _), ..] => gathered.errors.push(format!(
            "{} and {} both claim to be everything: name one",
            first.name, second.name
        )),
    }
    gathered.whole()
}

/// True for a table that `migrate targets --to generic` writes, and for one that tells nothing.
fn is_ours(export: &Export) -> bool {
    let table = decode(&export.bytes).and_then(|text| Table::parse(&text));
    if table == Err(TableError::Empty) {
        return true;
    }
    let header = table.map(|table| table.header).unwrap_or_default();
    let columns: Vec<String> = header.iter().map(|column| plain(column)).collect();
    let has = |wanted: &[&str]| {
        wanted
            .iter()
            .all(|one| columns.iter().any(|has| has == one))
    };
    OURS.iter().any(|format| has(format))
}

/// What `migrate targets` writes to make everybody: it tells of nobody who is there.
fn is_bulk_request(export: &Export) -> bool {
    let text = decode(&export.bytes).unwrap_or_default();
    let value = serde_json::from_str::<Value>(&text).unwrap_or_default();
    value.get("Operations").is_some()
}

/// The directory that is in a document; else why there is none.
fn parsed(export: &Export) -> Result<Directory, String> {
    let parsed = decode(&export.bytes).map_err(|error| error.to_string());
    let parsed = parsed
        .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    parsed.and_then(|value| {
        let version = &value["directoryVersion"];
        if *version != DIRECTORY_VERSION {
            return Err(format!(
                "it is no `directory.json`: its directoryVersion is {version}"
            ));
        }
        serde_json::from_value::<Directory>(value).map_err(|error| error.to_string())
    })
}

fn document(name: &str, directory: &Directory, gathered: &mut Gathered) {
    gathered.members_told = true;
    gathered.notes.push(of_ours(name));
    for (at, one) in directory.recipients.iter().enumerate() {
        let Some(email) = one.email.as_ref().filter(|_| one.registered) else {
            continue;
        };
        let primary = Address::listed(email);
        let shape = if one.kind == GROUP {
            Shape::Group
        } else {
            Shape::Mailbox
        };
        let aliases = one.aliases.iter().map(Address::listed);
        let place = format!("{name}:{} (recipient {})", one.target(), at + 1);
        gathered.recipient(primary.clone(), aliases, Told::known(shape), place);
        for member in &one.members {
            let member = member.email.as_ref().map(Address::listed);
            gathered.member(primary.clone(), member);
        }
    }
}

fn table(export: &Export, gathered: &mut Gathered) {
    let name = &export.name;
    let table = decode(&export.bytes).and_then(|text| Table::parse(&text));
    let table = match table {
        Ok(table) => table,
        // What PowerShell writes of a list without entries.
        Err(TableError::Empty) => {
            let note = format!("{name} is empty: it tells of nobody");
            return gathered.notes.push(note);
        }
        Err(error) => return gathered.errors.push(format!("{name}: {error}")),
    };
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    for (at, column) in table.header.iter().enumerate() {
        if columns.insert(plain(column), at).is_some() {
            gathered
                .errors
                .push(format!("{name}: the column {column} stands there twice"));
            return;
        }
    }
    let mut formats = FORMATS.iter();
    let fits = |format: &&Format| {
        let has_all = format.columns.iter().all(|one| columns.contains_key(*one));
        has_all && (format.columns != ALONE || columns.len() == 1)
    };
    let Some(format) = formats.find(fits) else {
        gathered.errors.push(format!(
            "{name}: its columns ({}) are those of no export that is known: see docs/leaving.md",
            table.header.join(", ")
        ));
        return;
    };
    if format.columns[0] == "emailaddress" {
        gathered.notes.push(format!(
            "{name} does not tell aliases: add what `gam print aliases` writes"
        ));
    }
    if format.columns[0] == "address" {
        gathered.notes.push(of_ours(name));
    }
    if format.columns.len() == 2 && ["group", "groupemail"].contains(&format.columns[0]) {
        gathered.members_told = true;
    }
    for (line, cells) in &table.rows {
        let row = Row {
            place: format!("{name}:{line}"),
            columns: &columns,
            cells,
        };
        if let Err(why) = (format.take)(gathered, &row) {
            gathered.errors.push(format!("{}: {why}", row.place));
        }
    }
}

fn of_ours(name: &str) -> String {
    format!(
        "{name} is as `migrate targets --to generic` writes it: it proves something only where it tells what is on the other side"
    )
}

/// The name of a column without what differs: case, blanks, marks such as `[Required]`.
fn plain(column: &str) -> String {
    let name = column.split('[').next().unwrap_or_default();
    let kept = name.chars().filter(|c| c.is_alphanumeric() || *c == '.');
    kept.flat_map(char::to_lowercase).collect()
}
