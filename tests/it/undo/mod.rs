//! What undoes a run: the file beside its journal, and the plan that is made of it.

#[cfg(feature = "cli")]
mod back;
mod changes;
#[cfg(feature = "cli")]
mod kinds;
#[cfg(feature = "cli")]
mod mishaps;
mod on_the_model;
#[cfg(feature = "cli")]
mod program;
#[cfg(feature = "cli")]
mod worlds;
