//! Import files for the services that people go to, from the directory. No file holds a password.

mod generic;

use super::directory::Directory;

/// A service that people go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Any: JSON and tables.
    Generic,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    /// Its name within the folder.
    pub path: &'static str,
    /// What is in it.
    pub text: String,
}

impl ImportFile {
    fn new(path: &'static str, text: String) -> Self {
        Self { path, text }
    }
}

/// The import files of a service.
pub fn targets(service: Service, directory: &Directory) -> Vec<ImportFile> {
    match service {
        Service::Generic => generic::files(directory),
    }
}
