//! What the files tell: everything that is wrong with them is found here.
#![expect(clippy::disallowed_methods, reason = "reads the emulator's file")]

use std::io;
use std::path::Path;

use super::line::{self, Entry, LogHead, SnapshotHead};
use super::{Records, StoreError, failed};

const NO_HEAD: &str = "it does not begin as a file of this version does";
const MISPLACED: &str = "entries are missing, twice or out of place";

/// Reads the snapshot; returns its head, if there is one, and its length.
pub(super) fn read_snapshot(
    path: &Path,
    into: &mut Records,
) -> Result<(Option<SnapshotHead>, u64), StoreError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, 0)),
        Err(source) => return Err(failed(path)(source)),
    };
    let damaged = |position: u64, why| StoreError::Damaged {
        path: path.to_owned(),
        position,
        why,
    };
    let Some((head, length)) = line::first::<SnapshotHead>(&text) else {
        return Err(damaged(0, NO_HEAD));
    };
    let read = entries(&text, length, into);
    match read.end {
        End::Clean if read.entries == head.entries => Ok((Some(head), text.len() as u64)),
        End::Clean => Err(damaged(read.bytes, "entries are missing at the end")),
        End::Torn | End::Middle(_) => Err(damaged(read.bytes, "there is no whole entry")),
        End::Misplaced => Err(damaged(read.bytes, MISPLACED)),
    }
}

/// A log that was read.
pub(super) struct ReadLog {
    pub(super) head: LogHead,
    pub(super) entries: u64,
    /// How long it is without a damaged tail.
    pub(super) bytes: u64,
}

/// Reads the log behind a snapshot; none if it is in the snapshot already.
pub(super) fn read_log(
    text: &[u8],
    path: &Path,
    log_path: &Path,
    snapshot: Option<&SnapshotHead>,
    into: &mut Records,
) -> Result<Option<ReadLog>, StoreError> {
    let damaged = |position: u64, why| StoreError::Damaged {
        path: log_path.to_owned(),
        position,
        why,
    };
    let Some((head, length)) = line::first::<LogHead>(text) else {
        return Err(damaged(0, NO_HEAD));
    };
    let is_next = head.follows.as_deref() == snapshot.map(|snapshot| snapshot.snapshot.as_str());
    let mut others = Records::new();
    let read = entries(text, length, if is_next { into } else { &mut others });
    match read.end {
        End::Clean | End::Torn => {}
        End::Middle(why) => return Err(damaged(read.bytes, why)),
        End::Misplaced => return Err(damaged(read.bytes, MISPLACED)),
    }
    let (entries, bytes) = (read.entries, read.bytes);
    if is_next {
        return Ok(Some(ReadLog {
            head,
            entries,
            bytes,
        }));
    }
    let folded = snapshot
        .is_some_and(|snapshot| snapshot.folded.log == head && entries <= snapshot.folded.entries);
    if folded {
        return Ok(None);
    }
    Err(StoreError::Mixed {
        path: path.to_owned(),
        log: log_path.to_owned(),
    })
}

/// How far the entries of a file go.
struct ReadEntries {
    entries: u64,
    bytes: u64,
    end: End,
}

/// What is behind the last good entry.
enum End {
    Clean,
    /// Something that is no entry, and nothing whole behind it.
    Torn,
    /// Something that is no entry, with whole lines behind it.
    Middle(&'static str),
    /// An entry that belongs elsewhere.
    Misplaced,
}

/// Takes in the entries from a place on.
fn entries(text: &[u8], from: usize, into: &mut Records) -> ReadEntries {
    let mut position = from;
    let mut number = 0;
    let end = loop {
        let rest = &text[position..];
        if rest.is_empty() {
            break End::Clean;
        }
        let Some((entry, length)) = line::first::<Entry>(rest) else {
            if line::whole(rest).is_some() {
                break End::Misplaced;
            }
            if line::has_whole_line(rest) {
                break End::Middle("there is no whole entry, and there are others behind it");
            }
            break End::Torn;
        };
        if entry.number != number + 1 {
            break End::Misplaced;
        }
        number = entry.number;
        position += length;
        for record in entry.records {
            let place = (record.table, record.key);
            match record.value {
                Some(value) => into.insert(place, value),
                None => into.remove(&place),
            };
        }
    };
    ReadEntries {
        entries: number,
        bytes: position as u64,
        end,
    }
}
