//! `Words`: values and fields in the words of a plan's lines.

use std::collections::BTreeSet;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::plan::{FieldChange, Plan};
use crate::report::look::{Look, Paint};

/// The most names that one line lists.
const NAMES_SHOWN: usize = 8;
/// From this length on, two texts are compared word by word.
const LONG_TEXT: usize = 40;

/// How values are worded in one plan.
pub(super) struct Words<'a> {
    pub(super) look: &'a Look,
    /// The only domain of all addresses in the plan, where there is only one: it is left out.
    domain: Option<String>,
    /// The manifest's folder, which is left out of places.
    root: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn of(plan: &Plan, root: &'a str, look: &'a Look) -> Self {
        let domains: BTreeSet<String> = plan
            .changes
            .iter()
            .flat_map(|change| &change.fields)
            .filter(|field| is_address(field))
            .flat_map(|field| [&field.before, &field.after])
            .filter_map(|value| Some(value.as_str()?.rsplit_once('@')?.1.to_lowercase()))
            .collect();
        let mut domains = domains.into_iter();
        Self {
            look,
            domain: domains.next().filter(|_| domains.next().is_none()),
            root: root.trim_end_matches('/'),
        }
    }

    /// The address, without its domain where the whole plan has only one.
    pub(super) fn address(&self, address: &str) -> String {
        let short = address.rsplit_once('@').filter(|(_, domain)| {
            self.domain
                .as_deref()
                .is_some_and(|only| only.eq_ignore_ascii_case(domain))
        });
        match short {
            Some((local, _)) => self.look.safe(&format!("{local}@")).into_owned(),
            None => self.look.safe(address).into_owned(),
        }
    }

    /// A place, without the manifest's folder.
    pub(super) fn place(&self, place: &str) -> String {
        let inside = place.strip_prefix(self.root);
        let inside = inside.and_then(|rest| rest.strip_prefix('/'));
        self.look.safe(inside.unwrap_or(place)).into_owned()
    }

    /// A value on one line.
    pub(super) fn value(&self, value: &Value) -> String {
        match value {
            Value::Null => "none".to_owned(),
            Value::String(text) if text.is_empty() => "none".to_owned(),
            Value::String(text) => self.look.safe(text).into_owned(),
            Value::Array(items) if items.is_empty() => "none".to_owned(),
            Value::Array(items) => items
                .iter()
                .map(|item| self.value(item))
                .collect::<Vec<_>>()
                .join(", "),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| format!("{} {}", self.look.safe(name), self.value(value)))
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        }
    }

    /// `name before → after`; of a map only the members that differ.
    pub(super) fn difference(&self, name: &str, before: &Value, after: &Value) -> String {
        if let Value::Object(wanted) = after {
            return wanted
                .iter()
                .filter(|(member, value)| before.get(member) != Some(value))
                .map(|(member, value)| {
                    let before = before.get(member).unwrap_or(&Value::Null);
                    self.difference(member, before, value)
                })
                .collect::<Vec<_>>()
                .join(", ");
        }
        format!(
            "{} {} {} {}",
            self.look.safe(name),
            self.value(before),
            self.look.arrow(),
            self.value(after)
        )
    }

    /// One difference in full. Long texts are compared word by word.
    pub(super) fn detail(&self, field: &FieldChange) -> String {
        if let (Value::String(before), Value::String(after)) = (&field.before, &field.after)
            && before.chars().count().min(after.chars().count()) >= LONG_TEXT
        {
            return format!("{}: {}", field.path, self.word_by_word(before, after));
        }
        format!(
            "{}: {} {} {}",
            self.look.safe(&field.path),
            self.value(&field.before),
            self.look.arrow(),
            self.value(&field.after)
        )
    }

    fn word_by_word(&self, before: &str, after: &str) -> String {
        let before = self.look.safe(before);
        let after = self.look.safe(after);
        let mut text = String::new();
        for change in TextDiff::from_words(before.as_ref(), after.as_ref()).iter_all_changes() {
            let word = change.value();
            match change.tag() {
                ChangeTag::Equal => text.push_str(word),
                ChangeTag::Delete => {
                    text.push_str(&self.look.paint(Paint::Red, &format!("[-{word}-]")));
                }
                ChangeTag::Insert => {
                    text.push_str(&self.look.paint(Paint::Green, &format!("{{+{word}+}}")));
                }
            }
        }
        text
    }

    /// `+ana +bob -joe`, and how many more where there are many.
    pub(super) fn names(&self, signed: &[(char, String)]) -> String {
        let mut shown: Vec<String> = signed
            .iter()
            .take(NAMES_SHOWN)
            .map(|(sign, name)| format!("{sign}{}", self.look.safe(name)))
            .collect();
        if signed.len() > NAMES_SHOWN {
            shown.push(format!("and {} more", signed.len() - NAMES_SHOWN));
        }
        shown.join(" ")
    }
}

/// True if the difference is one of addresses.
pub(super) fn is_address(field: &FieldChange) -> bool {
    field.path == "email" || field.path.starts_with("aliases[")
}

/// The grantee of a difference in permissions.
pub(super) fn grantee(field: &FieldChange) -> Option<&str> {
    field.path.strip_prefix("permissions[")?.strip_suffix(']')
}

/// The possessive of a name.
pub(super) fn possessive(name: &str) -> String {
    if name.ends_with('s') {
        format!("{name}'")
    } else {
        format!("{name}'s")
    }
}
