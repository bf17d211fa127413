//! Writing YAML that every reader reads the same: what a YAML 1.1 reader could take for a number, a
//! date or a truth value stands in quotes.

use std::fmt::Write as _;

use serde_json::Value;

/// A text as a scalar, quoted wherever it could be taken for something else.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), flow(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// The text of a comment: one line, without what could end it.
pub(super) fn comment(text: &str) -> String {
    let safe: String = text
        .chars()
        .map(|character| if breaks(character) { ' ' } else { character })
        .collect();
    format!("# {safe}")
}

/// True for a text that no reader of YAML 1.1 or 1.2 takes for anything but itself.
fn is_plain(text: &str) -> bool {
    let is_word = |word: &str| {
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
            .iter()
            .any(|other| other.eq_ignore_ascii_case(word))
    };
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && !is_word(text)
        && text.chars().all(|c| {
            c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '@' | '/' | '+' | '-')
        })
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if breaks(character) && u32::from(character) <= 0xff => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            _ if breaks(character) && u32::from(character) <= 0xffff => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ if breaks(character) => {
                let _ = write!(out, "\\U{:08x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// True for what is not printable or ends a line.
fn breaks(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_taken_for_something_else_is_quoted() {
        for text in [
            "",
            "no",
            "Yes",
            "ON",
            "y",
            "NULL",
            "~",
            "12",
            "1e3",
            "0x1f",
            "2027-03-31",
            "12:30",
            "a: b",
            "a #b",
            "- a",
            "*a",
            "&a",
            "!a",
            "@a",
            "%a",
            "a ",
            " a",
            "{a}",
            "[a]",
            "a,b",
            "<<",
            "=",
            ".5",
            "a\nb",
            "é",
            "'a'",
            "\"a\"",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        for text in [
            "ana",
            "Staff Engineer",
            "ana@example.com",
            "eu-west-1",
            "a.b_c+d",
        ] {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn everything_is_read_back_as_it_was() {
        for text in [
            "no",
            "a\u{85}b",
            "tab\there",
            "q\"uo\\te",
            "\u{feff}x",
            "snow\u{2603}man",
            "a\u{7}",
            "1_000",
        ] {
            let line = format!("k: {}\n", scalar(text));
            let read: serde_json::Value = serde_yaml::from_str(&line).expect("it is YAML");
            assert_eq!(read["k"], text, "{line}");
        }
    }
}
