//! Compares each declared user, group and resource with the live one: state, name, addresses, plain
//! fields. Members, delegates and grants are compared in `relations`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::kinds::user::INITIAL_PASSWORD;
use crate::kinds::{Clear, Entry, Field, Shape};
use crate::model::{
    Action, Address, Cause, Change, Declared, Delta, Entity, EntityState, Gap, Held, OnRemoval,
    Part, Problem, Reason, Target, UnknownCause, Wanted, Wish,
};

use super::{Draft, Ends, uncertain};

/// Compares every declared thing of a kind.
pub(super) fn compare(ends: &Ends<'_>, entry: &Entry, draft: &mut Draft) {
    let section = ends.desired.management.section(entry.section);
    for (target, declared) in ends
        .desired
        .entities
        .iter()
        .filter(|(target, _)| target.kind() == entry.name)
    {
        let change = match ends.live.entities.get(target) {
            None if declared.wanted == Wanted::Absent || declared.implied => None,
            None => create(target, declared, draft),
            Some(live) => update(entry, target, declared, live, section.on_removal, draft),
        };
        if let Some(change) = change {
            draft.changes.insert(
                target.clone(),
                Change {
                    writable: section.write,
                    ..change
                },
            );
        }
    }
}

/// The changes that are not yet decided: nothing but an action.
pub(super) fn change(target: &Target, action: Action, reason: Reason) -> Change {
    Change {
        target: target.clone(),
        action,
        deltas: Vec::new(),
        reason,
        writable: true,
    }
}

fn create(target: &Target, declared: &Declared, draft: &mut Draft) -> Option<Change> {
    if let Some(missing) = missing_to_create(target, declared) {
        draft.problems.push(Problem {
            target: target.clone(),
            path: missing.to_owned(),
            message: format!(
                "{target} is not in the organization and cannot be created without `{missing}`"
            ),
            help: format!("declare `{missing}`, or correct the name if it should be there already"),
            place: None,
        });
        return None;
    }
    let mut change = change(target, Action::Create, Reason::Manifest);
    let registers = declared.wanted == Wanted::Registered;
    let after = if registers {
        EntityState::Registered
    } else {
        EntityState::Deregistered
    };
    change.deltas.push(Delta::State {
        before: None,
        after,
    });
    if registers {
        if let Some(email) = &declared.email {
            change.deltas.push(Delta::Email {
                before: None,
                after: email.lower(),
            });
        }
        let aliases = declared.aliases.iter().flat_map(|wish| &wish.items);
        change
            .deltas
            .extend(aliases.map(|alias| Delta::AliasAdded(alias.lower())));
    }
    for (field, value) in &declared.fields {
        if !is_cleared(value) {
            change.deltas.push(Delta::Field {
                field: field.clone(),
                before: Value::Null,
                after: value.clone(),
            });
        }
    }
    // Where it is, and only for who is made: the service never tells a password.
    let password = declared.initial_password.as_ref();
    change.deltas.extend(password.map(|source| Delta::Field {
        field: Cow::Borrowed(INITIAL_PASSWORD),
        before: Value::Null,
        after: serde_json::to_value(source).expect("a source is plain data"),
    }));
    Some(change)
}

