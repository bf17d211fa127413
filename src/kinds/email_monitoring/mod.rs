//! E-mail monitoring: the log group that is told what happens to mail. An organization has one or none.
//!
//! Calls: `PutEmailMonitoringConfiguration`, `DeleteEmailMonitoringConfiguration`; read by
//! `DescribeEmailMonitoringConfiguration`. A request without a role means the service's own, which a
//! read tells. Source: API reference, the operations of these names.

#[cfg(feature = "client")]
pub(crate) mod api;
mod spec;

use serde_json::{Map, Value};

use crate::model::{Call, EMAIL_MONITORING, Unmanaged};

use super::Pattern;
use super::setting::{
    ANY_NAME, Chain, Form, Member, Nature, Referring, SettingKind, SettingLowering, Writes,
    Writing, call,
};

pub use spec::EmailMonitoringSpec;

const PUT: &str = "PutEmailMonitoringConfiguration";
const DELETE: &str = "DeleteEmailMonitoringConfiguration";

/// The kind.
pub static ENTRY: SettingKind = SettingKind {
    name: EMAIL_MONITORING,
    section: "organization.emailMonitoring",
    about: "The log group of CloudWatch that is told what happens to mail",
    plural: "email monitoring",
    read: &["DescribeEmailMonitoringConfiguration"],
    write: Writes {
        create: PUT,
        update: PUT,
        delete: Some(DELETE),
    },
    naming: ANY_NAME,
    id: None,
    clears: true,
    owner: None,
    members: MEMBERS,
    unmanaged: Unmanaged::Remove,
    limit: None,
    referring: Referring::Created,
    chain: Chain::Alone,
    closed: None,
    nature: Nature {
        nullable: true,
        normal: Some(without_own_role),
        ..Nature::ONE
    },
    lowering: SettingLowering {
        create: put,
        update: put,
        delete,
    },
    #[cfg(feature = "client")]
    api: api::API,
};

static MEMBERS: &[Member] = &[
    Member {
        name: "logGroupArn",
        member: "LogGroupArn",
        form: Form::Text {
            min: 47,
            max: 562,
            pattern: Some(LOG_GROUP),
        },
        needed: true,
        about: "the log group of CloudWatch",
    },
    Member {
        name: "roleArn",
        member: "RoleArn",
        form: Form::Text {
            min: 20,
            max: 2048,
            pattern: Some(ROLE),
        },
        needed: false,
        about: "the role that writes to it; left out: the service's own, `AWSServiceRoleForAmazonWorkMailEvents`",
    },
];

/// The end of the ARN of the role that stands in where a request names none. Only the service makes
/// roles below `aws-service-role`. Source: API reference, `PutEmailMonitoringConfiguration`, `RoleArn`.
const OWN_ROLE: &str = "/AWSServiceRoleForAmazonWorkMailEvents";

fn without_own_role(value: &mut Map<String, Value>) {
    let role = value.get("roleArn").and_then(Value::as_str);
    if role.is_some_and(|role| role.contains(":role/aws-service-role/") && role.ends_with(OWN_ROLE))
    {
        value.remove("roleArn");
    }
}

/// Source: API reference, `LogGroupArn`, `Pattern`; its end is told by the reply's twin.
const LOG_GROUP: Pattern = Pattern {
    is: |text| {
        let mut parts = text.splitn(7, ':');
        let mut part = || parts.next().unwrap_or_default();
        let begins = part() == "arn" && part() == "aws" && part() == "logs";
        let is_region =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let region = part().bytes().all(is_region);
        let account = part();
        let account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_group = part() == "log-group";
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte);
        let name = part().strip_suffix(":*").unwrap_or_default();
        begins && region && account && is_group && !name.is_empty() && name.bytes().all(is_name)
    },
    about: "the ARN of a log group, as `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`",
};

/// Source: API reference, `RoleArn`, `Pattern`.
const ROLE: Pattern = Pattern {
    is: |text| {
        let Some(rest) = text.strip_prefix("arn:aws:iam:") else {
            return false;
        };
        let mut parts = rest.splitn(3, ':');
        let mut part = || parts.next().unwrap_or_default();
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let region = part().bytes().all(is_word);
        let account = part();
        let account = !account.is_empty() && account.bytes().all(is_word);
        let role = part().as_bytes();
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b":_/+=,@.-".contains(byte);
        region
            && account
            && (1..=1024).contains(&role.len())
            && role[0].is_ascii_alphanumeric()
            && role.iter().all(is_name)
    },
    about: "the ARN of a role, as `arn:aws:iam::ACCOUNT:role/NAME`",
};

fn put(writing: &Writing<'_>) -> Call {
    call(PUT, []).with(writing.input())
}

fn delete(_: &Writing<'_>) -> Call {
    call(DELETE, [])
}
