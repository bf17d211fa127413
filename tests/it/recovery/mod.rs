//! Runs that end early, meet a service in trouble, or meet somebody else: over random worlds, at every call.
//! The next run converges, on the way holds what plans promise, and what could not be done is told.
//! `WORKMAILCTL_CASES` says how many worlds; the 50 of `docs/safety.md` are `WORKMAILCTL_CASES=50`;
//! `WORKMAILCTL_PAIRS` chooses pairs by their numbers.

mod faults;
mod kills;
mod others;
mod stage;

#[cfg(feature = "cli")]
mod long;

#[cfg(feature = "cli")]
pub(crate) use stage::{Stage, for_all, stages_of};
