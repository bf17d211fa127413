//! Orders the steps of rooms: at every moment a room accepts by itself or has a delegate.
//!
//! What turns accepting on comes first, then delegates come; after them comes what turns it off, and
//! others go, taken away or deregistered. Which of the three automatic options needs a delegate is open,
//! so that all of them are kept to this order; that there is nobody is refused only where a room does
//! not accept. Source: API reference, `UpdateResource`, `InvalidConfigurationException`; behaviour notes,
//! section 8.
//!
//! What the service needs can stand against it: a new delegate may need the name that the old one
//! has until it is deleted. Where that leaves a moment without anybody, the room is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::resource::accepts_by_itself;
use crate::model::{Entity, Party, Problem, RESOURCE, Snapshot, Target};

use super::order::Graph;
use super::rules::{
    AUTO_ACCEPT_ON_BEFORE_DELEGATE_GOES, CLOSE_BEFORE_DELEGATE_GOES,
    DELEGATE_BEFORE_AUTO_ACCEPT_OFF, DELEGATE_BEFORE_DELEGATE_GOES, Rule,
};
use super::step::Step;

/// What no order of calls can do: the problems, and whose steps are not taken.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) problems: Vec<Problem>,
    pub(super) targets: BTreeSet<Target>,
}

/// Puts the steps of every room in order. Refuses the rooms for which there is no order, with the
/// delegates who leave them.
pub(super) fn order(live: &Snapshot, steps: &mut [Step]) -> Refused {
    let mut rooms: BTreeMap<Target, Room> = BTreeMap::new();
    let mut leaving: BTreeMap<Target, usize> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        if step.call.operation == "DeregisterFromWorkMail" {
            leaving.insert(step.target.clone(), index);
        }
        if step.target.kind() == RESOURCE {
            rooms
                .entry(step.target.clone())
                .or_default()
                .take(index, step);
        }
    }
    if !leaving.is_empty() {
        let resources = live.entities.iter();
        for (target, entity) in resources.filter(|(target, _)| target.kind() == RESOURCE) {
            let gone: Vec<usize> = delegates(entity)
                .filter_map(|delegate| leaving.get(delegate).copied())
                .collect();
            if !gone.is_empty() {
                rooms.entry(target.clone()).or_default().goes.extend(gone);
            }
        }
    }
    rooms.retain(|_, room| !room.goes.is_empty() || room.update.is_some());
    let mut refused = Refused::default();
    if rooms.is_empty() {
        return refused;
    }
    let mut graph = Graph::of(steps);
    for (target, room) in rooms {
        let entity = live.entities.get(&target);
        if room.order(entity, &leaving, &mut graph, steps) {
            continue;
        }
        refused.problems.push(room.refuse(&target, steps));
        let gone = room.goes.iter().map(|step| steps[*step].target.clone());
        refused.targets.extend(gone);
        refused.targets.insert(target);
    }
    refused
}

/// The steps that matter to one room.
#[derive(Default)]
struct Room {
    /// Changes what it does by itself.
    update: Option<(usize, Automatic)>,
    /// Bring delegates.
    come: Vec<usize>,
    /// Take delegates away, or deregister them.
    goes: Vec<usize>,
    /// Deregisters the room.
    closes: Option<usize>,
}

/// What an update makes a resource do by itself.
#[derive(Clone, Copy)]
struct Automatic {
    accepts: bool,
    /// True: every automatic option is on.
    entirely: bool,
}

impl Room {
    fn take(&mut self, index: usize, step: &Step) {
        match step.call.operation.as_str() {
            "AssociateDelegateToResource" => self.come.push(index),
            "DisassociateDelegateFromResource" => self.goes.push(index),
            "DeregisterFromWorkMail" => self.closes = Some(index),
            _ => self.update = self.update.or(automatic(step).map(|one| (index, one))),
        }
    }

