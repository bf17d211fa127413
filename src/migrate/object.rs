//! What is wrong with the archive of an export that is finished, by what was seen of it.

use serde::{Deserialize, Serialize};

use super::ledger::Ended;

/// The size of a ZIP archive that holds nothing.
const EMPTY_ARCHIVE: u64 = 22;

/// What was seen of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its size in bytes; none: it is not there.
    pub size: Option<u64>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The key of KMS that it is encrypted with, where that is told.
    pub kms_key: Option<String>,
    /// The SHA-384 of its content, where that was read.
    pub sha384: Option<String>,
    /// How many bytes of content were read.
    pub read: Option<u64>,
    /// The export's own log, where one lies beside it.
    pub log: Option<ExportLog>,
}

/// The log that an export writes of itself. Its numbers are texts.
/// Source: Amazon WorkMail administrator guide, "Exporting mailbox content".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExportLog {
    /// How many messages and calendar items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_messages: Option<String>,
    /// How many folders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_folders: Option<String>,
    /// How many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<String>,
    /// How many items it does not hold: contacts, tasks, notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_non_exportable_items: Option<String>,
    /// The SHA-384 of the archive, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha384_hash: Option<String>,
}

/// What is wrong with an archive; nothing: it is as it should be, as far as it was looked at.
pub fn problems(ended: &Ended, seen: &Seen) -> Vec<String> {
    let place = format!(
        "s3://{}/{}",
        ended.bucket.as_deref().unwrap_or_default(),
        ended.path.as_deref().unwrap_or_default()
    );
    let Some(size) = seen.size else {
        return vec![format!("{place} is not there")];
    };
    let mut found = Vec::new();
    if size < EMPTY_ARCHIVE {
        found.push(format!("{place} has {size} bytes, which is no archive"));
    }
    if let Some(read) = seen.read.filter(|read| *read != size) {
        found.push(format!(
            "{place} has {size} bytes, and {read} could be read"
        ));
    }
    if let (Some(used), Some(wanted)) = (&seen.kms_key, &ended.kms_key_arn)
        && used != wanted
    {
        found.push(format!(
            "{place} is encrypted with {used}, and not with {wanted}"
        ));
    }
    let told = seen.log.as_ref().and_then(|log| log.sha384_hash.as_deref());
    if let (Some(sha384), Some(told)) = (&seen.sha384, told)
        && !sha384.eq_ignore_ascii_case(told)
    {
        found.push(format!(
            "the SHA-384 of {place} is {sha384}, and the export's own log tells {told}"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended() -> Ended {
        Ended {
            job_id: "j".to_owned(),
            entity_id: "e".to_owned(),
            state: "COMPLETED".to_owned(),
            start_time: None,
            end_time: None,
            bucket: Some("mail".to_owned()),
            path: Some("p/j.zip".to_owned()),
            error_info: None,
            kms_key_arn: Some("arn:k".to_owned()),
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let good = Seen {
            size: Some(100),
            kms_key: Some("arn:k".to_owned()),
            sha384: Some("AB".to_owned()),
            read: Some(100),
            log: Some(ExportLog {
                sha384_hash: Some("ab".to_owned()),
                ..ExportLog::default()
            }),
            ..Seen::default()
        };
        assert!(problems(&ended(), &good).is_empty());
        let bad = [
            Seen::default(),
            Seen {
                size: Some(21),
                read: None,
                ..good.clone()
            },
            Seen {
                read: Some(99),
                ..good.clone()
            },
            Seen {
                kms_key: Some("arn:other".to_owned()),
                ..good.clone()
            },
            Seen {
                sha384: Some("cd".to_owned()),
                ..good.clone()
            },
        ];
        for seen in bad {
            assert_eq!(problems(&ended(), &seen).len(), 1, "{seen:?}");
        }
    }

    #[test]
    fn the_log_of_the_guide_is_read() {
        let text = r#"{"totalNonExportableItems": "13", "totalMessages": "76", "sha384Hash": "4de9",
            "totalBytes": "161892", "totalFolders": "15", "startTime": "1", "endTime": "2"}"#;
        let log: ExportLog = serde_json::from_str(text).expect("a log");
        assert_eq!(log.total_messages.as_deref(), Some("76"));
        assert_eq!(log.sha384_hash.as_deref(), Some("4de9"));
    }
}
