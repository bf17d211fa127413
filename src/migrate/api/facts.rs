//! What can be seen of the bucket, the key and the role. Nothing is changed.
//! Source: API references of Amazon S3, AWS KMS and IAM, the operations of these names.

use aws_sdk_kms::types::{KeySpec, KeyState, KeyUsageType};
use aws_sdk_s3::error::SdkError;
use serde_json::Value;

use crate::client::{ApiError, Services, ask};
use crate::migrate::prerequisites::{BucketFacts, Facts, KeyFacts, RoleFacts, Told};
use crate::model::MailboxExports;

/// Grantees that are everybody. Source: Amazon S3 user guide, predefined groups.
const EVERYBODY: &[&str] = &[
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
];

/// What can be seen for the exports of an account.
pub async fn facts(services: &Services, exports: &MailboxExports, account: &str) -> Facts {
    let (bucket, key, role) = futures::join!(
        bucket(services, &exports.bucket, account),
        key(services, &exports.kms_key_arn),
        role(services, &exports.role_arn)
    );
    Facts { bucket, key, role }
}

async fn bucket(services: &Services, name: &str, account: &str) -> Told<Option<BucketFacts>> {
    let Some(s3) = &services.s3 else {
        return elsewhere("AWS_ENDPOINT_URL_S3");
    };
    let region = match Box::pin(s3.head_bucket().bucket(name).send()).await {
        Ok(reply) => reply.bucket_region().map(str::to_owned),
        Err(error) => {
            let reply = error.raw_response();
            let told = reply.and_then(|reply| reply.headers().get("x-amz-bucket-region"));
            let told = told.map(str::to_owned);
            match (reply.map(|reply| reply.status().as_u16()), told) {
                (Some(404), _) => return Told::Seen(None),
                // It is there, and another region answers for it.
                (Some(301 | 307 | 400), Some(region)) => {
                    return Told::Seen(Some(BucketFacts {
                        region: Some(region),
                        ..unseen("another region answers for it")
                    }));
                }
                (Some(403), _) => {
                    return Told::Untold("HeadBucket: access is denied".to_owned());
                }
                _ => return Told::Untold(format!("HeadBucket: {}", plain(error).await)),
            }
        }
    };
    let owned = s3.head_bucket().bucket(name).expected_bucket_owner(account);
    let is_own = match Box::pin(owned.send()).await {
        Ok(_) => Told::Seen(true),
        Err(error)
            if error
                .raw_response()
                .is_some_and(|reply| reply.status().as_u16() == 403) =>
        {
            Told::Seen(false)
        }
        Err(error) => Told::Untold(format!("HeadBucket: {}", plain(error).await)),
    };
    let status = ask(s3.get_bucket_policy_status().bucket(name).send()).await;
    let policy_is_public = told(
        status,
        "GetBucketPolicyStatus",
        "NoSuchBucketPolicy",
        |reply| {
            reply
                .and_then(|reply| reply.policy_status?.is_public)
                .unwrap_or_default()
        },
    );
    let list = ask(s3.get_bucket_acl().bucket(name).send()).await;
    let list_is_public = told(list, "GetBucketAcl", "", |reply| {
        let grants = reply.and_then(|reply| reply.grants).unwrap_or_default();
        grants.iter().any(|grant| {
            let uri = grant.grantee().and_then(|grantee| grantee.uri());
            uri.is_some_and(|uri| EVERYBODY.contains(&uri))
        })
    });
    let block = ask(s3.get_public_access_block().bucket(name).send()).await;
    let block = told(
        block,
        "GetPublicAccessBlock",
        "NoSuchPublicAccessBlockConfiguration",
        |reply| {
            let block = reply.and_then(|reply| reply.public_access_block_configuration);
            block.map_or((false, false), |block| {
                (
                    block.restrict_public_buckets.unwrap_or_default(),
                    block.ignore_public_acls.unwrap_or_default(),
                )
            })
        },
    );
    let (restricts_policies, ignores_lists) = match block {
        Told::Seen((policies, lists)) => (Told::Seen(policies), Told::Seen(lists)),
        Told::Untold(why) => (Told::Untold(why.clone()), Told::Untold(why)),
    };
    Told::Seen(Some(BucketFacts {
        region,
        is_own,
        policy_is_public,
        list_is_public,
        restricts_policies,
        ignores_lists,
    }))
}

