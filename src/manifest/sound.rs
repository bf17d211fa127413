//! What is sound in a document with mistakes: the entries and sections in which none of them stands. They
//! are checked as the rest is, so that one run tells everything.

use serde_json::{Map, Value};

use crate::diagnostic::Span;

use super::spec::FileSpec;
use super::tree::Tree;

/// Sections whose entries are apart from one another.
const APART: &[&str] = &[
    "users",
    "groups",
    "resources",
    "accessControlRules",
    "impersonationRoles",
    "mobileDeviceAccessRules",
];

/// The content of a text without what the places of mistakes stand in; none if the rest cannot be read
/// either.
pub(super) fn sound(text: &str, tree: &Tree, wrong: &[Span]) -> Option<FileSpec> {
    let Ok(Value::Object(mut file)) = serde_yaml::from_str::<Value>(text) else {
        return None;
    };
    let root = tree.root()?;
    file.retain(|section, entries| {
        let Some(place) = tree.whole(root, section) else {
            return false;
        };
        let within: Vec<Span> = inside(wrong, place);
        match entries {
            Value::Object(entries) if APART.contains(&section.as_str()) => {
                retain(entries, tree, root, section, &within)
            }
            _ => within.is_empty(),
        }
    });
    serde_json::from_value(Value::Object(file)).ok()
}

/// Keeps the entries without mistakes; false if one stands in none of them.
fn retain(
    entries: &mut Map<String, Value>,
    tree: &Tree,
    root: u32,
    section: &str,
    wrong: &[Span],
) -> bool {
    let Some((_, node)) = tree.get(root, section) else {
        return wrong.is_empty();
    };
    let mut elsewhere = wrong.to_vec();
    entries.retain(|name, _| {
        let Some(place) = tree.whole(node, name) else {
            return false;
        };
        elsewhere.retain(|span| !is_inside(*span, place));
        inside(wrong, place).is_empty()
    });
    elsewhere.is_empty()
}

fn inside(spans: &[Span], whole: Span) -> Vec<Span> {
    let spans = spans.iter().copied();
    spans.filter(|span| is_inside(*span, whole)).collect()
}

fn is_inside(span: Span, whole: Span) -> bool {
    whole.start <= span.start && span.start < whole.end
}
