//! Orders memberships, seats and grants that work together: nobody gets on the way what neither end
//! gives, and nobody loses what both ends give.
//!
//! A relation that comes and one that goes meet in two ways. Where both lie on one path from a person
//! to something that neither end gives them, going comes first, else the path is open for a moment.
//! Where the one gives a person what the other takes from them, coming comes first, else they are
//! without it for a moment. A grant that changes is one call and may be both: rights go and rights
//! come.
//!
//! The first rule always holds, and so does what the service needs. The second one yields to them,
//! and to itself: a relation does not wait for one that waits for it already. So a right that both
//! ends give is missing on the way only where, of each way by which it is given in the end, something
//! has to wait until something of each way by which it was given has gone. Rather narrower than wider.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{GROUP, Party, RESOURCE, Right, Snapshot, Target, USER};
use crate::policy::{Hold, Rights};

use super::order::Graph;
use super::rules::{JOIN_BEFORE_LEAVE, REVOKE_BEFORE_JOIN};
use super::step::Step;

/// The relations that the steps bring and take, and what they give at both ends.
pub(super) struct Moves {
    come: Vec<Relation>,
    go: Vec<Relation>,
    before: Rights,
    after: Rights,
    /// What is there at both ends.
    lasting: Rights,
    /// What is there at one of the ends.
    either: Rights,
}

/// One relation that a step brings or takes: a membership, or a hold over a mailbox.
pub(super) struct Relation {
    pub(super) step: usize,
    pub(super) from: Target,
    to: Target,
    hold: Option<Hold>,
}

impl Moves {
    pub(super) fn of(live: &Snapshot, steps: &[Step]) -> Self {
        let (mut come, mut go) = (Vec::new(), Vec::new());
        for (index, step) in steps.iter().enumerate() {
            relations(index, step, live, &mut come, &mut go);
        }
        // What is taken away by itself is gone before that of which it is.
        let is_whole = |step: usize| steps[step].call.operation == "DeregisterFromWorkMail";
        let alone: BTreeSet<(Target, Target, Option<Hold>)> = go
            .iter()
            .filter(|one| !is_whole(one.step))
            .map(|one| (one.from.clone(), one.to.clone(), one.hold))
            .collect();
        go.retain(|one| {
            !is_whole(one.step) || !alone.contains(&(one.from.clone(), one.to.clone(), one.hold))
        });
        let before = if come.is_empty() || go.is_empty() {
            Rights::default()
        } else {
            Rights::of(live)
        };
        let mut lasting = before.clone();
        for relation in &go {
            relation.take_from(&mut lasting);
        }
        let (mut after, mut either) = (lasting.clone(), before.clone());
        for relation in &come {
            relation.add_to(&mut after);
            relation.add_to(&mut either);
        }
        Self {
            come,
            go,
            before,
            after,
            lasting,
            either,
        }
    }

    /// Puts what goes before what comes wherever both together would give what neither end gives.
    ///
    /// No circle can come of it: nothing that takes a membership waits for anything here, nothing
    /// waits for what brings one, and no two grants lie on one path.
    pub(super) fn never_wider(&self, steps: &mut [Step]) {
        let mut going_from: BTreeMap<&Target, Vec<&Relation>> = BTreeMap::new();
        let mut going_to: BTreeMap<&Target, Vec<&Relation>> = BTreeMap::new();
        for relation in &self.go {
            going_from.entry(&relation.from).or_default().push(relation);
            if relation.hold.is_none() {
                going_to.entry(&relation.to).or_default().push(relation);
            }
        }
        let (mut before, mut after) = (Held::of(&self.before), Held::of(&self.after));
        let mut either = Held::of(&self.either);
        for comes in &self.come {
            let mut first = BTreeSet::new();
            let mut opens = |below: &Relation, above: &Relation| {
                let given = above.gives(&mut either);
                self.either.people(&below.from).iter().any(|person| {
                    given.iter().any(|held| {
                        held.0 != *person
                            && !before.by(person).contains(held)
                            && !after.by(person).contains(held)
                    })
                })
            };
            let below = self.either.downwards(&comes.from);
            for goes in below.iter().filter_map(|to| going_to.get(to)).flatten() {
                if !first.contains(&goes.step) && opens(goes, comes) {
                    first.insert(goes.step);
                }
            }
            if comes.hold.is_none() {
                let above = self.either.upwards(&comes.to);
                for goes in above
                    .iter()
                    .filter_map(|from| going_from.get(from))
                    .flatten()
                {
                    if !first.contains(&goes.step) && opens(comes, goes) {
                        first.insert(goes.step);
                    }
                }
            }
            first.remove(&comes.step);
            let first = first.into_iter().map(|step| (&REVOKE_BEFORE_JOIN, step));
            steps[comes.step].after.extend(first);
        }
    }

    /// Puts what comes before what goes wherever it gives somebody what the other takes from them,
    /// unless it waits for it already.
    pub(super) fn rather_not_narrower(&self, steps: &mut [Step]) {
        let replacing = self.replacing();
        if replacing.is_empty() {
            return;
        }
        let mut graph = Graph::of(steps);
        for (goes, comes) in replacing {
            // What is put before a step changes nothing of what waits for it.
            let waiting = graph.waiting_for(goes);
            for step in comes {
                if !waiting.contains(&graph.run_of(step)) {
                    graph.put_before(step, goes);
                    steps[goes].after.push((&JOIN_BEFORE_LEAVE, step));
                }
            }
        }
    }

