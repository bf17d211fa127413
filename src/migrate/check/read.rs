//! The exports of other services: which one a file is, is told by its columns.
//!
//! Sources: Exchange Online, `Get-Recipient` (`EmailAddresses`: `SMTP:` is the primary address, `smtp:` any
//! other); Microsoft 365 admin centre, exported users (`Proxy addresses`, joined by `+`); Google Admin
//! console, users and group members; GAM, `print users`, `groups`, `aliases`, `group-members`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::directory::{DIRECTORY_VERSION, Directory};
use super::super::table::{Table, decode};
use super::foreign::{Foreign, Gathered, Shape};
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
        columns: &["email"],
        take: |gathered, row| google(gathered, row, "email", Shape::Group),
    },
];

/// What the files tell together; else everything that is wrong with them, as sentences.
pub fn read(exports: &[Export]) -> Result<Foreign, Vec<String>> {
    let mut gathered = Gathered::default();
    let is_json = |export: &&Export| {
        let mut text = export
            .bytes
            .iter()
            .skip_while(|byte| !byte.is_ascii_graphic());
        text.next() == Some(&b'{')
    };
    // A document is whole: the tables beside it tell the same.
    let document = exports
        .iter()
        .filter(is_json)
        .filter(|one| !is_bulk_request(one));
    let document: Vec<&Export> = document.collect();
    match document.as_slice() {
        [] => {
            for export in exports.iter().filter(|one| !is_json(one)) {
                table(export, &mut gathered);
            }
        }
        [one] => json(one, &mut gathered),
        [first, second, ..] => gathered.errors.push(format!(
            "{} and {} both claim to be everything: name one",
            first.name, second.name
        )),
    }
    gathered.whole()
}

/// What `migrate targets` writes to make everybody: it tells of nobody who is there.
fn is_bulk_request(export: &Export) -> bool {
    let text = decode(&export.bytes).unwrap_or_default();
    let value = serde_json::from_str::<Value>(&text).unwrap_or_default();
    value.get("Operations").is_some()
}

fn json(export: &Export, gathered: &mut Gathered) {
    let name = &export.name;
    let parsed = decode(&export.bytes).map_err(|error| error.to_string());
    let parsed = parsed
        .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    let directory = parsed.and_then(|value| {
        let version = &value["directoryVersion"];
        if *version != DIRECTORY_VERSION {
            return Err(format!(
                "it is no `directory.json`: its directoryVersion is {version}"
            ));
        }
        serde_json::from_value::<Directory>(value).map_err(|error| error.to_string())
    });
    let directory = match directory {
        Ok(directory) => directory,
        Err(why) => return gathered.errors.push(format!("{name}: {why}")),
    };
    gathered.members_told = true;
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
        gathered.recipient(primary.clone(), aliases, shape, place);
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
    let fits = |format: &&Format| format.columns.iter().all(|one| columns.contains_key(*one));
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

/// The name of a column without what differs: case, blanks, marks such as `[Required]`.
fn plain(column: &str) -> String {
    let name = column.split('[').next().unwrap_or_default();
    let kept = name.chars().filter(|c| c.is_alphanumeric() || *c == '.');
    kept.flat_map(char::to_lowercase).collect()
}

/// A row with the names of its columns.
struct Row<'a> {
    place: String,
    columns: &'a BTreeMap<String, usize>,
    cells: &'a [String],
}

impl Row<'_> {
    /// A cell without the apostrophe that keeps spreadsheets from running it.
    fn cell(&self, column: &str) -> &str {
        let cell = self
            .columns
            .get(column)
            .map_or("", |at| self.cells[*at].trim());
        match cell.strip_prefix('\'') {
            Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
            _ => cell,
        }
    }

    /// The address in a cell.
    fn address(&self, column: &str) -> Result<Address, String> {
        one_address(self.cell(column)).ok_or_else(|| {
            format!(
                "`{}` in the column {column} is no address",
                self.cell(column)
            )
        })
    }
}

/// What may stand for an address on the other side: WorkMail's own pattern is narrower.
fn one_address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_word = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || ",;<>\"".contains(c))
    };
    (is_word(local) && is_word(domain)).then(|| Address::listed(text))
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the formats")]
fn nothing(_: &mut Gathered, _: &Row<'_>) -> Result<(), String> {
    Ok(())
}

