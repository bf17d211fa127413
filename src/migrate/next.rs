//! What to do next: from the ledger, the jobs that the service tells, and its time.
//!
//! Limits of the service: 10 jobs at once in an organization, those of others included; one job of a
//! mailbox in 24 hours, however it ended. Source: quotas; behaviour notes, section 14. Whether a job that
//! failed counts for the 24 hours is not told: here it does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::model::{EntityState, Evidence, ExportScope, Globs, MailboxExports, Snapshot, Target};

use super::ledger::{Attempt, Ledger, Line, Started, Starting};

/// The most jobs that run at once in an organization.
pub const AT_ONCE: usize = 10;

/// How long after the beginning of a job its mailbox cannot be exported again.
pub const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What the description of a job of ours begins with; its token follows.
const DESCRIPTION: &str = "workmailctl ";

/// A job as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Whose mailbox.
    pub entity_id: String,
    /// Its description; those of ours name their token.
    pub description: String,
    /// How it stands.
    pub state: JobState,
    /// In percent.
    pub progress: u8,
    /// When it began.
    pub start_time: Option<Timestamp>,
}

/// Source: API reference, `MailboxExportJob`, `State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It is on its way.
    Running,
    /// Any other: it has ended.
    Ended,
}

/// A mailbox that has to be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Whose.
    pub target: Target,
    /// Its id.
    pub entity_id: String,
    /// The primary address.
    pub address: Option<String>,
}

/// By what it is decided.
#[derive(Clone, Debug)]
pub struct Rules<'a> {
    /// Where exports go.
    pub exports: &'a MailboxExports,
    /// How often a mailbox is tried.
    pub attempts: u32,
    /// How often the service has refused to begin with a mailbox because of its limits, in this run.
    pub passed_over: &'a BTreeMap<String, u32>,
}

/// A job to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Whose mailbox.
    pub mailbox: Mailbox,
    /// Which attempt it is, from 1 on.
    pub attempt: u32,
    /// Its token.
    pub token: String,
}

/// How one mailbox stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is exported, as far as the manifest asks.
    Exported,
    /// It is exported, and its object is still to be verified.
    Unverified,
    /// A job of ours is on its way, with this percentage.
    Running(u8),
    /// A job of somebody else is.
    Others,
    /// Nothing can begin before this time.
    Waiting(Timestamp),
    /// It begins as soon as there is room.
    Ready,
    /// It was tried as often as it may be.
    GivenUp(String),
}

/// What to do now, and how all stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The jobs to begin, in this order.
    pub start: Vec<Start>,
    /// How each mailbox stands.
    pub standing: BTreeMap<Target, Standing>,
    /// How many jobs run that are not ours.
    pub others: usize,
}

impl Next {
    /// True if nothing more will come of waiting, where archives can be verified or not.
    pub fn is_over(&self, unverifiable: bool) -> bool {
        self.standing.values().all(|standing| match standing {
            Standing::Exported | Standing::GivenUp(_) => true,
            Standing::Unverified => unverifiable,
            _ => false,
        })
    }
}

/// The token of an attempt: the same whenever it is computed.
pub fn token(
    organization_id: &str,
    entity_id: &str,
    exports: &MailboxExports,
    attempt: u32,
) -> String {
    let MailboxExports { bucket, prefix, .. } = exports;
    let name = format!("{organization_id}\n{entity_id}\n{bucket}\n{prefix}\n{attempt}");
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// The description that a job of this token has.
pub fn description(token: &str) -> String {
    format!("{DESCRIPTION}{token}")
}

/// The mailboxes of an organization that have to be exported, in the order of targets; and who is meant by
/// the manifest and has none now, because nobody is registered there.
pub fn mailboxes(scope: &ExportScope, live: &Snapshot) -> (Vec<Mailbox>, Vec<Target>) {
    let mut found = Vec::new();
    let mut without = Vec::new();
    for (target, entity) in &live.entities {
        if !scope.holds(target, entity) {
            continue;
        }
        if entity.state == EntityState::Registered {
            found.push(Mailbox {
                target: target.clone(),
                entity_id: entity.id.clone(),
                address: entity.email.known().map(ToString::to_string),
            });
        } else {
            without.push(target.clone());
        }
    }
    (found, without)
}

/// The names and patterns of the manifest that mean no user or resource that is live: a mailbox may be
/// forgotten by a slip of the pen.
pub fn unmet<'a>(scope: &'a ExportScope, live: &Snapshot) -> Vec<&'a str> {
    let wanted = scope.mailboxes.iter().flatten();
    let is_met = |pattern: &&String| {
        let globs = Globs::new([*pattern]);
        let mut all = live.entities.iter();
        all.any(|(target, entity)| globs.match_either(target, Some(entity)))
    };
    wanted
        .filter(|pattern| !is_met(pattern))
        .map(String::as_str)
        .collect()
}

