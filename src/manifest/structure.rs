//! Every structural mistake of one document, found by holding it against the schema: unknown keys,
//! values of the wrong sort, words that are none of those wanted.

use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::diagnostic::code::{WM106, WM107};
use crate::diagnostic::secret::is_secret;
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, SourceFile};
use crate::model::{FieldPath, Segment};

use super::choices::{keys, shapes, words};
use super::parse::closest;
use super::schema::schema;
use super::tree::Tree;

static SCHEMA: LazyLock<Value> = LazyLock::new(schema);

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&SCHEMA).expect("the generated schema is valid"));

/// Every structural mistake, with its place.
pub(super) fn structure(id: FileId, file: &SourceFile, tree: &Tree, diagnostics: &mut Diagnostics) {
    let Ok(value) = serde_yaml::from_str::<Value>(&file.text) else {
        return;
    };
    let mut found = Structure {
        id,
        tree,
        value: &value,
        diagnostics,
    };
    for error in VALIDATOR.iter_errors(&value) {
        found.tell(&error);
    }
}

struct Structure<'a> {
    id: FileId,
    tree: &'a Tree,
    value: &'a Value,
    diagnostics: &'a mut Diagnostics,
}

impl Structure<'_> {
    fn tell(&mut self, error: &ValidationError<'_>) {
        let path = path_of(error.instance_path().as_str(), self.value);
        let instance = error.instance().as_ref();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let node = node(&error.schema_path().to_string(), 1);
                for key in unexpected {
                    let wrong = unknown_key(key, node);
                    let root = self.tree.root();
                    let place =
                        root.map(|root| (self.id, self.tree.key_place(root, &path.key(key))));
                    self.diagnostics.push(wrong.at(place, ""));
                }
            }
            // Told by the pass over nulls.
            _ if instance.is_null() => {}
            ValidationErrorKind::OneOfNotValid { context }
            | ValidationErrorKind::AnyOf { context } => {
                let node = node(&error.schema_path().to_string(), 0);
                if let Some(keys) = keys(node)
                    && let Value::Object(map) = instance
                {
                    self.one_of(&keys, map, &path, context);
                } else if let Some(words) = words(node) {
                    let message = format!("{} cannot be {}", shown(&path), quoted(instance));
                    self.push(
                        Diagnostic::new(&WM107, message)
                            .help(format!("it is one of {}", words.join(", "))),
                        &path,
                    );
                } else if let Some(shape) = context.iter().find(|errors| fits(errors, error)) {
                    for error in shape {
                        self.tell(error);
                    }
                } else {
                    let message = format!(
                        "{} is {}, and {} is needed",
                        shown(&path),
                        sort(instance),
                        shapes(node)
                    );
                    let wrong = Diagnostic::new(&WM107, message);
                    let choices = node.and_then(Value::as_array).into_iter().flatten();
                    let help = choices
                        .filter(|_| !instance.is_object())
                        .find_map(form_of_map);
                    self.push(helped(wrong, help), &path);
                }
            }
            ValidationErrorKind::Type { kind } => {
                let node = node(&error.schema_path().to_string(), 1);
                self.push(wrong_type(&path, instance, kind, node), &path);
            }
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                let message = format!("{} has no `{key}`", shown(&path));
                let help = match instance {
                    // What stands where a list may, is a map in one form only.
                    Value::Object(_) if key == "add" => {
                        "write a list `[…]`, or `{add: […]}` for at least these".to_owned()
                    }
                    _ => format!("add `{key}`"),
                };
                self.push(Diagnostic::new(&WM107, message).help(help), &path);
            }
            ValidationErrorKind::Constant { expected_value } => {
                let message = format!("{} cannot be {}", shown(&path), quoted(instance));
                let help = format!("write {}", quoted(expected_value));
                self.push(Diagnostic::new(&WM107, message).help(help), &path);
            }
            // Told in the words of the kind, once the rest can be read.
            ValidationErrorKind::MaxLength { .. } => {}
            ValidationErrorKind::Minimum { limit } => {
                let message = format!(
                    "{} is {}, and must be at least {limit}",
                    shown(&path),
                    error.instance()
                );
                let help = format!("write {limit} or more");
                self.push(Diagnostic::new(&WM107, message).help(help), &path);
            }
            ValidationErrorKind::MinLength { .. } => {
                self.push(
                    Diagnostic::new(&WM107, format!("{} is empty", shown(&path))),
                    &path,
                );
            }
            _ => {
                let message = format!("{}: {}", shown(&path), error.masked());
                self.push(Diagnostic::new(&WM107, message), &path);
            }
        }
    }

    /// A map that has exactly one of these keys.
    fn one_of(
        &mut self,
        keys: &[&str],
        map: &serde_json::Map<String, Value>,
        path: &FieldPath,
        shapes: &[Vec<ValidationError<'_>>],
    ) {
        let there: Vec<usize> = (0..keys.len())
            .filter(|index| map.contains_key(keys[*index]))
            .collect();
        if let ([only], true) = (there.as_slice(), shapes.len() == keys.len()) {
            for error in &shapes[*only] {
                self.tell(error);
            }
            return;
        }
        let help = match there.as_slice() {
            [] => format!("write one of them: `{}: …`", keys.join(": …` or `")),
            [kept, ..] => format!("remove all but one of them, such as `{}`", keys[*kept]),
        };
        let keys = keys.join("` and `");
        let message = format!("{} needs exactly one of `{keys}`", shown(path));
        self.push(Diagnostic::new(&WM107, message).help(help), path);
    }

    fn push(&mut self, diagnostic: Diagnostic, path: &FieldPath) {
        let place = self
            .tree
            .root()
            .map(|root| (self.id, self.tree.place(root, path)));
        self.diagnostics.push(diagnostic.at(place, ""));
    }
}

