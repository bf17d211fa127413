//! From texts to documents: the pass over events, then the typed read. Only where the typed read fails
//! is a document held against the schema, which finds every structural mistake with its place.

use similar::TextDiff;

use crate::diagnostic::code::{WM107, WM108};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, SourceFile, Span};
use crate::kinds::{self, Clear, SETTINGS};

use super::read;
use super::sound::sound;
use super::spec::FileSpec;
use super::structure::structure;
use super::tree::{self, Tree};

/// One file, read as far as that was possible.
#[derive(Debug, Default)]
pub struct Document {
    pub(super) file: FileId,
    pub(super) tree: Tree,
    pub(super) spec: Option<FileSpec>,
    /// False if something that is written in the file is not in `spec`.
    pub(super) is_whole: bool,
}

impl Document {
    /// A file of the manifest that could not be read: what the others do not hold may stand in it.
    pub fn unread() -> Self {
        Self::default()
    }
}

/// Every file, and what is wrong. A document with mistakes has what is sound in it; one that is no YAML
/// has nothing.
pub fn parse(files: &[SourceFile]) -> (Vec<Document>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut documents = Vec::new();
    for (number, file) in (0_u32..).zip(files) {
        let id = FileId(number);
        let mut tree = match read::read(id, &file.text) {
            Ok(tree) => tree,
            Err(refused) => {
                diagnostics.push(*refused);
                documents.push(Document {
                    file: id,
                    ..Document::default()
                });
                continue;
            }
        };
        let before = diagnostics.len();
        for finding in std::mem::take(&mut tree.findings) {
            diagnostics.push(finding);
        }
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
        let is_whole = diagnostics.len() == before;
        let spec = if is_whole {
            spec
        } else {
            let labels = diagnostics.iter().skip(before);
            let wrong: Vec<Span> = labels
                .flat_map(|found| found.labels.iter().map(|label| label.span))
                .collect();
            sound(&file.text, &tree, &wrong)
        };
        documents.push(Document {
            file: id,
            tree,
            spec,
            is_whole,
        });
    }
    (documents, diagnostics)
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
    match tree.value(index) {
        tree::Value::Map(map) => {
            for (key, (span, child)) in map {
                path.push(key);
                match tree.value(*child) {
                    tree::Value::Null if clears(path) || removes(path) => {}
                    tree::Value::Null => diagnostics.push(null(id, path, *span)),
                    _ => nulls_below(id, tree, *child, path, diagnostics),
                }
                path.pop();
            }
        }
        tree::Value::List(items) => {
            path.push("[]");
            for item in items {
                let node = tree.node(*item);
                match tree.value(*item) {
                    tree::Value::Null => {
                        let wrong = Diagnostic::new(&WM108, "an element of a list is null")
                            .at(Some((id, node.span)), "")
                            .help("remove it");
                        diagnostics.push(wrong);
                    }
                    _ => nulls_below(id, tree, *item, path, diagnostics),
                }
            }
            path.pop();
        }
        // An alias of an alias is one of what stands at the anchor.
        tree::Value::Null | tree::Value::Scalar | tree::Value::Alias(_) => {}
    }
}

fn null(id: FileId, path: &[&str], span: Span) -> Diagnostic {
    let help = match path {
        ["users" | "groups" | "resources"] => "write {} or remove the line",
        [
            ..,
            "aliases" | "members" | "delegates" | "permissions" | "mailDomains" | "ignore"
            | "protect" | "watchReaders" | "approvals" | "add" | "rights" | "groups",
        ] => "write [] or remove the line",
        ["users" | "groups" | "resources", _, "email"] => {
            "remove the line to leave it as it is, or write `state: deregistered`"
        }
        ["users" | "groups" | "resources", _] => {
            "write {} to declare it and manage none of its fields"
        }
        _ => "write a value or remove the line",
    };
    let key = path.last().copied().unwrap_or_default();
    Diagnostic::new(&WM108, format!("`{key}` is null"))
        .at(Some((id, span)), "")
        .help(help)
}

/// True where null says that something is to be removed.
fn removes(path: &[&str]) -> bool {
    let nullable = SETTINGS.iter().filter(|kind| kind.nature.nullable);
    nullable
        .map(|kind| (kind.section, kind.nature.single))
        .any(|(section, single)| match path.split_last() {
            Some(_) if single => path.join(".") == section,
            Some((_, above)) => above.join(".") == section,
            None => false,
        })
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
        .filter(|(ratio, _)| *ratio >= 0.66)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}
