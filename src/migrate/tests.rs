//! The exports of many mailboxes in a service in memory, with crashes at any point: the limits are kept,
//! and every mailbox ends exported once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::model::{ExportScope, MailboxExports, Target};

use super::ledger::{Ended, Head, Ledger, LedgerError, Line, Started, Starting};
use super::next::{
    AGAIN_AFTER, AT_ONCE, Job, JobState, Mailbox, Next, Rules, Standing, Start, description, next,
    reconcile, token,
};

/// A job as the service keeps it.
#[derive(Clone, Debug)]
struct Kept {
    job: Job,
    token: String,
    ends: Timestamp,
    state: &'static str,
}

/// The service: it refuses nothing, and fails the test where a limit is exceeded.
struct Service {
    now: Timestamp,
    jobs: Vec<Kept>,
    /// How long each next job takes, in minutes, and whether it fails.
    fates: std::vec::IntoIter<(u8, bool)>,
    /// How many minutes a new job is not listed.
    lag: i64,
}

impl Service {
    fn settle(&mut self) {
        for kept in &mut self.jobs {
            if kept.job.state == JobState::Running && kept.ends <= self.now {
                kept.job.state = JobState::Ended;
            }
        }
    }

    fn start(&mut self, entity_id: &str, token: &str, description: String) -> String {
        self.settle();
        if let Some(kept) = self.jobs.iter().find(|kept| kept.token == token) {
            return kept.job.id.clone();
        }
        let running = self
            .jobs
            .iter()
            .filter(|kept| kept.job.state == JobState::Running);
        assert!(running.count() < AT_ONCE, "an eleventh job");
        let last = self
            .jobs
            .iter()
            .filter(|kept| kept.job.entity_id == entity_id);
        let last = last.filter_map(|kept| kept.job.start_time).max();
        assert!(
            last.is_none_or(|last| self.now.duration_since(last) >= AGAIN_AFTER),
            "{entity_id} twice within 24 hours"
        );
        let (minutes, fails) = self.fates.next().unwrap_or((30, false));
        let id = format!("j{}", self.jobs.len());
        self.jobs.push(Kept {
            job: Job {
                id: id.clone(),
                entity_id: entity_id.to_owned(),
                description,
                state: JobState::Running,
                progress: 0,
                start_time: Some(self.now),
            },
            token: token.to_owned(),
            ends: self.now + SignedDuration::from_mins(i64::from(minutes)),
            state: if fails { "FAILED" } else { "COMPLETED" },
        });
        id
    }

    /// The jobs of the last seven days, as far as they are seen yet.
    fn list(&mut self) -> Vec<Job> {
        self.settle();
        let age = |kept: &&Kept| {
            kept.job
                .start_time
                .map(|began| self.now.duration_since(began))
        };
        let is_seen = |kept: &&Kept| {
            age(kept).is_some_and(|age| {
                age >= SignedDuration::from_mins(self.lag)
                    && age <= SignedDuration::from_hours(7 * 24)
            })
        };
        self.jobs
            .iter()
            .filter(is_seen)
            .map(|kept| kept.job.clone())
            .collect()
    }

    fn ended(&self, id: &str) -> Option<Ended> {
        let kept = self.jobs.iter().find(|kept| kept.job.id == id)?;
        (kept.job.state == JobState::Ended).then(|| Ended {
            job_id: id.to_owned(),
            entity_id: kept.job.entity_id.clone(),
            state: kept.state.to_owned(),
            start_time: kept.job.start_time,
            end_time: Some(kept.ends),
            bucket: None,
            path: None,
            error_info: None,
            kms_key_arn: None,
        })
    }
}

/// The file of the ledger, and how many more bytes the process that writes it lives.
struct Disk {
    text: String,
    lives: usize,
}

impl Disk {
    /// Appends a line; none: the process has ended, perhaps in the middle of it.
    fn append(&mut self, ledger: &mut Ledger, line: Line) -> Option<()> {
        let text = line.text();
        let written = text.len().min(self.lives);
        self.text.push_str(&text[..written]);
        self.lives -= written;
        if written < text.len() {
            return None;
        }
        ledger.take(line);
        Some(())
    }

    /// Opens it again as another process does.
    fn open(&mut self) -> Ledger {
        let (ledger, sound) = Ledger::parse(&self.text).expect("a ledger");
        self.text.truncate(sound);
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        ledger
    }
}

fn exports() -> MailboxExports {
    MailboxExports {
        bucket: "mail".to_owned(),
        prefix: "p/".to_owned(),
        ..MailboxExports::default()
    }
}

fn people(count: usize) -> Vec<Mailbox> {
    (0..count)
        .map(|number| Mailbox {
            target: Target::user(format!("u{number:03}")),
            entity_id: format!("e{number:03}"),
            address: None,
        })
        .collect()
}

fn head() -> Head {
    Head::new("m-1", "acme", "eu-west-1")
}

fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().expect("a time")
}

