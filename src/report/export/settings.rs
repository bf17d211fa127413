//! Rules, roles, policies and configurations as manifests write them. What the language refuses is passed
//! over by `ignore`, and told.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::kinds::SETTINGS;
use crate::kinds::setting::{
    Form, Member, SettingKind, kinds_named, references, secrets, split, strangers,
    without_strangers,
};
use crate::model::{Part, RESERVED_NAME, SECRET_VARIABLE, Setting, Snapshot, Target, Unmanaged};

use super::yaml::{comment, flow, scalar};

/// The settings of a kind that a manifest can declare, and the others with why not.
pub(super) struct Sorted<'a> {
    pub(super) declared: Vec<(&'a Target, &'a Setting)>,
    pub(super) refused: BTreeMap<&'a Target, String>,
}

pub(super) fn sorted<'a>(kind: &SettingKind, live: &'a Snapshot) -> Sorted<'a> {
    let mut sorted = Sorted {
        declared: Vec::new(),
        refused: BTreeMap::new(),
    };
    let of_kind = live
        .settings
        .iter()
        .filter(|(target, _)| target.kind() == kind.name && !kind.is_own(target.name()));
    for (target, setting) in of_kind {
        match refusal(kind, target, setting, live) {
            Some(why) => {
                sorted.refused.insert(target, why);
            }
            None => sorted.declared.push((target, setting)),
        }
    }
    sorted
}

fn refusal(
    kind: &SettingKind,
    target: &Target,
    setting: &Setting,
    live: &Snapshot,
) -> Option<String> {
    if target.name().starts_with(RESERVED_NAME) {
        return Some("a plan left it on the way between two states".to_owned());
    }
    if live.twins.iter().any(|(twin, _)| twin == target) {
        return Some("another one has the same name".to_owned());
    }
    if let Some(why) = untold(kind.members, &setting.value) {
        return Some(why);
    }
    let value = without_strangers(kind.members, &setting.value);
    let left = strangers(kind.members, &value);
    let id = left.first()?;
    Some(format!(
        "it names only the id {id}, which is nobody's any more"
    ))
}

/// True for what stands in the section `organization`, which has a file of its own.
pub(super) fn is_of_organization(kind: &SettingKind) -> bool {
    kind.section.starts_with("organization.")
}

/// True if a kind has a section of its own: others stand with their owners, or are only ever taken away.
pub(super) fn has_file(kind: &SettingKind) -> bool {
    kind.owner.is_none() && kind.is_declared()
}

/// What of the kinds without a section of their own no manifest tells.
pub(super) fn left_out(live: &Snapshot, left_out: &mut Vec<String>) {
    for kind in SETTINGS.iter().filter(|kind| !has_file(kind)) {
        if let Some(why) = unread(kind, live) {
            left_out.push(why);
            continue;
        }
        let settings = live.settings.keys();
        let of_kind = settings.filter(|target| target.kind() == kind.name);
        if kind.is_declared() {
            let owner = |target: &Target| kind.owner_of(target);
            let strangers = of_kind.filter(|target| {
                let owner = owner(target);
                owner.is_some_and(|owner| !live.entities.contains_key(&owner))
            });
            left_out.extend(strangers.map(|target| format!("{target} belongs to nobody any more")));
        } else if let count @ 1.. = of_kind.count() {
            left_out.push(format!(
                "{count} {}: a manifest says only which of them go",
                kind.plural
            ));
        }
    }
}

/// What belongs to one thing, an entry on a line; none where it was not read.
pub(super) fn of_owner(kind: &SettingKind, owner: &Target, live: &Snapshot) -> Option<Vec<String>> {
    let belongs = kind
        .owner
        .filter(|_| live.listed(kind.name).known().is_some())?;
    let settings = live.settings.iter();
    let own = settings.filter(|(target, _)| {
        target.kind() == kind.name && kind.owner_of(target).as_ref() == Some(owner)
    });
    let lines = own.map(|(target, setting)| {
        let (_, key) = split(target.name());
        let mut fields = vec![format!("{}: {}", belongs.key, flow(&Value::from(key)))];
        fields.extend(kind.members.iter().filter_map(|member| {
            let value = setting.value.get(member.name)?;
            Some(format!("{}: {}", member.name, flow(value)))
        }));
        format!("{{{}}}", fields.join(", "))
    });
    Some(lines.collect())
}