/// `addresses.csv` of `migrate targets --to generic`.
fn ours(gathered: &mut Gathered, row: &Row<'_>) -> Result<(), String> {
    if row.cell("state") == "deregistered" {
        return Ok(());
    }
    let address = row.address("address")?;
    let name = (row.cell("kind").to_owned(), row.cell("name").to_owned());
    let shape = if name.0 == GROUP {
        Shape::Group
    } else {
        Shape::Mailbox
    };
    match row.cell("role") {
        "primary" => {
            gathered.name(name, address.clone());
            gathered.recipient(address, [], shape, row.place.clone());
        }
        "alias" => gathered.alias_of_name(address, name, row.place.clone()),
        other => {
            return Err(format!(
                "the role is `{other}`, and neither primary nor alias"
            ));
        }
    }
    Ok(())
}

fn member(gathered: &mut Gathered, row: &Row<'_>, group: &str, member: &str) -> Result<(), String> {
    let group = row.address(group)?;
    let everybody = ["type", "membertype"].iter();
    if everybody
        .map(|one| row.cell(one))
        .any(|kind| kind.eq_ignore_ascii_case("customer"))
    {
        gathered.untold(group);
    } else if row.cell(member).is_empty() {
        gathered.member(group, None);
    } else {
        let member = row.address(member)?;
        gathered.member(group, Some(member));
    }
    Ok(())
}

fn alias(gathered: &mut Gathered, row: &Row<'_>) -> Result<(), String> {
    let (alias, target) = (row.address("alias")?, row.address("target")?);
    gathered.alias(alias, target, row.place.clone());
    Ok(())
}

/// Exchange Online and the admin centre. A proxy address has its protocol before it; only SMTP is mail.
fn microsoft(
    gathered: &mut Gathered,
    row: &Row<'_>,
    primary: &str,
    proxies: &str,
) -> Result<(), String> {
    let text = row.cell(proxies);
    if text.starts_with("System.") || text.starts_with("Microsoft.Exchange.") {
        return Err(format!(
            "the column {proxies} has the name of a type: join its values, see docs/leaving.md"
        ));
    }
    // `a+b@example.com` has a plus of its own: only one before a protocol parts two addresses.
    let parts = text.split([' ', ';', ',', '|', '\n']).flat_map(|part| {
        let mut found = Vec::new();
        let lower = part.to_ascii_lowercase();
        let mut begins = 0;
        for (at, _) in lower.match_indices('+') {
            let follows = lower[at + 1..]
                .split_once(':')
                .map(|(protocol, _)| protocol);
            if follows.is_some_and(|one| ["smtp", "sip", "spo", "x500", "eum"].contains(&one)) {
                found.push(&part[begins..at]);
                begins = at + 1;
            }
        }
        found.push(&part[begins..]);
        found
    });
    let mut addresses = Vec::new();
    let mut first = None;
    for part in parts.filter(|part| !part.is_empty()) {
        let (protocol, text) = part.split_once(':').unwrap_or(("smtp", part));
        if !protocol.eq_ignore_ascii_case("smtp") {
            continue;
        }
        let address = one_address(text).ok_or_else(|| format!("`{text}` is no address"))?;
        if protocol == "SMTP" {
            first = Some(address.clone());
        }
        addresses.push(address);
    }
    let primary = match first {
        Some(first) => first,
        None => row.address(primary)?,
    };
    let kind = row.cell("recipienttypedetails").to_ascii_lowercase();
    let shape = if kind.contains("group") {
        Shape::Group
    } else {
        Shape::Mailbox
    };
    if kind.contains("dynamic") {
        gathered.untold(primary.clone());
    }
    gathered.recipient(primary, addresses, shape, row.place.clone());
    Ok(())
}

/// GAM and the Google Admin console. Lists are columns with numbers: `aliases.0`, `aliases.1`.
fn google(
    gathered: &mut Gathered,
    row: &Row<'_>,
    primary: &str,
    shape: Shape,
) -> Result<(), String> {
    let address = row.address(primary)?;
    let lists = ["aliases", "noneditablealiases"];
    let mut aliases = Vec::new();
    for column in row.columns.keys() {
        let list = column.split('.').next().unwrap_or_default();
        if !lists.contains(&list) {
            continue;
        }
        let cell = row.cell(column);
        // The column without a number counts how many there are, or has them all.
        for text in cell
            .split([' ', ',', ';'])
            .filter(|text| text.contains('@'))
        {
            aliases.push(one_address(text).ok_or_else(|| format!("`{text}` is no address"))?);
        }
    }
    gathered.recipient(address, aliases, shape, row.place.clone());
    Ok(())
}
