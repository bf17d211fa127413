//! Sends one run of operations: alone, or glued together with nothing in between.

use serde_json::Value;

use crate::apply::compare::{self, Standing};
use crate::apply::effect::creates;
use crate::apply::schedule::Started;
use crate::apply::{Back, Failure, GivenBack, How};
use crate::live::{Needs, Piece};
use crate::model::{Call, Entity, Party, Target};
use crate::plan::Operation;

use super::attempt::{Attempt, Failed, Patience, Way, attempt, give_back};
use super::context::Context;
use super::service::Service;

/// How a run ended. Operations are meant by their index in the plan.
pub(super) struct Ended {
    /// The first operation of the run.
    pub(super) first: usize,
    /// What has its effect, operations of later runs included where a fresh read showed them.
    pub(super) done: Vec<usize>,
    /// What failed.
    pub(super) failed: Option<usize>,
    /// True if the component is left alone.
    pub(super) stale: bool,
    /// True if the component is left alone because the service evaluates rules otherwise.
    pub(super) doubted: bool,
    /// True if it was dropped by an interrupt.
    pub(super) aborted: bool,
}

/// Sends the operations of a run, after everything that has to be seen before the first of them.
pub(super) async fn run<S: Service>(
    context: &Context<'_, S>,
    started: Started,
    component: Vec<usize>,
) -> Ended {
    let mut ended = Ended {
        first: started.operations[0],
        done: Vec::new(),
        failed: None,
        stale: false,
        doubted: false,
        aborted: false,
    };
    let ready = tokio::select! {
        biased;
        () = context.interrupt.reached(2) => None,
        ready = prepare(context, &started, &component, &mut ended) => Some(ready),
    };
    let Some(ready) = ready else {
        ended.aborted = true;
        return ended;
    };
    let Some(left) = ready else {
        return ended;
    };
    // What is between a release and its claim is not dropped before somebody insists.
    let insisted = if left.len() > 1 { 3 } else { 2 };
    let mut under_way = None;
    let dropped = tokio::select! {
        biased;
        () = context.interrupt.reached(insisted) => true,
        () = send_all(context, &left, &mut ended, &mut under_way) => false,
    };
    if dropped {
        ended.aborted = true;
        if let Some(index) = under_way {
            context.failed(context.operation(index), unknown_end());
            ended.failed = Some(index);
        }
    }
    ended
}

/// Compares and confirms. Returns what is left to send; none if nothing is, or may be.
async fn prepare<S: Service>(
    context: &Context<'_, S>,
    started: &Started,
    component: &[usize],
    ended: &mut Ended,
) -> Option<Vec<usize>> {
    let mut left = started.operations.clone();
    if started.opens && context.pace.compare {
        let done = compare(context, started.component, component).await;
        let Some(done) = done else {
            ended.stale = true;
            return None;
        };
        left.retain(|index| !done.contains(index));
        ended.done = done;
    }
    if started.opens
        && let Some(sample) = context.samples.get(&started.component)
    {
        for why in &sample.untold {
            context.untold(why.clone());
        }
        let differs = context.differing(&sample.before, "were read").await;
        if !differs.is_empty() {
            context.doubted(started.component, differs);
            ended.doubted = true;
            return None;
        }
    }
    let first = *left.first()?;
    let refused = left
        .iter()
        .find(|index| context.is_unsupported(context.operation(**index)));
    if let Some(refused) = refused {
        // Neither is an address released that could not be claimed.
        for index in &left {
            context.skip(*index, &unmanageable(context.operation(*refused)));
        }
        ended.failed = Some(first);
        return None;
    }
    if let Err(failure) = confirm(context, &left).await {
        // A run that a crash cut in two may have only its claim left.
        fail(context, &left, Failed::certain(failure), Way::ThroughGate).await;
        ended.failed = Some(first);
        return None;
    }
    Some(left)
}

/// Which operations of a component have their effect already; none if it is stale.
async fn compare<S: Service>(
    context: &Context<'_, S>,
    number: usize,
    component: &[usize],
) -> Option<Vec<usize>> {
    let operations: Vec<&Operation> = component
        .iter()
        .map(|index| context.operation(*index))
        .collect();
    let needs = compare::needs(&operations);
    let look = async || {
        let fresh = context.read(&needs).await;
        let standing = compare::standing(
            context.kinds,
            &operations,
            &context.naming,
            context.snapshot,
            &fresh,
        );
        (fresh, standing)
    };
    let (mut fresh, mut standing) = look().await;
    // Another component may have registered somebody between two calls of this read.
    if matches!(standing, Standing::Stale(_)) {
        (fresh, standing) = look().await;
    }
    match standing {
        Standing::Stale(differs) => {
            context.stale(number, differs);
            None
        }
        Standing::After(count) => {
            for operation in &operations[..count] {
                let entity = fresh.entities.get(&operation.target);
                let id = entity
                    .filter(|_| creates(operation))
                    .map(|one| one.id.clone());
                context.done(operation, How::AlreadyDone, id, None);
            }
            Some(component[..count].to_vec())
        }
    }
}

