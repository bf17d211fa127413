//! Sends one call until it is known whether it has its effect: waits out lag, reads lost answers back.
#![expect(clippy::disallowed_methods, reason = "waits for the service")]

use std::time::{Duration, Instant};

use crate::apply::effect::{self, creates};
use crate::apply::lag::domain_waited_for;
use crate::apply::{Failure, How};
use crate::client::{ApiError, Secret};
use crate::kinds::Outgoing;
use crate::model::{Call, Id, Target};
use crate::plan::Operation;
use crate::plan::model::shown_by;

use super::context::Context;
use super::service::{Service, is_conflict, is_lost, is_missing, is_throttled};

const IN_USE: &str = "EmailAddressInUseException";
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often a call whose answer was lost, and whose effect does not show, is made again.
const RESENDS: u32 = 3;
/// How often a conflict with what may be our own doing is read back, because reads lag too.
const READ_BACKS: u32 = 6;

/// What came of an operation that has its effect.
pub(super) struct Attempt {
    pub(super) how: How,
    pub(super) created: Option<String>,
}

/// What came of an operation that failed for good.
pub(super) struct Failed {
    pub(super) failure: Failure,
    /// True if it may have its effect nevertheless.
    pub(super) effect_unknown: bool,
}

/// How long something is still waited for.
pub(super) struct Patience {
    /// Set by the first wait: the client's own retries before it take nothing of the deadline.
    until: Option<Instant>,
    pause: Duration,
}

/// How the requests of a run come to the gate.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// They pass it one by one.
    ThroughGate,
    /// The run holds it shut, and must not wait for it.
    GateHeld,
}

/// Which refusals of a call may pass.
#[derive(Clone, Copy)]
enum Lagging {
    /// What the table says of the operation at this index.
    Table(usize),
    /// Whatever comes from something that is not seen yet: an address is to be given back.
    GivingBack,
}

impl Failed {
    /// A failure without an effect.
    pub(super) fn certain(failure: Failure) -> Self {
        Self {
            failure,
            effect_unknown: false,
        }
    }
}

