//! `Address`: an e-mail address, primary or alias, compared without case.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::target::without_case;

/// The beginning of the local part of temporary and placeholder addresses that plans make.
/// Manifests may not use it.
pub const RESERVED_LOCAL_PART: &str = "workmailctl-tmp-";
/// How interim names begin: of resources that take each other's names. A name has 20 characters at most.
pub const RESERVED_NAME: &str = "wmctl-tmp-";

/// The name of the mail domain that an organization is born with, in lower case.
/// Source: API reference, `CreateOrganization`, `Alias`.
pub fn test_domain(alias: &str) -> String {
    format!("{}.awsapps.com", alias.to_ascii_lowercase())
}

/// An e-mail address as it was written or listed. Two addresses that differ in case only are the
/// same address; created ones are sent in lower case, existing ones as the service lists them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Address(String);

/// A text that the service does not take as an address.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not an e-mail address that WorkMail takes: {why}")]
pub struct AddressError {
    text: String,
    why: &'static str,
}

impl Address {
    /// The address, if the service's own pattern takes it: 1 to 254 characters,
    /// `[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]+\.[a-zA-Z-]{2,}`.
    /// Source: API reference, `UpdatePrimaryEmailAddress`, `Email`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        match fault(text) {
            None => Ok(Self(text.to_owned())),
            Some(why) => Err(AddressError {
                text: text.to_owned(),
                why,
            }),
        }
    }

    /// What the service listed, whatever it looks like.
    pub fn listed(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it was written or listed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in lower case: how created addresses are sent.
    #[must_use]
    pub fn lower(&self) -> Self {
        Self(self.0.to_ascii_lowercase())
    }

    /// What stands after the `@`, in lower case.
    pub fn domain(&self) -> String {
        self.0
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_ascii_lowercase()
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0
            .rsplit_once('@')
            .map_or(self.0.as_str(), |(local, _)| local)
    }

    /// True for a temporary or placeholder address of ours.
    pub fn is_reserved(&self) -> bool {
        self.0
            .get(..RESERVED_LOCAL_PART.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_LOCAL_PART))
    }

    /// When a temporary address of ours was made, in seconds since 1970; none for all others.
    pub fn made_at(&self) -> Option<i64> {
        let rest = self
            .0
            .get(RESERVED_LOCAL_PART.len()..)
            .filter(|_| self.is_reserved())?;
        rest.split('-').next()?.parse().ok()
    }

    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        without_case(&self.0, &other.0)
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.folded() {
            byte.hash(state);
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > 254 {
        return Some("it must have 1 to 254 characters");
    }
    let Some((local, domain)) = text.split_once('@') else {
        return Some("it has no `@`");
    };
    if domain.contains('@') {
        return Some("it has more than one `@`");
    }
    if local.is_empty() || local.len() > 64 {
        return Some("what stands before the `@` must have 1 to 64 characters");
    }
    if !local
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(&b))
    {
        return Some("before the `@` only letters, digits and `._%+-` are allowed");
    }
    if !domain
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
    {
        return Some("after the `@` only letters, digits, `.` and `-` are allowed");
    }
    match domain.rsplit_once('.') {
        Some((before, top))
            if !before.is_empty()
                && top.len() >= 2
                && top.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') =>
        {
            None
        }
        _ => Some("its domain must end in a dot and two or more letters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case() {
        assert_eq!(
            Address::listed("Ana@Example.com"),
            Address::listed("ana@example.COM")
        );
        assert_eq!(Address::listed("Ana@Example.com").domain(), "example.com");
    }

    #[test]
    fn a_temporary_address_tells_when_it_was_made() {
        let address = Address::listed("workmailctl-tmp-1764000000-0a1b2c3d-1@example.com");
        assert!(address.is_reserved());
        assert_eq!(address.made_at(), Some(1_764_000_000));
        assert_eq!(Address::listed("ana@example.com").made_at(), None);
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        for text in [
            "",
            "ana",
            "a b@example.com",
            "@example.com",
            "ana@example",
            "ana@example.c0m",
            "a@b@example.com",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        for text in [
            "ana@example.com",
            "a.b_c%d+e-f@sub.example.co",
            "x@acme.awsapps.com",
        ] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
    }
}
