//! Impersonation roles: which applications may act in which mailboxes. The service tells them apart by
//! id, a manifest by name; a role is written whole, and its rules with it.
//!
//! Calls: `CreateImpersonationRole`, `UpdateImpersonationRole`, `DeleteImpersonationRole`; read by
//! `ListImpersonationRoles`, which does not tell rules, and `GetImpersonationRole`, which does. Without
//! rules nobody can be impersonated. Source: API reference, the operations of these names; behaviour
//! notes, section 9.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::{Map, Value, json};

use crate::model::{Call, IMPERSONATION_ROLE, USER, Unmanaged};

use super::access_control_rule::EFFECTS;
use super::setting::{
    Chain, Form, Member, NAME, Nature, Referring, SettingKind, SettingLowering, TEXT, WORD, Writes,
    Writing, call, client_token,
};

pub use spec::ImpersonationRoleSpec;

const CREATE: &str = "CreateImpersonationRole";
const UPDATE: &str = "UpdateImpersonationRole";
const DELETE: &str = "DeleteImpersonationRole";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: IMPERSONATION_ROLE,
    section: "impersonationRoles",
    about: "Which applications may act in whose mailboxes; each role is written whole",
    plural: "impersonation roles",
    read: &["ListImpersonationRoles", "GetImpersonationRole"],
    write: Writes {
        create: CREATE,
        update: UPDATE,
        delete: Some(DELETE),
    },
    naming: Form::Text {
        min: 1,
        max: 64,
        pattern: Some(NAME),
    },
    id: Some(ID),
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: Some(20),
    referring: Referring::Registered,
    chain: Chain::SignIn,
    closed: Some(closed),
    nature: Nature::NAMED,
    lowering: SettingLowering {
        create,
        update,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// What an application with a role may do. Source: API reference, `ImpersonationRoleType`.
pub const TYPES: &[&str] = &["FULL_ACCESS", "READ_ONLY"];

static MEMBERS: &[Member] = &[
    Member {
        name: "type",
        member: "Type",
        form: Form::Choice(TYPES),
        needed: true,
        about: "FULL_ACCESS or READ_ONLY",
    },
    Member {
        name: "description",
        member: "Description",
        form: Form::Text {
            min: 1,
            max: 256,
            pattern: Some(TEXT),
        },
        needed: false,
        about: "what the role is for",
    },
    Member {
        name: "rules",
        member: "Rules",
        form: Form::Entries {
            key: "ImpersonationRuleId",
            id: "id",
            members: RULES,
            most: 10,
        },
        needed: true,
        about: "whom it may impersonate; without any rule nobody",
    },
];

static RULES: &[Member] = &[
    Member {
        name: "name",
        member: "Name",
        form: Form::Text {
            min: 1,
            max: 64,
            pattern: Some(NAME),
        },
        needed: false,
        about: "what the rule is called",
    },
    Member {
        name: "description",
        member: "Description",
        form: Form::Text {
            min: 1,
            max: 256,
            pattern: Some(TEXT),
        },
        needed: false,
        about: "what the rule is for",
    },
    Member {
        name: "effect",
        member: "Effect",
        form: Form::Choice(EFFECTS),
        needed: true,
        about: "ALLOW or DENY; a DENY that fits counts more than any ALLOW",
    },
    Member {
        name: "targetUsers",
        member: "TargetUsers",
        form: Form::Names {
            kind: USER,
            most: 10,
        },
        needed: false,
        about: "only these users",
    },
    Member {
        name: "notTargetUsers",
        member: "NotTargetUsers",
        form: Form::Names {
            kind: USER,
            most: 10,
        },
        needed: false,
        about: "everybody but these users",
    },
];

/// The role with which nobody can be impersonated. Source: behaviour notes, section 9.
fn closed(value: &Map<String, Value>) -> Map<String, Value> {
    let mut closed = value.clone();
    closed.insert("rules".to_owned(), json!({}));
    closed
}

fn create(writing: &Writing<'_>) -> Call {
    let name = Value::from(writing.target.name());
    let token = client_token(writing.target);
    call(CREATE, [("ClientToken", token), ("Name", name)]).with(writing.input())
}

fn update(writing: &Writing<'_>) -> Call {
    let name = Value::from(writing.target.name());
    call(UPDATE, [(ID, writing.id()), ("Name", name)]).with(writing.input())
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [(ID, writing.id())])
}

const ID: &str = "ImpersonationRoleId";

/// The ids of rules. Source: API reference, `ImpersonationRuleId`, `Pattern`.
pub const RULE_ID: super::Pattern = WORD;
