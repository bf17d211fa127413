//! The manifest language as types: what one file may hold. The schema is generated from them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kinds::access_control_rule::AccessControlRuleSpec;
use crate::kinds::availability_configuration::AvailabilityConfigurationSpec;
use crate::kinds::email_monitoring::EmailMonitoringSpec;
use crate::kinds::identity_provider::IdentityProviderSpec;
use crate::kinds::impersonation_role::ImpersonationRoleSpec;
use crate::kinds::inbound_dmarc::InboundDmarcSpec;
use crate::kinds::mobile_device_access_override::MobileDeviceAccessOverrideSpec;
use crate::kinds::mobile_device_access_rule::MobileDeviceAccessRuleSpec;
use crate::kinds::personal_access_token::PersonalAccessTokensSpec;
use crate::kinds::retention_policy::RetentionPolicySpec;
use crate::model::{Approval, Limits, NeverLockOut, OnRemoval, Right, Unmanaged};

use super::exports::MailboxExportsSpec;
use super::secrets::PasswordSpec;
use super::tests_spec::TestSpec;
use super::text::{AddressSpec, ListSpec, NameSpec, OneSpec, cleared, cleared_schema, nullable};

/// The `apiVersion` of this language.
pub const API_VERSION: &str = "workmailctl/v1";

/// One file of a manifest: what an Amazon WorkMail organization shall be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(title = "workmailctl manifest")]
pub struct FileSpec {
    /// The version of the language: `workmailctl/v1`, in every file.
    pub api_version: Option<String>,
    /// The organization; in exactly one file of a manifest.
    pub(super) organization: Option<OrganizationSpec>,
    /// How much is managed, and what may not happen unasked; only beside `organization`.
    pub(super) management: Option<ManagementSpec>,
    /// Values for fields that users, groups and resources leave out.
    pub(super) defaults: Option<DefaultsSpec>,
    /// Users by their WorkMail user names.
    pub(super) users: Option<BTreeMap<String, UserSpec>>,
    /// Groups by name.
    pub(super) groups: Option<BTreeMap<String, GroupSpec>>,
    /// Resources by name.
    pub(super) resources: Option<BTreeMap<String, ResourceSpec>>,
    /// What must be true of what the rules mean.
    pub(super) tests: Option<Vec<TestSpec>>,
    /// Names for lists of IPv4 ranges, for use in access control rules.
    pub(super) networks: Option<BTreeMap<String, Vec<String>>>,
    /// Access control rules by name: whole rules, exact set.
    pub(super) access_control_rules: Option<BTreeMap<String, AccessControlRuleSpec>>,
    /// Impersonation roles by name: whole roles, exact set.
    pub(super) impersonation_roles: Option<BTreeMap<String, ImpersonationRoleSpec>>,
    /// The retention policy, whole; null: none.
    #[serde(deserialize_with = "nullable")]
    pub(super) retention_policy: Option<OneSpec<RetentionPolicySpec>>,
    /// Availability configurations by domain: whole configurations, exact set.
    pub(super) availability_configurations: Option<BTreeMap<String, AvailabilityConfigurationSpec>>,
    /// Mobile device access rules by name: whole rules, exact set.
    pub(super) mobile_device_access_rules: Option<BTreeMap<String, MobileDeviceAccessRuleSpec>>,
    /// Which personal access tokens are removed.
    pub(super) personal_access_tokens: Option<PersonalAccessTokensSpec>,
    /// Which mailboxes are exported, and where to, by `migrate mailboxes`.
    pub(super) mailbox_exports: Option<MailboxExportsSpec>,
}

/// The organization.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OrganizationSpec {
    /// The alias of the live organization: guards against the wrong one.
    pub(super) alias: String,
    /// The region, checked before anything else.
    pub(super) region: Option<String>,
    /// The organization id, checked before anything else.
    pub(super) id: Option<String>,
    /// The account id, taken from the organization's ARN.
    pub(super) account_id: Option<String>,
    /// The exact set of mail domains; the test domain never counts.
    pub(super) mail_domains: Option<Vec<String>>,
    /// The default mail domain.
    pub(super) default_mail_domain: Option<String>,
    /// What is done with mail that fails DMARC.
    pub(super) inbound_dmarc: Option<InboundDmarcSpec>,
    /// Where it is logged what happens to mail; null: nowhere.
    #[serde(default, deserialize_with = "nullable")]
    pub(super) email_monitoring: Option<OneSpec<EmailMonitoringSpec>>,
    /// How users sign in through IAM Identity Center; null: with the directory alone.
    #[serde(default, deserialize_with = "nullable")]
    pub(super) identity_provider: Option<OneSpec<IdentityProviderSpec>>,
    /// Tags that are ensured, by key; null: not there. Other tags are left alone.
    pub(super) tags: Option<BTreeMap<String, Option<String>>>,
    /// Make the organization where none has the alias; without it that is an error.
    pub(super) create: Option<CreateOrganizationSpec>,
    /// `absent`: the organization is deleted, and nothing else is looked at.
    pub(super) state: Option<OrganizationStateSpec>,
    /// What goes with it; only beside `state: absent`.
    pub(super) on_removal: Option<OrganizationRemovalSpec>,
}

