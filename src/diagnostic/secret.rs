//! Secrets in the texts of manifests: which keys hold them, and a text with their values hidden.
//!
//! A line is shown because something in it is wrong, often the very key of the secret, misspelt or not
//! supported. Its value is hidden wherever the line is shown. Where the text cannot be read to its end,
//! more is hidden rather than less.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser};
use similar::TextDiff;

/// How the keys of secrets end, without regard to case.
const ENDINGS: &[&str] = &["password", "passwd", "passphrase", "pwd", "secret"];

/// How keys of secrets are meant that are misspelt.
const MEANT: &[&str] = &["initialpassword", "password"];

/// True for a key whose value is a secret, also if the key is misspelt.
pub(crate) fn is_secret(key: &str) -> bool {
    let folded: String = key
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
        return true;
    }
    // Comparing takes its time, and most keys have none of these letters.
    (5..=20).contains(&folded.len())
        && ['p', 's', 'w']
            .iter()
            .all(|letter| folded.contains(*letter))
        && MEANT
            .iter()
            .any(|meant| TextDiff::from_chars(folded.as_str(), *meant).ratio() >= 0.8)
}

/// The text with the values of its secrets hidden. Every byte keeps its place, and every line its number.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    let values = values(text);
    if values.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut hidden = String::with_capacity(text.len());
    let mut values = values.into_iter().peekable();
    for (byte, character) in text.char_indices() {
        while values.next_if(|value| value.end <= byte).is_some() {}
        let is_hidden = values.peek().is_some_and(|value| value.contains(&byte));
        if is_hidden && !matches!(character, '\n' | '\r') {
            hidden.extend(std::iter::repeat_n('*', character.len_utf8()));
        } else {
            hidden.push(character);
        }
    }
    Cow::Owned(hidden)
}

/// Where the secrets stand, in bytes and in order.
fn values(text: &str) -> Vec<Range<usize>> {
    let found = Finder::default().run(text);
    let mut values: Vec<Range<usize>> = Vec::with_capacity(found.values.len());
    let mut bytes = Bytes::new(text);
    let mut points: Vec<(usize, usize)> = found.values;
    points.sort_unstable();
    for (start, end) in points {
        let (start, end) = (bytes.of(start), bytes.of(end));
        // The end of a map is told where the next thing begins.
        let end = start + text[start..end].trim_end().len();
        values.push(start..to_end_of_comment(text, end));
    }
    let Some(stopped) = found.stopped else {
        return values;
    };
    // What follows a value in its line may be more of the secret, which YAML takes for something else.
    for value in &mut values {
        value.end = end_of_line(text, value.end);
    }
    let stopped = bytes.of(stopped);
    let rest = &text[stopped..];
    if let Some(within) = found.within {
        values.push(bytes.of(within)..text.len());
    } else if let Some(key) = key_of_secret(rest) {
        values.push(stopped + key..text.len());
    }
    values
}

/// What looks like a comment behind a value may be the rest of a secret that holds ` #`.
fn to_end_of_comment(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    let behind = rest.trim_start_matches([' ', '\t']);
    if behind.starts_with('#') && behind.len() < rest.len() {
        end_of_line(text, end)
    } else {
        end
    }
}

fn end_of_line(text: &str, from: usize) -> usize {
    text[from..]
        .find('\n')
        .map_or(text.len(), |length| from + length)
}

/// The end of the first key of a secret in a text that is no YAML.
fn key_of_secret(text: &str) -> Option<usize> {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut from = 0;
    while let Some(colon) = text[from..].find(':').map(|colon| from + colon) {
        let before = text[..colon].trim_end_matches([' ', '\t', '"', '\'']);
        let word = before.trim_end_matches(is_of_word).len();
        if is_secret(&before[word..]) {
            return Some(colon + 1);
        }
        from = colon + 1;
    }
    None
}

/// Bytes of characters, asked for in order: the parser counts characters.
struct Bytes<'a> {
    text: &'a str,
    at: (usize, usize),
}

impl<'a> Bytes<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: (0, 0) }
    }

    fn of(&mut self, character: usize) -> usize {
        if character < self.at.0 {
            self.at = (0, 0);
        }
        let rest = &self.text[self.at.1..];
        let ahead = rest.char_indices().nth(character - self.at.0);
        let byte = self.at.1 + ahead.map_or(rest.len(), |(byte, _)| byte);
        self.at = (character, byte);
        byte
    }
}

/// Goes over the events of a text. Places are in characters.
#[derive(Default)]
struct Finder {
    values: Vec<(usize, usize)>,
    anchors: BTreeMap<usize, (usize, usize)>,
    stack: Vec<Open>,
    /// Where the last event ended, if reading stopped there.
    stopped: Option<usize>,
    /// Where the secret begins in which it stopped.
    within: Option<usize>,
}

struct Open {
    is_map: bool,
    /// Of a map whose key has come and whose value has not: whether it is a secret.
    key: Option<bool>,
    is_secret: bool,
    start: usize,
    anchor: usize,
}

