//! Files as they were read, and parts of them.

use camino::Utf8PathBuf;

/// Which file of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A part of a file, in bytes from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, as it is shown.
    pub path: Utf8PathBuf,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// A file as it was read. A byte order mark at its beginning is no part of its text: YAML allows it,
    /// and editors count lines and columns without it. Source: YAML 1.2.2, section 5.2.
    pub fn new(path: impl Into<Utf8PathBuf>, text: String) -> Self {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Self {
            path: path.into(),
            text,
        }
    }
}

/// The files of a run.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a>(pub &'a [SourceFile]);

impl Sources<'_> {
    /// A file.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.0.get(id.0 as usize)
    }

    /// The line and the column of a byte, both from 1; columns in characters.
    pub fn line_and_column(&self, id: FileId, byte: u32) -> (usize, usize) {
        let Some(file) = self.file(id) else {
            return (1, 1);
        };
        let mut end = (byte as usize).min(file.text.len());
        while !file.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &file.text[..end];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line, column)
    }

    /// A place as `path:line`.
    pub fn place(&self, id: FileId, span: Span) -> String {
        let path = self.file(id).map_or("", |file| file.path.as_str());
        format!("{path}:{}", self.line_and_column(id, span.start).0)
    }
}