/// What a manifest needs and the service does not tell; of a secret only where it may be is written.
fn untold(members: &[Member], value: &Map<String, Value>) -> Option<String> {
    if value.is_empty() {
        return Some("the service tells nothing of it".to_owned());
    }
    members
        .iter()
        .find_map(|member| match (member.form, value.get(member.name)) {
            (Form::Secret, _) => None,
            (_, None) if member.needed => Some(format!("the service tells no {}", member.name)),
            (Form::Object(members), Some(Value::Object(inner))) => untold(members, inner),
            _ => None,
        })
}

/// The value with a place for each secret, which the service does not tell: a variable that is named
/// after the thing.
fn with_places(members: &[Member], value: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut with = value.clone();
    for member in members {
        match member.form {
            Form::Secret => {
                let word: String = name
                    .chars()
                    .map(|c| {
                        if c.is_ascii_alphanumeric() {
                            c.to_ascii_uppercase()
                        } else {
                            '_'
                        }
                    })
                    .collect();
                let place = json!({ "fromEnv": format!("{SECRET_VARIABLE}{word}") });
                with.insert(member.name.to_owned(), place);
            }
            Form::Object(members) => {
                if let Some(Value::Object(inner)) = with.get_mut(member.name) {
                    *inner = with_places(members, inner, name);
                }
            }
            _ => {}
        }
    }
    with
}

/// The section of a kind, by so many columns to the right.
pub(super) fn section(kind: &SettingKind, sorted: &Sorted<'_>, indent: usize) -> String {
    let mut text = String::new();
    let pad = " ".repeat(indent);
    let key = kind.section.rsplit('.').next().unwrap_or_default();
    match sorted.declared.first() {
        None if kind.nature.single => {
            let _ = writeln!(text, "{pad}{key}: null");
        }
        None => {
            let _ = writeln!(text, "{pad}{key}: {{}}");
        }
        Some((_, setting)) if kind.nature.single => {
            let _ = writeln!(text, "{pad}{key}:");
            value(kind, "", setting, indent + 2, &mut text);
        }
        Some(_) if kind.nature.scalar => {
            let _ = writeln!(text, "{pad}{key}:");
            for (target, setting) in &sorted.declared {
                let value = setting.value.values().next().and_then(Value::as_str);
                let value = scalar(value.unwrap_or_default());
                let _ = writeln!(text, "{pad}  {}: {value}", scalar(target.name()));
            }
        }
        Some(_) => {
            let _ = writeln!(text, "{pad}{key}:");
            for (target, setting) in &sorted.declared {
                let _ = writeln!(text, "{pad}  {}:", scalar(target.name()));
                value(kind, target.name(), setting, indent + 4, &mut text);
            }
        }
    }
    text
}

/// The fields of a setting, and what is left out of them.
fn value(kind: &SettingKind, name: &str, setting: &Setting, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    for id in strangers(kind.members, &setting.value) {
        let left = format!("the id {id} is nobody's any more");
        let _ = writeln!(text, "{pad}{}", comment(&left));
    }
    let value = without_strangers(kind.members, &setting.value);
    let value = with_places(kind.members, &value, name);
    if !secrets(kind.members, &value).is_empty() {
        let told =
            "the service does not tell the password: it is sent only along with another change";
        let _ = writeln!(text, "{pad}{}", comment(told));
    }
    fields(kind.members, &value, indent, text);
}

/// The fields of a value, one a line.
fn fields(members: &[Member], value: &Map<String, Value>, indent: usize, text: &mut String) {
    for member in members {
        let Some(value) = value.get(member.name) else {
            continue;
        };
        let written = written(member, value);
        let pad = " ".repeat(indent);
        match (member.form, &written) {
            (Form::Entries { .. }, Value::Array(entries)) if !entries.is_empty() => {
                let _ = writeln!(text, "{pad}{}:", member.name);
                for entry in entries {
                    let _ = writeln!(text, "{pad}  - {}", in_order(member.form, entry));
                }
            }
            (Form::Entries { .. }, Value::Object(entries)) if !entries.is_empty() => {
                let _ = writeln!(text, "{pad}{}:", member.name);
                for (key, entry) in entries {
                    let entry = in_order(member.form, entry);
                    let _ = writeln!(text, "{pad}  {}: {entry}", scalar(key));
                }
            }
            (_, written) => {
                let _ = writeln!(text, "{pad}{}: {}", member.name, flow(written));
            }
        }
    }
}

