//! The pages of one list call.

use serde_json::{Map, Value, json};

use super::super::behavior::PAGE_SIZE;
use super::super::page::{self, Key};
use super::super::refusal::Refusal;
use super::Call;

/// What a list call asks for of its list.
#[derive(Clone, Copy)]
pub(super) struct Paging<'a> {
    operation: &'static str,
    input: &'a Map<String, Value>,
    /// The number of items where the request does not say.
    size: u64,
}

impl<'a> Call<'a> {
    pub(super) fn paging(&self) -> Paging<'a> {
        Paging {
            operation: self.operation,
            input: self.input,
            size: self.behaviors.number(PAGE_SIZE),
        }
    }
}

impl Paging<'_> {
    /// The key of the last item that was told; none for the first page.
    pub(super) fn after<K: Key>(&self) -> Result<Option<K>, Refusal> {
        page::after(self.operation, self.input)
    }

    /// The reply with the page of a list; `items` come in the order of their keys.
    pub(super) fn page<K: Key>(
        &self,
        name: &str,
        items: impl Iterator<Item = (K, Value)>,
    ) -> Result<Value, Refusal> {
        let (page, token) = page::page(self.operation, self.input, self.size, items)?;
        let mut reply = Map::new();
        reply.insert(name.to_owned(), Value::Array(page));
        if let Some(token) = token {
            reply.insert("NextToken".to_owned(), json!(token));
        }
        Ok(Value::Object(reply))
    }
}
