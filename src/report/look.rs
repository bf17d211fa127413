//! `Look`: what the reader's terminal can show: colours, more than ASCII, how many columns.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// What the place can show where text is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether colours are allowed. They never carry meaning alone.
    pub color: bool,
    /// Whether nothing but ASCII is written.
    pub ascii: bool,
    /// The columns of the terminal; none: lines are as long as they are.
    pub width: Option<usize>,
}

/// How a piece of text is set off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As all other text.
    Plain,
    /// Headings.
    Bold,
    /// What matters less: places, counts of reading.
    Dim,
    /// What comes.
    Green,
    /// What goes.
    Red,
    /// What changes, and warnings.
    Yellow,
    /// What moves.
    Cyan,
}

impl Look {
    /// The text with its colour, where colours are allowed.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Plain => "",
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Green => "32",
            Paint::Red => "31",
            Paint::Yellow => "33",
            Paint::Cyan => "36",
        };
        if !self.color || code.is_empty() || text.is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The text as it may be written here: without control characters, which could drive a terminal,
    /// and without what is not ASCII where that is asked for.
    pub fn safe<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text
            .chars()
            .all(|character| !drives(character) && (!self.ascii || character.is_ascii()))
        {
            return Cow::Borrowed(text);
        }
        let mut safe = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '→' if self.ascii => safe.push_str("->"),
                '…' if self.ascii => safe.push_str("..."),
                '·' if self.ascii => safe.push('-'),
                _ if drives(character) || (self.ascii && !character.is_ascii()) => {
                    safe.extend(character.escape_unicode());
                }
                _ => safe.push(character),
            }
        }
        Cow::Owned(safe)
    }

    /// The arrow between before and after.
    pub fn arrow(&self) -> &'static str {
        if self.ascii { "->" } else { "→" }
    }

    /// What separates the parts of a line.
    pub fn dot(&self) -> &'static str {
        if self.ascii { "-" } else { "·" }
    }

    /// What stands for something left out.
    pub fn ellipsis(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
}

/// The columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// The text cut into lines of at most `width` columns, at spaces where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let joined = columns(&line) + 1 + columns(word);
        if !line.is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// True for what could drive a terminal or turn a text around.
fn drives(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_a_terminal_is_never_written() {
        let look = Look::default();
        assert_eq!(look.safe("Ana\u{1b}[31m"), "Ana\\u{1b}[31m");
        assert_eq!(look.safe("a\u{202e}b\nc"), "a\\u{202e}b\\u{a}c");
        assert_eq!(look.safe("Anà → b"), "Anà → b");
        let ascii = Look {
            ascii: true,
            ..look
        };
        assert_eq!(ascii.safe("Anà → b"), "An\\u{e0} -> b");
    }

    #[test]
    fn lines_are_cut_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("alongwordalone", 5), ["alongwordalone"]);
    }
}
