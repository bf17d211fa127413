//! Rights over mailboxes while a plan goes through: in every state that it can pass through, whatever
//! order its dependencies leave open, nobody holds what both ends deny; and nobody lacks what both
//! ends allow, unless what gives it in the end has to wait for what gave it.
//!
//! What relations give is told here once more, path by path, without the planner's own closure.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use workmailctl::kinds::KINDS;
use workmailctl::model::{GROUP, RESOURCE, Right, Snapshot, Target, USER};
use workmailctl::plan::{Plan, model};

use crate::support::random;
use crate::support::world::{live, planned, sound};

const USERS: &[&str] = &["ana", "bob"];
const GROUPS: &[&str] = &["one", "two", "six"];

/// The most operations of which every state is looked at.
const ALL_STATES: usize = 9;

/// A relation that can be there: what it is in, and what gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Member(&'static str, &'static str),
    Granted(&'static str, &'static str, &'static str),
    Delegate(&'static str),
}

/// Two ends: by relation whether it is there before, and after.
#[derive(Clone, Debug)]
struct Ends(BTreeMap<usize, (bool, bool)>);

fn wishes() -> Vec<Wish> {
    let mut wishes = Vec::new();
    for group in GROUPS {
        let others = USERS.iter().chain(GROUPS).filter(|other| *other != group);
        wishes.extend(others.map(|other| Wish::Member(group, other)));
    }
    for mailbox in ["ceo", "six"] {
        let others = USERS
            .iter()
            .chain(GROUPS)
            .filter(|other| **other != mailbox);
        for other in others {
            for right in ["SEND_AS", "SEND_ON_BEHALF"] {
                wishes.push(Wish::Granted(mailbox, other, right));
            }
        }
    }
    wishes.extend(
        USERS
            .iter()
            .map(|user| Wish::Granted("ceo", user, "FULL_ACCESS")),
    );
    wishes.extend(USERS.iter().chain(GROUPS).map(|who| Wish::Delegate(who)));
    wishes
}

/// Few relations of many, so that they meet; most of them change.
fn ends() -> impl Strategy<Value = Ends> {
    let there = prop_oneof![
        4 => Just((true, false)),
        4 => Just((false, true)),
        3 => Just((true, true)),
    ];
    prop::collection::btree_map(0..wishes().len(), there, 3..15).prop_map(Ends)
}

impl Ends {
    fn before(&self) -> String {
        manifest(|index| self.0.get(&index).is_some_and(|(before, _)| *before))
    }

    fn after(&self) -> String {
        manifest(|index| self.0.get(&index).is_some_and(|(_, after)| *after))
    }
}

/// The manifest of what is wished, without memberships that would close a circle.
fn manifest(is_there: impl Fn(usize) -> bool) -> String {
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut grants: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut delegates = Vec::new();
    let wished = wishes().into_iter().enumerate();
    for (_, wish) in wished.filter(|(index, _)| is_there(*index)) {
        match wish {
            Wish::Member(group, member) if !is_in(&members, group, member) => {
                members.entry(group).or_default().push(member);
            }
            Wish::Member(..) => {}
            Wish::Granted(mailbox, who, right) => {
                grants.entry((mailbox, who)).or_default().push(right);
            }
            Wish::Delegate(who) => delegates.push(who),
        }
    }
    let permissions = |mailbox: &str| {
        let grants = grants.iter().filter(|((of, _), _)| *of == mailbox);
        let grants: Vec<String> = grants
            .map(|((_, who), rights)| {
                format!("{{grantee: {who}, rights: [{}]}}", rights.join(", "))
            })
            .collect();
        grants.join(", ")
    };
    let mut text = String::from("users:\n");
    for user in USERS.iter().chain(&["ceo"]) {
        let told = format!("displayName: {user}, email: {user}@example.com");
        writeln!(
            text,
            "  {user}: {{{told}, permissions: [{}]}}",
            permissions(user)
        )
        .expect("text");
    }
    text.push_str("groups:\n");
    for group in GROUPS {
        let members = members.get(group).map(|members| members.join(", "));
        let (members, grants) = (members.unwrap_or_default(), permissions(group));
        let told = format!("email: {group}@example.com, members: [{members}]");
        writeln!(text, "  {group}: {{{told}, permissions: [{grants}]}}").expect("text");
    }
    let delegates = delegates.join(", ");
    let told = format!("type: ROOM, email: room@example.com, delegates: [{delegates}]");
    writeln!(text, "resources:\n  room: {{{told}}}").expect("text");
    text
}

/// True if `group` is `other`, or in it, directly or not.
fn is_in(members: &BTreeMap<&str, Vec<&str>>, group: &str, other: &str) -> bool {
    group == other
        || members
            .get(other)
            .into_iter()
            .flatten()
            .any(|member| is_in(members, group, member))
}

/// One relation: from whom, to what; a membership has no word.
type Relation = (Target, Target, Option<&'static str>);
/// Somebody, a mailbox and what they may there.
type Tuple = (Target, Target, &'static str);

fn relations(snapshot: &Snapshot) -> BTreeSet<Relation> {
    let mut found = BTreeSet::new();
    for (target, entity) in &snapshot.entities {
        let word = (target.kind() == RESOURCE).then_some("DELEGATE");
        for link in entity.links.known().into_iter().flatten() {
            let from = link.party.target().expect("a live party").clone();
            found.insert((from, target.clone(), word));
        }
        for grant in entity.grants.known().into_iter().flatten() {
            let from = grant.grantee.target().expect("a live grantee");
            found.extend(grant.rights.iter().map(|right| {
                let word = match right {
                    Right::FullAccess => "FULL_ACCESS",
                    Right::SendAs => "SEND_AS",
                    Right::SendOnBehalf => "SEND_ON_BEHALF",
                };
                (from.clone(), target.clone(), Some(word))
            }));
        }
    }
    found
}

/// By what they give: every way from a person to a mailbox.
fn ways(relations: &BTreeSet<Relation>) -> BTreeMap<Tuple, Vec<Vec<Relation>>> {
    let mut found = BTreeMap::new();
    let people: BTreeSet<&Target> = relations
        .iter()
        .map(|(from, ..)| from)
        .filter(|from| from.kind() == USER)
        .collect();
    for person in people {
        walk(person, person, relations, &mut Vec::new(), &mut found);
    }
    found
}

fn walk(
    person: &Target,
    at: &Target,
    relations: &BTreeSet<Relation>,
    way: &mut Vec<Relation>,
    found: &mut BTreeMap<Tuple, Vec<Vec<Relation>>>,
) {
    for relation in relations.iter().filter(|(from, ..)| from == at) {
        let (_, to, word) = relation;
        // A group can be passed once, and be the mailbox at the end all the same.
        let passed = word.is_none() && way.iter().any(|(from, ..)| from == to);
        if to == person || passed {
            continue;
        }
        way.push(relation.clone());
        match word {
            Some(word) => found
                .entry((person.clone(), to.clone(), *word))
                .or_default()
                .push(way.clone()),
            None => walk(person, to, relations, way, found),
        }
        way.pop();
    }
}

/// A plan as what its operations take and bring, and what they wait for.
struct Play {
    start: BTreeSet<Relation>,
    takes: Vec<BTreeSet<Relation>>,
    brings: Vec<BTreeSet<Relation>>,
    waits: Vec<BTreeSet<usize>>,
}

/// A state is the set of operations that are done.
type State = BTreeSet<usize>;

impl Play {
    fn of(plan: &Plan, live: &Snapshot) -> Self {
        let naming = model::Naming::of(plan);
        let start = relations(live);
        let mut run = Self {
            start: start.clone(),
            takes: Vec::new(),
            brings: Vec::new(),
            waits: Vec::new(),
        };
        for operation in &plan.operations {
            let mut alone = live.clone();
            model::apply_to(KINDS, &mut alone, operation, &naming, None);
            let then = relations(&alone);
            run.takes.push(start.difference(&then).cloned().collect());
            run.brings.push(then.difference(&start).cloned().collect());
            run.waits
                .push(operation.depends_on.iter().map(|id| id - 1).collect());
        }
        run
    }

    fn count(&self) -> usize {
        self.waits.len()
    }

    fn relations(&self, state: &State) -> BTreeSet<Relation> {
        let mut now = self.start.clone();
        for done in state {
            now.retain(|relation| !self.takes[*done].contains(relation));
            now.extend(self.brings[*done].iter().cloned());
        }
        now
    }

    fn held(&self, state: &State) -> BTreeSet<Tuple> {
        ways(&self.relations(state)).into_keys().collect()
    }

    fn all(&self) -> State {
        (0..self.count()).collect()
    }

    /// True if the plan may stand there: everything waited for until what is done.
    fn permits(&self, state: &State) -> bool {
        state.iter().all(|done| self.waits[*done].is_subset(state))
    }

    /// Everything that waits for an operation, directly or not, and itself.
    fn waiting_for(&self, operation: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([operation]);
        for later in operation + 1..self.count() {
            if !self.waits[later].is_disjoint(&found) {
                found.insert(later);
            }
        }
        found
    }

    /// The states to look at: all of them where they are few, else those of some random orders.
    fn states(&self, mut choice: u64) -> Vec<State> {
        if self.count() <= ALL_STATES {
            return self.every_subset().collect();
        }
        let mut states = vec![State::new(), self.all()];
        for _ in 0..24 {
            let mut done = State::new();
            while done.len() < self.count() {
                let ready: Vec<usize> = (0..self.count())
                    .filter(|next| !done.contains(next) && self.waits[*next].is_subset(&done))
                    .collect();
                // Knuth's linear congruential generator; its high bits are the random ones.
                choice = choice
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let pick = usize::try_from(choice >> 33).unwrap_or_default();
                done.insert(ready[pick % ready.len()]);
                states.push(done.clone());
            }
        }
        states
    }

    fn every_subset(&self) -> impl Iterator<Item = State> {
        let count = self.count();
        (0..1_usize << count)
            .map(move |mask| (0..count).filter(|bit| mask & (1 << bit) != 0).collect())
    }

    /// True if some order of the operations passes through states only that are as good as these.
    fn can_pass(&self, good: &BTreeSet<State>) -> bool {
        let mut reached = BTreeSet::from([State::new()]);
        for _ in 0..self.count() {
            let next = reached.iter().flat_map(|state| {
                (0..self.count())
                    .filter(|next| !state.contains(next))
                    .map(|next| {
                        let mut state = state.clone();
                        state.insert(next);
                        state
                    })
            });
            reached = next.filter(|state| good.contains(state)).collect();
        }
        !reached.is_empty()
    }

    /// True if, of each way that gives it in the end, something waits for something that goes of each
    /// way that gave it.
    fn had_to_be_missing(&self, before: &[Vec<Relation>], after: &[Vec<Relation>]) -> bool {
        let touching = |way: &[Relation], steps: &[BTreeSet<Relation>]| -> Vec<usize> {
            (0..self.count())
                .filter(|step| way.iter().any(|relation| steps[*step].contains(relation)))
                .collect()
        };
        before.iter().all(|old| {
            let gone: BTreeSet<usize> = touching(old, &self.takes)
                .into_iter()
                .flat_map(|step| self.waiting_for(step))
                .collect();
            after.iter().all(|new| {
                touching(new, &self.brings)
                    .iter()
                    .any(|step| gone.contains(step))
            })
        })
    }
}

#[test]
fn no_state_on_the_way_gives_what_neither_end_gives_or_lacks_what_both_give() {
    let (seen, sampled) = (Cell::new(0), Cell::new(0));
    let (lacking, looked_at) = (Cell::new(0), Cell::new(0));
    let worlds = (ends(), any::<u64>());
    random::check("rights", 400, worlds, |(ends, choice)| {
        let (before, wanted) = (ends.before(), ends.after());
        let live = live(&before);
        let plan = planned(&sound(&wanted), &live);
        let told = || {
            let lines = plan.operations.iter().map(|operation| {
                format!(
                    "{} {} {} {:?} {:?} after {:?}\n",
                    operation.id,
                    operation.call.operation,
                    operation.target,
                    operation.party,
                    operation.call.input.get("PermissionValues"),
                    operation.depends_on
                )
            });
            format!(
                "--- before\n{before}--- wanted\n{wanted}{}",
                lines.collect::<String>()
            )
        };
        prop_assert!(plan.problems.is_empty() && plan.held.is_empty());
        let run = Play::of(&plan, &live);
        seen.set(seen.get() + 1);
        let exact = run.count() <= ALL_STATES;
        sampled.set(sampled.get() + usize::from(!exact));
        let first = ways(&run.start);
        let last = ways(&run.relations(&run.all()));
        let both: Vec<&Tuple> = first
            .keys()
            .filter(|tuple| last.contains_key(tuple))
            .collect();
        let (mut perfect, mut lacks) = (BTreeSet::new(), false);
        for state in run.states(choice) {
            let held = run.held(&state);
            let more = held
                .iter()
                .find(|tuple| !first.contains_key(tuple) && !last.contains_key(tuple));
            let missing: Vec<&&Tuple> = both.iter().filter(|tuple| !held.contains(tuple)).collect();
            if more.is_none() && missing.is_empty() {
                perfect.insert(state.clone());
            }
            if !run.permits(&state) {
                continue;
            }
            looked_at.set(looked_at.get() + 1);
            prop_assert!(more.is_none(), "{}{state:?}: {more:?}", told());
            for tuple in missing {
                lacks = true;
                prop_assert!(
                    run.had_to_be_missing(&first[*tuple], &last[*tuple]),
                    "{}{state:?} lacks {tuple:?}",
                    told()
                );
            }
        }
        lacking.set(lacking.get() + usize::from(lacks));
        prop_assert!(
            !(exact && lacks && run.can_pass(&perfect)),
            "{}an order without any loss exists",
            told()
        );
        Ok(())
    });
    let (seen, sampled, lacking) = (seen.get(), sampled.get(), lacking.get());
    eprintln!(
        "{seen} plans ({sampled} sampled), {} states, {lacking} plans lack something on the way",
        looked_at.get()
    );
    assert!(
        seen > sampled,
        "no plan is small enough to look at every state"
    );
}

/// The planner's cast has groups among its kinds of parties, or the worlds above would show nothing.
#[test]
fn the_worlds_have_nested_groups_and_grants_to_groups() {
    let all = live(&manifest(|_| true));
    let found = relations(&all);
    let nested = |(from, _, word): &Relation| from.kind() == GROUP && word.is_none();
    let granted = |(from, _, word): &Relation| from.kind() == GROUP && word.is_some();
    assert!(found.iter().any(nested) && found.iter().any(granted));
    assert!(ways(&found).values().flatten().any(|way| way.len() > 2));
}
