//! `workmailctl migrate`: the way out of the service.
//!
//! `status` tells how far it is. `mailboxes` exports mailboxes: `drive` goes on until all are exported, `progress` shows how far it
//! is. `policies` prints what IAM and KMS need. `targets` writes import files for
//! another service, and `check` holds its exports against what is live.

mod check;
mod directory;
mod drive;
mod mailboxes;
mod policies;
mod progress;
mod status;
mod targets;

use clap::{Args as ClapArgs, Subcommand};
use workmailctl::model::MailboxExports;

use super::failure::{Exit, Failure};
use super::manifests::Loaded;

/// Leave the service with everything
///
/// Amazon `WorkMail` ends on 2027-03-31.
#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    Status(status::Args),
    Mailboxes(mailboxes::Args),
    Policies(policies::Args),
    Targets(targets::Args),
    Check(check::Args),
}

/// Does what is asked on the way out.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.action {
        Action::Status(args) => status::run(args),
        Action::Mailboxes(args) => mailboxes::run(args),
        Action::Policies(args) => policies::run(args),
        Action::Targets(args) => targets::run(args),
        Action::Check(args) => check::run(args),
    }
}

/// The exports that a manifest wants.
fn exports(loaded: &Loaded) -> Result<&MailboxExports, Failure> {
    loaded.desired.exports.as_ref().ok_or_else(|| {
        let message = format!("`{}` has no `mailboxExports`", loaded.path);
        Failure::new(Exit::BadInput, message)
            .help("say there where mailboxes are exported to: see docs/leaving.md")
    })
}
