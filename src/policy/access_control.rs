//! What access control rules come to for one sign-in.
//!
//! All conditions of a rule must hold; a list and its opposite are two conditions. Somebody who signs
//! in as a user is in no list of roles, and a role in no list of users: a list keeps the other sort
//! out, and its opposite lets it pass. The service documents neither, and says that without any rule
//! nobody gets in. Source: behaviour notes, section 9.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::rules::{Condition, Effect, Verdict, verdict};

/// A rule. Source: API reference, `AccessControlRule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessControlRule {
    /// Its name, which is its key.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// Where the client is.
    pub addresses: Condition<AddressRange>,
    /// What the client speaks.
    pub protocols: Condition<Protocol>,
    /// Which user signs in, by id.
    pub users: Condition<String>,
    /// Which impersonation role signs in, by id.
    pub roles: Condition<String>,
}

/// What clients speak. Source: API reference, `PutAccessControlRule`, `Actions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Exchange `ActiveSync`, which mobile devices speak.
    ActiveSync,
    /// How clients find their settings.
    AutoDiscover,
    /// Exchange Web Services; the only one that impersonation roles use.
    Ews,
    /// IMAP.
    Imap,
    /// SMTP.
    Smtp,
    /// Outlook on Windows.
    WindowsOutlook,
    /// The web application.
    WebMail,
}

/// The API's words. Source: API reference, `PutAccessControlRule`, `Actions`.
const WORDS: [(Protocol, &str); 7] = [
    (Protocol::ActiveSync, "ActiveSync"),
    (Protocol::AutoDiscover, "AutoDiscover"),
    (Protocol::Ews, "EWS"),
    (Protocol::Imap, "IMAP"),
    (Protocol::Smtp, "SMTP"),
    (Protocol::WindowsOutlook, "WindowsOutlook"),
    (Protocol::WebMail, "WebMail"),
];

/// A range of IPv4 addresses in CIDR notation. Bits behind the prefix do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    network: Ipv4Addr,
    /// At most 32.
    prefix: u32,
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Who.
    pub caller: Caller,
    /// What the client speaks.
    pub protocol: Protocol,
    /// Where the client is.
    pub address: Ipv4Addr,
}

/// Who signs in, by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// A user.
    User(String),
    /// An application with an impersonation role.
    Role(String),
}

/// A text that is no protocol or no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a protocol nor a range of IPv4 addresses of access control rules")]
pub struct RuleTextError(String);

/// What these rules come to for a sign-in.
pub fn access_control<'a>(
    rules: &'a [AccessControlRule],
    sign_in: &SignIn,
) -> Verdict<'a, AccessControlRule> {
    let matching = rules.iter().filter(|rule| {
        rule.fits_caller(&sign_in.caller)
            && rule
                .protocols
                .holds(|protocol| *protocol == sign_in.protocol)
            && rule
                .addresses
                .holds(|range| range.contains(sign_in.address))
    });
    verdict(matching, |rule| rule.effect)
}

impl AccessControlRule {
    /// True if its conditions on users and roles hold for somebody.
    pub(super) fn fits_caller(&self, caller: &Caller) -> bool {
        let is_user = |id: &String| matches!(caller, Caller::User(user) if user == id);
        let is_role = |id: &String| matches!(caller, Caller::Role(role) if role == id);
        self.users.holds(is_user) && self.roles.holds(is_role)
    }
}

impl Caller {
    /// A user whom no rule names. No id is empty.
    pub fn anybody_else() -> Self {
        Self::User(String::new())
    }

    /// A role that no rule names. No id is empty.
    pub fn any_other_role() -> Self {
        Self::Role(String::new())
    }
}

impl AddressRange {
    /// The first and the last address, as numbers.
    pub(super) fn bounds(self) -> (u32, u32) {
        let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
        let first = self.network.to_bits() & mask;
        (first, first | !mask)
    }

    /// True if the address begins with the bits of the prefix.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        let differing = self.network.to_bits() ^ address.to_bits();
        differing.leading_zeros() >= self.prefix
    }
}

impl FromStr for AddressRange {
    type Err = RuleTextError;

    fn from_str(text: &str) -> Result<Self, RuleTextError> {
        let range = text.split_once('/').and_then(|(network, prefix)| {
            Some(Self {
                network: network.parse().ok()?,
                prefix: prefix.parse().ok().filter(|prefix| *prefix <= 32)?,
            })
        });
        range.ok_or_else(|| RuleTextError(text.to_owned()))
    }
}

impl fmt::Display for Protocol {
    /// The API's word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(protocol, _)| protocol == self);
        f.write_str(word.map_or("", |(_, word)| word))
    }
}

impl FromStr for Protocol {
    type Err = RuleTextError;

    fn from_str(text: &str) -> Result<Self, RuleTextError> {
        let protocol = WORDS.iter().find(|(_, word)| *word == text);
        let protocol = protocol.map(|(protocol, _)| *protocol);
        protocol.ok_or_else(|| RuleTextError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_is_read_by_the_word_that_tells_it() {
        for word in [
            "ActiveSync",
            "AutoDiscover",
            "EWS",
            "IMAP",
            "SMTP",
            "WindowsOutlook",
            "WebMail",
        ] {
            let protocol: Protocol = word.parse().expect("a protocol");
            assert_eq!(protocol.to_string(), word);
        }
        assert!("POP3".parse::<Protocol>().is_err());
    }
}
