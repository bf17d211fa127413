//! `Event`: what happens during an apply, for progress, the journal and machine-readable output.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::GivenBack;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// An operation is about to be sent.
    OperationStarted {
        /// Its number in the plan.
        id: usize,
        /// Its name in the API.
        operation: String,
        /// What it writes.
        target: String,
        /// The member, delegate, grantee or former holder that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// What it sends, without secrets.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        input: Map<String, Value>,
    },
    /// An operation has its effect.
    OperationFinished {
        /// Its number in the plan.
        id: usize,
        /// How that is known.
        how: How,
        /// The id that the service gave to what was created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        created: Option<String>,
        /// How long it took, waits included, in milliseconds.
        millis: u64,
    },
    /// The service is not ready yet; it will be asked again.
    OperationWaiting {
        /// Its number in the plan.
        id: usize,
        /// The error code that is waited out.
        code: String,
    },
    /// An operation failed for good.
    OperationFailed {
        /// Its number in the plan.
        id: usize,
        /// The error code, where the service gave one.
        code: Option<String>,
        /// What it said.
        message: String,
        /// The request id, where a reply came.
        request_id: Option<String>,
    },
    /// An operation is not sent, because of what happened before.
    OperationSkipped {
        /// Its number in the plan.
        id: usize,
        /// Why, as a sentence fragment.
        because: String,
    },
    /// A released address was given back, or could not be, after its claim failed.
    GivenBack {
        /// The operation that failed.
        id: usize,
        /// The address, and how far it came.
        address: GivenBack,
    },
    /// A component differs from what the plan expected, and is left alone.
    ComponentStale {
        /// Its number.
        component: usize,
        /// What differs, as sentence fragments.
        differs: Vec<String>,
    },
    /// The service evaluates the rules otherwise than a component was planned for, which is left alone.
    ComponentDoubted {
        /// Its number.
        component: usize,
        /// What the service answers, and what was expected, as sentence fragments.
        differs: Vec<String>,
    },
}

/// How it is known that an operation has its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The service said so.
    Answered,
    /// It already was as wanted, and nothing was sent.
    AlreadyDone,
    /// The answer was lost or refused, and reading back showed the effect.
    ReadBack,
}

/// Where events go. It must not block for long.
pub trait Sink: Send {
    /// Takes one event.
    fn event(&mut self, event: Event);
}
