//! The rules that order operations, as data: each names what must hold before an operation, and why.
//!
//! A rule is a name on an edge of the graph: between a step that gives a fact (`step::Fact`) and one that
//! needs it, or between two steps that are put in order by hand. `docs/safety.md` lists and explains them;
//! the API facts are in the reference under the errors named here.

use std::collections::BTreeSet;

use crate::kinds::setting::Chain;

/// A rule of order.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Why: the error or the loss that it prevents.
    pub because: &'static str,
    /// What fails without it: an invariant of the check, the guard of what stands only on the way, or
    /// `not-missing`, a right that both ends give and somebody is without for a moment.
    pub fails: &'static str,
}

macro_rules! rules {
    ($($(#[$about:meta])+ $constant:ident $name:literal $because:literal $fails:literal;)+) => {
        $($(#[$about])+ pub(super) static $constant: Rule = Rule {
            name: $name,
            because: $because,
            fails: $fails,
        };)+

        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$constant),+];
    };
}

rules! {
    /// A thing is created before it is registered.
    CREATE_BEFORE_REGISTER "create-before-register"
        "`EntityNotFoundException`"
        "existence";
    /// A thing is registered before what needs it registered: updates, addresses, members, grants.
    REGISTER_BEFORE_USE "register-before-use"
        "`EntityStateException`"
        "registration";
    /// Who is referred to is registered before the reference.
    REGISTER_BEFORE_REFERENCE "register-before-reference"
        "`EntityStateException`"
        "registration";
    /// What has to go goes before the deregistration.
    CLEAR_BEFORE_DEREGISTER "clear-before-deregister"
        "`EntityStateException` on a deregistered entity"
        "registration";
    /// A thing is deregistered before it is deleted.
    DEREGISTER_BEFORE_DELETE "deregister-before-delete"
        "`EntityStateException`"
        "registration";
    /// A name is freed before it is used again.
    FREE_NAME_BEFORE_USE "free-name-before-use"
        "`NameAvailabilityException`"
        "name-free";
    /// An address goes to its claimer right after somebody released it.
    CLAIM_AFTER_RELEASE "claim-after-release"
        "`EmailAddressInUseException`, and mail that bounces"
        "at-once";
    /// A primary address is an alias before it is taken away: another address has been made primary.
    PROMOTE_BEFORE_RELEASE "promote-before-release"
        "`DeleteAlias` takes aliases; whether it takes a primary address is open"
        "address-free";
    /// Everything about addresses that move among entities, or of an entity that is full, is one chain.
    ONE_CHAIN_OF_ADDRESSES "one-chain-of-addresses"
        "`EmailAddressInUseException`, `LimitExceededException`: each call frees an address or room for the next one"
        "limit";
    /// A room that does not accept by itself is deregistered before its delegates go.
    CLOSE_BEFORE_DELEGATE_GOES "close-before-delegate-goes"
        "requests that nobody answers"
        "answered";
    /// A room accepts by itself before its delegates go.
    AUTO_ACCEPT_ON_BEFORE_DELEGATE_GOES "auto-accept-on-before-delegate-goes"
        "`InvalidConfigurationException`, and requests that nobody answers"
        "answered";
    /// The delegates of a room who come are there before others go.
    DELEGATE_BEFORE_DELEGATE_GOES "delegate-before-delegate-goes"
        "`InvalidConfigurationException`, and requests that nobody answers"
        "answered";
    /// The delegates of a room who come are there before it stops doing something by itself.
    DELEGATE_BEFORE_AUTO_ACCEPT_OFF "delegate-before-auto-accept-off"
        "`InvalidConfigurationException`, and requests that nobody answers"
        "answered";
    /// What goes is gone before what comes, where both together would give what neither end gives.
    REVOKE_BEFORE_JOIN "revoke-before-join"
        "a right on the way that neither end gives"
        "rights";
    /// What comes is there before what goes, where it gives somebody what the other takes from them.
    JOIN_BEFORE_LEAVE "join-before-leave"
        "a right that both ends give, missing on the way"
        "not-missing";
    /// Who or what a setting names is made before.
    CREATE_BEFORE_NAMING "create-before-naming"
        "`EntityNotFoundException`, `ResourceNotFoundException`"
        "existence";
    /// What settings name is deleted after they stopped naming it.
    UNNAME_BEFORE_DELETE "unname-before-delete"
        "a rule that names nobody, or another than it seems"
        "named";
    /// Access control rules and impersonation roles are one chain: what denies comes first and goes last.
    ONE_CHAIN_OF_SIGN_INS "one-chain-of-sign-ins"
        "somebody who is let in or shut out on the way; `LimitExceededException`"
        "wider-in-between";
    /// Mobile device access rules and overrides are one chain, like that.
    ONE_CHAIN_OF_DEVICES "one-chain-of-devices"
        "a device that is let in or shut out on the way; `LimitExceededException`"
        "wider-in-between";
    /// Tags are one chain: where they are many, what goes makes room for what comes.
    ONE_CHAIN_OF_TAGS "one-chain-of-tags"
        "`TooManyTagsException`"
        "limit";
    /// Access control rules that keep out who comes stand before they are registered.
    NAME_BEFORE_SIGN_IN "name-before-sign-in"
        "a sign-in before the rule that denies it stands"
        "wider-in-between";
    /// Who goes is deregistered before access control rules stop keeping them out.
    DEREGISTER_BEFORE_UNNAMING "deregister-before-unnaming"
        "a sign-in after the rule that denies it is gone"
        "wider-in-between";
    /// Users get their ids at the identity provider before nothing but the provider opens mailboxes.
    IDENTIFY_BEFORE_ALONE "identify-before-alone"
        "somebody who is shut out on the way"
        "identified";
    /// The ARN of an application that is made is kept in a tag before anything names the application.
    KEEP_BEFORE_NAMING "keep-before-naming"
        "the ARN is told only once"
        "remembered";
    /// The tag that keeps the ARN of an application goes after the application.
    DELETE_BEFORE_FORGETTING "delete-before-forgetting"
        "an application that nobody knows any more"
        "remembered";
    /// The version of a secret is remembered after everything that sends one.
    SEND_BEFORE_REMEMBERING "send-before-remembering"
        "a secret that is taken for sent and was not"
        "remembered";
    /// The program's own tags of the organization are written after those that a manifest declares.
    OWN_TAGS_LAST "own-tags-last"
        "`TooManyTagsException`: what goes makes room for them"
        "limit";
    /// A domain goes after every address in it, and after another one is the default.
    EMPTY_BEFORE_DEREGISTERING "empty-before-deregistering"
        "`MailDomainInUseException`"
        "domain";
}

