//! Durability: what was acknowledged survives `kill -9` at any moment.
#![expect(clippy::disallowed_methods, reason = "keeps the emulator's file")]
//!
//! FILE is a snapshot, one JSON record a line; FILE.wal beside it is the log of what came after, one
//! entry a line with its length and checksum, synced before the request is answered. Opening reads
//! both, cuts a damaged tail of the log and says so, and refuses a damaged middle. FILE.lock keeps a
//! second process out.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One thing that is kept; no value means that it is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) value: Option<Value>,
}

/// The open file.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    log: File,
    log_bytes: u64,
    snapshot_bytes: u64,
    _lock: File,
}

/// What was found in the file.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) records: Vec<Record>,
    /// How many bytes of a damaged tail were cut.
    pub(super) cut: u64,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("failed to use `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has it.
    #[error("`{0}` is in use by another emulator: end that one, or use another file")]
    Locked(PathBuf),
    /// It is damaged in its middle.
    #[error(
        "`{path}` is damaged at byte {position}, with entries behind it: restore it from a copy, or cut it there and lose what follows"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        position: u64,
    },
}

/// How often the lock is tried, and how long after one another. Whoever is just ending, and a process
/// that was started a moment ago and has the open file until it runs its own program, let go of it soon.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

fn held(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            other => return other,
        }
    }
    lock.try_lock()
}

/// The log is folded into the snapshot when it is this many times larger.
const FOLD_FACTOR: u64 = 4;
/// But not while it is small.
const FOLD_BYTES: u64 = 16 * 1024 * 1024;

impl Record {
    pub(super) fn put(table: &str, key: &str, value: &impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("what is kept is plain data");
        Self {
            table: table.to_owned(),
            key: key.to_owned(),
            value: Some(value),
        }
    }

    pub(super) fn gone(table: &str, key: &str) -> Self {
        Self {
            table: table.to_owned(),
            key: key.to_owned(),
            value: None,
        }
    }
}

impl Store {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path) -> Result<(Self, Recovered), StoreError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { path, source }
        };
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            std::fs::create_dir_all(parent).map_err(io(parent))?;
        }
        let lock_path = beside(path, "lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(io(&lock_path))?;
        held(&lock).map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::Locked(path.to_owned()),
            TryLockError::Error(source) => StoreError::Io {
                path: lock_path,
                source,
            },
        })?;
        let mut records: BTreeMap<(String, String), Value> = BTreeMap::new();
        let snapshot_bytes = read_snapshot(path, &mut records)?;
        let log_path = beside(path, "wal");
        let mut log = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&log_path)
            .map_err(io(&log_path))?;
        let mut text = Vec::new();
        log.read_to_end(&mut text).map_err(io(&log_path))?;
        let good = read_log(&text, &log_path, &mut records)?;
        let cut = text.len() as u64 - good;
        log.set_len(good).map_err(io(&log_path))?;
        log.seek(SeekFrom::Start(good)).map_err(io(&log_path))?;
        let records = records
            .into_iter()
            .map(|((table, key), value)| Record {
                table,
                key,
                value: Some(value),
            })
            .collect();
        let store = Self {
            path: path.to_owned(),
            log,
            log_bytes: good,
            snapshot_bytes,
            _lock: lock,
        };
        Ok((store, Recovered { records, cut }))
    }

    /// Writes records; they are on the disk after the next `sync`.
    pub(super) fn write(&mut self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let line = entry(records);
        let written = self.log.write_all(&line);
        written.map_err(|source| self.log_failed(source))?;
        self.log_bytes += line.len() as u64;
        Ok(())
    }

    /// Everything written is on the disk when this returns.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let synced = self.log.sync_data();
        synced.map_err(|source| self.log_failed(source))
    }

    fn log_failed(&self, source: io::Error) -> StoreError {
        StoreError::Io {
            path: beside(&self.path, "wal"),
            source,
        }
    }

    /// True if the log has become so large that `fold` is worth it.
    pub(super) fn wants_folding(&self) -> bool {
        self.log_bytes > FOLD_BYTES && self.log_bytes > self.snapshot_bytes * FOLD_FACTOR
    }

    /// Writes everything as a new snapshot and empties the log. A crash in between leaves a snapshot
    /// and a log that tells nothing new.
    pub(super) fn fold(&mut self, everything: &[Record]) -> Result<(), StoreError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { path, source }
        };
        let new = beside(&self.path, "new");
        let mut file = File::create(&new).map_err(io(&new))?;
        let mut bytes = 0;
        for record in everything {
            let line = entry(std::slice::from_ref(record));
            bytes += line.len() as u64;
            file.write_all(&line).map_err(io(&new))?;
        }
        file.sync_all().map_err(io(&new))?;
        std::fs::rename(&new, &self.path).map_err(io(&self.path))?;
        let parent = self
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        File::open(parent)
            .and_then(|folder| folder.sync_all())
            .map_err(io(parent))?;
        let log = beside(&self.path, "wal");
        self.log
            .set_len(0)
            .and_then(|()| self.log.seek(SeekFrom::Start(0)))
            .map_err(io(&log))?;
        self.log.sync_all().map_err(io(&log))?;
        self.log_bytes = 0;
        self.snapshot_bytes = bytes;
        Ok(())
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// `LENGTH CHECKSUM JSON\n`.
fn entry(records: &[Record]) -> Vec<u8> {
    let json = serde_json::to_string(records).expect("records are plain data");
    format!("{} {} {json}\n", json.len(), checksum(json.as_bytes())).into_bytes()
}

