//! Files that are no manifests: saved plans, snapshots, journals, and files that are written whole.
#![expect(clippy::disallowed_methods, reason = "reads and writes files")]

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workmailctl::apply::{JournalHeader, JournalLine, UndoHeader, UndoLine};
use workmailctl::model::Snapshot;
use workmailctl::plan::{Plan, hash_of};

use super::failure::{Exit, Failure};

/// The largest file that is read.
const LARGEST: u64 = 1 << 30;
/// How many links one behind the other are followed, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// A file of ours.
pub(crate) enum Known {
    /// A saved plan.
    Plan(Box<Plan>),
    /// A snapshot.
    Snapshot(Box<Snapshot>),
    /// A journal.
    Journal(Box<JournalHeader>, Vec<JournalLine>),
}

/// A snapshot as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotFile {
    snapshot_version: u32,
    tool_version: String,
    snapshot: Snapshot,
}

/// Reads a file of ours, whichever it is.
pub(crate) fn read(path: &Path) -> Result<Known, Failure> {
    let text = text(path)?;
    let wrong = |why: &dyn std::fmt::Display| {
        let message = format!(
            "`{}` is no plan, snapshot or journal: {why}",
            path.display()
        );
        Failure::new(Exit::BadInput, message)
    };
    let first = text.lines().next().unwrap_or_default();
    if let Ok(header) = serde_json::from_str::<JournalHeader>(first) {
        return journal(header, &text).map_err(|error| wrong(&error));
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    if value.get("snapshotVersion").is_some() {
        let file: SnapshotFile = serde_json::from_value(value).map_err(|error| wrong(&error))?;
        if file.snapshot_version != 1 {
            return Err(wrong(&format!("its version is {}", file.snapshot_version))
                .help("read it with the version of workmailctl that wrote it"));
        }
        return Ok(Known::Snapshot(Box::new(file.snapshot)));
    }
    if value
        .get("formatVersion")
        .is_some_and(|version| *version != 1)
    {
        return Err(wrong(&format!("its version is {}", value["formatVersion"]))
            .help("plan again, or read it with the version of workmailctl that wrote it"));
    }
    let plan: Plan = serde_json::from_value(value).map_err(|error| wrong(&error))?;
    Ok(Known::Plan(Box::new(plan)))
}

/// Reads a saved plan, and holds it against its hash.
pub(crate) fn plan(path: &Path) -> Result<Plan, Failure> {
    let Known::Plan(plan) = read(path)? else {
        let message = format!("`{}` is no saved plan", path.display());
        return Err(Failure::new(Exit::BadInput, message)
            .help("save one by `workmailctl plan PATH --out FILE`"));
    };
    match unfit(path, &plan) {
        Some(failure) => Err(failure),
        None => Ok(*plan),
    }
}

/// Why a plan from a file is not what was saved, and is never applied.
pub(crate) fn unfit(path: &Path, plan: &Plan) -> Option<Failure> {
    let failure = |message: String| Failure::new(Exit::BadInput, message).help("plan again");
    if hash_of(plan) != plan.plan_hash {
        return Some(failure(format!(
            "`{}` was changed after it was saved",
            path.display()
        )));
    }
    let in_order = plan
        .operations
        .iter()
        .enumerate()
        .all(|(index, operation)| {
            // Who follows at once follows somebody of its own component.
            let follows = !operation.glued
                || index > 0 && plan.operations[index - 1].component == operation.component;
            let mut before = operation.depends_on.iter();
            operation.id == index + 1
                && follows
                && before.all(|before| (1..=index).contains(before))
                && operation
                    .change
                    .is_none_or(|change| change < plan.changes.len())
        });
    (!in_order).then(|| {
        failure(format!(
            "`{}` is no plan: its operations are out of order",
            path.display()
        ))
    })
}

/// Reads a snapshot.
pub(crate) fn snapshot(path: &Path) -> Result<Snapshot, Failure> {
    match read(path)? {
        Known::Snapshot(snapshot) => Ok(*snapshot),
        Known::Plan(_) | Known::Journal(..) => {
            let message = format!("`{}` is no snapshot", path.display());
            Err(Failure::new(Exit::BadInput, message)
                .help("make one by `workmailctl snapshot --out FILE`"))
        }
    }
}

/// Reads what undoes a run. A last line that a crash cut off was not acted on.
pub(crate) fn undo(path: &Path) -> Result<(UndoHeader, Vec<UndoLine>), Failure> {
    let text = text(path)?;
    let wrong = |why: &dyn std::fmt::Display| {
        let message = format!("`{}` does not undo a run: {why}", path.display());
        Failure::new(Exit::BadInput, message)
            .help("name the journal of an apply, such as `.workmailctl/runs/….jsonl`; its `.undo` file lies beside it")
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let header: UndoHeader = serde_json::from_str(first).map_err(|error| wrong(&error))?;
    if header.undo_version != 1 {
        let why = format!("its version is {}", header.undo_version);
        return Err(wrong(&why));
    }
    let is_whole = text.ends_with('\n');
    let rest: Vec<&str> = lines.collect();
    let mut told = Vec::with_capacity(rest.len());
    for (index, line) in rest.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(line) => told.push(line),
            Err(_) if index + 1 == rest.len() && !is_whole => {}
            Err(error) => return Err(wrong(&format!("line {}: {error}", index + 2))),
        }
    }
    Ok((header, told))
}

