//! Plans the addresses of a whole organization at once: who gives up which address when, and who
//! takes it.
//!
//! An address that moves is released only when its claimer is registered and has room, and the claim
//! follows at once. Where everybody waits for somebody (swaps, cycles), one temporary address frees
//! one primary; an entity that is full promotes an alias of its own instead. Source: API reference,
//! `UpdatePrimaryEmailAddress` (the old primary becomes an alias, an own alias is swapped),
//! `LimitExceededException` of `CreateAlias` (100 aliases).

mod book;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::kinds::Kinds;
use crate::kinds::entity::calls::{
    CreateAlias, DeleteAlias, RegisterToWorkMail, UpdatePrimaryEmailAddress,
};
use crate::model::{Address, Call, Change, Party, Snapshot, Target};

use super::rules::{
    CREATE_BEFORE_REGISTER, ONE_CHAIN_OF_ADDRESSES, PROMOTE_BEFORE_RELEASE, REGISTER_BEFORE_USE,
};
use super::step::{Fact, Step};

use book::{Book, Held, books, components};

/// Appends the steps of all addresses. Returns how many temporary addresses they use.
pub(super) fn plan(
    kinds: Kinds,
    changes: &[Change],
    live: &Snapshot,
    steps: &mut Vec<Step>,
) -> usize {
    let mut books = books(kinds, changes, live);
    let holders: BTreeMap<Address, Target> = books
        .values()
        .flat_map(|book| {
            book.had()
                .map(|address| (address.clone(), book.target.clone()))
        })
        .collect();
    let mut temporaries = 0;
    for component in components(&books, &holders) {
        let parties: BTreeMap<Target, Book> = component
            .iter()
            .filter_map(|target| books.remove_entry(target))
            .collect();
        let moves = parties.values().any(|book| {
            book.wants().any(|address| {
                holders
                    .get(address)
                    .is_some_and(|holder| *holder != book.target)
            })
        });
        let crowded = parties.values().any(|book| {
            // An old primary address may be an alias on the way, too.
            book.aliases.len() + book.after_aliases.len() >= book.limit
        });
        let mut table = Table {
            parties,
            steps,
            temporaries,
            last: None,
            chained: moves || crowded,
        };
        table.play();
        temporaries = table.temporaries;
    }
    temporaries
}

/// One component while it is played through.
struct Table<'a> {
    parties: BTreeMap<Target, Book>,
    steps: &'a mut Vec<Step>,
    temporaries: usize,
    last: Option<usize>,
    /// True: its steps are one chain.
    chained: bool,
}

