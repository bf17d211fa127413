//! The ledger of exports as a file: lines that are appended one by one, each on the disk before anything
//! is done that it speaks of.
#![expect(clippy::disallowed_methods, reason = "reads and appends to a file")]

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use workmailctl::migrate::{Head, Ledger, Line};
use workmailctl::model::{Evidence, Management, Snapshot, Target};

use super::failure::{Exit, Failure, chain};

/// A ledger that is being written. Nobody else writes it in the meantime.
pub(crate) struct LedgerFile {
    file: File,
    path: PathBuf,
    pub(crate) ledger: Ledger,
}

/// Where the ledger of a manifest is: where a flag says, else `ALIAS.exports.jsonl` beside the uppermost
/// of its files.
pub(crate) fn path(flag: Option<&Path>, files: &[String], alias: &str) -> PathBuf {
    if let Some(path) = flag {
        return path.to_owned();
    }
    let depth = |path: &&Path| path.components().count();
    let uppermost = files.iter().map(Path::new).min_by_key(depth);
    let folder = uppermost.and_then(Path::parent).unwrap_or(Path::new(""));
    folder.join(format!("{alias}.exports.jsonl"))
}

/// What a ledger tells; none: there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Ledger>, Failure> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "read", &error)),
    };
    // One that a crash has left before its first line was whole tells nothing.
    parsed(path, &bytes).map(|(ledger, sound)| (sound > 0).then_some(ledger))
}

/// What is known of the exports of who is live, where the manifest wants any.
pub(crate) fn evidence(
    flag: Option<&Path>,
    management: &Management,
    files: &[String],
    live: &Snapshot,
) -> Result<BTreeMap<Target, Evidence>, Failure> {
    let Some(scope) = &management.exports else {
        return Ok(BTreeMap::new());
    };
    // Of an organization that is not there, or not any more, nobody is live.
    if live.organization.id.is_empty() {
        return Ok(BTreeMap::new());
    }
    let path = path(flag, files, &live.organization.alias);
    let Some(ledger) = read(&path)? else {
        return Ok(BTreeMap::new());
    };
    check(&path, &ledger, &live.organization.id)?;
    let told = live
        .entities
        .iter()
        .filter_map(|(target, entity)| Some((target.clone(), ledger.evidence(&entity.id, scope)?)));
    Ok(told.collect())
}

impl LedgerFile {
    /// Opens the ledger of an organization for appending, or begins it. A last line that is torn is cut
    /// off: nothing was done that it speaks of.
    pub(crate) fn open(path: &Path, head: Head) -> Result<Self, Failure> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(|error| failed(path, "make", &error))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .map_err(|error| failed(path, "open", &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!("another run is writing `{}`", path.display());
                return Err(Failure::new(Exit::Error, message)
                    .help("wait until it has ended; both would do the same"));
            }
            Err(TryLockError::Error(error)) => return Err(failed(path, "lock", &error)),
        }
        let bytes = std::fs::read(path).map_err(|error| failed(path, "read", &error))?;
        let (ledger, sound) = if bytes.is_empty() {
            (Ledger::default(), 0)
        } else {
            parsed(path, &bytes)?
        };
        let mut opened = Self {
            file,
            path: path.to_owned(),
            ledger,
        };
        if bytes.len() > sound {
            let size = u64::try_from(sound).unwrap_or(u64::MAX);
            let cut = opened.file.set_len(size);
            cut.map_err(|error| failed(path, "mend", &error))?;
        } else if !bytes.is_empty() && bytes.last() != Some(&b'\n') {
            opened.write("\n")?;
        }
        if sound == 0 {
            opened.ledger.head = head.clone();
            opened.write(&Line::Ledger(head).text())?;
            // The file itself has to be found again, too.
            if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
                let _ = folder.sync_all();
            }
        } else {
            check(path, &opened.ledger, &head.organization_id)?;
        }
        Ok(opened)
    }

    /// Appends a line. It is on the disk when this returns.
    pub(crate) fn append(&mut self, line: Line) -> Result<(), Failure> {
        self.write(&line.text())?;
        self.ledger.take(line);
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.write_all(text.as_bytes());
        written
            .and_then(|()| self.file.sync_data())
            .map_err(|error| failed(&self.path, "write", &error))
    }
}

/// The ledger of these bytes, and how many of them are sound. A last line that is torn in the middle of
/// a character is torn all the same.
fn parsed(path: &Path, bytes: &[u8]) -> Result<(Ledger, usize), Failure> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) => return Err(unfit(path, &error)),
    };
    Ledger::parse(text).map_err(|error| unfit(path, &error))
}

pub(crate) fn check(path: &Path, ledger: &Ledger, organization_id: &str) -> Result<(), Failure> {
    let checked = ledger.check(organization_id);
    checked.map_err(|error| unfit(path, &error).help("name another file by --ledger"))
}

fn unfit(path: &Path, error: &(dyn std::error::Error + 'static)) -> Failure {
    let message = format!(
        "`{}` is no ledger of this organization: {}",
        path.display(),
        chain(error)
    );
    Failure::new(Exit::BadInput, message)
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Failure {
    let message = format!("failed to {what} the ledger `{}`: {error}", path.display());
    Failure::new(Exit::Error, message)
}