/// One look of a process. None: it has ended.
fn look(
    service: &mut Service,
    disk: &mut Disk,
    ledger: &mut Ledger,
    mailboxes: &[Mailbox],
) -> Option<Next> {
    let exports = exports();
    let passed_over = BTreeMap::new();
    let rules = Rules {
        exports: &exports,
        attempts: 100,
        passed_over: &passed_over,
    };
    let jobs = service.list();
    let (lines, ask) = reconcile(ledger, mailboxes, &jobs, &exports, service.now);
    for line in lines {
        disk.append(ledger, line)?;
    }
    for (_, job) in ask {
        if let Some(ended) = service.ended(&job) {
            disk.append(ledger, Line::Ended(ended))?;
        }
    }
    for start in next(ledger, mailboxes, &jobs, service.now, &rules).start {
        let Start {
            mailbox,
            attempt,
            token,
        } = start;
        let known = ledger.of(&mailbox.entity_id).iter();
        if !known.clone().any(|one| one.asked.client_token == token) {
            disk.append(
                ledger,
                Line::Starting(Starting {
                    entity_id: mailbox.entity_id.clone(),
                    target: mailbox.target.clone(),
                    mailbox: None,
                    attempt,
                    client_token: token.clone(),
                    bucket: exports.bucket.clone(),
                    prefix: exports.prefix.clone(),
                    at: service.now,
                }),
            )?;
        }
        let id = service.start(&mailbox.entity_id, &token, description(&token));
        disk.append(
            ledger,
            Line::Started(Started {
                job_id: id,
                entity_id: mailbox.entity_id,
                client_token: token,
                at: service.now,
            }),
        )?;
    }
    Some(next(ledger, mailboxes, &jobs, service.now, &rules))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever fails, wherever processes end and whatever others do: the service is never asked for
    /// more than it allows, and every mailbox ends exported by one job.
    #[test]
    fn every_mailbox_ends_exported_once(
        count in 1..25_usize,
        lag in 0..25_i64,
        fates in proptest::collection::vec((1..200_u8, proptest::bool::weighted(0.2)), 0..40),
        crashes in proptest::collection::vec(0..6000_usize, 0..6),
        others in proptest::collection::vec((0..400_usize, 0..25_usize), 0..6),
    ) {
        let mailboxes = people(count);
        let mut service = Service {
            now: noon(),
            jobs: Vec::new(),
            fates: fates.into_iter(),
            lag,
        };
        let mut disk = Disk { text: Line::Ledger(head()).text(), lives: usize::MAX };
        let mut crashes = crashes.into_iter();
        let mut ledger = disk.open();
        disk.lives = crashes.next().unwrap_or(usize::MAX);
        let mut over = false;
        for step in 0..4000 {
            for (when, who) in &others {
                let entity = format!("e{who:03}");
                let last = service.jobs.iter().filter(|kept| kept.job.entity_id == entity);
                let last = last.filter_map(|kept| kept.job.start_time).max();
                let may = last.is_none_or(|last| service.now.duration_since(last) >= AGAIN_AFTER);
                service.settle();
                let running = service.jobs.iter().filter(|kept| kept.job.state == JobState::Running);
                // What is not listed yet nobody can see: others begin jobs where that does not matter.
                if *when == step && may && lag == 0 && running.count() < AT_ONCE {
                    service.start(&entity, &format!("other {step}"), String::new());
                }
            }
            match look(&mut service, &mut disk, &mut ledger, &mailboxes) {
                Some(next) if next.is_over(false) => {
                    over = true;
                    break;
                }
                Some(_) => {}
                None => {
                    disk.lives = crashes.next().unwrap_or(usize::MAX);
                    ledger = disk.open();
                }
            }
            service.now += SignedDuration::from_mins(10);
        }
        prop_assert!(over, "not all exported after a month");
        let ledger = disk.open();
        for mailbox in &mailboxes {
            let done = ledger.of(&mailbox.entity_id).iter().filter(|one| {
                one.ended.as_ref().is_some_and(|ended| ended.state == "COMPLETED")
            });
            prop_assert_eq!(done.count(), 1, "{}", &mailbox.entity_id);
            let of_service = service.jobs.iter().filter(|kept| {
                kept.job.entity_id == mailbox.entity_id && kept.state == "COMPLETED"
                    && !kept.job.description.is_empty()
            });
            prop_assert_eq!(of_service.count(), 1, "{}", &mailbox.entity_id);
        }
    }
}

/// A ledger with one line of each sort.
fn whole() -> String {
    let asked = Starting {
        entity_id: "e000".to_owned(),
        target: Target::user("ána"),
        mailbox: Some("a@example.com".to_owned()),
        attempt: 1,
        client_token: token("m-1", "e000", &exports(), 1),
        bucket: "mail".to_owned(),
        prefix: "p/".to_owned(),
        at: noon(),
    };
    let started = Started {
        job_id: "j".to_owned(),
        entity_id: "e000".to_owned(),
        client_token: asked.client_token.clone(),
        at: noon(),
    };
    let ended = Ended {
        job_id: "j".to_owned(),
        entity_id: "e000".to_owned(),
        state: "COMPLETED".to_owned(),
        start_time: Some(noon()),
        end_time: Some(noon()),
        bucket: Some("mail".to_owned()),
        path: Some("p/j.zip".to_owned()),
        error_info: None,
        kms_key_arn: None,
    };
    [
        Line::Ledger(head()),
        Line::Starting(asked),
        Line::Started(started),
        Line::Ended(ended),
    ]
    .iter()
    .map(Line::text)
    .collect()
}

