//! Mobile device access overrides: what holds for one device of one user, whatever the rules say. The
//! identity is `USER/DEVICE`, of which neither half has a case; an override is written whole.
//!
//! Calls: `PutMobileDeviceAccessOverride`, `DeleteMobileDeviceAccessOverride`; read by
//! `ListMobileDeviceAccessOverrides`, of all users at once, so that `GetMobileDeviceAccessOverride`, which
//! tells the same of one, is not needed. Source: API reference, the operations of these names; behaviour
//! notes, section 9.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::{Value, json};

use crate::model::{Call, MOBILE_DEVICE_ACCESS_OVERRIDE, USER, Unmanaged};

use super::Pattern;
use super::access_control_rule::EFFECTS;
use super::setting::{
    Chain, Form, Member, Nature, Owner, Referring, SettingKind, SettingLowering, Writes, Writing,
    call, split,
};

pub use spec::MobileDeviceAccessOverrideSpec;

const PUT: &str = "PutMobileDeviceAccessOverride";
const DELETE: &str = "DeleteMobileDeviceAccessOverride";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: MOBILE_DEVICE_ACCESS_OVERRIDE,
    section: "users.*.mobileDeviceAccessOverrides",
    about: "What holds for one device of one user, whatever the rules say; each is written whole",
    plural: "mobile device access overrides",
    read: &["ListMobileDeviceAccessOverrides"],
    write: Writes {
        create: PUT,
        update: PUT,
        delete: Some(DELETE),
    },
    naming: Form::Text {
        min: 1,
        max: 32,
        pattern: Some(DEVICE),
    },
    id: None,
    clears: true,
    owner: Some(Owner {
        kind: USER,
        section: "users",
        field: "mobileDeviceAccessOverrides",
        key: "deviceId",
    }),
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: None,
    referring: Referring::Registered,
    chain: Chain::Devices,
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

/// Source: API reference, `DeviceId`, `Pattern`.
const DEVICE: Pattern = Pattern {
    is: |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    about: "letters and digits",
};

static MEMBERS: &[Member] = &[
    Member {
        name: "effect",
        member: "Effect",
        form: Form::Choice(EFFECTS),
        needed: true,
        about: "ALLOW or DENY, whatever the rules say of the device",
    },
    Member {
        name: "description",
        member: "Description",
        form: Form::Text {
            min: 1,
            max: 256,
            pattern: None,
        },
        needed: false,
        about: "what the override is for",
    },
];

fn put(writing: &Writing<'_>) -> Call {
    call(PUT, identity(writing)).with(writing.input())
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, identity(writing))
}

/// The user by id, and the device as it is written: the service does not mind its case.
fn identity(writing: &Writing<'_>) -> [(&'static str, Value); 2] {
    let (_, device) = split(writing.target.name());
    let user = match writing.kind.owner_of(writing.target) {
        Some(user) => (writing.id_of)(&user),
        None => crate::model::Id::Known(String::new()),
    };
    [("UserId", json!(user)), ("DeviceId", Value::from(device))]
}
