//! The facts of organizations and their tags: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{DOMAINS, TAG_KEY_LIST, TAG_LIST};
use super::texts::{
    AMAZON_RESOURCE_NAME, BOOLEAN, DIRECTORY_ID, IDEMPOTENCY_CLIENT_TOKEN, KMS_KEY_ARN,
    MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID, ORGANIZATION_NAME,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateOrganization",
        input: &[
            optional("DirectoryId", &DIRECTORY_ID),
            required("Alias", &ORGANIZATION_NAME),
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            optional("Domains", &DOMAINS),
            optional("KmsKeyArn", &KMS_KEY_ARN),
            optional("EnableInteroperability", &BOOLEAN),
        ],
        errors: &[
            "DirectoryInUseException",
            "DirectoryUnavailableException",
            "InvalidParameterException",
            "LimitExceededException",
            "NameAvailabilityException",
        ],
    },
    Operation {
        name: "DescribeOrganization",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &["InvalidParameterException", "OrganizationNotFoundException"],
    },
    Operation {
        name: "ListOrganizations",
        input: &[
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
        ],
        errors: &["InvalidParameterException"],
    },
    Operation {
        name: "DeleteOrganization",
        input: &[
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("OrganizationId", &ORGANIZATION_ID),
            required("DeleteDirectory", &BOOLEAN),
            optional("ForceDelete", &BOOLEAN),
            optional("DeleteIdentityCenterApplication", &BOOLEAN),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "TagResource",
        input: &[
            required("ResourceARN", &AMAZON_RESOURCE_NAME),
            required("Tags", &TAG_LIST),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationStateException",
            "ResourceNotFoundException",
            "TooManyTagsException",
        ],
    },
    Operation {
        name: "UntagResource",
        input: &[
            required("ResourceARN", &AMAZON_RESOURCE_NAME),
            required("TagKeys", &TAG_KEY_LIST),
        ],
        errors: &["ResourceNotFoundException"],
    },
    Operation {
        name: "ListTagsForResource",
        input: &[required("ResourceARN", &AMAZON_RESOURCE_NAME)],
        errors: &["ResourceNotFoundException"],
    },
];
