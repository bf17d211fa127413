//! Orders memberships, seats and grants that work together: nobody gets on the way what neither end
//! gives, and nobody loses what both ends give.
//!
//! A step that adds and a step that takes away meet in two ways. Where both lie on one path from a
//! person to a mailbox, taking away comes first, else the path is open for a moment. Where they give
//! the same person the same right over the same mailbox by two ways, adding comes first, else the
//! person is without it for a moment. Where both hold, it is rather narrower than wider.

use std::collections::BTreeSet;

use crate::model::{Call, GROUP, Party, RESOURCE, Right, Snapshot, Target};
use crate::policy::{Hold, Rights};

use super::step::Step;

/// Appends to each step the steps that must come before it because of rights.
pub(super) fn order(live: &Snapshot, steps: &mut [Step]) {
    let edges: Vec<Edge> = steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| edge(index, step))
        .collect();
    let through_groups = |edge: &Edge| edge.from.kind() == GROUP || edge.to.kind() == GROUP;
    let (removals, additions): (Vec<Edge>, Vec<Edge>) = edges
        .into_iter()
        .filter(through_groups)
        .partition(|edge| edge.removes);
    if removals.is_empty() || additions.is_empty() {
        return;
    }
    let before = Rights::of(live);
    let mut both = before.clone();
    let mut after = before.clone();
    for edge in &additions {
        edge.add_to(&mut both);
        edge.add_to(&mut after);
    }
    for edge in &removals {
        edge.take_from(&mut after);
    }
    let before_reach: Vec<Reach> = removals.iter().map(|edge| edge.reach(&before)).collect();
    for addition in &additions {
        let after_reach = addition.reach(&after);
        for (removal, removed) in removals.iter().zip(&before_reach) {
            if addition.on_one_path_with(removal, &both) {
                steps[addition.step].after.push(removal.step);
            } else if removed.meets(&after_reach) {
                steps[removal.step].after.push(addition.step);
            }
        }
    }
}

/// One step as an edge of the graph of rights.
struct Edge {
    step: usize,
    removes: bool,
    from: Target,
    to: Target,
    holds: BTreeSet<Hold>,
}

/// Whom an edge serves, and what it gives them.
struct Reach {
    people: BTreeSet<Target>,
    held: BTreeSet<(Target, Hold)>,
}

impl Reach {
    fn meets(&self, other: &Self) -> bool {
        !self.people.is_disjoint(&other.people) && !self.held.is_disjoint(&other.held)
    }
}

impl Edge {
    fn add_to(&self, rights: &mut Rights) {
        if self.holds.is_empty() {
            rights.link(&self.to, &self.from);
        }
        for hold in &self.holds {
            rights.give(&self.from, &self.to, *hold);
        }
    }

    fn take_from(&self, rights: &mut Rights) {
        rights.remove(&self.from, &self.to);
    }

    fn reach(&self, rights: &Rights) -> Reach {
        let mut held = if self.holds.is_empty() {
            rights.held_by(&self.to)
        } else {
            BTreeSet::new()
        };
        held.extend(self.holds.iter().map(|hold| (self.to.clone(), *hold)));
        Reach {
            people: rights.people(&self.from),
            held,
        }
    }

    /// True if a path from a person to a mailbox can lead over both, in the union of both ends.
    fn on_one_path_with(&self, other: &Self, both: &Rights) -> bool {
        both.upwards(&self.to).contains(&other.from) || both.upwards(&other.to).contains(&self.from)
    }
}

fn edge(step: usize, found: &Step) -> Option<Edge> {
    let from = found.party.as_ref().and_then(Party::target)?.clone();
    let to = found.target.clone();
    let (removes, holds) = match found.call.operation.as_str() {
        "AssociateMemberToGroup" => (false, BTreeSet::new()),
        "DisassociateMemberFromGroup" => (true, BTreeSet::new()),
        "AssociateDelegateToResource" => (false, BTreeSet::from([Hold::Delegate])),
        "DisassociateDelegateFromResource" => (true, BTreeSet::from([Hold::Delegate])),
        "PutMailboxPermissions" => (false, granted(&found.call)),
        "DeleteMailboxPermissions" => (
            true,
            [Right::FullAccess, Right::SendAs, Right::SendOnBehalf]
                .into_iter()
                .map(Hold::Granted)
                .collect(),
        ),
        _ => return None,
    };
    debug_assert!(to.kind() != RESOURCE || !holds.is_empty());
    Some(Edge {
        step,
        removes,
        from,
        to,
        holds,
    })
}

fn granted(call: &Call) -> BTreeSet<Hold> {
    call.input
        .get("PermissionValues")
        .and_then(|values| serde_json::from_value::<BTreeSet<Right>>(values.clone()).ok())
        .into_iter()
        .flatten()
        .map(Hold::Granted)
        .collect()
}
