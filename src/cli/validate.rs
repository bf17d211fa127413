//! `workmailctl validate`: everything that can be checked without the service.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::failure::{Exit, Failure};
use super::global::Output;
use super::manifests;
use super::output::Printer;

/// Check manifests offline
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl validate acme/
  workmailctl validate acme/ globex/ --format json")]
pub(crate) struct Args {
    /// Manifests: folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Checks each manifest and writes the findings as the product.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.output)?;
    manifests::validate(&args.paths, &printer)
}
