//! `Foreign`: who is on the other side, by what its exports tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Address;

/// Everybody on the other side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foreign {
    /// The recipients.
    pub recipients: Vec<Other>,
    /// Whose each address is, by the position of the recipient.
    pub holders: BTreeMap<Address, usize>,
    /// What the exports do not tell, as sentences.
    pub notes: Vec<String>,
}

/// Somebody on the other side.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// The address that others see.
    pub primary: Address,
    /// All addresses, that one included.
    pub addresses: BTreeSet<Address>,
    /// What it is.
    pub shape: Shape,
    /// The members of a group; none: the exports do not tell them.
    pub members: Option<BTreeSet<Address>>,
    /// The file and the line that tell of it.
    pub place: String,
}

/// What a recipient is, the worse for who expects mail the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Mail stays there: a user, a shared mailbox, a room.
    Mailbox,
    /// Mail goes on to members.
    Group,
    /// Mail goes on to a mailbox elsewhere.
    Contact,
    /// Mail is refused.
    Suspended,
}

/// What a file says that somebody is. Of several the greatest counts: who knows comes before who guesses, and
/// of those who know as much the worse one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// The file knows it; the admin centre of Microsoft 365 lists accounts, and a mailbox is guessed from them.
    pub(super) known: bool,
    pub(super) shape: Shape,
}

impl Told {
    pub(super) fn known(shape: Shape) -> Self {
        Self { known: true, shape }
    }

    pub(super) fn guessed(shape: Shape) -> Self {
        Self {
            known: false,
            shape,
        }
    }
}

/// Gathers what files tell, and what is wrong with them.
#[derive(Default)]
pub(super) struct Gathered {
    by_primary: BTreeMap<Address, (Told, Other)>,
    aliases: Vec<(Address, Address, String)>,
    members: BTreeMap<Address, BTreeSet<Address>>,
    untold: BTreeSet<Address>,
    /// Of tables of ours: the primary addresses by kind and name, and aliases that name those.
    names: BTreeMap<(String, String), Address>,
    named: Vec<(Address, (String, String), String)>,
    pub(super) members_told: bool,
    pub(super) notes: Vec<String>,
    pub(super) errors: Vec<String>,
}

impl Gathered {
    /// A recipient. Two files may tell of one; a file may not tell of one twice.
    pub(super) fn recipient(
        &mut self,
        primary: Address,
        addresses: impl IntoIterator<Item = Address>,
        told: Told,
        place: String,
    ) {
        let file = |place: &str| {
            place
                .rsplit_once(':')
                .map_or(place, |(file, _)| file)
                .to_owned()
        };
        let known = self.by_primary.get_mut(&primary);
        if let Some((before, known)) = known {
            if file(&known.place) == file(&place) {
                let message = format!("{place}: {primary} stands twice, in {} too", known.place);
                self.errors.push(message);
                return;
            }
            known.addresses.extend(addresses);
            *before = told.max(*before);
            known.shape = before.shape;
            return;
        }
        let mut all: BTreeSet<Address> = addresses.into_iter().collect();
        all.insert(primary.clone());
        let other = Other {
            primary: primary.clone(),
            addresses: all,
            shape: told.shape,
            members: None,
            place,
        };
        self.by_primary.insert(primary, (told, other));
    }

    /// One more address of somebody.
    pub(super) fn alias(&mut self, alias: Address, target: Address, place: String) {
        self.aliases.push((alias, target, place));
    }

    /// The primary address of somebody who is named.
    pub(super) fn name(&mut self, name: (String, String), primary: Address) {
        self.names.insert(name, primary);
    }

    /// One more address of somebody who is named.
    pub(super) fn alias_of_name(&mut self, alias: Address, name: (String, String), place: String) {
        self.named.push((alias, name, place));
    }

    /// A member of a group.
    pub(super) fn member(&mut self, group: Address, member: Option<Address>) {
        self.members_told = true;
        self.members.entry(group).or_default().extend(member);
    }

    /// A group of which the members are not told.
    pub(super) fn untold(&mut self, group: Address) {
        self.untold.insert(group);
    }

    /// All of it; or what is wrong.
    pub(super) fn whole(mut self) -> Result<Foreign, Vec<String>> {
        // Of whom a damaged file tells is not known: that no file tells of somebody is no mistake then.
        let all_told = self.errors.is_empty();
        for (alias, name, place) in std::mem::take(&mut self.named) {
            match self.names.get(&name) {
                Some(primary) => self.aliases.push((alias, primary.clone(), place)),
                None if !all_told => {}
                None => self.errors.push(format!(
                    "{place}: {alias} is of {}/{}, who has no primary address there",
                    name.0, name.1
                )),
            }
        }
        for (alias, target, place) in std::mem::take(&mut self.aliases) {
            let holder = self.by_primary.get_mut(&target);
            if let Some((_, holder)) = holder {
                holder.addresses.insert(alias);
            } else if all_told {
                let message = format!("{place}: {alias} is of {target}, of whom no file tells");
                self.errors.push(message);
            }
        }
        let mut recipients: Vec<Other> =
            self.by_primary.into_values().map(|(_, one)| one).collect();
        let mut holders: BTreeMap<Address, usize> = BTreeMap::new();
        for (at, one) in recipients.iter().enumerate() {
            for address in &one.addresses {
                if let Some(other) = holders.insert(address.clone(), at) {
                    let other: &Other = &recipients[other];
                    self.errors.push(format!(
                        "{}: {address} is of {} and of {} ({})",
                        one.place, one.primary, other.primary, other.place
                    ));
                }
            }
        }
        for (group, members) in self.members {
            match holders.get(&group) {
                Some(at) => {
                    let one = &mut recipients[*at];
                    if one.shape != Shape::Suspended {
                        one.shape = Shape::Group;
                    }
                    one.members.get_or_insert_default().extend(members);
                }
                None if !all_told => {}
                None => self
                    .errors
                    .push(format!("{group} has members, and no file tells of it")),
            }
        }
        for one in &mut recipients {
            if one.addresses.iter().any(|one| self.untold.contains(one)) {
                one.members = None;
            } else if one.shape == Shape::Group && self.members_told {
                one.members.get_or_insert_default();
            }
        }
        if recipients.is_empty() && self.errors.is_empty() {
            self.errors.push("no file tells of any address".to_owned());
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        Ok(Foreign {
            recipients,
            holders,
            notes: self.notes,
        })
    }
}
