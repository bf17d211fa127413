//! What is wrong with a manifest, where, and what to do about it.
//!
//! A diagnostic has a stable code, a sentence in the user's words, the places it concerns, and help
//! that can be followed. All findings of a run are gathered; `render` turns them into text or JSON.

pub mod render;
pub(crate) mod secret;
mod source;

use serde::{Deserialize, Serialize};

pub mod code;
pub use code::{CODES, Code, by_id};
pub use source::{FileId, SourceFile, Sources, Span};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can be planned until it is mended.
    Error,
    /// Probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// A place in a file, with what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Which file.
    pub file: FileId,
    /// Which part of it.
    pub span: Span,
    /// What to say about it; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code.
    pub code: &'static Code,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, as a sentence fragment.
    pub message: String,
    /// Where: the first place is the one that is meant, others clash with it.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Vec<String>,
}

/// All findings of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostic {
    /// A finding with the severity that its code has.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
        }
    }

    /// With a place.
    #[must_use]
    pub fn at(mut self, place: Option<(FileId, Span)>, text: impl Into<String>) -> Self {
        if let Some((file, span)) = place {
            self.labels.push(Label {
                file,
                span,
                text: text.into(),
            });
        }
        self
    }

    /// With the places of two that clash: the one that stands later is meant, whichever was found first.
    #[must_use]
    pub fn twice(self, one: Option<(FileId, Span)>, other: Option<(FileId, Span)>) -> Self {
        let (first, again) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        self.at(again, "again here").at(first, "first here")
    }

    /// With help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all findings of another run.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The findings in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many there are of this weight.
    pub fn count(&self, severity: Severity) -> usize {
        self.0
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }

    /// Puts them in the order of their places, each once.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let place = |d: &Diagnostic| d.labels.first().map(|label| (label.file, label.span));
            place(a)
                .cmp(&place(b))
                .then(a.code.id.cmp(b.code.id))
                .then(a.message.cmp(&b.message))
        });
        self.0.dedup();
    }
}