/// What the service's list tells that the ledger does not know: lines for jobs of which the answer was
/// lost, or that a lost ledger knew; and the jobs that have ended or are not listed any more, which are
/// to be asked about.
pub fn reconcile(
    ledger: &Ledger,
    mailboxes: &[Mailbox],
    jobs: &[Job],
    exports: &MailboxExports,
    now: Timestamp,
) -> (Vec<Line>, Vec<(String, String)>) {
    let known: BTreeSet<&str> = ledger
        .all()
        .filter_map(|one| Some(one.job.as_ref()?.job_id.as_str()))
        .collect();
    let mut lines = Vec::new();
    let mut ask = Vec::new();
    for job in jobs.iter().filter(|job| !known.contains(job.id.as_str())) {
        let Some(token) = job.description.strip_prefix(DESCRIPTION) else {
            continue;
        };
        let began = job.start_time.unwrap_or(now);
        let of_mailbox = ledger.of(&job.entity_id);
        if !of_mailbox.iter().any(|one| one.asked.client_token == token) {
            let Some(lost) = lost(ledger, mailboxes, job, exports, token, began) else {
                continue;
            };
            lines.push(Line::Starting(lost));
        }
        lines.push(Line::Started(Started {
            job_id: job.id.clone(),
            entity_id: job.entity_id.clone(),
            client_token: token.to_owned(),
            at: began,
        }));
        if job.state == JobState::Ended {
            ask.push((job.entity_id.clone(), job.id.clone()));
        }
    }
    for (entity_id, attempts) in &ledger.attempts {
        for one in attempts.iter().filter(|one| one.is_open()) {
            let Some(started) = &one.job else { continue };
            let listed = jobs.iter().find(|job| job.id == started.job_id);
            if listed.is_none_or(|job| job.state == JobState::Ended) {
                ask.push((entity_id.clone(), started.job_id.clone()));
            }
        }
    }
    (lines, ask)
}

/// The attempt of a job of ours that the ledger knows nothing of.
fn lost(
    ledger: &Ledger,
    mailboxes: &[Mailbox],
    job: &Job,
    exports: &MailboxExports,
    wanted: &str,
    began: Timestamp,
) -> Option<Starting> {
    let mailbox = mailboxes
        .iter()
        .find(|mailbox| mailbox.entity_id == job.entity_id)?;
    let organization = &ledger.head.organization_id;
    let is_it = |number: &u32| token(organization, &job.entity_id, exports, *number) == wanted;
    let attempt = (1..=MOST_ATTEMPTS).find(is_it)?;
    Some(Starting {
        entity_id: job.entity_id.clone(),
        target: mailbox.target.clone(),
        mailbox: mailbox.address.clone(),
        attempt,
        client_token: wanted.to_owned(),
        bucket: exports.bucket.clone(),
        prefix: exports.prefix.clone(),
        at: began,
    })
}

/// The most attempts that are looked for behind a token, one a day for more than three months.
const MOST_ATTEMPTS: u32 = 100;

