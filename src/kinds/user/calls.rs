//! The write calls of users, as data. Source: API reference, the operations of the same names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Id, Request};

/// Makes a user, deregistered. Further members as the field table says, and where the password is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUser {
    /// The user name.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// `FirstName`, `LastName`, `Role`, `HiddenFromGlobalAddressList`, `IdentityProviderUserId`,
    /// and `Password` as `{"$secret": {…}}`.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// Sends the whole data set of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUser {
    /// The user.
    pub user_id: Id,
    /// Every member as it shall be; an empty text clears.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// Sets the size of a mailbox, in MB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateMailboxQuota {
    /// The user.
    pub user_id: Id,
    /// In MB.
    pub mailbox_quota: i64,
}

/// Deletes a deregistered user for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteUser {
    /// The user.
    pub user_id: Id,
}

impl Request for CreateUser {
    const OPERATION: &'static str = "CreateUser";
}

impl Request for UpdateUser {
    const OPERATION: &'static str = "UpdateUser";
}

impl Request for UpdateMailboxQuota {
    const OPERATION: &'static str = "UpdateMailboxQuota";
}

impl Request for DeleteUser {
    const OPERATION: &'static str = "DeleteUser";
}