impl Finder {
    fn run(mut self, text: &str) -> Self {
        let mut last = 0;
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else {
                self.stopped = Some(last);
                self.within = self.stack.iter().find_map(|open| match open.key {
                    _ if open.is_secret => Some(open.start),
                    Some(true) => Some(last),
                    _ => None,
                });
                break;
            };
            let (start, end) = (span.start.index(), span.end.index());
            last = last.max(end);
            match event {
                Event::Scalar(text, _, anchor, _) => {
                    if self.wants_key() {
                        self.key(is_secret(&text));
                    } else {
                        let is_secret = self.value();
                        self.closed(is_secret, anchor, (start, end));
                    }
                }
                Event::SequenceStart(anchor, _) => self.open(false, anchor, start),
                Event::MappingStart(anchor, _) => self.open(true, anchor, start),
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(open) = self.stack.pop() {
                        self.closed(open.is_secret, open.anchor, (open.start, end));
                    }
                }
                Event::Alias(anchor) => {
                    if self.wants_key() {
                        self.key(false);
                    } else if self.value() {
                        self.values.extend(self.anchors.get(&anchor).copied());
                    }
                }
                _ => {}
            }
        }
        self
    }

    fn wants_key(&self) -> bool {
        let top = self.stack.last();
        top.is_some_and(|open| open.is_map && open.key.is_none())
    }

    fn key(&mut self, is_secret: bool) {
        if let Some(open) = self.stack.last_mut() {
            open.key = Some(is_secret);
        }
    }

    /// A value begins; true if its key is one of a secret.
    fn value(&mut self) -> bool {
        let top = self.stack.last_mut();
        top.and_then(|open| open.key.take()).unwrap_or(false)
    }

    fn open(&mut self, is_map: bool, anchor: usize, start: usize) {
        // A map as a key is none of a secret.
        let is_secret = if self.wants_key() {
            self.key(false);
            false
        } else {
            self.value()
        };
        self.stack.push(Open {
            is_map,
            key: None,
            is_secret,
            start,
            anchor,
        });
    }

    fn closed(&mut self, is_secret: bool, anchor: usize, place: (usize, usize)) {
        if is_secret {
            self.values.push(place);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_secrets_are_known_also_misspelt() {
        for key in [
            "initialPassword",
            "initialpassword",
            "initial_password",
            "InitialPasword",
            "initialPasswrod",
            "password",
            "pasword",
            "passwd",
            "secret",
        ] {
            assert!(is_secret(key), "{key}");
        }
        for key in [
            "ana",
            "passow",
            "secretary",
            "permissions",
            "personalAccessTokens",
            "p.oswald",
            "displayName",
        ] {
            assert!(!is_secret(key), "{key}");
        }
    }

    /// What is wrong in the texts is of no matter here.
    #[test]
    fn no_secret_is_left() {
        for text in [
            "ana: {initialPassword: hunter2, jobTitel: Chief}\n",
            "ana:\n  initialPassword: hunter2\n  jobTitel: Chief\n",
            "ana:\n  initialPassword: hunter2 #hunter2\n  jobTitel: Chief\n",
            "ana:\n  initialPassword: |\n    hunter2\n\n    hunter2\n  jobTitel: Chief\n",
            "ana:\n  initialPassword:\n    value: hunter2\n    hunter2: x\n  jobTitel: Chief\n",
            "ana:\n  initialPassword: \"xx\n    hunter2\"\n  jobTitel: Chief\n",
            "ana: {'initialPassword' : 'it''s hunter2', jobTitel: Chief}\n",
            "ana: {initialPassword: {ä: {ö: [hunter2]}}, jobTitel: Chief}\n",
            "x: &pw hunter2\nana: {initialPassword: *pw, jobTitel: Chief}\n",
            "x: &pw {a: hunter2}\nana: {initialPassword: *pw, jobTitel: Chief}\n",
            "ö: ü\nana: {? initialPassword : hunter2, jobTitel: Chief}\n",
            // No YAML.
            "jobTitel: Chief\ninitialPassword: \"hunter2\n",
            "jobTitel: Chief\ninitialPassword: {hunter2\n",
            "jobTitel: Chief\ninitialPassword: @hunter2\n",
            "jobTitel: Chief\ninitialPassword: *hunter2\n",
            "jobTitel: Chief\ninitialPassword: x: hunter2\n",
            "jobTitel: Chief\ninitialPassword: \"x\"hunter2\n",
            "jobTitel: Chief\ninitialPassword: [x]hunter2\n",
            "jobTitel: Chief\na: \"b\nc: d\n 'initialPassword' : hunter2\n",
            "jobTitel: Chief\na: @\npassword: hunter2\n",
        ] {
            let hidden = masked(text);
            assert!(!hidden.contains("hunter2"), "{hidden}");
            assert!(hidden.contains("jobTitel: Chief"), "{hidden}");
            assert_eq!(hidden.len(), text.len(), "{hidden}");
        }
    }

    #[test]
    fn a_text_without_secrets_is_left_as_it_is() {
        for text in ["ana: {jobTitle: Chief} # x\n", "a: [b\n", ""] {
            assert!(matches!(masked(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
