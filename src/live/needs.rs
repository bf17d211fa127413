//! `Needs`: which pieces of the live organization are wanted.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::setting::{SettingKind, kinds_named};
use crate::kinds::{Kinds, SETTINGS, setting};
use crate::model::{Address, RESOURCE, Target};

/// A piece of an entity that costs calls of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// The describe call of its kind: state, primary address, all plain fields.
    Details,
    /// `ListAliases`.
    Aliases,
    /// `ListGroupMembers` or `ListResourceDelegates`.
    Links,
    /// `ListMailboxPermissions`.
    Grants,
    /// `GetMailboxDetails`.
    Mailbox,
    /// `ListGroupsForEntity`.
    Groups,
}

/// What is wanted of the live organization, beyond the organization itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The kinds to list.
    pub lists: BTreeSet<String>,
    /// The kinds of settings to read.
    pub settings: BTreeSet<String>,
    /// The pieces of single entities. One that is not live costs nothing where its kind is listed.
    pub pieces: BTreeMap<Target, BTreeSet<Piece>>,
    /// The pieces of every live entity of a kind.
    pub every: BTreeMap<String, BTreeSet<Piece>>,
    /// Addresses whose holder is asked for.
    pub lookups: BTreeSet<Address>,
    /// Whether the mail domains are listed.
    pub mail_domains: bool,
    /// The mail domains of which the verification is wanted.
    pub domain_details: BTreeSet<String>,
    /// Whether the verification of every mail domain is wanted.
    pub every_domain: bool,
}

impl Needs {
    /// Everything that can be read: for `export`, `snapshot` and rehearsals.
    pub fn everything(kinds: Kinds) -> Self {
        Self {
            lists: kinds.iter().map(|entry| entry.name.to_owned()).collect(),
            every: kinds
                .iter()
                .map(|entry| {
                    let mut pieces =
                        BTreeSet::from([Piece::Details, Piece::Aliases, Piece::Grants]);
                    if entry.links.is_some() {
                        pieces.insert(Piece::Links);
                    }
                    if entry
                        .fields
                        .iter()
                        .any(|field| field.told_by == crate::kinds::ToldBy::Mailbox)
                    {
                        pieces.insert(Piece::Mailbox);
                    }
                    (entry.name.to_owned(), pieces)
                })
                .collect(),
            settings: SETTINGS.iter().map(|kind| kind.name.to_owned()).collect(),
            mail_domains: true,
            every_domain: true,
            ..Self::default()
        }
    }

    /// Asks for a piece of an entity. Resources are in no group, and the service does not answer the
    /// question which ones they are in. Source: API reference, `ListGroupsForEntity`.
    pub fn piece(&mut self, target: &Target, piece: Piece) {
        if piece == Piece::Groups && target.kind() == RESOURCE {
            return;
        }
        self.pieces.entry(target.clone()).or_default().insert(piece);
    }

    /// Asks for the settings of a kind, and for the names in them that only tags tell.
    pub fn setting(&mut self, kind: &SettingKind) {
        self.settings.insert(kind.name.to_owned());
        let named = kinds_named(kind.members).into_iter().filter_map(setting);
        let of_tags = named.filter(|named| named.nature.from_tags.is_some());
        self.settings
            .extend(of_tags.map(|named| named.name.to_owned()));
    }

    /// Asks for all that others ask for.
    pub fn add(&mut self, other: Self) {
        self.lists.extend(other.lists);
        self.settings.extend(other.settings);
        for (target, pieces) in other.pieces {
            self.pieces.entry(target).or_default().extend(pieces);
        }
        for (kind, pieces) in other.every {
            self.every.entry(kind).or_default().extend(pieces);
        }
        self.lookups.extend(other.lookups);
        self.mail_domains |= other.mail_domains;
        self.domain_details.extend(other.domain_details);
        self.every_domain |= other.every_domain;
    }

    /// True if nothing is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
