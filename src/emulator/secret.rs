//! Secrets: what is kept of them is a salt and a hash; what must be sent on stays in memory.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A secret that is held in memory only: it has no form in which it could be stored or printed.
#[derive(Clone)]
pub(super) struct Held(String);

impl Held {
    pub(super) fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(held)")
    }
}

/// A new salt and the hash, in hexadecimal.
pub(super) fn salted(secret: &str) -> String {
    let salt = Uuid::new_v4().simple().to_string();
    let hash = hash(&salt, secret);
    format!("{salt}:{hash}")
}

/// True if this is what was salted and hashed.
pub(super) fn is_same(secret: &str, kept: &str) -> bool {
    kept.split_once(':')
        .is_some_and(|(salt, known)| hash(salt, secret) == known)
}

fn hash(salt: &str, secret: &str) -> String {
    let hash = Sha256::new()
        .chain_update(salt)
        .chain_update(secret)
        .finalize();
    super::hex(&hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_tells_its_own_secret_from_others_and_no_two_are_alike() {
        let (first, second) = (salted("a"), salted("a"));
        assert_ne!(first, second);
        assert!(is_same("a", &first) && is_same("a", &second));
        assert!(!is_same("b", &first) && !is_same("a", "a"));
        assert_eq!(format!("{:?}", Held::new("a")), "(held)");
    }
}
