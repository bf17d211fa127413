//! How a manifest writes which mailboxes are exported, and what that means.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::code::WM107;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{ExportScope, FieldPath, MailboxExports, from_time};

use super::declare::no_time;
use super::origins::Origins;
use super::tests_spec::WhoSpec;

/// Which mailboxes are exported, and where to. A plan makes no call for it: `migrate mailboxes` does.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MailboxExportsSpec {
    /// The bucket, in the region of the organization and closed to the public.
    pub(super) bucket: String,
    /// What every key in the bucket begins with, such as `acme/`.
    pub(super) prefix: String,
    /// The role that the service takes to write into the bucket.
    pub(super) role_arn: String,
    /// The symmetric key of AWS KMS that archives are encrypted with.
    pub(super) kms_key_arn: String,
    /// `all`, or names and globs of users and resources.
    pub(super) mailboxes: WhoSpec,
    /// Names and globs of users and resources that are left out.
    #[serde(default)]
    pub(super) exclude: Vec<String>,
    /// No export begins before this time or the beginning of this date (UTC), and none that did counts.
    #[serde(default)]
    pub(super) not_before: Option<String>,
    /// True: an export counts only once its object was verified.
    #[serde(default)]
    pub(super) verify: bool,
}

/// What the section says. What it cannot mean is told.
pub(super) fn declared(
    spec: &MailboxExportsSpec,
    origins: &Origins,
    out: &mut Diagnostics,
) -> MailboxExports {
    let root = FieldPath::from("mailboxExports");
    let mailboxes = match &spec.mailboxes {
        WhoSpec::All => None,
        WhoSpec::Some(names) => Some(names.clone()),
        WhoSpec::Other(other) => {
            let wrong = Diagnostic::new(&WM107, format!("`mailboxes` cannot be {other}"))
                .help("write `all`, or a list of names")
                .at(origins.anywhere(&root.key("mailboxes")), "");
            out.push(wrong);
            Some(Vec::new())
        }
    };
    let not_before = spec.not_before.as_deref().and_then(|text| {
        let time = from_time(text);
        if time.is_none() {
            out.push(no_time(text).at(origins.anywhere(&root.key("notBefore")), ""));
        }
        time
    });
    MailboxExports {
        bucket: spec.bucket.clone(),
        prefix: spec.prefix.clone(),
        role_arn: spec.role_arn.clone(),
        kms_key_arn: spec.kms_key_arn.clone(),
        scope: ExportScope {
            mailboxes,
            exclude: spec.exclude.clone(),
            not_before,
            verify: spec.verify,
        },
    }
}
