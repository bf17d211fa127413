//! The finished plan, run on the model: every call can be made, and nothing is wider on the way than both
//! ends, in the order of the plan and in others that an apply may take.
//!
//! An apply keeps the order within a component and what an operation depends on, and nothing else, so
//! that components overlap as they happen to. Whatever has had its effect when something fails or ends
//! early is the beginning of one of these orders. `orders` makes them, `state` runs a call, `calls` and
//! `settings` tell what would refuse one, `remembered` what would be forgotten, `rights` follows who holds
//! what, `handing` addresses that move, `ends` looks at the end.
//!
//! The reading order is that of these names. Nothing of it knows how the plan came about.

mod calls;
mod ends;
mod handing;
mod orders;
mod remembered;
mod rights;
mod settings;
mod state;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::kinds::Kinds;
use crate::model::{Change, ChangeSet, IMPERSONATION_ROLE, Snapshot, Target};

use super::document::{Operation, Shown};
use super::model::Naming;
use handing::Handing;
use orders::Preference;
use rights::Holding;
use state::State;

/// The most operations that are run, over all orders. The order of the plan is always run.
const MOST_RUN: usize = 100_000;
/// The most orders that are run beside that of the plan.
const MOST_ORDERS: usize = 16;

/// What is wrong with a plan, by the name of what does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{invariant}` does not hold in {order}: {message}")]
pub(super) struct Violation {
    /// What does not hold, by name; `docs/safety.md` lists them.
    pub(super) invariant: Invariant,
    /// In which order of the calls.
    order: String,
    /// Where, as a sentence fragment.
    message: String,
}

/// What holds at every moment of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Invariant {
    /// What is written or named is there, and what is made is not.
    Existence,
    /// What is written or named is registered, or is not, as the call needs it.
    Registration,
    /// No name is taken while something has it.
    NameFree,
    /// No address is taken while somebody has it, and only aliases are taken away.
    AddressFree,
    /// No table and no list of aliases holds more than it can.
    Limit,
    /// Addresses are in domains that are there, and nothing is in one that goes.
    Domain,
    /// What is released for somebody who can take it is taken by the next call of its component.
    AtOnce,
    /// Requests to a resource are answered.
    Answered,
    /// No setting that is written names what is gone.
    Named,
    /// What the service tells once, or never, is remembered when it has to be.
    Remembered,
    /// Whom the identity provider will know, it knows before nothing else lets them in.
    Identified,
    /// Nobody holds a right that neither end gives.
    Rights,
    /// The end is what was wanted.
    End,
}

/// What a call would be refused for, or what it would bring about.
type Refused = (Invariant, String);

/// Runs a plan that was made for this snapshot, and tells how much was looked at.
pub(super) fn check(
    kinds: Kinds,
    operations: &[Operation],
    live: &Snapshot,
    naming: &Naming,
) -> Result<Shown, Violation> {
    let mut shown = Shown::default();
    if operations.is_empty() {
        return Ok(shown);
    }
    let start = State::new(kinds, operations, live, naming);
    let end = start.at_the_end(operations);
    let holding = Holding::of(operations, live, &end);
    let handing = Handing::of(operations, &start);
    let others = if orders::can_differ(operations) {
        MOST_ORDERS
    } else {
        0
    };
    let affordable = (MOST_RUN / operations.len()).saturating_sub(1);
    let others = Preference::others().take(others.min(affordable));
    for preference in std::iter::once(Preference::AsPlanned).chain(others) {
        let order = orders::order(operations, preference);
        let mut holding = holding.clone();
        let mut handing = handing.clone();
        run(
            operations,
            &order,
            &start,
            &end,
            (&mut holding, &mut handing),
        )
        .map_err(|(invariant, message)| Violation {
            invariant,
            order: preference.to_string(),
            message,
        })?;
        shown.orders += 1;
        shown.rights_missing = shown.rights_missing.max(holding.missing());
    }
    if orders::can_differ(operations) && affordable == 0 {
        let text = format!("other orders of the {} calls", operations.len());
        shown.not_shown.push(text);
    }
    shown.not_shown.extend(holding.untold());
    Ok(shown)
}

