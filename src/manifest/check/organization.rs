//! The section `organization`: what the service takes as alias, id, account, region, mail domain,
//! directory and key, and how the organization comes and goes.
//! Source: API reference, `CreateOrganization`, `Alias`; `DescribeOrganization`, `OrganizationId`;
//! `RegisterMailDomain`, `DomainName`.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM206, WM405, WM602, WM609};
use crate::model::FieldPath;

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let organization = &checks.desired.organization;
    let pins = &organization.pins;
    let create = organization.create.as_ref();
    let root = FieldPath::from("organization");
    let mut found: Vec<(FieldPath, Diagnostic)> = Vec::new();
    let texts = [
        (
            "alias",
            Some(&organization.alias),
            is_alias as fn(&str) -> bool,
            "1 to 62 letters, digits and single `-` between them, and not `d-…`",
        ),
        (
            "id",
            pins.id.as_ref(),
            is_id,
            "`m-` and 32 digits and small letters `a` to `f`",
        ),
        (
            "accountId",
            pins.account_id.as_ref(),
            is_account,
            "12 digits, in quotes",
        ),
        (
            "region",
            pins.region.as_ref(),
            is_region,
            "the code of a region, such as eu-west-1",
        ),
        (
            "defaultMailDomain",
            organization.default_mail_domain.as_ref(),
            is_domain,
            DOMAIN,
        ),
        (
            "create.directoryId",
            create.and_then(|create| create.directory_id.as_ref()),
            is_directory,
            "`d-` and 10 digits and small letters `a` to `f`",
        ),
        (
            "create.kmsKeyArn",
            create.and_then(|create| create.kms_key_arn.as_ref()),
            is_key,
            "the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID",
        ),
    ];
    for (key, text, is, about) in texts {
        // A missing or empty alias is told by itself.
        if let Some(text) = text.filter(|text| (key != "alias" || !text.is_empty()) && !is(text)) {
            let message = format!("`{key}` cannot be `{text}`");
            let path = key.split('.').fold(root.clone(), |path, key| path.key(key));
            found.push((
                path,
                Diagnostic::new(&WM107, message).help(format!("it is {about}")),
            ));
        }
    }
    let mut seen = BTreeSet::new();
    for (position, domain) in organization.listed_domains.iter().enumerate() {
        let path = root.key("mailDomains").index(position);
        if !is_domain(domain) {
            let message = format!("`{domain}` is no mail domain");
            found.push((
                path,
                Diagnostic::new(&WM107, message).help(format!("it is {DOMAIN}")),
            ));
        } else if !seen.insert(domain.to_ascii_lowercase()) {
            let message = format!("`{domain}` stands twice among `mailDomains`");
            found.push((
                path,
                Diagnostic::new(&WM206, message).help("remove it once"),
            ));
        }
    }
    if organization.listed_domains.len() > DOMAINS {
        let count = organization.listed_domains.len();
        let message = format!("{count} mail domains, and the service takes {DOMAINS}");
        found.push((root.key("mailDomains"), Diagnostic::new(&WM405, message)));
    }
    found.extend(ends_of_it(checks, &root));
    for (path, wrong) in found {
        let place = checks.origins.anywhere(&path);
        checks.out.push(wrong.at(place, ""));
    }
}

/// What the manifest says of how the organization comes and goes.
fn ends_of_it(checks: &Checks<'_>, root: &FieldPath) -> Vec<(FieldPath, Diagnostic)> {
    let organization = &checks.desired.organization;
    let mut found = Vec::new();
    if organization.create.is_some() && organization.removal.is_some() {
        let wrong = Diagnostic::new(&WM609, "the organization is to be made, and to be absent");
        let wrong = wrong.help("remove `create` or `state`");
        found.push((root.key("create"), wrong));
    }
    if organization.create.is_some() && organization.pins.id.is_some() {
        let wrong = Diagnostic::new(&WM609, "an organization with an `id` is there already");
        let wrong = wrong.help("remove `create`, or `id` until the organization is made");
        found.push((root.key("create"), wrong));
    }
    let says_how = checks.origins.holds_anywhere(&root.key("onRemoval"));
    if says_how && organization.removal.is_none() && checks.is_whole {
        let wrong = Diagnostic::new(&WM602, "`onRemoval` has nothing to remove");
        let wrong = wrong.help("add `state: absent`, or remove the line");
        found.push((root.key("onRemoval"), wrong));
    }
    found
}

/// The most mail domains of an organization. Source: quotas.
const DOMAINS: usize = 1000;

const DOMAIN: &str =
    "a name such as example.com: letters, digits, `.` and `-`, 3 to 209 characters";

fn is_alias(text: &str) -> bool {
    (1..=62).contains(&text.len())
        && !text.starts_with("d-")
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_id(text: &str) -> bool {
    text.strip_prefix("m-").is_some_and(|rest| {
        rest.len() == 32
            && rest
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Source: API reference, `CreateOrganization`, `DirectoryId`.
fn is_directory(text: &str) -> bool {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("d-")
        .is_some_and(|rest| rest.len() == 10 && rest.bytes().all(digit))
}

/// Source: API reference, `CreateOrganization`, `KmsKeyArn`.
fn is_key(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, aws, kms, region, account, key] = parts.as_slice() else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (20..=2048).contains(&text.len())
        && [*arn, *aws, *kms] == ["arn", "aws", "kms"]
        && region.bytes().all(plain)
        && !account.is_empty()
        && account.bytes().all(plain)
        && (1..=1024).contains(&key.len())
        && key.starts_with(|first: char| first.is_ascii_alphanumeric())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b":_/+=,@.-".contains(&byte))
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = parts
        .last()
        .is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
    parts.len() >= 3
        && number
        && parts.iter().all(|part| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !part.is_empty() && part.bytes().all(plain)
        })
}

fn is_domain(text: &str) -> bool {
    (3..=209).contains(&text.len())
        && text.contains('.')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}
