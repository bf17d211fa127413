//! `workmailctl show`: a saved plan, a snapshot or a journal, as text or JSON.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use workmailctl::kinds::KINDS;
use workmailctl::plan::Plan;
use workmailctl::report::{
    Look, Paint, PlanContext, Source, journal_text, plan_text, snapshot_text,
};

use super::failure::{Exit, Failure};
use super::files::{self, Known, pretty};
use super::global::Global;
use super::output::{Printer, Product};

/// Show a saved plan, a snapshot or a journal
///
/// A plan that was changed after it was saved is shown with a warning, and ends with 65. The flags of
/// connection, pace and scope may stand here too, and change nothing.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl show plan.json
  workmailctl show plan.json --details
  workmailctl show .workmailctl/runs/20261122T140211Z-0f3c9a1b.jsonl
  workmailctl show snapshot.json --format json")]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
    /// Show fields and calls of a plan
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    global: Global,
}

/// Shows the file.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    let mut exit = Exit::Done;
    match files::read(&args.file)? {
        Known::Plan(plan) => {
            let context = context(args, &plan);
            let unfit = files::unfit(&args.file, &plan);
            if let Some(failure) = &unfit {
                super::stderr(&failure.text(&printer.err));
                exit = Exit::BadInput;
            }
            printer.product(&Product {
                text: &|look| {
                    let text = plan_text(&plan, &context, look);
                    match &unfit {
                        Some(failure) => format!("{}\n{text}", distrusted(failure, look)),
                        None => text,
                    }
                },
                json: &|| pretty(&plan),
            })?;
        }
        Known::Snapshot(snapshot) => printer.product(&Product {
            text: &|look| snapshot_text(KINDS, &snapshot, look),
            json: &|| pretty(&snapshot),
        })?,
        Known::Journal(header, lines) => printer.product(&Product {
            text: &|look| journal_text(&header, &lines, look),
            json: &|| pretty(&serde_json::json!({ "header": header, "lines": lines })),
        })?,
    }
    Ok(exit)
}

/// What stands above a plan that an apply refuses.
fn distrusted(failure: &Failure, look: &Look) -> String {
    let warning = format!(
        "DO NOT TRUST: {}, and no apply takes it",
        failure.sentence()
    );
    look.paint(Paint::Red, &look.safe(&warning))
}

fn context(args: &Args, plan: &Plan) -> PlanContext {
    let manifests = match plan.manifest.files.as_slice() {
        [] => "no files".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    PlanContext {
        source: Source::Live,
        caller: None,
        manifests,
        reading: None,
        parallelism: (10, 4),
        details: args.details,
        at: None,
        apply_command: format!("workmailctl apply {}", args.file.display()),
    }
}
