//! What users, groups and resources share: registration, addresses, links, grants, and their calls.

#[cfg(feature = "client")]
pub(crate) mod api;
pub mod calls;
#[cfg(feature = "client")]
pub(crate) mod execute;

/// The most aliases an entity can have, whatever its kind. Source: quotas, `aliases per user`.
pub const ALIAS_LIMIT: usize = 100;
