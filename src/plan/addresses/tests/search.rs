//! The brute force: every sequence of calls that the API takes, the cheapest first.
//!
//! What each call needs and does is written here from the API reference alone, without a look at the
//! planner: `CreateAlias` (`EmailAddressInUseException`, `EntityStateException`,
//! `LimitExceededException`), `DeleteAlias`, `UpdatePrimaryEmailAddress` (the old primary becomes an
//! alias, an own alias is swapped), `RegisterToWorkMail`, `DeregisterFromWorkMail`, `DeleteUser`
//! (`EntityStateException`), `CreateUser`. Whether deregistering or deleting frees an address is open, so
//! that it does not here.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The most entities and addresses of a world.
pub(super) const ENTITIES: usize = 3;
pub(super) const REAL: usize = 4;
/// The addresses after the real ones are temporary.
pub(super) const ADDRESSES: usize = REAL + 4;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Life {
    /// It was never made.
    Never,
    /// It was deleted, and lists still tell of it.
    Deleted,
    Deregistered,
    Registered,
}

/// Who holds an address, and whether as the primary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Holding {
    pub(super) entity: usize,
    pub(super) primary: bool,
}

/// One moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct State {
    pub(super) life: [Life; ENTITIES],
    pub(super) at: [Option<Holding>; ADDRESSES],
}

/// What a manifest says of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Wish {
    Undeclared,
    Registered,
    Deregistered,
    Gone,
}

/// From one end to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ends {
    pub(super) limits: [usize; ENTITIES],
    pub(super) before: State,
    pub(super) wishes: [Wish; ENTITIES],
    /// Who shall hold which address; of those who are declared registered.
    pub(super) wanted: [Option<Holding>; REAL],
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Create(usize),
    Register(usize, usize),
    AddAlias(usize, usize),
    DropAlias(usize, usize),
    SetPrimary(usize, usize),
    Deregister(usize),
    Delete(usize),
}

/// What a way costs, the worst first: moments at which something is where it must not be, calls during
/// which an address is nobody's, calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    pub(super) violations: usize,
    pub(super) gaps: usize,
    pub(super) calls: usize,
}

impl State {
    /// The state after a call; none if the API refuses it.
    pub(super) fn after(&self, limits: &[usize; ENTITIES], call: Call) -> Option<Self> {
        let mut next = *self;
        let is_registered = |entity: usize| self.life[entity] == Life::Registered;
        match call {
            Call::Create(entity) => {
                if !matches!(self.life[entity], Life::Never | Life::Deleted) {
                    return None;
                }
                next.life[entity] = Life::Deregistered;
            }
            Call::Register(entity, address) => {
                let is_anothers = self.at[address].is_some_and(|held| held.entity != entity);
                if self.life[entity] != Life::Deregistered || is_anothers {
                    return None;
                }
                for at in &mut next.at {
                    if at.is_some_and(|held| held.entity == entity && held.primary) {
                        *at = None;
                    }
                }
                next.at[address] = Some(Holding {
                    entity,
                    primary: true,
                });
                next.life[entity] = Life::Registered;
            }
            Call::AddAlias(entity, address) => {
                let has_room = self.aliases(entity) < limits[entity];
                if !is_registered(entity) || self.at[address].is_some() || !has_room {
                    return None;
                }
                next.at[address] = Some(Holding {
                    entity,
                    primary: false,
                });
            }
            Call::DropAlias(entity, address) => {
                let alias = Holding {
                    entity,
                    primary: false,
                };
                if !is_registered(entity) || self.at[address] != Some(alias) {
                    return None;
                }
                next.at[address] = None;
            }
            Call::SetPrimary(entity, address) => {
                let is_own = match self.at[address] {
                    None => false,
                    Some(held) if held.entity == entity => true,
                    Some(_) => return None,
                };
                let has_room = self.aliases(entity) < limits[entity];
                if !is_registered(entity) || !is_own && !has_room {
                    return None;
                }
                for at in next.at.iter_mut().flatten() {
                    if at.entity == entity {
                        at.primary = false;
                    }
                }
                next.at[address] = Some(Holding {
                    entity,
                    primary: true,
                });
            }
            Call::Deregister(entity) => {
                if !is_registered(entity) {
                    return None;
                }
                next.life[entity] = Life::Deregistered;
            }
            Call::Delete(entity) => {
                if self.life[entity] != Life::Deregistered {
                    return None;
                }
                next.life[entity] = Life::Deleted;
            }
        }
        Some(next)
    }

