//! Access control rules: who may sign in from where with what. The name is the identity, and a rule is
//! written whole: what a request leaves out is not in the rule afterwards.
//!
//! Calls: `PutAccessControlRule`, `DeleteAccessControlRule`; read by `ListAccessControlRules`, which has
//! no pages. Source: API reference, the operations of these names; behaviour notes, section 9.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::Value;

use crate::model::{ACCESS_CONTROL_RULE, Call, IMPERSONATION_ROLE, USER, Unmanaged};

use super::Pattern;
use super::setting::{
    Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, WORD, Writes, Writing,
    call,
};

pub use spec::AccessControlRuleSpec;

const PUT: &str = "PutAccessControlRule";
const DELETE: &str = "DeleteAccessControlRule";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: ACCESS_CONTROL_RULE,
    section: "accessControlRules",
    about: "Who may sign in, from where, with what; each rule is written whole",
    plural: "access control rules",
    read: &["ListAccessControlRules"],
    write: Writes {
        create: PUT,
        update: PUT,
        delete: Some(DELETE),
    },
    naming: Form::Text {
        min: 1,
        max: 64,
        pattern: Some(WORD),
    },
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: Some(10),
    referring: Referring::Created,
    chain: Chain::SignIn,
    closed: None,
    nature: Nature::NAMED,
    lowering: SettingLowering {
        create: put,
        update: put,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// What a rule does with a sign-in, or with a device. Source: API reference, `AccessControlRuleEffect`.
pub const EFFECTS: &[&str] = &["ALLOW", "DENY"];

/// What clients speak. Source: API reference, `PutAccessControlRule`, `Actions`.
pub const ACTIONS: &[&str] = &[
    "ActiveSync",
    "AutoDiscover",
    "EWS",
    "IMAP",
    "SMTP",
    "WindowsOutlook",
    "WebMail",
];

static MEMBERS: &[Member] = &[
    Member {
        name: "effect",
        member: "Effect",
        form: Form::Choice(EFFECTS),
        needed: true,
        about: "ALLOW or DENY; a DENY that fits counts more than any ALLOW",
    },
    Member {
        name: "description",
        member: "Description",
        form: Form::Text {
            min: 1,
            max: 255,
            pattern: Some(DESCRIPTION),
        },
        needed: true,
        about: "what the rule is for; the API demands it",
    },
    Member {
        name: "actions",
        member: "Actions",
        form: Form::Words(ACTIONS),
        needed: false,
        about: "only for these protocols",
    },
    Member {
        name: "notActions",
        member: "NotActions",
        form: Form::Words(ACTIONS),
        needed: false,
        about: "for all protocols but these",
    },
    Member {
        name: "ipRanges",
        member: "IpRanges",
        form: Form::Ranges { most: 1024 },
        needed: false,
        about: "only from these networks or IPv4 ranges",
    },
    Member {
        name: "notIpRanges",
        member: "NotIpRanges",
        form: Form::Ranges { most: 1024 },
        needed: false,
        about: "from anywhere but these networks or IPv4 ranges",
    },
    Member {
        name: "users",
        member: "UserIds",
        form: Form::Names {
            kind: USER,
            most: 10,
        },
        needed: false,
        about: "only for these users",
    },
    Member {
        name: "notUsers",
        member: "NotUserIds",
        form: Form::Names {
            kind: USER,
            most: 10,
        },
        needed: false,
        about: "for everybody but these users",
    },
    Member {
        name: "impersonationRoles",
        member: "ImpersonationRoleIds",
        form: Form::Names {
            kind: IMPERSONATION_ROLE,
            most: 10,
        },
        needed: false,
        about: "only for these impersonation roles",
    },
    Member {
        name: "notImpersonationRoles",
        member: "NotImpersonationRoleIds",
        form: Form::Names {
            kind: IMPERSONATION_ROLE,
            most: 10,
        },
        needed: false,
        about: "for all but these impersonation roles",
    },
];

/// Source: API reference, `AccessControlRuleDescription`.
const DESCRIPTION: Pattern = Pattern {
    is: |text| !text.chars().any(|c| matches!(c, '\n' | '\r')),
    about: "one line",
};

fn put(writing: &Writing<'_>) -> Call {
    call(PUT, [("Name", Value::from(writing.target.name()))]).with(writing.input())
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [("Name", Value::from(writing.target.name()))])
}
