//! From differences to a plan that leaves nothing to decide.

mod document;
mod expectation;
pub mod model;

pub use document::{
    AddressGap, Blocked, Expectation, FieldChange, Invariants, ManifestStamp, Operation,
    OrganizationStamp, Plan, PlannedChange, Reversible, SnapshotStamp, Summary,
};
pub use expectation::{Told, expect, piece_of, suppose, told};
