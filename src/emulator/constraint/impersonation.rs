//! The facts of impersonation roles: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::IMPERSONATION_RULE_LIST;
use super::texts::{
    ENTITY_IDENTIFIER, IDEMPOTENCY_CLIENT_TOKEN, IMPERSONATION_ROLE_DESCRIPTION,
    IMPERSONATION_ROLE_ID, IMPERSONATION_ROLE_NAME, IMPERSONATION_ROLE_TYPE, MAX_RESULTS,
    NEXT_TOKEN, ORGANIZATION_ID,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateImpersonationRole",
        input: &[
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("OrganizationId", &ORGANIZATION_ID),
            required("Name", &IMPERSONATION_ROLE_NAME),
            required("Type", &IMPERSONATION_ROLE_TYPE),
            optional("Description", &IMPERSONATION_ROLE_DESCRIPTION),
            required("Rules", &IMPERSONATION_RULE_LIST),
        ],
        errors: &[
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "LimitExceededException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "UpdateImpersonationRole",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ImpersonationRoleId", &IMPERSONATION_ROLE_ID),
            required("Name", &IMPERSONATION_ROLE_NAME),
            required("Type", &IMPERSONATION_ROLE_TYPE),
            optional("Description", &IMPERSONATION_ROLE_DESCRIPTION),
            required("Rules", &IMPERSONATION_RULE_LIST),
        ],
        errors: &[
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "LimitExceededException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "GetImpersonationRole",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ImpersonationRoleId", &IMPERSONATION_ROLE_ID),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "ListImpersonationRoles",
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
        name: "DeleteImpersonationRole",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ImpersonationRoleId", &IMPERSONATION_ROLE_ID),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "GetImpersonationRoleEffect",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ImpersonationRoleId", &IMPERSONATION_ROLE_ID),
            required("TargetUser", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "AssumeImpersonationRole",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ImpersonationRoleId", &IMPERSONATION_ROLE_ID),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
];
