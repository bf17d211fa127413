//! From differences to a plan that leaves nothing to decide.

mod document;
mod temporary;

pub use document::{
    AddressGap, Blocked, Expectation, FieldChange, Invariants, ManifestStamp, Operation,
    OrganizationStamp, Plan, PlannedChange, Reversible, SnapshotStamp, Summary,
};
pub use temporary::temporary_address;
