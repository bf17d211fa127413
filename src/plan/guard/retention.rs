//! The guard `delete-mail`: retention that deletes more mail than before, or sooner.
//!
//! It looks at both ends only, folder by folder. Of a policy that could not be read nothing is known, so
//! that it counts as deleting nothing.

use crate::kinds::retention_policy::deleted_more;
use crate::kinds::setting::SINGLE;
use crate::model::{Part, RETENTION_POLICY, Target};

use super::super::document::Blocked;
use super::{Ends, of_target};

pub(super) fn delete_mail(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let policy = Target::new(RETENTION_POLICY, SINGLE);
    let is_known = matches!(ends.live.listed(RETENTION_POLICY), Part::Known(()));
    let before = ends.before.settings.get(&policy).filter(|_| is_known);
    let after = ends.after.settings.get(&policy);
    let more = deleted_more(
        before.map(|before| &before.value),
        after.map(|after| &after.value),
    );
    if !more.is_empty() {
        let reason = format!("more mail would be deleted, or sooner: {}", more.join("; "));
        found.push(of_target("delete-mail", &policy, reason));
    }
}