/// Waits until everybody to whom an address is on its way is seen registered.
async fn confirm<S: Service>(context: &Context<'_, S>, left: &[usize]) -> Result<(), Failure> {
    let mut wanted: Vec<&Target> = left
        .iter()
        .flat_map(|index| &context.operation(*index).confirms)
        .collect();
    wanted.sort();
    wanted.dedup();
    let mut patience = Patience::new();
    while !wanted.is_empty() {
        let mut needs = Needs::default();
        for target in &wanted {
            needs.piece(target, Piece::Details);
        }
        let fresh = context.read(&needs).await;
        wanted.retain(|target| {
            !fresh
                .entities
                .get(target)
                .is_some_and(Entity::is_registered)
        });
        if let Some(target) = wanted.first()
            && !patience
                .wait(context, context.operation(left[0]), "NotRegistered")
                .await
        {
            return Err(Failure {
                code: None,
                message: format!(
                    "{target} is not seen as registered, so that no address was released for it"
                ),
                request_id: None,
                exit_code: 1,
            });
        }
    }
    Ok(())
}

/// Sends operations one after another, until one fails.
async fn send_all<S: Service>(
    context: &Context<'_, S>,
    left: &[usize],
    ended: &mut Ended,
    under_way: &mut Option<usize>,
) {
    // Pacing first, then the gate: while it is shut nobody has to wait for a token.
    context.service.turns(left.len()).await;
    let (shut, way) = match left {
        [_] => {
            drop(context.gate.read().await);
            (None, Way::ThroughGate)
        }
        _ => (Some(context.gate.write().await), Way::GateHeld),
    };
    for (position, index) in left.iter().enumerate() {
        let operation = context.operation(*index);
        let since = context.started(operation);
        *under_way = Some(*index);
        match attempt(context, *index, operation, &left[..position], way).await {
            Ok(Attempt { how, created }) => {
                context.done(operation, how, created, Some(since));
                ended.done.push(*index);
            }
            Err(failed) => {
                fail(context, &left[position..], failed, way).await;
                ended.failed = Some(*index);
                break;
            }
        }
    }
    *under_way = None;
    drop(shut);
}

/// Notes a failure, and gives back what was released for it.
async fn fail<S: Service>(context: &Context<'_, S>, rest: &[usize], failed: Failed, way: Way) {
    let operation = context.operation(rest[0]);
    context.failed(operation, failed.failure);
    // Nobody knows whether a release without an answer has its effect: then the address is given
    // back as if it had, which changes nothing if it had not.
    let release_is_open = failed.effect_unknown && operation.give_back.is_empty();
    let claim = match rest.get(1) {
        Some(next) if release_is_open => context.operation(*next),
        _ => operation,
    };
    if claim.give_back.is_empty() {
        return;
    }
    let mut calls = Vec::new();
    for call in &claim.give_back {
        if !give_back(context, operation, call, way).await {
            // The calls build on each other: an alias that is not back cannot become primary.
            break;
        }
        calls.push(call.clone());
    }
    context.given_back(operation, came_back(claim, calls));
}

/// How far the address of a claim came back by these calls.
fn came_back(claim: &Operation, calls: Vec<Call>) -> GivenBack {
    let promotes = |calls: &[Call]| {
        let mut calls = calls.iter();
        calls.any(|call| call.operation == "UpdatePrimaryEmailAddress")
    };
    let back = if calls.is_empty() {
        Back::Not
    } else if promotes(&claim.give_back) && !promotes(&calls) {
        Back::AsAlias
    } else {
        Back::Whole
    };
    let input = &claim.give_back[0].input;
    let address = input.get("Alias").or_else(|| input.get("Email"));
    let holder = claim.party.as_ref().and_then(Party::target);
    GivenBack {
        address: address
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        holder: holder.unwrap_or(&claim.target).to_string(),
        claimer: claim.target.to_string(),
        back,
        calls,
    }
}

fn unmanageable(operation: &Operation) -> String {
    format!(
        "not manageable: the directory did not take {} before",
        operation.call.operation
    )
}

fn unknown_end() -> Failure {
    Failure {
        code: None,
        message: "aborted while it was being sent: whether it has its effect is not known"
            .to_owned(),
        request_id: None,
        exit_code: 130,
    }
}
