//! The journal of an apply: a file of JSON lines, one for each event, written as it happens.
#![expect(clippy::disallowed_methods, reason = "writes the journal, with times")]

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::plan::{OrganizationStamp, Plan};

use super::{Event, Sink, UndoFile};

/// The first line of a journal: whose run it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalHeader {
    /// The version of this format, `1`.
    pub journal_version: u32,
    /// The version of the tool that writes.
    pub tool_version: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// The caller's ARN, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The organization that is written.
    pub organization: OrganizationStamp,
    /// The plan that is executed.
    pub plan_hash: String,
    /// Makes the plan's temporary names its own.
    pub nonce: String,
}

/// Every further line of a journal: an event and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalLine {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// A journal that is being written. Each line is with the operating system before the next event
/// is taken, so that a killed process leaves a whole journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
    undo: Option<UndoFile>,
    failure: Option<io::Error>,
}

impl JournalHeader {
    /// The header of a run of this plan that begins now.
    pub fn of(plan: &Plan, caller: Option<String>) -> Self {
        Self {
            journal_version: 1,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: Timestamp::now(),
            caller,
            organization: plan.organization.clone(),
            plan_hash: plan.plan_hash.clone(),
            nonce: plan.nonce.clone(),
        }
    }
}

impl Journal {
    /// A new journal at `path`, readable by its owner only, with its header written. Directories on
    /// the way are made; a file that is there already is never overwritten.
    pub fn create(path: &Path, header: &JournalHeader) -> io::Result<Self> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut journal = Self {
            file: options.open(path)?,
            undo: None,
            failure: None,
        };
        journal.line(header)?;
        Ok(journal)
    }

    /// The same, with the file that undoes the run, which is written first.
    #[must_use]
    pub fn with(mut self, undo: UndoFile) -> Self {
        self.undo = Some(undo);
        self
    }

    /// The first failure to write, if there was one. What follows it is still tried.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

impl Sink for Journal {
    fn event(&mut self, event: Event) {
        let undone = self.undo.as_mut().map(|undo| undo.event(&event));
        if let Some(Err(error)) = undone {
            self.failure.get_or_insert(error);
        }
        let line = JournalLine {
            at: Timestamp::now(),
            event,
        };
        if let Err(error) = self.line(&line) {
            self.failure.get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::How;

    #[test]
    fn a_journal_is_readable_line_by_line_and_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("runs").join("one.jsonl");
        let header = JournalHeader {
            journal_version: 1,
            tool_version: "0".to_owned(),
            started_at: Timestamp::UNIX_EPOCH,
            caller: Some("arn:aws:iam::111122223333:role/ci".to_owned()),
            organization: OrganizationStamp {
                id: "m-1".to_owned(),
                alias: "acme".to_owned(),
                arn: String::new(),
                region: "eu-west-1".to_owned(),
            },
            plan_hash: "abc".to_owned(),
            nonce: "n".to_owned(),
        };
        let mut journal = Journal::create(&path, &header).expect("a new file");
        let event = Event::OperationFinished {
            id: 7,
            how: How::ReadBack,
            created: None,
            millis: 3,
        };
        journal.event(event.clone());
        assert!(journal.failure().is_none());
        assert!(Journal::create(&path, &header).is_err());

        // The journal is still open: what was written must be there without closing it.
        let text = std::fs::read_to_string(&path).expect("it was written");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        let first: JournalHeader = serde_json::from_str(lines[0]).expect("a header");
        assert_eq!(first, header);
        let second: JournalLine = serde_json::from_str(lines[1]).expect("a line");
        assert_eq!(second.event, event);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path)
                .expect("it is there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
