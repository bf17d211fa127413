//! Applications in IAM Identity Center that this program made: what `applicationName` of the identity
//! provider stands for. The service tells the ARN of one only once, when it is made, and lists none, so
//! that a tag of the organization keeps it; its key holds the name.
//!
//! Calls: `CreateIdentityCenterApplication`, `DeleteIdentityCenterApplication`; an application cannot be
//! changed. Source: API reference, the operations of these names.

#[cfg(feature = "client")]
pub(crate) mod api;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Call, IDENTITY_CENTER_APPLICATION, Setting, Unmanaged};

use super::identity_provider::{INSTANCE, instance_of};
use super::setting::{
    ANY_NAME, Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes,
    Writing, call, client_token,
};

/// The call that makes one.
pub const CREATE: &str = "CreateIdentityCenterApplication";
/// The call that removes one.
pub const DELETE: &str = "DeleteIdentityCenterApplication";

/// How the keys of tags begin that hold the ARNs of applications; the name follows.
const TAGS: &str = "workmailctl:application:";
/// The most characters of a name: the key of a tag has 128.
pub const LONGEST_NAME: usize = 128 - TAGS.len();

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: IDENTITY_CENTER_APPLICATION,
    section: "organization.identityProvider.identityCenter",
    about: "The application in IAM Identity Center that `applicationName` stands for",
    plural: "IAM Identity Center applications",
    read: &["ListTagsForResource"],
    write: Writes {
        create: CREATE,
        // It cannot be changed, and is never planned to be.
        update: "",
        delete: Some(DELETE),
    },
    naming: ANY_NAME,
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: None,
    referring: Referring::Created,
    chain: Chain::Alone,
    closed: None,
    nature: Nature {
        implied: true,
        fixed: true,
        from_tags: Some(from_tags),
        ..Nature::NAMED
    },
    lowering: SettingLowering {
        create,
        update: create,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

static MEMBERS: &[Member] = &[Member {
    name: "instanceArn",
    member: "InstanceArn",
    form: Form::Text {
        min: 10,
        max: 1124,
        pattern: Some(INSTANCE),
    },
    needed: true,
    about: "the instance of IAM Identity Center",
}];

/// The key of the tag that holds the ARN of an application.
pub fn tag_of(name: &str) -> String {
    format!("{TAGS}{name}")
}

/// The name of the application whose ARN a tag holds.
pub fn name_in(key: &str) -> Option<&str> {
    key.strip_prefix(TAGS)
}

fn from_tags(tags: &BTreeMap<String, String>) -> Vec<(String, Setting)> {
    let ours = tags.iter().filter_map(|(key, arn)| {
        let instance = instance_of(arn).map(|instance| ("instanceArn".to_owned(), instance.into()));
        let value = instance.into_iter().collect();
        Some((
            name_in(key)?.to_owned(),
            Setting::new(Some(arn.clone()), value),
        ))
    });
    ours.collect()
}

fn create(writing: &Writing<'_>) -> Call {
    let name = Value::from(writing.target.name());
    let token = client_token(writing.target);
    call(CREATE, [("ClientToken", token), ("Name", name)]).with(writing.input())
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [("ApplicationArn", writing.id())])
}
