//! Reads settings: rules, roles, policies, configurations. Their ids are given names by the lists that
//! were read before.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use futures::future::join_all;

use crate::client::Client;
use crate::kinds::setting::api::{ToldSetting, ToldSettings};
use crate::kinds::setting::{SettingKind, from_told};
use crate::kinds::{SETTINGS, setting};
use crate::live::Needs;
use crate::model::{Address, Part, Setting, Snapshot, Target};

use super::Tally;

/// The settings of the kinds that are needed, at the same time.
pub(super) async fn read(
    client: &Client,
    needs: &Needs,
) -> Vec<(&'static SettingKind, ToldSettings)> {
    let kinds = needs.settings.iter().filter_map(|kind| setting(kind));
    let kinds = kinds.filter(|kind| kind.nature.from_tags.is_none());
    let reads = kinds.map(|kind| async move { (kind, (kind.api.read)(client).await) });
    join_all(reads).await
}

/// Puts settings into the snapshot, in the place of all that it had of their kinds.
pub(super) fn place(
    told: Vec<(&'static SettingKind, ToldSettings)>,
    snapshot: &mut Snapshot,
    spent: &mut Tally,
) {
    let mut read: BTreeMap<&'static str, Vec<ToldSetting>> = BTreeMap::new();
    for (kind, told) in told {
        spent.fewest += told.fewest;
        snapshot
            .settings
            .retain(|target, _| target.kind() != kind.name);
        snapshot
            .twins
            .retain(|(target, _)| target.kind() != kind.name);
        let known = match told.settings {
            Part::Known(settings) => {
                read.insert(kind.name, settings);
                Part::Known(())
            }
            Part::Absent => Part::Known(()),
            Part::Unknown(unknown) => Part::Unknown(unknown),
            Part::NotRead => Part::NotRead,
        };
        snapshot.lists.insert(kind.name.to_owned(), known);
    }
    if read.is_empty() {
        return;
    }
    let names = names(snapshot, &read);
    let by_address = addresses(snapshot);
    let settings = {
        // A role tells its targets as they were given: by id, name or address.
        // Source: API reference, `ImpersonationRule`, `TargetUsers`.
        let name_of = |kind: &str, told: &str| {
            let by_name = || {
                let target = Target::new(kind.to_owned(), told);
                let found = snapshot.entities.get_key_value(&target);
                found.map(|(target, _)| target)
            };
            let found = names.get(told).or_else(by_name);
            let found = found.or_else(|| by_address.get(&Address::listed(told)));
            let found = found.filter(|target| target.kind() == kind);
            found.map(|target| target.name().to_owned())
        };
        let told = SETTINGS.iter().flat_map(|kind| {
            let told = read.remove(kind.name).into_iter().flatten();
            told.map(|told| (*kind, told)).collect::<Vec<_>>()
        });
        told.map(|(kind, told)| {
            let value = from_told(kind.members, &told.members, &name_of);
            let value = kind.normalized(value);
            // What belongs to nobody any more keeps the id.
            let name = match (kind.owner, told.owner) {
                (Some(owner), Some(id)) => {
                    let name = name_of(owner.kind, &id).unwrap_or(id);
                    format!("{name}/{}", told.name)
                }
                _ => told.name,
            };
            (Target::new(kind.name, name), Setting::new(told.id, value))
        })
        .collect::<Vec<_>>()
    };
    for (target, setting) in settings {
        match snapshot.settings.entry(target) {
            Entry::Occupied(there) => snapshot.twins.push((there.key().clone(), setting)),
            Entry::Vacant(free) => {
                free.insert(setting);
            }
        }
    }
}

/// By primary address: who has it.
fn addresses(snapshot: &Snapshot) -> HashMap<Address, Target> {
    let entities = snapshot.entities.iter();
    entities
        .filter_map(|(target, entity)| Some((entity.email.known()?.clone(), target.clone())))
        .collect()
}

/// By id: what the snapshot has, and the settings that were read just now, for a rule names roles that
/// come together with it.
fn names(
    snapshot: &Snapshot,
    read: &BTreeMap<&'static str, Vec<ToldSetting>>,
) -> HashMap<String, Target> {
    let entities = snapshot.entities.iter();
    let entities = entities.map(|(target, entity)| (entity.id.clone(), target.clone()));
    let settings = snapshot.settings.iter();
    let settings =
        settings.filter_map(|(target, setting)| Some((setting.id.clone()?, target.clone())));
    let told = read.iter().flat_map(|(kind, told)| {
        told.iter()
            .filter_map(|told| Some((told.id.clone()?, Target::new(*kind, told.name.clone()))))
    });
    entities.chain(settings).chain(told).collect()
}
