//! What comparing needs, what writing the differences needs, and what is not watched.

use std::collections::BTreeSet;

use crate::kinds::setting::SettingKind;
use crate::kinds::{BEYOND, Entry, Kinds, SETTINGS, ToldBy, by_name};
use crate::live::{Needs, Piece};
use crate::model::{
    Action, ChangeSet, Declared, Delta, Desired, Entity, GROUP, Grantee, NotWatched, Part,
    RESOURCE, Snapshot, TAG, Target, USER, Wanted,
};

use super::claims::{claimed, holders};
use super::sign_ins::{SignInWrites, sign_in_needs};
use super::watched::{Joining, watched_needs};
use super::{Draft, Ends};
use super::{domains, named, settings};

/// What has to be read to compare the manifest with the live organization.
pub fn needs(kinds: Kinds, desired: &Desired) -> Needs {
    let mut needs = Needs::default();
    // Guards ask them what the last apply worked by.
    needs.settings.insert(TAG.to_owned());
    if desired.organization.removal.is_some() {
        // Everything goes with it: who is registered, and what is protected.
        needs.lists = kinds.iter().map(|entry| entry.name.to_owned()).collect();
        return needs;
    }
    for entry in kinds
        .iter()
        .filter(|entry| desired.sections.contains(entry.section))
    {
        needs.lists.insert(entry.name.to_owned());
    }
    let organization = &desired.organization;
    needs.mail_domains = organization.mail_domains.is_some();
    for (target, declared) in &desired.entities {
        let Some(entry) = by_name(kinds, target.kind()) else {
            continue;
        };
        if declared.links.is_some() || declared.grants.is_some() {
            needs.lists.extend([USER.to_owned(), GROUP.to_owned()]);
        }
        if matches!(declared.wanted, Wanted::Absent | Wanted::Deregistered) {
            continue;
        }
        for piece in pieces(entry, declared) {
            needs.piece(target, piece);
            if let Some(former) = &declared.previously {
                needs.piece(
                    &Target::new(target.kind().to_owned(), former.clone()),
                    piece,
                );
            }
        }
        for grant in declared.grants.iter().flat_map(|wish| &wish.items) {
            if let Grantee::MembersOf(reference) = &grant.grantee {
                needs.piece(&Target::group(reference.name()), Piece::Links);
            }
        }
    }
    for kind in SETTINGS
        .iter()
        .filter(|kind| desired.sections.contains(kind.section))
    {
        setting_needs(&mut needs, kind);
    }
    needs
}

/// The settings of a kind, and those whom they name.
pub(super) fn setting_needs(needs: &mut Needs, kind: &SettingKind) {
    needs.settings.insert(kind.name.to_owned());
    for named in settings::kinds_named(kind) {
        let of_settings = crate::kinds::setting(named).is_some();
        let lists = if of_settings {
            &mut needs.settings
        } else {
            &mut needs.lists
        };
        lists.insert(named.to_owned());
    }
}

/// What has to be read to write the differences, without what is read already.
pub fn more_needs(kinds: Kinds, desired: &Desired, changes: &ChangeSet, live: &Snapshot) -> Needs {
    let mut needs = Needs::default();
    if desired.organization.removal.is_some() || !live.organization.is_there() {
        return needs;
    }
    let ends = Ends {
        kinds,
        desired,
        live,
    };
    needs.add(named::needs(&ends));
    let holders = holders(&ends);
    let mut leaving = false;
    for change in changes.changes.iter().filter(|change| change.writable) {
        for address in claimed(change) {
            needs.mail_domains |= matches!(live.organization.mail_domains, Part::NotRead);
            needs.domain_details.insert(address.domain());
            if !holders.contains_key(address) && !live.lookups.contains_key(address) {
                needs.lookups.insert(address.clone());
            }
        }
        let Some(entity) = live.entities.get(&change.target) else {
            continue;
        };
        if matches!(change.action, Action::Delete | Action::Deregister) {
            if entity.is_registered() {
                leaving |= change.target.kind() != RESOURCE;
                ask(&mut needs, &change.target, entity, Piece::Aliases);
                ask(&mut needs, &change.target, entity, Piece::Groups);
                // The members of a group go along with it.
                if change.target.kind() == GROUP {
                    ask(&mut needs, &change.target, entity, Piece::Links);
                }
            }
            continue;
        }
        for delta in &change.deltas {
            match delta {
                Delta::Email { .. } | Delta::AliasAdded(_) | Delta::AliasRemoved(..)
                    if entity.is_registered() =>
                {
                    ask(&mut needs, &change.target, entity, Piece::Aliases);
                }
                Delta::Field { .. } | Delta::Name { .. } => {
                    ask(&mut needs, &change.target, entity, Piece::Details);
                }
                _ => {}
            }
        }
    }
    domains::more_needs(&ends, &mut needs);
    known_domains(&mut needs, live);
    if leaving {
        what_holds_on(&mut needs, live);
    }
    let watched = &desired.management.watch_readers;
    needs.add(watched_needs(watched, &Joining::of(&changes.changes), live));
    let writes = SignInWrites::of(&changes.changes, live);
    needs.add(sign_in_needs(writes, live));
    needs
}

