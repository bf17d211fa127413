//! The write calls that users, groups and resources share, as data.
//!
//! Members are the API's. Source: API reference, the operations of the same names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Id, Request, Right};

macro_rules! request {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Request for $name {
            const OPERATION: &'static str = stringify!($name);
        }
    };
}

request! {
    /// Registers an entity: it gets its primary address, a user also a mailbox.
    RegisterToWorkMail {
        /// The entity.
        entity_id: Id,
        /// The primary address, or a temporary one as `{"$temporary": N}`.
        email: AddressArgument,
    }
}

request! {
    /// Deregisters an entity; a mailbox is deleted after 30 days.
    DeregisterFromWorkMail {
        /// The entity.
        entity_id: Id,
    }
}

request! {
    /// Adds an alias.
    CreateAlias {
        /// The entity.
        entity_id: Id,
        /// The alias.
        alias: AddressArgument,
    }
}

request! {
    /// Takes an alias away.
    DeleteAlias {
        /// The entity.
        entity_id: Id,
        /// The alias.
        alias: AddressArgument,
    }
}

request! {
    /// Makes an address the primary one; the old primary becomes an alias.
    UpdatePrimaryEmailAddress {
        /// The entity.
        entity_id: Id,
        /// The address.
        email: AddressArgument,
    }
}

request! {
    /// Gives a grantee exactly these rights on a mailbox.
    PutMailboxPermissions {
        /// Whose mailbox.
        entity_id: Id,
        /// Who may.
        grantee_id: Id,
        /// What they may.
        permission_values: BTreeSet<Right>,
    }
}

request! {
    /// Takes all rights of a grantee on a mailbox away.
    DeleteMailboxPermissions {
        /// Whose mailbox.
        entity_id: Id,
        /// Who might.
        grantee_id: Id,
    }
}

/// An address in a call: as text, or a temporary one that is filled in when the call is made, from
/// the plan's nonce and time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AddressArgument {
    /// This address.
    Text(String),
    /// The temporary address of this number.
    Temporary {
        /// Counted from 1 within a plan.
        #[serde(rename = "$temporary")]
        number: u32,
        /// The domain that it stands in.
        #[serde(rename = "domain")]
        domain: String,
    },
}
