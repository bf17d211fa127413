//! `--require-reversible`: what nothing brings back is named, and refused.

use workmailctl::plan::{Plan, Reversible};

use super::failure::{Exit, Failure};

/// How an end without any write is told.
pub(crate) const NOTHING_WRITTEN: &str = "nothing was written";

/// The calls of a plan that nothing undoes, or only until some day.
pub(crate) fn irreversible(plan: &Plan) -> Vec<String> {
    let told = plan.operations.iter().filter_map(|operation| {
        let until = match operation.reversible {
            Reversible::Free => return None,
            Reversible::Until(time) => format!("only until {}", time.strftime("%Y-%m-%d")),
            Reversible::No => "never".to_owned(),
        };
        let call = &operation.call.operation;
        Some(format!("{call} {} ({until})", operation.target))
    });
    told.collect()
}

/// The refusal of these calls, with how the run ends and what was written; none if there are none.
pub(crate) fn refuse(told: &[String], exit: Exit, what: &str) -> Result<(), Failure> {
    if told.is_empty() {
        return Ok(());
    }
    let message = format!("cannot be undone: {}: {what}", told.join(", "));
    Err(Failure::new(exit, message)
        .help("take it out of the manifest, or leave out --require-reversible"))
}
