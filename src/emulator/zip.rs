//! `Zip`: a ZIP archive of files as they are, without compression.
//!
//! Source: PKWARE APPNOTE 6.3, local file headers, the central directory and its end. The crates that
//! write archives would bring compression along, which a small export for tests does not need.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An archive that grows.
#[derive(Debug, Default)]
pub(super) struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

/// More than the format without its 64-bit extension can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the archive would be larger than 4 GiB or have more than 65,535 entries")]
pub(super) struct TooLarge;

/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// The version of the format that a reader must know: folders.
const VERSION: u16 = 20;
/// Written by Unix, so that the upper half of the attributes is a mode.
const MADE_BY: u16 = 3 << 8 | VERSION;
const FILE_MODE: u32 = 0o100_644 << 16;
/// With the flag that other systems know a folder by.
const FOLDER_MODE: u32 = 0o040_755 << 16 | 0x10;

impl Zip {
    /// Adds a folder; its name has no slash at the end.
    pub(super) fn folder(&mut self, name: &str, time: f64) -> Result<(), TooLarge> {
        self.entry(&format!("{name}/"), &[], time, FOLDER_MODE)
    }

    /// Adds a file.
    pub(super) fn file(&mut self, name: &str, content: &[u8], time: f64) -> Result<(), TooLarge> {
        self.entry(name, content, time, FILE_MODE)
    }

    /// The whole archive.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, TooLarge> {
        let offset = small(self.bytes.len())?;
        let size = small(self.directory.len())?;
        self.bytes.append(&mut self.directory);
        let out = &mut self.bytes;
        put32(out, 0x0605_4b50);
        // This disk, the disk of the directory.
        put16(out, 0);
        put16(out, 0);
        put16(out, self.entries);
        put16(out, self.entries);
        put32(out, size);
        put32(out, offset);
        // No comment.
        put16(out, 0);
        Ok(self.bytes)
    }

    fn entry(&mut self, name: &str, content: &[u8], time: f64, mode: u32) -> Result<(), TooLarge> {
        let entries = self.entries.checked_add(1).ok_or(TooLarge)?;
        let offset = small(self.bytes.len())?;
        let size = small(content.len())?;
        let name_size = u16::try_from(name.len()).map_err(|_| TooLarge)?;
        let mut common = Vec::new();
        put16(&mut common, VERSION);
        put16(&mut common, FLAGS);
        // Stored.
        put16(&mut common, 0);
        let (clock, date) = dos(time);
        put16(&mut common, clock);
        put16(&mut common, date);
        put32(&mut common, checksum(content));
        put32(&mut common, size);
        put32(&mut common, size);
        put16(&mut common, name_size);
        // No extra field.
        put16(&mut common, 0);

        put32(&mut self.bytes, 0x0403_4b50);
        self.bytes.extend_from_slice(&common);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(content);

        let directory = &mut self.directory;
        put32(directory, 0x0201_4b50);
        put16(directory, MADE_BY);
        directory.extend_from_slice(&common);
        // No comment, the first disk, no internal attributes.
        put16(directory, 0);
        put16(directory, 0);
        put16(directory, 0);
        put32(directory, mode);
        put32(directory, offset);
        directory.extend_from_slice(name.as_bytes());
        self.entries = entries;
        Ok(())
    }
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn small(size: usize) -> Result<u32, TooLarge> {
    u32::try_from(size).map_err(|_| TooLarge)
}

/// The time of day and the date in UTC, as MS-DOS packs them: two seconds are the smallest step, and
/// 1980 is the first year.
fn dos(time: f64) -> (u16, u16) {
    const FIRST: (u16, u16) = (0, 1 << 5 | 1);
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
    let Ok(stamp) = Timestamp::from_second(time as i64) else {
        return FIRST;
    };
    let moment = stamp.to_zoned(TimeZone::UTC);
    let Some(year) = u16::try_from(moment.year() - 1980)
        .ok()
        .filter(|year| *year < 128)
    else {
        return FIRST;
    };
    let part = |value: i8| u16::from(value.unsigned_abs());
    (
        part(moment.hour()) << 11 | part(moment.minute()) << 5 | (part(moment.second()) / 2),
        year << 9 | part(moment.month()) << 5 | part(moment.day()),
    )
}

/// CRC-32 as in ISO 3309.
fn checksum(content: &[u8]) -> u32 {
    !content.iter().fold(u32::MAX, |sum, byte| {
        let [low, ..] = sum.to_le_bytes();
        TABLE[usize::from(low ^ byte)] ^ sum >> 8
    })
}

static TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    let mut first: u32 = 0;
    while index < 256 {
        let mut value = first;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                value >> 1 ^ 0xedb8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[index] = value;
        index += 1;
        first += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }

    #[test]
    fn times_are_packed() {
        // 2026-11-22 13:45:07 UTC.
        let (clock, date) = dos(1_795_355_107.9);
        assert_eq!(
            (clock >> 11, clock >> 5 & 63, (clock & 31) * 2),
            (13, 45, 6)
        );
        assert_eq!((date >> 9, date >> 5 & 15, date & 31), (46, 11, 22));
        assert_eq!(dos(0.0), (0, 33));
        assert_eq!(dos(f64::INFINITY), (0, 33));
    }

    #[test]
    fn an_empty_archive_is_its_end() {
        let bytes = Zip::default().finish().expect("it is small");
        assert_eq!(bytes.len(), 22);
        assert!(bytes.starts_with(b"PK\x05\x06"));
    }

    #[test]
    fn too_many_entries_are_refused() {
        let mut zip = Zip::default();
        for number in 0..u16::MAX {
            zip.file(&number.to_string(), &[], 0.0)
                .expect("there is room");
        }
        assert_eq!(zip.file("one more", &[], 0.0), Err(TooLarge));
    }
}
