//! Amazon `WorkMail` organizations as code.

pub mod apply;
#[cfg(feature = "client")]
pub mod client;
pub mod diagnostic;
pub mod diff;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod kinds;
pub mod live;
pub mod manifest;
pub mod model;
pub mod plan;
pub mod policy;
pub mod report;
