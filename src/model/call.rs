//! `Call`: one write request to the API, as data that can be stored, compared and executed later.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::secret::secret_argument;
use super::target::Target;

/// The typed input of one operation. Members are the API's, the organization id left out: it is
/// filled in when the call is sent.
pub trait Request: Serialize + DeserializeOwned {
    /// The operation's API name.
    const OPERATION: &'static str;
}

/// One write request: the operation's API name and its input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// The operation's API name, such as `CreateUser`.
    pub operation: String,
    /// The members of the request but `OrganizationId`; ids may stand as `{"$id": "group/staff"}`.
    pub input: Map<String, Value>,
}

/// An id: known, or of something that the plan creates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// A known id.
    Known(String),
    /// The id that the service will give to this target.
    Of {
        /// What the plan creates before.
        #[serde(rename = "$id")]
        target: Target,
    },
}

impl Call {
    /// The input as it may be kept and shown: without passwords, but with where they are.
    pub fn without_secrets(&self) -> Map<String, Value> {
        let is_source = |value: &Value| value.as_object().and_then(secret_argument).is_some();
        let shown = self.input.iter().map(|(member, value)| {
            let value = if member.ends_with("Password") && !is_source(value) {
                Value::from("(not shown)")
            } else {
                value.clone()
            };
            (member.clone(), value)
        });
        shown.collect()
    }

    /// The call with this input.
    pub fn new<R: Request>(request: &R) -> Self {
        let Ok(Value::Object(input)) = serde_json::to_value(request) else {
            unreachable!("a request is a map");
        };
        Self {
            operation: R::OPERATION.to_owned(),
            input,
        }
    }

    /// The typed input, if it is a call of this operation.
    pub fn read<R: Request>(&self) -> Option<R> {
        (self.operation == R::OPERATION)
            .then(|| serde_json::from_value(Value::Object(self.input.clone())).ok())
            .flatten()
    }
}

impl Id {
    /// The id that the service will give to this target.
    pub fn of(target: &Target) -> Self {
        Self::Of {
            target: target.clone(),
        }
    }
}