async fn key(services: &Services, arn: &str) -> Told<Option<KeyFacts>> {
    let Some(kms) = &services.kms else {
        return elsewhere("AWS_ENDPOINT_URL_KMS");
    };
    let reply = ask(kms.describe_key().key_id(arn).send()).await;
    told(reply, "DescribeKey", "NotFoundException", |reply| {
        let key = reply.and_then(|reply| reply.key_metadata)?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Some(KeyFacts {
            state: text(key.key_state().map(KeyState::as_str)),
            spec: text(key.key_spec().map(KeySpec::as_str)),
            usage: text(key.key_usage().map(KeyUsageType::as_str)),
        })
    })
}

async fn role(services: &Services, arn: &str) -> Told<Option<RoleFacts>> {
    let Some(iam) = &services.iam else {
        return elsewhere("AWS_ENDPOINT_URL_IAM");
    };
    // The ARN names the path, too, and the role is asked for by its name alone.
    let name = arn.rsplit('/').next().unwrap_or_default();
    let reply = ask(iam.get_role().role_name(name).send()).await;
    let told = told(reply, "GetRole", "NoSuchEntity", |reply| {
        let role = reply.and_then(|reply| reply.role)?;
        Some(role.assume_role_policy_document.unwrap_or_default())
    });
    match told {
        Told::Seen(None) => Told::Seen(None),
        Told::Untold(why) => Told::Untold(why),
        Told::Seen(Some(text)) => match parsed(&text) {
            Some(trust) => Told::Seen(Some(RoleFacts { trust })),
            None => Told::Untold("GetRole: its trust policy cannot be read".to_owned()),
        },
    }
}

/// A policy as IAM tells it: JSON that is percent-encoded.
fn parsed(text: &str) -> Option<Value> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let encoded = (*first == b'%').then(|| after.get(..2)).flatten();
        let decoded = encoded
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    serde_json::from_slice(&bytes).ok()
}

/// What a reply tells, or that there is none of what was asked for, by this code.
fn told<T, U>(
    reply: Result<T, ApiError>,
    operation: &str,
    none: &str,
    tell: impl FnOnce(Option<T>) -> U,
) -> Told<U> {
    match reply {
        Ok(reply) => Told::Seen(tell(Some(reply))),
        Err(error) if error.is(none) => Told::Seen(tell(None)),
        Err(error) => Told::Untold(format!("{operation}: {error}")),
    }
}

fn unseen(why: &str) -> BucketFacts {
    let untold = || Told::Untold(why.to_owned());
    // Who answers for it in the wrong place cannot be asked more; its region is reason enough.
    BucketFacts {
        region: None,
        is_own: Told::Seen(true),
        policy_is_public: Told::Seen(false),
        list_is_public: Told::Seen(false),
        restricts_policies: untold(),
        ignores_lists: untold(),
    }
}

fn elsewhere<T>(variable: &str) -> Told<T> {
    Told::Untold(format!(
        "mail goes to an endpoint of your own, and {variable} names none"
    ))
}

/// An error that has no body, in words.
async fn plain<E>(error: SdkError<E>) -> ApiError
where
    E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let answered: Result<(), ApiError> = ask(std::future::ready(Err(error))).await;
    answered.expect_err("it is one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_iam_tells_it() {
        let text = "%7B%22Statement%22%3A%5B%5D%7D";
        assert_eq!(parsed(text), Some(serde_json::json!({"Statement": []})));
        assert_eq!(parsed("{\"a\":1}"), Some(serde_json::json!({"a": 1})));
        assert_eq!(parsed("%7"), None);
    }
}
