//! Plain fields: bounds, words, what can be cleared. From the tables of the kinds.

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM401, WM402};
use crate::kinds::{Clear, Field, Shape, by_name};
use crate::model::FieldPath;

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    for (target, declared) in &checks.desired.entities {
        let Some(entry) = by_name(checks.kinds, target.kind()) else {
            continue;
        };
        for (name, value) in &declared.fields {
            if let Some(wrong) = entry.field(name).and_then(|field| fault(field, value)) {
                checks.tell(wrong, target, &FieldPath::from(name.as_ref()));
            }
        }
    }
    let organization = &checks.desired.organization;
    if let Some(domains) = &organization.mail_domains
        && let Some(default) = &organization.default_mail_domain
    {
        let test_domain = format!("{}.awsapps.com", organization.alias);
        if !domains.contains(default) && *default != test_domain {
            let place = checks
                .origins
                .anywhere(&FieldPath::from("organization").key("defaultMailDomain"));
            let message = format!("the default mail domain `{default}` is not among `mailDomains`");
            checks.out.push(
                Diagnostic::new(&WM107, message)
                    .at(place, "")
                    .help("add it there"),
            );
        }
    }
}

fn fault(field: &Field, value: &Value) -> Option<Diagnostic> {
    let name = field.name;
    match (field.shape, value) {
        (_, Value::String(text)) if text.is_empty() => (field.clear == Clear::Never).then(|| {
            Diagnostic::new(&WM402, format!("`{name}` cannot be cleared"))
                .help("remove the line to leave it as it is")
        }),
        (Shape::Text { max, .. }, Value::String(text)) => {
            let length = text.chars().count();
            (length > max as usize).then(|| {
                Diagnostic::new(
                    &WM401,
                    format!("`{name}` has {length} characters, and {max} are the most"),
                )
            })
        }
        (Shape::Choice(words), Value::String(word)) => {
            (!words.contains(&word.as_str())).then(|| {
                Diagnostic::new(&WM107, format!("`{name}` cannot be `{word}`"))
                    .help(format!("it is one of {}", words.join(", ")))
            })
        }
        (Shape::Number { min, max }, Value::Number(number)) => {
            let number = number.as_i64().unwrap_or(i64::MAX);
            (!(min..=max).contains(&number)).then(|| {
                Diagnostic::new(
                    &WM401,
                    format!("`{name}` is {number}, and must be {min} to {max}"),
                )
            })
        }
        _ => None,
    }
}
