//! `Entity`: a user, group or resource.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::Fields;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in super::super) enum Kind {
    User,
    Group,
    Resource,
}

/// The state of an entity. Source: API reference, `EntityState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in super::super) enum State {
    Enabled,
    Disabled,
    Deleted,
}

/// A user, group or resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in super::super) struct Entity {
    /// Its place in the order of creation: the key of pages.
    pub(in super::super) key: u64,
    pub(in super::super) id: String,
    pub(in super::super) kind: Kind,
    pub(in super::super) name: String,
    pub(in super::super) state: State,
    /// The primary address; kept while deregistered, and not told then.
    pub(in super::super) email: Option<String>,
    /// The aliases without the primary address, in the order of their creation.
    pub(in super::super) aliases: Vec<String>,
    pub(in super::super) enabled_at: Option<f64>,
    pub(in super::super) disabled_at: Option<f64>,
    /// The other members by their API names.
    pub(in super::super) fields: Fields,
    /// When its mailbox was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) provisioned_at: Option<f64>,
    /// Kept one by one, as a group may have very many.
    #[serde(skip)]
    pub(super) links: BTreeSet<u64>,
    pub(super) grants: BTreeMap<u64, Vec<String>>,
    /// In MB.
    pub(in super::super) quota: i64,
    /// In MB.
    pub(in super::super) size: f64,
    /// Salt and hash, in hexadecimal.
    pub(in super::super) password: Option<String>,
    /// What reads still see, until the call of this number: none for nothing.
    #[serde(skip)]
    pub(in super::super) lagging: Option<(u64, Option<Box<Entity>>)>,
}

/// The size of a mailbox that nobody changed, in MB. Source: AWS CLI examples, `get-mailbox-details`.
const DEFAULT_QUOTA: i64 = 51_200;

impl Entity {
    pub(in super::super) fn new(
        key: u64,
        id: String,
        kind: Kind,
        name: &str,
        fields: Map<String, Value>,
    ) -> Self {
        Self {
            key,
            id,
            kind,
            name: name.to_owned(),
            state: State::Disabled,
            email: None,
            aliases: Vec::new(),
            enabled_at: None,
            disabled_at: None,
            fields: fields.into(),
            provisioned_at: None,
            links: BTreeSet::new(),
            grants: BTreeMap::new(),
            quota: DEFAULT_QUOTA,
            size: 0.0,
            password: None,
            lagging: None,
        }
    }

    /// Members of a group or delegates of a resource: keys.
    pub(in super::super) fn links(&self) -> &BTreeSet<u64> {
        &self.links
    }

    /// Grants on its mailbox: grantee key to rights.
    pub(in super::super) fn grants(&self) -> &BTreeMap<u64, Vec<String>> {
        &self.grants
    }

    /// A member of the other fields.
    pub(in super::super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Gives it a new mailbox, with nothing in it.
    pub(in super::super) fn renew_mailbox(&mut self, now: f64) {
        self.provisioned_at = Some(now);
        self.quota = DEFAULT_QUOTA;
        self.size = 0.0;
    }

    /// True for the user that the service makes for itself.
    pub(in super::super) fn is_system_user(&self) -> bool {
        self.field("UserRole").and_then(Value::as_str) == Some("SYSTEM_USER")
    }

    /// True if the address is its primary one or an alias.
    pub(in super::super) fn has_address(&self, address: &str) -> bool {
        self.email
            .as_deref()
            .is_some_and(|email| email.eq_ignore_ascii_case(address))
            || self
                .aliases
                .iter()
                .any(|alias| alias.eq_ignore_ascii_case(address))
    }
}
