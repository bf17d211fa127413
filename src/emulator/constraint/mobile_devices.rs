//! The facts of mobile device access rules and overrides: members and errors of each operation.
//! Source: API reference, the operations of the same names.

use super::structures::{
    DEVICE_MODEL_LIST, DEVICE_OPERATING_SYSTEM_LIST, DEVICE_TYPE_LIST, DEVICE_USER_AGENT_LIST,
};
use super::texts::{
    DEVICE_ID, DEVICE_MODEL, DEVICE_OPERATING_SYSTEM, DEVICE_TYPE, DEVICE_USER_AGENT,
    ENTITY_IDENTIFIER, IDEMPOTENCY_CLIENT_TOKEN, MAX_RESULTS,
    MOBILE_DEVICE_ACCESS_RULE_DESCRIPTION, MOBILE_DEVICE_ACCESS_RULE_EFFECT,
    MOBILE_DEVICE_ACCESS_RULE_ID, MOBILE_DEVICE_ACCESS_RULE_NAME, NEXT_TOKEN, ORGANIZATION_ID,
};
use super::{Operation, optional, required};

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateMobileDeviceAccessRule",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("ClientToken", &IDEMPOTENCY_CLIENT_TOKEN),
            required("Name", &MOBILE_DEVICE_ACCESS_RULE_NAME),
            optional("Description", &MOBILE_DEVICE_ACCESS_RULE_DESCRIPTION),
            required("Effect", &MOBILE_DEVICE_ACCESS_RULE_EFFECT),
            optional("DeviceTypes", &DEVICE_TYPE_LIST),
            optional("NotDeviceTypes", &DEVICE_TYPE_LIST),
            optional("DeviceModels", &DEVICE_MODEL_LIST),
            optional("NotDeviceModels", &DEVICE_MODEL_LIST),
            optional("DeviceOperatingSystems", &DEVICE_OPERATING_SYSTEM_LIST),
            optional("NotDeviceOperatingSystems", &DEVICE_OPERATING_SYSTEM_LIST),
            optional("DeviceUserAgents", &DEVICE_USER_AGENT_LIST),
            optional("NotDeviceUserAgents", &DEVICE_USER_AGENT_LIST),
        ],
        errors: &[
            "InvalidParameterException",
            "LimitExceededException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "UpdateMobileDeviceAccessRule",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("MobileDeviceAccessRuleId", &MOBILE_DEVICE_ACCESS_RULE_ID),
            required("Name", &MOBILE_DEVICE_ACCESS_RULE_NAME),
            optional("Description", &MOBILE_DEVICE_ACCESS_RULE_DESCRIPTION),
            required("Effect", &MOBILE_DEVICE_ACCESS_RULE_EFFECT),
            optional("DeviceTypes", &DEVICE_TYPE_LIST),
            optional("NotDeviceTypes", &DEVICE_TYPE_LIST),
            optional("DeviceModels", &DEVICE_MODEL_LIST),
            optional("NotDeviceModels", &DEVICE_MODEL_LIST),
            optional("DeviceOperatingSystems", &DEVICE_OPERATING_SYSTEM_LIST),
            optional("NotDeviceOperatingSystems", &DEVICE_OPERATING_SYSTEM_LIST),
            optional("DeviceUserAgents", &DEVICE_USER_AGENT_LIST),
            optional("NotDeviceUserAgents", &DEVICE_USER_AGENT_LIST),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "ListMobileDeviceAccessRules",
        input: &[required("OrganizationId", &ORGANIZATION_ID)],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "DeleteMobileDeviceAccessRule",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("MobileDeviceAccessRuleId", &MOBILE_DEVICE_ACCESS_RULE_ID),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "GetMobileDeviceAccessEffect",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("DeviceType", &DEVICE_TYPE),
            optional("DeviceModel", &DEVICE_MODEL),
            optional("DeviceOperatingSystem", &DEVICE_OPERATING_SYSTEM),
            optional("DeviceUserAgent", &DEVICE_USER_AGENT),
        ],
        errors: &[
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
    Operation {
        name: "PutMobileDeviceAccessOverride",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
            required("DeviceId", &DEVICE_ID),
            required("Effect", &MOBILE_DEVICE_ACCESS_RULE_EFFECT),
            optional("Description", &MOBILE_DEVICE_ACCESS_RULE_DESCRIPTION),
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
        name: "GetMobileDeviceAccessOverride",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
            required("DeviceId", &DEVICE_ID),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
            "ResourceNotFoundException",
        ],
    },
    Operation {
        name: "ListMobileDeviceAccessOverrides",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            optional("UserId", &ENTITY_IDENTIFIER),
            optional("DeviceId", &DEVICE_ID),
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
    Operation {
        name: "DeleteMobileDeviceAccessOverride",
        input: &[
            required("OrganizationId", &ORGANIZATION_ID),
            required("UserId", &ENTITY_IDENTIFIER),
            required("DeviceId", &DEVICE_ID),
        ],
        errors: &[
            "EntityNotFoundException",
            "InvalidParameterException",
            "OrganizationNotFoundException",
            "OrganizationStateException",
        ],
    },
];
