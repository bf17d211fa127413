//! `Snapshot`: what was read of the live organization at one time, each part Known, Absent, Unknown
//! or not read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::Address;
use super::declared::Party;
use super::part::Part;
use super::setting::Setting;
use super::target::{TAG, Target};

/// What was read of one organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// When reading began.
    pub taken_at: Timestamp,
    /// How many requests it took.
    pub calls: u64,
    /// The fewest requests that could have told the same.
    pub lower_bound: u64,
    /// The organization itself.
    pub organization: OrganizationLive,
    /// By kind, such as `user` or `access-control-rule`: whether its list was read to the end.
    pub lists: BTreeMap<String, Part<()>>,
    /// Every listed user, group and resource that is not DELETED, the service's own included.
    pub entities: BTreeMap<Target, Entity>,
    /// Every setting of the kinds that were read.
    #[serde(default)]
    pub settings: BTreeMap<Target, Setting>,
    /// Further settings of a name that another one has: the service allows it for some kinds.
    #[serde(default)]
    pub twins: Vec<(Target, Setting)>,
    /// DELETED entities that the lists still told of, with their ids. One name may occur often.
    #[serde(default)]
    pub deleted: Vec<(Target, String)>,
    /// Who has an address, where that had to be asked (`DescribeEntity`).
    #[serde(default)]
    pub lookups: BTreeMap<Address, Part<Lookup>>,
}

/// The organization itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationLive {
    /// The id, `m-` and 32 hexadecimal digits; empty where there is no organization.
    pub id: String,
    /// The alias: also the name of the test domain.
    pub alias: String,
    /// The ARN, which tells account and region; empty where it was not told.
    #[serde(default)]
    pub arn: String,
    /// The region that was asked.
    #[serde(default)]
    pub region: String,
    /// The state as the service words it: `Active`, `Creating`, …
    pub state: String,
    /// The caller's ARN, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The default mail domain.
    #[serde(default)]
    pub default_mail_domain: Part<String>,
    /// The mail domains by name, the test domain included.
    #[serde(default)]
    pub mail_domains: Part<BTreeMap<String, DomainLive>>,
}

/// One mail domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainLive {
    /// True for `ALIAS.awsapps.com`; told by `GetMailDomain`, else by the name.
    pub is_test_domain: bool,
    /// `PENDING`, `VERIFIED` or `FAILED`; read only where it matters.
    #[serde(default)]
    pub ownership: Part<String>,
    /// The DNS records to publish, as `TYPE HOSTNAME VALUE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
}

/// Whether an entity is registered. DELETED entities are not kept as entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityState {
    /// ENABLED: it has its addresses, a user also a mailbox.
    Registered,
    /// DISABLED: never registered, or deregistered.
    Deregistered,
}

/// One live user, group or resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entity {
    /// The service's id.
    pub id: String,
    /// The name that the service has for it, where the snapshot has it under another one: the manifest
    /// declares a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_name: Option<String>,
    /// Whether it is registered.
    pub state: EntityState,
    /// True for what the service made for itself (`SYSTEM_USER`, `RESOURCE` among users): never touched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub built_in: bool,
    /// When it was registered last, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<Timestamp>,
    /// When it was deregistered last, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
    /// The primary address.
    #[serde(default)]
    pub email: Part<Address>,
    /// The aliases, without the primary address.
    #[serde(default)]
    pub aliases: Part<BTreeSet<Address>>,
    /// The plain fields by their names in the manifest. Texts that are not set are Absent.
    #[serde(default)]
    pub fields: BTreeMap<Cow<'static, str>, Part<Value>>,
    /// The members of a group, or the delegates of a resource.
    #[serde(default)]
    pub links: Part<Vec<Member>>,
    /// The grants on its mailbox.
    #[serde(default)]
    pub grants: Part<Vec<Grant>>,
    /// The groups that it is a direct member of; read for an entity that goes.
    #[serde(default)]
    pub groups: Part<Vec<Party>>,
}

/// A member of a group or a delegate of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who it is.
    pub party: Party,
    /// Its id.
    pub id: String,
    /// True if the list says that it is DELETED: it lingers, and is no difference.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// The rights of one grantee on a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Who may.
    pub grantee: Party,
    /// The grantee's id.
    pub id: String,
    /// What they may.
    pub rights: BTreeSet<Right>,
}