/// What to begin now, and how each mailbox stands. Everything that the list tells is in the ledger.
pub fn next(
    ledger: &Ledger,
    mailboxes: &[Mailbox],
    jobs: &[Job],
    now: Timestamp,
    rules: &Rules<'_>,
) -> Next {
    let ours: BTreeMap<&str, &Attempt> = ledger
        .all()
        .filter_map(|one| Some((one.job.as_ref()?.job_id.as_str(), one)))
        .collect();
    let running: BTreeSet<&str> = jobs
        .iter()
        .filter(|job| job.state == JobState::Running)
        .map(|job| job.id.as_str())
        .collect();
    // What we began and the list does not show yet runs, too.
    let unlisted = ours.iter().filter(|(id, one)| {
        one.is_open() && !running.contains(**id) && jobs.iter().all(|job| job.id != **id)
    });
    let mut room = AT_ONCE.saturating_sub(running.len() + unlisted.count());
    let mut next = Next {
        others: running.iter().filter(|id| !ours.contains_key(**id)).count(),
        ..Next::default()
    };
    let mut ready = Vec::new();
    for mailbox in mailboxes {
        let standing = standing(ledger, mailbox, jobs, &ours, now, rules);
        if standing == Standing::Ready {
            ready.push(mailbox);
        }
        next.standing.insert(mailbox.target.clone(), standing);
    }
    // A job of which the answer was lost may run unseen: asked for first, it has its room.
    ready.sort_by_key(|mailbox| {
        let passed_over = rules.passed_over.get(&mailbox.entity_id);
        let attempts = ledger.of(&mailbox.entity_id);
        (
            passed_over.copied().unwrap_or_default(),
            !attempts.iter().any(Attempt::is_unanswered),
            attempts.len(),
        )
    });
    for mailbox in ready {
        if room == 0 {
            break;
        }
        room -= 1;
        next.start.push(start(ledger, mailbox, rules.exports));
    }
    next
}

fn standing(
    ledger: &Ledger,
    mailbox: &Mailbox,
    jobs: &[Job],
    ours: &BTreeMap<&str, &Attempt>,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Standing {
    let scope = &rules.exports.scope;
    let id = mailbox.entity_id.as_str();
    match ledger.evidence(id, scope) {
        Some(evidence) if scope.is_satisfied_by(&evidence) => return Standing::Exported,
        Some(Evidence::Finished) => return Standing::Unverified,
        _ => {}
    }
    let of_mailbox = || jobs.iter().filter(|job| job.entity_id == id);
    let attempts = ledger.of(id);
    if let Some(open) = attempts.iter().find(|one| one.is_open()) {
        let open = open.job.as_ref().map(|job| job.job_id.as_str());
        let listed = of_mailbox().find(|job| Some(job.id.as_str()) == open);
        return Standing::Running(listed.map_or(0, |job| job.progress));
    }
    let is_of_others =
        |job: &Job| job.state == JobState::Running && !ours.contains_key(job.id.as_str());
    if of_mailbox().any(is_of_others) {
        return Standing::Others;
    }
    let counts = |one: &&Attempt| {
        let is_early = scope
            .not_before
            .is_some_and(|earliest| one.began() < earliest);
        !is_early && !one.is_unanswered()
    };
    let failed: Vec<&Attempt> = attempts.iter().filter(counts).collect();
    if failed.len() >= rules.attempts as usize
        && let Some(Evidence::Failed(why)) = failed.last().and_then(|one| one.evidence())
    {
        return Standing::GivenUp(why);
    }
    let began = attempts
        .iter()
        .filter(|one| one.job.is_some())
        .map(Attempt::began);
    let told = of_mailbox().filter_map(|job| job.start_time);
    let again = began
        .chain(told)
        .max()
        .and_then(|last| last.checked_add(AGAIN_AFTER).ok());
    let earliest = again.into_iter().chain(scope.not_before).max();
    match earliest {
        Some(earliest) if earliest > now => Standing::Waiting(earliest),
        _ => Standing::Ready,
    }
}

/// The attempt of which nobody knows whether there is a job is made again with its own token; else it is
/// the next one.
fn start(ledger: &Ledger, mailbox: &Mailbox, exports: &MailboxExports) -> Start {
    let attempts = ledger.of(&mailbox.entity_id);
    let same_place = |one: &&Attempt| {
        one.is_unanswered()
            && one.asked.bucket == exports.bucket
            && one.asked.prefix == exports.prefix
    };
    if let Some(open) = attempts.iter().find(same_place) {
        return Start {
            mailbox: mailbox.clone(),
            attempt: open.asked.attempt,
            token: open.asked.client_token.clone(),
        };
    }
    let last = attempts.iter().map(|one| one.asked.attempt).max();
    let attempt = last.unwrap_or_default() + 1;
    Start {
        mailbox: mailbox.clone(),
        attempt,
        token: token(
            &ledger.head.organization_id,
            &mailbox.entity_id,
            exports,
            attempt,
        ),
    }
}
