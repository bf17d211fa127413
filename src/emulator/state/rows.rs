//! `Rows`: things of one sort that are no entities, kept as the family writes them: rules, roles, jobs, ….
//!
//! A family names its sort once, as a `Sort`, with the type of its rows; nothing else has to know it.
//! Rows keep the order of their creation, which is the order of pages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::store::Record;

/// One sort of rows: its name in the store, the type of its rows, and what they are found by beside
/// their keys.
#[derive(Debug)]
pub(in super::super) struct Sort<T> {
    pub(in super::super) name: &'static str,
    labels: fn(&T) -> Vec<String>,
}

impl<T: Serialize + DeserializeOwned> Sort<T> {
    pub(in super::super) const fn new(name: &'static str) -> Self {
        Self {
            name,
            labels: |_| Vec::new(),
        }
    }

    /// A sort whose rows are found by labels.
    pub(in super::super) const fn labelled(
        name: &'static str,
        labels: fn(&T) -> Vec<String>,
    ) -> Self {
        Self { name, labels }
    }

    /// The labels of a value from a file, if it is such a row.
    pub(in super::super) fn check(&self, value: &Value) -> Result<Vec<String>, serde_json::Error> {
        T::deserialize(value).map(|row| (self.labels)(&row))
    }
}

/// All rows of an organization, or of the account, by sort.
#[derive(Debug, Default)]
pub(in super::super) struct Tables {
    tables: BTreeMap<String, Rows>,
}

/// The rows of one sort. Values were checked when they came in.
#[derive(Debug, Default)]
struct Rows {
    by_key: BTreeMap<String, Row>,
    by_order: BTreeMap<u64, String>,
    /// Places in the order of creation.
    by_label: HashMap<String, BTreeSet<u64>>,
    changed: BTreeSet<String>,
    next_order: u64,
}

#[derive(Clone, Debug)]
struct Row {
    order: u64,
    /// None: it is gone, and reads may still see it.
    value: Option<Value>,
    labels: Vec<String>,
    /// What reads see until the call of this number.
    lagging: Option<(u64, Option<Value>)>,
}

/// The number of the present call, and for how many calls a write is not seen by reads.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Lag {
    pub(in super::super) call: u64,
    pub(in super::super) calls: u64,
}

impl Lag {
    /// What is written is seen at once.
    pub(in super::super) const NONE: Self = Self { call: 0, calls: 0 };
}

impl Tables {
    /// The row of this key, as it is.
    pub(in super::super) fn get<T: DeserializeOwned>(
        &self,
        sort: &Sort<T>,
        key: &str,
    ) -> Option<T> {
        let row = self.tables.get(sort.name)?.by_key.get(key)?;
        row.value.as_ref().map(typed)
    }

    /// The row of this key, as reads see it.
    pub(in super::super) fn seen<T: DeserializeOwned>(
        &self,
        sort: &Sort<T>,
        key: &str,
        lag: Lag,
    ) -> Option<T> {
        let row = self.tables.get(sort.name)?.by_key.get(key)?;
        row.seen(lag).map(typed)
    }

