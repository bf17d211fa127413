//! Looks at an archive in Amazon S3. Source: API reference of Amazon S3, `HeadObject`, `GetObject`,
//! `ListObjectsV2`.

use sha2::{Digest, Sha384};

use crate::client::{ApiError, Services, ask};
use crate::migrate::ledger::Ended;
use crate::migrate::object::{ExportLog, Seen};
use crate::model::hex;

/// How closely an archive is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// That it is there, its size, its encryption, and its log where one lies beside it.
    Size,
    /// Its whole content, too: it is downloaded and its SHA-384 held against the log.
    Content,
}

/// The largest log that is read.
const LARGEST_LOG: u64 = 1024 * 1024;

/// What there is of the archive of an export that has ended. None: Amazon S3 is not asked.
pub async fn look(
    services: &Services,
    ended: &Ended,
    depth: Depth,
) -> Option<Result<Seen, ApiError>> {
    let s3 = services.s3.as_ref()?;
    let (Some(bucket), Some(path)) = (&ended.bucket, &ended.path) else {
        return Some(Ok(Seen::default()));
    };
    Some(seen(s3, bucket, path, depth).await)
}

async fn seen(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    path: &str,
    depth: Depth,
) -> Result<Seen, ApiError> {
    let head = ask(s3.head_object().bucket(bucket).key(path).send()).await;
    let head = match head {
        Ok(head) => head,
        Err(error) if error.is("NotFound") || error.is("NoSuchKey") => return Ok(Seen::default()),
        Err(error) => return Err(error),
    };
    let mut seen = Seen {
        size: head.content_length().and_then(|size| size.try_into().ok()),
        etag: head.e_tag().map(str::to_owned),
        kms_key: head.ssekms_key_id().map(str::to_owned),
        log: log(s3, bucket, path).await?,
        ..Seen::default()
    };
    if depth == Depth::Content {
        let mut reply = ask(s3.get_object().bucket(bucket).key(path).send()).await?;
        let mut hash = Sha384::new();
        let mut read = 0;
        while let Some(bytes) = reply.body.next().await {
            let bytes = bytes.map_err(|error| {
                ApiError::garbled(format!("the archive ended after {read} bytes: {error}"))
            })?;
            read += bytes.len() as u64;
            hash.update(&bytes);
        }
        seen.read = Some(read);
        seen.sha384 = Some(hex(&hash.finalize()));
    }
    Ok(seen)
}

/// The export's own log. The guide shows what it holds and not where it lies: whatever JSON lies beside
/// the archive under its name and reads like one is taken.
async fn log(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    path: &str,
) -> Result<Option<ExportLog>, ApiError> {
    let stem = path.strip_suffix(".zip").unwrap_or(path);
    let listed = ask(s3.list_objects_v2().bucket(bucket).prefix(stem).send()).await?;
    for object in listed.contents() {
        let Some(key) = object
            .key()
            .filter(|key| key.strip_suffix(".json").is_some())
        else {
            continue;
        };
        let size = object.size().and_then(|size| u64::try_from(size).ok());
        if size.is_none_or(|size| size > LARGEST_LOG) {
            continue;
        }
        let reply = ask(s3.get_object().bucket(bucket).key(key).send()).await?;
        let bytes = reply.body.collect().await.map_err(|error| {
            ApiError::garbled(format!("the log of the export cannot be read: {error}"))
        })?;
        let log = serde_json::from_slice::<ExportLog>(&bytes.into_bytes());
        if let Ok(log) = log
            && log.sha384_hash.is_some()
        {
            return Ok(Some(log));
        }
    }
    Ok(None)
}
