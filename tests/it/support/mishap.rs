//! What happens to one request of a client, and in which order the requests of several clients come.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;
use workmailctl::emulator::Emulator;

use super::random_settings::Dice;

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    /// The client is gone: it gets no answer, and nothing of it comes any more.
    Gone { with_effect: bool },
    /// The connection ends without an answer.
    Reset { with_effect: bool },
    /// No answer comes, however long the client waits.
    Silence { with_effect: bool },
    /// The connection ends without an answer, and the effect comes after so many further requests.
    Late(usize),
    /// This code and status instead of an effect.
    Refused(&'static str, u16),
    /// Somebody else asks for this, right before.
    Else(Vec<(String, Value)>),
}

/// Which request it happens to, counted from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At {
    Write(usize),
    Request(usize),
}

/// The way from a client to the service. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    gone: Notify,
}

#[derive(Debug, Default)]
struct State {
    planned: Option<Planned>,
    requests: usize,
    writes: usize,
    /// What it happened to.
    hit: Option<(String, Bytes)>,
    is_gone: bool,
    /// The writes so far, and whether what it happened to had been sent before.
    sent: BTreeSet<(String, Bytes)>,
    hit_again: bool,
    /// Requests that have their effect after so many others.
    late: VecDeque<(usize, Request<Bytes>)>,
    /// Decides how often a request lets others go first.
    order: Option<Dice>,
}

#[derive(Debug)]
struct Planned {
    at: At,
    mishap: Mishap,
    /// To how many attempts of the same request it still happens.
    left: usize,
}

/// What a request meets.
pub(crate) enum Met {
    Nothing,
    /// The client is gone.
    Void,
    Mishap(Mishap),
}

impl Way {
    /// Puts one mishap in place, for so many attempts of the request; counting begins anew.
    pub(crate) fn meets(&self, at: At, mishap: Mishap, attempts: usize) {
        let mut state = self.state();
        *state = State {
            planned: Some(Planned {
                at,
                mishap,
                left: attempts,
            }),
            order: state.order.take(),
            late: std::mem::take(&mut state.late),
            ..State::default()
        };
    }

    /// Takes it away again. What comes late still comes.
    pub(crate) fn mend(&self) {
        let mut state = self.state();
        state.planned = None;
        state.is_gone = false;
    }

    /// From now on every request lets others go first now and then.
    pub(crate) fn shuffle(&self, seed: u64) {
        self.state().order = Some(Dice(seed));
    }

    /// The operation that it happened to.
    pub(crate) fn hit(&self) -> Option<String> {
        let state = self.state();
        state.hit.as_ref().map(|(operation, _)| operation.clone())
    }

    /// True if the same had been sent before: whoever sends it again may not need the answer.
    pub(crate) fn hit_again(&self) -> bool {
        self.state().hit_again
    }

    /// How many requests and how many writes came since counting began.
    pub(crate) fn counted(&self) -> (usize, usize) {
        let state = self.state();
        (state.requests, state.writes)
    }

    /// Ends when the client is gone.
    pub(crate) async fn gone(&self) {
        self.0.gone.notified().await;
    }

    /// Lets happen all that comes late.
    pub(crate) async fn comes_late(&self, emulator: &Emulator) {
        loop {
            let next = self.state().late.pop_front();
            let Some((_, request)) = next else { return };
            let _ = emulator.handle(request).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no panic holds it")
    }

    /// Counts a request and tells what happens to it.
    pub(super) fn count(&self, request: &Request<Bytes>) -> Met {
        let mut state = self.state();
        let State {
            planned,
            requests,
            writes,
            hit,
            is_gone,
            late,
            sent,
            hit_again,
            ..
        } = &mut *state;
        if *is_gone {
            return Met::Void;
        }
        let operation = operation(request);
        let is_write = writes_something(&operation);
        let (request_number, write_number) = (*requests, *writes);
        *requests += 1;
        *writes += usize::from(is_write);
        let body = request.body().clone();
        let is_again = is_write && !sent.insert((operation.clone(), body.clone()));
        let Some(planned) = planned else {
            return Met::Nothing;
        };
        let meets = match (&hit, planned.at) {
            (Some((name, body)), _) => *name == operation && body == request.body(),
            (None, At::Request(number)) => number == request_number,
            (None, At::Write(number)) => is_write && number == write_number,
        };
        if !meets || planned.left == 0 {
            return Met::Nothing;
        }
        planned.left -= 1;
        if hit.is_none() {
            *hit_again = is_again;
            *hit = Some((operation, body));
        }
        match planned.mishap {
            Mishap::Gone { .. } => *is_gone = true,
            Mishap::Late(after) => late.push_back((after + 1, request.clone())),
            _ => {}
        }
        Met::Mishap(planned.mishap.clone())
    }

    /// The client is gone, and whoever waits for that is told.
    pub(super) fn tell_gone(&self) {
        self.0.gone.notify_one();
    }

    /// Lets others go first, as often as chance has it.
    pub(super) async fn queue(&self) {
        let turns = self.state().order.as_mut().map(|dice| dice.below(12));
        for _ in 0..turns.unwrap_or_default() {
            tokio::task::yield_now().await;
        }
    }

    /// One more request is through: what waited for it has its effect now.
    pub(super) async fn passed(&self, emulator: &Emulator) {
        let due: Vec<Request<Bytes>> = {
            let mut state = self.state();
            for (left, _) in &mut state.late {
                *left = left.saturating_sub(1);
            }
            let (due, late) = std::mem::take(&mut state.late)
                .into_iter()
                .partition(|(left, _)| *left == 0);
            state.late = late;
            let due: VecDeque<(usize, Request<Bytes>)> = due;
            due.into_iter().map(|(_, request)| request).collect()
        };
        for request in due {
            let _ = emulator.handle(request).await;
        }
    }
}

/// The reply of a service that refuses.
pub(super) fn refusal(code: &str, status: u16) -> Response<Bytes> {
    let body = json!({"__type": code, "message": "put in place by a test"});
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Bytes::from(body.to_string()))
        .expect("a reply")
}

/// A request past every client.
pub(crate) fn request(operation: &str, input: &Value) -> Request<Bytes> {
    Request::post("/")
        .header("x-amz-target", format!("WorkMailService.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/workmail/aws4_request, \
             SignedHeaders=host, Signature=00",
        )
        .body(Bytes::from(input.to_string()))
        .expect("a request")
}

fn operation(request: &Request<Bytes>) -> String {
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// True for the operations that change something.
pub(crate) fn writes_something(operation: &str) -> bool {
    !["Describe", "List", "Get", "Test", "Assume"]
        .iter()
        .any(|read| operation.starts_with(read))
}
