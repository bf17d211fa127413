//! From differences to a plan that leaves nothing to decide.

mod document;
pub mod model;

pub use document::{
    AddressGap, Blocked, Expectation, FieldChange, Invariants, ManifestStamp, Operation,
    OrganizationStamp, Plan, PlannedChange, Reversible, SnapshotStamp, Summary,
};