    /// What is wrong with a room that nobody would answer for.
    fn refuse(&self, room: &Target, steps: &[Step]) -> Problem {
        let (message, help) = if self.come.is_empty() {
            let names: BTreeSet<&str> = self
                .goes
                .iter()
                .map(|step| {
                    let party = steps[*step].party.as_ref().and_then(Party::target);
                    party.unwrap_or(&steps[*step].target).name()
                })
                .collect();
            let names: Vec<&str> = names.into_iter().collect();
            let who = if names.is_empty() {
                "it would stop accepting requests by itself".to_owned()
            } else {
                format!("with {} it loses its last delegate", names.join(", "))
            };
            (
                format!("{who}, and nobody would answer requests to {room}"),
                "give it another delegate first, or let it accept by itself: declare `bookingOptions` with `autoAcceptRequests: true`",
            )
        } else {
            (
                format!(
                    "nobody would answer requests to {room} on the way: its new delegate needs what the old one has until it is gone"
                ),
                "give it another delegate for as long, or exchange them in two applies",
            )
        };
        Problem {
            target: room.clone(),
            path: "delegates".to_owned(),
            message,
            help: help.to_owned(),
            place: None,
        }
    }

    /// False if there is a moment in which nobody answers.
    fn order(
        &self,
        live: Option<&Entity>,
        leaving: &BTreeMap<Target, usize>,
        graph: &mut Graph,
        steps: &mut [Step],
    ) -> bool {
        let accepted = live.and_then(|entity| accepts_by_itself(entity).known().copied());
        let accepted = accepted.unwrap_or(true);
        if self.closes.is_some() {
            // It is going: nobody has to be there after it, and nothing is refused for it.
            if !accepted {
                for goes in &self.goes {
                    let closes = self.closes.as_slice();
                    before_all(&CLOSE_BEFORE_DELEGATE_GOES, closes, &[*goes], graph, steps);
                }
            }
            return true;
        }
        let had_none = live.is_none_or(|entity| delegates(entity).next().is_none());
        let update = |fits: &dyn Fn(Automatic) -> bool| {
            self.update
                .filter(|(_, one)| fits(*one))
                .map(|(index, _)| index)
        };
        let on = update(&|one| one.accepts && (!accepted || one.entirely && !had_none));
        let off = update(&|one| !one.accepts || !one.entirely && had_none);
        let taken: BTreeSet<&Target> = self
            .goes
            .iter()
            .filter_map(|step| steps[*step].party.as_ref().and_then(Party::target))
            .collect();
        let stays = live.is_some_and(|entity| {
            entity.is_registered()
                && delegates(entity)
                    .any(|delegate| !leaving.contains_key(delegate) && !taken.contains(delegate))
        });
        let (on, goes) = (on.as_slice(), &self.goes);
        let mut answered = before_all(&AUTO_ACCEPT_ON_BEFORE_DELEGATE_GOES, on, goes, graph, steps);
        let come = &self.come;
        answered |= before_all(&DELEGATE_BEFORE_DELEGATE_GOES, come, goes, graph, steps);
        let mut stands_in = true;
        if let Some(off) = off {
            for come in &self.come {
                before_all(
                    &DELEGATE_BEFORE_AUTO_ACCEPT_OFF,
                    &[*come],
                    &[off],
                    graph,
                    steps,
                );
            }
            let accepts = self.update.is_some_and(|(_, one)| one.accepts);
            stands_in = accepts
                || self
                    .come
                    .iter()
                    .any(|come| graph.waiting_for(*come).contains(&graph.run_of(off)));
        }
        let goes_unanswered = !accepted && !had_none && !self.goes.is_empty() && !answered;
        stays || (stands_in && !goes_unanswered)
    }
}

fn automatic(step: &Step) -> Option<Automatic> {
    let options = step.call.input.get("BookingOptions")?.as_object()?;
    let is_on = |option: &Value| option.as_bool() == Some(true);
    Some(Automatic {
        accepts: options.get("AutoAcceptRequests").is_some_and(is_on),
        entirely: options.values().all(is_on),
    })
}

/// Puts each of the first before all of the others, unless it waits for one of them. Returns whether
/// one of the first comes before all of the others now.
fn before_all(
    rule: &'static Rule,
    first: &[usize],
    others: &[usize],
    graph: &mut Graph,
    steps: &mut [Step],
) -> bool {
    let mut found = false;
    for step in first {
        let run = graph.run_of(*step);
        if others
            .iter()
            .any(|other| graph.waiting_for(*other).contains(&run))
        {
            continue;
        }
        for other in others {
            graph.put_before(*step, *other);
            steps[*other].after.push((rule, *step));
        }
        found = true;
    }
    found
}

/// The delegates that can answer now.
fn delegates(entity: &Entity) -> impl Iterator<Item = &Target> {
    let links = entity.links.known().into_iter().flatten();
    links
        .filter(|link| !link.deleted)
        .filter_map(|link| link.party.target())
}