/// Looks whether all of a plan that has its effect makes these changes.
pub(super) fn reaches<'a>(
    kinds: Kinds,
    operations: &[Operation],
    live: &Snapshot,
    naming: &Naming,
    wanted: impl Iterator<Item = &'a Change>,
    changes: &ChangeSet,
) -> Result<(), Violation> {
    let end = State::new(kinds, operations, live, naming).at_the_end(operations);
    for change in wanted {
        if let Some(message) = ends::missing(&end.now, change, changes) {
            return Err(Violation {
                invariant: Invariant::End,
                order: Preference::AsPlanned.to_string(),
                message,
            });
        }
    }
    Ok(())
}

/// What impersonation roles could do on the way, by whom they act as, that they can do at neither end: each
/// with the mailbox.
pub(super) fn roles_on_the_way(
    kinds: Kinds,
    operations: &[Operation],
    live: &Snapshot,
    naming: &Naming,
) -> BTreeMap<Target, BTreeSet<Target>> {
    let of_roles = |target: &Target| target.kind() == IMPERSONATION_ROLE;
    let mut touched = operations.iter().map(|operation| &operation.target);
    if !live.settings.keys().any(of_roles) && !touched.any(of_roles) {
        return BTreeMap::new();
    }
    let mut state = State::new(kinds, operations, live, naming);
    let end = state.at_the_end(operations);
    let mut holding = Holding::of(operations, live, &end);
    for operation in operations {
        let before = rights::concerned(operation, &state);
        state.make(operation);
        // What a plan from a file does to people is the business of other guards.
        let _ = holding.moved(&before, &rights::concerned(operation, &state));
    }
    let mut found: BTreeMap<Target, BTreeSet<Target>> = BTreeMap::new();
    for (role, (mailbox, _)) in holding.by_roles() {
        found
            .entry(role.clone())
            .or_default()
            .insert(mailbox.clone());
    }
    found
}

/// Runs the operations in an order.
fn run(
    operations: &[Operation],
    order: &[usize],
    start: &State<'_>,
    end: &State<'_>,
    (holding, handing): (&mut Holding, &mut Handing<'_>),
) -> Result<(), Refused> {
    let mut state = start.clone();
    for index in order {
        let operation = &operations[*index];
        let made = step(operation, start, &mut state, end, holding);
        let made = made.and_then(|()| handing.moved(operation, &state));
        made.map_err(|(invariant, message)| {
            let call = &operation.call.operation;
            let text = format!("operation {} ({call}): {message}", operation.id);
            (invariant, text)
        })?;
    }
    Ok(())
}

fn step(
    operation: &Operation,
    start: &State<'_>,
    state: &mut State<'_>,
    end: &State<'_>,
    holding: &mut Holding,
) -> Result<(), Refused> {
    calls::can_be_made(state, end, operation)?;
    settings::can_be_made(state, end, operation)?;
    remembered::can_be_made(state, end, operation)?;
    let before = rights::concerned(operation, state);
    state.make(operation);
    let after = rights::concerned(operation, state);
    calls::is_answered(start, state, end, operation)?;
    remembered::is_sent(state, operation)?;
    holding.moved(&before, &after)
}

impl Invariant {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Existence => "existence",
            Self::Registration => "registration",
            Self::NameFree => "name-free",
            Self::AddressFree => "address-free",
            Self::Limit => "limit",
            Self::Domain => "domain",
            Self::AtOnce => "at-once",
            Self::Answered => "answered",
            Self::Named => "named",
            Self::Remembered => "remembered",
            Self::Identified => "identified",
            Self::Rights => "rights",
            Self::End => "end",
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
