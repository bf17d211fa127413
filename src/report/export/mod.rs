//! What is live, written down: as manifests of which a plan is empty, or as tables.
//!
//! What the manifest language refuses is left out, passed over by `ignore`, and told in a comment.

mod csv;
mod entity;
mod manifest;
mod refused;
mod settings;
#[cfg(test)]
mod tests;
mod yaml;

pub use csv::tables;
pub use manifest::manifests;

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name inside the folder.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// An export, and what it could not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// The files, in the order of the pipeline of reading: the organization first.
    pub files: Vec<File>,
    /// What was left out, as sentences: each stands also as a comment in its file.
    pub left_out: Vec<String>,
    /// How many users, groups and resources stand in the files.
    pub entities: usize,
}
