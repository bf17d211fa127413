//! The guards of the organization as a whole: `domain`, `create-organization`, `delete-organization`.

use crate::kinds::organization::{CREATE, DELETE, DEREGISTER_DOMAIN};

use super::super::document::{Blocked, Operation};
use super::{Ends, of_target};

pub(super) fn domain(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    for operation in calls(ends, DEREGISTER_DOMAIN) {
        let target = &operation.target;
        let reason = format!("mail to addresses in {} would bounce", target.name());
        found.push(of_target("domain", target, reason));
    }
}

pub(super) fn create(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    for operation in calls(ends, CREATE) {
        let target = &operation.target;
        let reason = format!("there is no {target} yet: it would be made");
        found.push(of_target("create-organization", target, reason));
    }
}

pub(super) fn delete(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    for operation in calls(ends, DELETE) {
        let target = &operation.target;
        let reason = format!("{target} would be deleted with all its mail, which cannot be undone");
        found.push(of_target(DELETE_GUARD, target, reason));
    }
}

/// The guard that is lifted by the alias only.
pub const DELETE_GUARD: &str = "delete-organization";

fn calls<'a>(ends: &'a Ends<'_>, name: &'a str) -> impl Iterator<Item = &'a Operation> {
    let all = ends.operations.iter();
    all.filter(move |operation| operation.call.operation == name)
}
