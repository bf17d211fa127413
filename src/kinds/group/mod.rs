//! Groups: addresses that reach their members, who are users and other groups.
//!
//! Calls: `CreateGroup`, `RegisterToWorkMail`, `UpdateGroup`, `AssociateMemberToGroup`,
//! `DisassociateMemberFromGroup`, `DeregisterFromWorkMail`, `DeleteGroup`; read by `ListGroups`,
//! `DescribeGroup`, `ListGroupMembers`. `UpdateGroup` changes one flag only: groups cannot be renamed.
//! Source: API reference, `UpdateGroup`.

#[cfg(feature = "client")]
pub(crate) mod api;
pub mod calls;
#[cfg(feature = "client")]
pub(crate) mod execute;
mod lower;

use super::entity::ALIAS_LIMIT;
use super::kind::{Clear, Entry, Field, Lowering, Shape, ToldBy};
use crate::model::GROUP;

/// The kind.
pub static ENTRY: Entry = Entry {
    name: GROUP,
    section: "groups",
    about: "An address that reaches its members",
    list: "ListGroups",
    describe: "DescribeGroup",
    create: "CreateGroup",
    delete: "DeleteGroup",
    links: Some("members"),
    has_mailbox: false,
    alias_limit: ALIAS_LIMIT,
    fields: FIELDS,
    lowering: Lowering {
        create: lower::create,
        update: lower::update,
        delete: lower::delete,
        link: Some(lower::link),
        unlink: Some(lower::unlink),
    },
};

static FIELDS: &[Field] = &[Field {
    name: "hiddenFromGlobalAddressList",
    member: "HiddenFromGlobalAddressList",
    shape: Shape::Flag,
    told_by: ToldBy::Describe,
    set_by: &["CreateGroup", "UpdateGroup"],
    clear: Clear::Never,
    pattern: None,
    about: "true: not shown in the global address list",
}];
