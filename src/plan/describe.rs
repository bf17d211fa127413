//! From changes to what a reviewer reads: fields before and after, consequences, what can be undone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::kinds::user::INITIAL_PASSWORD;
use crate::model::{
    Action, Address, Change, ChangeSet, Delta, Entity, EntityState, ORGANIZATION, RESOURCE, Reason,
    Risk, Snapshot, Target, USER,
};

use super::Planning;
use super::consequences::consequences;
use super::document::{FieldChange, Operation, PlannedChange, Reversible, Summary};
use super::guard::{Ends, holders};
use super::reversibility::mailbox_lost_at;

/// The most addresses or names that one consequence lists.
const SHOWN: usize = 8;

/// The planned changes within the scope, where each change is among them, and the counts. Of the
/// refused ones nothing is made.
pub(super) fn describe(
    ends: &Ends<'_>,
    changes: &ChangeSet,
    refused: &BTreeSet<usize>,
    planning: &Planning<'_>,
) -> (Vec<PlannedChange>, BTreeMap<usize, usize>, Summary) {
    let consequences = consequences(ends);
    let kept: BTreeSet<usize> = ends
        .operations
        .iter()
        .filter_map(|operation| operation.change)
        .collect();
    let mut reversible: BTreeMap<usize, Reversible> = BTreeMap::new();
    for operation in ends.operations {
        if let Some(change) = operation.change {
            let worst = reversible.entry(change).or_insert(Reversible::Free);
            *worst = (*worst).max(operation.reversible);
        }
    }
    let leaves = |change: &Change| matches!(change.action, Action::Deregister | Action::Delete);
    let holders = if changes.changes.iter().any(leaves) {
        holders(ends.after, Entity::is_registered)
    } else {
        BTreeMap::new()
    };
    let mut summary = Summary {
        calls: ends.operations.len(),
        ..Summary::default()
    };
    let mut planned = Vec::new();
    let mut places = BTreeMap::new();
    for (index, change) in changes.changes.iter().enumerate() {
        let in_scope = planning.scope.is_everything() || planning.scope.contains(&change.target);
        if !kept.contains(&index) && !in_scope {
            continue;
        }
        match change.action {
            _ if !change.writable => summary.not_written += 1,
            _ if refused.contains(&index) => summary.refused += 1,
            Action::Create => summary.add += 1,
            Action::Update => summary.change += 1,
            Action::Deregister | Action::Delete => summary.remove += 1,
        }
        let mut risks = risks(change, ends, &holders, planning);
        risks.extend(secrets(ends.operations, index));
        risks.extend(
            consequences
                .get(&change.target)
                .into_iter()
                .flatten()
                .cloned(),
        );
        places.insert(index, planned.len());
        planned.push(PlannedChange {
            target: change.target.clone(),
            kind: change.target.kind().to_owned(),
            name: change.target.name().to_owned(),
            action: change.action,
            fields: fields(change, ends.live),
            reasons: reasons(change),
            place: None,
            risks,
            reversible: reversible.get(&index).copied().unwrap_or(Reversible::Free),
            writable: change.writable,
        });
    }
    (planned, places, summary)
}

fn risks(
    change: &Change,
    ends: &Ends<'_>,
    after: &BTreeMap<Address, Target>,
    planning: &Planning<'_>,
) -> Vec<Risk> {
    if change.target.kind() == ORGANIZATION {
        return of_organization(change, ends.live);
    }
    let mut risks = Vec::new();
    let is_user = change.target.kind() == USER;
    let entity = ends.live.entities.get(&change.target);
    let is_remote = is_remote(change, entity);
    for delta in &change.deltas {
        if let Delta::State {
            before,
            after: EntityState::Registered,
        } = delta
            && is_user
            && !is_remote
        {
            risks.push(risk("billed", "+1 billed".to_owned()));
            if before.is_none() && !has_password(change) {
                risks.push(risk(
                    "noPassword",
                    "cannot sign in yet: no password".to_owned(),
                ));
            }
        }
    }
    let leaves = matches!(change.action, Action::Deregister | Action::Delete);
    let Some(entity) = entity.filter(|entity| leaves && entity.is_registered()) else {
        return risks;
    };
    if is_user && !is_remote || change.target.kind() == RESOURCE {
        let text = if change.action == Action::Delete {
            // What is made again under its name has another id, and never gets this mailbox.
            // Source: behaviour notes, section 4.
            "its mailbox cannot come back".to_owned()
        } else {
            let date = mailbox_lost_at(planning.now).strftime("%Y-%m-%d");
            format!("mailbox deleted {date}")
        };
        risks.push(risk("mailboxExpiry", text));
    }
    risks.extend(bounces(&change.target, entity, after).map(|text| risk("bounces", text)));
    if let Some(groups) = entity.groups.known().filter(|groups| !groups.is_empty()) {
        let plural = if groups.len() == 1 { "" } else { "s" };
        risks.push(risk(
            "memberships",
            format!("was in {} group{plural}", groups.len()),
        ));
    }
    if is_user && !is_remote {
        risks.push(risk("billed", "-1 billed".to_owned()));
    }
    risks
}

fn has_password(change: &Change) -> bool {
    change
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::Field { field, .. } if field == INITIAL_PASSWORD))
}

/// Where the secrets are that the calls of a change send. Somebody who can change a manifest could send
/// out a secret that he cannot read.
fn secrets(operations: &[Operation], change: usize) -> Vec<Risk> {
    let of_change = operations.iter().filter(|one| one.change == Some(change));
    let sources = of_change.flat_map(|operation| operation.call.secrets());
    let sources: BTreeSet<String> = sources
        .map(|source| match source {
            Some(source) => format!("PASSWORD {source}"),
            None => "PASSWORD from nowhere that is known".to_owned(),
        })
        .collect();
    sources
        .into_iter()
        .map(|text| risk("secret", text))
        .collect()
}