/// A right over a mailbox. Source: API reference, `Permission`, `PermissionValues`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Right {
    /// Read and change everything in the mailbox.
    FullAccess,
    /// Send as if they were the owner.
    SendAs,
    /// Send on behalf of the owner.
    SendOnBehalf,
}

/// The holder of an address, as `DescribeEntity` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lookup {
    /// Who has it.
    pub holder: Target,
    /// The holder's id.
    pub id: String,
}

impl Right {
    /// The API's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullAccess => "FULL_ACCESS",
            Self::SendAs => "SEND_AS",
            Self::SendOnBehalf => "SEND_ON_BEHALF",
        }
    }
}

impl Entity {
    /// An entity of which nothing but id and state was read.
    pub fn new(id: impl Into<String>, state: EntityState) -> Self {
        Self {
            id: id.into(),
            live_name: None,
            state,
            built_in: false,
            enabled_at: None,
            disabled_at: None,
            email: Part::NotRead,
            aliases: Part::NotRead,
            fields: BTreeMap::new(),
            links: Part::NotRead,
            grants: Part::NotRead,
            groups: Part::NotRead,
        }
    }

    /// What is known of a plain field.
    pub fn field(&self, name: &str) -> &Part<Value> {
        const NOT_READ: &Part<Value> = &Part::NotRead;
        self.fields.get(name).unwrap_or(NOT_READ)
    }

    /// True if it is registered.
    pub fn is_registered(&self) -> bool {
        self.state == EntityState::Registered
    }
}

impl OrganizationLive {
    /// The state of an organization that can be used.
    pub const ACTIVE: &str = "Active";
    /// The state of one that is being deleted.
    pub const DELETING: &str = "Deleting";

    /// False if no organization has the alias: the snapshot is of one that is to be made, or that is
    /// gone.
    pub fn is_there(&self) -> bool {
        !self.id.is_empty()
    }
}

impl DomainLive {
    /// True if it is known that addresses in it may be used.
    pub fn is_verified(&self) -> bool {
        self.ownership
            .known()
            .is_some_and(|status| status == "VERIFIED")
    }
}

impl Snapshot {
    /// The entity of this id.
    pub fn by_id(&self, id: &str) -> Option<(&Target, &Entity)> {
        self.entities.iter().find(|(_, entity)| entity.id == id)
    }

    /// Puts entities under other names, each with the name that it has live noted on it.
    pub fn rename(&mut self, names: &BTreeMap<Target, Target>) {
        let moving: Vec<(Target, Target, Entity)> = names
            .iter()
            .filter_map(|(from, to)| {
                let entity = self.entities.remove(from)?;
                Some((from.clone(), to.clone(), entity))
            })
            .collect();
        for (from, to, mut entity) in moving {
            let live = entity
                .live_name
                .take()
                .unwrap_or_else(|| from.name().to_owned());
            entity.live_name = (!live.eq_ignore_ascii_case(to.name())).then_some(live);
            self.entities.insert(to, entity);
        }
    }

    /// The tags of the organization by key; none if they were not read.
    pub fn tags(&self) -> Option<BTreeMap<String, String>> {
        self.listed(TAG).known()?;
        let tags = self
            .settings
            .iter()
            .filter(|(target, _)| target.kind() == TAG);
        let tags = tags.map(|(target, tag)| {
            let value = tag.value.values().next().and_then(Value::as_str);
            (
                target.name().to_owned(),
                value.unwrap_or_default().to_owned(),
            )
        });
        Some(tags.collect())
    }

    /// The value of a tag of the organization.
    pub fn tag(&self, key: &str) -> Option<&str> {
        let tag = self.settings.get(&Target::new(TAG, key))?;
        let value = tag.value.get("value").and_then(Value::as_str);
        Some(value.unwrap_or_default())
    }

    /// Whether the list of a kind was read to its end.
    pub fn listed(&self, kind: &str) -> &Part<()> {
        const NOT_READ: &Part<()> = &Part::NotRead;
        self.lists.get(kind).unwrap_or(NOT_READ)
    }

    /// The user or group of this name, users first. Names are unique across kinds in the service.
    pub fn person_or_group(&self, name: &str) -> Option<Target> {
        [Target::user(name), Target::group(name)]
            .into_iter()
            .find(|target| self.entities.contains_key(target))
    }
}
