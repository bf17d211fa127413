//! What tests share: worlds from manifests, cases from Markdown.

pub(crate) mod canonical;
#[cfg(all(feature = "client", feature = "emulator"))]
mod connector;
#[cfg(feature = "emulator")]
pub(crate) mod emulated;
pub(crate) mod exceptions;
pub(crate) mod markdown;
#[cfg(all(feature = "client", feature = "emulator"))]
pub(crate) mod mishap;
#[cfg(all(feature = "client", feature = "emulator"))]
pub(crate) mod pipeline;
pub(crate) mod random;
pub(crate) mod random_settings;
#[cfg(all(feature = "client", feature = "emulator"))]
pub(crate) mod secrets;
#[cfg(feature = "cli")]
pub(crate) mod served;
#[cfg(all(feature = "client", feature = "emulator"))]
pub(crate) mod service;
#[cfg(feature = "cli")]
pub(crate) mod shop;
#[cfg(feature = "cli")]
pub(crate) mod storage;
pub(crate) mod world;
