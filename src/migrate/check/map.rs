//! `AddressMap`: what is called otherwise on the other side, by its owner's word.

use std::collections::{BTreeMap, BTreeSet};

use super::super::directory::Directory;
use super::super::table::{Table, decode};
use crate::model::Address;

/// A table with the columns `old` and `new`: addresses, or domains that begin with `@`. An empty `new` gives
/// an address up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressMap {
    addresses: BTreeMap<Address, Option<Address>>,
    domains: BTreeMap<String, Option<String>>,
}

impl AddressMap {
    /// The map of a file; else what is wrong with it, with its lines.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Vec<String>> {
        let table = decode(bytes).and_then(|text| Table::parse(&text));
        let table = table.map_err(|error| vec![format!("{name}: {error}")])?;
        let columns: Vec<String> = table.header.iter().map(|one| one.to_lowercase()).collect();
        if columns != ["old", "new"] {
            let found = table.header.join(", ");
            return Err(vec![format!(
                "{name}: its columns are {found}, and not old, new"
            )]);
        }
        let mut map = Self::default();
        let mut errors = Vec::new();
        for (line, row) in &table.rows {
            let (old, new) = (row[0].trim(), row[1].trim());
            if let Err(why) = map.take(old, new) {
                errors.push(format!("{name}:{line}: {why}"));
            }
        }
        if errors.is_empty() {
            Ok(map)
        } else {
            Err(errors)
        }
    }

    fn take(&mut self, old: &str, new: &str) -> Result<(), String> {
        let told = (!new.is_empty()).then_some(new);
        let twice = || format!("{old} stands there twice");
        if let Some(domain) = old.strip_prefix('@') {
            let new = match told.map(|new| new.strip_prefix('@')) {
                Some(None) => return Err(format!("{old} is a domain, and {new} is none")),
                Some(Some(new)) => Some(new.to_lowercase()),
                None => None,
            };
            let before = self.domains.insert(domain.to_lowercase(), new);
            return before.map_or(Ok(()), |_| Err(twice()));
        }
        let parse = |text: &str| Address::parse(text).map_err(|error| error.to_string());
        let old_address = parse(old)?;
        let new = told.map(parse).transpose()?;
        let before = self.addresses.insert(old_address, new);
        before.map_or(Ok(()), |_| Err(twice()))
    }

    /// True if somebody decided what becomes of the address.
    pub fn speaks_of(&self, address: &Address) -> bool {
        self.addresses.contains_key(address) || self.domains.contains_key(&address.domain())
    }

    /// True if somebody decided it of this very address.
    pub fn decides(&self, address: &Address) -> bool {
        self.addresses.contains_key(address)
    }

    /// Of each line of which nobody here has the address, or one in the domain, a sentence.
    pub fn of_nobody(&self, directory: &Directory) -> Vec<String> {
        let registered = directory.recipients.iter().filter(|one| one.registered);
        let held: BTreeSet<Address> = registered
            .flat_map(|one| one.addresses().map(Address::listed))
            .collect();
        let domains: BTreeSet<String> = held.iter().map(Address::domain).collect();
        let addresses = self.addresses.keys().filter(|one| !held.contains(one));
        let addresses =
            addresses.map(|one| format!("the map tells of {one}, which is nobody's address"));
        let others = self.domains.keys().filter(|one| !domains.contains(*one));
        let others =
            others.map(|one| format!("the map tells of @{one}, in which nobody has an address"));
        addresses.chain(others).collect()
    }

    /// What the address is called there; none: it is given up. A line of the address itself comes before one
    /// of its domain.
    pub fn there(&self, address: &Address) -> Option<Address> {
        if let Some(told) = self.addresses.get(address) {
            return told.clone();
        }
        match self.domains.get(&address.domain()) {
            Some(told) => told
                .as_ref()
                .map(|domain| Address::listed(format!("{}@{domain}", address.local_part()))),
            None => Some(address.clone()),
        }
    }
}
