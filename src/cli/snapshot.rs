//! `workmailctl snapshot`: everything that is live, in a file.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use workmailctl::kinds::KINDS;
use workmailctl::live::Needs;
use workmailctl::model::Snapshot;
use workmailctl::report::snapshot_text;

use super::failure::{Exit, Failure};
use super::files::{self, write_private};
use super::global::Global;
use super::output::{Printer, Product};
use super::session::Session;
use super::{logging, runtime};

/// Read everything into a file
///
/// `plan --against FILE` compares with it without credentials.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl snapshot --out snapshot.json --organization acme
  workmailctl plan acme/ --against snapshot.json")]
pub(crate) struct Args {
    /// Write to this file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    global: Global,
}

/// Reads and writes the snapshot.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    let live = runtime()?.block_on(async {
        let session = Session::open(&args.global, None).await?;
        session.read(&Needs::everything(KINDS)).await
    })?;
    write_private(&args.out, &files::snapshot_text(&live))?;
    printer.product(&Product {
        text: &|look| snapshot_text(KINDS, &live, look),
        json: &|| files::pretty(&live),
    })?;
    printer.say(&format!("saved the snapshot to {}\n", args.out.display()));
    Ok(unread(&live))
}

/// How a run ends by what could not be read of everything.
pub(crate) fn unread(live: &Snapshot) -> Exit {
    let organization = &live.organization;
    let mut causes = vec![
        organization.default_mail_domain.unknown(),
        organization.mail_domains.unknown(),
    ];
    causes.extend(live.lists.values().map(workmailctl::model::Part::unknown));
    for entity in live.entities.values() {
        causes.extend([
            entity.email.unknown(),
            entity.aliases.unknown(),
            entity.links.unknown(),
            entity.grants.unknown(),
        ]);
        causes.extend(
            entity
                .fields
                .values()
                .map(workmailctl::model::Part::unknown),
        );
    }
    causes
        .into_iter()
        .flatten()
        .filter_map(|unknown| Exit::of_unread(unknown.cause))
        .fold(Exit::Done, Exit::or)
}
