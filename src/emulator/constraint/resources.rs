//! The facts of resources and their delegates: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{BOOKING_OPTIONS, LIST_RESOURCES_FILTERS};
use super::texts::{
    BOOLEAN, BOOLEAN_OBJECT, ENTITY_IDENTIFIER, MAX_RESULTS, NEW_RESOURCE_DESCRIPTION, NEXT_TOKEN,
    ORGANIZATION_ID, RESOURCE_DESCRIPTION, RESOURCE_NAME, RESOURCE_TYPE,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateResource",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Name", &RESOURCE_NAME),
            required("Type", &RESOURCE_TYPE),
            optional("Description", &RESOURCE_DESCRIPTION),
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
        name: "DescribeResource",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ResourceId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "UpdateResource",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ResourceId", &ENTITY_IDENTIFIER),
            optional("Name", &RESOURCE_NAME),
            optional("BookingOptions", &BOOKING_OPTIONS),
            optional("Description", &NEW_RESOURCE_DESCRIPTION),
            optional("Type", &RESOURCE_TYPE),
            optional("HiddenFromGlobalAddressList", &BOOLEAN_OBJECT),
        ],
        errors: &[
            "DirectoryUnavailableException",
            "EmailAddressInUseException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidConfigurationException",
            "InvalidParameterException",
            "MailDomainNotFoundException",
            "MailDomainStateException",
            "NameAvailabilityException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "DeleteResource",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ResourceId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "ListResources",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
            optional("Filters", &LIST_RESOURCES_FILTERS),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "ListResourceDelegates",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ResourceId", &ENTITY_IDENTIFIER),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
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
        name: "AssociateDelegateToResource",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ResourceId", &ENTITY_IDENTIFIER),
            required("EntityId", &ENTITY_IDENTIFIER),
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
        name: "DisassociateDelegateFromResource",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("ResourceId", &ENTITY_IDENTIFIER),
            required("EntityId", &ENTITY_IDENTIFIER),
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
];