    /// Every row in the order of creation with its place and key, as it is.
    pub(in super::super) fn all<'a, T: DeserializeOwned + 'a>(
        &'a self,
        sort: &Sort<T>,
    ) -> impl Iterator<Item = (u64, &'a str, T)> + use<'a, T> {
        self.in_order(sort.name, None)
            .filter_map(|(key, row)| Some((row.order, key, typed(row.value.as_ref()?))))
    }

    /// Every row of a label in the order of creation with its key, as it is.
    pub(in super::super) fn of_label<'a, T: DeserializeOwned + 'a>(
        &'a self,
        sort: &Sort<T>,
        label: &str,
    ) -> impl Iterator<Item = (&'a str, T)> + use<'a, T> {
        let table = self.tables.get(sort.name);
        let places = table.and_then(|table| Some((table, table.by_label.get(label)?)));
        places.into_iter().flat_map(|(table, places)| {
            let keys = places.iter().filter_map(|place| table.by_order.get(place));
            keys.filter_map(|key| {
                let value = table.by_key.get(key)?.value.as_ref()?;
                Some((key.as_str(), typed(value)))
            })
        })
    }

    /// Every row behind a place in the order of creation, as reads see it.
    pub(in super::super) fn listed<'a, T: DeserializeOwned + 'a>(
        &'a self,
        sort: &Sort<T>,
        after: Option<u64>,
        lag: Lag,
    ) -> impl Iterator<Item = (u64, &'a str, T)> + use<'a, T> {
        self.in_order(sort.name, after)
            .filter_map(move |(key, row)| Some((row.order, key, typed(row.seen(lag)?))))
    }

    /// How many rows there are.
    pub(in super::super) fn count<T>(&self, sort: &Sort<T>) -> usize {
        self.tables.get(sort.name).map_or(0, |table| {
            table
                .by_key
                .values()
                .filter(|row| row.value.is_some())
                .count()
        })
    }

    /// Adds a row, or replaces it in its place.
    pub(in super::super) fn put<T: Serialize>(
        &mut self,
        sort: &Sort<T>,
        key: &str,
        row: &T,
        lag: Lag,
    ) {
        let value = serde_json::to_value(row).expect("rows are plain data");
        let table = self.tables.entry(sort.name.to_owned()).or_default();
        table.write(key, Some((value, (sort.labels)(row))), lag);
    }

    /// Takes a row away; true if it was there.
    pub(in super::super) fn remove<T>(&mut self, sort: &Sort<T>, key: &str, lag: Lag) -> bool {
        let Some(table) = self.tables.get_mut(sort.name) else {
            return false;
        };
        let there = table.by_key.get(key).is_some_and(|row| row.value.is_some());
        if there {
            table.write(key, None, lag);
        }
        there
    }

    /// Adds a row from the store, with its place in the order of creation; false if it is there, or
    /// another one in its place.
    pub(super) fn restore(
        &mut self,
        sort: &str,
        key: &str,
        order: u64,
        (value, labels): (Value, Vec<String>),
    ) -> bool {
        let table = self.tables.entry(sort.to_owned()).or_default();
        if table.by_key.contains_key(key) || table.by_order.contains_key(&order) {
            return false;
        }
        table.next_order = table.next_order.max(order);
        let row = Row {
            order,
            value: Some(value),
            labels,
            lagging: None,
        };
        table.insert(key, row);
        true
    }

    /// All rows as records, their keys behind a prefix.
    pub(in super::super) fn records<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = Record> + 'a {
        self.tables.iter().flat_map(move |(sort, table)| {
            table
                .by_key
                .iter()
                .filter(|(_, row)| row.value.is_some())
                .map(move |(key, row)| record(sort, prefix, key, row))
        })
    }

    /// What changed since the last time, as records.
    pub(in super::super) fn take_changes(&mut self, prefix: &str, into: &mut Vec<Record>) {
        for (sort, table) in &mut self.tables {
            for key in std::mem::take(&mut table.changed) {
                if let Some(row) = table.by_key.get(&key) {
                    into.push(record(sort, prefix, &key, row));
                } else {
                    into.push(Record::gone(sort, &format!("{prefix}{key}")));
                }
            }
        }
    }

    fn in_order<'a>(
        &'a self,
        sort: &str,
        after: Option<u64>,
    ) -> impl Iterator<Item = (&'a str, &'a Row)> + use<'a> {
        let table = self.tables.get(sort);
        let first = after.map_or(0, |after| after + 1);
        table.into_iter().flat_map(move |table| {
            let keys = table.by_order.range(first..).map(|(_, key)| key);
            keys.filter_map(|key| Some((key.as_str(), table.by_key.get(key)?)))
        })
    }
}

impl Rows {
    fn write(&mut self, key: &str, content: Option<(Value, Vec<String>)>, lag: Lag) {
        self.changed.insert(key.to_owned());
        let before = self.take(key);
        let seen = before.as_ref().and_then(|row| row.seen(lag)).cloned();
        if lag.calls == 0 && content.is_none() {
            return;
        }
        let order = before
            .filter(|row| row.value.is_some())
            .map(|row| row.order);
        let order = order.unwrap_or_else(|| {
            self.next_order += 1;
            self.next_order
        });
        let (value, labels) =
            content.map_or((None, Vec::new()), |(value, labels)| (Some(value), labels));
        let row = Row {
            order,
            value,
            labels,
            lagging: (lag.calls > 0).then_some((lag.call.saturating_add(lag.calls), seen)),
        };
        self.insert(key, row);
    }

