//! Where `migrate targets` and `migrate check` have the directory from: the service, or a snapshot.

use std::path::Path;

use workmailctl::kinds::KINDS;
use workmailctl::live::Needs;
use workmailctl::model::Snapshot;

use super::super::failure::Failure;
use super::super::global::Global;
use super::super::session::Session;
use super::super::{files, runtime};

/// Everything that is live, or what a snapshot kept of it.
pub(super) fn live(snapshot: Option<&Path>, global: &Global) -> Result<Snapshot, Failure> {
    match snapshot {
        Some(path) => files::snapshot(path),
        None => runtime()?.block_on(async {
            let session = Session::open(global, None).await?;
            session.read(&Needs::everything(KINDS)).await
        }),
    }
}
