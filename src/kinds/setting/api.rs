//! Reading and sending settings: what each kind's own `api` gives.

use futures::future::BoxFuture;
use serde_json::{Map, Value};

use crate::client::{ApiError, Client};
use crate::kinds::Outgoing;
use crate::kinds::api::PAGE;
use crate::model::{Call, Part};

/// One setting as the service tells it: members as in the API.
#[derive(Clone, Debug)]
pub(crate) struct ToldSetting {
    /// Its name; of what belongs to somebody the key only.
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    /// The id of its owner.
    pub(crate) owner: Option<String>,
    pub(crate) members: Map<String, Value>,
}

/// What was read of a kind, and the fewest requests that could have told it.
pub(crate) struct ToldSettings {
    pub(crate) settings: Part<Vec<ToldSetting>>,
    pub(crate) fewest: u64,
}

/// Reads every setting of a kind.
pub(crate) type Read = for<'a> fn(&'a Client) -> BoxFuture<'a, ToldSettings>;

/// The answer to a write call of a kind, with the id of what it created; none if the call is not one of
/// its own, or its input is not what the operation takes.
pub(crate) type Execute = for<'a> fn(&'a Client, &'a Outgoing<'a>) -> BoxFuture<'a, Option<Answer>>;

/// The answer to a write call.
pub(crate) type Answer = Result<Option<String>, ApiError>;

/// The calls of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Api {
    pub(crate) read: Read,
    pub(crate) execute: Execute,
}

impl ToldSettings {
    /// What a list of pages told, or why it could not be read.
    pub(crate) fn paged(operation: &str, settings: Result<Vec<ToldSetting>, ApiError>) -> Self {
        let items = settings.as_ref().map_or(0, Vec::len);
        let pages = items.div_ceil(usize::try_from(PAGE).unwrap_or(1)).max(1);
        Self::listed(operation, settings, pages as u64)
    }

    /// What a list told, or why it could not be read.
    pub(crate) fn listed(
        operation: &str,
        settings: Result<Vec<ToldSetting>, ApiError>,
        fewest: u64,
    ) -> Self {
        Self {
            settings: match settings {
                Ok(settings) => Part::Known(settings),
                Err(error) => Part::Unknown(error.to_unknown(operation)),
            },
            fewest,
        }
    }
}

/// The read of kinds that only tags tell of: these are read once, for all such kinds.
pub(crate) const TOLD_BY_TAGS: Read = |_| {
    let nothing = ToldSettings {
        settings: Part::NotRead,
        fewest: 0,
    };
    Box::pin(std::future::ready(nothing))
};

/// What an organization has one of, or none: that it is not there is an answer.
pub(crate) fn one(operation: &str, setting: Result<ToldSetting, ApiError>) -> ToldSettings {
    // Both are declared for exactly what was asked for; that the organization is not there has a code
    // of its own. Source: API reference, the errors of the operations that describe configurations.
    let is_none = |error: &ApiError| {
        let code = error.code.as_deref();
        matches!(
            code,
            Some("EntityNotFoundException" | "ResourceNotFoundException")
        )
    };
    let settings = match setting {
        Ok(setting) => Ok(vec![setting]),
        Err(error) if is_none(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    ToldSettings::listed(operation, settings, 1)
}

/// A text of an input.
pub(crate) fn text(call: &Call, member: &str) -> Option<String> {
    call.input.get(member)?.as_str().map(str::to_owned)
}

/// A list of texts of an input; none where it is left out.
pub(crate) fn texts(input: &Map<String, Value>, member: &str) -> Option<Vec<String>> {
    let items = input.get(member)?.as_array()?.iter();
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Members of a reply; those that are not there are left out.
pub(crate) fn told<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members
        .into_iter()
        .filter_map(|(member, value)| Some((member.to_owned(), value?)))
        .collect()
}

/// A text of a reply.
pub(crate) fn told_text(text: Option<&str>) -> Option<Value> {
    text.map(Value::from)
}

/// A list of texts of a reply.
pub(crate) fn told_texts(texts: &[String]) -> Option<Value> {
    (!texts.is_empty()).then(|| Value::from(texts))
}
