//! `workmailctl schema`: the JSON Schema of manifests, plans and reports.

use clap::{Args as ClapArgs, ValueEnum};
use workmailctl::report::{plan_schema, report_schema};

use super::failure::{Exit, Failure};
use super::files::pretty;
use super::{manifests, stdout};

/// Write a JSON Schema
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl schema > manifest.schema.json
  workmailctl schema plan
  workmailctl schema report")]
pub(crate) struct Args {
    /// Of what
    #[arg(value_enum, default_value = "manifest")]
    of: Of,
}

/// What has a schema.
#[derive(ValueEnum, Debug, Clone, Copy)]
enum Of {
    /// Manifests
    Manifest,
    /// `plan --format json` and saved plans
    Plan,
    /// A line of `apply --format json`
    Report,
}

/// Writes it to stdout.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    stdout(&pretty(&match args.of {
        Of::Manifest => manifests::schema(),
        Of::Plan => plan_schema(),
        Of::Report => report_schema(),
    }))?;
    Ok(Exit::Done)
}
