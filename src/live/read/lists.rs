//! Reads the lists of users, groups and resources.

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::client::{ApiError, Client};
use crate::kinds::api::{self, Told, name};
use crate::live::Needs;
use crate::model::{Entity, EntityState, Part, Snapshot, Target, Unknown, UnknownCause};

use super::Tally;

/// The lists that are needed, at the same time.
pub(super) async fn read(
    client: &Client,
    needs: &Needs,
) -> Vec<(String, Result<Vec<Told>, ApiError>)> {
    let lists = needs
        .lists
        .iter()
        .map(|kind| async move { (kind.clone(), api::list(client, kind).await) });
    join_all(lists).await
}

/// Puts lists into the snapshot. Pieces of entities that were there before stay.
pub(super) fn place(
    lists: Vec<(String, Result<Vec<Told>, ApiError>)>,
    snapshot: &mut Snapshot,
    spent: &mut Tally,
) {
    for (kind, list) in lists {
        match list {
            Ok(told) => {
                spent.list(told.len());
                let part = place_one(&kind, told, snapshot);
                snapshot.lists.insert(kind, part);
            }
            Err(error) => {
                spent.one();
                let operation = format!("List{}s", capital(&kind));
                snapshot
                    .lists
                    .insert(kind, Part::Unknown(error.to_unknown(&operation)));
            }
        }
    }
}

/// What the describe or list call tells of an entity.
pub(super) fn tell(entity: &mut Entity, told: Told) {
    entity.id = told.id;
    if let Some(registered) = told.registered {
        entity.state = if registered {
            EntityState::Registered
        } else {
            EntityState::Deregistered
        };
    }
    entity.built_in = told.built_in;
    entity.enabled_at = told.enabled_at;
    entity.disabled_at = told.disabled_at;
    entity.email = told.email.map_or(Part::Absent, Part::Known);
    for (field, part) in told.fields {
        entity.fields.insert(name(field), part);
    }
}

fn place_one(kind: &str, told: Vec<Told>, snapshot: &mut Snapshot) -> Part<()> {
    let mut before: BTreeMap<Target, Entity> = BTreeMap::new();
    let kept = std::mem::take(&mut snapshot.entities);
    for (target, entity) in kept {
        if target.kind() == kind {
            before.insert(target, entity);
        } else {
            snapshot.entities.insert(target, entity);
        }
    }
    snapshot.deleted.retain(|(target, _)| target.kind() != kind);
    let mut twice = None;
    // What moves among pages while they are read can be told twice.
    let told: BTreeMap<String, Told> = told
        .into_iter()
        .map(|told| (told.id.clone(), told))
        .collect();
    for told in told.into_values() {
        let target = Target::new(kind.to_owned(), told.name.clone());
        if told.registered.is_none() {
            snapshot.deleted.push((target, told.id));
            continue;
        }
        let mut entity = before
            .remove(&target)
            .filter(|entity| entity.id == told.id)
            .unwrap_or_else(|| Entity::new(told.id.clone(), EntityState::Deregistered));
        tell(&mut entity, told);
        if snapshot.entities.contains_key(&target) {
            twice = Some(target.clone());
        }
        snapshot.entities.insert(target, entity);
    }
    match twice {
        None => Part::Known(()),
        // Names are unique in the service; a list that says otherwise cannot be worked with.
        Some(target) => Part::Unknown(Unknown {
            operation: format!("List{}s", capital(kind)),
            cause: UnknownCause::Garbled,
            message: format!("the list tells {target} twice"),
            request_id: None,
        }),
    }
}

fn capital(kind: &str) -> String {
    let mut letters = kind.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}
