//! What becomes of an organization by itself: it comes to be and goes in steps, each at its time.

use serde::{Deserialize, Serialize};

use super::{Head, World};

/// A step that comes at its time, in seconds since 1970.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Pending {
    pub(in super::super) at: f64,
    pub(in super::super) step: Step,
}

/// A step of an organization. Source: behaviour notes, section 13.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Step {
    Create,
    Activate,
    VerifyTestDomain,
    Delete,
}

/// How the directory behind an organization stands, as `POST /_emulator/directories` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum DirectoryState {
    #[default]
    Writable,
    /// As one is that is kept elsewhere. Source: API reference, `UnsupportedOperationException`.
    ReadOnly,
    /// Source: API reference, `DirectoryUnavailableException`.
    Unavailable,
    /// It does not let the service in. Source: API reference,
    /// `DirectoryServiceAuthenticationFailedException`.
    Locked,
}

impl DirectoryState {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "`skip_serializing_if` calls it"
    )]
    pub(super) fn is_writable(&self) -> bool {
        *self == Self::Writable
    }
}

impl Head {
    /// Takes the steps whose time has come.
    pub(in super::super) fn settle(&mut self, now: f64) {
        while self.is_due(now) {
            match self.pending.remove(0).step {
                Step::Create => "Creating".clone_into(&mut self.state),
                Step::Activate => "Active".clone_into(&mut self.state),
                Step::VerifyTestDomain => {
                    let tests = self.domains.iter().filter(|(_, domain)| domain.test);
                    let names: Vec<String> = tests.map(|(name, _)| name.clone()).collect();
                    for name in names {
                        self.set_verification(&name, "VERIFIED");
                    }
                }
                Step::Delete => "Deleted".clone_into(&mut self.state),
            }
        }
    }

    /// Sets the verification of a domain that it has.
    pub(in super::super) fn set_verification(&mut self, name: &str, status: &str) {
        if let Some(domain) = self.domains.get_mut(name) {
            status.clone_into(&mut domain.ownership);
            status.clone_into(&mut domain.dkim);
        }
    }

    fn is_due(&self, now: f64) -> bool {
        self.pending.first().is_some_and(|next| next.at <= now)
    }
}

impl World {
    /// True if something comes by itself by this time.
    pub(in super::super) fn is_due(&self, now: f64) -> bool {
        let mut heads = self.organizations.values().map(|found| &found.head);
        self.jobs_due <= now || heads.any(|head| head.is_due(now))
    }

    /// Takes the steps of every organization whose time has come; true if there were any.
    pub(in super::super) fn settle(&mut self, now: f64) -> bool {
        let mut changed = false;
        for organization in self.organizations.values_mut() {
            if organization.head.is_due(now) {
                organization.head_mut().settle(now);
                changed = true;
            }
        }
        changed
    }
}
