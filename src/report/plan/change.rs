//! One change as lines: what happens to the thing, and what happens to the rights over its mailbox.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::{Action, MAIL_DOMAIN, MANAGEMENT_TAG, ORGANIZATION, Reason};
use crate::plan::{FieldChange, Operation, Plan, PlannedChange};
use crate::report::look::Paint;
use crate::report::rows::{Row, Symbol};

use super::moves::{Move, is_moved};
use super::words::{Words, grantee};

/// Consequences that are told in the line itself.
const TOLD_IN_LINE: &[&str] = &["noPassword", "mailboxExpiry", "bounces", "memberships"];

/// The line of what happens to the thing; none where all of it is told elsewhere.
pub(super) fn row(change: &PlannedChange, moves: &[Move], words: &Words<'_>) -> Option<Row> {
    let (symbol, what) = match change.action {
        Action::Create => (Symbol::Add, created(change, moves, words)),
        Action::Update => (Symbol::Change, updated(change, moves, words)),
        Action::Deregister | Action::Delete => (Symbol::Remove, removed(change, words)),
    };
    if what.is_empty() {
        return None;
    }
    let mut consequences: Vec<String> = change
        .risks
        .iter()
        .filter(|risk| risk.risk != "addressMoves" && !TOLD_IN_LINE.contains(&risk.risk.as_str()))
        .filter(|risk| risk.risk != "newReaders" || permissions(change, words).is_empty())
        .map(|risk| words.look.safe(&risk.text).into_owned())
        .collect();
    if !change.writable {
        consequences.push("not written".to_owned());
    }
    Some(Row {
        consequences: consequences.join(", "),
        place: place(change, words),
        ..Row::new(symbol, words.look.safe(&change.name), what)
    })
}

/// The line of what happens to the rights over the mailbox, if something does.
pub(super) fn permission_row(change: &PlannedChange, words: &Words<'_>) -> Option<Row> {
    let what = permissions(change, words);
    if what.is_empty() {
        return None;
    }
    let mut consequences: Vec<String> = change
        .risks
        .iter()
        .filter(|risk| risk.risk == "newReaders")
        .map(|risk| words.look.safe(&risk.text).into_owned())
        .collect();
    if !change.writable {
        consequences.push("not written".to_owned());
    }
    Some(Row {
        consequences: consequences.join(", "),
        place: place(change, words),
        ..Row::new(
            Symbol::Change,
            words.look.safe(&change.name),
            what.join(", "),
        )
    })
}

/// Every difference before and after, and the calls that make it.
pub(super) fn details(change: &PlannedChange, plan: &Plan, words: &Words<'_>) -> Vec<String> {
    let index = plan.changes.iter().position(|other| other == change);
    let calls = plan
        .operations
        .iter()
        .filter(|operation| operation.change.is_some() && operation.change == index)
        .map(|operation| words.look.paint(Paint::Dim, &call(operation)));
    change
        .fields
        .iter()
        .map(|field| words.detail(field))
        .chain(calls)
        .collect()
}

/// The calls that no single change asked for; none where there are none.
pub(super) fn of_no_change(plan: &Plan, words: &Words<'_>) -> Option<Row> {
    let of_none = || plan.operations.iter().filter(|one| one.change.is_none());
    let calls: Vec<String> = of_none()
        .map(|operation| words.look.paint(Paint::Dim, &call(operation)))
        .collect();
    let remembers = |management: bool| {
        let tags = of_none().filter_map(|operation| operation.call.input.get("Tags"));
        let mut tags = tags.filter_map(Value::as_array).flatten();
        tags.any(|tag| (tag["Key"] == MANAGEMENT_TAG) == management)
    };
    let what = match (remembers(true), remembers(false)) {
        (true, true) => "its tags remember `management` and the versions of secrets",
        (false, true) => "its tag remembers the versions of secrets",
        _ => "its tag remembers `management`",
    };
    (!calls.is_empty()).then(|| Row {
        details: calls,
        ..Row::new(
            Symbol::None,
            words.look.safe(&plan.organization.alias),
            what,
        )
    })
}

/// A call with its number and what it waits for.
pub(super) fn call(operation: &Operation) -> String {
    let mut text = format!(
        "{:>3} {} {}",
        operation.id, operation.call.operation, operation.target
    );
    if let Some(party) = &operation.party {
        let _ = write!(text, " ({party})");
    }
    if !operation.depends_on.is_empty() {
        let numbers: Vec<String> = operation
            .depends_on
            .iter()
            .map(ToString::to_string)
            .collect();
        let _ = write!(text, " after {}", numbers.join(", "));
    }
    text
}

