//! One test binary: cases, the emulator, the whole program.

#[cfg(all(feature = "client", feature = "emulator"))]
mod apply;
mod cases;
#[cfg(feature = "cli")]
mod cli;
mod generated;
#[cfg(all(feature = "client", feature = "emulator"))]
mod live;
mod reference;
mod support;
mod tidy;
