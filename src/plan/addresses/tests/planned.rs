//! A pair of ends through the ordinary pipeline, and the plan followed call by call.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::diff::diff;
use crate::kinds::{Entry, Kinds, group, resource, user};
use crate::model::{
    Address, Declared, Desired, DomainLive, Entity, EntityState, GROUP, Management, OnRemoval,
    OrganizationLive, Part, RESOURCE, Section, Snapshot, Target, USER, Unknown, UnknownCause,
    Wanted, Wish as Wished,
};
use crate::plan::{Allowances, ManifestStamp, Operation, Plan, Planning, Scope, plan};

use super::search::{ADDRESSES, Call, Cost, ENTITIES, Ends, Life, REAL, State, Wish};

/// How often what had to wait is planned again.
const ROUNDS: usize = 6;
const TEMPORARY: &str = "workmailctl-tmp-1700000000-0-";

/// A pair with names.
pub(super) struct Named {
    pub(super) ends: Ends,
    pub(super) kinds: [&'static str; ENTITIES],
    /// By address its place among the names.
    pub(super) places: [usize; REAL],
}

/// What became of it.
pub(super) enum Outcome {
    Reached {
        cost: Cost,
        /// How many plans it took.
        rounds: usize,
    },
    /// What the plan says instead, in the end.
    Refused(Vec<String>),
}

/// Plans until nothing is left to plan, and follows every call.
pub(super) fn outcome(named: &Named, table: Kinds) -> Result<Outcome, String> {
    let mut state = named.ends.before;
    let mut cost = Cost::default();
    for rounds in 0..ROUNDS {
        let desired = named.desired();
        let live = named.snapshot(&state);
        let plan = planned(table, &desired, &live)?;
        if plan.operations.is_empty() {
            if named.ends.are_reached(&state) {
                return Ok(Outcome::Reached { cost, rounds });
            }
            let held = plan.held.iter().map(|held| held.waits_for.clone());
            let problems = plan.problems.iter().map(|problem| problem.message.clone());
            return Ok(Outcome::Refused(problems.chain(held).collect()));
        }
        other_order(named, &state, &plan)?;
        state = named.follow(&state, &plan, &mut cost)?;
        // A manifest that contradicts the organization is not applied.
        if !plan.problems.is_empty() {
            let problems = plan.problems.iter().map(|problem| problem.message.clone());
            return Ok(Outcome::Refused(problems.collect()));
        }
    }
    Err(format!("not done after {ROUNDS} rounds"))
}

/// The API takes the calls also where those that may wait do so.
fn other_order(named: &Named, state: &State, plan: &Plan) -> Result<(), String> {
    let free = free(state);
    let mut state = *state;
    let mut done: BTreeSet<usize> = BTreeSet::new();
    while done.len() < plan.operations.len() {
        let is_ready = |operation: &&Operation| {
            let mut needed = operation.depends_on.iter();
            !done.contains(&operation.id) && needed.all(|id| done.contains(id))
        };
        let mut ready = plan.operations.iter().rev().filter(is_ready);
        let next = ready.next().ok_or("operations wait for each other")?;
        let mut run = vec![next];
        let others = plan.operations[next.id..].iter();
        run.extend(others.take_while(|other| other.glued));
        for operation in run {
            if let Some(call) = named.call(operation, &free)? {
                let after = state.after(&named.ends.limits, call);
                state = after.ok_or(format!("{call:?} is refused in another order"))?;
            }
            done.insert(operation.id);
        }
    }
    Ok(())
}

impl Named {
    fn target(&self, entity: usize) -> Target {
        let name = char::from(b'a' + u8::try_from(entity).expect("few"));
        Target::new(self.kinds[entity], name.to_string())
    }

    fn address(&self, address: usize) -> Address {
        let text = match self.places.get(address) {
            Some(place) => format!("{place}@example.com"),
            None => format!("{TEMPORARY}{address}@example.com"),
        };
        Address::listed(text)
    }

