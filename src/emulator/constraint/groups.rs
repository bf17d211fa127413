//! The facts of groups and their members: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{LIST_GROUPS_FILTERS, LIST_GROUPS_FOR_ENTITY_FILTERS};
use super::texts::{
    BOOLEAN, BOOLEAN_OBJECT, ENTITY_IDENTIFIER, GROUP_NAME, MAX_RESULTS, NEXT_TOKEN,
    ORGANIZATION_ID,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateGroup",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Name", &GROUP_NAME),
            optional("HiddenFromGlobalAddressList", &BOOLEAN),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "InvalidParameterException",
            "NameAvailabilityException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ReservedNameException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "DescribeGroup",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("GroupId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "UpdateGroup",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("GroupId", &ENTITY_IDENTIFIER),
            optional("HiddenFromGlobalAddressList", &BOOLEAN_OBJECT),
        ],
        errors: &[
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "DeleteGroup",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("GroupId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "ListGroups",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
            optional("Filters", &LIST_GROUPS_FILTERS),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "ListGroupMembers",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("GroupId", &ENTITY_IDENTIFIER),
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
        name: "ListGroupsForEntity",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            optional("Filters", &LIST_GROUPS_FOR_ENTITY_FILTERS),
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
        name: "AssociateMemberToGroup",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("GroupId", &ENTITY_IDENTIFIER),
            required("MemberId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "DisassociateMemberFromGroup",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("GroupId", &ENTITY_IDENTIFIER),
            required("MemberId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
];
