//! Findings as text for people, as lines for editors, as JSON for programs. Where lines are shown,
//! secrets in them are hidden.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::secret::masked;
use super::{Diagnostic, Diagnostics, FileId, Severity, Sources};

/// With the lines that are meant, as compilers show it.
pub fn full(
    diagnostics: &Diagnostics,
    sources: Sources<'_>,
    colored: bool,
    width: usize,
) -> String {
    let renderer = if colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(width.max(40));
    let mut texts: BTreeMap<FileId, Cow<'_, str>> = BTreeMap::new();
    for label in diagnostics.iter().flat_map(|found| &found.labels) {
        if let Some(source) = sources.file(label.file) {
            texts
                .entry(label.file)
                .or_insert_with(|| masked(&source.text));
        }
    }
    let mut text = String::new();
    for diagnostic in diagnostics.iter() {
        text.push_str(&one(diagnostic, sources, &texts, &renderer));
        text.push_str("\n\n");
    }
    text
}

/// One line each: `path:line:column: error[WM101]: …`.
pub fn concise(diagnostics: &Diagnostics, sources: Sources<'_>) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter() {
        if let Some(label) = diagnostic.labels.first() {
            let (line, column) = sources.line_and_column(label.file, label.span.start);
            let path = sources
                .file(label.file)
                .map_or("", |file| file.path.as_str());
            let _ = write!(text, "{path}:{line}:{column}: ");
        }
        let (word, code) = (word(diagnostic.severity), diagnostic.code.id);
        let _ = writeln!(text, "{word}[{code}]: {}", diagnostic.message);
    }
    text
}

/// A list of findings with their places.
pub fn json(diagnostics: &Diagnostics, sources: Sources<'_>) -> Value {
    let findings = diagnostics.iter().map(|diagnostic| {
        let places: Vec<Value> = diagnostic
            .labels
            .iter()
            .map(|label| {
                let (line, column) = sources.line_and_column(label.file, label.span.start);
                let (end_line, end_column) = sources.line_and_column(label.file, label.span.end);
                json!({
                    "path": sources.file(label.file).map(|file| file.path.as_str()),
                    "line": line,
                    "column": column,
                    "endLine": end_line,
                    "endColumn": end_column,
                    "label": label.text,
                })
            })
            .collect();
        json!({
            "code": diagnostic.code.id,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "places": places,
            "help": diagnostic.help,
        })
    });
    Value::Array(findings.collect())
}

fn one(
    diagnostic: &Diagnostic,
    sources: Sources<'_>,
    texts: &BTreeMap<FileId, Cow<'_, str>>,
    renderer: &Renderer,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group: Group<'_> = Group::with_title(
        level
            .primary_title(&diagnostic.message)
            .id(diagnostic.code.id),
    );
    let mut files: Vec<_> = diagnostic.labels.iter().map(|label| label.file).collect();
    files.dedup();
    for file in files {
        let (Some(source), Some(text)) = (sources.file(file), texts.get(&file)) else {
            continue;
        };
        let mut snippet = Snippet::source(text.as_ref()).path(source.path.as_str());
        for (position, label) in diagnostic
            .labels
            .iter()
            .enumerate()
            .filter(|(_, label)| label.file == file)
        {
            let kind = if position == 0 {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let span = span(text, label.span.start, label.span.end);
            let annotation = kind.span(span);
            snippet = snippet.annotation(if label.text.is_empty() {
                annotation
            } else {
                annotation.label(&label.text)
            });
        }
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// The span in whole characters within the text.
fn span(text: &str, start: u32, end: u32) -> std::ops::Range<usize> {
    let within = |byte: u32| {
        let mut byte = (byte as usize).min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    };
    let (start, end) = (within(start), within(end));
    start..end.max(start)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
