//! One test binary: cases without a runtime, and everything that needs the emulator in process.

#[cfg(feature = "cli")]
mod apply;
mod cases;
#[cfg(feature = "cli")]
mod cli;
mod generated;
mod support;
