//! `Desired`: what the manifest says the organization shall be, after all files are put together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::Address;
use super::exports::MailboxExports;
use super::globs::Globs;
use super::management::Management;
use super::secret::SecretSource;
use super::setting::DeclaredSetting;
use super::snapshot::Right;
use super::target::{GROUP, RESOURCE, Target, USER};

/// The desired state: one manifest, resolved. Offline-clean ones contain no contradictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Desired {
    /// The organization and its pins.
    pub organization: DesiredOrganization,
    /// The rules of management: what happens to what is not declared, limits, approvals.
    pub management: Management,
    /// The sections that the manifest has, such as `users`: the managed kinds.
    pub sections: BTreeSet<String>,
    /// Every declared user, group and resource.
    pub entities: BTreeMap<Target, Declared>,
    /// Every declared setting: rules, roles, policies, configurations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<Target, DeclaredSetting>,
    /// How many tests the manifest has of what its rules mean.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tests: usize,
    /// Which personal access tokens go; none: not managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenRule>,
    /// Where mailboxes are exported to; none: nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exports: Option<MailboxExports>,
    /// When the next `until` of an alias, member, delegate or grant passes; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_until: Option<Timestamp>,
}

impl Desired {
    /// True if a name under `management` is that of something declared, or of what it is to be renamed
    /// from; of settings only where it may name one.
    pub fn declares(&self, name: &String, or_settings: bool) -> bool {
        let globs = Globs::new([name]);
        let is_it = |target: &Target, previously: Option<&String>| {
            let former = previously.map(|name| Target::new(target.kind().to_owned(), name.clone()));
            globs.matches(target) || former.is_some_and(|former| globs.matches(&former))
        };
        let mut entities = self.entities.iter();
        let mut settings = self.settings.iter();
        entities.any(|(target, declared)| {
            !declared.implied && is_it(target, declared.previously.as_ref())
        }) || or_settings
            && settings.any(|(target, declared)| is_it(target, declared.previously.as_ref()))
    }
}

/// Which personal access tokens go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRule {
    /// Those that were not used for more than so many days.
    pub max_unused_days: i64,
    /// The time from which the days are counted back.
    pub now: Timestamp,
}

/// The section `organization`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredOrganization {
    /// The alias of the live organization; the guard against the wrong one.
    pub alias: String,
    /// What is checked before anything else.
    pub pins: Pins,
    /// The exact set of mail domains, the test domain never counted; none: not managed.
    pub mail_domains: Option<BTreeSet<String>>,
    /// The mail domains as they were written, for what is told of them.
    #[serde(skip)]
    pub listed_domains: Vec<String>,
    /// The default mail domain; none: not managed.
    pub default_mail_domain: Option<String>,
    /// How it is made where no organization has the alias; none: that is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<CreateOrganization>,
    /// How it is deleted; none: it shall be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<OrganizationRemoval>,
}

/// What an organization is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateOrganization {
    /// A directory that is there already; none: WorkMail makes one.
    pub directory_id: Option<String>,
    /// The key that mail is encrypted with; none: one of WorkMail's own.
    pub kms_key_arn: Option<String>,
}

/// What goes with an organization that is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrganizationRemoval {
    /// Its directory too. One that is kept costs.
    pub delete_directory: bool,
    /// Also where users are registered.
    pub force: bool,
}

/// What must hold of the live organization before anything else is looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pins {
    /// The region.
    pub region: Option<String>,
    /// The organization id.
    pub id: Option<String>,
    /// The account, taken from the ARN.
    pub account_id: Option<String>,
}

