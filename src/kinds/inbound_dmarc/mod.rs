//! Inbound DMARC: whether mail that fails the policy of its sender's domain is refused. An organization
//! always has the setting, so that it is changed and never removed.
//!
//! Calls: `PutInboundDmarcSettings`; read by `DescribeInboundDmarcSettings`. Source: API reference, the
//! operations of these names; behaviour notes, section 13.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use crate::model::{Call, INBOUND_DMARC, Unmanaged};

use super::setting::{
    ANY_NAME, Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes,
    Writing, call,
};

pub use spec::InboundDmarcSpec;

const PUT: &str = "PutInboundDmarcSettings";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: INBOUND_DMARC,
    section: "organization.inboundDmarc",
    about: "Whether mail that fails the DMARC policy of its sender's domain is refused",
    plural: "inbound DMARC",
    read: &["DescribeInboundDmarcSettings"],
    write: Writes {
        create: PUT,
        update: PUT,
        delete: None,
    },
    naming: ANY_NAME,
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Keep,
    limit: None,
    referring: Referring::Created,
    chain: Chain::Alone,
    closed: None,
    nature: Nature::ONE,
    lowering: SettingLowering {
        create: put,
        update: put,
        // Nothing plans it: `Writes::delete` is none.
        delete: put,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

static MEMBERS: &[Member] = &[Member {
    name: "enforced",
    member: "Enforced",
    form: Form::Flag,
    needed: true,
    about: "true: what the sender's domain asks for is done with mail that fails",
}];

fn put(writing: &Writing<'_>) -> Call {
    call(PUT, []).with(writing.input())
}
