//! The facts of mailbox export jobs: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::texts::{
    DESCRIPTION, ENTITY_IDENTIFIER, IDEMPOTENCY_CLIENT_TOKEN, KMS_KEY_ARN, MAILBOX_EXPORT_JOB_ID,
    MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID, ROLE_ARN, S3_BUCKET_NAME, S3_OBJECT_KEY,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "StartMailboxExportJob",
        input: &[
            required("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            optional("Description", &DESCRIPTION),
            required("RoleArn", &ROLE_ARN),
            required("KmsKeyArn", &KMS_KEY_ARN),
            required("S3BucketName", &S3_BUCKET_NAME),
            required("S3Prefix", &S3_OBJECT_KEY),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "LimitExceededException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DescribeMailboxExportJob",
        input: &[
            required("JobId", &MAILBOX_EXPORT_JOB_ID),
            required("OrganizationId", &ORGANIZATION_ID),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "ListMailboxExportJobs",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "CancelMailboxExportJob",
        input: &[
            required("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("JobId", &MAILBOX_EXPORT_JOB_ID),
            required("OrganizationId", &ORGANIZATION_ID),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
