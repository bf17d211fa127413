//! What configuration means, without the service: who can read whose mail.

mod readers;

pub use readers::{Hold, Readers, Rights, readers};
