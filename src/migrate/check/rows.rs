//! The rows of each format: what one line of an export tells of somebody.

use std::collections::BTreeMap;

use super::foreign::{Gathered, Shape, Told};
use crate::model::{Address, GROUP, RESOURCE, USER};

/// A row with the names of its columns.
pub(super) struct Row<'a> {
    pub(super) place: String,
    pub(super) columns: &'a BTreeMap<String, usize>,
    pub(super) cells: &'a [String],
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
pub(super) fn nothing(_: &mut Gathered, _: &Row<'_>) -> Result<(), String> {
    Ok(())
}

/// `addresses.csv` of `migrate targets --to generic`, with two more words for what another side may have:
/// the kind contact and the state suspended.
pub(super) fn ours(gathered: &mut Gathered, row: &Row<'_>) -> Result<(), String> {
    let word = |column: &str| row.cell(column).to_lowercase();
    let kind = word("kind");
    let shape = match &*kind {
        GROUP => Shape::Group,
        USER | RESOURCE => Shape::Mailbox,
        "contact" => Shape::Contact,
        _ => {
            return Err(format!(
                "the kind is `{}`, and neither user, group, resource nor contact",
                row.cell("kind")
            ));
        }
    };
    let shape = match &*word("state") {
        "registered" => shape,
        "suspended" => Shape::Suspended,
        "deregistered" => return Ok(()),
        _ => {
            return Err(format!(
                "the state is `{}`, and neither registered, deregistered nor suspended",
                row.cell("state")
            ));
        }
    };
    let address = row.address("address")?;
    let name = (kind, row.cell("name").to_owned());
    match &*word("role") {
        "primary" => {
            gathered.name(name, address.clone());
            gathered.recipient(address, [], Told::known(shape), row.place.clone());
        }
        "alias" => gathered.alias_of_name(address, name, row.place.clone()),
        _ => {
            return Err(format!(
                "the role is `{}`, and neither primary nor alias",
                row.cell("role")
            ));
        }
    }
    Ok(())
}

pub(super) fn member(
    gathered: &mut Gathered,
    row: &Row<'_>,
    group: &str,
    member: &str,
) -> Result<(), String> {
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

pub(super) fn alias(gathered: &mut Gathered, row: &Row<'_>) -> Result<(), String> {
    let (alias, target) = (row.address("alias")?, row.address("target")?);
    gathered.alias(alias, target, row.place.clone());
    Ok(())
}

/// Exchange Online and the admin centre. A proxy address has its protocol before it; only SMTP is mail.
pub(super) fn microsoft(
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
    // X500 and EUM have blanks and semicolons of their own: what follows one is its rest.
    let mut is_other = false;
    for part in parts.filter(|part| !part.is_empty()) {
        let (protocol, text) = match part.split_once(':') {
            None if is_other && !part.contains('@') => continue,
            told => told.unwrap_or(("smtp", part)),
        };
        is_other = !protocol.eq_ignore_ascii_case("smtp");
        if is_other {
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
    let told = if kind.contains("group") {
        Told::known(Shape::Group)
    } else if kind.contains("contact") || kind.contains("mailuser") {
        Told::known(Shape::Contact)
    } else if kind.contains("mailbox") {
        Told::known(Shape::Mailbox)
    } else {
        Told::guessed(account(row))
    };
    if kind.contains("dynamic") {
        gathered.untold(primary.clone());
    }
    gathered.recipient(primary, addresses, told, row.place.clone());
    Ok(())
}

/// What an account of the admin centre is taken for: without a license it has no mailbox, unless it is a
/// shared one or a room, which Exchange Online tells.
fn account(row: &Row<'_>) -> Shape {
    let is_unlicensed = |text: &str| text.is_empty() || text.eq_ignore_ascii_case("unlicensed");
    if row.cell("blockcredential").eq_ignore_ascii_case("true") {
        Shape::Suspended
    } else if row.columns.contains_key("licenses") && is_unlicensed(row.cell("licenses")) {
        Shape::Contact
    } else {
        Shape::Mailbox
    }
}

/// GAM and the Google Admin console. Lists are columns with numbers: `aliases.0`, `aliases.1`.
pub(super) fn google(
    gathered: &mut Gathered,
    row: &Row<'_>,
    primary: &str,
    shape: Shape,
) -> Result<(), String> {
    let address = row.address(primary)?;
    let is_true = |column: &str| row.cell(column).eq_ignore_ascii_case("true");
    let status = row.cell("status").to_ascii_lowercase();
    let is_closed = ["suspended", "archived"].iter();
    let shape = if is_closed
        .clone()
        .any(|word| is_true(word) || status == *word)
    {
        Shape::Suspended
    } else {
        shape
    };
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
    gathered.recipient(address, aliases, Told::known(shape), row.place.clone());
    Ok(())
}