/// What an organization is made with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct CreateOrganizationSpec {
    /// A directory that is there already; left out: WorkMail makes one.
    pub(super) directory_id: Option<String>,
    /// The key that mail is encrypted with; left out: one of WorkMail's own.
    pub(super) kms_key_arn: Option<String>,
}

/// The state that an organization shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OrganizationStateSpec {
    /// Not there.
    Absent,
}

/// What goes with an organization that is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct OrganizationRemovalSpec {
    /// True: its directory too. One that is kept costs.
    pub(super) delete_directory: bool,
    /// True: also while users are registered.
    pub(super) force: bool,
}

/// How much is managed, and what may not happen unasked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ManagementSpec {
    /// How users are managed.
    pub(super) users: Option<SectionSpec>,
    /// How groups are managed.
    pub(super) groups: Option<SectionSpec>,
    /// How resources are managed.
    pub(super) resources: Option<SectionSpec>,
    /// How access control rules are managed.
    pub(super) access_control_rules: Option<SettingSectionSpec>,
    /// How impersonation roles are managed.
    pub(super) impersonation_roles: Option<SettingSectionSpec>,
    /// How the retention policy is managed.
    pub(super) retention_policy: Option<OneSectionSpec>,
    /// How availability configurations are managed.
    pub(super) availability_configurations: Option<SettingSectionSpec>,
    /// How mobile device access rules are managed.
    pub(super) mobile_device_access_rules: Option<SettingSectionSpec>,
    /// How personal access tokens are managed.
    pub(super) personal_access_tokens: Option<SettingSectionSpec>,
    /// Limits of guards.
    pub(super) limits: Option<Limits>,
    /// Names and globs of what is never removed.
    pub(super) protect: Vec<String>,
    /// Names and globs of mailboxes of which more readers need approval.
    pub(super) watch_readers: Vec<String>,
    /// Who must be able to sign in at every moment.
    pub(super) never_lock_out: Option<NeverLockOut>,
    /// Guards that are lifted in advance.
    pub(super) approvals: Vec<Approval>,
}

/// How one section is managed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct SectionSpec {
    /// What happens to what is live and not declared: keep (the default), drift or remove.
    pub(super) unmanaged: Option<Unmanaged>,
    /// What removal means: deregister (the default) or delete.
    pub(super) on_removal: Option<OnRemoval>,
    /// Names and globs of what is passed over.
    pub(super) ignore: Vec<String>,
    /// False: compared and reported, never written.
    pub(super) write: Option<bool>,
}

/// How one section of rules, roles, policies or configurations is managed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct SettingSectionSpec {
    /// What happens to what is live and not declared: remove (the default), drift or keep.
    pub(super) unmanaged: Option<Unmanaged>,
    /// Names and globs of what is passed over.
    pub(super) ignore: Vec<String>,
    /// False: compared and reported, never written.
    pub(super) write: Option<bool>,
}

/// How a section is managed that holds what an organization has one of.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct OneSectionSpec {
    /// False: compared and reported, never written.
    pub(super) write: Option<bool>,
}

/// Values for fields that are left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct DefaultsSpec {
    /// For users.
    pub(super) users: Option<UserSpec>,
    /// For groups.
    pub(super) groups: Option<GroupSpec>,
    /// For resources.
    pub(super) resources: Option<ResourceSpec>,
}

/// The state that something shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum StateSpec {
    /// It has its addresses, a user also a mailbox.
    Registered,
    /// WorkMail's DISABLED: a mailbox is deleted after 30 days.
    Deregistered,
    /// Not there.
    Absent,
}

/// A grant on a mailbox.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GrantSpec {
    /// A user or a group.
    pub(super) grantee: Option<String>,
    /// Every person of this group, in the place of `grantee`.
    pub(super) members_of: Option<String>,
    /// What they may.
    pub(super) rights: Vec<Right>,
    /// Through the end of this date (UTC), or until this RFC 3339 time.
    pub(super) until: Option<String>,
}

