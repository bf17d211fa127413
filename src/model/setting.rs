//! `Setting`: a rule, a role, a policy, a configuration: what the service keeps by name and takes whole.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One setting of the live organization, in the manifest's words.
///
/// What is absent has no member. A set of names holds names; an id that is nobody's any more stands in
/// it as `{"id": "…"}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// The service's id, where it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name that the service has for it, where the snapshot has it under another one: the manifest
    /// declares a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_name: Option<String>,
    /// Its fields by their names in the manifest.
    pub value: Map<String, Value>,
}

/// One declared setting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeclaredSetting {
    /// Its fields by their names in the manifest. What is absent has no member.
    pub value: Map<String, Value>,
    /// True where the manifest says that there is none: null stands in its place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// The former name of what is to be renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previously: Option<String>,
    /// The id of the one that is meant, where several have one name: only what undoes a run says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Setting {
    /// The setting with these fields.
    pub fn new(id: Option<String>, value: Map<String, Value>) -> Self {
        Self {
            id,
            live_name: None,
            value,
        }
    }
}

/// The id of an element that a set of names could not resolve; none for a name.
pub fn unresolved(element: &Value) -> Option<&str> {
    element.get("id")?.as_str()
}
