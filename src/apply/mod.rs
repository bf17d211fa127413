//! Executing a plan: `execute` makes its calls and returns an `Outcome`; partial success is an
//! ordinary result.
//!
//! Reading order: `event` and `outcome` (what comes out), `schedule` (which operations may start),
//! `budget` (how many of them), `lag` (which refusals pass), `effect` and `compare` (what fresh reads say), `references` (what is
//! filled in), `execute` (the calls themselves), `journal` (the events, as a file), `undo`
//! (what brings back what was there, as another one).

#[cfg(feature = "client")]
mod budget;
#[cfg(feature = "client")]
mod compare;
#[cfg(feature = "client")]
mod effect;
mod event;
#[cfg(feature = "client")]
mod execute;
#[cfg(feature = "client")]
mod interrupt;
mod journal;
#[cfg(feature = "client")]
mod lag;
mod outcome;
#[cfg(feature = "client")]
mod references;
#[cfg(feature = "client")]
mod schedule;
mod undo;

#[cfg(feature = "client")]
pub use budget::Budget;
pub use event::{Event, How, Sink};
#[cfg(feature = "client")]
pub use execute::{NoSecrets, Pace, Run, Secrets, execute};
#[cfg(feature = "client")]
pub use interrupt::Interrupt;
pub use journal::{Journal, JournalHeader, JournalLine};
pub use outcome::{Back, Failure, GivenBack, Outcome, Stop};
#[cfg(feature = "client")]
pub use schedule::together;
pub use undo::{UndoFile, UndoHeader, UndoLine, recorded};
