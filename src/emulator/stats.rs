//! What the emulator was asked: counts, and the effects in order.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{Error as _, Serializer};
use serde_json::{Map, Value};

/// How many effects the log keeps; later ones are counted only.
const LOG_LIMIT: usize = 100_000;
/// How many bytes of JSON the log keeps of all inputs together; later entries are without.
const LOG_BYTES: usize = 64 * 1024 * 1024;
/// The largest input that the log keeps, in bytes of JSON; the members of larger ones are left out.
const INPUT_LIMIT: usize = 16 * 1024;

/// Counts since the start or the last reset.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    calls: BTreeMap<String, u64>,
    refused: BTreeMap<String, u64>,
    total: u64,
    max_concurrent: u64,
    #[serde(skip)]
    concurrent: u64,
    log: Vec<Entry>,
    dropped: u64,
    #[serde(skip)]
    bytes: usize,
}

/// One call that changed something, or was refused.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    sequence: u64,
    operation: &'static str,
    /// The input, without secrets, as compact JSON: a map takes several times as much memory.
    #[serde(serialize_with = "as_json")]
    input: Box<str>,
    /// In seconds since 1970.
    time: f64,
    /// `ok`, the code of the error, or the fault that came in its place.
    outcome: &'static str,
    /// True if it changed something.
    write: bool,
}

impl Stats {
    /// A call begins.
    pub(super) fn begin(&mut self, operation: &str) {
        *self.calls.entry(operation.to_owned()).or_default() += 1;
        self.total += 1;
        self.concurrent += 1;
        self.max_concurrent = self.max_concurrent.max(self.concurrent);
    }

    /// A call ends, answered or not.
    pub(super) fn end(&mut self) {
        self.concurrent = self.concurrent.saturating_sub(1);
    }

    /// A call was decided. Reads that were answered are counted only: the log tells effects.
    pub(super) fn decided(
        &mut self,
        operation: &'static str,
        input: &Map<String, Value>,
        outcome: &'static str,
        write: bool,
        time: f64,
    ) {
        if outcome != "ok" {
            *self.refused.entry(operation.to_owned()).or_default() += 1;
        }
        if !write && outcome == "ok" {
            return;
        }
        if self.log.len() >= LOG_LIMIT {
            self.dropped += 1;
            return;
        }
        let mut input = if self.bytes > LOG_BYTES || larger(input, INPUT_LIMIT) {
            Map::new()
        } else {
            input.clone()
        };
        hide_secrets(&mut input);
        let sequence = self.log.len() as u64 + 1;
        let input = Value::Object(input).to_string().into_boxed_str();
        self.bytes += input.len();
        self.log.push(Entry {
            sequence,
            operation,
            input,
            time,
            outcome,
            write,
        });
    }

    /// Forgets everything but the calls under way.
    pub(super) fn reset(&mut self) {
        *self = Self {
            concurrent: self.concurrent,
            ..Self::default()
        };
    }
}

fn as_json<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let value: Value = serde_json::from_str(text).map_err(S::Error::custom)?;
    value.serialize(serializer)
}

/// True if an input needs more bytes than this, about.
fn larger(input: &Map<String, Value>, limit: usize) -> bool {
    fn bytes(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(bytes).sum::<usize>() + items.len(),
            Value::Object(map) => map
                .iter()
                .map(|(name, value)| name.len() + bytes(value))
                .sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        }
    }
    input
        .iter()
        .map(|(name, value)| name.len() + bytes(value))
        .sum::<usize>()
        > limit
}

/// Takes the secrets out of an input, wherever they stand in it.
fn hide_secrets(input: &mut Map<String, Value>) {
    input.retain(|member, _| !matches!(member.as_str(), "Password" | "EwsPassword"));
    for value in input.values_mut() {
        if let Value::Object(inner) = value {
            hide_secrets(inner);
        }
    }
}
