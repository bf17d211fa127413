//! `MailboxExports`: which mailboxes are exported on the way out of the service, where to, and what is
//! known of each export. The end of the service is told here, too.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::globs::Globs;
use super::snapshot::Entity;
use super::target::{RESOURCE, Target, USER};

/// The end of the service: nothing is there any more after the last second of 2027-03-31 (UTC).
/// Source: behaviour notes, section 14.
pub const END_OF_SERVICE: Timestamp = Timestamp::constant(1_806_537_599, 0);

/// The section `mailboxExports`: where the exports go. It makes no call in a plan.
/// Source: API reference, `StartMailboxExportJob`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxExports {
    /// The bucket of Amazon S3.
    pub bucket: String,
    /// What every key in the bucket begins with.
    pub prefix: String,
    /// The role that the service takes to write into the bucket.
    pub role_arn: String,
    /// The key of AWS KMS that the archives are encrypted with.
    pub kms_key_arn: String,
    /// Which mailboxes.
    pub scope: ExportScope,
}

/// Which mailboxes have to be exported before they go. It is part of `Management`, so that a plan from a
/// file is guarded by it, and taking a mailbox out is a change of `management`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ExportScope {
    /// Names and globs; none: every user and resource with a mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailboxes: Option<Vec<String>>,
    /// Names and globs of those that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// An export that began before this time does not count, and none begins before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub not_before: Option<Timestamp>,
    /// True: an export counts only once its object was verified.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub verify: bool,
}

/// How far the export of one mailbox is, as the ledger tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "why")]
pub enum Evidence {
    /// It is finished, and its object was found as it should be.
    Verified,
    /// It is finished; its object was not looked at.
    Finished,
    /// A job is on its way.
    Running,
    /// The last job did not finish, or its object is not as it should be.
    Failed(String),
}

impl ExportScope {
    /// True for a user or a resource whose mailbox has to be exported, by the name that it has live or
    /// by the one that the manifest gives it. Mailboxes of remote users are elsewhere.
    pub fn holds(&self, target: &Target, entity: &Entity) -> bool {
        let role = entity.fields.get("role").and_then(|role| role.known());
        let is_remote = role.is_some_and(|role| role == "REMOTE_USER");
        let has_mailbox = [USER, RESOURCE].contains(&target.kind());
        if !has_mailbox || entity.built_in || is_remote {
            return false;
        }
        let named = |patterns: &[String]| Globs::new(patterns).match_either(target, Some(entity));
        self.mailboxes.as_deref().is_none_or(named) && !named(&self.exclude)
    }

    /// Whether what is known of an export is enough.
    pub fn is_satisfied_by(&self, evidence: &Evidence) -> bool {
        match evidence {
            Evidence::Verified => true,
            Evidence::Finished => !self.verify,
            Evidence::Running | Evidence::Failed(_) => false,
        }
    }

    /// The lists of names, by their keys.
    pub fn lists(&self) -> [(&'static str, &[String]); 2] {
        [
            ("mailboxes", self.mailboxes.as_deref().unwrap_or_default()),
            ("exclude", &self.exclude),
        ]
    }
}

/// The time from which something counts: a date counts from its beginning (UTC).
pub fn from_time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::super::snapshot::EntityState;
    use super::*;

    fn entity(role: Option<&str>) -> Entity {
        let mut entity = Entity::new("id", EntityState::Registered);
        if let Some(role) = role {
            entity
                .fields
                .insert("role".into(), Part::Known(role.into()));
        }
        entity
    }

    #[test]
    fn all_means_every_mailbox_of_the_service() {
        let all = ExportScope::default();
        let held = |target: Target, role| all.holds(&target, &entity(role));
        assert!(held(Target::user("ana"), Some("USER")));
        assert!(held(Target::resource("room"), None));
        assert!(!held(Target::group("staff"), None));
        assert!(!held(Target::user("far"), Some("REMOTE_USER")));
        let built_in = Entity {
            built_in: true,
            ..entity(None)
        };
        assert!(!all.holds(&Target::user("system"), &built_in));
    }

    #[test]
    fn names_and_globs_narrow_it() {
        let some = ExportScope {
            mailboxes: Some(vec!["a*".to_owned(), "resource/*".to_owned()]),
            exclude: vec!["user/abe".to_owned()],
            ..ExportScope::default()
        };
        let held = |target: Target| some.holds(&target, &entity(None));
        assert!(held(Target::user("ana")) && held(Target::resource("room")));
        assert!(!held(Target::user("abe")) && !held(Target::user("bob")));
        let nobody = ExportScope {
            mailboxes: Some(Vec::new()),
            ..ExportScope::default()
        };
        assert!(!nobody.holds(&Target::user("ana"), &entity(None)));
    }

    #[test]
    fn a_date_counts_from_its_beginning() {
        let begins = from_time("2027-01-01").expect("a date");
        assert_eq!(begins.to_string(), "2027-01-01T00:00:00Z");
        assert!(from_time("soon").is_none());
    }
}
