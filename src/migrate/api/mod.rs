//! Asks the services: jobs of the mail service, what stands in the way of exports, and archives.

mod facts;
mod jobs;
mod object;
mod sizes;

pub use facts::facts;
pub use jobs::{ended, jobs, start};
pub use object::{Depth, look};
pub use sizes::sizes;
