//! How the exports of mailboxes stand, as text and JSON; and the policies that they need.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::migrate::{Attempt, Ledger, Mailbox, Next, Policies, Standing};
use crate::model::{MailboxExports, Target};

use super::{Look, counted};

/// How the exports of one organization stand at the end of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportSummary {
    /// The version of this format, `1`.
    pub format_version: u32,
    /// The id of the organization.
    pub organization_id: String,
    /// Its alias.
    pub alias: String,
    /// The file of the ledger.
    pub ledger: String,
    /// `exported`, `left`, `failed` or `interrupted`.
    pub result: &'static str,
    /// The exit code of the run.
    pub exit_code: u8,
    /// How many stand how.
    pub counts: ExportCounts,
    /// Every mailbox.
    pub mailboxes: Vec<ExportRow>,
    /// Who has a mailbox that is still kept and cannot be exported, because nobody is registered there.
    pub not_registered: Vec<Target>,
    /// Why archives could not be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unverified_because: Option<String>,
}

/// How many mailboxes stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportCounts {
    /// All that have to be exported.
    pub mailboxes: usize,
    /// Those that are.
    pub exported: usize,
    /// Those that are, and still have to be verified.
    pub unverified: usize,
    /// Those whose job is on its way.
    pub running: usize,
    /// Those that wait: for a time, for room, or for a job of somebody else.
    pub waiting: usize,
    /// Those that were given up.
    pub failed: usize,
}

/// How one mailbox stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportRow {
    /// Whose.
    pub target: Target,
    /// The primary address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// `exported`, `unverified`, `running`, `waiting` or `failed`.
    pub state: &'static str,
    /// Until when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why it was given up, or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many jobs there were.
    pub attempts: usize,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Its archive, as `s3://BUCKET/KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Whether that was found as it should be; none: it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
}

impl ExportCounts {
    /// The counts of these standings.
    pub fn of(next: &Next) -> Self {
        let mut counts = Self {
            mailboxes: next.standing.len(),
            ..Self::default()
        };
        for standing in next.standing.values() {
            *match standing {
                Standing::Exported => &mut counts.exported,
                Standing::Unverified => &mut counts.unverified,
                Standing::Running(_) => &mut counts.running,
                Standing::Others | Standing::Waiting(_) | Standing::Ready => &mut counts.waiting,
                Standing::GivenUp(_) => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// One line, such as `3 of 10 mailboxes exported, 2 running`.
    pub fn line(self) -> String {
        let mut line = format!(
            "{} of {} exported",
            self.exported,
            counted(self.mailboxes, "mailbox", "mailboxes")
        );
        let parts = [
            (self.unverified, "to be verified"),
            (self.running, "running"),
            (self.waiting, "waiting"),
            (self.failed, "failed"),
        ];
        for (count, what) in parts {
            if count > 0 {
                let _ = write!(line, ", {count} {what}");
            }
        }
        line
    }
}

/// The rows of these mailboxes.
pub fn export_rows(mailboxes: &[Mailbox], ledger: &Ledger, next: &Next) -> Vec<ExportRow> {
    mailboxes
        .iter()
        .filter_map(|mailbox| {
            let standing = next.standing.get(&mailbox.target)?;
            Some(row(mailbox, ledger.of(&mailbox.entity_id), standing))
        })
        .collect()
}

fn row(mailbox: &Mailbox, attempts: &[Attempt], standing: &Standing) -> ExportRow {
    let (state, until, why) = match standing {
        Standing::Exported => ("exported", None, None),
        Standing::Unverified => ("unverified", None, None),
        Standing::Running(_) => ("running", None, None),
        Standing::Others => ("waiting", None, Some("somebody else exports it".to_owned())),
        Standing::Waiting(until) => ("waiting", Some(*until), None),
        Standing::Ready => ("waiting", None, Some("ten jobs run at once".to_owned())),
        Standing::GivenUp(why) => ("failed", None, Some(why.clone())),
    };
    // The evidence first: the last attempt is not always the one that counts.
    let completed = |one: &&Attempt| {
        one.ended
            .as_ref()
            .is_some_and(|end| end.state == "COMPLETED")
    };
    let shown = match standing {
        Standing::Exported => attempts.iter().rev().find(completed),
        _ => attempts.last(),
    };
    let ended = shown.and_then(|one| one.ended.as_ref());
    ExportRow {
        target: mailbox.target.clone(),
        mailbox: mailbox.address.clone(),
        state,
        until,
        why,
        attempts: attempts.iter().filter(|one| one.job.is_some()).count(),
        job_id: shown.and_then(|one| Some(one.job.as_ref()?.job_id.clone())),
        start_time: ended.and_then(|ended| ended.start_time),
        end_time: ended.and_then(|ended| ended.end_time),
        object: ended.and_then(|ended| {
            Some(format!(
                "s3://{}/{}",
                ended.bucket.as_ref()?,
                ended.path.as_ref()?
            ))
        }),
        verified: shown.and_then(|one| Some(one.verified.as_ref()?.problems.is_empty())),
    }
}

/// The summary for people: how many, and whoever is not exported.
pub fn export_summary_text(summary: &ExportSummary, look: &Look) -> String {
    let mut text = format!("{}: {}\n", look.safe(&summary.alias), summary.counts.line());
    for row in summary
        .mailboxes
        .iter()
        .filter(|row| row.state != "exported")
    {
        let _ = write!(
            text,
            "  {} {}",
            look.safe(&row.target.to_string()),
            row.state
        );
        if let Some(until) = row.until {
            let _ = write!(text, " until {until}");
        }
        if let Some(why) = &row.why {
            let _ = write!(text, ": {}", look.safe(why));
        }
        text.push('\n');
    }
    for target in &summary.not_registered {
        let _ = writeln!(
            text,
            "  {} is not registered: its mailbox is kept for 30 days and cannot be exported",
            look.safe(&target.to_string())
        );
    }
    if let Some(why) = &summary.unverified_because {
        let _ = writeln!(text, "  archives were not verified: {}", look.safe(why));
    }
    let _ = writeln!(text, "  the ledger is {}", look.safe(&summary.ledger));
    text
}

/// The policies as JSON.
pub fn policies_json(policies: &Policies) -> Value {
    json!({
        "formatVersion": 1,
        "trust": policies.trust,
        "permissions": policies.permissions,
        "key": policies.key,
        "caller": policies.caller,
    })
}

/// The policies for people, each with what it is for.
pub fn policies_text(exports: &MailboxExports, policies: &Policies) -> String {
    let MailboxExports {
        role_arn,
        kms_key_arn,
        ..
    } = exports;
    let parts = [
        (
            format!("The trust policy of {role_arn}: who may take it"),
            &policies.trust,
        ),
        ("What this role may".to_owned(), &policies.permissions),
        (
            format!("A statement for the policy of {kms_key_arn}"),
            &policies.key,
        ),
        (
            "What whoever runs `workmailctl migrate mailboxes` may".to_owned(),
            &policies.caller,
        ),
    ];
    let mut text = String::new();
    for (title, policy) in parts {
        let _ = writeln!(text, "# {title}\n{policy:#}\n");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
