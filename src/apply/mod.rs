//! Executing a plan: `execute` makes its calls and returns an `Outcome`; partial success is an
//! ordinary result.

mod compare;
mod effect;
mod event;
#[cfg(feature = "client")]
mod interrupt;
mod journal;
mod lag;
mod outcome;
mod references;
mod schedule;

pub use event::{Event, How, Sink};
#[cfg(feature = "client")]
pub use interrupt::Interrupt;
pub use journal::{Journal, JournalHeader, JournalLine};
pub use outcome::{Failure, Outcome, Stop};