fn update(
    entry: &Entry,
    target: &Target,
    declared: &Declared,
    entity: &Entity,
    on_removal: OnRemoval,
    draft: &mut Draft,
) -> Option<Change> {
    if entity.built_in {
        draft.problems.push(Problem {
            target: target.clone(),
            path: String::new(),
            message: format!("{target} is the service's own and is never touched"),
            help: "remove it from the manifest".to_owned(),
            place: None,
        });
        return None;
    }
    let gone = |action| Some(change(target, action, Reason::Manifest));
    let registered = entity.is_registered();
    match declared.wanted {
        Wanted::Absent if on_removal == OnRemoval::Delete => return gone(Action::Delete),
        Wanted::Absent | Wanted::Deregistered if registered => return gone(Action::Deregister),
        Wanted::Absent | Wanted::Deregistered => return None,
        Wanted::Unsaid if !registered => return None,
        Wanted::Unsaid | Wanted::Registered => {}
    }
    let mut change = change(target, Action::Update, Reason::Manifest);
    if let Some(before) = &entity.live_name {
        change.deltas.push(Delta::Name {
            before: before.clone(),
            after: target.name().to_owned(),
        });
    }
    if !registered && declared.email.is_none() {
        draft.problems.push(Problem {
            target: target.clone(),
            path: "state".to_owned(),
            message: format!(
                "{target} is deregistered, and registering it needs a primary address"
            ),
            help: "declare its `email`".to_owned(),
            place: None,
        });
        return None;
    }
    // Registering takes an address: without knowing which one is there, nothing of it can be written.
    if !registered && let Some(unknown) = uncertain(&entity.email) {
        draft.gaps.push(gap(target, "email", unknown));
        draft.waiting.insert(target.clone());
        return None;
    }
    if !registered {
        change.deltas.push(Delta::State {
            before: Some(EntityState::Deregistered),
            after: EntityState::Registered,
        });
    }
    addresses(target, declared, entity, &mut change.deltas, draft);
    for (name, wanted) in &declared.fields {
        if let Some(field) = entry.field(name) {
            compare_field(target, field, entity, wanted, &mut change.deltas, draft);
        }
    }
    (!change.deltas.is_empty()).then_some(change)
}

/// The primary address and the aliases. With an exact set the old primary goes unless it is listed;
/// else it stays as an alias. Source: API reference, `UpdatePrimaryEmailAddress`.
fn addresses(
    target: &Target,
    declared: &Declared,
    entity: &Entity,
    deltas: &mut Vec<Delta>,
    draft: &mut Draft,
) {
    let registers = !entity.is_registered();
    let primary = match (&declared.email, &entity.email) {
        (Some(email), Part::Known(old)) if old == email && !registers => None,
        (Some(email), Part::Known(old)) => Some((Some(old.clone()), email.lower())),
        (Some(email), Part::Absent) => Some((None, email.lower())),
        (None, _) => None,
        (Some(_), part) => {
            draft
                .gaps
                .extend(uncertain(part).map(|unknown| gap(target, "email", unknown)));
            return;
        }
    };
    let live_primary = entity.email.known();
    let moved = primary
        .as_ref()
        .is_some_and(|(before, after)| before.as_ref() != Some(after));
    if let Some((before, after)) = &primary {
        deltas.push(Delta::Email {
            before: before.clone(),
            after: after.clone(),
        });
    }
    let old = live_primary.filter(|_| moved && !registers);
    let Some(wish) = &declared.aliases else {
        // A temporary address that a crash made the primary one does not stay.
        deltas.extend(old.map(|old| {
            if old.is_reserved() {
                Delta::AliasRemoved(old.clone(), Cause::Consequence)
            } else {
                Delta::AliasAdded(old.clone())
            }
        }));
        return;
    };
    match &entity.aliases {
        Part::Known(live) => {
            let after = primary.as_ref().map(|(_, after)| after).or(live_primary);
            compare_aliases(declared, wish, live, old, after, deltas);
        }
        Part::Unknown(unknown) if unknown.cause == UnknownCause::Deregistered => {
            draft.held.push(Held {
                target: target.clone(),
                part: "aliases".to_owned(),
                waits_for: "its registration: they are unreadable while it is deregistered"
                    .to_owned(),
                details: Vec::new(),
            });
        }
        Part::Absent => compare_aliases(declared, wish, &BTreeSet::new(), old, None, deltas),
        part => {
            // What becomes of the old primary is known all the same.
            deltas.extend(old.map(|old| {
                if wish.exact && !wish.items.contains(old) {
                    Delta::AliasRemoved(old.clone(), Cause::Consequence)
                } else {
                    Delta::AliasAdded(old.clone())
                }
            }));
            draft
                .gaps
                .extend(uncertain(part).map(|unknown| gap(target, "aliases", unknown)));
        }
    }
}

