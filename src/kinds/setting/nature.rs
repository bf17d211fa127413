//! `Nature`: what is particular about a kind of settings, beside its table.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::Setting;

/// The name of what an organization has one of: `retention-policy/default`.
pub const SINGLE: &str = "default";

/// What is particular about a kind of settings.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with one another"
)]
pub struct Nature {
    /// True for what an organization has one of: its section holds the value itself.
    pub single: bool,
    /// True where null in the place of a value means that it is removed.
    pub nullable: bool,
    /// True for what no section declares by itself: it follows from what another kind says.
    pub implied: bool,
    /// True where the service cannot change it once it is made.
    pub fixed: bool,
    /// True where a manifest writes the value of the only member in the place of a map.
    pub scalar: bool,
    /// Makes values equal that mean the same to the service.
    pub normal: Option<Normal>,
    /// True for a value that means the same as none.
    pub idle: Option<Idle>,
    /// True for names that are not the user's: they are never declared, exported or removed.
    pub own: Option<fn(&str) -> bool>,
    /// What is wrong with a name or a value, beyond what the table tells.
    pub wrong: Option<Checking>,
    /// The settings that the tags of the organization tell of, by name, for kinds that only tags tell of.
    pub from_tags: Option<FromTags>,
}

/// Gives a value the one form that all values of its meaning have.
pub type Normal = fn(&mut Map<String, Value>);

/// A value that means the same as none.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Whether a value is one.
    pub is: fn(&Map<String, Value>) -> bool,
    /// What it does, as a plan says it.
    pub words: &'static str,
}

/// From a name and a value to what is wrong with them.
pub type Checking = fn(&str, &Map<String, Value>) -> Vec<Wrong>;

/// From tags to settings by name.
pub type FromTags = fn(&BTreeMap<String, String>) -> Vec<(String, Setting)>;

/// One thing that is wrong with a declared value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The keys that lead to it; none for the name.
    pub path: Vec<String>,
    /// What is wrong, as a sentence fragment.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Nature {
    /// What has a name, and can be changed at will.
    pub const NAMED: Self = Self {
        single: false,
        nullable: false,
        implied: false,
        fixed: false,
        scalar: false,
        normal: None,
        idle: None,
        own: None,
        wrong: None,
        from_tags: None,
    };
    /// What an organization has one of.
    pub const ONE: Self = Self {
        single: true,
        ..Self::NAMED
    };
}

impl Wrong {
    /// What is wrong at these keys.
    pub fn new(path: &[&str], message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            path: path.iter().map(|key| (*key).to_owned()).collect(),
            message: message.into(),
            help: help.into(),
        }
    }
}
