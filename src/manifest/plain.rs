//! Words that readers of YAML take for different things when they stand without quotes. What is a text
//! here and a number, a date or a truth value to a reader of YAML 1.1 or of the core schema of 1.2 is
//! refused, so that a manifest says the same to everybody who reads it.
//!
//! Source: YAML 1.1, language-independent types `bool`, `int`, `float`, `timestamp`; YAML 1.2.2,
//! section 10.3.2.

use std::sync::LazyLock;

use regex::RegexSet;

/// What other readers take a value for, where they differ.
pub(super) fn misread_value(text: &str) -> Option<&'static str> {
    if !may_differ(text) {
        return None;
    }
    if is_truth(text) {
        return Some("true or false");
    }
    let found = DIFFER.matches(text);
    if found.matched(0) {
        return Some("a date");
    }
    found.matched_any().then_some("a number")
}

/// What other readers take a key for, where it is no text to them. Names are texts.
pub(super) fn misread_key(text: &str) -> Option<&'static str> {
    match text {
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Some("true or false"),
        "" | "~" | "null" | "Null" | "NULL" => Some("null"),
        _ if may_differ(text) && NUMBER.is_match(text) => Some("a number"),
        _ => misread_value(text),
    }
}

/// False for what cannot be a number, a date or a truth value: the first letter tells most texts.
fn may_differ(text: &str) -> bool {
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_digit() || "+-.yYnNoO".contains(c))
}

fn is_truth(text: &str) -> bool {
    matches!(
        text,
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF"
    )
}

/// A date first; then numbers that not every reader takes for the same one: with leading zeros, with
/// underscores, of base 60, 8 and 2, with an exponent.
static DIFFER: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?$",
        r"^[-+]?0[0-9_]+(\.[0-9_]*)?$",
        r"^[-+]?[0-9.][0-9]*_[0-9_.]*$",
        r"^[-+]?0x[0-9a-fA-F]*_[0-9a-fA-F_]*$",
        r"^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$",
        r"^[-+]?0[ob][0-7_]+$",
        r"^[-+]?([0-9][0-9_]*\.?|[0-9_]*\.[0-9_]+)[eE][-+]?[0-9]+$",
    ])
    .expect("the patterns are well-formed")
});

/// A number to every reader.
static NUMBER: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"^[-+]?[0-9]+$",
        r"^[-+]?0x[0-9a-fA-F]+$",
        r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+)$",
        r"^[-+]?\.(inf|Inf|INF|nan|NaN|NAN)$",
    ])
    .expect("the patterns are well-formed")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_take_for_different_things_is_told() {
        for (text, other) in [
            ("no", "true or false"),
            ("Yes", "true or false"),
            ("OFF", "true or false"),
            ("2026-12-31", "a date"),
            ("2026-12-31T00:00:00Z", "a date"),
            ("0123", "a number"),
            ("00", "a number"),
            ("1_000", "a number"),
            ("0o17", "a number"),
            ("0b11", "a number"),
            ("12:30", "a number"),
            ("190:20:30.15", "a number"),
            ("1e3", "a number"),
            ("1.5e+3", "a number"),
        ] {
            assert_eq!(misread_value(text), Some(other), "{text}");
            assert_eq!(misread_key(text), Some(other), "{text}");
        }
    }

    #[test]
    fn what_everybody_takes_for_the_same_is_none() {
        for text in [
            "ana",
            "nobody",
            "nO",
            "y",
            "n",
            "on call",
            "yes sir",
            "12:61",
            "1.2.3",
            "0x",
            "-",
            "+49 30 1",
            "+",
            ".",
            "2026-12",
            "0-8-15",
            "eu-west-1",
            "e3",
            "_1",
        ] {
            assert_eq!(misread_value(text), None, "{text}");
            assert_eq!(misread_key(text), None, "{text}");
        }
        for text in ["12", "-3", "0x1f", "1.5", ".inf"] {
            assert_eq!(misread_value(text), None, "{text}");
            assert_eq!(misread_key(text), Some("a number"), "{text}");
        }
        assert_eq!(misread_key("~"), Some("null"));
        assert_eq!(misread_key("true"), Some("true or false"));
    }
}
