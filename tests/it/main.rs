//! One test binary: cases, the emulator, the whole program.

#[cfg(all(feature = "client", feature = "emulator"))]
mod apply;
mod cases;
#[cfg(all(feature = "client", feature = "emulator"))]
mod convergence;
#[cfg(all(feature = "client", feature = "emulator"))]
mod counts;
#[cfg(all(feature = "client", feature = "emulator"))]
mod denied;
mod properties;
mod support;
