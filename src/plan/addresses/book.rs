//! `Book`: the addresses of one entity at both ends, and as they stand while planning; and who is
//! planned together.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::entity::calls::AddressArgument;
use crate::kinds::{Kinds, by_name};
use crate::model::{Action, Address, Change, Delta, EntityState, Id, Snapshot, Target};

use super::super::step::id_of;

/// One entity's addresses at both ends, and as they stand while planning.
pub(super) struct Book {
    pub(super) target: Target,
    /// Its present name, which differs where the plan renames it.
    pub(super) id: Id,
    pub(super) change: usize,
    /// How many aliases it can have.
    pub(super) limit: usize,
    /// It goes: what of its addresses nobody wants goes with it.
    pub(super) leaves: bool,
    /// The plan registers it.
    pub(super) registers: bool,
    /// It is registered now, or the plan has registered it already.
    pub(super) registered: bool,
    pub(super) before_primary: Option<Address>,
    pub(super) before_aliases: BTreeSet<Address>,
    pub(super) after_primary: Option<Address>,
    pub(super) after_aliases: BTreeSet<Address>,
    pub(super) primary: Option<Held>,
    pub(super) aliases: BTreeSet<Held>,
    /// The step that made the present primary, and freed the one before.
    pub(super) promoted_by: Option<usize>,
}

/// An address, or a temporary one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    Real(Address),
    Temporary(u32, String),
}

impl Held {
    pub(super) fn argument(&self) -> AddressArgument {
        match self {
            Self::Real(address) => AddressArgument::Text(address.as_str().to_owned()),
            Self::Temporary(number, domain) => AddressArgument::Temporary {
                number: *number,
                domain: domain.clone(),
            },
        }
    }

    pub(super) fn real(&self) -> Option<&Address> {
        match self {
            Self::Real(address) => Some(address),
            Self::Temporary(..) => None,
        }
    }
}

impl Book {
    pub(super) fn had(&self) -> impl Iterator<Item = &Address> {
        self.before_aliases.iter().chain(&self.before_primary)
    }

    pub(super) fn wants(&self) -> impl Iterator<Item = &Address> {
        self.after_primary.iter().chain(&self.after_aliases)
    }

    pub(super) fn wanted(&self, address: &Address) -> bool {
        self.after_primary.as_ref() == Some(address) || self.after_aliases.contains(address)
    }

    pub(super) fn holds(&self, address: &Address) -> bool {
        self.primary.as_ref().and_then(Held::real) == Some(address)
            || self.aliases.contains(&Held::Real(address.clone()))
    }

    pub(super) fn has_room(&self) -> bool {
        self.aliases.len() < self.limit
    }
}

pub(super) fn books(kinds: Kinds, changes: &[Change], live: &Snapshot) -> BTreeMap<Target, Book> {
    let mut books = BTreeMap::new();
    let mut claimed: BTreeSet<&Address> = BTreeSet::new();
    for delta in changes
        .iter()
        .filter(|change| change.writable)
        .flat_map(|change| &change.deltas)
    {
        if let Delta::Email { after: address, .. } | Delta::AliasAdded(address) = delta {
            claimed.insert(address);
        }
    }
    for (index, change) in changes
        .iter()
        .enumerate()
        .filter(|(_, change)| change.writable)
    {
        let Some(mut book) = book(kinds, index, change, live) else {
            continue;
        };
        let concerned = change.deltas.iter().any(|delta| {
            matches!(
                delta,
                Delta::Email { .. }
                    | Delta::AliasAdded(_)
                    | Delta::AliasRemoved(..)
                    | Delta::State {
                        after: EntityState::Registered,
                        ..
                    }
            )
        }) || book.leaves && book.had().any(|address| claimed.contains(address));
        if concerned {
            book.aliases = book
                .before_aliases
                .iter()
                .cloned()
                .map(Held::Real)
                .collect();
            book.primary = book
                .before_primary
                .clone()
                .filter(|_| book.registered)
                .map(Held::Real);
            books.insert(change.target.clone(), book);
        }
    }
    books
}

fn book(kinds: Kinds, index: usize, change: &Change, live: &Snapshot) -> Option<Book> {
    let entity = live.entities.get(&change.target);
    let leaves = matches!(change.action, Action::Delete | Action::Deregister);
    let registered = entity.is_some_and(crate::model::Entity::is_registered);
    if leaves && !registered {
        return None;
    }
    let mut book = Book {
        target: change.target.clone(),
        id: id_of(live, &change.target),
        change: index,
        limit: by_name(kinds, change.target.kind())?.alias_limit,
        leaves,
        registers: false,
        registered,
        before_primary: entity
            .filter(|_| registered)
            .and_then(|entity| entity.email.known().cloned()),
        before_aliases: entity
            .and_then(|entity| entity.aliases.known().cloned())
            .unwrap_or_default(),
        after_primary: None,
        after_aliases: BTreeSet::new(),
        primary: None,
        aliases: BTreeSet::new(),
        promoted_by: None,
    };
    if leaves {
        return Some(book);
    }
    book.after_primary.clone_from(&book.before_primary);
    book.after_aliases.clone_from(&book.before_aliases);
    for delta in &change.deltas {
        match delta {
            Delta::State {
                after: EntityState::Registered,
                ..
            } => book.registers = true,
            Delta::Email { after, .. } => book.after_primary = Some(after.clone()),
            Delta::AliasAdded(alias) => {
                book.after_aliases.insert(alias.clone());
            }
            Delta::AliasRemoved(alias, _) => {
                book.after_aliases.remove(alias);
            }
            _ => {}
        }
    }
    if let Some(primary) = &book.after_primary {
        book.after_aliases.remove(primary);
    }
    Some(book)
}

/// Entities between which addresses move, together; each group in the order of targets.
pub(super) fn components(
    books: &BTreeMap<Target, Book>,
    holders: &BTreeMap<Address, Target>,
) -> Vec<Vec<Target>> {
    let index: BTreeMap<&Target, usize> = books.keys().zip(0..).collect();
    let mut sets = petgraph::unionfind::UnionFind::<usize>::new(books.len());
    for book in books.values() {
        for address in book.wants() {
            if let Some(holder) = holders.get(address) {
                sets.union(index[&book.target], index[holder]);
            }
        }
    }
    let mut components: BTreeMap<usize, Vec<Target>> = BTreeMap::new();
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (target, position) in &index {
        let root = sets.find(*position);
        let key = *first.entry(root).or_insert(*position);
        components.entry(key).or_default().push((*target).clone());
    }
    components.into_values().collect()
}

impl Book {
    pub(super) fn wanted_as_primary(&self, address: &Address) -> bool {
        !self.leaves && self.after_primary.as_ref() == Some(address)
    }

    /// True if its wanted primary is somebody else's still.
    pub(super) fn waits(&self) -> bool {
        !self.leaves
            && self
                .after_primary
                .as_ref()
                .is_some_and(|primary| !self.holds(primary))
    }
}