fn checksum(bytes: &[u8]) -> String {
    super::hex(&Sha256::digest(bytes)[..8])
}

fn read_snapshot(
    path: &Path,
    into: &mut BTreeMap<(String, String), Value>,
) -> Result<u64, StoreError> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(StoreError::Io {
            path: path.to_owned(),
            source,
        }),
        Ok(text) => {
            let good = read_log(&text, path, into)?;
            if good < text.len() as u64 {
                // A snapshot is put in place whole, so a damaged end is no unfinished write.
                return Err(StoreError::Damaged {
                    path: path.to_owned(),
                    position: good,
                });
            }
            Ok(good)
        }
    }
}

/// Reads entries until the end or the first damaged one. What is behind a damaged one must not be
/// whole entries: that is a damaged middle. Returns the length of what is good.
fn read_log(
    text: &[u8],
    path: &Path,
    into: &mut BTreeMap<(String, String), Value>,
) -> Result<u64, StoreError> {
    let mut position = 0;
    while position < text.len() {
        let Some((records, next)) = read_entry(&text[position..]) else {
            let behind = text[position..]
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'\n');
            for (newline, _) in behind {
                if read_entry(&text[position + newline + 1..]).is_some() {
                    return Err(StoreError::Damaged {
                        path: path.to_owned(),
                        position: position as u64,
                    });
                }
            }
            break;
        };
        for record in records {
            let place = (record.table, record.key);
            match record.value {
                Some(value) => into.insert(place, value),
                None => into.remove(&place),
            };
        }
        position += next;
    }
    Ok(position as u64)
}

fn read_entry(text: &[u8]) -> Option<(Vec<Record>, usize)> {
    let head_end = text
        .iter()
        .take(40)
        .enumerate()
        .filter(|(_, byte)| **byte == b' ')
        .nth(1)?
        .0;
    let head = std::str::from_utf8(&text[..head_end]).ok()?;
    let (length, sum) = head.split_once(' ')?;
    let length: usize = length.parse().ok()?;
    let json = text.get(head_end + 1..head_end.checked_add(1)?.checked_add(length)?)?;
    let end = head_end + 1 + length;
    if text.get(end) != Some(&b'\n') || checksum(json) != sum {
        return None;
    }
    Some((serde_json::from_slice(json).ok()?, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str, value: i64) -> Record {
        Record::put("t", key, &value)
    }

    fn append(store: &mut Store, records: &[Record]) {
        store.write(records).expect("writes");
        store.sync().expect("syncs");
    }

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.json");
        (folder, path)
    }

    #[test]
    fn what_was_written_is_there_again() {
        let (_folder, path) = file();
        let (mut store, _) = Store::open(&path).expect("opens");
        append(&mut store, &[record("a", 1), record("b", 2)]);
        append(&mut store, &[record("a", 3)]);
        drop(store);
        let (mut store, recovered) = Store::open(&path).expect("opens");
        assert_eq!(recovered.records, [record("a", 3), record("b", 2)]);
        store.fold(&recovered.records).expect("folds");
        drop(store);
        let (_store, recovered) = Store::open(&path).expect("opens");
        assert_eq!(recovered.records.len(), 2);
    }

    #[test]
    fn a_log_cut_at_any_byte_keeps_every_whole_entry() {
        let (_folder, path) = file();
        let (mut store, _) = Store::open(&path).expect("opens");
        let mut ends = vec![0_u64];
        for number in 0..5 {
            append(&mut store, &[record(&number.to_string(), number)]);
            ends.push(store.log_bytes);
        }
        drop(store);
        let log = std::fs::read(beside(&path, "wal")).expect("reads");
        for length in 0..=log.len() {
            std::fs::write(beside(&path, "wal"), &log[..length]).expect("writes");
            let (_store, recovered) = Store::open(&path).expect("opens");
            let whole = ends.iter().filter(|end| **end <= length as u64).count() - 1;
            assert_eq!(recovered.records.len(), whole, "cut at {length}");
        }
    }

    #[test]
    fn a_damaged_middle_is_refused_and_a_second_process_kept_out() {
        let (_folder, path) = file();
        let (mut store, _) = Store::open(&path).expect("opens");
        append(&mut store, &[record("a", 1)]);
        append(&mut store, &[record("b", 2)]);
        assert!(matches!(Store::open(&path), Err(StoreError::Locked(_))));
        drop(store);
        let mut log = std::fs::read(beside(&path, "wal")).expect("reads");
        log[30] ^= 1;
        std::fs::write(beside(&path, "wal"), log).expect("writes");
        assert!(matches!(
            Store::open(&path),
            Err(StoreError::Damaged { position: 0, .. })
        ));
    }
}
