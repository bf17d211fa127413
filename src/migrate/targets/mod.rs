//! Import files for the services that people go to, from the directory. No file holds a password.
//!
//! `generic`, `microsoft` and `google` have the files of one service each, `scim` what several take;
//! `remains` what has no equivalent, `dns` what to change when; `quote` keeps names from being commands.

mod dns;
mod generic;
mod google;
mod microsoft;
mod quote;
mod remains;
mod scim;
#[cfg(test)]
mod tests;

use super::directory::Directory;

/// A service that people go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Microsoft 365.
    Microsoft365,
    /// Google Workspace.
    GoogleWorkspace,
    /// Any: JSON and tables.
    Generic,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    /// Its name within the folder.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl ImportFile {
    fn new(path: impl Into<String>, text: String) -> Self {
        let path = path.into();
        Self { path, text }
    }
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Microsoft365 => "Microsoft 365",
            Self::GoogleWorkspace => "Google Workspace",
            Self::Generic => "another service",
        }
    }
}

/// What to do about a setting, wherever people go; none: nothing is lost with it.
pub(super) fn advice(kind: &str) -> Option<&'static str> {
    remains::advice(Service::Generic, kind)
}

/// The import files of a service, what they leave, and the DNS records to change.
pub fn targets(service: Service, directory: &Directory) -> Vec<ImportFile> {
    let elsewhere = directory.elsewhere();
    let (mut files, remains) = match service {
        Service::Microsoft365 => microsoft::files(&elsewhere),
        Service::GoogleWorkspace => google::files(&elsewhere),
        Service::Generic => (generic::files(directory), Vec::new()),
    };
    let page = remains::page(service, directory, remains);
    files.push(ImportFile::new("without-equivalent.md", page));
    files.push(ImportFile::new("dns.md", dns::page(service, directory)));
    files
}
