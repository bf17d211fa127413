//! Mailbox export jobs. Source: API reference, `StartMailboxExportJob`, `DescribeMailboxExportJob`,
//! `ListMailboxExportJobs`, `CancelMailboxExportJob`, `MailboxExportJob`; behaviour notes, section 14;
//! quotas; administrator guide, "Exporting mailbox content", for the log. Where the log lies is not told:
//! here it lies beside the archive.
//!
//! A job takes a time that a switch says. It ends when the emulator is next asked for anything after
//! that time, and only then its archive is written. Nothing tells when the service finds out that it
//! cannot write, so that a job which fails does so at its end, and had 99 percent. A group, and who is
//! not registered, has no mailbox: `EntityNotFoundException`, for the operation declares no error of
//! states. Who is named so has the error of entities for jobs that are not there, too.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::{
    EXPORT_AGAIN, EXPORT_CANCEL_LATE, EXPORT_CANCEL_UNTIL, EXPORT_SECONDS,
};
use super::super::objects::Buckets;
use super::super::refusal::Refusal;
use super::super::state::{Identified, Kind, Lag, Organization, Sort, State, World};
use super::mail::Item;
use super::{Call, mail, nothing};

/// Found by their mailbox, and while they run by that.
pub(super) const JOBS: Sort<Job> = Sort::labelled("mailboxExportJob", |job| {
    let running = (job.state == JobState::Running).then(|| RUNNING.to_owned());
    running.into_iter().chain([job.entity_id.clone()]).collect()
});

/// The label of jobs that run.
const RUNNING: &str = "RUNNING";

/// The most jobs that run at once. Source: quotas.
const CONCURRENT: usize = 10;

/// How long a mailbox cannot be exported again, in seconds. Source: quotas.
const AGAIN_AFTER: f64 = 24.0 * 3600.0;

/// How long lists tell a job, in seconds. Source: API reference, `ListMailboxExportJobs`.
const LISTED_FOR: f64 = 7.0 * 24.0 * 3600.0;

/// Source: API reference, `MailboxExportJobState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum JobState {
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// A job; its id is its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Job {
    entity_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    role_arn: String,
    kms_key_arn: String,
    s3_bucket_name: String,
    s3_prefix: String,
    s3_path: String,
    state: JobState,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_info: Option<String>,
    start_time: f64,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<f64>,
    /// When it ends if nobody cancels it.
    due: f64,
    /// True: it fails, because a fault says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    fails: bool,
}

pub(super) fn start(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let seconds = call.behaviors.number(EXPORT_SECONDS);
        let again = call.behaviors.is(EXPORT_AGAIN, "allow");
        let entity = call.text("EntityId").to_owned();
        let description = call.optional("Description").map(str::to_owned);
        let (role_arn, kms_key_arn) = (
            call.text("RoleArn").to_owned(),
            call.text("KmsKeyArn").to_owned(),
        );
        let (bucket, prefix) = (
            call.text("S3BucketName").to_owned(),
            call.text("S3Prefix").to_owned(),
        );
        let now = call.now;
        let organization = call.organization()?;
        let entity_id = organization
            .directory
            .alive(&entity, Identified::Anyhow)
            .ok()
            .filter(|entity| entity.kind != Kind::Group && entity.state == State::Enabled)
            .map(|entity| entity.id.clone())
            .ok_or_else(Refusal::entity_not_found)?;
        let counts = |job: &Job| {
            let succeeds = matches!(job.state, JobState::Running | JobState::Completed);
            job.start_time > now - AGAIN_AFTER && (!again || succeeds)
        };
        let too_soon = organization
            .tables
            .of_label(&JOBS, &entity_id)
            .any(|(_, job)| counts(&job));
        if too_soon {
            return Err(Refusal::limit(
                "A mailbox can be exported once in 24 hours.",
            ));
        }
        if organization.tables.of_label(&JOBS, RUNNING).count() >= CONCURRENT {
            return Err(Refusal::limit(format!(
                "An organization has {CONCURRENT} mailbox export jobs at most that run."
            )));
        }
        let id = Uuid::new_v4().to_string();
        #[expect(clippy::cast_precision_loss, reason = "nobody waits for that long")]
        let due = now + seconds as f64;
        let job = Job {
            entity_id,
            description,
            role_arn,
            kms_key_arn,
            s3_path: format!("{}/{id}.zip", prefix.trim_end_matches('/')),
            s3_bucket_name: bucket,
            s3_prefix: prefix,
            state: JobState::Running,
            error_info: None,
            start_time: now,
            end_time: None,
            due,
            fails: false,
        };
        let lag = organization.lag();
        organization.tables.put(&JOBS, &id, &job, lag);
        call.world.jobs_due = call.world.jobs_due.min(due);
        Ok(json!({ "JobId": id }))
    })
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let id = call.text("JobId").to_owned();
    let now = call.now;
    let organization = call.organization()?;
    let job = organization.tables.seen(&JOBS, &id, organization.lag());
    let job: Job = job.ok_or_else(|| not_found(&id))?;
    let mut told = job.told(now);
    told.insert("RoleArn".to_owned(), json!(job.role_arn));
    told.insert("KmsKeyArn".to_owned(), json!(job.kms_key_arn));
    told.insert("S3Prefix".to_owned(), json!(job.s3_prefix));
    if let Some(why) = &job.error_info {
        told.insert("ErrorInfo".to_owned(), json!(why));
    }
    Ok(Value::Object(told))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let now = call.now;
    let after = paging.after()?;
    let organization = call.organization()?;
    let jobs = organization
        .tables
        .listed(&JOBS, after, organization.lag())
        .filter(|(_, _, job)| job.start_time >= now - LISTED_FOR)
        .map(|(order, id, job)| {
            let mut told = job.told(now);
            told.insert("JobId".to_owned(), json!(id));
            (order, Value::Object(told))
        });
    paging.page("Jobs", jobs)
}

