//! Findings as text, in what the reader's terminal can show.

use unicode_width::UnicodeWidthChar;
use workmailctl::diagnostic::{Diagnostics, Sources, render};
use workmailctl::report::Look;

/// The columns of findings where there is no terminal.
const WIDTH: usize = 100;

/// The findings with the lines that are meant.
pub(crate) fn text(findings: &Diagnostics, sources: Sources<'_>, look: &Look) -> String {
    let width = look.width.unwrap_or(WIDTH);
    let text = render::full(findings, sources, look.color, width);
    if look.ascii { in_ascii(&text) } else { text }
}

/// The text in ASCII. In lines of a file every column keeps its place, so that the marks below still
/// stand where they belong; elsewhere nothing is lost.
fn in_ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let is_source = is_source(line);
        for character in line.chars() {
            if character.is_ascii() {
                ascii.push(character);
            } else if is_source {
                ascii.extend(std::iter::repeat_n('?', character.width().unwrap_or(0)));
            } else {
                ascii.extend(character.escape_unicode());
            }
        }
    }
    ascii
}

/// True for a line that begins with its number and a bar, colours aside.
fn is_source(line: &str) -> bool {
    let mut plain = String::with_capacity(line.len());
    let mut is_color = false;
    for character in line.chars() {
        match character {
            '\u{1b}' => is_color = true,
            'm' if is_color => is_color = false,
            _ if is_color => {}
            _ => plain.push(character),
        }
    }
    let plain = plain.trim_start();
    let rest = plain.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < plain.len() && rest.trim_start().starts_with('|')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_below_what_they_mark() {
        let text = "error: `Zoë`\n\u{1b}[1m3 |\u{1b}[0m name: Añ世, x: y\n  |            ^\n";
        let ascii = in_ascii(text);
        assert_eq!(
            ascii,
            "error: `Zo\\u{eb}`\n\u{1b}[1m3 |\u{1b}[0m name: A???, x: y\n  |            ^\n"
        );
    }
}