    /// The state in few bits.
    fn packed(&self) -> u64 {
        let lives = self
            .life
            .iter()
            .fold(0, |all, life| all << 2 | *life as u64);
        self.at.iter().fold(lives, |all, held| {
            let held = held.map_or(0, |held| {
                1 + 2 * held.entity as u64 + u64::from(held.primary)
            });
            all << 3 | held
        })
    }

    pub(super) fn aliases(&self, entity: usize) -> usize {
        let held = self.at.iter().flatten();
        held.filter(|held| held.entity == entity && !held.primary)
            .count()
    }

    /// Who gets mail to an address.
    pub(super) fn receiver(&self, address: usize) -> Option<usize> {
        let held = self.at[address]?;
        (self.life[held.entity] == Life::Registered).then_some(held.entity)
    }
}

impl Ends {
    /// Who gets mail to a real address in the end.
    pub(super) fn receiver(&self, address: usize) -> Option<usize> {
        let kept = self.before.receiver(address);
        let kept = kept.filter(|entity| self.wishes[*entity] == Wish::Undeclared);
        self.wanted[address].map(|held| held.entity).or(kept)
    }

    /// True if a state is what the manifest says.
    pub(super) fn are_reached(&self, state: &State) -> bool {
        (0..ENTITIES).all(|entity| match self.wishes[entity] {
            Wish::Undeclared => {
                let own =
                    |state: &State| state.at.map(|at| at.filter(|held| held.entity == entity));
                state.life[entity] == self.before.life[entity] && own(state) == own(&self.before)
            }
            Wish::Registered => {
                state.life[entity] == Life::Registered
                    && (0..ADDRESSES).all(|address| {
                        let wanted = self.wanted.get(address).copied().flatten();
                        let own = |at: Option<Holding>| at.filter(|held| held.entity == entity);
                        own(state.at[address]) == own(wanted)
                    })
            }
            Wish::Deregistered => state.life[entity] == Life::Deregistered,
            Wish::Gone => matches!(state.life[entity], Life::Never | Life::Deleted),
        })
    }

    /// What is wrong at a moment: an address with somebody who has it at neither end, one that has left
    /// somebody who has it at both, a primary address of both ends that is none, and one that is nobody's
    /// before who shall have it is registered.
    pub(super) fn wrongs(&self, state: &State) -> usize {
        let wrong = |address: usize| {
            let (before, after) = (self.before.receiver(address), self.receiver(address));
            let now = state.receiver(address);
            let strange = now.is_some() && now != before && now != after;
            let lost = before.is_some() && before == after && now != before;
            let was_primary = self.before.at[address].is_some_and(|held| held.primary);
            let demoted = was_primary
                && before.is_some()
                && self.wanted[address]
                    .is_some_and(|held| held.primary && now == Some(held.entity))
                && before == after
                && state.at[address].is_some_and(|held| !held.primary);
            let too_early = after.is_some_and(|after| {
                let is_released = self.moves(address) && now.is_none();
                is_released && state.life[after] != Life::Registered
            });
            [strange, lost, demoted, too_early]
                .map(usize::from)
                .iter()
                .sum::<usize>()
        };
        (0..REAL).map(wrong).sum()
    }

    /// True if an address goes from one to another.
    pub(super) fn moves(&self, address: usize) -> bool {
        let (before, after) = (self.before.receiver(address), self.receiver(address));
        before.is_some() && after.is_some() && before != after
    }

    /// True if somebody shall have an address of who is not declared, and so is never written, or of who is
    /// deregistered, and stays so or goes.
    fn is_out_of_reach(&self) -> bool {
        (0..REAL).any(|address| {
            let (Some(held), Some(wanted)) = (self.before.at[address], self.wanted[address]) else {
                return false;
            };
            let wish = self.wishes[held.entity];
            let is_registered = self.before.life[held.entity] == Life::Registered;
            let keeps = wish == Wish::Undeclared || !is_registered && wish != Wish::Registered;
            held.entity != wanted.entity && keeps
        })
    }

