//! The guard `delete-mail`: retention that deletes more mail than before, or sooner.
//!
//! It looks at both ends only, folder by folder. Of a policy that could not be read nothing is known, so
//! that it counts as deleting nothing.

use serde_json::Value;

use crate::kinds::retention_policy::{DELETED, FOLDERS, NONE, PERMANENTLY_DELETED};
use crate::kinds::setting::SINGLE;
use crate::model::{Part, RETENTION_POLICY, Snapshot, Target};

use super::super::document::Blocked;
use super::{Ends, of_target};

pub(super) fn delete_mail(ends: &Ends<'_>, found: &mut Vec<Blocked>) {
    let policy = Target::new(RETENTION_POLICY, SINGLE);
    let is_known = matches!(ends.live.listed(RETENTION_POLICY), Part::Known(()));
    let before = |folder| match is_known {
        true => Fate::of(ends.before, &policy, folder),
        false => Fate::default(),
    };
    let more: Vec<String> = FOLDERS
        .iter()
        .map(|folder| {
            let after = Fate::of(ends.after, &policy, folder);
            (folder, before(folder), after)
        })
        .filter(|(_, before, after)| after.deletes_more_than(before))
        .map(|(folder, before, after)| {
            format!("{folder} {} instead of {}", after.told(), before.told())
        })
        .collect();
    if !more.is_empty() {
        let reason = format!("more mail would be deleted, or sooner: {}", more.join("; "));
        found.push(of_target("delete-mail", &policy, reason));
    }
}

/// What happens to the mail of one folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Fate {
    severity: Severity,
    /// None: the policy does not say after how many days, so that it may be at once.
    days: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    #[default]
    Kept,
    Deleted,
    PermanentlyDeleted,
}

impl Fate {
    fn of(snapshot: &Snapshot, policy: &Target, folder: &str) -> Self {
        let policy = snapshot.settings.get(policy);
        let folders = policy.and_then(|policy| policy.value.get("folders"));
        let Some(folder) = folders.and_then(|folders| folders.get(folder)) else {
            return Self::default();
        };
        let severity = match folder.get("action").and_then(Value::as_str) {
            None | Some(NONE) => Severity::Kept,
            Some(DELETED) => Severity::Deleted,
            // An action that nobody knows is taken for the worst.
            Some(_) => Severity::PermanentlyDeleted,
        };
        let days = folder.get("periodInDays").and_then(Value::as_i64);
        Self { severity, days }
    }

    fn deletes_more_than(&self, before: &Self) -> bool {
        self.severity > before.severity
            || self.severity != Severity::Kept && self.days.unwrap_or(0) < before.days.unwrap_or(0)
    }

    fn told(&self) -> String {
        let action = match self.severity {
            Severity::Kept => return "kept".to_owned(),
            Severity::Deleted => DELETED,
            Severity::PermanentlyDeleted => PERMANENTLY_DELETED,
        };
        match self.days {
            Some(days) => format!("{action} after {days} days"),
            None => format!("{action} after a time that is not said"),
        }
    }
}
