//! One test binary: cases, the emulator, the whole program.
#![expect(
    clippy::disallowed_methods,
    clippy::format_push_string,
    clippy::print_stderr,
    reason = "tests read files, wait and measure"
)]

#[cfg(all(feature = "client", feature = "emulator"))]
mod apply;
#[cfg(feature = "emulator")]
mod availability;
#[cfg(feature = "cli")]
mod budgets;
mod cases;
#[cfg(all(feature = "client", feature = "emulator"))]
mod changed;
#[cfg(feature = "cli")]
mod cli;
#[cfg(all(feature = "client", feature = "emulator"))]
mod convergence;
#[cfg(all(feature = "client", feature = "emulator"))]
mod counts;
#[cfg(all(feature = "client", feature = "emulator"))]
mod denied;
#[cfg(all(feature = "client", feature = "emulator"))]
mod devices;
#[cfg(all(feature = "client", feature = "emulator"))]
mod domains;
#[cfg(feature = "emulator")]
mod doubles;
#[cfg(feature = "cli")]
mod durability;
#[cfg(feature = "cli")]
mod edited;
#[cfg(feature = "emulator")]
mod emulator;
#[cfg(feature = "cli")]
mod ending;
#[cfg(feature = "emulator")]
mod exports;
#[cfg(feature = "cli")]
mod faults;
mod fields;
#[cfg(feature = "cli")]
mod flags;
mod forged;
#[cfg(feature = "emulator")]
mod fuzz;
mod generated;
mod halves;
mod hashed;
mod hostile;
#[cfg(feature = "cli")]
mod kill;
#[cfg(feature = "cli")]
mod leaving;
#[cfg(feature = "cli")]
mod lifecycle;
#[cfg(all(feature = "client", feature = "emulator"))]
mod live;
#[cfg(feature = "cli")]
mod mailboxes;
#[cfg(all(feature = "client", feature = "emulator"))]
mod moves;
mod next;
#[cfg(all(feature = "client", feature = "emulator"))]
mod organization_settings;
#[cfg(feature = "emulator")]
mod policy;
#[cfg(feature = "cli")]
mod process;
mod properties;
#[cfg(all(feature = "client", feature = "emulator"))]
mod recovery;
mod reference;
mod rights;
#[cfg(feature = "cli")]
mod sampled;
#[cfg(feature = "cli")]
mod secrets;
#[cfg(feature = "cli")]
mod settings;
mod support;
#[cfg(feature = "cli")]
mod switches;
mod tidy;
mod undo;
#[cfg(all(feature = "client", feature = "emulator"))]
mod versions;
mod waiting;
#[cfg(all(feature = "client", feature = "emulator"))]
mod worlds;
