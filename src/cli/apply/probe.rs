//! After an apply: the service is asked whether the availability configurations that it wrote work. What
//! does not is a warning: the other side may not be ready yet, and nothing here can mend it.

use std::collections::BTreeSet;

use workmailctl::apply::Outcome;
use workmailctl::kinds::availability_configuration::{Tested, test};
use workmailctl::model::AVAILABILITY_CONFIGURATION;
use workmailctl::plan::Plan;
use workmailctl::report::RunSummary;

use super::super::output::Printer;
use super::super::session::Session;

/// Tries what was written, and tells what does not work. A rehearsal sends made-up passwords.
pub(super) async fn written(
    session: &Session,
    plan: &Plan,
    outcome: &Outcome,
    printer: &Printer,
    summary: &mut RunSummary,
) {
    if session.scratch().is_some() {
        return;
    }
    let written = plan.operations.iter().filter(|operation| {
        operation.target.kind() == AVAILABILITY_CONFIGURATION
            && operation.becomes.is_some()
            && outcome.done.contains(&operation.id)
    });
    let written: BTreeSet<_> = written.map(|operation| &operation.target).collect();
    for target in written {
        let why = match Box::pin(test(session.client(), target.name())).await {
            Ok(Tested::Works) => continue,
            Ok(Tested::Fails(reason)) => format!("{target} does not work: {reason}"),
            Err(error) => format!("{target} could not be tried: {error}"),
        };
        printer.say(&format!("warning: {}\n", printer.err.safe(&why)));
        summary.warnings.push(why);
    }
}
