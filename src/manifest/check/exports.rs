//! The section `mailboxExports`: what the service takes as bucket, prefix, role and key, whether they
//! can be together, and whom the lists name.
//! Source: API reference, `StartMailboxExportJob`; behaviour notes, section 14.

use globset::Glob;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM608};
use crate::model::{END_OF_SERVICE, FieldPath, Globs, MailboxExports, RESOURCE, USER};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let Some(exports) = checks.desired.exports.clone() else {
        return;
    };
    let root = FieldPath::from("mailboxExports");
    for (key, message, help) in wrong(&exports, checks) {
        let place = checks.origins.anywhere(&root.key(key));
        let found = Diagnostic::new(&WM107, message).help(help);
        checks.out.push(found.at(place, ""));
    }
    let known = checks.names();
    for (word, patterns) in exports.scope.lists() {
        for (position, pattern) in patterns.iter().enumerate() {
            let place = checks.origins.anywhere(&root.key(word).index(position));
            if pattern.is_empty() {
                let wrong = Diagnostic::new(&WM608, "a pattern is empty and names nothing");
                let wrong = wrong.help("write a name or a pattern, or remove it");
                checks.out.push(wrong.at(place, ""));
            } else if let Err(error) = Glob::new(pattern) {
                let message = format!("`{pattern}` is no pattern: {}", error.kind());
                checks
                    .out
                    .push(Diagnostic::new(&WM608, message).at(place, ""));
            } else if Globs::plain_name(pattern).is_some()
                && !checks.desired.declares(pattern, false)
            {
                checks.tell_undeclared(pattern, &known, &[USER, RESOURCE], place);
            }
        }
    }
}

/// What cannot be meant: the key, a sentence, and what to do.
fn wrong(
    exports: &MailboxExports,
    checks: &Checks<'_>,
) -> Vec<(&'static str, String, &'static str)> {
    let mut found = Vec::new();
    if !is_bucket(&exports.bucket) {
        let message = format!("`bucket` cannot be `{}`", exports.bucket);
        found.push((
            "bucket",
            message,
            "it is 3 to 63 small letters, digits, `.` and `-`",
        ));
    }
    if !is_prefix(&exports.prefix) {
        let message = format!("`prefix` cannot be `{}`", exports.prefix);
        found.push((
            "prefix",
            message,
            "it is 1 to 900 letters, digits and signs of `!_.*'()/-`, and does not begin with `/`",
        ));
    }
    let role = parts(&exports.role_arn);
    if !role.is_some_and(|role| role.service == "iam" && role.rest.starts_with("role/")) {
        let message = format!("`roleArn` cannot be `{}`", exports.role_arn);
        found.push((
            "roleArn",
            message,
            "it is the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME",
        ));
    }
    let key = parts(&exports.kms_key_arn);
    let is_key = key.is_some_and(|key| key.service == "kms" && key.rest.starts_with("key/"));
    if !is_key {
        let message = format!("`kmsKeyArn` cannot be `{}`", exports.kms_key_arn);
        found.push((
            "kmsKeyArn",
            message,
            "it is the ARN of a key, not of an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
        ));
    }
    let pinned = checks.desired.organization.pins.region.as_deref();
    if let (true, Some(key), Some(region)) = (is_key, key, pinned)
        && key.region != region
    {
        let message = format!(
            "the key is in {}, and the organization in {region}",
            key.region
        );
        let help = "bucket and key must be in the region of the organization";
        found.push(("kmsKeyArn", message, help));
    }
    if exports
        .scope
        .not_before
        .is_some_and(|time| time > END_OF_SERVICE)
    {
        found.push((
            "notBefore",
            "nothing can be exported any more after 2027-03-31: the service ends".to_owned(),
            "write an earlier date",
        ));
    }
    found
}

/// What an ARN says.
#[derive(Clone, Copy)]
struct Arn<'a> {
    service: &'a str,
    region: &'a str,
    rest: &'a str,
}

/// The parts of an ARN of the partition `aws`, with an account of 12 digits.
fn parts(arn: &str) -> Option<Arn<'_>> {
    let mut parts = arn.splitn(6, ':');
    let is_arn = parts.next() == Some("arn") && parts.next() == Some("aws");
    let (service, region) = (parts.next()?, parts.next()?);
    let account = parts.next()?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let rest = parts.next()?;
    let is_rest = rest.len() <= 1024
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b":_/+=,@.-".contains(&byte));
    (is_arn && is_account && is_rest).then_some(Arn {
        service,
        region,
        rest,
    })
}

/// Source: Amazon S3, rules of names of buckets, which are narrower than the pattern of WorkMail.
fn is_bucket(name: &str) -> bool {
    let is_end =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && is_end(bytes.first())
        && is_end(bytes.last())
        && bytes
            .iter()
            .all(|byte| is_end(Some(byte)) || b".-".contains(byte))
}

/// What is left of 1023 signs is for the name of the archive.
fn is_prefix(prefix: &str) -> bool {
    (1..=900).contains(&prefix.len())
        && !prefix.starts_with('/')
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!_.*'()/-".contains(&byte))
}
