//! The policies that exports need: of the role that the service takes, of the key, and of who runs this
//! program.
//! Source: Amazon WorkMail administrator guide, "Exporting mailbox content".

use serde_json::{Value, json};

use crate::model::MailboxExports;

use super::trust::SERVICE;

/// Between whom.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// The account.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The ARN of the organization.
    pub organization_arn: &'a str,
}

/// All that is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Policies {
    /// Who may take the role: only the exports of this organization.
    pub trust: Value,
    /// What the role may: write below the prefix, and encrypt with the key.
    pub permissions: Value,
    /// A statement for the policy of the key.
    pub key: Value,
    /// What whoever runs `migrate mailboxes` may.
    pub caller: Value,
}

/// The policies for the exports of a manifest.
pub fn policies(exports: &MailboxExports, parties: &Parties<'_>) -> Policies {
    let MailboxExports {
        bucket,
        prefix,
        role_arn,
        kms_key_arn,
        ..
    } = exports;
    let Parties {
        account,
        region,
        organization_arn,
    } = parties;
    let through_s3 = json!({
        "StringEquals": {"kms:ViaService": format!("s3.{region}.amazonaws.com")},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": format!("arn:aws:s3:::{bucket}/{prefix}*")},
    });
    let with_key = ["kms:Decrypt", "kms:GenerateDataKey"];
    Policies {
        trust: policy(&json!([{
            "Effect": "Allow",
            "Principal": {"Service": SERVICE},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": organization_arn},
            },
        }])),
        permissions: policy(&json!([
            {
                "Effect": "Allow",
                "Action": ["s3:AbortMultipartUpload", "s3:PutObject"],
                "Resource": format!("arn:aws:s3:::{bucket}/{prefix}*"),
            },
            {
                "Effect": "Allow",
                "Action": "s3:GetBucketPolicyStatus",
                "Resource": format!("arn:aws:s3:::{bucket}"),
            },
            {
                "Effect": "Allow",
                "Action": with_key,
                "Resource": kms_key_arn,
                "Condition": through_s3,
            },
        ])),
        key: json!({
            "Sid": "MailboxExports",
            "Effect": "Allow",
            "Principal": {"AWS": role_arn},
            "Action": with_key,
            "Resource": "*",
            "Condition": through_s3,
        }),
        caller: policy(&json!([
            {
                "Effect": "Allow",
                "Action": [
                    "workmail:DescribeOrganization", "workmail:ListUsers", "workmail:ListResources",
                    "workmail:StartMailboxExportJob",
                    "workmail:DescribeMailboxExportJob", "workmail:ListMailboxExportJobs",
                ],
                "Resource": organization_arn,
            },
            {"Effect": "Allow", "Action": "workmail:ListOrganizations", "Resource": "*"},
            {"Effect": "Allow", "Action": ["iam:PassRole", "iam:GetRole"], "Resource": role_arn},
            {"Effect": "Allow", "Action": ["kms:DescribeKey", "kms:Decrypt"], "Resource": kms_key_arn},
            {
                "Effect": "Allow",
                "Action": [
                    "s3:ListBucket", "s3:GetBucketPolicyStatus", "s3:GetBucketPublicAccessBlock",
                    "s3:GetBucketAcl",
                ],
                "Resource": format!("arn:aws:s3:::{bucket}"),
            },
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": format!("arn:aws:s3:::{bucket}/{prefix}*"),
            },
        ])),
    }
}

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::super::trust::{Trust, trust};
    use super::*;

    /// What is printed is what is asked for.
    #[test]
    fn the_printed_trust_policy_is_trusted() {
        let arn = "arn:aws:workmail:eu-west-1:123456789012:organization/m-1";
        let parties = Parties {
            account: "123456789012",
            region: "eu-west-1",
            organization_arn: arn,
        };
        let printed = policies(&MailboxExports::default(), &parties);
        assert_eq!(trust(&printed.trust, parties.account, arn), Trust::Given);
    }
}
