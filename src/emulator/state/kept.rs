//! What is kept: the world as records, and records as a world.
//!
//! Records come from files and from `PUT /_emulator/state`, so that a world is made of them only if it is
//! one that the emulator itself could have come to.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Error, Value};

use super::super::store::Record;
use super::{Entity, Head, Organization, World};

/// A row as the store has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRow {
    order: u64,
    value: Value,
}

/// What the keys of the account's rows begin with; those of an organization begin with its id.
const ACCOUNT_ROWS: &str = "/";

/// The greatest place in an order of creation: the greatest whole number that every reader of JSON knows,
/// which leaves room behind it.
const GREATEST: u64 = (1 << 53) - 1;

const STATES: &[&str] = &["Requested", "Creating", "Active", "Deleting", "Deleted"];
const VERIFICATIONS: &[&str] = &["PENDING", "VERIFIED", "FAILED"];

impl World {
    /// The world that these records tell of. `check` tells the labels of a row, if it is of its sort.
    pub(in super::super) fn from_records(
        records: impl IntoIterator<Item = Record>,
        check: fn(&str, &Value) -> Result<Vec<String>, Error>,
    ) -> Result<Self, Error> {
        let mut world = Self::default();
        let mut rest = Vec::new();
        for record in records {
            let Some(value) = record.value else { continue };
            match record.table.as_str() {
                "organization" => world.restore_head(&record.key, value)?,
                "token" => {
                    let token = serde_json::from_value(value)?;
                    world.token_order.push_back(record.key.clone());
                    if world.tokens.insert(record.key, token).is_some() {
                        return Err(Error::custom("a client token is there twice"));
                    }
                }
                _ => rest.push((record.table, record.key, value)),
            }
        }
        let (entities, rest): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|(table, _, _)| table == "entity");
        for (_, key, value) in entities {
            world.restore_entity(&key, value)?;
        }
        for (table, key, value) in rest {
            if table == "link" {
                world.restore_link(&key)?;
            } else {
                world.restore_row(&table, &key, value, check)?;
            }
        }
        world.check_owners()?;
        world.check_grants()?;
        Ok(world)
    }

    /// All of it as records.
    pub(in super::super) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for organization in self.organizations.values() {
            records.push(organization.head_record());
            for entity in organization.directory.all() {
                records.push(organization.entity_record(entity));
                let links = entity.links.iter();
                records
                    .extend(links.map(|party| organization.link_record(entity.key, *party, true)));
            }
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
    pub(in super::super) fn take_changes(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        for organization in self.organizations.values_mut() {
            if std::mem::take(&mut organization.head_changed) {
                records.push(organization.head_record());
            }
            let changed = organization.directory.take_changed();
            let links = organization.directory.take_changed_links();
            let directory = &organization.directory;
            let entities = changed.iter().filter_map(|key| directory.get(*key));
            records.extend(entities.map(|entity| organization.entity_record(entity)));
            records.extend(links.into_iter().map(|(holder, party, is_there)| {
                organization.link_record(holder, party, is_there)
            }));
            let prefix = organization.row_prefix();
            organization.tables.take_changes(&prefix, &mut records);
        }
        self.tables.take_changes(ACCOUNT_ROWS, &mut records);
        for key in std::mem::take(&mut self.changed_tokens) {
            records.push(match self.tokens.get(&key) {
                Some(value) => Record::put("token", &key, value),
                None => Record::gone("token", &key),
            });
        }
        records
    }

    fn restore_head(&mut self, key: &str, value: Value) -> Result<(), Error> {
        let head: Head = serde_json::from_value(value)?;
        let wrong = |why: &str| Err(Error::custom(format!("organization {key}: {why}")));
        if head.id != key || !is_place(head.order) {
            return wrong("its key or its place is none");
        }
        if self.organizations.contains_key(key) || self.order.contains_key(&head.order) {
            return wrong("it or its place is there twice");
        }
        if !STATES.contains(&head.state.as_str()) {
            return wrong("it has no state that there is");
        }
        let mut places = BTreeSet::new();
        for domain in head.domains.values() {
            let statuses = [domain.ownership.as_str(), domain.dkim.as_str()];
            if !statuses.iter().all(|status| VERIFICATIONS.contains(status)) {
                return wrong("a domain has no status that there is");
            }
            if !is_place(domain.order) || !places.insert(domain.order) {
                return wrong("the place of a domain is none, or there twice");
            }
        }
        self.insert(head);
        Ok(())
    }

    fn restore_entity(&mut self, key: &str, value: Value) -> Result<(), Error> {
        let entity: Entity = serde_json::from_value(value)?;
        let wrong = |why: &str| Err(Error::custom(format!("entity {key}: {why}")));
        let (id, place) = key.split_once('/').unwrap_or_default();
        let Some(organization) = self.organizations.get_mut(id) else {
            return wrong("there is no such organization");
        };
        if place != entity.key.to_string() || !is_place(entity.key) {
            return wrong("its key is none");
        }
        if let Some(why) = organization.directory.conflict(&entity) {
            return wrong(why);
        }
        organization.directory.restore(entity);
        Ok(())
    }

    /// `ORGANIZATION/HOLDER/PARTY`.
    fn restore_link(&mut self, key: &str) -> Result<(), Error> {
        let parts: Vec<&str> = key.split('/').collect();
        if let [id, holder, party] = parts[..]
            && let (Ok(holder), Ok(party)) = (holder.parse(), party.parse())
            && let Some(organization) = self.organizations.get_mut(id)
            && organization.directory.restore_link(holder, party)
        {
            return Ok(());
        }
        Err(Error::custom(format!(
            "link {key}: one of the two is not there"
        )))
    }

    fn restore_row(
        &mut self,
        sort: &str,
        key: &str,
        value: Value,
        check: fn(&str, &Value) -> Result<Vec<String>, Error>,
    ) -> Result<(), Error> {
        let row: KeptRow = serde_json::from_value(value)?;
        let labels = check(sort, &row.value)?;
        let wrong = |why: &str| Err(Error::custom(format!("{sort} {key}: {why}")));
        let (id, own_key) = key.split_once('/').unwrap_or(("", key));
        let tables = if id.is_empty() {
            &mut self.tables
        } else if let Some(organization) = self.organizations.get_mut(id) {
            &mut organization.tables
        } else {
            return wrong("there is no such organization");
        };
        if !is_place(row.order) || !tables.restore(sort, own_key, row.order, (row.value, labels)) {
            return wrong("it or its place is none, or there twice");
        }
        Ok(())
    }

    /// An alias and a domain belong to one organization, of those that are not deleted.
    fn check_owners(&self) -> Result<(), Error> {
        let mut owned = BTreeSet::new();
        let there = self.organizations.values();
        for head in there.map(|found| &found.head) {
            if head.state == "Deleted" {
                continue;
            }
            let alias = ("alias", head.alias.to_lowercase());
            let domains = head.domains.keys().map(|name| ("domain", name.clone()));
            for (what, name) in std::iter::once(alias).chain(domains) {
                if !owned.insert((what, name.clone())) {
                    let why = format!("two organizations have the {what} {name}");
                    return Err(Error::custom(why));
                }
            }
        }
        Ok(())
    }

    /// Rights belong to somebody who is there.
    fn check_grants(&self) -> Result<(), Error> {
        for (id, organization) in &self.organizations {
            let directory = &organization.directory;
            for entity in directory.all() {
                if entity
                    .grants
                    .keys()
                    .any(|key| directory.get(*key).is_none())
                {
                    let why = format!("entity {id}/{}: a grantee is not there", entity.key);
                    return Err(Error::custom(why));
                }
            }
        }
        Ok(())
    }
}

impl Organization {
    fn row_prefix(&self) -> String {
        format!("{}/", self.head.id)
    }

    fn head_record(&self) -> Record {
        Record::put("organization", &self.head.id, &self.head)
    }

    fn entity_record(&self, entity: &Entity) -> Record {
        let key = format!("{}/{}", self.head.id, entity.key);
        Record::put("entity", &key, entity)
    }

    fn link_record(&self, holder: u64, party: u64, is_there: bool) -> Record {
        let key = format!("{}/{holder}/{party}", self.head.id);
        if is_there {
            Record::put("link", &key, &true)
        } else {
            Record::gone("link", &key)
        }
    }
}

fn is_place(number: u64) -> bool {
    (1..=GREATEST).contains(&number)
}