    /// True for a real address that somebody has or shall have.
    fn is_concerned(&self, address: usize) -> bool {
        address < REAL && (self.before.at[address].is_some() || self.wanted[address].is_some())
    }

    /// How many addresses that move are nobody's.
    pub(super) fn unassigned(&self, state: &State) -> usize {
        let unassigned =
            |address: &usize| self.moves(*address) && state.receiver(*address).is_none();
        (0..REAL).filter(unassigned).count()
    }

    /// The cheapest way, and how many states were looked at; none if nothing leads there.
    pub(super) fn cheapest(&self) -> (Option<Cost>, usize) {
        let mut best: HashMap<u64, Cost> = HashMap::new();
        let mut open = BinaryHeap::new();
        if self.is_out_of_reach() {
            return (None, 0);
        }
        best.insert(self.before.packed(), Cost::default());
        open.push(Reverse((
            self.at_least(&self.before),
            Cost::default(),
            self.before,
        )));
        while let Some(Reverse((_, cost, state))) = open.pop() {
            if best[&state.packed()] < cost {
                continue;
            }
            if self.are_reached(&state) {
                return (Some(cost), best.len());
            }
            for call in self.calls(&state) {
                let Some(next) = state.after(&self.limits, call) else {
                    continue;
                };
                let whole = Cost {
                    violations: cost.violations + self.wrongs(&next),
                    gaps: cost.gaps + self.unassigned(&state),
                    calls: cost.calls + 1,
                };
                let packed = next.packed();
                if best.get(&packed).is_none_or(|known| whole < *known) {
                    best.insert(packed, whole);
                    let least = self.at_least(&next);
                    let estimate = Cost {
                        violations: whole.violations,
                        gaps: whole.gaps + least.gaps,
                        calls: whole.calls + least.calls,
                    };
                    open.push(Reverse((estimate, whole, next)));
                }
            }
        }
        (None, best.len())
    }

    /// What the rest of a way costs at least: each address that still has to leave, to come or to change
    /// its role takes a call of its own, but that a new primary makes the old one an alias.
    fn at_least(&self, state: &State) -> Cost {
        let mut least = Cost::default();
        for address in 0..ADDRESSES {
            let wanted = self.wanted.get(address).copied().flatten();
            let held = state.at[address];
            let (now, then) = (held.map(|at| at.entity), wanted.map(|at| at.entity));
            let stays = held.is_some_and(|at| self.wishes[at.entity] == Wish::Registered);
            let registered = now.is_some_and(|now| state.life[now] == Life::Registered);
            let goes = now.is_some() && now != then && (stays || then.is_some()) && registered;
            let promoted = wanted.is_some_and(|at| at.primary) && held != wanted;
            least.calls += usize::from(goes) + usize::from(then.is_some() && now != then);
            least.calls += usize::from(now == then && promoted);
            if address < REAL && self.moves(address) && now != then {
                least.gaps += 1;
            }
        }
        least
    }

    /// Every call that may make sense: nothing is done to who is not declared, and nobody goes who stays.
    fn calls(&self, state: &State) -> Vec<Call> {
        let mut calls = Vec::new();
        let temporary = (REAL..ADDRESSES).find(|address| state.at[*address].is_none());
        for entity in 0..ENTITIES {
            let wish = self.wishes[entity];
            let leaves = matches!(wish, Wish::Deregistered | Wish::Gone);
            let addresses = (0..ADDRESSES)
                .filter(|address| self.is_concerned(*address) || state.at[*address].is_some())
                .chain(temporary);
            match (wish, state.life[entity]) {
                (Wish::Undeclared, _) => {}
                (Wish::Registered, Life::Never | Life::Deleted) => calls.push(Call::Create(entity)),
                (Wish::Registered, Life::Deregistered) => {
                    calls.extend(addresses.map(|address| Call::Register(entity, address)));
                }
                (Wish::Gone, Life::Deregistered) => calls.push(Call::Delete(entity)),
                (_, Life::Registered) => {
                    for address in addresses {
                        calls.push(Call::SetPrimary(entity, address));
                        if state.at[address].is_none() {
                            calls.push(Call::AddAlias(entity, address));
                        } else {
                            calls.push(Call::DropAlias(entity, address));
                        }
                    }
                    calls.extend(leaves.then_some(Call::Deregister(entity)));
                }
                _ => {}
            }
        }
        calls
    }
}
