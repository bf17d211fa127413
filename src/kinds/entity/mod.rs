//! What users, groups and resources share: registration, addresses, links, grants, and their calls.

pub mod calls;
