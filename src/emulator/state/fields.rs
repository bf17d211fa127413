//! `Fields`: the plain members of an entity, in little memory. A map of the JSON library takes some
//! hundred bytes however few members it has.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Members by their API names, in the order of the names.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Fields(Box<[(Box<str>, Value)]>);

impl Fields {
    /// A member.
    pub(in super::super) fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(own, _)| **own == *name);
        found.map(|(_, value)| value)
    }

    /// All members, as a reply tells them.
    pub(in super::super) fn to_map(&self) -> Map<String, Value> {
        let members = self.0.iter();
        members
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect()
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        let members = map.into_iter();
        Self(
            members
                .map(|(name, value)| (name.into_boxed_str(), value))
                .collect(),
        )
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}