/// True if these are mistakes inside of a value that has the right sort as a whole.
fn fits(errors: &[ValidationError<'_>], whole: &ValidationError<'_>) -> bool {
    !errors.iter().any(|error| {
        matches!(error.kind(), ValidationErrorKind::Type { .. })
            && error.instance_path() == whole.instance_path()
    })
}

fn wrong_type(
    path: &FieldPath,
    instance: &Value,
    kind: &TypeKind,
    node: Option<&Value>,
) -> Diagnostic {
    let wanted = match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(_) => "string".to_owned(),
    };
    let message = format!(
        "{} is {}, and {} is needed",
        shown(path),
        sort(instance),
        article(&wanted)
    );
    let wrong = Diagnostic::new(&WM107, message);
    let is_place_of_secret = match path.segments().last() {
        Some(Segment::Key(key)) => is_secret(key),
        _ => false,
    };
    match (wanted.as_str(), instance) {
        ("object", _) if is_place_of_secret => wrong.help(
            "a manifest says where a secret is, and never what it is: write {fromEnv: …}, {fromFile: …} or {fromSecretsManager: …}",
        ),
        ("string", Value::Bool(_) | Value::Number(_)) => {
            wrong.help(format!("put it in quotes: \"{instance}\""))
        }
        ("boolean", Value::String(_) | Value::Number(_)) => {
            wrong.help("write true or false, without quotes")
        }
        ("integer" | "number", Value::String(_)) => wrong.help("write digits only, without quotes"),
        ("array", Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
            wrong.help("write a list: […]")
        }
        ("object", _) => helped(wrong, node.and_then(form_of_map)),
        _ => wrong,
    }
}

fn helped(wrong: Diagnostic, help: Option<String>) -> Diagnostic {
    match help {
        Some(help) => wrong.help(help),
        None => wrong,
    }
}

/// How the map is written that a schema asks for: by names, or with certain keys.
fn form_of_map(node: &Value) -> Option<String> {
    if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        let node = SCHEMA.pointer(reference.trim_start_matches('#'))?;
        return form_of_map(node);
    }
    if let Some(keys) = node.get("properties").and_then(Value::as_object) {
        let keys: Vec<&str> = keys.keys().map(String::as_str).collect();
        return Some(format!("write a map with {}", listed(&keys)));
    }
    let value = node
        .get("additionalProperties")
        .filter(|of| of.is_object())?;
    let value = if is_map(value) { "{…}" } else { "…" };
    Some(format!("write a map by name: `NAME: {value}`"))
}

fn listed(keys: &[&str]) -> String {
    match keys {
        [only] => format!("the key `{only}`"),
        _ => format!("the keys {}", keys.join(", ")),
    }
}

/// True if a schema takes nothing but maps.
fn is_map(node: &Value) -> bool {
    let reference = node.get("$ref").and_then(Value::as_str);
    let meant = reference.and_then(|path| SCHEMA.pointer(path.trim_start_matches('#')));
    let meant = meant.unwrap_or(node);
    meant.get("type").and_then(Value::as_str) == Some("object") || meant.get("oneOf").is_some()
}

fn unknown_key(key: &str, node: Option<&Value>) -> Diagnostic {
    let wrong = Diagnostic::new(&WM106, format!("there is no key `{key}` here"));
    if key == "previously" {
        return wrong.help(
            "only resources, impersonation roles and mobile device access rules can be renamed",
        );
    }
    let known: Vec<String> = node
        .and_then(|node| node.get("properties"))
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.keys().cloned())
        .collect();
    match closest(key, &known) {
        Some(meant) => wrong.help(format!("did you mean `{meant}`?")),
        None if known.is_empty() => wrong,
        None => wrong.help(format!("the keys here are {}", known.join(", "))),
    }
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

/// The part of the schema that a path leads to, without its last `less` steps.
fn node(schema_path: &str, less: usize) -> Option<&'static Value> {
    let steps: Vec<&str> = schema_path.split('/').skip(1).collect();
    let kept = steps.len().checked_sub(less)?;
    // References are passed through: their path goes on at the definition.
    let mut node: &Value = &SCHEMA;
    for step in &steps[..kept] {
        let step = step.replace("~1", "/").replace("~0", "~");
        node = if step == "$ref" {
            let target = node.get("$ref").and_then(Value::as_str)?;
            SCHEMA.pointer(target.trim_start_matches('#'))?
        } else {
            match step.parse::<usize>() {
                Ok(index) if node.is_array() => node.get(index)?,
                _ => node.get(&step)?,
            }
        };
    }
    Some(node)
}

fn shown(path: &FieldPath) -> String {
    if path.segments().is_empty() {
        "the file".to_owned()
    } else {
        format!("`{path}`")
    }
}

/// A value as it is spoken of; what is long is told by its sort.
fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() <= 40 => format!("`{text}`"),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        other => sort(other).to_owned(),
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
