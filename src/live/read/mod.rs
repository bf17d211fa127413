//! Reads the live organization into a snapshot: what comparing needs, then what writing needs.
//!
//! Every part that cannot be read becomes Unknown, with the reason; only what the API said of exactly
//! this thing is Absent. If the organization itself cannot be told, nothing was read.

mod lists;
mod organization;
mod pieces;
mod settings;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::client::{ApiError, Client};
use crate::kinds::Kinds;
use crate::kinds::setting::tell_versions;
use crate::model::{DesiredOrganization, Snapshot};

use super::Needs;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The organization could not be asked for.
    #[error("nothing could be read: `{operation}` failed")]
    Api {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: ApiError,
    },
    /// There is no such organization.
    #[error(
        "there is no organization with {0} in {1}: correct the manifest, or choose another region, profile or endpoint; `organization.create` makes one"
    )]
    NoOrganization(String, String),
    /// The organization is not the one that the manifest pins.
    #[error("the live organization is not the one that the manifest means: {0}")]
    Pin(String),
}

impl ReadError {
    /// The exit code of a run that ends by it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Api { source, .. } => source.kind.exit_code(),
            Self::NoOrganization(..) | Self::Pin(_) => 65,
        }
    }
}

/// The organization that the manifest names, with all that is needed, and the client for it.
pub async fn read(
    client: &Client,
    kinds: Kinds,
    desired: &DesiredOrganization,
    needs: &Needs,
    now: Timestamp,
) -> Result<(Snapshot, Client), ReadError> {
    let before = client.calls();
    let mut spent = Tally::default();
    let (organization, client) = organization::find(client, desired, &mut spent).await?;
    let mut snapshot = Snapshot {
        taken_at: now,
        calls: 0,
        lower_bound: 0,
        organization,
        lists: BTreeMap::new(),
        entities: BTreeMap::new(),
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    };
    fill(
        &client,
        kinds,
        &mut snapshot,
        needs,
        Missing::IsAbsent,
        &mut spent,
    )
    .await;
    snapshot.calls = client.calls() - before;
    snapshot.lower_bound = spent.fewest;
    Ok((snapshot, client))
}

/// Reads more into a snapshot: pieces that are there already are read again and replaced. An entity
/// that the snapshot does not have is asked for by its name.
pub async fn read_more(client: &Client, kinds: Kinds, snapshot: &mut Snapshot, needs: &Needs) {
    let before = client.calls();
    let mut spent = Tally::default();
    fill(
        client,
        kinds,
        snapshot,
        needs,
        Missing::IsAskedFor,
        &mut spent,
    )
    .await;
    snapshot.calls += client.calls() - before;
    snapshot.lower_bound += spent.fewest;
}

/// What is done about an entity that is needed and not in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// The lists were read just now: it is not there.
    IsAbsent,
    /// It may have come since.
    IsAskedFor,
}

/// The fewest requests that could have told the same.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    fewest: u64,
}

impl Tally {
    /// A list of so many items.
    fn list(&mut self, items: usize) {
        self.fewest += (items as u64).div_ceil(100).max(1);
    }

    /// One request.
    fn one(&mut self) {
        self.fewest += 1;
    }
}

async fn fill(
    client: &Client,
    kinds: Kinds,
    snapshot: &mut Snapshot,
    needs: &Needs,
    missing: Missing,
    spent: &mut Tally,
) {
    let (lists, settings, domains, tags) = futures::join!(
        lists::read(client, needs),
        settings::read(client, needs),
        organization::domains(client, snapshot.organization.alias.clone(), needs),
        organization::tags(client, snapshot.organization.arn.clone(), needs),
    );
    lists::place(lists, snapshot, spent);
    organization::place_tags(tags, snapshot, spent);
    settings::place(settings, snapshot, spent);
    organization::place_domains(domains, snapshot, spent);
    tell_versions(snapshot);
    organization::domain_details(client, snapshot, needs, spent).await;
    pieces::read(client, kinds, snapshot, needs, missing, spent).await;
}
