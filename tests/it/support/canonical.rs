//! What an organization is, in the manifest's terms: without ids, times, passwords and what the program keeps for
//! itself, so that two states can be held against each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workmailctl::kinds::setting;
use workmailctl::kinds::setting::{shown, with_version};
use workmailctl::model::{AVAILABILITY_CONFIGURATION, Address, Party, Snapshot};

/// Everything of a snapshot of all, by its target and part.
pub(crate) fn canonical(live: &Snapshot) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let organization = &live.organization;
    all.insert(
        "organization defaultMailDomain".to_owned(),
        json!(organization.default_mail_domain.known()),
    );
    let domains = organization.mail_domains.known().into_iter().flatten();
    let domains: BTreeSet<&String> = domains.map(|(name, _)| name).collect();
    all.insert("organization mailDomains".to_owned(), json!(domains));
    for (target, entity) in live.entities.iter().filter(|(_, entity)| !entity.built_in) {
        let registered = entity.is_registered();
        let mut part = |name: &str, value: Value| {
            all.insert(format!("{target} {name}"), value);
        };
        part("state", json!(entity.state));
        for (field, value) in &entity.fields {
            // Nothing tells the quota of a mailbox that is not there.
            if registered || field != "mailboxQuotaMb" {
                let value = value.known().filter(|value| **value != json!(""));
                part(field, json!(value));
            }
        }
        if !registered {
            continue;
        }
        part("email", json!(entity.email.known().map(Address::lower)));
        let aliases = entity.aliases.known().into_iter().flatten();
        let aliases: BTreeSet<String> = aliases.map(|one| one.lower().to_string()).collect();
        part("aliases", json!(aliases));
        let links = entity.links.known().into_iter().flatten();
        let links = links.filter(|link| !link.deleted);
        let links: BTreeSet<String> = links.filter_map(|link| named(&link.party)).collect();
        part("links", json!(links));
        let grants = entity.grants.known().into_iter().flatten();
        let grants: BTreeMap<String, Value> = grants
            .filter_map(|grant| Some((named(&grant.grantee)?, json!(grant.rights))))
            .collect();
        part("permissions", json!(grants));
    }
    for (target, found) in &live.settings {
        let Some(kind) = setting(target.kind()).filter(|kind| !kind.is_own(target.name())) else {
            continue;
        };
        // What belongs to somebody who is gone is nobody's.
        let owner = kind.owner_of(target);
        if owner.is_some_and(|owner| !live.entities.contains_key(&owner)) {
            continue;
        }
        let value = with_version(kind.members, &found.value, None);
        let value = shown(kind.members, &kind.normalized(value));
        if !kind.means_none(&Value::Object(value.clone())) {
            all.insert(target.to_string(), Value::Object(value));
        }
    }
    all
}

/// What differs, a line each.
pub(crate) fn differences(
    one: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
) -> Vec<String> {
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let absent = Value::Null;
    let told =
        |all: &BTreeMap<String, Value>, key: &str| all.get(key).cloned().unwrap_or(absent.clone());
    keys.into_iter()
        .map(|key| (key, told(one, key), told(other, key)))
        .filter(|(_, before, after)| before != after)
        .map(|(key, before, after)| format!("{key}: {before} was, {after} is"))
        .collect()
}

/// Why a difference may be: the service never tells the password for an EWS server, so that what was written with
/// one is not written again, and that is told. Ids and what people keep in mailboxes are not in a state; a
/// verification was given again.
pub(crate) fn forgives(
    line: &str,
    before: &BTreeMap<String, Value>,
    notes: &[String],
) -> Option<&'static str> {
    let (target, _) = line.split_once(": ")?;
    let is_it =
        target.starts_with(AVAILABILITY_CONFIGURATION) && before.get(target)?.get("ews").is_some();
    let note = format!("{target} needs its password again: declare it in a manifest");
    (is_it && notes.contains(&note)).then_some("password")
}

fn named(party: &Party) -> Option<String> {
    party.target().map(ToString::to_string)
}

/// Reads all of it.
#[cfg(all(feature = "client", feature = "emulator"))]
pub(crate) async fn state(world: &super::service::World) -> BTreeMap<String, Value> {
    let live = world.snapshot().await;
    assert!(
        live.lists.values().all(|list| matches!(
            list,
            workmailctl::model::Part::Known(()) | workmailctl::model::Part::Absent
        )),
        "all lists are told"
    );
    canonical(&live)
}