/// The text of a snapshot's file.
pub(crate) fn snapshot_text(snapshot: &Snapshot) -> String {
    let file = SnapshotFile {
        snapshot_version: 1,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot: snapshot.clone(),
    };
    pretty(&file)
}

/// Data as readable JSON, with the end of its last line.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("what is written is plain data");
    text.push('\n');
    text
}

/// Writes a file whole, readable by its owner only: plans and snapshots tell who reads whose mail. A
/// link stays and its target is written; a pipe or a device is written through and never replaced.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            Exit::Error,
            format!("failed to write `{}`: {error}", path.display()),
        )
    };
    if std::fs::metadata(path).is_ok_and(|known| !known.is_file()) {
        let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
        return file.write_all(text.as_bytes()).map_err(failed);
    }
    let path = &behind_links(path).map_err(failed)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(path)
        .map_err(|error| failed(error.error))
        .map(|_| ())
}

/// The path that the links at this one lead to, whether something is there or not.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::symlink_metadata(&path) {
            Ok(known) if known.is_symlink() => {
                let target = std::fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(target);
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => return Ok(path),
        }
    }
    Err(io::Error::other("too many links lead to one another"))
}

/// Writes a file that people share, such as a manifest.
pub(crate) fn write_shared(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            Exit::Error,
            format!("failed to write `{}`: {error}", path.display()),
        )
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// True if the folder is missing or has nothing in it.
pub(crate) fn is_vacant(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// What lies in a folder, in the order of names; nothing where it cannot be listed.
pub(crate) fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// True if it is a file that holds a JSON map: a saved plan rather than a manifest.
pub(crate) fn looks_like_plan(path: &Path) -> bool {
    let named = path
        .extension()
        .is_some_and(|extension| extension == "json");
    path.is_file() && (named || text(path).is_ok_and(|text| text.trim_start().starts_with('{')))
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

fn text(path: &Path) -> Result<String, Failure> {
    let failed = |why: String| {
        let message = format!("failed to read `{}`: {why}", path.display());
        Failure::new(Exit::BadInput, message)
    };
    let known = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !known.is_file() {
        return Err(failed("it is no file".to_owned()));
    }
    if known.len() > LARGEST {
        return Err(failed("it is too large".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // A journal whose process was killed may end in the middle of a character.
        Err(error) if error.utf8_error().error_len().is_none() => {
            let whole = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(whole);
            Ok(String::from_utf8(bytes).expect("that far it is valid"))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The lines after the header. The last one may be cut short by the end of its process.
fn journal(header: JournalHeader, text: &str) -> Result<Known, serde_json::Error> {
    let rest: Vec<&str> = text.lines().skip(1).collect();
    let mut lines = Vec::with_capacity(rest.len());
    for (index, line) in rest.iter().enumerate() {
        match serde_json::from_str::<JournalLine>(line) {
            Ok(line) => lines.push(line),
            Err(_) if index + 1 == rest.len() && !text.ends_with('\n') => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Known::Journal(Box::new(header), lines))
}
