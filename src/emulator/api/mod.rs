//! The operations, one family a file, and the one table of them.
//!
//! A handler looks at everything before it changes anything: a refused request changes nothing.

mod access_control;
mod access_tokens;
mod addresses;
mod availability;
mod domains;
mod exports;
mod groups;
mod identity;
mod impersonation;
mod links;
mod mail;
mod mailboxes;
mod message_flow;
mod mobile_devices;
mod mobile_overrides;
mod organizations;
mod paging;
mod permissions;
mod registration;
mod resources;
mod settings;
mod shared;
mod tags;
mod users;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Map, Value};

use super::behavior::Behaviors;
use super::ews::Probe;
use super::objects::Buckets;
use super::refusal::Refusal;
use super::state::{DirectoryState, Lag, Organization, Sort, World};

/// One operation: its name, whether it changes something, and what does it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) write: bool,
    pub(super) handler: fn(&mut Call<'_>) -> Result<Value, Refusal>,
}

const fn read(name: &'static str, handler: fn(&mut Call<'_>) -> Result<Value, Refusal>) -> Row {
    Row {
        name,
        write: false,
        handler,
    }
}

const fn write(name: &'static str, handler: fn(&mut Call<'_>) -> Result<Value, Refusal>) -> Row {
    Row {
        name,
        write: true,
        handler,
    }
}

/// Every operation.
pub(super) static TABLE: &[Row] = &[
    write("CreateOrganization", organizations::create),
    read("DescribeOrganization", organizations::describe),
    read("ListOrganizations", organizations::list),
    write("DeleteOrganization", organizations::delete),
    write("TagResource", tags::tag),
    write("UntagResource", tags::untag),
    read("ListTagsForResource", tags::list),
    write("RegisterMailDomain", domains::register),
    read("GetMailDomain", domains::get),
    read("ListMailDomains", domains::list),
    write("UpdateDefaultMailDomain", domains::update_default),
    write("DeregisterMailDomain", domains::deregister),
    write("CreateUser", users::create),
    read("DescribeUser", users::describe),
    write("UpdateUser", users::update),
    write("DeleteUser", users::delete),
    read("ListUsers", users::list),
    write("ResetPassword", users::reset_password),
    read("GetMailboxDetails", mailboxes::details),
    write("UpdateMailboxQuota", mailboxes::update_quota),
    write("CreateGroup", groups::create),
    read("DescribeGroup", groups::describe),
    write("UpdateGroup", groups::update),
    write("DeleteGroup", groups::delete),
    read("ListGroups", groups::list),
    read("ListGroupMembers", links::list_members),
    read("ListGroupsForEntity", links::groups_of),
    write("AssociateMemberToGroup", links::associate_member),
    write("DisassociateMemberFromGroup", links::disassociate_member),
    write("CreateResource", resources::create),
    read("DescribeResource", resources::describe),
    write("UpdateResource", resources::update),
    write("DeleteResource", resources::delete),
    read("ListResources", resources::list),
    read("ListResourceDelegates", links::list_delegates),
    write("AssociateDelegateToResource", links::associate_delegate),
    write(
        "DisassociateDelegateFromResource",
        links::disassociate_delegate,
    ),
    write("RegisterToWorkMail", registration::register),
    write("DeregisterFromWorkMail", registration::deregister),
    read("DescribeEntity", registration::describe_entity),
    write("CreateAlias", addresses::create_alias),
    write("DeleteAlias", addresses::delete_alias),
    read("ListAliases", addresses::list_aliases),
    write("UpdatePrimaryEmailAddress", addresses::update_primary),
    write("PutMailboxPermissions", permissions::put),
    write("DeleteMailboxPermissions", permissions::delete),
    read("ListMailboxPermissions", permissions::list),
    write("PutAccessControlRule", access_control::put),
    write("DeleteAccessControlRule", access_control::delete),
    read("ListAccessControlRules", access_control::list),
    read("GetAccessControlEffect", access_control::effect),
    write("CreateImpersonationRole", impersonation::create),
    write("UpdateImpersonationRole", impersonation::update),
    read("GetImpersonationRole", impersonation::get),
    read("ListImpersonationRoles", impersonation::list),
    write("DeleteImpersonationRole", impersonation::delete),
    read("GetImpersonationRoleEffect", impersonation::effect),
    write("AssumeImpersonationRole", impersonation::assume),
    write("CreateMobileDeviceAccessRule", mobile_devices::create),
    write("UpdateMobileDeviceAccessRule", mobile_devices::update),
    read("ListMobileDeviceAccessRules", mobile_devices::list),
    write("DeleteMobileDeviceAccessRule", mobile_devices::delete),
    read("GetMobileDeviceAccessEffect", mobile_devices::effect),
    write("PutMobileDeviceAccessOverride", mobile_overrides::put),
    read("GetMobileDeviceAccessOverride", mobile_overrides::get),
    read("ListMobileDeviceAccessOverrides", mobile_overrides::list),
    write("DeleteMobileDeviceAccessOverride", mobile_overrides::delete),
    write("PutRetentionPolicy", settings::put_retention),
    read("GetDefaultRetentionPolicy", settings::get_retention),
    write("DeleteRetentionPolicy", settings::delete_retention),
    write("PutEmailMonitoringConfiguration", settings::put_monitoring),
    read(
        "DescribeEmailMonitoringConfiguration",
        settings::describe_monitoring,
    ),
    write(
        "DeleteEmailMonitoringConfiguration",
        settings::delete_monitoring,
    ),
    write("PutInboundDmarcSettings", settings::put_dmarc),
    read("DescribeInboundDmarcSettings", settings::describe_dmarc),
    write("PutIdentityProviderConfiguration", identity::put),
    read("DescribeIdentityProviderConfiguration", identity::describe),
    write("DeleteIdentityProviderConfiguration", identity::delete),
    write(
        "CreateIdentityCenterApplication",
        identity::create_application,
    ),
    write(
        "DeleteIdentityCenterApplication",
        identity::delete_application,
    ),
    read("ListPersonalAccessTokens", access_tokens::list),
    read("GetPersonalAccessTokenMetadata", access_tokens::get),
    write("DeletePersonalAccessToken", access_tokens::delete),
    write("CreateAvailabilityConfiguration", availability::create),
    write("UpdateAvailabilityConfiguration", availability::update),
    read("ListAvailabilityConfigurations", availability::list),
    write("DeleteAvailabilityConfiguration", availability::delete),
    read("TestAvailabilityConfiguration", availability::test),
    write("StartMailboxExportJob", exports::start),
    read("DescribeMailboxExportJob", exports::describe),
    read("ListMailboxExportJobs", exports::list),
    write("CancelMailboxExportJob", exports::cancel),
    read("GetRawMessageContent", message_flow::get),
    write("PutRawMessageContent", message_flow::put),
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Row>> =
    LazyLock::new(|| TABLE.iter().map(|row| (row.name, row)).collect());

/// The row of an operation, if there is one of this name.
pub(super) fn row(operation: &str) -> Option<&'static Row> {
    BY_NAME.get(operation).copied()
}

