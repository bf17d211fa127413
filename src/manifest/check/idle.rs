//! What has no effect, and what has one that nobody asked for: told as warnings.

use serde_json::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM407, WM507};
use crate::kinds::retention_policy::NONE;
use crate::model::{AVAILABILITY_CONFIGURATION, FieldPath, RETENTION_POLICY, Target};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let entities = checks.desired.entities.iter();
    let entities = entities.map(|(target, declared)| (target, declared.previously.as_ref()));
    let settings = checks.desired.settings.iter();
    let settings = settings.map(|(target, declared)| (target, declared.previously.as_ref()));
    for (target, previously) in entities.chain(settings) {
        if previously.is_some_and(|former| former == target.name()) {
            let message = format!("`previously` is the name that {target} has");
            let wrong = Diagnostic::new(&WM407, message)
                .help("write the name that it had before, or remove the line");
            checks.tell(wrong, target, &FieldPath::from("previously"));
        }
    }
    for (target, declared) in &checks.desired.settings {
        match target.kind() {
            RETENTION_POLICY => periods(checks, target, &declared.value),
            AVAILABILITY_CONFIGURATION => endpoint(checks, target, &declared.value),
            _ => {}
        }
    }
}

/// Folders of which all mail is kept, after some time.
fn periods(checks: &mut Checks<'_>, target: &Target, policy: &Map<String, Value>) {
    let folders = policy.get("folders").and_then(Value::as_object);
    for (name, folder) in folders.into_iter().flatten() {
        let keeps = folder.get("action").and_then(Value::as_str) == Some(NONE);
        if keeps && folder.get("periodInDays").is_some() {
            let message = format!("all mail in {name} is kept, whatever `periodInDays` says");
            let wrong =
                Diagnostic::new(&WM407, message).help("remove the line, or write another `action`");
            let path = FieldPath::from("folders").key(name.clone());
            checks.tell(wrong, target, &path.key("periodInDays"));
        }
    }
}

/// A password that is sent without encryption, to another machine than the one that sends it.
fn endpoint(checks: &mut Checks<'_>, target: &Target, configuration: &Map<String, Value>) {
    let ews = configuration.get("ews");
    let endpoint = ews.and_then(|ews| ews.get("endpoint")?.as_str());
    let in_clear = endpoint.and_then(|endpoint| endpoint.strip_prefix("http://"));
    let host = in_clear.map(|rest| rest.split([':', '/']).next().unwrap_or(rest));
    if host.is_some_and(|host| !matches!(host, "localhost" | "127.0.0.1")) {
        let wrong = Diagnostic::new(&WM507, "the password goes to this endpoint in clear")
            .help("write an endpoint that begins with `https://`");
        checks.tell(wrong, target, &FieldPath::from("ews").key("endpoint"));
    }
}
