//! What has to be read, and reading it.
//!
//! `Needs` says which pieces of which things are wanted; `read` fills a snapshot with them.

mod names;
mod needs;
mod nothing;
#[cfg(feature = "client")]
mod read;

pub use names::under_names;
pub use needs::{Needs, Piece};
pub use nothing::of_nothing;
#[cfg(feature = "client")]
pub use read::{ReadError, read, read_more};
