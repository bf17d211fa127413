//! Durability: what was acknowledged survives `kill -9` at any moment.
#![expect(clippy::disallowed_methods, reason = "keeps the emulator's file")]
//!
//! FILE is a snapshot, one record a line; FILE.wal beside it is the log of what came after, one entry a
//! line, synced before the request is answered. Opening reads both, cuts a damaged tail of the log and
//! says so, and refuses whatever else is not as it was written: both files are put in place whole, so that
//! only the end of the log can be unfinished. FILE.lock keeps a second process out.

mod line;
mod read;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use line::{FORMAT, Folded, LogHead, SnapshotHead};
use read::{read_log, read_snapshot};

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
    head: LogHead,
    log_entries: u64,
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
    /// It is not as it was written.
    #[error(
        "`{path}` is damaged at byte {position}: {why}; restore it from a copy together with the files beside it, or use another file"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        position: u64,
        /// What is wrong there.
        why: &'static str,
    },
    /// The log goes on from another snapshot than the one that is there.
    #[error(
        "`{log}` does not belong to `{path}`: restore both from the same copy, or move the log away and lose what it tells"
    )]
    Mixed {
        /// The snapshot.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
}

/// How often the lock is tried, and how long after one another. Whoever is just ending, and a process
/// that was started a moment ago and has the open file until it runs its own program, let go of it soon.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// The log is folded into the snapshot when it is this many times larger.
const FOLD_FACTOR: u64 = 4;
/// But not while it is small.
const FOLD_BYTES: u64 = 16 * 1024 * 1024;

/// How many links are followed to the file itself.
const LINKS: usize = 40;

/// What is kept, by table and key.
type Records = BTreeMap<(String, String), Value>;

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
        let path = behind_links(path);
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            std::fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        let lock = locked(&path)?;
        let mut records = Records::new();
        let (snapshot, snapshot_bytes) = read_snapshot(&path, &mut records)?;
        let log_path = beside(&path, "wal");
        let found = match std::fs::read(&log_path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed(&log_path)(source)),
        };
        let read = match &found {
            Some(text) => read_log(text, &path, &log_path, snapshot.as_ref(), &mut records)?,
            None => None,
        };
        let mut cut = 0;
        let (log, head, entries, bytes) = if let Some(read) = read {
            let open = OpenOptions::new().append(true).open(&log_path);
            let log = open.map_err(failed(&log_path))?;
            cut = found.map_or(0, |text| text.len() as u64) - read.bytes;
            log.set_len(read.bytes).map_err(failed(&log_path))?;
            (log, read.head, read.entries, read.bytes)
        } else {
            // There is none, or one that is in the snapshot already.
            let follows = snapshot.map(|head| head.snapshot);
            let (log, head, bytes) = new_log(&path, follows)?;
            (log, head, 0, bytes)
        };
        let records = records.into_iter().map(|((table, key), value)| Record {
            table,
            key,
            value: Some(value),
        });
        let store = Self {
            path,
            log,
            head,
            log_entries: entries,
            log_bytes: bytes,
            snapshot_bytes,
            _lock: lock,
        };
        let recovered = Recovered {
            records: records.collect(),
            cut,
        };
        Ok((store, recovered))
    }

    /// Writes records; they are on the disk after the next `sync`.
    pub(super) fn write(&mut self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let line = line::entry(self.log_entries + 1, records);
        let written = self.log.write_all(&line);
        written.map_err(|source| self.log_failed(source))?;
        self.log_entries += 1;
        self.log_bytes += line.len() as u64;
        Ok(())
    }

    /// Everything written is on the disk when this returns.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let synced = self.log.sync_data();
        synced.map_err(|source| self.log_failed(source))
    }

    fn log_failed(&self, source: io::Error) -> StoreError {
        failed(&beside(&self.path, "wal"))(source)
    }

    /// True if the log has become so large that `fold` is worth it.
    pub(super) fn wants_folding(&self) -> bool {
        self.log_bytes > FOLD_BYTES && self.log_bytes > self.snapshot_bytes * FOLD_FACTOR
    }

    /// True if the log tells something that the snapshot does not.
    pub(super) fn has_news(&self) -> bool {
        self.log_entries > 0 || self.head.follows.is_none()
    }

    /// Writes everything as a new snapshot, and begins a new log. A crash in between leaves a snapshot
    /// that says which log is in it.
    pub(super) fn fold(&mut self, everything: &[Record]) -> Result<(), StoreError> {
        let head = SnapshotHead {
            format: FORMAT,
            snapshot: Uuid::new_v4().to_string(),
            entries: everything.len() as u64,
            folded: Folded {
                log: self.head.clone(),
                entries: self.log_entries,
            },
        };
        let records = everything.iter().zip(1..);
        let entries =
            records.map(|(record, number)| line::entry(number, std::slice::from_ref(record)));
        let lines = std::iter::once(line::line(&head)).chain(entries);
        self.snapshot_bytes = put_in_place(&self.path, &beside(&self.path, "new"), lines)?;
        (self.log, self.head, self.log_bytes) = new_log(&self.path, Some(head.snapshot))?;
        self.log_entries = 0;
        Ok(())
    }
}

/// The file that a path leads to, be it there or not: what is put in its place must not take the place of
/// a link, and two links to one file are one file.
fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = std::fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

fn locked(path: &Path) -> Result<File, StoreError> {
    let lock_path = beside(path, "lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(failed(&lock_path))?;
    match held(&lock) {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(&lock_path)(source)),
    }
}

fn held(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            other => return other,
        }
    }
    lock.try_lock()
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Writes a file whole, or not at all. Returns its length.
fn put_in_place(
    path: &Path,
    unfinished: &Path,
    lines: impl Iterator<Item = Vec<u8>>,
) -> Result<u64, StoreError> {
    let file = File::create(unfinished).map_err(failed(unfinished))?;
    let mut file = io::BufWriter::new(file);
    let mut bytes = 0;
    for line in lines {
        bytes += line.len() as u64;
        file.write_all(&line).map_err(failed(unfinished))?;
    }
    let file = file
        .into_inner()
        .map_err(|error| failed(unfinished)(error.into_error()))?;
    file.sync_all().map_err(failed(unfinished))?;
    std::fs::rename(unfinished, path).map_err(failed(path))?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(parent)
        .and_then(|folder| folder.sync_all())
        .map_err(failed(parent))?;
    Ok(bytes)
}

/// A log without entries: the open file, its head, its length.
fn new_log(path: &Path, follows: Option<String>) -> Result<(File, LogHead, u64), StoreError> {
    let head = LogHead {
        format: FORMAT,
        log: Uuid::new_v4().to_string(),
        follows,
    };
    let log_path = beside(path, "wal");
    let lines = std::iter::once(line::line(&head));
    let bytes = put_in_place(&log_path, &beside(path, "wal.new"), lines)?;
    let open = OpenOptions::new().append(true).open(&log_path);
    Ok((open.map_err(failed(&log_path))?, head, bytes))
}

#[cfg(test)]
mod tests;