    fn desired(&self) -> Desired {
        let mut desired = Desired {
            sections: ["users", "groups", "resources"].map(str::to_owned).into(),
            ..Desired::default()
        };
        let section = Section {
            on_removal: OnRemoval::Delete,
            ..Section::default()
        };
        let sections = desired.sections.iter();
        desired.management = Management {
            sections: sections
                .map(|name| (name.clone(), section.clone()))
                .collect(),
            ..Management::default()
        };
        for entity in 0..ENTITIES {
            let mut declared = Declared::default();
            match self.ends.wishes[entity] {
                Wish::Undeclared => continue,
                Wish::Deregistered => declared.wanted = Wanted::Deregistered,
                Wish::Gone => declared.wanted = Wanted::Absent,
                Wish::Registered => {
                    let holds = |primary: bool| {
                        let wanted = self.ends.wanted.iter().enumerate();
                        wanted.filter_map(move |(address, held)| {
                            let is_it = held.is_some_and(|held| {
                                held.entity == entity && held.primary == primary
                            });
                            is_it.then(|| self.address(address))
                        })
                    };
                    declared.wanted = Wanted::Registered;
                    declared.email = holds(true).next();
                    declared.aliases = Some(Wished::exactly(holds(false)));
                    declared.fields = fields(self.kinds[entity]).collect();
                }
            }
            desired.entities.insert(self.target(entity), declared);
        }
        desired
    }

    /// What reading a state tells.
    fn snapshot(&self, state: &State) -> Snapshot {
        let mut snapshot = nobody();
        for entity in 0..ENTITIES {
            let target = self.target(entity);
            let id = format!("id-of-{target}");
            let is_registered = match state.life[entity] {
                Life::Never => continue,
                Life::Deleted => {
                    snapshot.deleted.push((target, id));
                    continue;
                }
                Life::Deregistered => false,
                Life::Registered => true,
            };
            let mut live = Entity::new(
                id,
                if is_registered {
                    EntityState::Registered
                } else {
                    EntityState::Deregistered
                },
            );
            live.email = Part::Absent;
            let mut aliases = BTreeSet::new();
            for address in 0..ADDRESSES {
                match state.at[address] {
                    Some(held) if held.entity == entity && held.primary => {
                        live.email = Part::Known(self.address(address));
                    }
                    Some(held) if held.entity == entity => {
                        aliases.insert(self.address(address));
                    }
                    _ => {}
                }
            }
            live.aliases = if is_registered {
                Part::Known(aliases)
            } else {
                Part::Unknown(Unknown {
                    operation: "ListAliases".to_owned(),
                    cause: UnknownCause::Deregistered,
                    message: "deregistered".to_owned(),
                    request_id: None,
                })
            };
            let known = fields(self.kinds[entity]);
            live.fields = known
                .map(|(name, value)| (name, Part::Known(value)))
                .collect();
            live.links = Part::Known(Vec::new());
            live.grants = Part::Known(Vec::new());
            live.groups = Part::Known(Vec::new());
            snapshot.entities.insert(target, live);
        }
        snapshot
    }

    /// Follows a plan in its own order; what of an address that moves is nobody's is counted in calls of
    /// its component.
    fn follow(&self, state: &State, plan: &Plan, cost: &mut Cost) -> Result<State, String> {
        let free = free(state);
        let mut state = *state;
        // By address that is nobody's the component that released it.
        let mut open: BTreeMap<usize, usize> = BTreeMap::new();
        let mut counted = 0;
        for operation in &plan.operations {
            let Some(call) = self.call(operation, &free)? else {
                continue;
            };
            let component = operation.component;
            counted += open.values().filter(|one| **one == component).count();
            let before = state;
            let after = state.after(&self.ends.limits, call);
            state = after.ok_or_else(|| format!("{call:?} is refused at {before:?}"))?;
            cost.calls += 1;
            cost.violations += self.ends.wrongs(&state);
            for address in (0..REAL).filter(|address| self.ends.moves(*address)) {
                match (before.receiver(address), state.receiver(address)) {
                    (Some(_), None) => drop(open.insert(address, component)),
                    (None, Some(_)) => drop(open.remove(&address)),
                    _ => {}
                }
            }
            for entity in 0..ENTITIES {
                let stays = self.ends.before.life[entity] == Life::Registered
                    && matches!(
                        self.ends.wishes[entity],
                        Wish::Registered | Wish::Undeclared
                    );
                if stays && state.life[entity] != Life::Registered {
                    return Err(format!("{call:?} takes away who stays"));
                }
            }
        }
        let told: usize = plan
            .invariants
            .address_gaps
            .iter()
            .map(|gap| gap.calls)
            .sum();
        if told != counted || !open.is_empty() {
            return Err(format!(
                "the plan tells gaps of {told} calls, and they are {counted}"
            ));
        }
        cost.gaps += counted;
        Ok(state)
    }

