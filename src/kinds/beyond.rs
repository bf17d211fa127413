//! What belongs to an organization and no operation of the public API tells or writes. It is named in
//! exports and plans, so that nobody takes what is not there for nothing.

/// Something that is managed elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// What it is, in the plural.
    pub what: &'static str,
    /// Where it is managed.
    pub place: &'static str,
}

/// All of it, as far as it is known. Source: behaviour notes, section 16, what cannot be managed through
/// the public SDK.
pub static BEYOND: &[Beyond] = &[
    in_console("inbound and outbound mail flow rules"),
    in_console("SMTP gateways"),
    in_console("journaling"),
    in_console("mobile device policies"),
    in_console("device lists and remote wipes"),
    in_console("migration settings"),
    in_console("vended logs"),
    in_client("folder permissions"),
    in_client("inbox rules"),
    in_client("signatures"),
    in_client("contacts, tasks and notes"),
];

const fn in_console(what: &'static str) -> Beyond {
    Beyond {
        what,
        place: "the console of Amazon WorkMail",
    }
}

const fn in_client(what: &'static str) -> Beyond {
    Beyond {
        what,
        place: "each mailbox, by its own client",
    }
}
