//! Executing a plan: `execute` makes its calls and returns an `Outcome`; partial success is an
//! ordinary result.

mod event;
mod outcome;

pub use event::{Event, How, Sink};
pub use outcome::{Failure, Outcome, Stop};
