//! The retention policy: after how many days mail goes from which folders. An organization has one.
//!
//! Calls: `PutRetentionPolicy`, which takes the id of the one that is there, and `DeleteRetentionPolicy`;
//! read by `GetDefaultRetentionPolicy`. Whether a new organization has a policy that does nothing, and
//! whether one is left by a deletion, is not documented: a policy of which no folder has an action means
//! the same as none. What becomes of a folder that a request leaves out is not documented either, so
//! that every folder is sent. Source: API reference, the operations of these names; behaviour notes,
//! sections 10 and 20.

#[cfg(feature = "client")]
pub(crate) mod api;
mod fate;
mod spec;

use serde_json::{Map, Value, json};

use crate::model::{Call, RETENTION_POLICY, Unmanaged};

use super::setting::{
    ANY_NAME, Chain, Form, Idle, Member, Nature, Referring, SettingKind, SettingLowering, WORD,
    Writes, Writing, Wrong, call,
};

pub use fate::deleted_more;
pub use spec::{FolderSpec, RetentionPolicySpec};

const PUT: &str = "PutRetentionPolicy";
const DELETE: &str = "DeleteRetentionPolicy";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: RETENTION_POLICY,
    section: "retentionPolicy",
    about: "After how many days mail goes from which folders, for every mailbox; written whole",
    plural: "retention policy",
    read: &["GetDefaultRetentionPolicy"],
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
    unmanaged: Unmanaged::Remove,
    limit: None,
    referring: Referring::Created,
    chain: Chain::Alone,
    closed: None,
    nature: Nature {
        nullable: true,
        normal: Some(without_idle_folders),
        idle: Some(Idle {
            is: does_nothing,
            words: "keeps everything",
        }),
        wrong: Some(wrong),
        ..Nature::ONE
    },
    lowering: SettingLowering {
        create,
        update,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// The folders that a policy is about. Source: API reference, `FolderConfiguration`.
pub const FOLDERS: &[&str] = &[
    "INBOX",
    "DELETED_ITEMS",
    "SENT_ITEMS",
    "DRAFTS",
    "JUNK_EMAIL",
];

/// What happens to mail whose time has come. Source: API reference, `FolderConfiguration`.
pub const ACTIONS: &[&str] = &[NONE, DELETED, PERMANENTLY_DELETED];
/// Nothing happens.
pub const NONE: &str = "NONE";
/// It is deleted.
pub const DELETED: &str = "DELETE";
/// It is deleted and cannot come back.
pub const PERMANENTLY_DELETED: &str = "PERMANENTLY_DELETE";

static MEMBERS: &[Member] = &[
    Member {
        name: "name",
        member: "Name",
        form: Form::Text {
            min: 1,
            max: 64,
            pattern: Some(WORD),
        },
        needed: true,
        about: "what the policy is called",
    },
    Member {
        name: "description",
        member: "Description",
        form: Form::Text {
            min: 1,
            max: 256,
            pattern: None,
        },
        needed: false,
        about: "what the policy is for",
    },
    Member {
        name: "folders",
        member: "FolderConfigurations",
        form: Form::Entries {
            key: "Name",
            id: "",
            members: FOLDER,
            most: FOLDERS.len(),
        },
        needed: true,
        about: "by `INBOX`, `DELETED_ITEMS`, `SENT_ITEMS`, `DRAFTS` or `JUNK_EMAIL`: what happens to mail in it; a folder that is left out keeps everything, as with `NONE`",
    },
];

static FOLDER: &[Member] = &[
    Member {
        name: "action",
        member: "Action",
        form: Form::Choice(ACTIONS),
        needed: true,
        about: "NONE, DELETE or PERMANENTLY_DELETE",
    },
    Member {
        name: "periodInDays",
        member: "Period",
        form: Form::Number { min: 1, max: 730 },
        needed: false,
        about: "after how many days",
    },
];

/// A folder with the action `NONE` keeps everything, as one that is left out does.
fn without_idle_folders(value: &mut Map<String, Value>) {
    if let Some(Value::Object(folders)) = value.get_mut("folders") {
        let acts = |folder: &Value| folder.get("action").and_then(Value::as_str) != Some(NONE);
        folders.retain(|_, folder| acts(folder));
    }
}

fn does_nothing(value: &Map<String, Value>) -> bool {
    let folders = value.get("folders").and_then(Value::as_object);
    folders.is_none_or(Map::is_empty)
}

fn wrong(_: &str, value: &Map<String, Value>) -> Vec<Wrong> {
    let folders = value.get("folders").and_then(Value::as_object);
    let names = folders.into_iter().flat_map(Map::keys);
    names
        .filter(|name| !FOLDERS.contains(&name.as_str()))
        .map(|name| {
            let known = FOLDERS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name));
            let help = match known {
                Some(known) => format!("write it as `{known}`"),
                None => format!("the folders are {}", FOLDERS.join(", ")),
            };
            let message = format!("there is no folder `{name}`");
            Wrong::new(&["folders", name], message, help)
        })
        .collect()
}

fn create(writing: &Writing<'_>) -> Call {
    call(PUT, []).with(input(writing))
}

fn update(writing: &Writing<'_>) -> Call {
    call(PUT, [("Id", writing.id())]).with(input(writing))
}

/// The members with every folder in them.
fn input(writing: &Writing<'_>) -> Map<String, Value> {
    let mut input = writing.input();
    let told = input.remove("FolderConfigurations");
    let told: Vec<Value> = match told {
        Some(Value::Array(folders)) => folders,
        _ => Vec::new(),
    };
    let of_name = |name: &str| {
        let found = told.iter().find(|folder| folder["Name"] == name);
        let none = || json!({ "Name": name, "Action": NONE });
        found.cloned().unwrap_or_else(none)
    };
    let folders = FOLDERS.iter().map(|name| of_name(name)).collect();
    input.insert("FolderConfigurations".to_owned(), folders);
    input
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [("Id", writing.id())])
}
