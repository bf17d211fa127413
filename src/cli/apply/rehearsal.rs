//! `--rehearse`: the plan and its apply on an emulator that is filled from what is live and thrown
//! away.

use workmailctl::kinds::KINDS;
use workmailctl::live::Needs;
use workmailctl::report::RunSummary;

use super::super::failure::{Exit, Failure};
use super::super::ledger;
use super::super::manifests::Loaded;
use super::super::output::Printer;
use super::super::session::Session;
use super::super::snapshot::unread;
use super::{Flags, manifest};

/// Applies one manifest to a copy of what is live.
pub(super) async fn apply(
    args: &Flags,
    loaded: &Loaded,
    printer: &Printer,
    summary: &mut RunSummary,
) -> Result<Exit, Failure> {
    let session = Session::open(&args.global, Some(&loaded.desired)).await?;
    let live = session.read(&Needs::everything(KINDS)).await?;
    let missing = unread(&live);
    if missing != Exit::Done {
        super::super::stderr("warning: not everything could be read, and the copy lacks it\n");
    }
    let copy = session.rehearsal(&args.global, &live).await?;
    let flag = args.evidence.ledger.as_deref();
    let management = &loaded.desired.management;
    let exports = ledger::evidence(flag, management, &loaded.stamp.files, &live)?;
    let of_copy = loaded.without_pins(exports);
    let exit = manifest::apply_to(args, &of_copy, &copy, printer, summary).await?;
    printer.say("rehearsed on a copy: nothing was written to the organization\n");
    Ok(exit.or(missing))
}
