//! The facts of retention, e-mail monitoring and inbound DMARC: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::FOLDER_CONFIGURATIONS;
use super::texts::{
    BOOLEAN_OBJECT, LOG_GROUP_ARN, ORGANIZATION_ID, POLICY_DESCRIPTION, ROLE_ARN, SHORT_STRING,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "PutRetentionPolicy",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("Id", &SHORT_STRING),
            required("Name", &SHORT_STRING),
            optional("Description", &POLICY_DESCRIPTION),
            required("FolderConfigurations", &FOLDER_CONFIGURATIONS),
        ],
        errors: &[
            "InvalidParameterException",
            "LimitExceededException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "GetDefaultRetentionPolicy",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DeleteRetentionPolicy",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Id", &SHORT_STRING),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "PutEmailMonitoringConfiguration",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("RoleArn", &ROLE_ARN),
            required("LogGroupArn", &LOG_GROUP_ARN),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DescribeEmailMonitoringConfiguration",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "DeleteEmailMonitoringConfiguration",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "PutInboundDmarcSettings",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("Enforced", &BOOLEAN_OBJECT),
        ],
        errors: &[
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DescribeInboundDmarcSettings",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
