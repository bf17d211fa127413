//! The classes of sign-ins: users by protocol and address, and roles by address, by whom they impersonate
//! and by what they may do.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::Target;
use crate::policy::{self, AccessControlRule, Caller, Class, Effect, ImpersonationRule, SignIn};

use super::super::access::{access_control_rule, is_full_access};
use super::{Classes, Content};

/// More classes than this are not looked through.
const MOST: usize = 50_000;

/// What roles are there ever, each with every value that it has.
pub(in crate::plan) type Roles<'a> = BTreeMap<&'a str, Vec<&'a Map<String, Value>>>;

/// Values of roles by their names.
pub(in crate::plan) fn roles<'a>(
    all: impl Iterator<Item = (&'a Target, &'a Map<String, Value>)>,
) -> Roles<'a> {
    let mut roles = Roles::new();
    for (target, value) in all {
        roles.entry(target.name()).or_default().push(value);
    }
    roles
}

/// All classes that some access control rules and roles tell apart.
pub(in crate::plan) struct SignInClasses {
    all: Vec<One>,
    classes: Classes,
}

/// One class.
#[derive(Clone, Debug)]
pub(in crate::plan) enum One {
    /// Users who sign in.
    Users(Class),
    /// An application with a role.
    Role {
        /// The class of its own sign-ins, with only this role as caller.
        sign_ins: Class,
        /// Its name.
        role: String,
        /// Whom it impersonates; empty for who is named nowhere.
        person: String,
        /// True for writing in the mailbox, false for reading.
        writes: bool,
    },
}

impl One {
    fn example(&self) -> SignIn {
        match self {
            Self::Users(class)
            | Self::Role {
                sign_ins: class, ..
            } => class.example(),
        }
    }
}

impl SignInClasses {
    /// The classes of these rules and roles.
    ///
    /// Errors with a sentence fragment where a rule has a word that nobody knows, or they are too many.
    pub(in crate::plan) fn of<'a>(
        rules: impl Iterator<Item = (&'a Target, &'a Map<String, Value>)>,
        values: &Roles<'_>,
    ) -> Result<Self, String> {
        let rules: Vec<AccessControlRule> = rules
            .map(|(target, value)| access_control_rule(target, value))
            .collect::<Result<_, _>>()?;
        let callers: BTreeSet<Caller> = values
            .keys()
            .map(|role| Caller::Role((*role).to_owned()))
            .collect();
        let mut all = Vec::new();
        for class in policy::classes(&[&rules], &callers) {
            let (of_roles, users): (Vec<Caller>, Vec<Caller>) = class
                .callers
                .iter()
                .cloned()
                .partition(|caller| matches!(caller, Caller::Role(_)));
            for caller in of_roles {
                let Caller::Role(role) = &caller else {
                    continue;
                };
                let Some(values) = values.get(role.as_str()) else {
                    continue;
                };
                let sign_ins = Class {
                    callers: vec![caller.clone()],
                    ..class.clone()
                };
                for person in persons(values) {
                    all.extend([false, true].map(|writes| One::Role {
                        sign_ins: sign_ins.clone(),
                        role: role.clone(),
                        person: person.clone(),
                        writes,
                    }));
                }
            }
            if !users.is_empty() {
                all.push(One::Users(Class {
                    callers: users,
                    ..class
                }));
            }
            if all.len() > MOST {
                return Err("the rules tell too many sign-ins apart to look through all".to_owned());
            }
        }
        let classes = Classes::new(all.len());
        Ok(Self { all, classes })
    }

    /// What an access control rule does.
    pub(in crate::plan) fn rule(
        &self,
        target: &Target,
        value: &Map<String, Value>,
    ) -> Result<Content, String> {
        let rule = access_control_rule(target, value)?;
        let fits = self.all.iter().map(|one| {
            let verdict = policy::access_control(std::slice::from_ref(&rule), &one.example());
            !verdict.deciding.is_empty()
        });
        Ok(self.classes.rule(rule.effect == Effect::Allow, fits))
    }

    /// What a role does, or its absence.
    pub(in crate::plan) fn role(&self, name: &str, value: Option<&Map<String, Value>>) -> Content {
        let rules = value.map(ImpersonationRule::all_of);
        let is_full = value.is_some_and(is_full_access);
        self.classes.gate(self.all.iter().map(|one| match one {
            One::Role {
                role,
                person,
                writes,
                ..
            } if role == name => {
                let reaches = |rules: &[ImpersonationRule]| {
                    policy::impersonation(rules, person).effect == Effect::Allow
                };
                rules.as_deref().is_some_and(reaches) && (is_full || !writes)
            }
            _ => true,
        }))
    }

    /// What does nothing.
    pub(in crate::plan) fn nothing(&self) -> Content {
        self.classes.nothing()
    }

    /// The classes that are let in where these contents stand, by their places in [`Self::all`].
    pub(in crate::plan) fn all(&self) -> &[One] {
        &self.all
    }
}

fn persons(values: &[&Map<String, Value>]) -> BTreeSet<String> {
    let rules: Vec<ImpersonationRule> = values
        .iter()
        .flat_map(|value| ImpersonationRule::all_of(value))
        .collect();
    let named = rules
        .iter()
        .flat_map(|rule| rule.targets.only.iter().chain(&rule.targets.except));
    named.cloned().chain([String::new()]).collect()
}
