//! One change of a rule, role, policy or configuration as a line.

use serde_json::Value;

use crate::kinds::SETTINGS;
use crate::kinds::personal_access_token::{LAST_USED, UNUSED_DAYS};
use crate::kinds::setting::SettingKind;
use crate::model::{Action, Reason};
use crate::plan::{FieldChange, PlannedChange};
use crate::report::rows::{Row, Symbol};

use super::words::Words;

/// The kind of settings that a change is of; none for other things.
pub(super) fn kind_of(change: &PlannedChange) -> Option<&'static SettingKind> {
    crate::kinds::setting(&change.kind)
}

/// The headings of all kinds of settings, in their order.
pub(super) fn headings() -> impl Iterator<Item = (&'static str, &'static str)> {
    SETTINGS.iter().map(|kind| (kind.name, kind.plural))
}

/// The line of what happens to it.
pub(super) fn row(change: &PlannedChange, words: &Words<'_>) -> Row {
    let (symbol, what) = match change.action {
        Action::Create => (Symbol::Add, made(change, words)),
        Action::Update => (Symbol::Change, changed(change, words)),
        Action::Deregister | Action::Delete => (Symbol::Remove, removed(change, words)),
    };
    let mut consequences: Vec<String> = change
        .risks
        .iter()
        .map(|risk| words.look.safe(&risk.text).into_owned())
        .collect();
    if !change.writable {
        consequences.push("not written".to_owned());
    }
    Row {
        consequences: consequences.join(", "),
        place: change.place.as_deref().map(|place| words.place(place)),
        ..Row::new(symbol, words.look.safe(&change.name), what)
    }
}

fn made(change: &PlannedChange, words: &Words<'_>) -> String {
    let fields = change
        .fields
        .iter()
        .map(|field| told(field, &field.after, words));
    let fields: Vec<String> = fields.collect();
    if fields.is_empty() {
        "new".to_owned()
    } else {
        format!("new: {}", fields.join(", "))
    }
}

fn changed(change: &PlannedChange, words: &Words<'_>) -> String {
    let fields = change
        .fields
        .iter()
        .map(|field| match (&field.before, &field.after) {
            (Value::Array(before), Value::Array(after)) => {
                let gone = before.iter().filter(|item| !after.contains(item));
                let new = after.iter().filter(|item| !before.contains(item));
                let mut signed: Vec<(char, String)> =
                    new.map(|item| ('+', words.value(item))).collect();
                signed.extend(gone.map(|item| ('-', words.value(item))));
                format!("{} {}", words.look.safe(&field.path), words.names(&signed))
            }
            (before, after) => format!(
                "{} {} {} {}",
                words.look.safe(&field.path),
                words.value(before),
                words.look.arrow(),
                words.value(after)
            ),
        });
    fields.collect::<Vec<_>>().join(", ")
}

fn removed(change: &PlannedChange, words: &Words<'_>) -> String {
    let why = why(change);
    let was: Vec<String> = change
        .fields
        .iter()
        .filter(|field| field.path != UNUSED_DAYS)
        .map(|field| told(field, &field.before, words))
        .collect();
    if was.is_empty() {
        format!("removed{why}")
    } else {
        format!("removed{why}: was {}", was.join(", "))
    }
}

/// Why it goes, in brackets.
fn why(change: &PlannedChange) -> String {
    let field = |path: &str| change.fields.iter().find(|field| field.path == path);
    let belongs = kind_of(change).and_then(|kind| kind.owner);
    match (field(UNUSED_DAYS), belongs) {
        (Some(days), _) if field(LAST_USED).is_some() => {
            format!(" (not used for {} days)", days.before)
        }
        (Some(days), _) => format!(" (never used in {} days)", days.before),
        (None, _) if change.reasons.contains(&Reason::NotDeclared) => " (not declared)".to_owned(),
        (None, Some(owner)) => format!(" (its {} goes)", owner.kind),
        (None, None) if change.reasons.contains(&Reason::Consequence) => {
            " (another one takes its place)".to_owned()
        }
        (None, None) => String::new(),
    }
}

/// A field with its value; words that speak for themselves stand alone.
fn told(field: &FieldChange, value: &Value, words: &Words<'_>) -> String {
    let value = words.value(value);
    if matches!(
        field.path.as_str(),
        "effect" | "type" | "description" | "value"
    ) {
        value
    } else {
        format!("{} {value}", words.look.safe(&field.path))
    }
}
