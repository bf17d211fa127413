//! `Management`: how much of the organization is managed, and what may not happen unasked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::exports::{END_OF_SERVICE, ExportScope};

/// The key of the organization's tag that holds the digest of `management`.
pub const MANAGEMENT_TAG: &str = "workmailctl:management";

/// The section `management`, also stored in saved plans.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Management {
    /// By section, such as `users`; a section that is missing here has its defaults.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sections: BTreeMap<String, Section>,
    /// The limits of guards.
    pub limits: Limits,
    /// Names and globs of what is never removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protect: Vec<String>,
    /// Names and globs of mailboxes of which more readers need approval.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub watch_readers: Vec<String>,
    /// Who must be able to sign in at every moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_lock_out: Option<NeverLockOut>,
    /// Guards that are lifted in advance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Which mailboxes have to be exported before they go: the section `mailboxExports` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exports: Option<ExportScope>,
}

/// Who must be able to sign in at every moment of an apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct NeverLockOut {
    /// Names of users.
    pub users: Vec<String>,
    /// With each of these protocols; left out: with every one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// From each of these IPv4 addresses; left out: from anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ips: Vec<String>,
}

/// How one section is managed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Section {
    /// What happens to what is live and not declared.
    pub unmanaged: Unmanaged,
    /// What removal means.
    pub on_removal: OnRemoval,
    /// Names and globs of what is passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// False: compared and reported, never written.
    pub write: bool,
}

/// What happens to what is live and not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unmanaged {
    /// It stays and is not spoken of.
    #[default]
    Keep,
    /// It stays, is reported and counts as drift.
    Drift,
    /// It is removed, as far as `onRemoval` says.
    Remove,
}

/// What removing an entity means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnRemoval {
    /// Deregistered: the mailbox is kept 30 days, the entity stays.
    #[default]
    Deregister,
    /// Deregistered and deleted: cannot be undone.
    Delete,
}

/// Limits of guards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// How many removals of one sort an apply may make.
    pub removals: Limit,
}

/// A limit: both must hold. Percent counts only where there are 10 or more of the sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limit {
    /// The greatest number.
    pub max: u32,
    /// The greatest part of all, in percent.
    #[schemars(range(max = 100))]
    pub percent: u32,
}

/// A guard that is lifted in advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// The guard's name.
    pub guard: String,
    /// What it is lifted for; none: for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Through the end of this date (UTC), or until this RFC 3339 time; none: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            unmanaged: Unmanaged::Keep,
            on_removal: OnRemoval::Deregister,
            ignore: Vec::new(),
            write: true,
        }
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            max: 20,
            percent: 20,
        }
    }
}

impl OnRemoval {
    /// What removal an operation is part of; none for all others.
    pub fn of_operation(operation: &str) -> Option<Self> {
        match operation {
            "DeregisterFromWorkMail" => Some(Self::Deregister),
            "DeleteUser" | "DeleteGroup" | "DeleteResource" => Some(Self::Delete),
            _ => None,
        }
    }
}

impl Approval {
    /// True if it holds at this time. One whose `until` cannot be read does not hold.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        let Some(until) = &self.until else {
            return true;
        };
        until_time(until).is_some_and(|end| now < end)
    }
}

/// The time at which an `until` has passed: a date counts through its end (UTC).
pub fn until_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let next = date.tomorrow().ok()?;
    Some(next.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// True if the time of an `until` is later than the end of the service. Its last day is not.
pub fn is_after_the_service(end: Timestamp) -> bool {
    end.duration_since(END_OF_SERVICE).as_secs() > 1
}

impl Management {
    /// The lists of names, by their keys, and whether settings are named there too: they are protected
    /// like anything else, and have no readers.
    pub fn lists(&self) -> [(&'static str, &[String], bool); 2] {
        [
            ("protect", &self.protect, true),
            ("watchReaders", &self.watch_readers, false),
        ]
    }

    /// How a section is managed.
    pub fn section(&self, name: &str) -> Section {
        self.sections.get(name).cloned().unwrap_or_default()
    }

    /// How a section is managed whose kind has another default than `keep`.
    pub fn section_or(&self, name: &str, unmanaged: Unmanaged) -> Section {
        self.sections.get(name).cloned().unwrap_or(Section {
            unmanaged,
            ..Section::default()
        })
    }

    /// The SHA-256 of everything but the approvals, in hexadecimal: what the tag of the
    /// organization holds.
    pub fn digest(&self) -> String {
        let lasting = Self {
            approvals: Vec::new(),
            ..self.clone()
        };
        let text = serde_json::to_vec(&lasting).expect("management is plain data");
        hex(&Sha256::digest(text))
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
            text
        })
}