    /// The call of an operation, with the temporary addresses that were nobody's when the plan began; none
    /// for one that is about no entity.
    fn call(&self, operation: &Operation, free: &[usize]) -> Result<Option<Call>, String> {
        let Some(entity) = (0..ENTITIES).find(|entity| self.target(*entity) == operation.target)
        else {
            return Ok(None);
        };
        let input = &operation.call.input;
        let argument = input.get("Alias").or(input.get("Email"));
        let address = || self.place(argument, free).ok_or("an unknown address");
        Ok(Some(match operation.call.operation.as_str() {
            "CreateUser" | "CreateGroup" | "CreateResource" => Call::Create(entity),
            "RegisterToWorkMail" => Call::Register(entity, address()?),
            "CreateAlias" => Call::AddAlias(entity, address()?),
            "DeleteAlias" => Call::DropAlias(entity, address()?),
            "UpdatePrimaryEmailAddress" => Call::SetPrimary(entity, address()?),
            "DeregisterFromWorkMail" => Call::Deregister(entity),
            "DeleteUser" | "DeleteGroup" | "DeleteResource" => Call::Delete(entity),
            other => return Err(format!("{other} is not called for")),
        }))
    }

    fn place(&self, argument: Option<&Value>, free: &[usize]) -> Option<usize> {
        match argument? {
            Value::String(text) => {
                let mut addresses = 0..ADDRESSES;
                addresses.find(|address| self.address(*address).as_str() == text)
            }
            temporary => {
                let number = usize::try_from(temporary.get("$temporary")?.as_u64()?).ok()?;
                free.get(number - 1).copied()
            }
        }
    }
}

/// The temporary addresses that are nobody's.
fn free(state: &State) -> Vec<usize> {
    let all = REAL..ADDRESSES;
    all.filter(|address| state.at[*address].is_none()).collect()
}

/// The kinds, with so many aliases for each.
pub(super) fn kinds(limits: &[(&'static str, usize)]) -> Kinds {
    let entries = [&user::ENTRY, &group::ENTRY, &resource::ENTRY].map(|entry| {
        let limit = limits.iter().find(|(name, _)| *name == entry.name);
        let entry = Entry {
            alias_limit: limit.map_or(entry.alias_limit, |(_, limit)| *limit),
            ..*entry
        };
        &*Box::leak(Box::new(entry))
    });
    Box::leak(Box::new(entries))
}

/// What somebody of a kind cannot be made without.
fn fields(kind: &str) -> impl Iterator<Item = (std::borrow::Cow<'static, str>, Value)> {
    let needed = match kind {
        USER => Some(("displayName", "Somebody")),
        RESOURCE => Some(("type", "ROOM")),
        _ => None,
    };
    needed
        .into_iter()
        .map(|(name, value)| (name.into(), Value::from(value)))
}

fn nobody() -> Snapshot {
    let domain = DomainLive {
        is_test_domain: false,
        ownership: Part::Known("VERIFIED".to_owned()),
        records: Vec::new(),
    };
    let organization = OrganizationLive {
        id: format!("m-{}", "0".repeat(32)),
        alias: "acme".to_owned(),
        arn: String::new(),
        region: "eu-west-1".to_owned(),
        state: OrganizationLive::ACTIVE.to_owned(),
        caller: None,
        default_mail_domain: Part::Known("example.com".to_owned()),
        mail_domains: Part::Known(BTreeMap::from([("example.com".to_owned(), domain)])),
    };
    Snapshot {
        taken_at: Timestamp::UNIX_EPOCH,
        calls: 0,
        lower_bound: 0,
        organization,
        lists: [USER, GROUP, RESOURCE]
            .map(|kind| (kind.to_owned(), Part::Known(())))
            .into(),
        entities: BTreeMap::new(),
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

fn planned(table: Kinds, desired: &Desired, live: &Snapshot) -> Result<Plan, String> {
    let changes = diff(table, desired, live);
    let planning = Planning {
        management: &desired.management,
        allowances: &Allowances::default(),
        scope: &Scope::default(),
        manifest: ManifestStamp::default(),
        now: Timestamp::UNIX_EPOCH,
        nonce: "0123456789abcdef".to_owned(),
    };
    plan(table, &changes, live, &planning).map_err(|bug| bug.to_string())
}
