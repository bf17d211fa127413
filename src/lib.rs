//! Amazon `WorkMail` organizations as code.

pub mod model;
pub mod diagnostic;
pub mod policy;
pub mod kinds;
pub mod manifest;
pub mod live;
pub mod diff;
pub mod plan;
pub mod apply;
pub mod report;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "emulator")]
pub mod emulator;
