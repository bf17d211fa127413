//! `Part`: one piece of the live organization, with what is known of it. Unknown is not absent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A piece of the live organization. Nothing may be written from `Unknown` or `NotRead`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part<T> {
    /// It was read, and this is its value.
    Known(T),
    /// The API said of exactly this thing that it is not there.
    Absent,
    /// It was asked for and could not be read.
    Unknown(Unknown),
    /// Nobody asked for it: it is not managed.
    #[default]
    NotRead,
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// The operation that failed, by its API name.
    pub operation: String,
    /// What sort of failure it was.
    pub cause: UnknownCause,
    /// One sentence fragment with the service's own words.
    pub message: String,
    /// The request id, where a reply came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The sort of a failed read; each has its exit code.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum UnknownCause {
    /// The caller may not read it: exit code 77.
    Denied,
    /// No answer, or the service failed: exit code 69.
    Unreachable,
    /// Throttled beyond all retries: exit code 75.
    Throttled,
    /// The service does not tell this of this thing: exit code 69.
    Refused,
    /// An answer that makes no sense: exit code 1.
    Garbled,
    /// The service does not tell it while the entity is deregistered: held, no failure.
    Deregistered,
}

impl<T> Part<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Why it could not be read, if that was so.
    pub fn unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// True if this was read or is certain to be absent.
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Known(_) | Self::Absent)
    }

    /// The same with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Part<U> {
        match self {
            Self::Known(value) => Part::Known(change(value)),
            Self::Absent => Part::Absent,
            Self::Unknown(unknown) => Part::Unknown(unknown),
            Self::NotRead => Part::NotRead,
        }
    }
}
