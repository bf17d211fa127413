//! The jobs of the mail service. Source: API reference, `StartMailboxExportJob`,
//! `DescribeMailboxExportJob`, `ListMailboxExportJobs`.

use aws_sdk_workmail::types::{MailboxExportJob, MailboxExportJobState};

use crate::client::{ApiError, Client};
use crate::kinds::api::{PAGE, pages, required, time};
use crate::migrate::ledger::Ended;
use crate::migrate::next::{Job, JobState, Start, description};
use crate::model::MailboxExports;

/// Every job of the organization that the service lists: those of the last seven days, of everybody.
pub async fn jobs(client: &Client) -> Result<Vec<Job>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_mailbox_export_jobs()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let told = reply.jobs().iter().map(tell);
        Ok((
            told.collect::<Result<_, _>>()?,
            reply.next_token().map(str::to_owned),
        ))
    })
    .await
}

fn tell(job: &MailboxExportJob) -> Result<Job, ApiError> {
    let state = required(job.state().map(MailboxExportJobState::as_str), "State")?;
    let state = match state.as_str() {
        "RUNNING" => JobState::Running,
        "COMPLETED" | "FAILED" | "CANCELLED" => JobState::Ended,
        other => {
            let message = format!("a job is in a state that nobody knows: `{other}`");
            return Err(ApiError::garbled(message));
        }
    };
    Ok(Job {
        id: required(job.job_id(), "JobId")?,
        entity_id: required(job.entity_id(), "EntityId")?,
        description: job.description().unwrap_or_default().to_owned(),
        state,
        progress: u8::try_from(job.estimated_progress()).unwrap_or_default(),
        start_time: time(job.start_time()),
    })
}

/// Begins a job. Asked again with the same token, the service tells the same job.
pub async fn start(
    client: &Client,
    exports: &MailboxExports,
    start: &Start,
) -> Result<String, ApiError> {
    let request = client
        .workmail()
        .start_mailbox_export_job()
        .client_token(&start.token)
        .organization_id(client.organization())
        .entity_id(&start.mailbox.entity_id)
        .description(description(&start.token))
        .role_arn(&exports.role_arn)
        .kms_key_arn(&exports.kms_key_arn)
        .s3_bucket_name(&exports.bucket)
        .s3_prefix(&exports.prefix);
    client.permits(1).await.take();
    let reply = client.send(request.send()).await?;
    required(reply.job_id(), "JobId")
}

/// How a job ended; none: it is on its way.
pub async fn ended(
    client: &Client,
    entity_id: &str,
    job_id: &str,
) -> Result<Option<Ended>, ApiError> {
    let request = client
        .workmail()
        .describe_mailbox_export_job()
        .organization_id(client.organization())
        .job_id(job_id);
    let reply = client.read(request.send()).await?;
    let state = required(reply.state().map(MailboxExportJobState::as_str), "State")?;
    if state == "RUNNING" {
        return Ok(None);
    }
    Ok(Some(Ended {
        job_id: job_id.to_owned(),
        entity_id: entity_id.to_owned(),
        state,
        start_time: time(reply.start_time()),
        end_time: time(reply.end_time()),
        bucket: reply.s3_bucket_name().map(str::to_owned),
        path: reply.s3_path().map(str::to_owned),
        error_info: reply.error_info().map(str::to_owned),
        kms_key_arn: reply.kms_key_arn().map(str::to_owned),
    }))
}
