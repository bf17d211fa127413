//! The facts of users and their mailboxes: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::LIST_USERS_FILTERS;
use super::texts::{
    BOOLEAN, BOOLEAN_OBJECT, ENTITY_IDENTIFIER, IDENTITY_PROVIDER_USER_ID,
    IDENTITY_PROVIDER_USER_ID_FOR_UPDATE, MAILBOX_QUOTA, MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID,
    PASSWORD, USER_ATTRIBUTE, USER_NAME, USER_ROLE, WORK_MAIL_IDENTIFIER,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateUser",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Name", &USER_NAME),
            required("DisplayName", &USER_ATTRIBUTE),
            optional("Password", &PASSWORD),
            optional("Role", &USER_ROLE),
            optional("FirstName", &USER_ATTRIBUTE),
            optional("LastName", &USER_ATTRIBUTE),
            optional("HiddenFromGlobalAddressList", &BOOLEAN),
            optional("IdentityProviderUserId", &IDENTITY_PROVIDER_USER_ID),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "NameAvailabilityException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ReservedNameException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "DescribeUser",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "UpdateUser",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
            optional("Role", &USER_ROLE),
            optional("DisplayName", &USER_ATTRIBUTE),
            optional("FirstName", &USER_ATTRIBUTE),
            optional("LastName", &USER_ATTRIBUTE),
            optional("HiddenFromGlobalAddressList", &BOOLEAN_OBJECT),
            optional("Initials", &USER_ATTRIBUTE),
            optional("Telephone", &USER_ATTRIBUTE),
            optional("Street", &USER_ATTRIBUTE),
            optional("JobTitle", &USER_ATTRIBUTE),
            optional("City", &USER_ATTRIBUTE),
            optional("Company", &USER_ATTRIBUTE),
            optional("ZipCode", &USER_ATTRIBUTE),
            optional("Department", &USER_ATTRIBUTE),
            optional("Country", &USER_ATTRIBUTE),
            optional("Office", &USER_ATTRIBUTE),
            optional(
                "IdentityProviderUserId",
                &IDENTITY_PROVIDER_USER_ID_FOR_UPDATE,
            ),
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
        name: "DeleteUser",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
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
        name: "ListUsers",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("NextToken", &NEXT_TOKEN),
            optional("MaxResults", &MAX_RESULTS),
            optional("Filters", &LIST_USERS_FILTERS),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "ResetPassword",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &WORK_MAIL_IDENTIFIER),
            required("Password", &PASSWORD),
        ],
        errors: &[
            "DirectoryServiceAuthenticationFailedException",
            "DirectoryUnavailableException",
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "InvalidPasswordException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "UnsupportedOperationException",
        ],
    },
    Operation {
        name: "GetMailboxDetails",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "UpdateMailboxQuota",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
            required("MailboxQuota", &MAILBOX_QUOTA),
        ],
        errors: &[
            "EntityNotFoundException",
            "EntityStateException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
