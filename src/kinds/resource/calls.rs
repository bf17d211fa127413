//! The write calls of resources, as data. Source: API reference, the operations of the same names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Id, Request};

/// Makes a resource, deregistered. It takes no booking options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateResource {
    /// The name.
    pub name: String,
    /// `ROOM` or `EQUIPMENT`.
    pub r#type: String,
    /// `Description` (not empty), `HiddenFromGlobalAddressList`.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// Sends the whole data set of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateResource {
    /// The resource.
    pub resource_id: Id,
    /// Every member as it shall be; an empty description clears.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// Deletes a deregistered resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteResource {
    /// The resource.
    pub resource_id: Id,
}

/// Adds a delegate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateDelegateToResource {
    /// The resource.
    pub resource_id: Id,
    /// A user or a group.
    pub entity_id: Id,
}

/// Takes a delegate away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateDelegateFromResource {
    /// The resource.
    pub resource_id: Id,
    /// The delegate.
    pub entity_id: Id,
}

impl Request for CreateResource {
    const OPERATION: &'static str = "CreateResource";
}

impl Request for UpdateResource {
    const OPERATION: &'static str = "UpdateResource";
}

impl Request for DeleteResource {
    const OPERATION: &'static str = "DeleteResource";
}

impl Request for AssociateDelegateToResource {
    const OPERATION: &'static str = "AssociateDelegateToResource";
}

impl Request for DisassociateDelegateFromResource {
    const OPERATION: &'static str = "DisassociateDelegateFromResource";
}