pub(super) fn cancel(call: &mut Call<'_>) -> Result<Value, Refusal> {
    call.once(|call| {
        let id = call.text("JobId").to_owned();
        let now = call.now;
        let until = call.behaviors.number(EXPORT_CANCEL_UNTIL);
        let refuses = call.behaviors.is(EXPORT_CANCEL_LATE, "refuse");
        let organization = call.organization()?;
        let mut job = organization
            .tables
            .get(&JOBS, &id)
            .ok_or_else(|| not_found(&id))?;
        if job.state == JobState::Running && job.progress(now) < until {
            job.state = JobState::Cancelled;
            job.end_time = Some(now);
            let lag = organization.lag();
            organization.tables.put(&JOBS, &id, &job, lag);
        } else if refuses {
            return Err(Refusal::invalid(
                "The mailbox export job cannot be cancelled any more.",
            ));
        }
        Ok(nothing())
    })
}

/// Lets the job of a reply to `StartMailboxExportJob` fail.
pub(in super::super) fn spoil(world: &mut World, reply: &Value) {
    let Some(id) = reply["JobId"].as_str() else {
        return;
    };
    for organization in world.organizations_mut() {
        let job = organization.tables.get(&JOBS, id);
        if let Some(mut job) = job.filter(|job| job.state == JobState::Running) {
            job.fails = true;
            organization.tables.put(&JOBS, id, &job, Lag::NONE);
        }
    }
}

/// A job whose time has come, with all that is needed to write its archive while others are answered.
#[derive(Debug)]
pub(in super::super) struct Due {
    organization: String,
    id: String,
    job: Job,
    /// What the mailbox holds, or why there is nothing to write.
    content: Result<Vec<(String, Item)>, String>,
}

/// Takes out the jobs whose time has come. Nobody else gets them until they are finished.
pub(in super::super) fn due(world: &mut World, now: f64) -> Vec<Due> {
    if now < world.jobs_due {
        return Vec::new();
    }
    let mut taken = Vec::new();
    let mut next = f64::INFINITY;
    for organization in world.organizations() {
        for (id, job) in organization.tables.of_label(&JOBS, RUNNING) {
            if world.exporting.contains(id) {
                continue;
            }
            if job.due > now {
                next = next.min(job.due);
                continue;
            }
            taken.push(Due {
                organization: organization.head.id.clone(),
                id: id.to_owned(),
                content: content(organization, &job),
                job,
            });
        }
    }
    world.jobs_due = next;
    world
        .exporting
        .extend(taken.iter().map(|due| due.id.clone()));
    taken
}

