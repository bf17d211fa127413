//! `Nature`: what is particular about a kind of settings, beside its table.

use serde_json::{Map, Value};

/// The name of what an organization has one of: `retention-policy/default`.
pub const SINGLE: &str = "default";

/// What is particular about a kind of settings.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    /// True for what an organization has one of: its section holds the value itself.
    pub single: bool,
    /// True where null in the place of a value means that it is removed.
    pub nullable: bool,
    /// True for what no section declares by itself: it follows from what another kind says.
    pub implied: bool,
    /// True where the service cannot change it once it is made.
    pub fixed: bool,
    /// Makes values equal that mean the same to the service.
    pub normal: Option<fn(&mut Map<String, Value>)>,
    /// True for a value that means the same as none.
    pub idle: Option<fn(&Map<String, Value>) -> bool>,
    /// True for names that only this program writes: they are never declared, removed or exported.
    pub own: Option<fn(&str) -> bool>,
    /// What is wrong with a name or a value, beyond what the table tells.
    pub wrong: Option<fn(&str, &Map<String, Value>) -> Vec<Wrong>>,
}

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
        normal: None,
        idle: None,
        own: None,
        wrong: None,
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
