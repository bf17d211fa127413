//! Resources: rooms and equipment that are booked by mail, by themselves or by delegates.
//!
//! Calls: `CreateResource`, `RegisterToWorkMail`, `UpdateResource`, `AssociateDelegateToResource`,
//! `DisassociateDelegateFromResource`, `DeregisterFromWorkMail`, `DeleteResource`; read by
//! `ListResources`, `DescribeResource`, `ListResourceDelegates`. `CreateResource` takes no booking
//! options. A resource needs a delegate wherever it does not accept by itself.
//! Source: API reference, `UpdateResource`; behaviour notes, section 8.

#[cfg(feature = "client")]
pub(crate) mod api;
pub mod calls;
#[cfg(feature = "client")]
pub(crate) mod execute;
mod lower;

use super::entity::ALIAS_LIMIT;
use super::kind::{Clear, Entry, Field, Lowering, Shape, ToldBy};
use crate::model::{Entity, Part, RESOURCE};

const CREATE: &str = "CreateResource";
const UPDATE: &str = "UpdateResource";

/// The kind.
pub static ENTRY: Entry = Entry {
    name: RESOURCE,
    section: "resources",
    about: "A room or a piece of equipment that is booked by mail",
    list: "ListResources",
    describe: "DescribeResource",
    create: CREATE,
    delete: "DeleteResource",
    links: Some("delegates"),
    has_mailbox: true,
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

/// The types of resources. Source: API reference, `CreateResource`, `Type`.
pub const TYPES: &[&str] = &["ROOM", "EQUIPMENT"];

/// The flags of `bookingOptions`. Source: API reference, `BookingOptions`.
pub const BOOKING_OPTIONS: &[&str] = &[
    "autoAcceptRequests",
    "autoDeclineConflictingRequests",
    "autoDeclineRecurringRequests",
];

/// The booking options of a resource that nobody changed.
/// Source: AWS CLI examples, `describe-resource`; behaviour notes, section 8.
pub const UNTOUCHED_BOOKING_OPTIONS: [(&str, bool); 3] = [
    ("autoAcceptRequests", true),
    ("autoDeclineConflictingRequests", true),
    ("autoDeclineRecurringRequests", false),
];

/// Whether a resource accepts requests by itself, as one does that nobody changed. One that does not
/// needs a delegate. Source: API reference, `InvalidConfigurationException`; behaviour notes, section 8.
pub fn accepts_by_itself(entity: &Entity) -> Part<bool> {
    match entity.field("bookingOptions") {
        Part::Known(options) => {
            let accepts = options.get("autoAcceptRequests");
            Part::Known(accepts.and_then(serde_json::Value::as_bool).unwrap_or(true))
        }
        Part::Absent => Part::Known(true),
        Part::Unknown(unknown) => Part::Unknown(unknown.clone()),
        Part::NotRead => Part::NotRead,
    }
}

static FIELDS: &[Field] = &[
    Field {
        name: "type",
        member: "Type",
        shape: Shape::Choice(TYPES),
        told_by: ToldBy::List,
        set_by: &[CREATE, UPDATE],
        clear: Clear::Never,
        pattern: None,
        about: "ROOM or EQUIPMENT; needed to create",
    },
    Field {
        name: "description",
        member: "Description",
        shape: Shape::Text { min: 0, max: 64 },
        told_by: ToldBy::List,
        set_by: &[CREATE, UPDATE],
        clear: Clear::EmptyText,
        pattern: None,
        about: "what people should know of it",
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
        name: "bookingOptions",
        member: "BookingOptions",
        shape: Shape::Flags(BOOKING_OPTIONS),
        told_by: ToldBy::Describe,
        set_by: &[UPDATE],
        clear: Clear::Never,
        pattern: None,
        about: "what it does with requests by itself",
    },
];
