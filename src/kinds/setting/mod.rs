//! What all kinds of settings share: the facts of one kind, and the way between the manifest's words and
//! the members of calls.
//!
//! A setting has no state and no address. The service takes it whole, so a field that the manifest leaves
//! out is absent in it. One table of members leads both ways: from a declared value to the input of a
//! call, and from a reply to a value in the manifest's words.

#[cfg(feature = "client")]
pub(crate) mod api;
mod member;
mod members;
mod named;
mod nature;
mod versions;

use serde_json::{Map, Value, json};

use crate::model::{Call, FieldPath, Id, Segment, Setting, Target, Unmanaged};

use super::Pattern;

pub use member::{ABSENT, Form, Member};
pub use members::{as_spelled, canonical, differences, from_told, to_input};
pub use named::{
    Named, kinds_named, references, strangers, with_names, without, without_strangers,
};
pub use nature::{Checking, FromTags, Idle, Nature, Normal, SINGLE, Wrong};
pub use versions::{
    GREATEST_VERSION, has_secret, secrets, shown, tags as version_tags, tell as tell_versions,
    version_of, with_version,
};

/// One kind of settings.
#[derive(Debug)]
pub struct SettingKind {
    /// Its name in targets, such as `access-control-rule`.
    pub name: &'static str,
    /// Where it stands in the manifest, such as `accessControlRules` or `organization.inboundDmarc`.
    pub section: &'static str,
    /// What it is, in one sentence, for the reference.
    pub about: &'static str,
    /// What several of them are called, in sentences.
    pub plural: &'static str,
    /// The calls that tell it.
    pub read: &'static [&'static str],
    /// The calls that write it.
    pub write: Writes,
    /// What its names are; of what belongs to somebody the half behind the slash.
    pub naming: Form,
    /// The member of its calls that holds its id, where names are none: such a setting can be renamed, and
    /// several may have one name.
    pub id: Option<&'static str>,
    /// True if what an update leaves out is gone after it. Where that is not known, what loses a field is
    /// made anew.
    pub clears: bool,
    /// Whose it is: each is one of somebody, and a manifest writes it there.
    pub owner: Option<Owner>,
    /// Its members, in the order in which they are told.
    pub members: &'static [Member],
    /// What happens to what is live and not declared, unless `management` says otherwise.
    pub unmanaged: Unmanaged,
    /// How many of them an organization may have. Source: API reference; quotas.
    pub limit: Option<usize>,
    /// What must have happened to those that it names before it can name them.
    pub referring: Referring,
    /// What decides together, so that its writes are one chain.
    pub chain: Chain,
    /// The value with which it lets nobody do anything: what comes is made so first and opened last, and
    /// what goes is closed first. None where that means nothing.
    pub closed: Option<Closing>,
    /// What is particular about it.
    pub nature: Nature,
    /// From a change to calls.
    pub lowering: SettingLowering,
    /// Reading and sending.
    #[cfg(feature = "client")]
    pub(crate) api: api::Api,
}

/// To whom settings belong that are named `OWNER/KEY`. Each owner declares the exact set of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The kind of the owner.
    pub kind: &'static str,
    /// The section of the owner, whose rules of management hold.
    pub section: &'static str,
    /// The list in which an owner has them.
    pub field: &'static str,
    /// The field that holds the key in it.
    pub key: &'static str,
}

/// What must have happened to those that a setting names before it can name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referring {
    /// They are made; users are named before they are registered, so that nobody signs in before.
    Created,
    /// They are registered: the service may refuse others.
    Registered,
}

/// From the value of a setting to the one with which it lets nobody do anything.
pub type Closing = fn(&Map<String, Value>) -> Map<String, Value>;

/// What decides together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chain {
    /// Nothing: each setting speaks for itself.
    Alone,
    /// Who may sign in: access control rules and impersonation roles.
    SignIn,
    /// Which devices may: mobile device access rules and their overrides.
    Devices,
    /// Nothing, but all of them count against one limit: what goes makes room for what comes.
    Tags,
}

/// The calls that write a kind.
#[derive(Clone, Copy, Debug)]
pub struct Writes {
    /// The one that makes it; [`NOTHING`] where no call does.
    pub create: &'static str,
    /// The one that changes it; often the same.
    pub update: &'static str,
    /// The one that removes it; none where it cannot be removed.
    pub delete: Option<&'static str>,
}

