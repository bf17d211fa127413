//! `Ledger`: what happened to each export, kept for good: the service forgets its jobs after seven days.
//! It is a file of JSON lines, of which this is the meaning; who writes it appends only.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Evidence, ExportScope, Target};

use super::object::ExportLog;

/// The version of the format.
const VERSION: u32 = 1;

/// One line of a ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "line")]
pub enum Line {
    /// The first line: whose ledger it is.
    Ledger(Head),
    /// A job is asked for. It stands there before the request is sent.
    Starting(Starting),
    /// The job is there.
    Started(Started),
    /// There is no job: the service refused it.
    Refused(Refused),
    /// The job has ended.
    Ended(Ended),
    /// Its object was looked at.
    Verified(Verified),
}

/// Whose ledger it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The version of this format, `1`.
    pub ledger_version: u32,
    /// The version of the tool that began it.
    pub tool_version: String,
    /// The id of the organization.
    pub organization_id: String,
    /// Its alias.
    pub alias: String,
    /// Its region.
    pub region: String,
}

/// A job that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Starting {
    /// The id of the user or resource.
    pub entity_id: String,
    /// Who that is.
    pub target: Target,
    /// The primary address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// Which attempt of this mailbox it is, from 1 on.
    pub attempt: u32,
    /// The token that makes the request one, however often it is sent.
    pub client_token: String,
    /// The bucket.
    pub bucket: String,
    /// What the key begins with.
    pub prefix: String,
    /// The service's time.
    pub at: Timestamp,
}

/// A job that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// The job.
    pub job_id: String,
    /// Whose mailbox.
    pub entity_id: String,
    /// The token that it was asked for with.
    pub client_token: String,
    /// The service's time: when it began, or before it was asked for.
    pub at: Timestamp,
}

/// A job that there is none of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Whose mailbox.
    pub entity_id: String,
    /// The token that it was asked for with.
    pub client_token: String,
    /// What the service said, with its code.
    pub why: String,
    /// The service's time.
    pub at: Timestamp,
}

/// How a job ended, in the service's words and times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// The job.
    pub job_id: String,
    /// Whose mailbox.
    pub entity_id: String,
    /// `COMPLETED`, `FAILED` or `CANCELLED`; `GONE`: the service knows nothing of it.
    pub state: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// The bucket of the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_info: Option<String>,
    /// The key of KMS that the archive is encrypted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
}

/// What was found of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// The job.
    pub job_id: String,
    /// Whose mailbox.
    pub entity_id: String,
    /// What is wrong; nothing: it is as it should be.
    pub problems: Vec<String>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its entity tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The SHA-384 of its content, where that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha384: Option<String>,
    /// The export's own log, where one lies beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<ExportLog>,
    /// The time of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// One attempt to export a mailbox, as its lines tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What was asked for.
    pub asked: Starting,
    /// The job and when it began; none: nobody knows yet whether there is one.
    pub job: Option<Started>,
    /// Why there is none.
    pub refused: Option<Refused>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// What was found of its archive.
    pub verified: Option<Verified>,
}

/// What a ledger tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Whose it is.
    pub head: Head,
    /// The attempts by the id of the user or resource, in their order.
    pub attempts: BTreeMap<String, Vec<Attempt>>,
}

/// Why a file is no ledger, or not this organization's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LedgerError {
    /// It has no first line.
    #[error("its first line is not that of a ledger")]
    NoHead,
    /// It is of another version.
    #[error("its version is {0}: read it with the version of workmailctl that wrote it")]
    Version(u32),
    /// A line that is not the last cannot be read.
    #[error("line {0} cannot be read: {1}")]
    Line(usize, String),
    /// It is of another organization.
    #[error("it is of the organization {0} ({1})")]
    Other(String, String),
}

/// True for the first line of a ledger, or for what a crash left of it. Any other file is not one that may
/// be written.
fn begins(line: &str) -> bool {
    const HEAD: &str = "{\"line\":\"ledger\"";
    line.starts_with(HEAD) || HEAD.starts_with(line)
}

impl Head {
    /// The head of a ledger that begins now.
    pub fn new(organization_id: &str, alias: &str, region: &str) -> Self {
        Self {
            ledger_version: VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            organization_id: organization_id.to_owned(),
            alias: alias.to_owned(),
            region: region.to_owned(),
        }
    }
}

impl Line {
    /// The line as it is written, with its end.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string(self).expect("a line is plain data");
        text.push('\n');
        text
    }
}

impl Attempt {
    /// True if its job may still be on its way.
    pub fn is_open(&self) -> bool {
        self.job.is_some() && self.ended.is_none()
    }

    /// True if nobody knows whether there is a job.
    pub fn is_unanswered(&self) -> bool {
        self.job.is_none() && self.refused.is_none()
    }

    /// When it began, by the service's time, or else when it was asked for.
    pub fn began(&self) -> Timestamp {
        let told = self.ended.as_ref().and_then(|ended| ended.start_time);
        told.or_else(|| self.job.as_ref().map(|job| job.at))
            .unwrap_or(self.asked.at)
    }

