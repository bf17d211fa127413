//! Drives exports to their end: lists what runs, notes what has ended, begins what may begin, waits, and
//! again. Whatever ends it, the next run goes on by the ledger and the service's list.
#![expect(clippy::disallowed_methods, reason = "waits between two looks")]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use workmailctl::client::{ApiError, ApiErrorKind, Client, Services};
use workmailctl::migrate::api::{self, Depth};
use workmailctl::migrate::{
    Ended, Job, Line, Mailbox, Next, Refused, Rules, Start, Started, Starting, Verified, next,
    problems, reconcile,
};
use workmailctl::model::{Evidence, MailboxExports};

use super::super::failure::{Exit, Failure};
use super::super::ledger::LedgerFile;
use super::super::signal::{Signal, Signals};
use super::progress::Progress;

/// How many looks in a row may fail before a run that waits gives up.
const PATIENCE: u32 = 30;

/// How long a job that was begun may be unknown to the service, for what was written may be seen late.
const UNSEEN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How long a run waits at least after a look that failed.
const BREATH: Duration = Duration::from_millis(100);

/// What a run works with.
pub(super) struct Drive<'a> {
    pub(super) client: &'a Client,
    pub(super) services: &'a Services,
    pub(super) exports: &'a MailboxExports,
    pub(super) mailboxes: &'a [Mailbox],
    pub(super) file: &'a mut LedgerFile,
    pub(super) progress: Progress<'a>,
    /// How often a mailbox is tried.
    pub(super) attempts: u32,
    /// How closely archives are looked at; none: not at all.
    pub(super) depth: Option<Depth>,
    /// Looks once, and does not wait.
    pub(super) once: bool,
    /// How long it waits between two looks.
    pub(super) poll: Duration,
    pub(super) passed_over: BTreeMap<String, u32>,
    /// Why archives cannot be verified in this run.
    pub(super) unverifiable: Option<String>,
}

/// How a run ended.
pub(super) struct Driven {
    pub(super) next: Next,
    pub(super) signal: Option<Signal>,
    pub(super) unverifiable: Option<String>,
}

/// Why a look was cut off.
enum Cut {
    /// Another look may do better.
    Passing(Failure),
    /// No other look does.
    Lasting(Failure),
}

impl From<Failure> for Cut {
    fn from(failure: Failure) -> Self {
        Self::Lasting(failure)
    }
}