/// One declared entity. Every `None` means: not managed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Declared {
    /// What state it shall have.
    pub wanted: Wanted,
    /// The primary address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Address>,
    /// The aliases, without the primary address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Wish<Address>>,
    /// The members of a group, or the delegates of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Wish<Reference>>,
    /// The grants on its mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grants: Option<Wish<DesiredGrant>>,
    /// The plain fields by their names in the manifest; a text `""` is to be cleared.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<Cow<'static, str>, Value>,
    /// The former name of a resource that is to be renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previously: Option<String>,
    /// Where the first password of a user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_password: Option<SecretSource>,
    /// The kinds of settings of its own, such as `mobile-device-access-override`, of which it declares all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub owns: BTreeSet<String>,
    /// The groups that a user names; each is told of it by its `links` too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Reference>,
    /// True for a group that nobody declares: users name it, and it has to be live.
    #[serde(skip_serializing_if = "is_false")]
    pub implied: bool,
    /// True for what was deleted and is made again: it takes the place of nothing that goes. Only what undoes a run
    /// says so.
    #[serde(skip_serializing_if = "is_false")]
    pub anew: bool,
    /// Aliases whose `until` has passed, and when: as if not declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub due_aliases: Vec<(Address, Timestamp)>,
    /// Members and delegates whose `until` has passed, and when: as if not declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub due_links: Vec<(Reference, Timestamp)>,
    /// Grantees whose `until` has passed, and when: as if not declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub due_grants: Vec<(Grantee, Timestamp)>,
}

/// The state that a declared entity shall have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    /// Nothing is said: what is live stays as it is; what is not live is created deregistered.
    #[default]
    Unsaid,
    /// Registered.
    Registered,
    /// Deregistered: its mailbox is deleted after 30 days.
    Deregistered,
    /// Not there, as far as `onRemoval` of its section says.
    Absent,
}

/// A wished set: exactly these, or at least these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish<T> {
    /// True: exactly these. False: at least these (`{add: […]}`).
    pub exact: bool,
    /// The elements in the order of the manifest, each once.
    pub items: Vec<T>,
}

/// A name in the manifest that stands for an entity: a bare name, or `KIND/NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(pub String);

/// One declared grant on a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredGrant {
    /// Who gets it.
    pub grantee: Grantee,
    /// What they may.
    pub rights: BTreeSet<Right>,
}

/// Who a declared grant is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Grantee {
    /// A user or a group.
    One(Reference),
    /// Every person in this group, nested groups included.
    MembersOf(Reference),
}

/// Who a live relation points at.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Party {
    /// A listed entity.
    Entity(Target),
    /// An id that no list tells of any more: reported, never drift.
    Unresolved(String),
}

impl Party {
    /// The entity, if the id was resolved.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Entity(target) => Some(target),
            Self::Unresolved(_) => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity(target) => f.write_str(target.name()),
            Self::Unresolved(id) => f.write_str(id),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Reference {
    /// The declared or live entity that it names. A bare name is a user, group or resource; names
    /// are unique across the three.
    pub fn resolve(&self, is_there: impl Fn(&Target) -> bool) -> Option<Target> {
        if let Some((kind, name)) = self.with_kind() {
            let target = Target::new(kind, name);
            return is_there(&target).then_some(target);
        }
        [
            Target::user(&self.0),
            Target::group(&self.0),
            Target::resource(&self.0),
        ]
        .into_iter()
        .find(|target| is_there(target))
    }

    /// The name without its kind.
    pub fn name(&self) -> &str {
        self.with_kind().map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The kind that it names and the rest. Names of groups may hold a slash, so that only what begins
    /// with a kind is taken so. Source: API reference, `CreateGroup`, `Name`.
    fn with_kind(&self) -> Option<(&'static str, &str)> {
        let (kind, name) = self.0.split_once('/')?;
        let kind = [USER, GROUP, RESOURCE]
            .into_iter()
            .find(|known| *known == kind)?;
        (!name.is_empty()).then_some((kind, name))
    }
}

impl<T> Wish<T> {
    /// Exactly these.
    pub fn exactly(items: impl IntoIterator<Item = T>) -> Self {
        Self {
            exact: true,
            items: items.into_iter().collect(),
        }
    }

    /// At least these.
    pub fn at_least(items: impl IntoIterator<Item = T>) -> Self {
        Self {
            exact: false,
            items: items.into_iter().collect(),
        }
    }
}