    /// What it is worth as evidence; none while nobody knows whether there is a job.
    pub fn evidence(&self) -> Option<Evidence> {
        if let Some(refused) = &self.refused {
            return Some(Evidence::Failed(refused.why.clone()));
        }
        self.job.as_ref()?;
        let Some(ended) = &self.ended else {
            return Some(Evidence::Running);
        };
        if ended.state != "COMPLETED" {
            let why = ended.error_info.as_ref();
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            return Some(Evidence::Failed(format!(
                "the job ended as {}{why}",
                ended.state
            )));
        }
        Some(match &self.verified {
            None => Evidence::Finished,
            Some(found) if found.problems.is_empty() => Evidence::Verified,
            Some(found) => Evidence::Failed(found.problems.join("; ")),
        })
    }
}

impl Ledger {
    /// The ledger of these lines, and how many bytes of the text are sound; none: it is yet to begin. A last
    /// line that is torn, by a crash in the middle of writing it, was never acted upon and is left out.
    pub fn parse(text: &str) -> Result<(Self, usize), LedgerError> {
        let mut ledger = Self::default();
        let mut sound = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let parsed = serde_json::from_str::<Line>(line.trim_end_matches('\n'));
            match parsed {
                Ok(Line::Ledger(head)) if index == 0 => {
                    if head.ledger_version != VERSION {
                        return Err(LedgerError::Version(head.ledger_version));
                    }
                    ledger.head = head;
                }
                Ok(_) if index == 0 => return Err(LedgerError::NoHead),
                Ok(line) => ledger.take(line),
                Err(_) if index == 0 && !begins(line) => return Err(LedgerError::NoHead),
                // Nothing follows: it was being written when its process ended.
                Err(_) if !line.ends_with('\n') => break,
                Err(_) if index == 0 => return Err(LedgerError::NoHead),
                Err(error) => return Err(LedgerError::Line(index + 1, error.to_string())),
            }
            sound += line.len();
        }
        Ok((ledger, sound))
    }

    /// Refuses the ledger of another organization.
    pub fn check(&self, organization_id: &str) -> Result<(), LedgerError> {
        if self.head.organization_id == organization_id {
            return Ok(());
        }
        let Head {
            alias,
            organization_id,
            ..
        } = &self.head;
        Err(LedgerError::Other(alias.clone(), organization_id.clone()))
    }

    /// Takes in a line. One that speaks of nothing known changes nothing.
    pub fn take(&mut self, line: Line) {
        match line {
            Line::Ledger(_) => {}
            Line::Starting(asked) => {
                let attempts = self.attempts.entry(asked.entity_id.clone()).or_default();
                if attempts
                    .iter()
                    .all(|one| one.asked.client_token != asked.client_token)
                {
                    attempts.push(Attempt {
                        asked,
                        job: None,
                        refused: None,
                        ended: None,
                        verified: None,
                    });
                }
            }
            Line::Started(job) => {
                if let Some(one) = self.by_token(&job.entity_id, &job.client_token) {
                    one.refused = None;
                    one.job = Some(job);
                }
            }
            Line::Refused(refused) => {
                if let Some(one) = self.by_token(&refused.entity_id, &refused.client_token) {
                    one.refused = Some(refused);
                }
            }
            Line::Ended(ended) => {
                if let Some(one) = self.by_job(&ended.entity_id, &ended.job_id) {
                    one.ended = Some(ended);
                }
            }
            Line::Verified(found) => {
                if let Some(one) = self.by_job(&found.entity_id, &found.job_id) {
                    one.verified = Some(found);
                }
            }
        }
    }

    /// The attempts of a mailbox.
    pub fn of(&self, entity_id: &str) -> &[Attempt] {
        self.attempts.get(entity_id).map_or(&[], Vec::as_slice)
    }

    /// Every attempt.
    pub fn all(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.values().flatten()
    }

    /// What is known of the export of a mailbox: the best of the attempts that count. None: nothing.
    pub fn evidence(&self, entity_id: &str, scope: &ExportScope) -> Option<Evidence> {
        let counts = self.of(entity_id).iter().filter(|one| {
            scope
                .not_before
                .is_none_or(|earliest| one.began() >= earliest)
        });
        let all: Vec<Evidence> = counts.filter_map(Attempt::evidence).collect();
        let best = [Evidence::Verified, Evidence::Finished, Evidence::Running];
        best.into_iter()
            .find(|wanted| all.contains(wanted))
            .or_else(|| all.last().cloned())
    }

    fn by_token(&mut self, entity_id: &str, token: &str) -> Option<&mut Attempt> {
        let attempts = self.attempts.get_mut(entity_id)?;
        attempts
            .iter_mut()
            .find(|one| one.asked.client_token == token)
    }

    fn by_job(&mut self, entity_id: &str, job: &str) -> Option<&mut Attempt> {
        let attempts = self.attempts.get_mut(entity_id)?;
        let is_it = |one: &&mut Attempt| {
            one.job
                .as_ref()
                .is_some_and(|started| started.job_id == job)
        };
        attempts.iter_mut().find(is_it)
    }
}