/// The check of a sort of rows.
type Check = fn(&Value) -> Result<Vec<String>, serde_json::Error>;

/// Every sort of rows that is kept beside the entities.
static SORTS: &[(&str, Check)] = &[
    (TIME.name, |value| TIME.check(value)),
    (access_control::RULES.name, |value| {
        access_control::RULES.check(value)
    }),
    (impersonation::ROLES.name, |value| {
        impersonation::ROLES.check(value)
    }),
    (mobile_devices::RULES.name, |value| {
        mobile_devices::RULES.check(value)
    }),
    (mobile_overrides::OVERRIDES.name, |value| {
        mobile_overrides::OVERRIDES.check(value)
    }),
    (settings::RETENTION.name, |value| {
        settings::RETENTION.check(value)
    }),
    (settings::MONITORING.name, |value| {
        settings::MONITORING.check(value)
    }),
    (settings::DMARC.name, |value| settings::DMARC.check(value)),
    (identity::APPLICATIONS.name, |value| {
        identity::APPLICATIONS.check(value)
    }),
    (identity::PROVIDERS.name, |value| {
        identity::PROVIDERS.check(value)
    }),
    (access_tokens::TOKENS.name, |value| {
        access_tokens::TOKENS.check(value)
    }),
    (availability::CONFIGURATIONS.name, |value| {
        availability::CONFIGURATIONS.check(value)
    }),
    (exports::JOBS.name, |value| exports::JOBS.check(value)),
    (mail::ITEMS.name, |value| mail::ITEMS.check(value)),
    (message_flow::MESSAGES.name, |value| {
        message_flow::MESSAGES.check(value)
    }),
];

/// The labels of a row from a file, if it is of its sort.
pub(super) fn check_row(sort: &str, value: &Value) -> Result<Vec<String>, serde_json::Error> {
    match SORTS.iter().find(|(name, _)| *name == sort) {
        Some((_, check)) => check(value),
        None => Err(serde_json::Error::custom(format!(
            "no table is called `{sort}`"
        ))),
    }
}

/// The time of a virtual clock, under the key `now`.
const TIME: Sort<f64> = Sort::new("time");

/// Where a virtual clock goes on.
pub(super) fn kept_time(world: &World) -> Option<f64> {
    world.tables.get(&TIME, "now")
}

