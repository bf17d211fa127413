//! `Entry`: the facts of one kind, read by diff, plan, live, report and the generated reference, and
//! what a kind's own lowering is given.

use serde_json::{Map, Value};

use crate::model::{Call, Entity, Id, Part, Target};

use super::member_of_flag;

/// The kinds that a stage works with.
pub type Kinds = &'static [&'static Entry];

/// One kind.
#[derive(Debug)]
pub struct Entry {
    /// Its name in targets, such as `user`.
    pub name: &'static str,
    /// Its section in the manifest, such as `users`.
    pub section: &'static str,
    /// What it is, in one sentence, for the reference.
    pub about: &'static str,
    /// The call that lists it.
    pub list: &'static str,
    /// The call that tells all of its plain fields.
    pub describe: &'static str,
    /// The call that makes it.
    pub create: &'static str,
    /// The call that deletes it.
    pub delete: &'static str,
    /// The name of its set of linked entities in the manifest: `members`, `delegates`; none for users.
    pub links: Option<&'static str>,
    /// True if it has a mailbox that deregistering puts at risk.
    pub has_mailbox: bool,
    /// How many aliases it can have, its primary address not counted.
    pub alias_limit: usize,
    /// Its plain fields: everything but state, addresses, links and grants.
    pub fields: &'static [Field],
    /// From changes to calls.
    pub lowering: Lowering,
}

/// From the changes of one thing to calls. Addresses, registration and grants are planned across
/// kinds.
#[derive(Clone, Copy, Debug)]
pub struct Lowering {
    /// The call that makes it.
    pub create: fn(&Profile<'_>) -> Call,
    /// The calls that set its plain fields.
    pub update: fn(&Profile<'_>) -> Vec<Call>,
    /// The call that deletes it.
    pub delete: fn(Id) -> Call,
    /// The call that adds a member or delegate, where it has such.
    pub link: Option<fn(Id, Id) -> Call>,
    /// The call that takes a member or delegate away, where it has such.
    pub unlink: Option<fn(Id, Id) -> Call>,
}

/// What lowering needs to know of one thing.
#[derive(Clone, Debug)]
pub struct Profile<'a> {
    /// What it is; with its new name where it is renamed.
    pub target: &'a Target,
    /// Its id.
    pub id: Id,
    /// The live thing; none if the plan makes it.
    pub live: Option<&'a Entity>,
    /// True where the plan makes it.
    pub created: bool,
    /// True: the whole data set is sent although no field differs.
    pub complete: bool,
    /// Its new name, where it is renamed.
    pub renamed: Option<&'a str>,
    /// The plain fields that differ, as they shall be.
    pub wanted: Vec<(&'static Field, &'a Value)>,
    /// Where its first password is, where it gets one.
    pub password: Option<&'a Value>,
}

/// The wanted members that a call can set.
pub(super) fn settable(profile: &Profile<'_>, call: &str) -> Map<String, Value> {
    let fields = profile
        .wanted
        .iter()
        .filter(|(field, _)| field.set_by.contains(&call));
    fields
        .map(|(field, value)| (field.member.to_owned(), member_value(field, value)))
        .collect()
}

/// The whole data set that an updating call sends: what is live, overlaid by what is wanted. Empty
/// if nothing differs that the call sets and the creating call has not set already.
///
/// The reference does not say whether omitted members are kept or blanked, so none is omitted.
/// Source: API reference, `UpdateUser`, `UpdateResource`; behaviour notes, section 3.
pub(super) fn data_set(profile: &Profile<'_>, call: &str) -> Map<String, Value> {
    let sets = |field: &Field| field.set_by.contains(&call);
    let by_creation = |field: &Field| profile.created && field.set_by.len() > 1;
    if !profile.complete
        && !profile
            .wanted
            .iter()
            .any(|(field, _)| sets(field) && !by_creation(field))
    {
        return Map::new();
    }
    let mut members = Map::new();
    for (name, part) in profile.live.iter().flat_map(|entity| &entity.fields) {
        let Some(field) = profile.entry_field(name).filter(|field| sets(field)) else {
            continue;
        };
        if let Part::Known(value) = part {
            members.insert(field.member.to_owned(), member_value(field, value));
        }
    }
    for (field, value) in profile.wanted.iter().filter(|(field, _)| sets(field)) {
        let value = match (field.shape, members.get_mut(field.member)) {
            (Shape::Flags(_), Some(Value::Object(live))) => {
                let Value::Object(wanted) = member_value(field, value) else {
                    continue;
                };
                live.extend(wanted);
                continue;
            }
            _ => member_value(field, value),
        };
        members.insert(field.member.to_owned(), value);
    }
    members
}

fn member_value(field: &Field, value: &Value) -> Value {
    match (field.shape, value) {
        (Shape::Flags(_), Value::Object(flags)) => Value::Object(
            flags
                .iter()
                .map(|(flag, value)| (member_of_flag(flag), value.clone()))
                .collect(),
        ),
        (Shape::Text { .. }, Value::Null) => Value::from(""),
        _ => value.clone(),
    }
}

impl Profile<'_> {
    fn entry_field(&self, name: &str) -> Option<&'static Field> {
        super::by_name(super::KINDS, self.target.kind())?.field(name)
    }
}

/// One plain field of a kind.
#[derive(Debug)]
pub struct Field {
    /// Its name in the manifest, in camel case.
    pub name: &'static str,
    /// The member of the API's requests and replies.
    pub member: &'static str,
    /// What sort of value it has.
    pub shape: Shape,
    /// Which read tells it.
    pub told_by: ToldBy,
    /// The calls that can set it, the creating one first where it can.
    pub set_by: &'static [&'static str],
    /// How it is cleared.
    pub clear: Clear,
    /// What the service's own pattern takes, where it has one that a manifest can miss.
    pub pattern: Option<Pattern>,
    /// What it is, in one sentence fragment.
    pub about: &'static str,
}

/// A pattern of the API reference.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// True for what it takes.
    pub is: fn(&str) -> bool,
    /// What it takes, as a sentence fragment.
    pub about: &'static str,
}

/// The sort of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text of at least `min` and at most `max` characters; live absent and `""` are equal.
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters.
        max: u32,
    },
    /// True or false.
    Flag,
    /// A whole number in these bounds.
    Number {
        /// Smallest.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A map of flags, compared flag by flag: only the flags that are declared.
    Flags(&'static [&'static str]),
}

/// Which read tells a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToldBy {
    /// The list call of the kind.
    List,
    /// The describe call of the kind.
    Describe,
    /// `GetMailboxDetails`.
    Mailbox,
}

/// How a field is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// By sending an empty text.
    EmptyText,
    /// It cannot be cleared.
    Never,
}

impl Entry {
    /// The plain field of this name in the manifest.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
