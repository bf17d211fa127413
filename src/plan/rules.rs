//! The rules that order operations, as data: each names what must hold before an operation, and why.
//!
//! A rule is a name on an edge of the graph; the facts on both sides are `step::Fact`. Source:
//! `docs/safety.md` explains each; the API facts are in the reference under the errors named here.

/// A rule of order.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Why: the error or the loss that it prevents.
    pub because: &'static str,
}

/// A thing is created before it is registered.
pub(super) static CREATE_BEFORE_REGISTER: Rule = Rule {
    name: "create-before-register",
    because: "EntityNotFoundException",
};
/// A thing is registered before what needs it registered: updates, addresses, members, grants.
pub(super) static REGISTER_BEFORE_USE: Rule = Rule {
    name: "register-before-use",
    because: "EntityStateException",
};
/// Who is referred to is registered before the reference.
pub(super) static REGISTER_BEFORE_REFERENCE: Rule = Rule {
    name: "register-before-reference",
    because: "EntityStateException",
};
/// What has to go goes before the deregistration.
pub(super) static CLEAR_BEFORE_DEREGISTER: Rule = Rule {
    name: "clear-before-deregister",
    because: "EntityStateException on a deregistered entity",
};
/// A thing is deregistered before it is deleted.
pub(super) static DEREGISTER_BEFORE_DELETE: Rule = Rule {
    name: "deregister-before-delete",
    because: "EntityStateException",
};
/// A name is freed before it is used again.
pub(super) static FREE_NAME_BEFORE_USE: Rule = Rule {
    name: "free-name-before-use",
    because: "NameAvailabilityException",
};

/// Who or what a setting names is made before.
pub(super) static CREATE_BEFORE_NAMING: Rule = Rule {
    name: "create-before-naming",
    because: "EntityNotFoundException, ResourceNotFoundException",
};
/// What settings name is deleted after they stopped naming it.
pub(super) static UNNAME_BEFORE_DELETE: Rule = Rule {
    name: "unname-before-delete",
    because: "a rule that names nobody, or another than it seems",
};

/// A domain is registered before it is used.
pub(super) static REGISTER_DOMAIN_BEFORE_USE: Rule = Rule {
    name: "register-domain-before-use",
    because: "MailDomainNotFoundException",
};
/// A domain goes after every address in it, and after another one is the default.
pub(super) static EMPTY_BEFORE_DEREGISTERING: Rule = Rule {
    name: "empty-before-deregistering",
    because: "MailDomainInUseException",
};

/// Every rule that works through facts.
pub static RULES: &[&Rule] = &[
    &CREATE_BEFORE_REGISTER,
    &REGISTER_BEFORE_USE,
    &REGISTER_BEFORE_REFERENCE,
    &CLEAR_BEFORE_DEREGISTER,
    &DEREGISTER_BEFORE_DELETE,
    &FREE_NAME_BEFORE_USE,
    &CREATE_BEFORE_NAMING,
    &UNNAME_BEFORE_DELETE,
    &REGISTER_DOMAIN_BEFORE_USE,
    &EMPTY_BEFORE_DEREGISTERING,
];
