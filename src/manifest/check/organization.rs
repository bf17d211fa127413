//! The section `organization`: what the service takes as alias, id, account, region and mail domain.
//! Source: API reference, `CreateOrganization`, `Alias`; `DescribeOrganization`, `OrganizationId`;
//! `RegisterMailDomain`, `DomainName`.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM206};
use crate::model::FieldPath;

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let organization = &checks.desired.organization;
    let pins = &organization.pins;
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
    ];
    for (key, text, is, about) in texts {
        // A missing or empty alias is told by itself.
        if let Some(text) = text.filter(|text| !text.is_empty() && !is(text)) {
            let message = format!("`{key}` cannot be `{text}`");
            found.push((
                root.key(key),
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
    for (path, wrong) in found {
        let place = checks.origins.anywhere(&path);
        checks.out.push(wrong.at(place, ""));
    }
}

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
