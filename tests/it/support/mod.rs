//! What tests share: worlds from manifests, cases from Markdown, an emulated organization.

#[cfg(feature = "cli")]
mod connector;
pub(crate) mod markdown;
#[cfg(feature = "cli")]
mod service;
pub(crate) mod world;

#[cfg(feature = "cli")]
pub(crate) use service::*;
