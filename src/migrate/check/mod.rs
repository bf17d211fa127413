//! The other side, held against the directory: `read` takes its exports, row by row (`rows`), `map` what is
//! called otherwise there, `compare` tells what is missing and who is reached instead.

mod compare;
mod foreign;
mod map;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use compare::{Comparison, Difference, Renamed, What, compare};
pub use foreign::{Foreign, Other, Shape};
pub use map::AddressMap;
pub use read::{Export, read};
