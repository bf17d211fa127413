//! The one binary of tests that need a service: the emulator, in process.

mod apply;
mod support;