/// Keeps the time of a virtual clock.
pub(super) fn keep_time(world: &mut World, time: f64) {
    if kept_time(world) != Some(time) {
        world.tables.put(&TIME, "now", &time, Lag::NONE);
    }
}

/// One request while it is handled.
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    pub(super) world: &'a mut World,
    /// Known members only, and none that is `null`.
    pub(super) input: &'a Map<String, Value>,
    pub(super) behaviors: &'a Behaviors,
    /// Objects of Amazon S3.
    pub(super) buckets: &'a Buckets,
    /// In seconds since 1970.
    pub(super) now: f64,
    /// The number of this call since the start.
    pub(super) number: u64,
    pub(super) region: &'a str,
    /// What has to be called for the reply, once the state is no longer locked.
    pub(super) probe: Option<Probe>,
}

impl Call<'_> {
    /// The input as a type of the family. Its shape was checked.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(Value::Object(self.input.clone()))
            .map_err(|error| Refusal::new("SerializationException", format!("{error}.")))
    }

    /// A text that the constraints demand.
    fn text(&self, member: &str) -> &str {
        self.optional(member).unwrap_or_default()
    }

    /// A text that may be missing.
    fn optional(&self, member: &str) -> Option<&str> {
        self.input.get(member).and_then(Value::as_str)
    }

    /// A flag that may be missing.
    fn flag(&self, member: &str) -> Option<bool> {
        self.input.get(member).and_then(Value::as_bool)
    }

    /// The Active organization of the request.
    fn organization(&mut self) -> Result<&mut Organization, Refusal> {
        let (id, number) = (self.text("OrganizationId").to_owned(), self.number);
        let lag = self.behaviors.number(super::behavior::LAG);
        let organization = self.world.active(&id)?;
        organization.directory.call = number;
        organization.directory.lag = lag;
        Ok(organization)
    }

    /// For how many calls freed names and addresses rest.
    fn rest(&self) -> u64 {
        if self.behaviors.is(super::behavior::FREED_REUSE, "later") {
            3
        } else {
            0
        }
    }

    /// The same answer for the same client token; `make` is asked the first time.
    fn once(
        &mut self,
        make: impl FnOnce(&mut Self) -> Result<Value, Refusal>,
    ) -> Result<Value, Refusal> {
        let Some(token) = self.optional("ClientToken") else {
            return make(self);
        };
        let key = format!("{}:{}:{token}", self.operation, self.text("OrganizationId"));
        let mut others = self.input.clone();
        others.remove("ClientToken");
        let input = Value::Object(others).to_string();
        if let Some(answer) = self.world.answered(&key, &input)? {
            return Ok(answer);
        }
        let answer = make(self)?;
        self.world.remember(key, &input, answer.clone());
        Ok(answer)
    }
}

/// How the directory of the organization stands, if that keeps the operation from its work: what it
/// declares for that. Source: API reference, the errors of the operations.
pub(super) fn refused_by_directory(
    row: &Row,
    declared: &[&str],
    world: &World,
    input: &Map<String, Value>,
) -> Result<(), Refusal> {
    let id = input.get("OrganizationId").and_then(Value::as_str);
    let head = id.and_then(|id| Some(&world.organization(id).ok()?.head));
    let Some(head) = head.filter(|head| head.state == "Active") else {
        return Ok(());
    };
    let (code, why) = match head.directory_state {
        DirectoryState::ReadOnly if row.write => {
            ("UnsupportedOperationException", "cannot be written")
        }
        DirectoryState::Unavailable => ("DirectoryUnavailableException", "is unavailable"),
        DirectoryState::Locked => (
            "DirectoryServiceAuthenticationFailedException",
            "does not let the service in",
        ),
        DirectoryState::Writable | DirectoryState::ReadOnly => return Ok(()),
    };
    if declared.contains(&code) {
        let id = &head.directory_id;
        return Err(Refusal::new(code, format!("The directory {id} {why}.")));
    }
    Ok(())
}

/// Makes a personal access token.
pub(super) use access_tokens::add as add_token;
/// Adds a domain to an organization.
pub(super) use domains::{add as add_domain, test_domain, unused as unused_domain};
/// Mailbox export jobs whose time has come.
pub(super) use exports::due as due_exports;
pub(super) use exports::spoil as spoil_export;
/// Puts an item into a mailbox, and takes it out.
pub(super) use mail::{add as add_mail, take as take_mail};
/// Sets the size of a mailbox.
pub(super) use mailboxes::set_size;
/// Puts a message in transit, and takes it away.
pub(super) use message_flow::{add as add_message, take as take_message};
/// Says how a directory stands.
pub(super) use organizations::set_directory;

/// The reply of operations that tell nothing.
fn nothing() -> Value {
    Value::Object(Map::new())
}
