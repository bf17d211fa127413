//! Plain fields: bounds, words, what can be cleared. From the tables of the kinds.

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM401, WM402};
use crate::kinds::{Clear, Field, Shape, by_name};
use crate::model::{FieldPath, test_domain};

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
    limits(checks);
    let organization = &checks.desired.organization;
    if let Some(domains) = &organization.mail_domains
        && let Some(default) = &organization.default_mail_domain
    {
        let test_domain = test_domain(&organization.alias);
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

/// Percent of a whole. What is greater would never hold anything back.
fn limits(checks: &mut Checks<'_>) {
    let percent = checks.desired.management.limits.removals.percent;
    if percent > 100 {
        let path = ["limits", "removals", "percent"]
            .into_iter()
            .fold(FieldPath::from("management"), |path, key| path.key(key));
        let place = checks.origins.anywhere(&path);
        let message = format!("`percent` is {percent}, and must be 0 to 100");
        let wrong = Diagnostic::new(&WM401, message).at(place, "");
        checks
            .out
            .push(wrong.help("write the greatest part in percent"));
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
            (length > max as usize)
                .then(|| {
                    Diagnostic::new(
                        &WM401,
                        format!("`{name}` has {length} characters, and {max} are the most"),
                    )
                    .help("shorten it")
                })
                .or_else(|| misformed(field, text))
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
                .help("write a number in these bounds, or remove the line")
            })
        }
        _ => None,
    }
}

/// What the service's own pattern refuses.
fn misformed(field: &Field, text: &str) -> Option<Diagnostic> {
    let pattern = field.pattern.filter(|pattern| !(pattern.is)(text))?;
    let message = format!("`{}` cannot be `{text}`", field.name);
    Some(Diagnostic::new(&WM107, message).help(format!("it is {}", pattern.about)))
}
