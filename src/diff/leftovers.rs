//! Temporary addresses that a crash left behind.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Change, ChangeSet, Delta, Held, MAIL_DOMAIN};

/// Holds what consists of young leftovers only: another run may still go on and need them. Where
/// something else of the entity changes, they go with it.
pub fn hold_leftovers(changes: ChangeSet, now: Timestamp, age: SignedDuration) -> ChangeSet {
    let (young, rest): (Vec<Change>, Vec<Change>) = changes
        .changes
        .into_iter()
        .partition(|change| is_young(change, now, age));
    let kept: BTreeSet<String> = young.iter().flat_map(domains).collect();
    let (in_use, rest): (Vec<Change>, Vec<Change>) = rest.into_iter().partition(|change| {
        let target = &change.target;
        target.kind() == MAIL_DOMAIN && kept.contains(&target.name().to_ascii_lowercase())
    });
    let mut held = changes.held;
    held.extend(in_use.into_iter().map(|change| Held {
        target: change.target,
        part: "removal".to_owned(),
        waits_for: "a temporary address in it to go, which waits itself".to_owned(),
        details: Vec::new(),
    }));
    held.extend(young.into_iter().map(|change| Held {
        target: change.target,
        part: "aliases".to_owned(),
        waits_for: format!(
            "its temporary address to be {} old, for another run may still need it",
            shown(age)
        ),
        details: Vec::new(),
    }));
    ChangeSet {
        changes: rest,
        held,
        ..changes
    }
}

/// The domains of the addresses that a change takes away.
fn domains(change: &Change) -> impl Iterator<Item = String> {
    change.deltas.iter().filter_map(|delta| match delta {
        Delta::AliasRemoved(alias, _) => Some(alias.domain()),
        _ => None,
    })
}

fn is_young(change: &Change, now: Timestamp, age: SignedDuration) -> bool {
    !change.deltas.is_empty()
        && change.deltas.iter().all(|delta| match delta {
            Delta::AliasRemoved(alias, _) => alias.made_at().is_some_and(|made| {
                SignedDuration::from_secs(now.as_second().saturating_sub(made)) < age
            }),
            _ => false,
        })
}

fn shown(age: SignedDuration) -> String {
    let seconds = age.as_secs();
    if seconds % 60 == 0 {
        format!("{} min", seconds / 60)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Address, Cause, Reason, Target};

    #[test]
    fn only_young_leftovers_that_stand_alone_are_held() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        let leftover = |made: i64| {
            let address = Address::listed(format!("workmailctl-tmp-{made}-0-1@example.com"));
            Delta::AliasRemoved(address, Cause::Manifest)
        };
        let change = |deltas| Change {
            target: Target::user("ana"),
            action: Action::Update,
            deltas,
            reason: Reason::Manifest,
            writable: true,
        };
        let other = Delta::AliasAdded(Address::listed("ana@example.com"));
        let young = now.as_second() - 60;
        for (deltas, held) in [
            (vec![leftover(young)], 1),
            (vec![leftover(young - 3600)], 0),
            (vec![leftover(young), other], 0),
        ] {
            let changes = ChangeSet {
                changes: vec![change(deltas)],
                ..ChangeSet::default()
            };
            let after = hold_leftovers(changes, now, SignedDuration::from_mins(15));
            assert_eq!(after.held.len(), held);
            assert_eq!(after.changes.len(), 1 - held);
        }
    }

    #[test]
    fn a_domain_waits_for_young_leftovers_in_it() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
        let change = |target: Target, deltas: Vec<Delta>| Change {
            target,
            action: Action::Delete,
            deltas,
            reason: Reason::NotDeclared,
            writable: true,
        };
        let domain = |name: &str| Target::new(MAIL_DOMAIN, name);
        let made = now.as_second() - 60;
        let address = Address::listed(format!("workmailctl-tmp-{made}-0-1@example.com"));
        let leftover = Delta::AliasRemoved(address, Cause::Manifest);
        let changes = ChangeSet {
            changes: vec![
                change(Target::user("ana"), vec![leftover]),
                change(domain("Example.com"), Vec::new()),
                change(domain("example.org"), Vec::new()),
            ],
            ..ChangeSet::default()
        };
        let after = hold_leftovers(changes, now, SignedDuration::from_secs(90));
        let left: Vec<&Target> = after.changes.iter().map(|change| &change.target).collect();
        assert_eq!(left, [&domain("example.org")]);
        let held: Vec<(&str, &str)> = after
            .held
            .iter()
            .map(|held| (held.target.name(), held.waits_for.as_str()))
            .collect();
        let waits = [
            (
                "Example.com",
                "a temporary address in it to go, which waits itself",
            ),
            (
                "ana",
                "its temporary address to be 90 s old, for another run may still need it",
            ),
        ];
        assert_eq!(held, waits);
    }
}