impl Table<'_> {
    fn play(&mut self) {
        let names: Vec<Target> = self.parties.keys().cloned().collect();
        for name in &names {
            if self.parties[name].registers {
                self.register(name);
            }
        }
        while self.advance(&names) || self.make_room(&names) || self.break_a_cycle(&names) {}
        for name in &names {
            self.drop_surplus(name);
        }
    }

    /// Everything that needs nobody's giving way: own promotions, free addresses, and moves of
    /// aliases to somebody with room.
    fn advance(&mut self, names: &[Target]) -> bool {
        let mut advanced = false;
        for name in names {
            let book = &self.parties[name];
            if book.leaves {
                continue;
            }
            if let Some(primary) = book
                .after_primary
                .clone()
                .filter(|primary| book.primary.as_ref().and_then(Held::real) != Some(primary))
            {
                let own = book.aliases.contains(&Held::Real(primary.clone()));
                if own || book.has_room() && self.holder(&primary).is_none() {
                    self.promote(name, &Held::Real(primary));
                    advanced = true;
                }
            }
            let missing: Vec<Address> = self.parties[name]
                .wants()
                .filter(|address| !self.parties[name].holds(address))
                .cloned()
                .collect();
            for address in missing {
                if !self.parties[name].has_room() {
                    break;
                }
                match self.holder(&address) {
                    None if self.parties[name].after_primary.as_ref() == Some(&address) => {}
                    None => {
                        self.add(name, &address);
                        advanced = true;
                    }
                    Some(holder) if self.gives_up(&holder, &address) => {
                        self.hand_over(&holder, name, &address);
                        advanced = true;
                    }
                    Some(_) => {}
                }
            }
        }
        advanced
    }

    /// Releases an alias that nobody wants, at somebody full who waits for room.
    fn make_room(&mut self, names: &[Target]) -> bool {
        for name in names {
            let book = &self.parties[name];
            if book.leaves || book.has_room() || book.wants().all(|address| book.holds(address)) {
                continue;
            }
            let unwanted = book
                .aliases
                .iter()
                .find(|held| {
                    held.real()
                        .is_none_or(|alias| !book.wanted(alias) && self.claimer(alias).is_none())
                })
                .cloned();
            if let Some(held) = unwanted {
                self.release(name, &held);
                return true;
            }
        }
        false
    }

    /// Frees one primary that somebody else waits for: by a temporary address, or by an own wanted
    /// alias where there is no room. Last of all a full entity releases an alias before its claimer
    /// has room.
    fn break_a_cycle(&mut self, names: &[Target]) -> bool {
        let freed_for_somebody = |table: &Self, name: &Target| {
            let book = &table.parties[name];
            let primary = book.primary.as_ref().and_then(Held::real);
            primary.is_some_and(|primary| {
                !book.wanted_as_primary(primary) && table.claimer(primary).is_some()
            })
        };
        let freed_for_room = |table: &Self, name: &Target| {
            let book = &table.parties[name];
            // A temporary primary makes room like any other that is not wanted.
            let unwanted = |primary: &Held| primary.real().is_none_or(|real| !book.wanted(real));
            book.primary.as_ref().is_some_and(unwanted) && book.waits()
        };
        let candidates: Vec<&Target> = names
            .iter()
            .filter(|name| {
                let full = !self.parties[*name].has_room();
                freed_for_somebody(self, name) || full && freed_for_room(self, name)
            })
            .collect();
        if let Some(name) = candidates
            .iter()
            .find(|name| self.parties[**name].has_room())
        {
            let domain = self.parties[*name]
                .primary
                .as_ref()
                .and_then(Held::real)
                .map(Address::domain);
            self.temporaries += 1;
            let number =
                u32::try_from(self.temporaries).expect("a plan has few temporary addresses");
            self.promote(name, &Held::Temporary(number, domain.unwrap_or_default()));
            return true;
        }
        for name in candidates {
            let book = &self.parties[name];
            let own = book
                .aliases
                .iter()
                .find(|held| held.real().is_some_and(|alias| book.wanted(alias)));
            if let Some(held) = own.cloned() {
                self.promote(name, &held);
                return true;
            }
        }
        for name in names {
            let book = &self.parties[name];
            let waits = book.wants().any(|address| !book.holds(address));
            let surplus = book
                .aliases
                .iter()
                .find(|held| held.real().is_none_or(|alias| !book.wanted(alias)));
            if let (true, false, Some(held)) =
                (waits || book.leaves, book.has_room(), surplus.cloned())
            {
                self.release(name, &held);
                return true;
            }
        }
        false
    }

    /// Takes away what is surplus in the end, temporary addresses included.
    fn drop_surplus(&mut self, name: &Target) {
        let book = &self.parties[name];
        if book.leaves {
            return;
        }
        let surplus: Vec<Held> = book
            .aliases
            .iter()
            .filter(|held| held.real().is_none_or(|alias| !book.wanted(alias)))
            .cloned()
            .collect();
        for held in surplus {
            self.release(name, &held);
        }
    }

    /// Who holds an address now, within this component.
    fn holder(&self, address: &Address) -> Option<Target> {
        self.parties
            .values()
            .find(|book| book.holds(address))
            .map(|book| book.target.clone())
    }

    /// Who else wants an address that this component moves and does not have it yet.
    fn claimer(&self, address: &Address) -> Option<&Target> {
        self.parties
            .values()
            .find(|book| !book.leaves && book.wanted(address) && !book.holds(address))
            .map(|book| &book.target)
    }

    fn gives_up(&self, holder: &Target, address: &Address) -> bool {
        let book = &self.parties[holder];
        (book.leaves || !book.wanted(address))
            && book.aliases.contains(&Held::Real(address.clone()))
    }

    fn register(&mut self, name: &Target) {
        let Some(primary) = self.parties[name].after_primary.clone() else {
            return;
        };
        let email = match self.holder(&primary) {
            Some(holder) if holder != *name => {
                self.temporaries += 1;
                let number =
                    u32::try_from(self.temporaries).expect("a plan has few temporary addresses");
                Held::Temporary(number, primary.domain())
            }
            _ => Held::Real(primary),
        };
        let book = self.parties.get_mut(name).expect("a party of this table");
        book.registered = true;
        book.aliases.remove(&email);
        let request = RegisterToWorkMail {
            entity_id: book.id.clone(),
            email: email.argument(),
        };
        book.primary = Some(email);
        let mut step = Step::new(
            &book.target,
            Some(book.change),
            Call::new(&request),
            "state",
        )
        .needs(&CREATE_BEFORE_REGISTER, Fact::Exists(name.clone()))
        .gives(Fact::Registered(name.clone()));
        step.parts.push("email");
        self.steps.push(step);
    }

    fn promote(&mut self, name: &Target, to: &Held) {
        let book = self.parties.get_mut(name).expect("a party of this table");
        let request = UpdatePrimaryEmailAddress {
            entity_id: book.id.clone(),
            email: to.argument(),
        };
        book.aliases.remove(to);
        if let Some(old) = book.primary.replace(to.clone()) {
            book.aliases.insert(old);
        }
        let step = self.step(name, Call::new(&request), "email");
        let index = self.push(step);
        self.parties
            .get_mut(name)
            .expect("a party of this table")
            .promoted_by = Some(index);
    }

    fn add(&mut self, name: &Target, address: &Address) {
        let book = self.parties.get_mut(name).expect("a party of this table");
        let alias = Held::Real(address.clone());
        let request = CreateAlias {
            entity_id: book.id.clone(),
            alias: alias.argument(),
        };
        book.aliases.insert(alias);
        let step = self.step(name, Call::new(&request), "aliases");
        self.push(step);
    }

    fn release(&mut self, name: &Target, held: &Held) -> usize {
        let book = self.parties.get_mut(name).expect("a party of this table");
        let request = DeleteAlias {
            entity_id: book.id.clone(),
            alias: held.argument(),
        };
        book.aliases.remove(held);
        let promoted_by = book.promoted_by;
        let was_primary = held.real().is_none() || held.real() == book.before_primary.as_ref();
        let mut step = self
            .step(name, Call::new(&request), "aliases")
            .taking_away();
        if was_primary {
            step = step.after(promoted_by.map(|promoted| (&PROMOTE_BEFORE_RELEASE, promoted)));
        }
        self.push(step)
    }

    /// The release and the claim of one address, with nothing between them.
    fn hand_over(&mut self, from: &Target, to: &Target, address: &Address) {
        let held = Held::Real(address.clone());
        let back = self.give_back(from, address);
        let release = self.release(from, &held);
        if self.parties[to].registers {
            self.steps[release].confirms.push(to.clone());
            self.steps[release]
                .needs
                .push((&REGISTER_BEFORE_USE, Fact::Registered(to.clone())));
        }
        if self.parties[to].after_primary.as_ref() == Some(address) {
            self.promote(to, &held);
        } else {
            self.add(to, address);
        }
        let claim = self.steps.last_mut().expect("the claim was pushed");
        claim.glued = true;
        claim.give_back = back;
        claim.party = Some(Party::Entity(from.clone()));
    }

    /// What gives an address back to where it was: as an alias, and as the primary if it was that.
    fn give_back(&self, from: &Target, address: &Address) -> Vec<Call> {
        let book = &self.parties[from];
        let entity_id = book.id.clone();
        let argument = Held::Real(address.clone()).argument();
        let mut calls = vec![Call::new(&CreateAlias {
            entity_id: entity_id.clone(),
            alias: argument.clone(),
        })];
        if book.before_primary.as_ref() == Some(address) {
            calls.push(Call::new(&UpdatePrimaryEmailAddress {
                entity_id: entity_id.clone(),
                email: argument,
            }));
            if let Some(temporary @ Held::Temporary(..)) = &book.primary {
                calls.push(Call::new(&DeleteAlias {
                    entity_id,
                    alias: temporary.argument(),
                }));
            }
        }
        calls
    }

    fn step(&self, name: &Target, call: Call, part: &'static str) -> Step {
        let book = &self.parties[name];
        let mut step = Step::new(&book.target, Some(book.change), call, part);
        if part == "email" {
            step.parts.push("aliases");
        }
        if book.registers {
            step = step.needs(&REGISTER_BEFORE_USE, Fact::Registered(name.clone()));
        }
        if book.leaves {
            step = step.gives(Fact::Cleared(name.clone()));
        }
        step
    }

    fn push(&mut self, step: Step) -> usize {
        let step = if self.chained {
            step.after(self.last.map(|last| (&ONE_CHAIN_OF_ADDRESSES, last)))
        } else {
            step
        };
        self.steps.push(step);
        let index = self.steps.len() - 1;
        self.last = Some(index);
        index
    }
}