fn compare_aliases(
    declared: &Declared,
    wish: &Wish<Address>,
    live: &BTreeSet<Address>,
    old_primary: Option<&Address>,
    primary_after: Option<&Address>,
    deltas: &mut Vec<Delta>,
) {
    let wanted: BTreeSet<&Address> = wish.items.iter().collect();
    for alias in &wish.items {
        if !live.contains(alias) && Some(alias) != primary_after {
            deltas.push(Delta::AliasAdded(alias.lower()));
        }
    }
    if let Some(old) = old_primary.filter(|old| !wanted.contains(old)) {
        deltas.push(if wish.exact {
            Delta::AliasRemoved(old.clone(), Cause::Consequence)
        } else {
            Delta::AliasAdded(old.clone())
        });
    }
    for alias in live {
        let surplus = wish.exact && !wanted.contains(alias) || alias.is_reserved();
        if surplus && Some(alias) != primary_after {
            let due = declared.due_aliases.iter().find(|(due, _)| due == alias);
            let cause = due.map_or(Cause::Manifest, |(_, time)| Cause::Due(*time));
            deltas.push(Delta::AliasRemoved(alias.clone(), cause));
        }
    }
}

fn compare_field(
    target: &Target,
    field: &'static Field,
    entity: &Entity,
    wanted: &Value,
    deltas: &mut Vec<Delta>,
    draft: &mut Draft,
) {
    let part = entity.field(field.name);
    // A deregistered user has no mailbox to tell the size of; registering makes one.
    let part = if entity.is_registered() || part.is_certain() {
        part
    } else {
        &Part::Absent
    };
    if let Some(unknown) = uncertain(part) {
        draft.gaps.push(gap(target, field.name, unknown));
        return;
    }
    let live = part.known().unwrap_or(&Value::Null);
    let differs = match (field.shape, live, wanted) {
        (Shape::Text { .. }, _, _) => text(live) != text(wanted),
        (Shape::Flags(_), live, Value::Object(wanted)) => {
            let wanted: Map<String, Value> = wanted.clone();
            let before = wanted
                .keys()
                .map(|flag| (flag.clone(), live.get(flag).cloned().unwrap_or(Value::Null)))
                .collect::<Map<String, Value>>();
            if before != wanted {
                deltas.push(Delta::Field {
                    field: Cow::Borrowed(field.name),
                    before: Value::Object(before),
                    after: Value::Object(wanted),
                });
            }
            return;
        }
        (_, live, wanted) => live != wanted,
    };
    if !differs {
        return;
    }
    if is_cleared(wanted) && field.clear == Clear::Never {
        return;
    }
    deltas.push(Delta::Field {
        field: Cow::Borrowed(field.name),
        before: live.clone(),
        after: wanted.clone(),
    });
}

pub(super) fn gap(target: &Target, part: &str, unknown: crate::model::Unknown) -> Gap {
    Gap {
        target: target.clone(),
        part: part.to_owned(),
        unknown,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_cleared(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// What the API needs to create a thing and the manifest leaves out.
/// Source: API reference, `CreateUser`, `CreateResource`.
fn missing_to_create(target: &Target, declared: &Declared) -> Option<&'static str> {
    let needed = match target.kind() {
        crate::model::USER => "displayName",
        crate::model::RESOURCE => "type",
        _ => {
            return (declared.wanted == Wanted::Registered && declared.email.is_none())
                .then_some("email");
        }
    };
    if !declared.fields.contains_key(needed) {
        return Some(needed);
    }
    (declared.wanted == Wanted::Registered && declared.email.is_none()).then_some("email")
}
