//! From texts to documents: the pass over events, then the typed read. Only where the typed read fails
//! is a document held against the schema, which finds every structural mistake with its place.

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;
use similar::TextDiff;

use crate::diagnostic::code::{WM106, WM107, WM108, WM112};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, SourceFile, Span};
use crate::kinds::{self, Clear};
use crate::model::{FieldPath, Segment};

use super::schema::schema;
use super::spec::FileSpec;
use super::tree::{self, Tree};

/// One file, read as far as that was possible.
#[derive(Debug)]
pub struct Document {
    pub(super) file: FileId,
    pub(super) tree: Tree,
    pub(super) spec: Option<FileSpec>,
}

/// Every file that is YAML, and what is wrong. A document with structural mistakes has no content.
pub fn parse(files: &[SourceFile]) -> (Vec<Document>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut documents = Vec::new();
    for (number, file) in (0_u32..).zip(files) {
        let id = FileId(number);
        let tree = match tree::read(id, &file.text) {
            Ok(tree) => tree,
            Err(refused) => {
                diagnostics.push(*refused);
                continue;
            }
        };
        let before = diagnostics.len();
        nulls(id, &tree, &mut diagnostics);
        let spec = match serde_yaml::from_str::<Option<FileSpec>>(&file.text) {
            Ok(spec) => spec.or_else(|| Some(FileSpec::default())),
            Err(error) => {
                structure(id, file, &tree, &mut diagnostics);
                if diagnostics.len() == before {
                    diagnostics.push(typed(id, file, &error));
                }
                None
            }
        };
        let spec = spec.filter(|_| diagnostics.len() == before);
        documents.push(Document {
            file: id,
            tree,
            spec,
        });
    }
    (documents, diagnostics)
}

/// Keys of the language that a later version acts on.
const LATER: &[&str] = &[
    "inboundDmarc",
    "emailMonitoring",
    "identityProvider",
    "tags",
    "create",
    "networks",
    "accessControlRules",
    "impersonationRoles",
    "mobileDeviceAccessRules",
    "retentionPolicy",
    "availabilityConfigurations",
    "personalAccessTokens",
    "tests",
    "initialPassword",
    "mobileDeviceAccessOverrides",
    "neverLockOut",
    "until",
    "mailboxExports",
];

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&schema()).expect("the generated schema is valid"));

/// Every structural mistake, with its place.
fn structure(id: FileId, file: &SourceFile, tree: &Tree, diagnostics: &mut Diagnostics) {
    let Ok(value) = serde_yaml::from_str::<Value>(&file.text) else {
        return;
    };
    for error in VALIDATOR.iter_errors(&value) {
        let path = path_of(error.instance_path().as_str(), &value);
        let place = |path: &FieldPath| tree.root().map(|root| (id, tree.place(root, path)));
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for key in unexpected {
                    let known = known_keys(&error.schema_path().to_string());
                    diagnostics.push(unknown_key(key, &known).at(place(&path.key(key)), ""));
                }
            }
            // Told by the pass over nulls.
            _ if error.instance().is_null() => {}
            ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::AnyOf { .. } => {
                let wrong = inner_fault(error.instance());
                diagnostics.push(wrong.at(place(&path), ""));
            }
            ValidationErrorKind::Type { kind } => {
                let wanted = match kind {
                    TypeKind::Single(kind) => kind.to_string(),
                    TypeKind::Multiple(_) => "string".to_owned(),
                };
                let message = format!(
                    "{} is {}, and {} is needed",
                    shown(&path),
                    sort(error.instance()),
                    article(&wanted)
                );
                diagnostics.push(Diagnostic::new(&WM107, message).at(place(&path), ""));
            }
            _ => {
                let message = format!("{}: {error}", shown(&path));
                diagnostics.push(Diagnostic::new(&WM107, message).at(place(&path), ""));
            }
        }
    }
}

fn unknown_key(key: &str, known: &[String]) -> Diagnostic {
    if LATER.contains(&key) {
        return Diagnostic::new(&WM112, format!("`{key}` is not supported by this version"))
            .help("remove it; a later version will act on it");
    }
    let wrong = Diagnostic::new(&WM106, format!("there is no key `{key}` here"));
    match closest(key, known) {
        Some(meant) => wrong.help(format!("did you mean `{meant}`?")),
        None if known.is_empty() => wrong,
        None => wrong.help(format!("the keys here are {}", known.join(", "))),
    }
}

/// What is wrong with a value that may be one of several shapes.
fn inner_fault(value: &Value) -> Diagnostic {
    let keys: Vec<&String> = value
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys())
        .collect();
    if let Some(later) = keys.iter().find(|key| LATER.contains(&key.as_str())) {
        return unknown_key(later, &[]);
    }
    match value {
        Value::Object(_) => Diagnostic::new(&WM107, "this map is not what stands here")
            .help("write a list `[…]`, or `{add: […]}` for at least these"),
        Value::Array(_) => {
            Diagnostic::new(&WM107, "an element of this list is not what stands here")
        }
        other => Diagnostic::new(&WM107, format!("{} is not what stands here", sort(other)))
            .help("write a list `[…]`, or `{add: […]}` for at least these"),
    }
}