    /// By step that takes something away: the steps that give the same people the same in another
    /// way, which nothing lasting gives them.
    fn replacing(&self) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut coming_from: BTreeMap<&Target, Vec<&Relation>> = BTreeMap::new();
        for relation in &self.come {
            coming_from
                .entry(&relation.from)
                .or_default()
                .push(relation);
        }
        let mut found: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        if coming_from.is_empty() {
            return found;
        }
        let (mut before, mut after) = (Held::of(&self.before), Held::of(&self.after));
        let mut lasting = Held::of(&self.lasting);
        for goes in &self.go {
            let taken = goes.gives(&mut before);
            for person in self.before.people(&goes.from) {
                let kept: Vec<&(Target, Hold)> = taken
                    .iter()
                    .filter(|held| {
                        held.0 != person
                            && after.by(&person).contains(held)
                            && !lasting.by(&person).contains(held)
                    })
                    .collect();
                if kept.is_empty() {
                    continue;
                }
                for comes in self
                    .after
                    .upwards(&person)
                    .iter()
                    .filter_map(|from| coming_from.get(from))
                    .flatten()
                    .filter(|comes| comes.step != goes.step)
                {
                    let given = comes.gives(&mut after);
                    if kept.iter().any(|held| given.contains(held)) {
                        found.entry(goes.step).or_default().insert(comes.step);
                    }
                }
            }
        }
        found
    }
}

impl Relation {
    pub(super) fn add_to(&self, rights: &mut Rights) {
        match self.hold {
            None => rights.link(&self.to, &self.from),
            Some(hold) => rights.give(&self.from, &self.to, hold),
        }
    }

    fn take_from(&self, rights: &mut Rights) {
        match self.hold {
            None => rights.unlink(&self.to, &self.from),
            Some(hold) => rights.take(&self.from, &self.to, hold),
        }
    }

    /// What it gives to whom it reaches.
    fn gives(&self, told: &mut Held<'_>) -> BTreeSet<(Target, Hold)> {
        match self.hold {
            None => told.by(&self.to).clone(),
            Some(hold) => BTreeSet::from([(self.to.clone(), hold)]),
        }
    }
}

/// What everybody holds, told once for each.
struct Held<'a> {
    rights: &'a Rights,
    told: BTreeMap<Target, BTreeSet<(Target, Hold)>>,
}

impl<'a> Held<'a> {
    fn of(rights: &'a Rights) -> Self {
        Self {
            rights,
            told: BTreeMap::new(),
        }
    }

    fn by(&mut self, target: &Target) -> &BTreeSet<(Target, Hold)> {
        self.told
            .entry(target.clone())
            .or_insert_with(|| self.rights.held_by(target))
    }
}

/// Appends the relations that a step brings and takes.
pub(super) fn relations(
    index: usize,
    step: &Step,
    live: &Snapshot,
    come: &mut Vec<Relation>,
    go: &mut Vec<Relation>,
) {
    let to = &step.target;
    let relation = |from: &Target, hold| Relation {
        step: index,
        from: from.clone(),
        to: to.clone(),
        hold,
    };
    if step.call.operation == "DeregisterFromWorkMail" {
        // Nothing reaches its members through a group that is not registered, nor a mailbox that is not.
        let Some(entity) = live.entities.get(to) else {
            return;
        };
        let seat = (to.kind() == RESOURCE).then_some(Hold::Delegate);
        let links = entity.links.known().into_iter().flatten();
        let links = links.filter(|link| !link.deleted);
        go.extend(
            links
                .filter_map(|link| link.party.target())
                .map(|party| relation(party, seat)),
        );
        for grant in entity.grants.known().into_iter().flatten() {
            let holds = grant.rights.iter().map(|right| Hold::Granted(*right));
            let from = grant.grantee.target().into_iter();
            go.extend(from.flat_map(|from| {
                let holds = holds.clone();
                holds.map(|hold| relation(from, Some(hold)))
            }));
        }
        return;
    }
    let Some(from) = step.party.as_ref().and_then(Party::target) else {
        return;
    };
    if ![USER, GROUP].contains(&from.kind()) {
        return;
    }
    match step.call.operation.as_str() {
        "AssociateMemberToGroup" => come.push(relation(from, None)),
        "DisassociateMemberFromGroup" => go.push(relation(from, None)),
        "AssociateDelegateToResource" => come.push(relation(from, Some(Hold::Delegate))),
        "DisassociateDelegateFromResource" => go.push(relation(from, Some(Hold::Delegate))),
        "PutMailboxPermissions" | "DeleteMailboxPermissions" => {
            let (before, after) = (granted(live, to, from), put(step));
            let hold = |right: &Right| relation(from, Some(Hold::Granted(*right)));
            come.extend(after.difference(&before).map(hold));
            go.extend(before.difference(&after).map(hold));
        }
        _ => {}
    }
}

/// The rights that somebody has on a mailbox now, by a grant to themselves.
fn granted(live: &Snapshot, mailbox: &Target, grantee: &Target) -> BTreeSet<Right> {
    let entity = live.entities.get(mailbox);
    let grants = entity.and_then(|entity| entity.grants.known());
    let mut grants = grants.into_iter().flatten();
    grants
        .find(|grant| grant.grantee.target() == Some(grantee))
        .map(|grant| grant.rights.clone())
        .unwrap_or_default()
}

/// The rights that a grant puts in the place of those that are there; none: it is revoked.
fn put(step: &Step) -> BTreeSet<Right> {
    let rights = step.call.input.get("PermissionValues");
    rights
        .and_then(|rights| serde_json::from_value(rights.clone()).ok())
        .unwrap_or_default()
}
