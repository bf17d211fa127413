//! A service in memory, for tests: the pure model with refusals of addresses, names and states,
//! lost answers and a log.
#![expect(clippy::disallowed_methods, reason = "answers take a moment")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::apply::{Budget, Event, Interrupt, Outcome, Sink};
use crate::client::{ApiError, ApiErrorKind};
use crate::kinds::api::Asked;
use crate::kinds::{KINDS, Outgoing};
use crate::live::{Needs, Piece};
use crate::model::{
    Address, Call, Entity, EntityState, Management, ORGANIZATION, OrganizationLive, Part, Party,
    Snapshot, Target,
};
use crate::plan::model::{Naming, apply_to};
use crate::plan::{
    Effect, Invariants, ManifestStamp, Operation, OrganizationStamp, Plan, Reversible,
    SnapshotStamp, Summary,
};

use super::service::{Answer, Service};
use super::{NoSecrets, Pace, Run, carry_out};

/// What happens to a call instead of an ordinary answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It is refused with this code.
    Refused(&'static str),
    /// It is refused with this code, at its second try by the client.
    RefusedAtRetry(&'static str),
    /// It is throttled, whatever the client does.
    Throttled,
    /// It never arrives.
    LostBefore,
    /// It has its effect, and the answer is lost.
    LostAfter,
    /// It has its effect, and the client's own retry is refused with this code.
    DoneThenRefused(&'static str),
}

/// The service.
pub(super) struct Fake {
    state: Mutex<State>,
    latency: Duration,
}

pub(super) struct State {
    pub(super) live: Snapshot,
    /// Every effect: operation and target.
    pub(super) effects: Vec<(String, Target)>,
    /// What the next calls of an operation meet, the first one first.
    pub(super) fates: BTreeMap<&'static str, Vec<Fate>>,
    /// True: nothing can be read.
    pub(super) blind: bool,
    pub(super) in_flight: usize,
    pub(super) most_in_flight: usize,
}

/// All events of an apply.
#[derive(Default)]
pub(super) struct Events(pub(super) Vec<Event>);

impl Sink for Events {
    fn event(&mut self, event: Event) {
        self.0.push(event);
    }
}

impl Fake {
    pub(super) fn new(live: Snapshot) -> Self {
        Self {
            state: Mutex::new(State {
                live,
                effects: Vec::new(),
                fates: BTreeMap::new(),
                blind: false,
                in_flight: 0,
                most_in_flight: 0,
            }),
            latency: Duration::from_millis(2),
        }
    }

    pub(super) fn meets(self, operation: &'static str, fates: &[Fate]) -> Self {
        self.state().fates.insert(operation, fates.to_vec());
        self
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds it")
    }

    pub(super) fn effects(&self) -> Vec<String> {
        let state = self.state();
        let effects = state.effects.iter();
        effects
            .map(|(call, target)| format!("{call} {target}"))
            .collect()
    }

    fn refusal(kind: ApiErrorKind, code: Option<&str>, attempts: u32) -> ApiError {
        ApiError {
            kind,
            code: code.map(str::to_owned),
            message: "so it was set".to_owned(),
            request_id: None,
            attempts,
        }
    }
}

impl Service for &Fake {
    async fn turns(&self, _: usize) {}

    async fn send(&self, call: &Outgoing<'_>) -> (Answer, u32) {
        let answer = self.answer(call).await;
        let attempts = answer.as_ref().map_or_else(|error| error.attempts, |_| 1);
        (answer, attempts)
    }

    async fn effect(&self, _: &Asked<'_>) -> Result<Effect, ApiError> {
        Err(Fake::refusal(
            ApiErrorKind::Denied,
            Some("AccessDeniedException"),
            1,
        ))
    }

    async fn read_more(&self, fresh: &mut Snapshot, needs: &Needs) {
        tokio::time::sleep(self.latency).await;
        let state = self.state();
        for (target, pieces) in &needs.pieces {
            let Some(live) = state.live.entities.get(target).filter(|_| !state.blind) else {
                if !state.blind {
                    fresh.entities.remove(target);
                }
                continue;
            };
            let blank = Entity::new(live.id.clone(), live.state);
            let entity = fresh.entities.entry(target.clone()).or_insert(blank);
            for piece in pieces {
                copy(live, entity, *piece);
            }
        }
    }
}

impl Fake {
    async fn answer(&self, call: &Outgoing<'_>) -> Answer {
        {
            let mut state = self.state();
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
        }
        tokio::time::sleep(self.latency).await;
        let mut state = self.state();
        state.in_flight -= 1;
        if let Some(code) = state.refusal(call) {
            return Err(Fake::refusal(ApiErrorKind::Refused, Some(code), 1));
        }
        let fates = state.fates.get_mut(call.operation.as_str());
        let fate = fates.and_then(|fates| (!fates.is_empty()).then(|| fates.remove(0)));
        match fate {
            None => Ok(state.take(call)),
            Some(Fate::Refused(code)) => Err(Fake::refusal(ApiErrorKind::Refused, Some(code), 1)),
            Some(Fate::RefusedAtRetry(code)) => {
                Err(Fake::refusal(ApiErrorKind::Refused, Some(code), 2))
            }
            Some(Fate::Throttled) => {
                let code = Some("ThrottlingException");
                Err(Fake::refusal(ApiErrorKind::Throttled, code, 9))
            }
            Some(Fate::LostBefore) => Err(Fake::refusal(ApiErrorKind::Unreachable, None, 1)),
            Some(Fate::LostAfter) => {
                state.take(call);
                Err(Fake::refusal(ApiErrorKind::Unreachable, None, 1))
            }
            Some(Fate::DoneThenRefused(code)) => {
                state.take(call);
                Err(Fake::refusal(ApiErrorKind::Refused, Some(code), 2))
            }
        }
    }
}

impl State {
    /// The code with which the real service would refuse a call.
    fn refusal(&self, call: &Call) -> Option<&'static str> {
        let input = &call.input;
        if call.operation.starts_with("Create") && call.operation != "CreateAlias" {
            let name = input["Name"].as_str()?;
            let taken = self.live.entities.keys().any(|one| one.name() == name);
            return taken.then_some("NameAvailabilityException");
        }
        let members = ["UserId", "GroupId", "ResourceId", "EntityId"];
        let id = members.into_iter().find_map(|member| input.get(member))?;
        let Some((target, entity)) = self.live.by_id(id.as_str()?) else {
            return Some("EntityNotFoundException");
        };
        let named = input.get("Email").or_else(|| input.get("Alias"));
        if let Some(address) = named.and_then(Value::as_str)
            && call.operation != "DeleteAlias"
        {
            let address = Address::listed(address);
            let holds = |one: &Entity| {
                one.email.known() == Some(&address)
                    || one
                        .aliases
                        .known()
                        .is_some_and(|all| all.contains(&address))
            };
            let mut others = self
                .live
                .entities
                .iter()
                .filter(|(other, _)| *other != target);
            if others.any(|(_, other)| holds(other)) {
                return Some("EmailAddressInUseException");
            }
        }
        let registered = entity.is_registered();
        let refused = match call.operation.as_str() {
            "CreateAlias" | "DeleteAlias" | "UpdatePrimaryEmailAddress" => !registered,
            "DeleteUser" | "DeleteGroup" | "DeleteResource" => registered,
            _ => false,
        };
        refused.then_some("EntityStateException")
    }

    /// Gives a call its effect.
    fn take(&mut self, call: &Call) -> Option<String> {
        let by_id = |member: &str| {
            let id = call.input.get(member)?.as_str()?;
            let found = self.live.by_id(id);
            found.map(|(target, _)| target.clone())
        };
        let kind = call
            .operation
            .trim_start_matches("Create")
            .to_ascii_lowercase();
        let members = ["UserId", "GroupId", "ResourceId", "EntityId"];
        let named = || call.input.get("Name")?.as_str();
        let target = members.into_iter().find_map(by_id);
        let target = target
            .or_else(|| named().map(|name| Target::new(kind, name)))
            .unwrap_or_else(|| Target::new(ORGANIZATION, "acme"));
        let parties = ["MemberId", "GranteeId"];
        let party = parties.into_iter().find_map(by_id).map(Party::Entity);
        let operation = Operation {
            party,
            ..operation(0, 0, call.clone(), &target)
        };
        let id = format!("id-of-{}", target.name());
        let naming = Naming::new(Timestamp::UNIX_EPOCH, "");
        apply_to(KINDS, &mut self.live, &operation, &naming, Some(&id));
        self.effects.push((call.operation.clone(), target));
        call.operation.starts_with("Create").then_some(id)
    }
}

fn copy(live: &Entity, entity: &mut Entity, piece: Piece) {
    match piece {
        Piece::Details => {
            *entity = Entity {
                aliases: entity.aliases.clone(),
                links: entity.links.clone(),
                grants: entity.grants.clone(),
                groups: entity.groups.clone(),
                ..live.clone()
            };
        }
        Piece::Aliases => entity.aliases = live.aliases.clone(),
        Piece::Links => entity.links = live.links.clone(),
        Piece::Grants => entity.grants = live.grants.clone(),
        Piece::Groups => entity.groups = live.groups.clone(),
        Piece::Mailbox => {}
    }
}

/// An organization with these users, each registered as `NAME@example.com` with the given aliases.
pub(super) fn organization(users: &[(&str, &[&str])]) -> Snapshot {
    let entities = users.iter().map(|(name, aliases)| {
        let mut entity = Entity::new(format!("id-of-{name}"), EntityState::Registered);
        let address = |name: &&str| Address::listed(format!("{name}@example.com"));
        entity.enabled_at = Some(Timestamp::UNIX_EPOCH);
        entity.email = Part::Known(address(name));
        entity.aliases = Part::Known(aliases.iter().map(address).collect());
        entity.grants = Part::Known(Vec::new());
        for field in KINDS[0].fields {
            entity.fields.insert(field.name.into(), Part::Absent);
        }
        (Target::user(*name), entity)
    });
    Snapshot {
        taken_at: Timestamp::UNIX_EPOCH,
        calls: 0,
        lower_bound: 0,
        organization: OrganizationLive {
            id: "m-1".to_owned(),
            alias: "acme".to_owned(),
            arn: String::new(),
            region: String::new(),
            state: "Active".to_owned(),
            caller: None,
            default_mail_domain: Part::NotRead,
            mail_domains: Part::NotRead,
        },
        lists: BTreeMap::new(),
        entities: entities.collect(),
        settings: BTreeMap::new(),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

/// A call with this input.
pub(super) fn call(operation: &str, input: Value) -> Call {
    let Value::Object(input) = input else {
        panic!("an input is a map");
    };
    Call {
        operation: operation.to_owned(),
        input,
    }
}

/// A call that writes an address of a user.
pub(super) fn address_call(operation: &str, user: &str, address: &str) -> Call {
    let member = match operation {
        "CreateAlias" | "DeleteAlias" => "Alias",
        _ => "Email",
    };
    call(
        operation,
        json!({"EntityId": format!("id-of-{user}"), member: format!("{address}@example.com")}),
    )
}

/// An operation of a plan, expecting nothing.
pub(super) fn operation(id: usize, component: usize, call: Call, target: &Target) -> Operation {
    Operation {
        id,
        call,
        target: target.clone(),
        party: None,
        expects: Vec::new(),
        component,
        depends_on: Vec::new(),
        rules: Vec::new(),
        change: None,
        confirms: Vec::new(),
        glued: false,
        give_back: Vec::new(),
        missing_is_done: false,
        reversible: Reversible::Free,
        becomes: None,
    }
}

/// A plan of these operations; each depends on the one before it in its component, as those of a
/// coupled chain do.
pub(super) fn plan(mut operations: Vec<Operation>) -> Plan {
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for operation in &mut operations {
        let before = last.insert(operation.component, operation.id);
        operation.depends_on.extend(before);
    }
    Plan {
        format_version: 1,
        tool_version: "0".to_owned(),
        organization: OrganizationStamp {
            id: "m-1".to_owned(),
            alias: "acme".to_owned(),
            arn: String::new(),
            region: String::new(),
        },
        manifest: ManifestStamp::default(),
        management: Management::default(),
        snapshot: SnapshotStamp {
            taken_at: Timestamp::UNIX_EPOCH,
            calls: 0,
            lower_bound: 0,
            unknown: Vec::new(),
        },
        changes: Vec::new(),
        operations,
        invariants: Invariants::default(),
        sign_ins: Vec::new(),
        not_watched: Vec::new(),
        no_longer_declared: Vec::new(),
        notes: Vec::new(),
        held: Vec::new(),
        left_behind: Vec::new(),
        problems: Vec::new(),
        partial: false,
        blocked: Vec::new(),
        summary: Summary::default(),
        evaluated_at: Timestamp::UNIX_EPOCH,
        valid_until: None,
        nonce: "0d9b2c4e".to_owned(),
        plan_hash: String::new(),
    }
}

/// What an apply without secrets runs with.
pub(super) fn with<'a>(pace: &'a Pace, interrupt: &'a Interrupt) -> Run<'a> {
    Run {
        pace,
        interrupt,
        secrets: &NoSecrets,
        budget: Budget::default(),
    }
}

/// Executes operations against the fake, planned from this snapshot.
pub(super) async fn carry(
    fake: &Fake,
    snapshot: &Snapshot,
    operations: Vec<Operation>,
    pace: &Pace,
) -> (Outcome, Vec<Event>) {
    let mut events = Events::default();
    let (plan, interrupt) = (plan(operations), Interrupt::new());
    let outcome = carry_out(
        fake,
        KINDS,
        &plan,
        snapshot,
        &with(pace, &interrupt),
        &mut events,
    )
    .await;
    let numbers: BTreeSet<usize> = outcome.done.iter().copied().collect();
    assert_eq!(numbers.len(), outcome.done.len(), "nothing is done twice");
    (outcome, events.0)
}
