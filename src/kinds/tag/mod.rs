//! Tags of the organization. Those that the manifest names are ensured, all others are left alone. Some
//! are this program's own: they hold what the service does not keep, or tells only once.
//!
//! Calls: `TagResource`, `UntagResource`; read by `ListTagsForResource`. Source: API reference, the
//! operations of these names; quotas.

#[cfg(feature = "client")]
pub(crate) mod api;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{Call, ORGANIZATION, Setting, TAG, Target, Unmanaged};

use super::setting::{
    ANY_NAME, Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes,
    Writing, Wrong, call,
};

const PUT: &str = "TagResource";
const DELETE: &str = "UntagResource";

/// How the keys of this program's own tags begin.
pub const OWN_TAGS: &str = "workmailctl:";
/// How the keys of AWS's own tags begin, which nobody else can write.
const AWS_TAGS: &str = "aws:";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: TAG,
    section: "organization.tags",
    about: "Tags of the organization: those that are declared are ensured, null removes one, and others are left alone",
    plural: "tags",
    read: &["ListTagsForResource"],
    write: Writes {
        create: PUT,
        update: PUT,
        delete: Some(DELETE),
    },
    naming: ANY_NAME,
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Keep,
    limit: Some(50),
    referring: Referring::Created,
    chain: Chain::Tags,
    closed: None,
    nature: Nature {
        nullable: true,
        scalar: true,
        own: Some(is_own),
        wrong: Some(wrong),
        from_tags: Some(from_tags),
        ..Nature::NAMED
    },
    lowering: SettingLowering {
        create: put,
        update: put,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// The one member of a tag.
pub const VALUE: &str = "value";

static MEMBERS: &[Member] = &[Member {
    name: VALUE,
    member: "Value",
    form: Form::Text {
        min: 0,
        max: 256,
        pattern: None,
    },
    needed: true,
    about: "its value, in the place of a map; null removes the tag",
}];

fn is_own(key: &str) -> bool {
    key.starts_with(OWN_TAGS) || key.starts_with(AWS_TAGS)
}

/// Source: API reference, `Tag`.
fn wrong(key: &str, _: &Map<String, Value>) -> Vec<Wrong> {
    let length = key.chars().count();
    if is_own(key) {
        let message = format!(
            "`{key}` is reserved: no tag of yours begins with `{OWN_TAGS}` or `{AWS_TAGS}`"
        );
        vec![Wrong::new(&[], message, "choose another key")]
    } else if !(1..=128).contains(&length) {
        let message = format!("the key of a tag has {length} characters, and has 1 to 128");
        vec![Wrong::new(&[], message, "choose another key")]
    } else {
        Vec::new()
    }
}

fn from_tags(tags: &BTreeMap<String, String>) -> Vec<(String, Setting)> {
    let settings = tags.iter().map(|(key, value)| {
        // A text that is empty is absent, as in all values of settings.
        let value = Some(value).filter(|value| !value.is_empty());
        let value = value.map(|value| (VALUE.to_owned(), Value::from(value.clone())));
        (key.clone(), Setting::new(None, value.into_iter().collect()))
    });
    settings.collect()
}

/// The call that gives the organization of this ARN a tag.
pub fn tagging(organization: Value, key: &str, value: &Value) -> Call {
    let tags = json!([{ "Key": key, "Value": value }]);
    call(PUT, [("ResourceARN", organization), ("Tags", tags)])
}

/// The call that takes a tag from the organization of this ARN.
pub fn untagging(organization: Value, key: &str) -> Call {
    call(
        DELETE,
        [("ResourceARN", organization), ("TagKeys", json!([key]))],
    )
}

/// The organization's ARN stands for its id: tags are the only thing that is written by it.
fn organization(writing: &Writing<'_>) -> Value {
    let id = (writing.id_of)(&Target::new(ORGANIZATION, ""));
    serde_json::to_value(id).expect("an id is plain data")
}

fn put(writing: &Writing<'_>) -> Call {
    let value = writing.value.get(VALUE).cloned();
    let value = value.unwrap_or_else(|| Value::from(""));
    tagging(organization(writing), writing.target.name(), &value)
}

fn delete(writing: &Writing<'_>) -> Call {
    untagging(organization(writing), writing.target.name())
}
