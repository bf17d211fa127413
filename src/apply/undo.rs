//! What undoes an apply: a file of JSON lines beside the journal, which grows with it.
//!
//! Its first line holds what the plan touches as it was; every further line a call right before it is sent, the id
//! of what it made, or that the service refused it. So a run that is cut off anywhere leaves a file that tells
//! everything that may have happened. It holds no secret: calls hold none.
#![expect(clippy::disallowed_methods, reason = "writes the file, with a time")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kinds::identity_center_application;
use crate::model::{Management, Snapshot};
use crate::plan::model::Naming;
use crate::plan::undo::{Recorded, record};
use crate::plan::{Operation, OrganizationStamp, Plan};

use super::{Event, How};

/// The first line: whose run it is, and what was there before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoHeader {
    /// The version of this format, `1`.
    pub undo_version: u32,
    /// The version of the tool that writes.
    pub tool_version: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// The organization that is written.
    pub organization: OrganizationStamp,
    /// The plan that is executed.
    pub plan_hash: String,
    /// The plan's nonce and time, of which its temporary names are made.
    pub nonce: String,
    /// The time of the plan.
    pub evaluated_at: Timestamp,
    /// The rules of management that it was guarded by.
    pub management: Management,
    /// What the plan touches, as it was.
    pub before: Snapshot,
}

/// Every further line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum UndoLine {
    /// A call is about to be sent.
    Begun {
        /// The call.
        operation: Box<Operation>,
    },
    /// A call made something.
    Made {
        /// Its number.
        id: usize,
        /// The id that the service gave.
        created: String,
    },
    /// The service refused a call of which nothing live would tell.
    Refused {
        /// Its number.
        id: usize,
    },
}

/// The file while it is written.
#[derive(Debug)]
pub struct UndoFile {
    file: File,
    operations: BTreeMap<usize, Operation>,
    /// The calls under way whose refusal counts. Of others what is live tells whether they had their effect, also
    /// where a refusal came after a lost answer.
    unseen: BTreeSet<usize>,
}

impl UndoFile {
    /// The path of the file beside this journal.
    pub fn beside(journal: &Path) -> PathBuf {
        journal.with_added_extension("undo")
    }

    /// A new file, readable by its owner only, for a plan that was made for this snapshot. A file that is there
    /// already is never overwritten.
    pub fn create(path: &Path, plan: &Plan, live: &Snapshot) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = Self {
            file: options.open(path)?,
            operations: plan
                .operations
                .iter()
                .map(|operation| (operation.id, operation.clone()))
                .collect(),
            unseen: BTreeSet::new(),
        };
        file.line(&UndoHeader {
            undo_version: 1,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: Timestamp::now(),
            organization: plan.organization.clone(),
            plan_hash: plan.plan_hash.clone(),
            nonce: plan.nonce.clone(),
            evaluated_at: plan.evaluated_at,
            management: plan.management.clone(),
            before: record(&plan.operations, live),
        })?;
        Ok(file)
    }

    /// Writes what an event means for undoing. It is with the operating system when this returns.
    pub(super) fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::OperationStarted { id, .. } => match self.operations.remove(id) {
                Some(operation) => {
                    if leaves_nothing_to_see(&operation.call.operation) {
                        self.unseen.insert(*id);
                    }
                    self.line(&UndoLine::Begun {
                        operation: Box::new(operation),
                    })
                }
                // It is sent again.
                None => Ok(()),
            },
            Event::OperationFinished {
                id,
                created: Some(created),
                how: How::Answered | How::ReadBack,
                ..
            } => self.line(&UndoLine::Made {
                id: *id,
                created: created.clone(),
            }),
            Event::OperationFailed {
                id, code: Some(_), ..
            } if self.unseen.contains(id) => self.line(&UndoLine::Refused { id: *id }),
            _ => Ok(()),
        }
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// True for calls that make something, and for the deletion of what no call tells of.
fn leaves_nothing_to_see(operation: &str) -> bool {
    operation.starts_with("Create") || operation == identity_center_application::DELETE
}

/// What a run recorded of itself, from the lines of its file.
pub fn recorded(header: UndoHeader, lines: Vec<UndoLine>) -> Recorded {
    let mut operations: BTreeMap<usize, Operation> = BTreeMap::new();
    let mut created = BTreeMap::new();
    for line in lines {
        match line {
            UndoLine::Begun { operation } => drop(operations.insert(operation.id, *operation)),
            UndoLine::Made { id, created: made } => drop(created.insert(id, made)),
            UndoLine::Refused { id } => drop(operations.remove(&id)),
        }
    }
    Recorded {
        organization: header.organization,
        management: header.management,
        before: header.before,
        operations: operations.into_values().collect(),
        created,
        naming: Naming::new(header.evaluated_at, &header.nonce),
    }
}
