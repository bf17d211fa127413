//! Secrets: in exactly one place that is known, with a version in bounds; passwords that are made have a
//! file each.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM401, WM506};
use crate::kinds::setting;
use crate::kinds::setting::{GREATEST_VERSION, secrets};
use crate::manifest::secrets::{fault, in_one_place};
use crate::model::{FieldPath, SecretSource, Target};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    files(checks);
    settings(checks);
}

/// The secrets of settings.
fn settings(checks: &mut Checks<'_>) {
    for (target, declared) in &checks.desired.settings {
        let Some(kind) = setting(target.kind()) else {
            continue;
        };
        for (path, secret) in secrets(kind.members, &declared.value) {
            let at = path
                .iter()
                .fold(FieldPath::root(), |path, key| path.key(*key));
            let mut source = secret.clone();
            let version = source
                .remove("version")
                .and_then(|version| version.as_i64());
            if version.is_some_and(|version| !(1..=i64::from(GREATEST_VERSION)).contains(&version))
            {
                let message = format!("`version` must be 1 to {GREATEST_VERSION}");
                let wrong = Diagnostic::new(&WM401, message).help("write another number");
                checks.tell(wrong, target, &at.key("version"));
            }
            let wrong = if let Ok(source) = serde_json::from_value(Value::Object(source)) {
                fault(&source, &at)
            } else {
                let help = "write one of `fromEnv`, `fromFile` and `fromSecretsManager`";
                Some((at.clone(), in_one_place().help(help)))
            };
            if let Some((path, wrong)) = wrong {
                checks.tell(wrong, target, &path);
            }
        }
    }
}

fn files(checks: &mut Checks<'_>) {
    // Some file systems tell no case apart.
    let mut first: BTreeMap<String, &Target> = BTreeMap::new();
    let at = FieldPath::from("initialPassword")
        .key("generate")
        .key("writeTo");
    for (target, declared) in &checks.desired.entities {
        let Some(SecretSource::Generate(generation)) = &declared.initial_password else {
            continue;
        };
        let Some(other) = first.insert(generation.write_to.to_lowercase(), target) else {
            continue;
        };
        let message = format!("the passwords of {other} and {target} would be in one file");
        let wrong = Diagnostic::new(&WM506, message)
            .twice(
                checks.origins.find(other, &at),
                checks.origins.find(target, &at),
            )
            .help("give each a file of its own");
        checks.out.push(wrong);
    }
}
