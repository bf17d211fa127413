//! `workmailctl validate`: everything that can be checked without the service.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::failure::{Exit, Failure};
use super::global::Global;
use super::output::Printer;
use super::{logging, manifests};

/// Check manifests offline
///
/// The flags of connection, pace and scope may stand here too, and change nothing.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl validate acme/
  workmailctl validate acme/ globex/ --format json")]
pub(crate) struct Args {
    /// Manifests: folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    global: Global,
}

/// Checks each manifest and writes the findings as the product.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    manifests::validate(&args.paths, &printer)
}
