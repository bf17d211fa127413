//! `Secret`: a text that is sent and never shown.

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

/// A secret on its way to the service. It cannot be shown, logged, stored or copied, and is zeroed when
/// it is dropped; what the SDK makes of it is the SDK's.
pub struct Secret(SecretString);

impl Secret {
    /// The secret of this text. The text is zeroed when its owner drops it.
    pub fn new(text: &Zeroizing<String>) -> Self {
        // A box is made of exactly these bytes: a string that grows leaves copies behind.
        Self(SecretString::new(Box::from(text.as_str())))
    }

    /// The text without the secret, should it stand in it.
    pub(super) fn taken_out_of(&self, text: &str) -> String {
        match self.reveal() {
            "" => text.to_owned(),
            secret => text.replace(secret, "(not shown)"),
        }
    }

    /// The text, for a request of the SDK.
    pub(crate) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_repeats_of_a_secret_is_not_shown() {
        let secret = Secret::new(&"hunter2".to_owned().into());
        assert_eq!(
            secret.taken_out_of("Value 'hunter2' at 'password' is too short"),
            "Value '(not shown)' at 'password' is too short"
        );
    }
}