/// A person with a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct UserSpec {
    /// The name that others see; needed to create.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) display_name: Option<String>,
    /// The primary address.
    pub(super) email: Option<String>,
    /// The aliases, without the primary address.
    pub(super) aliases: Option<ListSpec<AddressSpec>>,
    /// Registered, deregistered or absent.
    pub(super) state: Option<StateSpec>,
    /// The given name.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) first_name: Option<String>,
    /// The family name.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) last_name: Option<String>,
    /// The initials.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) initials: Option<String>,
    /// The telephone number.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) telephone: Option<String>,
    /// The street.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) street: Option<String>,
    /// The job title.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) job_title: Option<String>,
    /// The city.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) city: Option<String>,
    /// The company.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) company: Option<String>,
    /// The postal code.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) zip_code: Option<String>,
    /// The department.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) department: Option<String>,
    /// The country.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) country: Option<String>,
    /// The office.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) office: Option<String>,
    /// `USER`, or `REMOTE_USER` for somebody whose mailbox is elsewhere.
    pub(super) role: Option<String>,
    /// The user's id in IAM Identity Center.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) identity_provider_user_id: Option<String>,
    /// True: not shown in the global address list.
    pub(super) hidden_from_global_address_list: Option<bool>,
    /// The size of the mailbox, in MB, 1 to 51200.
    pub(super) mailbox_quota_mb: Option<i64>,
    /// Where the first password is; not looked at once the user is there.
    pub(super) initial_password: Option<PasswordSpec>,
    /// Groups that the user is in, at least; adds to their own members.
    pub(super) groups: Option<Vec<String>>,
    /// The grants on this mailbox.
    pub(super) permissions: Option<ListSpec<GrantSpec>>,
    /// The exact set of devices for which something else holds than the mobile device access rules say.
    pub(super) mobile_device_access_overrides: Option<Vec<MobileDeviceAccessOverrideSpec>>,
    /// False: `defaults` do not count here.
    pub(super) defaults: Option<bool>,
}

/// An address that reaches its members.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct GroupSpec {
    /// The primary address.
    pub(super) email: Option<String>,
    /// The aliases, without the primary address.
    pub(super) aliases: Option<ListSpec<AddressSpec>>,
    /// Registered, deregistered or absent.
    pub(super) state: Option<StateSpec>,
    /// True: not shown in the global address list.
    pub(super) hidden_from_global_address_list: Option<bool>,
    /// Users and groups.
    pub(super) members: Option<ListSpec<NameSpec>>,
    /// Who may send as the group, or on its behalf.
    pub(super) permissions: Option<ListSpec<GrantSpec>>,
    /// False: `defaults` do not count here.
    pub(super) defaults: Option<bool>,
}

/// A room or a piece of equipment that is booked by mail.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ResourceSpec {
    /// ROOM or EQUIPMENT; needed to create.
    pub(super) r#type: Option<String>,
    /// The primary address.
    pub(super) email: Option<String>,
    /// The aliases, without the primary address.
    pub(super) aliases: Option<ListSpec<AddressSpec>>,
    /// Registered, deregistered or absent.
    pub(super) state: Option<StateSpec>,
    /// What people should know of it, up to 64 characters.
    #[serde(deserialize_with = "cleared")]
    #[schemars(schema_with = "cleared_schema")]
    pub(super) description: Option<String>,
    /// True: not shown in the global address list.
    pub(super) hidden_from_global_address_list: Option<bool>,
    /// What it does with requests by itself.
    pub(super) booking_options: Option<BookingSpec>,
    /// Who answers requests: users and groups.
    pub(super) delegates: Option<ListSpec<NameSpec>>,
    /// The grants on this mailbox.
    pub(super) permissions: Option<ListSpec<GrantSpec>>,
    /// The former name: a rename is declared, never guessed.
    pub(super) previously: Option<String>,
    /// False: `defaults` do not count here.
    pub(super) defaults: Option<bool>,
}

/// What a resource does with requests by itself.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "they are the API's names")]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct BookingSpec {
    /// True: requests are accepted.
    pub(super) auto_accept_requests: Option<bool>,
    /// True: recurring requests are declined.
    pub(super) auto_decline_recurring_requests: Option<bool>,
    /// True: conflicting requests are declined.
    pub(super) auto_decline_conflicting_requests: Option<bool>,
}
