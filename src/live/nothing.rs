//! A snapshot of an organization that is not there: nothing is in it, and that is known.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::kinds::{Kinds, SETTINGS};
use crate::model::{DomainLive, OrganizationLive, Part, Snapshot, test_domain};

/// The snapshot of an organization that no alias leads to, or that is still being made: its state then.
///
/// What the service puts into a new one (rules that allow everything) is not in it, so that a plan from
/// here is a first look, and is made anew once the organization is there.
pub fn of_nothing(
    kinds: Kinds,
    alias: &str,
    region: &str,
    state: &str,
    now: Timestamp,
) -> Snapshot {
    let test_domain = test_domain(alias);
    let domain = DomainLive {
        is_test_domain: true,
        ownership: Part::Known("VERIFIED".to_owned()),
        records: Vec::new(),
    };
    let kinds = kinds.iter().map(|entry| entry.name);
    let settings = SETTINGS.iter().map(|kind| kind.name);
    Snapshot {
        taken_at: now,
        calls: 0,
        lower_bound: 0,
        organization: OrganizationLive {
            id: String::new(),
            alias: alias.to_owned(),
            arn: String::new(),
            region: region.to_owned(),
            state: state.to_owned(),
            caller: None,
            default_mail_domain: Part::Known(test_domain.clone()),
            mail_domains: Part::Known([(test_domain, domain)].into()),
        },
        lists: kinds
            .chain(settings)
            .map(|kind| (kind.to_owned(), Part::Known(())))
            .collect(),
        entities: BTreeMap::new(),
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}
