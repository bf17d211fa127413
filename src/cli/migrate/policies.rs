//! `workmailctl migrate policies`: what IAM and KMS need before mailboxes can be exported.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use workmailctl::live::Needs;
use workmailctl::migrate::{Parties, policies};
use workmailctl::report::{policies_json, policies_text};

use super::super::failure::{Exit, Failure};
use super::super::files::pretty;
use super::super::global::Global;
use super::super::output::{Printer, Product};
use super::super::session::Session;
use super::super::{logging, manifests, runtime};
use super::exports;

/// Print the policies that exports need
///
/// The trust policy and the permissions of the role, a statement for the policy of the key, and what
/// whoever runs `migrate mailboxes` may. Nothing is changed.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl migrate policies acme/
  workmailctl migrate policies acme/ --format json | jq .trust")]
pub(crate) struct Args {
    /// The manifest: a folder or a file
    #[arg(value_name = "PATH")]
    path: PathBuf,
    #[command(flatten)]
    global: Global,
}

/// Asks which organization it is, and prints.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    for loaded in manifests::load(std::slice::from_ref(&args.path), &printer)? {
        let exports = exports(&loaded)?;
        let live = runtime()?.block_on(async {
            let session = Session::open(&args.global, Some(&loaded.desired)).await?;
            session.read(&Needs::default()).await
        })?;
        let organization = &live.organization;
        let parties = Parties {
            account: organization.arn.split(':').nth(4).unwrap_or_default(),
            region: &organization.region,
            organization_arn: &organization.arn,
        };
        let made = policies(exports, &parties);
        printer.product(&Product {
            text: &|_| policies_text(exports, &made),
            json: &|| pretty(&policies_json(&made)),
        })?;
    }
    Ok(Exit::Done)
}