/// Nulls are what commented-out children leave behind; only texts that can be cleared may be null.
fn nulls(id: FileId, tree: &Tree, diagnostics: &mut Diagnostics) {
    if let Some(root) = tree.root() {
        nulls_below(id, tree, root, &mut Vec::new(), diagnostics);
    }
}

/// The tree is no deeper than its reader allows, so that this may call itself.
fn nulls_below<'a>(
    id: FileId,
    tree: &'a Tree,
    index: u32,
    path: &mut Vec<&'a str>,
    diagnostics: &mut Diagnostics,
) {
    match &tree.node(index).value {
        tree::Value::Map(map) => {
            for (key, (span, child)) in map {
                path.push(key);
                match tree.node(*child).value {
                    tree::Value::Null if !clears(path) => diagnostics.push(null(id, key, *span)),
                    tree::Value::Null | tree::Value::Scalar => {}
                    _ => nulls_below(id, tree, *child, path, diagnostics),
                }
                path.pop();
            }
        }
        tree::Value::List(items) => {
            path.push("[]");
            for item in items {
                let node = tree.node(*item);
                match node.value {
                    tree::Value::Null => diagnostics.push(null(id, "an element", node.span)),
                    tree::Value::Scalar => {}
                    _ => nulls_below(id, tree, *item, path, diagnostics),
                }
            }
            path.pop();
        }
        tree::Value::Null | tree::Value::Scalar => {}
    }
}

fn null(id: FileId, key: &str, span: Span) -> Diagnostic {
    Diagnostic::new(&WM108, format!("`{key}` is null"))
        .at(Some((id, span)), "")
        .help("write [] or remove the line")
}

/// True for texts that null clears.
fn clears(path: &[&str]) -> bool {
    let (section, field) = match path {
        ["defaults", section, field] | [section, _, field] => (*section, *field),
        _ => return false,
    };
    kinds::by_section(kinds::KINDS, section)
        .and_then(|entry| entry.field(field))
        .is_some_and(|field| field.clear == Clear::EmptyText)
}

fn typed(id: FileId, file: &SourceFile, error: &serde_yaml::Error) -> Diagnostic {
    let place = error.location().map(|location| {
        let byte = u32::try_from(location.index().min(file.text.len())).unwrap_or(0);
        (
            id,
            Span {
                start: byte,
                end: byte,
            },
        )
    });
    Diagnostic::new(&WM107, error.to_string()).at(place, "")
}

/// A JSON pointer as a path; steps into lists are positions.
fn path_of(pointer: &str, value: &Value) -> FieldPath {
    let mut at = Some(value);
    pointer
        .split('/')
        .skip(1)
        .map(|step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match (at, step.parse::<usize>()) {
                (Some(Value::Array(items)), Ok(index)) => {
                    at = items.get(index);
                    Segment::Index(index)
                }
                (Some(Value::Object(map)), _) => {
                    at = map.get(&step);
                    Segment::Key(step)
                }
                _ => Segment::Key(step),
            }
        })
        .collect()
}

/// The keys that the schema knows at a place.
fn known_keys(schema_path: &str) -> Vec<String> {
    let whole = schema();
    let Some((parent, _)) = schema_path.rsplit_once('/') else {
        return Vec::new();
    };
    // References are passed through: their path goes on at the definition.
    let mut node = &whole;
    for step in parent.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if step == "$ref" {
            let Some(target) = node.get("$ref").and_then(Value::as_str) else {
                return Vec::new();
            };
            let Some(found) = whole.pointer(target.trim_start_matches('#')) else {
                return Vec::new();
            };
            node = found;
            continue;
        }
        let found = match step.parse::<usize>() {
            Ok(index) if node.is_array() => node.get(index),
            _ => node.get(&step),
        };
        let Some(found) = found else {
            return Vec::new();
        };
        node = found;
    }
    node.get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.keys().cloned())
        .collect()
}

/// The most similar of some words, if one is similar enough.
pub(super) fn closest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a String>,
) -> Option<&'a String> {
    let folded = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                TextDiff::from_chars(folded.as_str(), candidate.to_lowercase().as_str()).ratio(),
                candidate,
            )
        })
        .filter(|(ratio, _)| *ratio >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

fn shown(path: &FieldPath) -> String {
    if path.segments().is_empty() {
        "the file".to_owned()
    } else {
        format!("`{path}`")
    }
}

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

fn article(wanted: &str) -> &'static str {
    match wanted {
        "string" => "a text",
        "boolean" => "true or false",
        "integer" | "number" => "a number",
        "array" => "a list",
        _ => "a map",
    }
}
