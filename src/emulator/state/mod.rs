//! The state of the emulated service: organizations, and what is in them.
//!
//! Everything that is changed is marked, so that the store writes exactly what changed.

mod directory;
mod entity;
mod fields;
mod lifecycle;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use directory::{Directory, Identified};
pub(super) use entity::{Entity, Kind, State};
pub(super) use fields::Fields;
pub(super) use lifecycle::{DirectoryState, Pending, Step};
pub(super) use rows::{Lag, Sort, Tables};

use super::refusal::Refusal;
use super::secret::{Held, is_same, salted};
use super::store::Record;

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct World {
    organizations: BTreeMap<String, Organization>,
    /// Organization ids in the order of creation.
    order: BTreeMap<u64, String>,
    /// Answers by operation and client token, with the input they belong to: salted and hashed, as there
    /// may be secrets in it.
    tokens: BTreeMap<String, (String, Value)>,
    changed_tokens: BTreeSet<String>,
    /// Rows of the account.
    pub(super) tables: Tables,
    /// When the first mailbox export job that runs ends, or an earlier time where nobody has looked.
    pub(super) jobs_due: f64,
    next_order: u64,
}

/// One organization.
#[derive(Debug)]
pub(super) struct Organization {
    pub(super) head: Head,
    pub(super) directory: Directory,
    /// Its rows.
    pub(super) tables: Tables,
    /// Passwords that have to be sent on, by the key of what they belong to. They are no part of what
    /// is kept or told.
    pub(super) secrets: BTreeMap<String, Held>,
    head_changed: bool,
}

/// An organization without its entities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) order: u64,
    pub(super) alias: String,
    pub(super) state: String,
    pub(super) directory_id: String,
    #[serde(default, skip_serializing_if = "DirectoryState::is_writable")]
    pub(super) directory_state: DirectoryState,
    /// The directory went with the organization.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) directory_deleted: bool,
    /// It is never told. Source: behaviour notes, section 13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_arn: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) interoperability: bool,
    pub(super) region: String,
    /// When it became Active, or will.
    pub(super) completed_at: f64,
    /// What becomes of it by itself, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pending: Vec<Pending>,
    pub(super) default_domain: String,
    pub(super) domains: BTreeMap<String, Domain>,
    pub(super) tags: BTreeMap<String, String>,
}

/// One mail domain of an organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Domain {
    pub(super) order: u64,
    pub(super) test: bool,
    pub(super) ownership: String,
    pub(super) dkim: String,
}

/// A row as the store has it.
#[derive(Deserialize)]
struct KeptRow {
    order: u64,
    value: Value,
}

/// What the keys of the account's rows begin with; those of an organization begin with its id.
const ACCOUNT_ROWS: &str = "/";

/// The emulated account.
pub(super) const ACCOUNT: &str = "123456789012";

impl World {
    /// The world that these records tell of. `check` tells whether a row is of its sort.
    pub(super) fn from_records(
        records: impl IntoIterator<Item = Record>,
        check: fn(&str, &Value) -> Result<(), serde_json::Error>,
    ) -> Result<Self, serde_json::Error> {
        let mut world = Self::default();
        let mut entities: Vec<(String, Entity)> = Vec::new();
        let mut rows: Vec<(String, String, KeptRow)> = Vec::new();
        for record in records {
            let Some(value) = record.value else { continue };
            match record.table.as_str() {
                "organization" => world.insert(serde_json::from_value(value)?),
                "token" => {
                    world
                        .tokens
                        .insert(record.key, serde_json::from_value(value)?);
                }
                "entity" => {
                    let organization = record.key.split('/').next().unwrap_or_default().to_owned();
                    entities.push((organization, serde_json::from_value(value)?));
                }
                _ => {
                    let row: KeptRow = serde_json::from_value(value)?;
                    check(&record.table, &row.value)?;
                    rows.push((record.table, record.key, row));
                }
            }
        }
        for (organization, entity) in entities {
            if let Some(organization) = world.organizations.get_mut(&organization) {
                organization.directory.restore(entity);
            }
        }
        for (sort, key, row) in rows {
            let (organization, key) = key.split_once('/').unwrap_or(("", &key));
            let tables = match world.organizations.get_mut(organization) {
                Some(organization) => &mut organization.tables,
                None if organization.is_empty() => &mut world.tables,
                None => continue,
            };
            tables.restore(&sort, key, row.order, row.value);
        }
        Ok(world)
    }