/// An entry on one line, its fields in the order of the table, its key first.
fn in_order(form: Form, entry: &Value) -> String {
    let (Form::Entries { id, members, .. }, Value::Object(entry)) = (form, entry) else {
        return flow(entry);
    };
    let names = std::iter::once(id).chain(members.iter().map(|member| member.name));
    let fields: Vec<String> = names
        .filter_map(|name| Some(format!("{name}: {}", flow(entry.get(name)?))))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

/// The value as a manifest writes it: entries that a manifest lists have their keys in them.
fn written(member: &Member, value: &Value) -> Value {
    match (member.form, value) {
        (Form::Entries { id, .. }, Value::Object(entries)) if !id.is_empty() => entries
            .iter()
            .map(|(key, entry)| {
                let mut with_key = Map::new();
                with_key.insert(id.to_owned(), Value::from(key.clone()));
                with_key.extend(entry.as_object().cloned().unwrap_or_default());
                Value::Object(with_key)
            })
            .collect(),
        (_, value) => value.clone(),
    }
}

/// The lines of `management` for a kind, with what is passed over.
pub(super) fn management(
    kind: &SettingKind,
    sorted: &Sorted<'_>,
    left_out: &mut Vec<String>,
) -> String {
    // What an organization has one of is declared wherever its section is there.
    if kind.nature.single || is_of_organization(kind) {
        return String::new();
    }
    let mut text = format!("  {}:\n", kind.section);
    // Rules that let nobody in are refused where nothing else may stay.
    let mut rules = sorted.declared.iter().map(|(_, setting)| &setting.value);
    let lets_in = !kind.needs_an_allow()
        || rules.any(|rule| rule.get("effect").and_then(Value::as_str) == Some("ALLOW"));
    let word = if kind.unmanaged == Unmanaged::Remove && lets_in {
        "remove"
    } else {
        "keep"
    };
    let _ = writeln!(
        text,
        "    unmanaged: {word} # what is live and not declared: keep, drift or remove"
    );
    if !sorted.refused.is_empty() {
        text.push_str("    ignore:\n");
        for (target, why) in &sorted.refused {
            let _ = writeln!(text, "      {}", comment(&format!("{target}: {why}")));
            let _ = writeln!(
                text,
                "      - {}",
                scalar(&super::manifest::escaped(target.name()))
            );
            left_out.push(format!("{target} is ignored: {why}"));
        }
    }
    text
}

/// Why the section of a kind is left out: of what only it can declare something is there that it does not
/// name, so that a plan of the section would remove it.
pub(super) fn unused(kind: &SettingKind, live: &Snapshot) -> Option<String> {
    let named: Vec<Target> = live
        .settings
        .iter()
        .filter(|(target, _)| target.kind() == kind.name)
        .flat_map(|(_, setting)| references(kind.members, &setting.value))
        .map(|named| named.target)
        .collect();
    let implied = |target: &Target| {
        let of = crate::kinds::setting(target.kind());
        of.is_some_and(|of| of.nature.implied) && kinds_named(kind.members).contains(target.kind())
    };
    let mut settings = live.settings.keys();
    let unused = settings.find(|target| implied(target) && !named.contains(target))?;
    let plural = kind.plural;
    Some(format!(
        "the {plural} is left out: {unused} was made for it and is not used, so that a plan would remove it"
    ))
}

/// Why the settings of a kind could not be read; none if they were.
pub(super) fn unread(kind: &SettingKind, live: &Snapshot) -> Option<String> {
    match live.listed(kind.name) {
        Part::Known(()) | Part::Absent => None,
        part => {
            let why = part.unknown();
            let why = why.map_or("they were not read", |unknown| unknown.message.as_str());
            Some(format!("the {} could not be read: {why}", kind.plural))
        }
    }
}
