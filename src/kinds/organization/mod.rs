//! The organization itself and its mail domains: their calls, as data.
//!
//! An organization has no entity's state and is no setting: it is made and deleted as a whole, and its
//! domains are a list by name. Source: API reference, the operations of the same names; behaviour notes,
//! section 13.

#[cfg(feature = "client")]
pub(crate) mod execute;

use serde_json::Value;

use crate::model::{Call, CreateOrganization, OrganizationRemoval, Target};

use super::setting::{call, client_token};

/// Makes an organization. It is there at once and usable later.
pub const CREATE: &str = "CreateOrganization";
/// Deletes an organization with all that is in it.
pub const DELETE: &str = "DeleteOrganization";
/// Registers a mail domain, which is to be verified by its DNS records then.
pub const REGISTER_DOMAIN: &str = "RegisterMailDomain";
/// Takes a mail domain away that no address is in any more, and that is not the default one.
pub const DEREGISTER_DOMAIN: &str = "DeregisterMailDomain";
/// Makes a verified domain the one of new addresses.
pub const SET_DEFAULT_DOMAIN: &str = "UpdateDefaultMailDomain";

/// The member that names a domain.
pub const DOMAIN: &str = "DomainName";

/// The call that makes an organization. What the manifest declares of it besides is planned once it is
/// there: its domains too, which would otherwise have two ways to come.
pub fn create(target: &Target, wanted: &CreateOrganization) -> Call {
    let texts = [
        ("DirectoryId", &wanted.directory_id),
        ("KmsKeyArn", &wanted.kms_key_arn),
    ];
    let always = [
        ("ClientToken", client_token(target)),
        ("Alias", Value::from(target.name())),
    ];
    let given = texts
        .into_iter()
        .filter_map(|(member, text)| Some((member, Value::from(text.clone()?))));
    call(CREATE, always.into_iter().chain(given))
}

/// The call that deletes the organization that is read.
pub fn delete(target: &Target, removal: OrganizationRemoval) -> Call {
    call(
        DELETE,
        [
            ("ClientToken", client_token(target)),
            ("DeleteDirectory", Value::from(removal.delete_directory)),
            ("ForceDelete", Value::from(removal.force)),
        ],
    )
}

/// The call that registers a domain.
pub fn register_domain(target: &Target) -> Call {
    let token = client_token(target);
    call(
        REGISTER_DOMAIN,
        [("ClientToken", token), (DOMAIN, Value::from(target.name()))],
    )
}

/// The call that takes a domain away.
pub fn deregister_domain(target: &Target) -> Call {
    call(DEREGISTER_DOMAIN, [(DOMAIN, Value::from(target.name()))])
}

/// The call that makes a domain the default one.
pub fn set_default_domain(name: &str) -> Call {
    call(SET_DEFAULT_DOMAIN, [(DOMAIN, Value::from(name))])
}
