//! Shapes of values that the typed read needs besides serde's own: texts that null clears, lists that
//! may be `{add: […]}`, members by name or as a map.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text; null stands for the empty one, which clears.
pub(super) fn cleared<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(Some(
        Option::<String>::deserialize(deserializer)?.unwrap_or_default(),
    ))
}

/// What there is one of, or null, which says that there is none: not the same as what is left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OneSpec<T> {
    /// There is none.
    Null,
    /// There is this one.
    Value(T),
}

/// What there is one of; where it is left out, the field is none.
pub(super) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<OneSpec<T>>, D::Error> {
    let value = Option::<T>::deserialize(deserializer)?;
    Ok(Some(value.map_or(OneSpec::Null, OneSpec::Value)))
}

impl<T: JsonSchema> JsonSchema for OneSpec<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// The schema of a text that null clears.
pub(super) fn cleared_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": 256 })
}

/// Exactly these, or `{add: […]}`: at least these.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ListSpec<T> {
    /// `[…]`.
    Exactly(Vec<T>),
    /// `{add: […]}`.
    AtLeast(Vec<T>),
}

impl<T> ListSpec<T> {
    pub(super) fn items(&self) -> &[T] {
        match self {
            Self::Exactly(items) | Self::AtLeast(items) => items,
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::Exactly(_))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for ListSpec<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = ListSpec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list, or a map with `add`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(ListSpec::Exactly(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "add" {
                        return Err(de::Error::unknown_field(&key, &["add"]));
                    }
                    all = Some(map.next_value()?);
                }
                all.map(ListSpec::AtLeast)
                    .ok_or_else(|| de::Error::missing_field("add"))
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for ListSpec<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({
            "description": "exactly these, or `{add: […]}`: at least these",
            "oneOf": [
                { "type": "array", "items": item },
                {
                    "type": "object",
                    "properties": { "add": { "type": "array", "items": item } },
                    "required": ["add"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// Something by its name or address, or as a map with that and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimedSpec<K> {
    pub(super) name: String,
    /// Past it the thing is as if it were not there.
    pub(super) until: Option<String>,
    key: PhantomData<K>,
}

/// Somebody by name, or as a map with `name` and a time.
pub(super) type NameSpec = TimedSpec<ByName>;

/// An address, or a map with `address` and a time.
pub(super) type AddressSpec = TimedSpec<ByAddress>;

/// What a timed thing is named by in its map.
pub(super) trait Key {
    /// The key of the map.
    const KEY: &'static str;
    /// The name of the schema.
    const SCHEMA: &'static str;
    /// What it is.
    const ABOUT: &'static str;
}

/// By name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByName;

/// By address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ByAddress;

impl Key for ByName {
    const KEY: &'static str = "name";
    const SCHEMA: &'static str = "Name";
    const ABOUT: &'static str = "a user or a group by name";
}

impl Key for ByAddress {
    const KEY: &'static str = "address";
    const SCHEMA: &'static str = "Address";
    const ABOUT: &'static str = "an address";
}

impl<'de, K: Key> Deserialize<'de> for TimedSpec<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<K>(PhantomData<K>);
        impl<'de, K: Key> Visitor<'de> for Either<K> {
            type Value = TimedSpec<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a text, or a map with `{}`", K::KEY)
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(TimedSpec {
                    name: name.to_owned(),
                    until: None,
                    key: PhantomData,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut name = None;
                let mut until = None;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        key if key == K::KEY => name = Some(map.next_value()?),
                        "until" => until = Some(map.next_value()?),
                        _ => return Err(de::Error::custom(format!("unknown field `{key}`"))),
                    }
                }
                let name = name.ok_or_else(|| de::Error::missing_field(K::KEY))?;
                Ok(TimedSpec {
                    name,
                    until,
                    key: PhantomData,
                })
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<K: Key> JsonSchema for TimedSpec<K> {
    fn schema_name() -> Cow<'static, str> {
        K::SCHEMA.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": K::ABOUT,
            "oneOf": [
                { "type": "string", "minLength": 1 },
                {
                    "type": "object",
                    "properties": {
                        (K::KEY): { "type": "string", "minLength": 1 },
                        "until": {
                            "description": "Through the end of this date (UTC), or until this RFC 3339 time.",
                            "type": "string",
                        },
                    },
                    "required": [K::KEY],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
