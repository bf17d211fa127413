//! What has to be read, and reading it.
//!
//! `Needs` says which pieces of which things are wanted; `read` fills a snapshot with them.

mod needs;

pub use needs::{Needs, Piece};
