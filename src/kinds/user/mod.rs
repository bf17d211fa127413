//! Users: people with a mailbox. The `WorkMail` user name is the identity.
//!
//! Calls: `CreateUser`, `RegisterToWorkMail`, `UpdateUser`, `UpdateMailboxQuota`,
//! `DeregisterFromWorkMail`, `DeleteUser`; read by `ListUsers`, `DescribeUser`, `GetMailboxDetails`.
//! `CreateUser` takes few of the profile fields and `UpdateUser` all of them, so a full user is
//! created, registered and then updated. `UpdateUser` sends the whole data set that a describe told,
//! overlaid by what is wanted, because the reference does not say what happens to omitted members.
//! Source: API reference, `UpdateUser`; behaviour notes, section 3.

#[cfg(feature = "client")]
pub(crate) mod api;
pub mod calls;
#[cfg(feature = "client")]
pub(crate) mod execute;
mod lower;

#[cfg(feature = "client")]
pub use execute::reset_password;

use super::entity::ALIAS_LIMIT;
use super::kind::{Clear, Entry, Field, Lowering, Pattern, Shape, ToldBy};
use crate::model::USER;

const CREATE: &str = "CreateUser";
const UPDATE: &str = "UpdateUser";

/// The field that says where the first password is. It is none of the plain fields: the service takes
/// it when the user is made, and never tells it. Source: API reference, `CreateUser`, `Password`.
pub const INITIAL_PASSWORD: &str = "initialPassword";

/// The kind.
pub static ENTRY: Entry = Entry {
    name: USER,
    section: "users",
    about: "A person with a mailbox",
    list: "ListUsers",
    describe: "DescribeUser",
    create: CREATE,
    delete: "DeleteUser",
    links: None,
    has_mailbox: true,
    alias_limit: ALIAS_LIMIT,
    fields: FIELDS,
    lowering: Lowering {
        create: lower::create,
        update: lower::update,
        delete: lower::delete,
        link: None,
        unlink: None,
    },
};

/// The roles that the API lets a user be given. Source: API reference, `CreateUser`, `Role`.
pub const ROLES: &[&str] = &["USER", "REMOTE_USER"];

static FIELDS: &[Field] = &[
    Field {
        name: "displayName",
        member: "DisplayName",
        shape: Shape::Text { min: 0, max: 256 },
        told_by: ToldBy::List,
        set_by: &[CREATE, UPDATE],
        clear: Clear::EmptyText,
        pattern: None,
        about: "the name that others see; needed to create",
    },
    profile(
        "firstName",
        "FirstName",
        &[CREATE, UPDATE],
        "the given name",
    ),
    profile("lastName", "LastName", &[CREATE, UPDATE], "the family name"),
    profile("initials", "Initials", &[UPDATE], "the initials"),
    profile("telephone", "Telephone", &[UPDATE], "the telephone number"),
    profile("street", "Street", &[UPDATE], "the street"),
    profile("jobTitle", "JobTitle", &[UPDATE], "the job title"),
    profile("city", "City", &[UPDATE], "the city"),
    profile("company", "Company", &[UPDATE], "the company"),
    profile("zipCode", "ZipCode", &[UPDATE], "the postal code"),
    profile("department", "Department", &[UPDATE], "the department"),
    profile("country", "Country", &[UPDATE], "the country"),
    profile("office", "Office", &[UPDATE], "the office"),
    Field {
        name: "role",
        member: "Role",
        shape: Shape::Choice(ROLES),
        told_by: ToldBy::List,
        set_by: &[CREATE, UPDATE],
        clear: Clear::Never,
        pattern: None,
        about: "USER, or REMOTE_USER for somebody whose mailbox is elsewhere",
    },
    Field {
        name: "identityProviderUserId",
        member: "IdentityProviderUserId",
        shape: Shape::Text { min: 0, max: 47 },
        told_by: ToldBy::List,
        set_by: &[CREATE, UPDATE],
        clear: Clear::EmptyText,
        pattern: Some(IDENTITY),
        about: "the user's id in IAM Identity Center",
    },
    Field {
        name: "hiddenFromGlobalAddressList",
        member: "HiddenFromGlobalAddressList",
        shape: Shape::Flag,
        told_by: ToldBy::Describe,
        set_by: &[CREATE, UPDATE],
        clear: Clear::Never,
        pattern: None,
        about: "true: not shown in the global address list",
    },
    Field {
        name: "mailboxQuotaMb",
        member: "MailboxQuota",
        shape: Shape::Number {
            min: 1,
            max: 51_200,
        },
        told_by: ToldBy::Mailbox,
        set_by: &["UpdateMailboxQuota"],
        clear: Clear::Never,
        pattern: None,
        about: "the size of the mailbox, in MB",
    },
];

/// Source: API reference, `CreateUser`, `IdentityProviderUserId`, `Pattern`.
const IDENTITY: Pattern = Pattern {
    is: is_identity,
    about: "the id that IAM Identity Center shows, such as 90677c608a-7afcdc23-2be4-4fb7-a5f3-62f9ea21d2e2: an optional ten digits, then a UUID",
};

fn is_identity(text: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let parts: Vec<&str> = text.split('-').collect();
    let uuid = match parts.as_slice() {
        [store, uuid @ ..] if uuid.len() == 5 => {
            if !hex(store, 10) || store.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return false;
            }
            uuid
        }
        uuid => uuid,
    };
    uuid.len() == 5
        && uuid
            .iter()
            .zip([8, 4, 4, 4, 12])
            .all(|(part, length)| hex(part, length))
}

const fn profile(
    name: &'static str,
    member: &'static str,
    set_by: &'static [&'static str],
    about: &'static str,
) -> Field {
    Field {
        name,
        member,
        shape: Shape::Text { min: 0, max: 256 },
        told_by: ToldBy::Describe,
        set_by,
        clear: Clear::EmptyText,
        pattern: None,
        about,
    }
}
