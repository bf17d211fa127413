//! Personal access tokens: with which people's mail programs sign in. People make them in the web
//! application; here they are only ever removed, when they were not used for longer than a manifest lets
//! them. The id is the identity. What a token is made of is never told by the service.
//!
//! Calls: `DeletePersonalAccessToken`; read by `ListPersonalAccessTokens`, of all users at once. Source: API
//! reference, the operations of these names, `PersonalAccessTokenSummary`.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::Value;

use crate::model::{Call, PERSONAL_ACCESS_TOKEN, USER, Unmanaged};

use super::setting::{
    Chain, Form, Member, NOTHING, Nature, Referring, SettingKind, SettingLowering, WORD, Writes,
    Writing, call,
};

pub use spec::PersonalAccessTokensSpec;

const DELETE: &str = "DeletePersonalAccessToken";
const ID: &str = "PersonalAccessTokenId";

/// The field that says when a token was made.
pub const CREATED: &str = "created";
/// The field that says when a token was used last.
pub const LAST_USED: &str = "lastUsed";

/// What a plan tells of a token that goes, beside its fields: for how many days it was not used.
pub const UNUSED_DAYS: &str = "unusedDays";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: PERSONAL_ACCESS_TOKEN,
    section: "personalAccessTokens",
    about: "Those that were not used for more than `maxUnusedDays` days are removed; one that was never used counts from its creation",
    plural: "personal access tokens",
    read: &["ListPersonalAccessTokens"],
    write: Writes {
        create: NOTHING,
        update: NOTHING,
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
    limit: None,
    referring: Referring::Created,
    chain: Chain::Alone,
    closed: None,
    nature: Nature::NAMED,
    lowering: SettingLowering {
        create: nothing,
        update: nothing,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// What is told of a token.
const TOLD: Form = Form::Text {
    min: 0,
    max: 256,
    pattern: None,
};

static MEMBERS: &[Member] = &[
    Member {
        name: "user",
        member: "UserId",
        form: Form::Names {
            kind: USER,
            most: 1,
        },
        needed: false,
        about: "whose it is",
    },
    Member {
        name: "name",
        member: "Name",
        form: TOLD,
        needed: false,
        about: "what they call it",
    },
    Member {
        name: CREATED,
        member: "DateCreated",
        form: TOLD,
        needed: false,
        about: "when it was made",
    },
    Member {
        name: LAST_USED,
        member: "DateLastUsed",
        form: TOLD,
        needed: false,
        about: "when it was used last, if ever",
    },
];

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [(ID, Value::from(writing.target.name()))])
}

/// There is no such call, and no plan that asks for one.
fn nothing(_: &Writing<'_>) -> Call {
    call(NOTHING, [])
}
