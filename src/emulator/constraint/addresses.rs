//! The facts of registration, addresses and mailbox permissions: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::PERMISSION_VALUES;
use super::texts::{
    EMAIL_ADDRESS, ENTITY_IDENTIFIER, MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID,
    WORK_MAIL_IDENTIFIER,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "RegisterToWorkMail",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            required("Email", &EMAIL_ADDRESS),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EmailAddressInUseException",
            "EntityAlreadyRegisteredException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "MailDomainNotFoundException",
            "MailDomainStateException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "DeregisterFromWorkMail",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
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
        name: "DescribeEntity",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Email", &EMAIL_ADDRESS),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "CreateAlias",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &WORK_MAIL_IDENTIFIER),
            required("Alias", &EMAIL_ADDRESS),
        ],
        errors: &[
            "EmailAddressInUseException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "LimitExceededException",
            "MailDomainNotFoundException",
            "MailDomainStateException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DeleteAlias",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &WORK_MAIL_IDENTIFIER),
            required("Alias", &EMAIL_ADDRESS),
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
        name: "ListAliases",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &WORK_MAIL_IDENTIFIER),
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
        name: "UpdatePrimaryEmailAddress",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            required("Email", &EMAIL_ADDRESS),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EmailAddressInUseException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "MailDomainNotFoundException",
            "MailDomainStateException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "PutMailboxPermissions",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            required("GranteeId", &ENTITY_IDENTIFIER),
            required("PermissionValues", &PERMISSION_VALUES),
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
        name: "DeleteMailboxPermissions",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            required("GranteeId", &ENTITY_IDENTIFIER),
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
        name: "ListMailboxPermissions",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("EntityId", &ENTITY_IDENTIFIER),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