/// What follows from making or deleting an organization.
fn of_organization(change: &Change, live: &Snapshot) -> Vec<Risk> {
    match change.action {
        Action::Create => vec![risk(
            "plannedAnew",
            "the rest is planned again once it is there".to_owned(),
        )],
        Action::Delete => {
            let people = live.entities.iter().filter(|(target, entity)| {
                target.kind() == USER && entity.is_registered() && !entity.built_in
            });
            let mailboxes = match people.count() {
                0 => "no user is registered".to_owned(),
                1 => "1 mailbox goes with it".to_owned(),
                count => format!("{count} mailboxes go with it"),
            };
            vec![risk("mailboxes", mailboxes)]
        }
        Action::Update | Action::Deregister => Vec::new(),
    }
}

/// True for a user who only stands in the address book for a mailbox elsewhere: nobody signs in, and
/// nothing is billed. Source: API reference, `CreateUser`, `Role`; behaviour notes.
fn is_remote(change: &Change, entity: Option<&Entity>) -> bool {
    let wanted = change.deltas.iter().find_map(|delta| match delta {
        Delta::Field { field, after, .. } if field == "role" => after.as_str(),
        _ => None,
    });
    let live = || entity?.field("role").known()?.as_str();
    wanted.or_else(live) == Some("REMOTE_USER")
}

/// Which addresses of somebody who leaves are nobody's when the plan has ended; none: all of them go to
/// somebody else.
fn bounces(leaver: &Target, entity: &Entity, after: &BTreeMap<Address, Target>) -> Option<String> {
    let taken = |address: &Address| after.get(address).is_some_and(|holder| holder != leaver);
    let email = entity.email.known();
    let aliases = entity.aliases.known().into_iter().flatten();
    let aliases = aliases.filter(|alias| Some(*alias) != email);
    let lost: Vec<String> = email
        .into_iter()
        .chain(aliases)
        .filter(|address| !taken(address))
        .map(ToString::to_string)
        .collect();
    let unread = !entity.aliases.is_certain();
    let text = match (lost.as_slice(), unread) {
        ([], false) => return None,
        ([], true) => "its aliases bounce, which were not read".to_owned(),
        ([only], false) => format!("{only} bounces"),
        (some, false) => format!("{} bounce", listed(some)),
        (some, true) => format!(
            "{} and its aliases bounce, which were not read",
            listed(some)
        ),
    };
    Some(text)
}

/// Some of many addresses or names, and how many more there are.
pub(super) fn listed(addresses: &[String]) -> String {
    match addresses.get(SHOWN..) {
        Some(more @ [_, ..]) => {
            format!("{} and {} more", addresses[..SHOWN].join(", "), more.len())
        }
        _ => addresses.join(", "),
    }
}

/// A consequence: its stable word, and the text.
pub(super) fn risk(word: &str, text: String) -> Risk {
    Risk {
        risk: word.to_owned(),
        text,
    }
}

fn reasons(change: &Change) -> Vec<Reason> {
    let mut reasons = BTreeSet::new();
    if change.action != Action::Update || change.deltas.is_empty() {
        reasons.insert(change.reason);
    }
    for delta in &change.deltas {
        reasons.insert(match delta {
            Delta::AliasRemoved(_, cause)
            | Delta::LinkRemoved(_, cause)
            | Delta::Grant { cause, .. } => cause.reason(),
            _ => change.reason,
        });
    }
    reasons.into_iter().collect()
}

fn fields(change: &Change, live: &Snapshot) -> Vec<FieldChange> {
    let links = if change.target.kind() == RESOURCE {
        "delegates"
    } else {
        "members"
    };
    let field = |path: &str, before: Value, after: Value| FieldChange {
        path: path.to_owned(),
        before,
        after,
        due: None,
    };
    let mut fields: Vec<FieldChange> = change
        .deltas
        .iter()
        .map(|delta| match delta {
            Delta::State { before, after } => field("state", json!(before), json!(after)),
            Delta::Email { before, after } => field("email", json!(before), json!(after)),
            Delta::AliasAdded(alias) => field("aliases[+]", Value::Null, json!(alias)),
            Delta::AliasRemoved(alias, cause) => FieldChange {
                due: cause.due(),
                ..field("aliases[-]", json!(alias), Value::Null)
            },
            Delta::Field {
                field: name,
                before,
                after,
            } => field(name, before.clone(), after.clone()),
            Delta::LinkAdded(party) => field(
                &format!("{links}[+]"),
                Value::Null,
                json!(party.to_string()),
            ),
            Delta::LinkRemoved(party, cause) => FieldChange {
                due: cause.due(),
                ..field(
                    &format!("{links}[-]"),
                    json!(party.to_string()),
                    Value::Null,
                )
            },
            Delta::Grant {
                grantee,
                before,
                after,
                cause,
            } => FieldChange {
                due: cause.due(),
                ..field(
                    &format!("permissions[{grantee}]"),
                    json!(before),
                    json!(after),
                )
            },
            Delta::Name { before, after } => field("name", json!(before), json!(after)),
        })
        .collect();
    if matches!(change.action, Action::Deregister | Action::Delete)
        && let Some(entity) = live.entities.get(&change.target)
        && entity.is_registered()
    {
        fields.push(field(
            "state",
            json!(entity.state),
            json!(EntityState::Deregistered),
        ));
    }
    fields
}
