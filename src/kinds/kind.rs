//! `Entry`: the facts of one kind, read by diff, plan, live, report and the generated reference.

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
    /// Its plain fields: everything but state, addresses, links and grants.
    pub fields: &'static [Field],
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
    /// What it is, in one sentence fragment.
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
