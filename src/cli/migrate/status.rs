//! `workmailctl migrate status`: how far the way out is.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use workmailctl::kinds::KINDS;
use workmailctl::live::{Needs, Piece};
use workmailctl::migrate::{Known, Status, api, mailboxes, status};
use workmailctl::model::{ExportScope, USER};
use workmailctl::report::{status_page, status_text};

use super::super::failure::{Exit, Failure};
use super::super::files::pretty;
use super::super::global::{EvidenceFlags, Format, Global};
use super::super::ledger;
use super::super::manifests::{self, Loaded};
use super::super::output::{Printer, Product};
use super::super::session::Session;
use super::super::snapshot::unread;
use super::super::{logging, runtime};

/// Tell how far the way out is
///
/// Days until the end of the service; every mailbox with its size, its export and the evidence of it;
/// whether the exports end in time; every address, alias, group, membership, delegate, permission, rule and
/// setting, and what becomes of it; what no export holds, and who has to act. Nothing is changed.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl migrate status acme/
  workmailctl migrate status --organization acme --ledger acme.exports.jsonl
  workmailctl migrate status acme/ --format html > leaving.html")]
pub(crate) struct Args {
    /// Manifests: folders or files; without one, the organization alone
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    evidence: EvidenceFlags,
    #[command(flatten)]
    global: Global,
}

/// Tells it of each organization.
pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let formats = [Format::Text, Format::Json, Format::Html];
    let printer = Printer::with(&args.global.output, &formats)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    let all = if args.paths.is_empty() {
        Vec::new()
    } else {
        manifests::load(&args.paths, &printer)?
    };
    let asks_page = printer.format == Format::Html
        || args
            .global
            .output
            .write
            .iter()
            .any(|(format, _)| *format == Format::Html);
    if asks_page && all.len() > 1 {
        return Err(Failure::usage("a page is of one organization").help("name one manifest"));
    }
    if all.is_empty() {
        return tell(args, None, &printer, true);
    }
    let mut exit = Exit::Done;
    for loaded in &all {
        exit = exit.or(tell(args, Some(loaded), &printer, all.len() == 1)?);
    }
    Ok(exit)
}

fn tell(
    args: &Args,
    loaded: Option<&Loaded>,
    printer: &Printer,
    alone: bool,
) -> Result<Exit, Failure> {
    let (status, exit) = runtime()?.block_on(read(args, loaded))?;
    printer.page(
        &Product {
            text: &|look| status_text(&status, look),
            json: &|| {
                if alone {
                    return pretty(&status);
                }
                let line = serde_json::to_string(&status);
                line.expect("what is written is plain data") + "\n"
            },
        },
        &|| status_page(&status),
    )?;
    Ok(exit)
}

async fn read(args: &Args, loaded: Option<&Loaded>) -> Result<(Status, Exit), Failure> {
    let session = Session::open(&args.global, loaded.map(|loaded| &loaded.desired)).await?;
    let mut needs = Needs::everything(KINDS);
    // The reply that tells the size is asked for below, and once is enough.
    if let Some(pieces) = needs.every.get_mut(USER) {
        pieces.remove(&Piece::Mailbox);
    }
    let live = session.read(&needs).await?;
    let exports = loaded.and_then(|loaded| loaded.desired.exports.as_ref());
    let scope = exports.map_or_else(ExportScope::default, |exports| exports.scope.clone());
    let files = loaded.map_or(&[][..], |loaded| &loaded.stamp.files);
    let path = ledger::path(
        args.evidence.ledger.as_deref(),
        files,
        &live.organization.alias,
    );
    let ledger = ledger::read(&path)?;
    if let Some(ledger) = &ledger {
        ledger::check(&path, ledger, &live.organization.id)?;
    }
    let (found, _) = mailboxes(&scope, &live);
    let client = session.client();
    let (sizes, unsized_of) = Box::pin(api::sizes(client, &found)).await;
    let file = path.display().to_string();
    let known = Known {
        scope: &scope,
        ledger: ledger.as_ref().map(|ledger| (ledger, &*file)),
        sizes: &sizes,
        at: client.service_time().unwrap_or(live.taken_at),
    };
    let mut status = status(&live, &known);
    status.unread.extend(unsized_of);
    Ok((status, unread(&live)))
}
