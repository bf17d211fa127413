//! What an identity provider leaves of the ways to sign in.
//!
//! With the provider alone, passwords of the directory open nothing, neither in the web application nor in
//! mail clients; these then need personal access tokens, where such are allowed. Source: API reference,
//! `PutIdentityProviderConfiguration`, `AuthenticationMode`, and `PersonalAccessTokenConfiguration`,
//! `Status`; administrator guide, "Authentication mode".

use serde_json::{Map, Value};

use crate::policy::Protocol;

/// The ways in that are open at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// The passwords of the directory.
    pub directory: bool,
    /// IAM Identity Center, in the web application.
    pub provider: bool,
    /// Personal access tokens, in mail clients.
    pub tokens: bool,
    /// How many days a token is good for, where that is said.
    pub days: Option<u64>,
}

impl Ways {
    /// The ways in by this provider; none: by the directory alone.
    pub fn of(provider: Option<&Map<String, Value>>) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mode = provider.and_then(|fields| text(fields.get("authenticationMode")?));
        let tokens = provider.and_then(|fields| fields.get("personalAccessTokens"));
        let status = tokens.and_then(|tokens| text(tokens.get("status")?));
        Self {
            directory: mode.as_deref() != Some("IDENTITY_PROVIDER_ONLY"),
            provider: provider.is_some(),
            tokens: status.as_deref() == Some("ACTIVE"),
            days: tokens.and_then(|tokens| tokens.get("lifetimeInDays")?.as_u64()),
        }
    }

    /// True if nothing opens a mailbox over this protocol, whoever comes.
    pub fn shuts(self, protocol: Protocol) -> bool {
        !self.directory && !self.tokens && protocol != Protocol::WebMail
    }

    /// True if somebody may have no way in who had one by these ways before.
    pub fn may_shut_out(self, before: Self) -> bool {
        !self.directory && (before.directory || before.tokens && !self.tokens)
    }
}
