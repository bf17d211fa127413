//! From changes to what a reviewer reads: fields before and after, consequences, what can be undone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::{
    Action, Change, ChangeSet, Delta, EntityState, Reason, Risk, Snapshot, Target, USER,
};

use super::Planning;
use super::document::{FieldChange, PlannedChange, Reversible, Summary};
use super::guard::{Ends, moved_addresses, new_readers};
use super::lower::mailbox_lost_at;

/// The planned changes within the scope, where each change is among them, and the counts.
pub(super) fn describe(
    ends: &Ends<'_>,
    changes: &ChangeSet,
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
            Action::Create => summary.add += 1,
            Action::Update => summary.change += 1,
            Action::Deregister | Action::Delete => summary.remove += 1,
        }
        let mut risks = risks(change, ends.live, planning);
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

/// What follows across entities: new readers, addresses that change hands.
fn consequences(ends: &Ends<'_>) -> BTreeMap<Target, Vec<Risk>> {
    let mut found: BTreeMap<Target, Vec<Risk>> = BTreeMap::new();
    for (mailbox, readers) in new_readers(ends) {
        let names: Vec<&str> = readers.iter().map(Target::name).collect();
        found.entry(mailbox).or_default().push(risk(
            "newReaders",
            format!("NEW READERS {}", names.join(", ")),
        ));
    }
    for (address, from, to) in moved_addresses(ends) {
        let text = format!(
            "mail to {address} goes to {} instead of {}",
            to.name(),
            from.name()
        );
        found
            .entry(to)
            .or_default()
            .push(risk("addressMoves", text));
    }
    found
}

fn risks(change: &Change, live: &Snapshot, planning: &Planning<'_>) -> Vec<Risk> {
    let mut risks = Vec::new();
    let is_user = change.target.kind() == USER;
    let entity = live.entities.get(&change.target);
    for delta in &change.deltas {
        if let Delta::State {
            before,
            after: EntityState::Registered,
        } = delta
            && is_user
        {
            risks.push(risk("billed", "+1 billed".to_owned()));
            if before.is_none() {
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
    if is_user || change.target.kind() == crate::model::RESOURCE {
        let date = mailbox_lost_at(planning.now)
            .strftime("%Y-%m-%d")
            .to_string();
        risks.push(risk("mailboxExpiry", format!("mailbox deleted {date}")));
    }
    if let Some(email) = entity.email.known() {
        risks.push(risk("bounces", format!("{email} bounces")));
    }
    if let Some(groups) = entity.groups.known().filter(|groups| !groups.is_empty()) {
        let plural = if groups.len() == 1 { "" } else { "s" };
        risks.push(risk(
            "memberships",
            format!("was in {} group{plural}", groups.len()),
        ));
    }
    if is_user {
        risks.push(risk("billed", "-1 billed".to_owned()));
    }
    risks
}

fn risk(word: &str, text: String) -> Risk {
    Risk {
        risk: word.to_owned(),
        text,
    }
}

fn reasons(change: &Change) -> Vec<Reason> {
    let mut reasons = BTreeSet::from([change.reason]);
    for delta in &change.deltas {
        if let Delta::AliasRemoved(_, reason)
        | Delta::LinkRemoved(_, reason)
        | Delta::Grant { reason, .. } = delta
        {
            reasons.insert(*reason);
        }
    }
    reasons.into_iter().collect()
}

fn fields(change: &Change, live: &Snapshot) -> Vec<FieldChange> {
    let links = if change.target.kind() == crate::model::RESOURCE {
        "delegates"
    } else {
        "members"
    };
    let field = |path: &str, before: Value, after: Value| FieldChange {
        path: path.to_owned(),
        before,
        after,
    };
    let mut fields: Vec<FieldChange> = change
        .deltas
        .iter()
        .map(|delta| match delta {
            Delta::State { before, after } => field("state", json!(before), json!(after)),
            Delta::Email { before, after } => field("email", json!(before), json!(after)),
            Delta::AliasAdded(alias) => field("aliases[+]", Value::Null, json!(alias)),
            Delta::AliasRemoved(alias, _) => field("aliases[-]", json!(alias), Value::Null),
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
            Delta::LinkRemoved(party, _) => field(
                &format!("{links}[-]"),
                json!(party.to_string()),
                Value::Null,
            ),
            Delta::Grant {
                grantee,
                before,
                after,
                ..
            } => field(
                &format!("permissions[{grantee}]"),
                json!(before),
                json!(after),
            ),
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