/// Tells what of the managed and unmanaged organization nobody looked at.
pub(super) fn not_watched(ends: &Ends<'_>, draft: &mut Draft) {
    let mut told: Vec<String> = Vec::new();
    for entry in ends.kinds.iter().filter(|entry| !ends.manages(entry)) {
        told.push(entry.section.to_owned());
    }
    let declared = |target: &Target| ends.desired.entities.get(target);
    let count = |manages: &dyn Fn(&Declared) -> bool, concerns: &dyn Fn(&Target) -> bool| {
        ends.live
            .entities
            .iter()
            .filter(|(target, entity)| {
                !entity.built_in && entity.is_registered() && concerns(target)
            })
            .filter(|(target, _)| !declared(target).is_some_and(manages))
            .count()
    };
    let managed = |target: &Target| {
        by_name(ends.kinds, target.kind()).is_some_and(|entry| ends.manages(entry))
    };
    let of_kind = |kind: &'static str| move |target: &Target| target.kind() == kind;
    let counts = [
        (
            count(&|d| d.aliases.is_some(), &managed),
            "aliases of",
            "entity",
            "entities",
        ),
        (
            count(&|d| d.grants.is_some(), &managed),
            "grants on",
            "mailbox",
            "mailboxes",
        ),
        (
            count(&|d| d.links.is_some(), &of_kind(GROUP)),
            "members of",
            "group",
            "groups",
        ),
        (
            count(&|d| d.links.is_some(), &of_kind(RESOURCE)),
            "delegates of",
            "resource",
            "resources",
        ),
    ];
    for (count, what, one, many) in counts {
        if count > 0 {
            told.push(format!(
                "{what} {count} {}",
                if count == 1 { one } else { many }
            ));
        }
    }
    for kind in SETTINGS.iter().filter(|kind| !kind.nature.implied) {
        if !ends.manages_setting(kind) {
            told.push(kind.plural.to_owned());
        } else if let Some(owner) = kind.owner {
            let owns = |declared: &Declared| declared.owns.contains(kind.name);
            let count = count(&owns, &of_kind(owner.kind));
            if count > 0 {
                let plural = if count == 1 { "" } else { "s" };
                told.push(format!("{} of {count} {}{plural}", kind.plural, owner.kind));
            }
        }
    }
    if ends.desired.tests > 0 {
        told.push("tests: not run".to_owned());
    }
    draft
        .not_watched
        .extend(told.into_iter().map(NotWatched::of));
    draft.not_watched.push(NotWatched {
        what: format!("{} things that the API does not reach", BEYOND.len()),
        names: BEYOND.iter().map(|one| one.what.to_owned()).collect(),
    });
}

fn pieces(entry: &Entry, declared: &Declared) -> BTreeSet<Piece> {
    let mut pieces = BTreeSet::new();
    for field in entry
        .fields
        .iter()
        .filter(|field| declared.fields.contains_key(field.name))
    {
        match field.told_by {
            ToldBy::List => {}
            ToldBy::Describe => {
                pieces.insert(Piece::Details);
            }
            ToldBy::Mailbox => {
                pieces.insert(Piece::Mailbox);
            }
        }
    }
    if declared.aliases.is_some() {
        pieces.insert(Piece::Aliases);
    }
    if declared.links.is_some() {
        pieces.insert(Piece::Links);
    }
    if declared.grants.is_some() {
        pieces.insert(Piece::Grants);
    }
    pieces
}

/// Asks for a piece that was not read yet.
fn ask(needs: &mut Needs, target: &Target, entity: &Entity, piece: Piece) {
    let not_read = match piece {
        // Every kind tells this flag by its describe call only.
        Piece::Details => matches!(entity.field("hiddenFromGlobalAddressList"), Part::NotRead),
        Piece::Aliases => matches!(entity.aliases, Part::NotRead),
        Piece::Links => matches!(entity.links, Part::NotRead),
        Piece::Grants => matches!(entity.grants, Part::NotRead),
        Piece::Groups => matches!(entity.groups, Part::NotRead),
        Piece::Mailbox => matches!(entity.field("mailboxQuotaMb"), Part::NotRead),
    };
    if not_read {
        needs.piece(target, piece);
    }
}

/// Leaves out the verification of domains that was read already, or that cannot be read because the
/// organization has no such domain.
fn known_domains(needs: &mut Needs, live: &Snapshot) {
    match &live.organization.mail_domains {
        Part::Known(known) => needs.domain_details.retain(|name| {
            let found = domains::find(known, name);
            found.is_some_and(|(_, domain)| matches!(domain.ownership, Part::NotRead))
        }),
        Part::NotRead => {}
        Part::Absent | Part::Unknown(_) => needs.domain_details.clear(),
    }
}

/// What can hold on to somebody who goes: delegate seats and grants. The API does not tell it the
/// other way round. Memberships are told by `ListGroupsForEntity`.
fn what_holds_on(needs: &mut Needs, live: &Snapshot) {
    for (kind, wanted) in [
        (USER, &[Piece::Grants][..]),
        (GROUP, &[Piece::Grants][..]),
        (RESOURCE, &[Piece::Grants, Piece::Links, Piece::Details][..]),
    ] {
        if matches!(live.listed(kind), Part::NotRead) {
            needs.lists.insert(kind.to_owned());
            needs
                .every
                .entry(kind.to_owned())
                .or_default()
                .extend(wanted);
            continue;
        }
        let registered = live.entities.iter().filter(|(target, entity)| {
            target.kind() == kind && entity.is_registered() && !entity.built_in
        });
        for (target, entity) in registered {
            for piece in wanted {
                ask(needs, target, entity, *piece);
            }
        }
    }
}
