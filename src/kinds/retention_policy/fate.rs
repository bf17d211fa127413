//! What a retention policy means for the mail of a folder, and what deletes more than before.

use serde_json::{Map, Value};

use super::{DELETED, FOLDERS, NONE, PERMANENTLY_DELETED};

/// The folders of which more mail is deleted than before, or sooner, each as a sentence fragment. No
/// policy deletes nothing.
pub fn deleted_more(
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> Vec<String> {
    let fates = FOLDERS
        .iter()
        .map(|folder| (folder, Fate::of(before, folder), Fate::of(after, folder)));
    fates
        .filter(|(_, before, after)| after.deletes_more_than(*before))
        .map(|(folder, before, after)| {
            format!("{folder} {} instead of {}", after.told(), before.told())
        })
        .collect()
}

/// What happens to the mail of one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fate {
    severity: Severity,
    /// None: the policy does not say after how many days, so that it may be at once.
    days: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Kept,
    Deleted,
    PermanentlyDeleted,
}

impl Fate {
    fn of(policy: Option<&Map<String, Value>>, folder: &str) -> Self {
        let folder = policy.and_then(|policy| policy.get("folders")?.get(folder));
        let action = folder.and_then(|folder| folder.get("action")?.as_str());
        let severity = match action {
            None | Some(NONE) => Severity::Kept,
            Some(DELETED) => Severity::Deleted,
            // An action that nobody knows is taken for the worst.
            Some(_) => Severity::PermanentlyDeleted,
        };
        let days = folder.and_then(|folder| folder.get("periodInDays")?.as_i64());
        Self { severity, days }
    }

    fn deletes_more_than(self, before: Self) -> bool {
        self.severity > before.severity
            || self.severity != Severity::Kept && self.days.unwrap_or(0) < before.days.unwrap_or(0)
    }

    fn told(self) -> String {
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
