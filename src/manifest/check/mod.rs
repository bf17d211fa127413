//! Everything that can be said of a manifest without asking the service, one concern a file.

mod addresses;
mod fields;
mod management;
mod names;
mod organization;
mod references;
mod rooms;

use jiff::Timestamp;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::Kinds;
use crate::model::{Desired, FieldPath, Target};

use super::origins::Origins;

/// What checks look at, and where they tell.
pub(super) struct Checks<'a> {
    kinds: Kinds,
    desired: &'a Desired,
    origins: &'a Origins,
    now: Timestamp,
    out: &'a mut Diagnostics,
}

/// Runs every check.
pub(super) fn all(
    kinds: Kinds,
    desired: &Desired,
    origins: &Origins,
    now: Timestamp,
    out: &mut Diagnostics,
) {
    let mut checks = Checks {
        kinds,
        desired,
        origins,
        now,
        out,
    };
    organization::check(&mut checks);
    names::check(&mut checks);
    fields::check(&mut checks);
    addresses::check(&mut checks);
    references::check(&mut checks);
    rooms::check(&mut checks);
    management::check(&mut checks);
}

impl Checks<'_> {
    /// Tells a finding at a field of something declared.
    fn tell(&mut self, diagnostic: Diagnostic, target: &Target, path: &FieldPath) {
        let place = self.origins.find(target, path);
        self.out.push(diagnostic.at(place, ""));
    }
}