/// How an order is made: by which rules, and what comes first of what they leave free. Plans obey every
/// rule and take what was lowered first; the experiment that takes rules away has the others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ordering {
    /// The rule that is not obeyed.
    without: Option<&'static Rule>,
    /// What comes first.
    pub(super) free: Free,
}

/// What comes first of what no rule orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Free {
    /// What was lowered first.
    #[default]
    First,
    /// What was lowered last.
    #[cfg(test)]
    Last,
    /// Anything, by chance of this seed.
    #[cfg(test)]
    Chance(u64),
}

impl Ordering {
    /// True if it obeys the rule.
    pub(super) fn obeys(self, rule: &Rule) -> bool {
        self.without != Some(rule)
    }

    #[cfg(test)]
    pub(super) fn new(without: Option<&'static Rule>, free: Free) -> Self {
        Self { without, free }
    }
}

impl Free {
    /// One of those that can come next; none where there is nothing.
    pub(super) fn take(self, ready: &mut BTreeSet<usize>) -> Option<usize> {
        match self {
            Self::First => ready.pop_first(),
            #[cfg(test)]
            Self::Last => ready.pop_last(),
            #[cfg(test)]
            Self::Chance(seed) => {
                let mixed = ready.iter().fold(seed, |mixed, one| {
                    (mixed ^ *one as u64)
                        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                        .rotate_left(29)
                });
                let place = usize::try_from(mixed % ready.len().max(1) as u64).unwrap_or(0);
                let one = ready.iter().nth(place).copied()?;
                ready.take(&one)
            }
        }
    }
}

/// The rule of a chain of settings; none where each speaks for itself.
pub(super) fn of_chain(chain: Chain) -> Option<&'static Rule> {
    match chain {
        Chain::Alone => None,
        Chain::SignIn => Some(&ONE_CHAIN_OF_SIGN_INS),
        Chain::Devices => Some(&ONE_CHAIN_OF_DEVICES),
        Chain::Tags => Some(&ONE_CHAIN_OF_TAGS),
    }
}
