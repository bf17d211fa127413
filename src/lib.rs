//! Amazon `WorkMail` organizations as code: the pipeline from manifests and the live organization to a
//! plan, and from a plan to its outcome.
//!
//! ```text
//! text ─manifest::parse→ documents ─manifest::resolve→ Desired ┐
//!                                                              ├─diff::diff→ ChangeSet ─plan::plan→ Plan ─apply::execute→ Outcome ─report→ text, JSON
//! service ─────────────live::read→ Snapshot ───────────────────┘
//! ```
//!
//! Each stage is a function from values to a value; a module names only modules before it. All of it
//! but reading files, the `client`, `live::read`, `apply::execute` and the `emulator` is pure, and
//! builds without a runtime (`--no-default-features`).
//!
//! In reading order: `model` has the words that every stage speaks, `diagnostic` what is wrong and
//! where, `policy` what configuration means, `kinds` what can be managed, then the stages. The
//! `emulator` imports none of them.

pub mod model;

pub mod diagnostic;

pub mod policy;

pub mod kinds;

pub mod manifest;

pub mod live;

pub mod diff;

pub mod plan;

pub mod apply;

pub mod migrate;

pub mod report;

#[cfg(feature = "client")]
pub mod client;

#[cfg(feature = "emulator")]
pub mod emulator;

#[cfg(test)]
mod without_each_rule;
