//! The facts of identity providers, Identity Center applications and personal access tokens: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{IDENTITY_CENTER_CONFIGURATION, PERSONAL_ACCESS_TOKEN_CONFIGURATION};
use super::texts::{
    APPLICATION_ARN, ENTITY_IDENTIFIER, IDEMPOTENCY_CLIENT_TOKEN, IDENTITY_CENTER_APPLICATION_NAME,
    IDENTITY_PROVIDER_AUTHENTICATION_MODE, INSTANCE_ARN, MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID,
    PERSONAL_ACCESS_TOKEN_ID,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "PutIdentityProviderConfiguration",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("AuthenticationMode", &IDENTITY_PROVIDER_AUTHENTICATION_MODE),
            required(
                "IdentityCenterConfiguration",
                &IDENTITY_CENTER_CONFIGURATION,
            ),
            required(
                "PersonalAccessTokenConfiguration",
                &PERSONAL_ACCESS_TOKEN_CONFIGURATION,
            ),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DescribeIdentityProviderConfiguration",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DeleteIdentityProviderConfiguration",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "CreateIdentityCenterApplication",
        input: &[
            required("Name", &IDENTITY_CENTER_APPLICATION_NAME),
            required("InstanceArn", &INSTANCE_ARN),
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
        ],
        errors: &["InvalidParameterException"],
    },
    Operation {
        name: "DeleteIdentityCenterApplication",
        input: &[required("ApplicationArn", &APPLICATION_ARN)],
        errors: &["InvalidParameterException", "OrganizationStateException"],
    },
    Operation {
        name: "ListPersonalAccessTokens",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("UserId", &ENTITY_IDENTIFIER),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
        ],
        errors: &[
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "GetPersonalAccessTokenMetadata",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("PersonalAccessTokenId", &PERSONAL_ACCESS_TOKEN_ID),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DeletePersonalAccessToken",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("PersonalAccessTokenId", &PERSONAL_ACCESS_TOKEN_ID),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
