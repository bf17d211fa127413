//! What users, groups and resources share: registration, addresses, links, grants, their calls.