/// From the change of one setting to its calls.
#[derive(Clone, Copy, Debug)]
pub struct SettingLowering {
    /// The call that makes it.
    pub create: fn(&Writing<'_>) -> Call,
    /// The call that changes it.
    pub update: fn(&Writing<'_>) -> Call,
    /// The call that removes it.
    pub delete: fn(&Writing<'_>) -> Call,
}

/// What lowering needs to know of one setting.
pub struct Writing<'a> {
    /// Its kind.
    pub kind: &'static SettingKind,
    /// What it is; with its new name where it is renamed.
    pub target: &'a Target,
    /// The live one; none if the plan makes it.
    pub live: Option<&'a Setting>,
    /// Its fields as they shall be; empty where it is removed.
    pub value: &'a Map<String, Value>,
    /// The id of anything that it names.
    pub id_of: &'a dyn Fn(&Target) -> Id,
}

/// Any name: what is wrong with it is told otherwise.
pub const ANY_NAME: Form = Form::Text {
    min: 1,
    max: 1024,
    pattern: None,
};

/// In the place of a call where there is none.
pub const NOTHING: &str = "";

/// The name by which a further setting of a name is told from the first.
pub fn twin_name(name: &str, id: &str) -> String {
    format!("{name} ({id})")
}

/// The owner and the key in the name of what belongs to somebody.
pub fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

impl SettingKind {
    /// True if a manifest can say what it shall be; of others it says only which go.
    pub fn is_declared(&self) -> bool {
        self.write.create != NOTHING
    }

    /// To whom it belongs.
    pub fn owner_of(&self, target: &Target) -> Option<Target> {
        let owner = self.owner?;
        let (name, _) = split(target.name());
        Some(Target::new(owner.kind, name))
    }

    /// True for rules, of which one that fits has to allow: what no rule allows is denied.
    pub fn needs_an_allow(&self) -> bool {
        self.chain != Chain::Alone
            && self.owner.is_none()
            && self.members.iter().any(|member| member.name == "effect")
    }

    /// Where it stands in a manifest, as a path.
    pub fn path(&self) -> FieldPath {
        let keys = self.section.split('.');
        keys.map(|key| Segment::Key(key.to_owned())).collect()
    }

    /// The value in the one form that all values of its meaning have.
    pub fn normalized(&self, mut value: Map<String, Value>) -> Map<String, Value> {
        if let Some(normal) = self.nature.normal {
            normal(&mut value);
        }
        value
    }

    /// True for a value, or `null`, that means that there is none.
    pub fn means_none(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Object(value) => self.nature.idle.is_some_and(|idle| (idle.is)(value)),
            _ => false,
        }
    }

    /// True for a name that is not the user's.
    pub fn is_own(&self, name: &str) -> bool {
        self.nature.own.is_some_and(|own| own(name))
    }
}

impl Writing<'_> {
    /// The members of its fields, as a call takes them.
    pub fn input(&self) -> Map<String, Value> {
        to_input(self.kind.members, self.value, self.id_of)
    }

    /// Its own id.
    pub fn id(&self) -> Value {
        let id = match self.live.and_then(|live| live.id.clone()) {
            Some(id) => Id::Known(id),
            None => Id::of(self.target),
        };
        serde_json::to_value(id).expect("an id is plain data")
    }
}

/// What makes a creating call the same when it is made again: filled in from the plan's nonce.
pub fn client_token(target: &Target) -> Value {
    json!({ "$token": target })
}

/// Names that the service takes. Source: API reference, `ImpersonationRoleName`, `Pattern`, and others.
pub const NAME: Pattern = Pattern {
    is: |text| {
        !text
            .chars()
            .any(|c| c.is_ascii_control() || "<>\\".contains(c))
    },
    about: "one line without `<`, `>` and `\\`",
};

/// Descriptions that the service takes, of several lines where need be. Source: API reference,
/// `ImpersonationRoleDescription`, `Pattern`, and others.
pub const TEXT: Pattern = Pattern {
    is: |text| {
        let is_line_end = |c| matches!(c, '\n' | '\r');
        !text
            .chars()
            .any(|c| c.is_ascii_control() && !is_line_end(c) || "<>\\".contains(c))
    },
    about: "a text without `<`, `>`, `\\` and tabs",
};

/// Words that the service takes as ids. Source: API reference, `ImpersonationRuleId`, `Pattern`.
pub const WORD: Pattern = Pattern {
    is: |text| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
    },
    about: "1 to 64 letters, digits, `_` and `-`",
};

/// The call with this input.
pub fn call(operation: &str, input: impl IntoIterator<Item = (&'static str, Value)>) -> Call {
    let input = input.into_iter();
    Call {
        operation: operation.to_owned(),
        input: input
            .map(|(member, value)| (member.to_owned(), value))
            .collect(),
    }
}

impl Call {
    /// The same call with more members.
    #[must_use]
    pub fn with(mut self, members: Map<String, Value>) -> Self {
        self.input.extend(members);
        self
    }
}
