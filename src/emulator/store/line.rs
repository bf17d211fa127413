//! The lines of both files: `LENGTH CHECKSUM JSON`, a head first, then numbered entries.
//!
//! A checksum finds what is wrong in a line; the numbers find lines that are missing, twice or out of
//! place; the head of a snapshot counts its entries, and that of a log names the snapshot that it follows.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Record;

/// The form of the files. Files of another one are refused.
pub(super) const FORMAT: u32 = 2;

/// The head of a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotHead {
    pub(super) format: u32,
    /// Its name, which the log that follows has in its head.
    pub(super) snapshot: String,
    /// How many entries it has.
    pub(super) entries: u64,
    /// The log that is folded into it.
    pub(super) folded: Folded,
}

/// A log that is in a snapshot already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Folded {
    pub(super) log: LogHead,
    /// How many entries it had.
    pub(super) entries: u64,
}

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogHead {
    pub(super) format: u32,
    /// A name of its own.
    pub(super) log: String,
    /// The name of the snapshot that it follows; none: there was none.
    pub(super) follows: Option<String>,
}

/// What one write changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its place in the file, from 1 on.
    pub(super) number: u64,
    pub(super) records: Vec<Record>,
}

/// An entry to write.
#[derive(Serialize)]
struct Written<'a> {
    number: u64,
    records: &'a [Record],
}

/// An entry as a line.
pub(super) fn entry(number: u64, records: &[Record]) -> Vec<u8> {
    line(&Written { number, records })
}

/// A head as a line.
pub(super) fn line(content: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_string(content).expect("what is kept is plain data");
    format!("{} {} {json}\n", json.len(), checksum(json.as_bytes())).into_bytes()
}

/// The content of the first line, and how long that is; none where it is damaged.
pub(super) fn first<T: DeserializeOwned>(text: &[u8]) -> Option<(T, usize)> {
    let (json, length) = whole(text)?;
    Some((serde_json::from_slice(json).ok()?, length))
}

/// True if a whole line begins behind some line feed.
pub(super) fn has_whole_line(text: &[u8]) -> bool {
    let feeds = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    feeds
        .map(|(place, _)| place + 1)
        .any(|begin| whole(&text[begin..]).is_some())
}

/// The JSON of the first line, if its length and its checksum are right, and how long the line is.
pub(super) fn whole(text: &[u8]) -> Option<(&[u8], usize)> {
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
    let end = head_end.checked_add(1)?.checked_add(length)?;
    let json = text.get(head_end + 1..end)?;
    if text.get(end) != Some(&b'\n') || checksum(json) != sum {
        return None;
    }
    Some((json, end + 1))
}

fn checksum(bytes: &[u8]) -> String {
    super::super::hex(&Sha256::digest(bytes)[..8])
}