impl Due {
    /// Writes the archive, and a log of it, or tells why not.
    pub(in super::super) fn write(&self, buckets: &Buckets) -> Result<(), String> {
        let Self { job, content, .. } = self;
        let items = content.as_ref().map_err(Clone::clone)?;
        let archive = mail::archive(items).map_err(|error| sentence(&error))?;
        // The guide shows numbers as texts. Contacts and the like, which are not exported, nobody has here.
        let text = |number: usize| number.to_string();
        let seconds = |time: f64| format!("{time:.0}");
        let log = json!({
            "totalNonExportableItems": text(0),
            "totalMessages": text(archive.items),
            "sha384Hash": archive.digest,
            "totalBytes": text(archive.bytes.len()),
            "totalFolders": text(archive.folders),
            "startTime": seconds(job.start_time),
            "endTime": seconds(job.due),
        });
        let bucket = &job.s3_bucket_name;
        let log_path = format!("{}.log.json", job.s3_path.trim_end_matches(".zip"));
        let write = |path: &str, bytes: &[u8]| {
            let written = buckets.write(bucket, path, bytes);
            written.map_err(|error| sentence(&error))
        };
        write(&job.s3_path, &archive.bytes)?;
        write(&log_path, log.to_string().as_bytes())
    }

    /// Ends the job, unless somebody has cancelled it in the meantime.
    pub(in super::super) fn finish(self, world: &mut World, written: Result<(), String>) {
        world.exporting.remove(&self.id);
        let Ok(organization) = world.organization_mut(&self.organization) else {
            return;
        };
        let job = organization.tables.get(&JOBS, &self.id);
        let Some(mut job) = job.filter(|job| job.state == JobState::Running) else {
            return;
        };
        job.end_time = Some(job.due);
        match written {
            Ok(()) => job.state = JobState::Completed,
            Err(why) => {
                job.state = JobState::Failed;
                job.error_info = Some(why);
            }
        }
        organization.tables.put(&JOBS, &self.id, &job, Lag::NONE);
    }
}

/// What the mailbox of a job holds, or why it cannot be exported.
fn content(organization: &Organization, job: &Job) -> Result<Vec<(String, Item)>, String> {
    let entity = organization.directory.of_id(&job.entity_id);
    let has_mailbox = organization.head.state == "Active"
        && entity.is_some_and(|entity| entity.state == State::Enabled);
    if !has_mailbox {
        return Err("The mailbox does not exist any more.".to_owned());
    }
    if job.fails {
        return Err("The export failed half way, as was put in place by hand.".to_owned());
    }
    let region = job.kms_key_arn.split(':').nth(3).unwrap_or_default();
    if region != organization.head.region {
        return Err(format!(
            "The AWS KMS key is in the Region {region}, and the organization is in {}.",
            organization.head.region
        ));
    }
    Ok(mail::items(organization, &job.entity_id))
}

impl Job {
    /// What both replies tell of it.
    fn told(&self, now: f64) -> Map<String, Value> {
        let mut told = Map::new();
        let mut tell = |member: &str, value: Value| {
            if !value.is_null() {
                told.insert(member.to_owned(), value);
            }
        };
        tell("EntityId", json!(self.entity_id));
        tell("Description", json!(self.description));
        tell("S3BucketName", json!(self.s3_bucket_name));
        tell("S3Path", json!(self.s3_path));
        tell("EstimatedProgress", json!(self.progress(now)));
        tell("State", json!(self.state));
        tell("StartTime", json!(self.start_time));
        tell("EndTime", json!(self.end_time));
        told
    }

    /// In percent: the part of its time that has passed, and 100 only where it is completed.
    fn progress(&self, now: f64) -> u64 {
        let at = match self.state {
            JobState::Completed => return 100,
            JobState::Running => now,
            JobState::Failed | JobState::Cancelled => self.end_time.unwrap_or(now),
        };
        let part = (at - self.start_time) / (self.due - self.start_time) * 100.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 99"
        )]
        let percent = part.clamp(0.0, 99.0) as u64;
        percent
    }
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(
        "EntityNotFoundException",
        format!("The mailbox export job {id} does not exist."),
    )
}

/// What a tester reads in `ErrorInfo`.
fn sentence(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
