//! `ChangeSet`: how the manifest and the snapshot differ, told in the user's words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::Address;
use super::declared::Party;
use super::part::Unknown;
use super::path::FieldPath;
use super::snapshot::{EntityState, Right};
use super::target::Target;

/// All differences, and what could not be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangeSet {
    /// One change for each thing that differs, in the order of targets.
    pub changes: Vec<Change>,
    /// What settings become that are made or changed: their fields by their names in the manifest.
    pub becomes: BTreeMap<Target, Map<String, Value>>,
    /// What could not be read, and therefore is not written.
    pub gaps: Vec<Gap>,
    /// What is wanted and waits for something outside.
    pub held: Vec<Held>,
    /// What refers to something that is gone or goes, and stays.
    pub left_behind: Vec<LeftBehind>,
    /// What was not looked at.
    pub not_watched: Vec<NotWatched>,
    /// What contradicts the live organization, so that nothing may be planned until it is mended.
    pub problems: Vec<Problem>,
    /// What the manifest says in vain, as sentences.
    pub notes: Vec<String>,
    /// When the manifest means something else because an `until` passes; none: never.
    pub valid_until: Option<Timestamp>,
}

/// Something in the manifest that contradicts the live organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What declares it.
    pub target: Target,
    /// Where in it.
    pub path: String,
    /// What is wrong, as a sentence fragment.
    pub message: String,
    /// What to do instead.
    pub help: String,
    /// The place in the manifest, as `path:line`, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What it is.
    pub target: Target,
    /// What happens to it as a whole.
    pub action: Action,
    /// Field by field.
    pub deltas: Vec<Delta>,
    /// Why it happens as a whole.
    pub reason: Reason,
    /// False where the section says `write: false` or `unmanaged: drift`: reported, counted as drift,
    /// never written.
    pub writable: bool,
}

/// What happens to a thing as a whole.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It is made.
    Create,
    /// Some of its fields change; registering counts as one.
    Update,
    /// It is deregistered.
    Deregister,
    /// It is deleted, and deregistered before if it has to be.
    Delete,
}

/// Why something changes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Reason {
    /// The manifest says so.
    #[serde(rename = "manifest")]
    Manifest,
    /// It is not declared, and its section says `unmanaged: remove` or `drift`.
    #[serde(rename = "not declared")]
    NotDeclared,
    /// An `until` has passed.
    #[serde(rename = "due")]
    Due,
    /// It follows from another change, such as the removal of a member.
    #[serde(rename = "consequence")]
    Consequence,
}

/// Why an alias or a relation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The manifest says so.
    Manifest,
    /// Its `until` has passed at this time.
    Due(Timestamp),
    /// It follows from another change, such as that of a primary address.
    Consequence,
}

impl Cause {
    /// The same without its time.
    pub fn reason(self) -> Reason {
        match self {
            Self::Manifest => Reason::Manifest,
            Self::Due(_) => Reason::Due,
            Self::Consequence => Reason::Consequence,
        }
    }

    /// When its `until` passed.
    pub fn due(self) -> Option<Timestamp> {
        match self {
            Self::Manifest | Self::Consequence => None,
            Self::Due(time) => Some(time),
        }
    }
}

/// One difference of a thing.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Its registration. `None` before: it is created.
    State {
        /// Before.
        before: Option<EntityState>,
        /// After.
        after: EntityState,
    },
    /// Its primary address.
    Email {
        /// Before, where it has one.
        before: Option<Address>,
        /// After.
        after: Address,
    },
    /// An alias that comes.
    AliasAdded(Address),
    /// An alias that goes.
    AliasRemoved(Address, Cause),
    /// A plain field. `Null` stands for absent.
    Field {
        /// Its name in the manifest.
        field: Cow<'static, str>,
        /// Before.
        before: Value,
        /// After; a text `""` clears it.
        after: Value,
    },
    /// A member or delegate who comes.
    LinkAdded(Party),
    /// A member or delegate who goes.
    LinkRemoved(Party, Cause),
    /// The rights of one grantee on its mailbox; empty sets for none.
    Grant {
        /// Who may.
        grantee: Party,
        /// What they might before.
        before: BTreeSet<Right>,
        /// What they may after.
        after: BTreeSet<Right>,
        /// Why.
        cause: Cause,
    },
    /// Its name, where the service can rename it.
    Name {
        /// Before.
        before: String,
        /// After.
        after: String,
    },
}

/// Something that could not be read: shown under `?`, nothing is written from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// What it concerns: an entity, or the organization for a list.
    pub target: Target,
    /// What of it, in the user's words: `aliases`, `the list of users`, …
    pub part: String,
    /// Why it could not be read.
    pub unknown: Unknown,
}

/// Something that waits for something outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// What waits.
    pub target: Target,
    /// What of it: `email`, `members`, …
    pub part: String,
    /// What it waits for, as a sentence fragment.
    pub waits_for: String,
    /// What to do, line by line, such as DNS records to publish.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// Something that refers to a thing that is gone or goes, and that the API cannot or need not remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftBehind {
    /// Where it stays.
    pub target: Target,
    /// What stays, as a sentence fragment.
    pub what: String,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotWatched {
    /// What, in the user's words and with its count: `grants on 214 mailboxes`.
    pub what: String,
    /// Each of them by name, where the count alone would not do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl NotWatched {
    /// Something that needs no names.
    pub fn of(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            names: Vec::new(),
        }
    }
}

/// A consequence that a reviewer has to see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// A stable word: `newReaders`, `mailboxExpiry`, `billed`, …
    pub risk: String,
    /// A sentence fragment for people.
    pub text: String,
}

impl Delta {
    /// Where it stands in the manifest, relative to its thing.
    pub fn path(&self) -> FieldPath {
        FieldPath::from(match self {
            Self::State { .. } => "state",
            Self::Email { .. } => "email",
            Self::AliasAdded(_) | Self::AliasRemoved(..) => "aliases",
            Self::Field { field, .. } => field,
            Self::LinkAdded(_) | Self::LinkRemoved(..) => "members",
            Self::Grant { .. } => "permissions",
            Self::Name { .. } => "previously",
        })
    }
}
