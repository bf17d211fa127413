//! `workmailctl drift`: a plan for schedules, of which nothing is ever written.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use workmailctl::plan::Allowances;

use super::failure::{Exit, Failure};
use super::global::{EvidenceFlags, Global};
use super::output::Printer;
use super::plan::{Layout, context, drift_of, exit_of, show};
use super::session::Session;
use super::{logging, manifests, reading, runtime, scope};

/// Tell whether the organization is still as declared
///
/// Ends with 2 where it is not. What could not be read is no drift: it ends with 77, 69, 75 or 1,
/// and drift elsewhere is still told. With `--format json` one plan is one document, and several are
/// a line each.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl drift acme/
  workmailctl drift acme/ --format json --write text=drift.txt
  workmailctl drift acme/ --target 'group/*'")]
pub(crate) struct Args {
    /// Manifests: folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show fields and calls
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    evidence: EvidenceFlags,
    #[command(flatten)]
    global: Global,
}

/// Compares each manifest.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    let mut exit = Exit::Done;
    let all = manifests::load(&args.paths, &printer)?;
    for loaded in &all {
        let (reading, source) = runtime()?.block_on(async {
            let session = Session::open(&args.global, Some(&loaded.desired)).await?;
            let reading =
                reading::read(&session, &loaded.desired, reading::TEMPORARY_AGE, &printer).await?;
            Ok::<_, Failure>((reading, session.source.clone()))
        })?;
        let plan = reading::plan(
            loaded,
            &reading,
            &args.global,
            &args.evidence,
            &Allowances::default(),
        )?;
        let context = context(&args.global, loaded, &reading, source, args.details);
        scope::warn_of_unfound(&args.global.scope, loaded, &reading, &printer);
        show(&printer, &plan, &context, Layout::of(&all), "")?;
        exit = exit.or(exit_of(&plan)).or(drift_of(&plan));
    }
    Ok(exit)
}
