//! The write calls of groups, as data. Source: API reference, the operations of the same names.

use serde::{Deserialize, Serialize};

use crate::model::{Id, Request};

/// Makes a group, deregistered and without members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGroup {
    /// The name, which cannot be changed later.
    pub name: String,
    /// Whether it is hidden from the global address list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_from_global_address_list: Option<bool>,
}

/// Changes the only flag of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateGroup {
    /// The group.
    pub group_id: Id,
    /// Whether it is hidden from the global address list.
    pub hidden_from_global_address_list: bool,
}

/// Deletes a deregistered group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteGroup {
    /// The group.
    pub group_id: Id,
}

/// Adds a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateMemberToGroup {
    /// The group.
    pub group_id: Id,
    /// A user or a group.
    pub member_id: Id,
}

/// Takes a member away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateMemberFromGroup {
    /// The group.
    pub group_id: Id,
    /// The member.
    pub member_id: Id,
}

impl Request for CreateGroup {
    const OPERATION: &'static str = "CreateGroup";
}

impl Request for UpdateGroup {
    const OPERATION: &'static str = "UpdateGroup";
}

impl Request for DeleteGroup {
    const OPERATION: &'static str = "DeleteGroup";
}

impl Request for AssociateMemberToGroup {
    const OPERATION: &'static str = "AssociateMemberToGroup";
}

impl Request for DisassociateMemberFromGroup {
    const OPERATION: &'static str = "DisassociateMemberFromGroup";
}