    fn insert(&mut self, key: &str, row: Row) {
        self.by_order.insert(row.order, key.to_owned());
        for label in &row.labels {
            let places = self.by_label.entry(label.clone()).or_default();
            places.insert(row.order);
        }
        self.by_key.insert(key.to_owned(), row);
    }

    fn take(&mut self, key: &str) -> Option<Row> {
        let row = self.by_key.remove(key)?;
        self.by_order.remove(&row.order);
        for label in &row.labels {
            if let Some(places) = self.by_label.get_mut(label) {
                places.remove(&row.order);
                if places.is_empty() {
                    self.by_label.remove(label);
                }
            }
        }
        Some(row)
    }
}

impl Row {
    fn seen(&self, lag: Lag) -> Option<&Value> {
        match &self.lagging {
            Some((until, before)) if lag.call < *until => before.as_ref(),
            _ => self.value.as_ref(),
        }
    }
}

fn record(sort: &str, prefix: &str, key: &str, row: &Row) -> Record {
    let key = format!("{prefix}{key}");
    match &row.value {
        Some(value) => Record::put(sort, &key, &json!({ "order": row.order, "value": value })),
        None => Record::gone(sort, &key),
    }
}

fn typed<T: DeserializeOwned>(value: &Value) -> T {
    T::deserialize(value).expect("rows are checked before they are taken in")
}

#[cfg(test)]
mod tests {
    use super::*;

    const THINGS: Sort<u32> = Sort::new("thing");

    #[test]
    fn rows_keep_their_place_and_tell_what_changed() {
        let mut tables = Tables::default();
        tables.put(&THINGS, "b", &1, Lag::NONE);
        tables.put(&THINGS, "a", &2, Lag::NONE);
        tables.put(&THINGS, "b", &3, Lag::NONE);
        let all: Vec<_> = tables.all(&THINGS).collect();
        assert_eq!(all, [(1, "b", 3), (2, "a", 2)]);
        let mut changes = Vec::new();
        tables.take_changes("o/", &mut changes);
        assert_eq!(changes.len(), 2);
        assert!(tables.remove(&THINGS, "b", Lag::NONE));
        assert!(!tables.remove(&THINGS, "b", Lag::NONE));
        changes.clear();
        tables.take_changes("o/", &mut changes);
        assert_eq!(changes, [Record::gone("thing", "o/b")]);
        let listed: Vec<_> = tables.listed(&THINGS, Some(1), Lag::NONE).collect();
        assert_eq!(listed, [(2, "a", 2)]);
    }

    #[test]
    fn rows_are_found_by_what_they_are_labelled_with_now() {
        const WORDS: Sort<String> = Sort::labelled("word", |word| vec![word.clone()]);
        let found = |tables: &Tables, label: &str| -> Vec<String> {
            let rows = tables.of_label(&WORDS, label);
            rows.map(|(key, _)| key.to_owned()).collect()
        };
        let mut tables = Tables::default();
        for key in ["b", "a", "c"] {
            tables.put(&WORDS, key, &"x".to_owned(), Lag::NONE);
        }
        tables.put(&WORDS, "a", &"y".to_owned(), Lag::NONE);
        assert_eq!(found(&tables, "x"), ["b", "c"]);
        assert_eq!(found(&tables, "y"), ["a"]);
        tables.remove(&WORDS, "b", Lag::NONE);
        assert_eq!(found(&tables, "x"), ["c"]);
        let lag = Lag { call: 1, calls: 5 };
        tables.remove(&WORDS, "c", lag);
        assert!(found(&tables, "x").is_empty());
    }

    #[test]
    fn reads_see_writes_when_the_lag_is_over() {
        let mut tables = Tables::default();
        let lag = |call| Lag { call, calls: 2 };
        tables.put(&THINGS, "a", &1, lag(1));
        assert_eq!(tables.seen(&THINGS, "a", lag(2)), None);
        assert_eq!(tables.get(&THINGS, "a"), Some(1));
        assert_eq!(tables.seen(&THINGS, "a", lag(3)), Some(1));
        tables.remove(&THINGS, "a", lag(4));
        assert_eq!(tables.seen(&THINGS, "a", lag(5)), Some(1));
        assert_eq!(tables.seen(&THINGS, "a", lag(6)), None);
        assert_eq!(tables.count(&THINGS), 0);
        tables.put(&THINGS, "a", &2, lag(7));
        assert_eq!(tables.all(&THINGS).count(), 1);
    }
}
