//! Rooms: somebody answers requests. Source: API reference, `UpdateResource`,
//! `InvalidConfigurationException`; behaviour notes, section 8.

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM501, WM502};
use crate::model::{FieldPath, RESOURCE, Wanted};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    for (target, declared) in checks
        .desired
        .entities
        .iter()
        .filter(|(target, _)| target.kind() == RESOURCE)
    {
        let no_delegates = declared
            .links
            .as_ref()
            .is_some_and(|wish| wish.exact && wish.items.is_empty());
        if !no_delegates || matches!(declared.wanted, Wanted::Absent | Wanted::Deregistered) {
            continue;
        }
        let option = |name: &str| {
            declared
                .fields
                .get("bookingOptions")
                .and_then(|options| options.get(name))
                .and_then(Value::as_bool)
        };
        let path = FieldPath::from("bookingOptions");
        if option("autoAcceptRequests") == Some(false) {
            let wrong = Diagnostic::new(
                &WM501,
                format!("{target} has no delegate and does not accept requests by itself"),
            )
            .help("give it a delegate, or set `autoAcceptRequests: true`");
            checks.tell(wrong, target, &path.key("autoAcceptRequests"));
        }
        for name in [
            "autoDeclineConflictingRequests",
            "autoDeclineRecurringRequests",
        ] {
            if option(name) == Some(false) {
                let wrong = Diagnostic::new(
                    &WM502,
                    format!("{target} has no delegate, and `{name}` is off"),
                )
                .help("give it a delegate, or switch the option on");
                checks.tell(wrong, target, &path.key(name));
            }
        }
    }
}