fn created(change: &PlannedChange, moves: &[Move], words: &Words<'_>) -> String {
    if change.kind == MAIL_DOMAIN {
        return "registered, then to be verified by its DNS records".to_owned();
    }
    if change.kind == ORGANIZATION {
        let given = change.fields.iter();
        let given = given.map(|field| words.difference(&field.path, &field.before, &field.after));
        let parts = std::iter::once("new organization".to_owned()).chain(given);
        return parts.collect::<Vec<_>>().join(", ");
    }
    let value = |path: &str| {
        let field = change.fields.iter().find(|field| field.path == path)?;
        field.after.as_str()
    };
    let is_remote = value("role") == Some("REMOTE_USER");
    let thing = match (change.kind.as_str(), value("type")) {
        ("user", _) if is_remote => "user with a mailbox elsewhere",
        ("user", _) => "mailbox",
        (_, Some("ROOM")) => "room",
        (_, Some("EQUIPMENT")) => "equipment",
        (kind, _) => kind,
    };
    let mut parts = Vec::new();
    match value("email").filter(|_| value("state") == Some("registered")) {
        Some(email) => parts.push(format!("new {thing} {}", words.look.safe(email))),
        None if change.kind == "user" => parts.push("new user, not registered".to_owned()),
        None => parts.push(format!("new {thing}, not registered")),
    }
    parts.extend(told(change, words));
    parts.extend(sets(change, moves, words));
    parts.join(", ")
}

fn updated(change: &PlannedChange, moves: &[Move], words: &Words<'_>) -> String {
    let mut parts = Vec::new();
    for field in &change.fields {
        match field.path.as_str() {
            "state" if field.after == "registered" => parts.push("registered again".to_owned()),
            "email" if matches!(&field.after, Value::String(email) if is_moved(email, moves)) => {}
            "email" => {
                let before = field
                    .before
                    .as_str()
                    .map_or("none".to_owned(), |email| words.address(email));
                let after = words.address(field.after.as_str().unwrap_or_default());
                parts.push(format!("email {before} {} {after}", words.look.arrow()));
            }
            path if path.contains('[') => {}
            path => parts.push(words.difference(path, &field.before, &field.after)),
        }
    }
    parts.extend(told(change, words));
    parts.extend(sets(change, moves, words));
    with_reason(parts.join(", "), change)
}

fn removed(change: &PlannedChange, words: &Words<'_>) -> String {
    if change.kind == MAIL_DOMAIN {
        return "goes: mail to addresses in it bounces (not declared)".to_owned();
    }
    if change.kind == ORGANIZATION {
        let directory = change.fields.iter();
        let mut directory = directory.filter(|field| field.path == "deleteDirectory");
        return if directory.any(|field| field.after == true) {
            "deleted for good, its directory too".to_owned()
        } else {
            "deleted for good; its directory is kept, and costs".to_owned()
        };
    }
    let leaves_mail = change.fields.iter().any(|field| field.path == "state");
    let verb = match change.action {
        Action::Delete if leaves_mail => "deregistered and deleted",
        Action::Delete => "deleted",
        _ => "deregistered",
    };
    let verb = with_reason(verb.to_owned(), change);
    let told = told(change, words);
    if told.is_empty() {
        verb
    } else {
        format!("{verb}: {}", told.join(", "))
    }
}

fn told(change: &PlannedChange, words: &Words<'_>) -> Vec<String> {
    change
        .risks
        .iter()
        .filter(|risk| TOLD_IN_LINE.contains(&risk.risk.as_str()))
        .map(|risk| words.look.safe(&risk.text).into_owned())
        .collect()
}

/// Aliases, members and delegates, element by element.
fn sets(change: &PlannedChange, moves: &[Move], words: &Words<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    for (set, label) in [
        ("aliases", "alias"),
        ("members", "members"),
        ("delegates", "delegates"),
    ] {
        let mut signed = Vec::new();
        for field in &change.fields {
            let sign = match field.path.strip_prefix(set) {
                Some("[+]") => '+',
                Some("[-]") => '-',
                _ => continue,
            };
            let value = if sign == '+' {
                &field.after
            } else {
                &field.before
            };
            let text = value.as_str().unwrap_or_default();
            if set != "aliases" {
                signed.push((sign, format!("{text}{}", due(field))));
            } else if !is_moved(text, moves) {
                signed.push((sign, format!("{}{}", words.address(text), due(field))));
            }
        }
        if !signed.is_empty() {
            parts.push(format!("{label} {}", words.names(&signed)));
        }
    }
    parts
}

fn permissions(change: &PlannedChange, words: &Words<'_>) -> Vec<String> {
    let rights = change.fields.iter().filter_map(|field| {
        let name = words.look.safe(grantee(field)?).into_owned();
        let nothing = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
        Some(if nothing(&field.before) {
            format!("+ {name} {}", words.value(&field.after))
        } else if nothing(&field.after) {
            format!("- {name} {}{}", words.value(&field.before), due(field))
        } else {
            format!(
                "~ {name} {} {} {}",
                words.value(&field.before),
                words.look.arrow(),
                words.value(&field.after)
            )
        })
    });
    rights.collect()
}

fn with_reason(mut text: String, change: &PlannedChange) -> String {
    if change.reasons.contains(&Reason::NotDeclared) && !text.is_empty() {
        text.push_str(" (not declared)");
    }
    text
}

/// Said behind what goes because its time has passed.
fn due(field: &FieldChange) -> &'static str {
    if field.due.is_some() { " (due)" } else { "" }
}

fn place(change: &PlannedChange, words: &Words<'_>) -> Option<String> {
    Some(words.place(change.place.as_deref()?))
}
