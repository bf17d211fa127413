//! The facts of access control rules: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{ACTIONS_LIST, IMPERSONATION_ROLE_ID_LIST, IP_RANGE_LIST, USER_ID_LIST};
use super::texts::{
    ACCESS_CONTROL_RULE_ACTION, ACCESS_CONTROL_RULE_DESCRIPTION, ACCESS_CONTROL_RULE_EFFECT,
    ACCESS_CONTROL_RULE_NAME, IMPERSONATION_ROLE_ID, IP_ADDRESS, ORGANIZATION_ID,
    WORK_MAIL_IDENTIFIER,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "PutAccessControlRule",
        input: &[
            required("Name", &ACCESS_CONTROL_RULE_NAME),
            required("Effect", &ACCESS_CONTROL_RULE_EFFECT),
            required("Description", &ACCESS_CONTROL_RULE_DESCRIPTION),
            optional("IpRanges", &IP_RANGE_LIST),
            optional("NotIpRanges", &IP_RANGE_LIST),
            optional("Actions", &ACTIONS_LIST),
            optional("NotActions", &ACTIONS_LIST),
            optional("UserIds", &USER_ID_LIST),
            optional("NotUserIds", &USER_ID_LIST),
            required("OrganizationId", &ORGANIZATION_ID),
            optional("ImpersonationRoleIds", &IMPERSONATION_ROLE_ID_LIST),
            optional("NotImpersonationRoleIds", &IMPERSONATION_ROLE_ID_LIST),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "LimitExceededException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DeleteAccessControlRule",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Name", &ACCESS_CONTROL_RULE_NAME),
        ],
        errors: &[
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "ListAccessControlRules",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "GetAccessControlEffect",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("IpAddress", &IP_ADDRESS),
            required("Action", &ACCESS_CONTROL_RULE_ACTION),
            optional("UserId", &WORK_MAIL_IDENTIFIER),
            optional("ImpersonationRoleId", &IMPERSONATION_ROLE_ID),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
];
