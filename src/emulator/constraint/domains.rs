//! The facts of mail domains: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::texts::{
    IDEMPOTENCY_CLIENT_TOKEN, MAX_RESULTS, NEXT_TOKEN, ORGANIZATION_ID, WORK_MAIL_DOMAIN_NAME,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "RegisterMailDomain",
        input: &[
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &WORK_MAIL_DOMAIN_NAME),
        ],
        errors: &[
            "InvalidParameterException",
            "LimitExceededException",
            "MailDomainInUseException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "GetMailDomain",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &WORK_MAIL_DOMAIN_NAME),
        ],
        errors: &[
            "InvalidParameterException",
            "MailDomainNotFoundException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "ListMailDomains",
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
        name: "UpdateDefaultMailDomain",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &WORK_MAIL_DOMAIN_NAME),
        ],
        errors: &[
            "InvalidParameterException",
            "MailDomainNotFoundException",
            "MailDomainStateException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DeregisterMailDomain",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("DomainName", &WORK_MAIL_DOMAIN_NAME),
        ],
        errors: &[
            "InvalidCustomSesConfigurationException",
            "InvalidParameterException",
            "MailDomainInUseException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
