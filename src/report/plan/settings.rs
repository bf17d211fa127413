//! One change of a rule, role, policy or configuration as a line.

use serde_json::{Map, Value};

use crate::kinds::SETTINGS;
use crate::kinds::personal_access_token::{LAST_USED, UNUSED_DAYS};
use crate::kinds::setting::{SettingKind, kinds_named};
use crate::model::{Action, Reason};
use crate::plan::{FieldChange, Plan, PlannedChange};
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
pub(super) fn row(change: &PlannedChange, plan: &Plan, words: &Words<'_>) -> Row {
    let (symbol, what) = match change.action {
        Action::Create => (Symbol::Add, made(change, words)),
        Action::Update => (Symbol::Change, changed(change, words)),
        Action::Deregister | Action::Delete => (Symbol::Remove, removed(change, plan, words)),
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
    let mut fields: Vec<String> = fields.collect();
    let idle = kind_of(change).and_then(|kind| kind.nature.idle);
    if let Some(idle) = idle.filter(|idle| (idle.is)(&value_of(change))) {
        fields.push(idle.words.to_owned());
    }
    if fields.is_empty() {
        "new".to_owned()
    } else {
        format!("new: {}", fields.join(", "))
    }
}

/// The value that something comes with: fields by the keys of their paths. A path below what is no map,
/// which only a plan that somebody edited has, is left out.
fn value_of(change: &PlannedChange) -> Map<String, Value> {
    let mut whole = Map::new();
    for field in &change.fields {
        let (above, last) = field.path.rsplit_once('.').unwrap_or(("", &field.path));
        let mut keys = above.split('.').filter(|key| !key.is_empty());
        let map = keys.try_fold(&mut whole, |map, key| {
            let inner = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
            inner.as_object_mut()
        });
        if let Some(map) = map {
            map.insert(last.to_owned(), field.after.clone());
        }
    }
    whole
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

fn removed(change: &PlannedChange, plan: &Plan, words: &Words<'_>) -> String {
    let why = why(change, plan);
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
fn why(change: &PlannedChange, plan: &Plan) -> String {
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
            let is_implied = kind_of(change).is_some_and(|kind| kind.nature.implied);
            match user_of(change, plan).filter(|_| is_implied) {
                Some((kind, Action::Delete)) => format!(" (the {} goes)", kind.plural),
                None if is_implied => " (nothing uses it)".to_owned(),
                _ => " (another one takes its place)".to_owned(),
            }
        }
        (None, None) => String::new(),
    }
}

/// What happens in the plan to what names things of this kind.
fn user_of(change: &PlannedChange, plan: &Plan) -> Option<(&'static SettingKind, Action)> {
    plan.changes.iter().find_map(|other| {
        let kind = kind_of(other)?;
        let names_it = kinds_named(kind.members).contains(change.kind.as_str());
        names_it.then_some((kind, other.action))
    })
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
