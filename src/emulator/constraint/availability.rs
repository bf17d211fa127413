//! The facts of availability configurations: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{EWS_AVAILABILITY_PROVIDER, LAMBDA_AVAILABILITY_PROVIDER};
use super::texts::{
    DOMAIN_NAME, IDEMPOTENCY_CLIENT_TOKEN, MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateAvailabilityConfiguration",
        input: &[
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &DOMAIN_NAME),
            optional("EwsProvider", &EWS_AVAILABILITY_PROVIDER),
            optional("LambdaProvider", &LAMBDA_AVAILABILITY_PROVIDER),
        ],
        errors: &[
            "InvalidParameterException",
            "LimitExceededException",
            "NameAvailabilityException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "UpdateAvailabilityConfiguration",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &DOMAIN_NAME),
            optional("EwsProvider", &EWS_AVAILABILITY_PROVIDER),
            optional("LambdaProvider", &LAMBDA_AVAILABILITY_PROVIDER),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "ListAvailabilityConfigurations",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("MaxResults", &MAX_RESULTS),
            optional("NextToken", &NEXT_TOKEN),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DeleteAvailabilityConfiguration",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &DOMAIN_NAME),
        ],
        errors: &[
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "TestAvailabilityConfiguration",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("DomainName", &DOMAIN_NAME),
            optional("EwsProvider", &EWS_AVAILABILITY_PROVIDER),
            optional("LambdaProvider", &LAMBDA_AVAILABILITY_PROVIDER),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
];