#[test]
fn a_ledger_that_is_cut_anywhere_tells_its_whole_lines() {
    let text = whole();
    for cut in 0..=text.len() {
        let Some(part) = text.get(..cut) else {
            continue;
        };
        let (ledger, sound) = Ledger::parse(part).unwrap_or_else(|error| panic!("{cut}: {error}"));
        let lines = part[..sound].lines().count();
        let known = ledger.of("e000").first();
        assert_eq!(known.is_some(), lines > 1, "{cut}");
        assert_eq!(
            known.is_some_and(|one| one.job.is_some()),
            lines > 2,
            "{cut}"
        );
        assert_eq!(
            known.is_some_and(|one| one.ended.is_some()),
            lines > 3,
            "{cut}"
        );
    }
}

#[test]
fn what_is_no_ledger_is_refused() {
    let other = Head {
        ledger_version: 2,
        ..head()
    };
    assert_eq!(
        Ledger::parse(&Line::Ledger(other).text()),
        Err(LedgerError::Version(2))
    );
    for other in ["users: {}\n", "users", "{}", "{\"line\":\"ended\"", "\n"] {
        assert_eq!(Ledger::parse(other), Err(LedgerError::NoHead), "{other}");
    }
    let (_, headless) = whole()
        .split_once('\n')
        .map(|(head, rest)| (head.to_owned(), rest.to_owned()))
        .expect("lines");
    assert_eq!(Ledger::parse(&headless), Err(LedgerError::NoHead));
    let damaged = whole().replace("\"line\":\"starting\"", "\"line\":\"strating\"");
    assert!(matches!(
        Ledger::parse(&damaged),
        Err(LedgerError::Line(2, _))
    ));
    let (ledger, _) = Ledger::parse(&whole()).expect("a ledger");
    assert!(ledger.check("m-1").is_ok() && ledger.check("m-2").is_err());
}

/// How one mailbox stands by these jobs and this time after noon.
fn stands(ledger: &Ledger, jobs: &[Job], scope: ExportScope, minutes: i64) -> Standing {
    let exports = MailboxExports { scope, ..exports() };
    let passed_over = BTreeMap::new();
    let rules = Rules {
        exports: &exports,
        attempts: 1,
        passed_over: &passed_over,
    };
    let now = noon() + SignedDuration::from_mins(minutes);
    let next = next(ledger, &people(1), jobs, now, &rules);
    next.standing[&Target::user("u000")].clone()
}

fn job_of_others(state: JobState) -> Job {
    Job {
        id: "x".to_owned(),
        entity_id: "e000".to_owned(),
        description: "theirs".to_owned(),
        state,
        progress: 5,
        start_time: Some(noon()),
    }
}

#[test]
fn a_job_of_somebody_else_is_waited_for_and_its_day_too() {
    let none = Ledger {
        head: head(),
        ..Ledger::default()
    };
    let all = ExportScope::default;
    assert_eq!(stands(&none, &[], all(), 0), Standing::Ready);
    let running = [job_of_others(JobState::Running)];
    assert_eq!(stands(&none, &running, all(), 5), Standing::Others);
    let ended = [job_of_others(JobState::Ended)];
    let tomorrow = noon() + AGAIN_AFTER;
    assert_eq!(stands(&none, &ended, all(), 5), Standing::Waiting(tomorrow));
    assert_eq!(stands(&none, &ended, all(), 24 * 60), Standing::Ready);
}

#[test]
fn an_export_from_before_the_date_does_not_count() {
    let (ledger, _) = Ledger::parse(&whole()).expect("a ledger");
    assert_eq!(
        stands(&ledger, &[], ExportScope::default(), 5),
        Standing::Exported
    );
    let later = ExportScope {
        not_before: Some(noon() + SignedDuration::from_hours(48)),
        ..ExportScope::default()
    };
    let earliest = later.not_before.expect("a time");
    assert_eq!(
        stands(&ledger, &[], later.clone(), 5),
        Standing::Waiting(earliest)
    );
    assert_eq!(stands(&ledger, &[], later, 48 * 60), Standing::Ready);
    let strict = ExportScope {
        verify: true,
        ..ExportScope::default()
    };
    assert_eq!(stands(&ledger, &[], strict, 5), Standing::Unverified);
}

#[test]
fn tokens_are_the_same_for_ever_and_each_attempt_has_its_own() {
    let first = token("m-1", "e000", &exports(), 1);
    assert_eq!(first, "8c9603b6-bb11-58a1-b844-9794922758e3");
    assert_ne!(first, token("m-1", "e000", &exports(), 2));
    assert_ne!(first, token("m-2", "e000", &exports(), 1));
}
