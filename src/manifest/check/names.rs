//! Names: what the service takes, and each once.
//! Source: API reference, `CreateUser`, `CreateGroup`, `CreateResource`, `Name`.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM201, WM202};
use crate::model::{FieldPath, GROUP, RESERVED_NAME, RESOURCE, Target};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let mut seen: BTreeMap<String, &Target> = BTreeMap::new();
    let mut formers: BTreeMap<String, &Target> = BTreeMap::new();
    for (target, declared) in &checks.desired.entities {
        if declared.implied {
            continue;
        }
        if let Some(why) = fault(target.kind(), target.name()) {
            let wrong = no_name(target.name(), target.kind(), why);
            checks.out.push(wrong.at(checks.origins.key(target), ""));
        }
        if let Some(former) = &declared.previously
            && let Some(why) = fault(target.kind(), former)
        {
            let wrong = no_name(former, target.kind(), why);
            checks.tell(wrong, target, &FieldPath::from("previously"));
        }
        if let Some(former) = &declared.previously
            && let Some(first) = formers.insert(former.to_lowercase(), target)
        {
            let path = FieldPath::from("previously");
            let message = format!("{first} and {target} were both `{former}` before");
            let wrong = Diagnostic::new(&WM202, message)
                .twice(
                    checks.origins.find(first, &path),
                    checks.origins.find(target, &path),
                )
                .help("one thing takes one name: take `previously` out of the other");
            checks.out.push(wrong);
        }
        if let Some(first) = seen.insert(target.name().to_lowercase(), target) {
            let wrong = Diagnostic::new(&WM202, format!("{first} and {target} have the same name"))
                .twice(checks.origins.key(first), checks.origins.key(target))
                .help("names are unique across users, groups and resources: rename one");
            checks.out.push(wrong);
        }
    }
}

fn no_name(name: &str, kind: &str, why: &str) -> Diagnostic {
    // What is too long to be a name is not repeated as a whole.
    let mut shown: String = name.chars().take(80).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    Diagnostic::new(&WM201, format!("`{shown}` is no name for a {kind}: {why}"))
        .help("choose a name that the service takes; it cannot be created by this one")
}

/// Why the service does not take a name.
fn fault(kind: &str, name: &str) -> Option<&'static str> {
    if name.to_ascii_lowercase().starts_with(RESERVED_NAME) {
        return Some("names that begin so are made and removed by plans");
    }
    let length = name.chars().count();
    let local = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    if kind == GROUP {
        let printable = name
            .chars()
            .all(|character| ('\u{20}'..='\u{ff}').contains(&character));
        return match length {
            1..=256 if printable => None,
            1..=256 => Some("it may hold printable Latin characters only"),
            _ => Some("it must have 1 to 256 characters"),
        };
    }
    let most = if kind == RESOURCE { 20 } else { 64 };
    if length == 0 || length > most {
        return Some(if kind == RESOURCE {
            "it must have 1 to 20 characters"
        } else {
            "it must have 1 to 64 characters"
        });
    }
    let well_formed = match name.split_once('@') {
        None => local(name),
        Some((before, domain)) => {
            local(before)
                && domain.rsplit_once('.').is_some_and(|(rest, top)| {
                    !rest.is_empty()
                        && rest
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
                        && top.len() >= 2
                        && top
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                })
        }
    };
    if well_formed {
        None
    } else {
        Some("it may hold letters, digits and `_-.` only")
    }
}
