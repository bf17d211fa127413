//! Whether the end of a plan is what a change wants.

use serde_json::Value;

use crate::kinds::setting;
use crate::kinds::setting::shown;
use crate::kinds::user::INITIAL_PASSWORD;
use crate::model::{Action, Change, ChangeSet, Delta, Entity, EntityState, Party, Snapshot};

use super::super::expect::part_value;

/// What of a change is not so, as a sentence fragment.
pub(super) fn missing(end: &Snapshot, change: &Change, changes: &ChangeSet) -> Option<String> {
    let target = &change.target;
    let is_not = |what: String| Some(format!("{target} {what}"));
    if let Some(kind) = setting(target.kind()) {
        let wanted = changes.becomes.get(target);
        let found = end.settings.get(target).map(|found| &found.value);
        let wanted = wanted.filter(|_| change.action != Action::Delete);
        let wanted = wanted.map(|value| shown(kind.members, value));
        return (found.is_some() != wanted.is_some())
            .then(|| format!("{target} is there, or is not"))
            .or_else(|| {
                (found != wanted.as_ref())
                    .then(|| format!("{target} is not what the manifest says"))
            });
    }
    if !target.is_entity() {
        return None;
    }
    let Some(entity) = end.entities.get(target) else {
        return (change.action != Action::Delete).then(|| format!("{target} is not there"));
    };
    match change.action {
        Action::Delete => return is_not("is still there".to_owned()),
        Action::Deregister => {
            return entity
                .is_registered()
                .then(|| format!("{target} is still registered"));
        }
        // What is made and not registered yet takes nothing more.
        Action::Create if !entity.is_registered() => return None,
        Action::Create | Action::Update => {}
    }
    let wrong = change
        .deltas
        .iter()
        .find(|delta| !holds(end, entity, change, delta))?;
    is_not(format!("is not as wanted: {wrong:?}"))
}

fn holds(end: &Snapshot, entity: &Entity, change: &Change, delta: &Delta) -> bool {
    let is_linked = |party: &Party| {
        entity.links.known().map(|links| {
            let mut links = links.iter().filter(|link| !link.deleted);
            links.any(|link| link.party == *party)
        })
    };
    match delta {
        Delta::State { after, .. } => entity.state == *after || *after == EntityState::Deregistered,
        Delta::Email { after, .. } => entity.email.known() == Some(after),
        Delta::AliasAdded(alias) => {
            let aliases = entity.aliases.known();
            aliases.is_none_or(|aliases| aliases.contains(alias))
        }
        Delta::AliasRemoved(alias, _) => {
            let aliases = entity.aliases.known();
            aliases.is_none_or(|aliases| !aliases.contains(alias))
        }
        Delta::Field { field, after, .. } => {
            let is_clear = |value: &Value| value.as_str().is_some_and(str::is_empty);
            let found = part_value(end, &change.target, field);
            field == INITIAL_PASSWORD
                || found == *after
                || found.is_null() && is_clear(after)
                || has_all(&found, after)
        }
        Delta::LinkAdded(party) => is_linked(party) != Some(false),
        Delta::LinkRemoved(party, _) => is_linked(party) != Some(true),
        Delta::Grant { grantee, after, .. } => {
            let grants = entity.grants.known().map(|grants| {
                let mut grants = grants.iter();
                let found = grants.find(|grant| grant.grantee == *grantee);
                found.map(|grant| grant.rights.clone()).unwrap_or_default()
            });
            grants.is_none_or(|rights| rights == *after)
        }
        Delta::Name { .. } => entity.live_name.is_none(),
    }
}

/// True if a value has all that is wanted of it: of options those that are not named stay.
fn has_all(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            let mut wanted = wanted.iter();
            wanted.all(|(name, value)| found.get(name) == Some(value))
        }
        _ => false,
    }
}