    /// All of it as records.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for organization in self.organizations.values() {
            records.push(organization.head_record());
            records.extend(
                organization
                    .directory
                    .all()
                    .map(|entity| organization.entity_record(entity)),
            );
            records.extend(organization.tables.records(&organization.row_prefix()));
        }
        records.extend(self.tables.records(ACCOUNT_ROWS));
        records.extend(
            self.tokens
                .iter()
                .map(|(key, value)| Record::put("token", key, value)),
        );
        records
    }

    /// What changed since the last time, as records.
    pub(super) fn take_changes(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        for organization in self.organizations.values_mut() {
            if std::mem::take(&mut organization.head_changed) {
                records.push(organization.head_record());
            }
            let changed = organization.directory.take_changed();
            let directory = &organization.directory;
            records.extend(
                changed
                    .iter()
                    .filter_map(|key| directory.get(*key))
                    .map(|entity| organization.entity_record(entity)),
            );
            let prefix = organization.row_prefix();
            organization.tables.take_changes(&prefix, &mut records);
        }
        self.tables.take_changes(ACCOUNT_ROWS, &mut records);
        for key in std::mem::take(&mut self.changed_tokens) {
            if let Some(value) = self.tokens.get(&key) {
                records.push(Record::put("token", &key, value));
            }
        }
        records
    }

    /// Adds an organization.
    pub(super) fn add(&mut self, head: Head) {
        let id = head.id.clone();
        self.insert(head);
        if let Some(organization) = self.organizations.get_mut(&id) {
            organization.head_changed = true;
        }
    }

    /// The next place in the order of creation.
    pub(super) fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }

    /// Every organization in the order of creation.
    pub(super) fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.order
            .values()
            .filter_map(|id| self.organizations.get(id))
    }

    /// The organization of this id, whatever its state.
    pub(super) fn organization(&self, id: &str) -> Result<&Organization, Refusal> {
        self.organizations.get(id).ok_or_else(|| not_found(id))
    }

    /// The organization of this id, to change it.
    pub(super) fn organization_mut(&mut self, id: &str) -> Result<&mut Organization, Refusal> {
        self.organizations.get_mut(id).ok_or_else(|| not_found(id))
    }

    /// The organization of this id, if it is Active. Source of the message: behaviour notes, section 17.
    pub(super) fn active(&mut self, id: &str) -> Result<&mut Organization, Refusal> {
        let organization = self.organization_mut(id)?;
        if organization.head.state == "Active" {
            return Ok(organization);
        }
        let message = format!(
            "Organization {id} is not Active, state: {}",
            organization.head.state
        );
        Err(Refusal::new("OrganizationStateException", message))
    }

    /// The Active organization of this alias or id, for endpoints that put something in place.
    pub(super) fn active_called(&mut self, text: &str) -> Result<&mut Organization, String> {
        self.organizations
            .values_mut()
            .find(|found| {
                found.head.state == "Active"
                    && [&*found.head.id, &*found.head.alias].contains(&text)
            })
            .ok_or_else(|| format!("no Active organization is called {text}"))
    }

    /// The answer that a client token got before; refused if the input was another.
    pub(super) fn answered(&self, key: &str, input: &str) -> Result<Option<Value>, Refusal> {
        match self.tokens.get(key) {
            None => Ok(None),
            Some((known, answer)) if is_same(input, known) => Ok(Some(answer.clone())),
            Some(_) => Err(Refusal::invalid(
                "The ClientToken was used before with another input.",
            )),
        }
    }

    /// Remembers the answer of a client token.
    pub(super) fn remember(&mut self, key: String, input: &str, answer: Value) {
        self.changed_tokens.insert(key.clone());
        self.tokens.insert(key, (salted(input), answer));
    }

    fn insert(&mut self, head: Head) {
        self.next_order = self.next_order.max(head.order);
        self.order.insert(head.order, head.id.clone());
        let id = head.id.clone();
        self.organizations.insert(
            id,
            Organization {
                head,
                directory: Directory::default(),
                tables: Tables::default(),
                secrets: BTreeMap::new(),
                head_changed: false,
            },
        );
    }
}

impl Organization {
    /// Its head, to change it.
    pub(super) fn head_mut(&mut self) -> &mut Head {
        self.head_changed = true;
        &mut self.head
    }

    /// Its ARN.
    pub(super) fn arn(&self) -> String {
        format!(
            "arn:aws:workmail:{}:{ACCOUNT}:organization/{}",
            self.head.region, self.head.id
        )
    }

    /// Refuses an address whose domain may not be used. Source: API reference, `RegisterToWorkMail`.
    pub(super) fn usable_domain(&self, address: &str) -> Result<(), Refusal> {
        let name = address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_ascii_lowercase();
        match self.head.domains.get(&name) {
            None => Err(Refusal::new(
                "MailDomainNotFoundException",
                format!("The domain {name} is not registered with this organization."),
            )),
            Some(domain) if domain.ownership != "VERIFIED" => Err(Refusal::new(
                "MailDomainStateException",
                format!("The domain {name} is not verified: {}.", domain.ownership),
            )),
            Some(_) => Ok(()),
        }
    }

    /// The number of the present call, and how long reads see what was before.
    pub(super) fn lag(&self) -> Lag {
        Lag {
            call: self.directory.call,
            calls: self.directory.lag,
        }
    }

    fn row_prefix(&self) -> String {
        format!("{}/", self.head.id)
    }

    fn head_record(&self) -> Record {
        Record::put("organization", &self.head.id, &self.head)
    }

    fn entity_record(&self, entity: &Entity) -> Record {
        Record::put(
            "entity",
            &format!("{}/{}", self.head.id, entity.key),
            entity,
        )
    }
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(
        "OrganizationNotFoundException",
        format!("The organization {id} does not exist."),
    )
}