impl Way {
    /// Waits for the turn of one more request.
    async fn once_more<S: Service>(self, context: &Context<'_, S>) {
        context.service.turns(1).await;
        if matches!(self, Self::ThroughGate) {
            drop(context.gate.read().await);
        }
    }
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            until: None,
            pause: FIRST_PAUSE,
        }
    }

    /// Waits a moment, longer each time. False, without waiting, if the deadline has passed.
    pub(super) async fn wait<S: Service>(
        &mut self,
        context: &Context<'_, S>,
        operation: &Operation,
        code: &str,
    ) -> bool {
        let now = Instant::now();
        let until = self.until.get_or_insert(now + context.pace.wait_deadline);
        let left = until.saturating_duration_since(now);
        if left.is_zero() {
            return false;
        }
        context.waiting(operation, code);
        tokio::time::sleep(self.pause.min(left)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// Sends the operation at `index` until it is known whether it has its effect. The operations before
/// it in its run are those that it is glued to.
pub(super) async fn attempt<S: Service>(
    context: &Context<'_, S>,
    index: usize,
    operation: &Operation,
    before: &[usize],
    way: Way,
) -> Result<Attempt, Failed> {
    let filled = fill_in(context, operation)?;
    let secret = secret(context, operation).await?;
    let before = before.iter().map(|index| context.operation(*index));
    let releases = before.filter(|one| one.call.operation == "DeleteAlias");
    let releases: Vec<Operation> = releases
        .map(|release| fill_in(context, release))
        .collect::<Result<_, _>>()?;
    let secret = secret.as_ref();
    deliver(
        context,
        &filled,
        secret,
        &releases,
        Lagging::Table(index),
        way,
    )
    .await
}

/// The secret that a call sends. It is found for this call only, and gone when the call has ended.
async fn secret<S: Service>(
    context: &Context<'_, S>,
    operation: &Operation,
) -> Result<Option<Secret>, Failed> {
    let refuse = |message: String| {
        Failed::certain(Failure {
            code: None,
            message,
            request_id: None,
            exit_code: 1,
        })
    };
    match operation.call.secrets().as_slice() {
        [] => Ok(None),
        [Some(source)] => match context.secrets.find(source).await {
            Ok(secret) => Ok(Some(secret)),
            Err(why) => Err(refuse(format!(
                "nothing was sent, because its password ({source}) cannot be had: {why}"
            ))),
        },
        _ => Err(refuse(
            "what the plan says of its secret makes no sense, so that nothing was sent".to_owned(),
        )),
    }
}

/// Sends one call that gives back what was released for `operation`. True if it has its effect.
pub(super) async fn give_back<S: Service>(
    context: &Context<'_, S>,
    operation: &Operation,
    call: &Call,
    way: Way,
) -> bool {
    let mut giving = Operation {
        call: call.clone(),
        party: None,
        expects: Vec::new(),
        give_back: Vec::new(),
        missing_is_done: false,
        ..operation.clone()
    };
    if let Some(target) = holder(context, call) {
        giving.target = target;
    }
    let Ok(filled) = fill_in(context, &giving) else {
        return false;
    };
    way.once_more(context).await;
    let given = deliver(context, &filled, None, &[], Lagging::GivingBack, way).await;
    given.is_ok()
}

async fn deliver<S: Service>(
    context: &Context<'_, S>,
    operation: &Operation,
    secret: Option<&Secret>,
    releases: &[Operation],
    lagging: Lagging,
    way: Way,
) -> Result<Attempt, Failed> {
    let mut patience = Patience::new();
    let mut resends_left = RESENDS;
    let mut read_backs_left = READ_BACKS;
    // True once an earlier request of ours may have had its effect.
    let mut unsure = matches!(lagging, Lagging::GivingBack);
    let outgoing = Outgoing {
        call: &operation.call,
        secret,
    };
    loop {
        let error = match context.send(operation, &outgoing).await {
            Ok(created) => {
                if read_backs_left > 0 && is_ignored(context, operation, lagging, way).await {
                    read_backs_left -= 1;
                    if patience.wait(context, operation, "Ignored").await {
                        way.once_more(context).await;
                        continue;
                    }
                }
                let how = How::Answered;
                return Ok(Attempt { how, created });
            }
            Err(error) => error,
        };
        let code = error.code.clone().unwrap_or_else(|| "NoAnswer".to_owned());
        let lost = is_lost(&error);
        unsure |= lost || error.attempts > 1;
        let may_pass = may_pass(context, operation, lagging, &code);
        if operation.missing_is_done && is_missing(&code) && !may_pass {
            return Ok(Attempt {
                how: How::AlreadyDone,
                created: None,
            });
        }
        if unsure {
            match read_back(context, operation).await {
                ReadBack::Shown { created } => {
                    let how = How::ReadBack;
                    return Ok(Attempt { how, created });
                }
                ReadBack::Unreadable if lost => return Err(failed(&error, true)),
                ReadBack::NotShown | ReadBack::Unreadable => {}
            }
        }
        let again = if lost {
            resends_left = resends_left.saturating_sub(1);
            resends_left > 0
        } else if unsure && is_conflict(&code) && read_backs_left > 0 {
            read_backs_left -= 1;
            true
        } else {
            may_pass || is_throttled(&error)
        };
        if !again || !patience.wait(context, operation, &code).await {
            if let Some(domain) = domain_waited_for(operation, &code) {
                context.give_up_on(domain);
            }
            return Err(failed(&error, lost));
        }
        if code == IN_USE {
            release_again(context, releases, way).await;
        }
        way.once_more(context).await;
    }
}

/// True if the former primary address is still there after its deletion: where it still counted as the
/// primary one, that may have passed without an effect. Where a claim follows, the claim shows it.
/// Source: behaviour notes, section 2.
async fn is_ignored<S: Service>(
    context: &Context<'_, S>,
    operation: &Operation,
    lagging: Lagging,
    way: Way,
) -> bool {
    let (Lagging::Table(index), Way::ThroughGate) = (lagging, way) else {
        return false;
    };
    operation.call.operation == "DeleteAlias"
        && context.lags.follows_new_primary(index, operation)
        && matches!(read_back(context, operation).await, ReadBack::NotShown)
}

/// Sends releases again whose claim is refused because the address is in use: where the former
/// primary address still counted as the primary one, its deletion may have passed without an effect.
/// Source: behaviour notes, section 2.
async fn release_again<S: Service>(context: &Context<'_, S>, releases: &[Operation], way: Way) {
    for release in releases {
        way.once_more(context).await;
        // That there is nothing to release any more is what is hoped for; all else shows at the claim.
        let outgoing = Outgoing {
            call: &release.call,
            secret: None,
        };
        let _ = context.send(release, &outgoing).await;
    }
}

fn may_pass<S: Service>(
    context: &Context<'_, S>,
    operation: &Operation,
    lagging: Lagging,
    code: &str,
) -> bool {
    match lagging {
        Lagging::GivingBack => is_missing(code) || is_conflict(code),
        Lagging::Table(index) => {
            // Whom it names is told by the plan's own call: in the one that is sent ids stand for them.
            let planned = context.operation(index);
            context.lags.may_pass(index, planned, code)
                && !domain_waited_for(operation, code)
                    .is_some_and(|domain| context.is_hopeless(&domain))
        }
    }
}

/// What a fresh read says of the effect of a call.
enum ReadBack {
    /// It is there; with the id of what was created.
    Shown { created: Option<String> },
    /// It is not there, or is not ours, or nothing tells it.
    NotShown,
    /// The read failed too.
    Unreadable,
}

async fn read_back<S: Service>(context: &Context<'_, S>, operation: &Operation) -> ReadBack {
    let needs = shown_by(operation);
    if needs.is_empty() {
        return ReadBack::NotShown;
    }
    let Some(fresh) = context.read_all(&needs).await else {
        return ReadBack::Unreadable;
    };
    let (kinds, naming) = (context.kinds, &context.naming);
    if creates(operation) {
        // What was there before this run is somebody else's, whatever it looks like.
        let (target, before) = (&operation.target, context.snapshot);
        let was_absent =
            !before.entities.contains_key(target) && !before.settings.contains_key(target);
        return match effect::made(kinds, operation, naming, &fresh) {
            Some(id) if was_absent => ReadBack::Shown { created: Some(id) },
            _ => ReadBack::NotShown,
        };
    }
    if effect::is_there(kinds, operation, naming, &fresh) {
        ReadBack::Shown { created: None }
    } else {
        ReadBack::NotShown
    }
}

/// The operation with every open id and temporary address filled in.
fn fill_in<S: Service>(
    context: &Context<'_, S>,
    operation: &Operation,
) -> Result<Operation, Failed> {
    let becomes = operation.becomes.clone().map(|input| Call {
        operation: String::new(),
        input,
    });
    let filled = context.filled(&operation.call);
    let becomes = becomes.map(|value| context.filled(&value)).transpose();
    match filled.and_then(|call| Ok((call, becomes?))) {
        Ok((call, becomes)) => Ok(Operation {
            call,
            becomes: becomes.map(|value| value.input),
            ..operation.clone()
        }),
        Err(target) => Err(Failed::certain(Failure {
            code: None,
            message: format!("the id of {target} is not known, so that nothing was sent"),
            request_id: None,
            exit_code: 1,
        })),
    }
}

/// Whom a call writes, by the id or the reference in it.
fn holder<S: Service>(context: &Context<'_, S>, call: &Call) -> Option<Target> {
    match serde_json::from_value(call.input.get("EntityId")?.clone()).ok()? {
        Id::Known(id) => context.target_of(&id),
        Id::Of { target } => Some(target),
    }
}

fn failed(error: &ApiError, effect_unknown: bool) -> Failed {
    Failed {
        failure: Failure {
            code: error.code.clone(),
            message: error.message.clone(),
            request_id: error.request_id.clone(),
            exit_code: error.kind.exit_code(),
        },
        effect_unknown,
    }
}
