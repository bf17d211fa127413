//! Mobile device access rules: which devices may synchronise. The service tells them apart by id, a
//! manifest by name; a rule is written whole.
//!
//! Calls: `CreateMobileDeviceAccessRule`, `UpdateMobileDeviceAccessRule`, `DeleteMobileDeviceAccessRule`;
//! read by `ListMobileDeviceAccessRules`, which has no pages. Each value of a condition is the beginning
//! of what a device tells of itself, without case, so that values that differ in case only are the same.
//! Whether an update takes away the conditions that it leaves out is not known: a rule that loses one is made
//! anew. Source: API reference, the operations of these names; behaviour notes, section 9.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::Value;

use crate::model::{Call, MOBILE_DEVICE_ACCESS_RULE, Unmanaged};

use super::access_control_rule::EFFECTS;
use super::setting::{
    Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes, Writing, call,
    client_token,
};

pub use spec::MobileDeviceAccessRuleSpec;

const CREATE: &str = "CreateMobileDeviceAccessRule";
const UPDATE: &str = "UpdateMobileDeviceAccessRule";
const DELETE: &str = "DeleteMobileDeviceAccessRule";
const ID: &str = "MobileDeviceAccessRuleId";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: MOBILE_DEVICE_ACCESS_RULE,
    section: "mobileDeviceAccessRules",
    about: "Which mobile devices may synchronise; each rule is written whole",
    plural: "mobile device access rules",
    read: &["ListMobileDeviceAccessRules"],
    write: Writes {
        create: CREATE,
        update: UPDATE,
        delete: Some(DELETE),
    },
    naming: Form::Text {
        min: 1,
        max: 64,
        pattern: None,
    },
    id: Some(ID),
    clears: false,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: Some(10),
    referring: Referring::Created,
    chain: Chain::Devices,
    closed: None,
    nature: Nature::NAMED,
    lowering: SettingLowering {
        create,
        update,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

/// What a condition lists: 1 to 10 beginnings. Source: API reference, `DeviceTypeList` and the others.
const PREFIXES: Form = Form::Prefixes { most: 10, max: 256 };

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
            max: 256,
            pattern: None,
        },
        needed: false,
        about: "what the rule is for",
    },
    Member {
        name: "deviceTypes",
        member: "DeviceTypes",
        form: PREFIXES,
        needed: false,
        about: "only devices whose type begins so",
    },
    Member {
        name: "notDeviceTypes",
        member: "NotDeviceTypes",
        form: PREFIXES,
        needed: false,
        about: "only devices that tell a type, and none that begins so",
    },
    Member {
        name: "deviceModels",
        member: "DeviceModels",
        form: PREFIXES,
        needed: false,
        about: "only devices whose model begins so",
    },
    Member {
        name: "notDeviceModels",
        member: "NotDeviceModels",
        form: PREFIXES,
        needed: false,
        about: "only devices that tell a model, and none that begins so",
    },
    Member {
        name: "deviceOperatingSystems",
        member: "DeviceOperatingSystems",
        form: PREFIXES,
        needed: false,
        about: "only devices whose operating system begins so",
    },
    Member {
        name: "notDeviceOperatingSystems",
        member: "NotDeviceOperatingSystems",
        form: PREFIXES,
        needed: false,
        about: "only devices that tell an operating system, and none that begins so",
    },
    Member {
        name: "deviceUserAgents",
        member: "DeviceUserAgents",
        form: PREFIXES,
        needed: false,
        about: "only devices whose user agent begins so",
    },
    Member {
        name: "notDeviceUserAgents",
        member: "NotDeviceUserAgents",
        form: PREFIXES,
        needed: false,
        about: "only devices that tell a user agent, and none that begins so",
    },
];

fn create(writing: &Writing<'_>) -> Call {
    let name = Value::from(writing.target.name());
    let token = client_token(writing.target);
    call(CREATE, [("ClientToken", token), ("Name", name)]).with(writing.input())
}

fn update(writing: &Writing<'_>) -> Call {
    let name = Value::from(writing.target.name());
    call(UPDATE, [(ID, writing.id()), ("Name", name)]).with(writing.input())
}

fn delete(writing: &Writing<'_>) -> Call {
    call(DELETE, [(ID, writing.id())])
}
