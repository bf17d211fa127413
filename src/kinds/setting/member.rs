//! `Member`: one field of a setting, in the manifest's words and in the API's.

use crate::kinds::Pattern;

/// One field of a setting.
#[derive(Debug)]
pub struct Member {
    /// Its name in the manifest, in camel case.
    pub name: &'static str,
    /// The member of the API's requests and replies.
    pub member: &'static str,
    /// What sort of value it has.
    pub form: Form,
    /// True where the API demands it.
    pub needed: bool,
    /// What it is, in one sentence fragment.
    pub about: &'static str,
}

/// The sort of a value.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A text of so many characters; absent and `""` are equal.
    Text {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
        /// What the service's own pattern takes, where it has one that a manifest can miss.
        pattern: Option<Pattern>,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A whole number in these bounds.
    Number {
        /// Smallest.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// A set of some of these words.
    Words(&'static [&'static str]),
    /// A set of texts, of so many characters each.
    Texts {
        /// Most elements.
        most: usize,
        /// Fewest characters of an element.
        min: usize,
        /// Most characters of an element.
        max: usize,
    },
    /// A set of beginnings of what a device tells of itself, of 1 to so many characters each, compared
    /// without case; `$NONE` stands for a device that does not tell it.
    /// Source: behaviour notes, section 9; API reference, `DeviceType`, `Pattern`.
    Prefixes {
        /// Most elements.
        most: usize,
        /// Most characters of an element.
        max: usize,
    },
    /// A set of IPv4 ranges in CIDR notation, or names of `networks` that stand for such.
    Ranges {
        /// Most elements.
        most: usize,
    },
    /// A set of names of this kind of thing; the API takes ids.
    Names {
        /// The kind.
        kind: &'static str,
        /// Most elements.
        most: usize,
    },
    /// The name of one of this kind; the API takes its id. A further member for the same member of the
    /// API takes the id of one that has no name here.
    Name {
        /// The kind.
        kind: &'static str,
    },
    /// A map with these fields.
    Object(&'static [Member]),
    /// Several maps, each with a key of its own, by which they are told apart: in values a map by key.
    Entries {
        /// The member of the API that holds the key.
        key: &'static str,
        /// The field that holds the key where a manifest writes them as a list.
        id: &'static str,
        /// The fields of each.
        members: &'static [Member],
        /// Most entries.
        most: usize,
    },
    /// A secret, by where it is: sent and never told. Compared is its version, where it has one.
    Secret,
}

impl Form {
    /// True for sets, of which order and repetition mean nothing.
    pub fn is_set(self) -> bool {
        matches!(
            self,
            Self::Words(_)
                | Self::Texts { .. }
                | Self::Prefixes { .. }
                | Self::Ranges { .. }
                | Self::Names { .. }
        )
    }

    /// A text of such a set as it is compared.
    pub fn folded(self, text: &str) -> String {
        match self {
            // In lower case `$NONE` is the beginning of a text.
            Self::Prefixes { .. } if text != ABSENT => text.to_lowercase(),
            _ => text.to_owned(),
        }
    }
}

/// What a condition lists for a device that does not tell the property.
/// Source: behaviour notes, section 9.
pub const ABSENT: &str = "$NONE";