impl Drive<'_> {
    /// Goes on until all is exported or given up, somebody stops it, or it was asked to look once only.
    pub(super) async fn run(mut self, signals: &mut Signals) -> Result<Driven, Failure> {
        let mut failed = 0;
        loop {
            // A look is never cut off in its middle by a signal: what was asked for is written down.
            let looked = Box::pin(self.look()).await;
            let next = match looked {
                Ok(next) => {
                    failed = 0;
                    self.progress.show(&next);
                    let is_settled = next.is_over(self.unverifiable.is_some());
                    if is_settled || self.once {
                        return Ok(self.end(next, None));
                    }
                    Some(next)
                }
                Err(Cut::Passing(failure)) if !self.once && failed < PATIENCE => {
                    failed += 1;
                    let line = format!("{}: looks again", failure.sentence());
                    self.progress.tell(&line);
                    None
                }
                Err(Cut::Passing(failure) | Cut::Lasting(failure)) => {
                    self.progress.end();
                    return Err(failure);
                }
            };
            let pause = if next.is_none() {
                self.poll.max(BREATH)
            } else {
                self.poll
            };
            tokio::select! {
                biased;
                signal = signals.next() => {
                    return Ok(self.end(next.unwrap_or_default(), Some(signal)));
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn end(self, next: Next, signal: Option<Signal>) -> Driven {
        self.progress.end();
        Driven {
            next,
            signal,
            unverifiable: self.unverifiable,
        }
    }

    /// One look: notes what has happened, and begins what may begin.
    async fn look(&mut self) -> Result<Next, Cut> {
        let jobs = api::jobs(self.client)
            .await
            .map_err(|error| cut("ListMailboxExportJobs", &error))?;
        let now = self.now()?;
        let (lines, ask) = reconcile(&self.file.ledger, self.mailboxes, &jobs, self.exports, now);
        for line in lines {
            if let Line::Started(started) = &line {
                let name = self.name(&started.entity_id);
                let line = format!("found {name}: the job {} was begun before", started.job_id);
                self.progress.tell(&line);
            }
            self.file.append(line)?;
        }
        for (entity_id, job_id) in ask {
            self.note_end(&entity_id, &job_id, now).await?;
        }
        self.verify().await?;
        let wanted = self.next(&jobs, now);
        for start in wanted.start {
            if !self.begin(&start).await? {
                break;
            }
        }
        Ok(self.next(&jobs, self.now()?))
    }

    fn next(&self, jobs: &[Job], now: Timestamp) -> Next {
        let rules = Rules {
            exports: self.exports,
            attempts: self.attempts,
            passed_over: &self.passed_over,
        };
        next(&self.file.ledger, self.mailboxes, jobs, now, &rules)
    }

    /// The service's time: that of this machine may be wrong, and is never asked.
    fn now(&self) -> Result<Timestamp, Failure> {
        self.client.service_time().ok_or_else(|| {
            let message = "the service's replies tell no time: they have no header `Date`";
            Failure::new(Exit::Error, message).help("is a proxy in between that takes it out?")
        })
    }

    /// Writes down how a job ended, if it did.
    async fn note_end(&mut self, entity_id: &str, job_id: &str, now: Timestamp) -> Result<(), Cut> {
        let ended = match api::ended(self.client, entity_id, job_id).await {
            Ok(Some(ended)) => ended,
            Ok(None) => return Ok(()),
            Err(error) if error.kind == ApiErrorKind::NotFound => {
                let attempts = self.file.ledger.of(entity_id).iter();
                let mut jobs = attempts.filter_map(|one| one.job.as_ref());
                let began = jobs.find(|job| job.job_id == job_id).map(|job| job.at);
                if began.is_some_and(|began| now.duration_since(began) < UNSEEN_FOR) {
                    return Ok(());
                }
                Ended {
                    job_id: job_id.to_owned(),
                    entity_id: entity_id.to_owned(),
                    state: "GONE".to_owned(),
                    start_time: None,
                    end_time: None,
                    bucket: None,
                    path: None,
                    error_info: Some("the service does not know it any more".to_owned()),
                    kms_key_arn: None,
                }
            }
            Err(error) => return Err(cut("DescribeMailboxExportJob", &error)),
        };
        let name = self.name(entity_id);
        let line = if ended.state == "COMPLETED" {
            let bucket = ended.bucket.as_deref().unwrap_or_default();
            let path = ended.path.as_deref().unwrap_or_default();
            format!("exported {name} to s3://{bucket}/{path}")
        } else {
            let why = ended.error_info.as_ref().unwrap_or(&ended.state);
            format!("failed {name}: {why} (job {job_id})")
        };
        self.file.append(Line::Ended(ended))?;
        self.progress.tell(&line);
        Ok(())
    }

    /// Looks at the archives that nobody has looked at. What cannot be looked at keeps no export from
    /// beginning.
    async fn verify(&mut self) -> Result<(), Failure> {
        let Some(depth) = self.depth else {
            return Ok(());
        };
        let todo: Vec<Ended> = self
            .file
            .ledger
            .all()
            .filter(|one| one.evidence() == Some(Evidence::Finished))
            .filter_map(|one| one.ended.clone())
            .collect();
        for ended in todo {
            if self.unverifiable.is_some() {
                return Ok(());
            }
            let name = self.name(&ended.entity_id);
            let seen = match Box::pin(api::look(self.services, &ended, depth)).await {
                Some(Ok(seen)) => seen,
                Some(Err(error)) => {
                    let why = format!("the archive of {name} could not be looked at: {error}");
                    self.progress.tell(&format!("warning: {why}"));
                    self.unverifiable = Some(why);
                    return Ok(());
                }
                None => {
                    let why = "mail goes to an endpoint of your own, and AWS_ENDPOINT_URL_S3 names none for Amazon S3";
                    self.progress.tell(&format!("warning: {why}"));
                    self.unverifiable = Some(why.to_owned());
                    return Ok(());
                }
            };
            let problems = problems(&ended, &seen);
            let line = match problems.as_slice() {
                [] => {
                    let size = seen.size.unwrap_or_default();
                    format!("verified {name}: {size} bytes")
                }
                wrong => format!("failed {name}: {}", wrong.join("; ")),
            };
            self.file.append(Line::Verified(Verified {
                job_id: ended.job_id,
                entity_id: ended.entity_id,
                problems,
                size: seen.size,
                etag: seen.etag,
                sha384: seen.sha384,
                log: seen.log,
                at: self.client.service_time(),
            }))?;
            self.progress.tell(&line);
        }
        Ok(())
    }

    /// Begins a job; false if no other may begin now. It stands in the ledger before it is asked for.
    async fn begin(&mut self, start: &Start) -> Result<bool, Cut> {
        let Start {
            mailbox,
            attempt,
            token,
        } = start;
        let entity_id = &mailbox.entity_id;
        let attempts = self.file.ledger.of(entity_id);
        let is_known = attempts.iter().any(|one| one.asked.client_token == *token);
        if !is_known {
            self.file.append(Line::Starting(Starting {
                entity_id: entity_id.clone(),
                target: mailbox.target.clone(),
                mailbox: mailbox.address.clone(),
                attempt: *attempt,
                client_token: token.clone(),
                bucket: self.exports.bucket.clone(),
                prefix: self.exports.prefix.clone(),
                at: self.now()?,
            }))?;
        }
        let answer = Box::pin(api::start(self.client, self.exports, start)).await;
        let at = self.now()?;
        let name = self.name(entity_id);
        match answer {
            Ok(job_id) => {
                let again = match attempt {
                    1 => String::new(),
                    number => format!(", attempt {number}"),
                };
                let line = format!("started {name} (job {job_id}{again})");
                self.file.append(Line::Started(Started {
                    job_id,
                    entity_id: entity_id.clone(),
                    client_token: token.clone(),
                    at,
                }))?;
                self.progress.tell(&line);
                Ok(true)
            }
            // Somebody else has begun jobs meanwhile, or exported this mailbox unseen.
            Err(error) if error.is("LimitExceededException") => {
                let line = format!("put off {name}: {}", error.message);
                self.progress.tell(&line);
                let passed_over = self.passed_over.entry(entity_id.clone()).or_default();
                *passed_over += 1;
                Ok(false)
            }
            Err(error) if error.kind == ApiErrorKind::NotFound => {
                let why = error.to_string();
                let line = format!("failed {name}: {why}");
                self.file.append(Line::Refused(Refused {
                    entity_id: entity_id.clone(),
                    client_token: token.clone(),
                    why,
                    at,
                }))?;
                self.progress.tell(&line);
                Ok(true)
            }
            Err(error) if error.is("InvalidParameterException") => {
                let message = format!(
                    "the service refuses the bucket, the prefix, the key or the role of `mailboxExports`: {}",
                    error.message
                );
                let failure = Failure::new(Exit::BadInput, message).help(
                    "all three must be in the region and the account of the organization, the bucket closed to the public, the key symmetric and enabled, and the role must have the policies that `workmailctl migrate policies` prints",
                );
                Err(failure.into())
            }
            Err(error) => Err(cut("StartMailboxExportJob", &error)),
        }
    }

    /// Whose mailbox it is, in words.
    fn name(&self, entity_id: &str) -> String {
        let mailbox = self
            .mailboxes
            .iter()
            .find(|mailbox| mailbox.entity_id == entity_id);
        let kept = || {
            let attempts = self.file.ledger.of(entity_id);
            attempts.first().map(|one| one.asked.target.to_string())
        };
        mailbox
            .map(|mailbox| mailbox.target.to_string())
            .or_else(kept)
            .unwrap_or_else(|| entity_id.to_owned())
    }
}

/// What an answer that did not come means for the look.
fn cut(operation: &str, error: &ApiError) -> Cut {
    let exit = Exit::of_code(error.kind.exit_code());
    let failure = Failure::new(exit, format!("`{operation}` failed: {error}"));
    match error.kind {
        ApiErrorKind::Unreachable | ApiErrorKind::Throttled | ApiErrorKind::Garbled => {
            Cut::Passing(failure)
        }
        ApiErrorKind::NotFound | ApiErrorKind::Refused | ApiErrorKind::Denied => {
            Cut::Lasting(failure)
        }
    }
}
