//! What all runs of an apply share: the plan, what was read, and what was done so far.
#![expect(
    clippy::disallowed_methods,
    reason = "measures how long operations take"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::RwLock;

use crate::apply::budget::{Ledger, Room};
use crate::apply::effect::creates;
use crate::apply::lag::Lags;
use crate::apply::references::{Open, fill};
use crate::apply::{Event, Failure, GivenBack, How, Interrupt, Outcome, Sink, Stop};
use crate::client::ApiError;
use crate::kinds::Kinds;
use crate::model::{Call, Snapshot, Target};
use crate::plan::model::Naming;
use crate::plan::{Operation, Plan, Question, Sample, samples};

use super::service::Service;
use super::{Pace, Run, Secrets};

/// What all runs of an apply share.
pub(super) struct Context<'a, S> {
    pub(super) service: S,
    pub(super) kinds: Kinds,
    pub(super) snapshot: &'a Snapshot,
    pub(super) pace: &'a Pace,
    pub(super) interrupt: &'a Interrupt,
    pub(super) secrets: &'a dyn Secrets,
    pub(super) naming: Naming,
    pub(super) lags: Lags,
    /// Writes pass through it for a moment before they are sent; who sends a release and its claim
    /// holds it shut, so that no other write starts in between.
    pub(super) gate: RwLock<()>,
    /// By component: what the service is asked before its first write and after its last one.
    pub(super) samples: BTreeMap<usize, Sample>,
    plan: &'a Plan,
    /// By id: what the snapshot lists.
    listed: BTreeMap<&'a str, &'a Target>,
    shared: Mutex<Shared<'a>>,
}

struct Shared<'a> {
    outcome: Outcome,
    ledger: Ledger,
    /// By id: what this apply made.
    made: BTreeMap<String, Target>,
    events: &'a mut dyn Sink,
    /// Domains that were waited for in vain.
    hopeless: BTreeSet<String>,
    /// Operations that the organization's directory does not take.
    unsupported: BTreeSet<String>,
}

impl<'a, S: Service> Context<'a, S> {
    pub(super) fn new(
        service: S,
        kinds: Kinds,
        plan: &'a Plan,
        snapshot: &'a Snapshot,
        with: &Run<'a>,
        events: &'a mut dyn Sink,
    ) -> Self {
        let entities = snapshot.entities.iter();
        let entities = entities.map(|(target, entity)| (entity.id.as_str(), target));
        let settings = snapshot.settings.iter();
        let settings = settings.filter_map(|(target, one)| Some((one.id.as_deref()?, target)));
        Self {
            service,
            kinds,
            snapshot,
            pace: with.pace,
            interrupt: with.interrupt,
            secrets: with.secrets,
            naming: Naming::of(plan),
            lags: Lags::of(&plan.operations, snapshot),
            gate: RwLock::new(()),
            samples: samples(&plan.operations, snapshot),
            plan,
            listed: entities.chain(settings).collect(),
            shared: Mutex::new(Shared {
                outcome: Outcome::default(),
                ledger: Ledger::new(with.budget),
                made: BTreeMap::new(),
                events,
                hopeless: BTreeSet::new(),
                unsupported: BTreeSet::new(),
            }),
        }
    }

    pub(super) fn into_outcome(self, stop: Option<Stop>) -> Outcome {
        let shared = self.shared.into_inner();
        let mut outcome = shared.unwrap_or_else(PoisonError::into_inner).outcome;
        outcome.stopped = stop;
        outcome
    }

    pub(super) fn operation(&self, index: usize) -> &'a Operation {
        &self.plan.operations[index]
    }

    /// The id of a thing: of what this apply made, else of what was listed.
    pub(super) fn id_of(&self, target: &Target) -> Option<String> {
        let made = self.shared().outcome.created.get(target).cloned();
        let listed = || self.snapshot.entities.get(target);
        let setting = || self.snapshot.settings.get(target)?.id.clone();
        made.or_else(|| listed().map(|entity| entity.id.clone()))
            .or_else(setting)
    }

    /// The thing of this id: what was listed, else what this apply made.
    pub(super) fn target_of(&self, id: &str) -> Option<Target> {
        match self.listed.get(id) {
            Some(target) => Some((*target).clone()),
            None => self.shared().made.get(id).cloned(),
        }
    }

    /// The call with every open id and temporary address filled in, or the thing whose id is not known.
    pub(super) fn filled(&self, call: &Call) -> Result<Call, Target> {
        let ids = |target: &Target| self.id_of(target);
        let temporary = |number, domain: Option<&str>| match domain {
            Some(domain) => self.naming.temporary(number, domain),
            None => self.naming.temporary_name(number),
        };
        let open = Open {
            id_of: &ids,
            temporary: &temporary,
            token: &|target| self.naming.token(target),
        };
        fill(call, &open)
    }

    pub(super) fn started(&self, operation: &Operation) -> Instant {
        let sent = self.filled(&operation.call);
        let sent = sent.as_ref().unwrap_or(&operation.call);
        self.event(Event::OperationStarted {
            id: operation.id,
            operation: operation.call.operation.clone(),
            target: operation.target.to_string(),
            party: operation.party.as_ref().map(ToString::to_string),
            input: sent.without_secrets(),
        });
        Instant::now()
    }

    /// What the budget has room for now.
    pub(super) fn room(&self) -> Room {
        self.shared().ledger.room(Instant::now())
    }

    /// Keeps calls aside for operations that are sure to be sent.
    pub(super) fn keep(&self, admitted: &[usize]) {
        let ids = admitted.iter().map(|index| self.operation(*index).id);
        self.shared().ledger.keep(ids);
    }

    /// Why the budget leaves something; none where there is no budget.
    pub(super) fn spent(&self) -> Option<Stop> {
        self.shared().ledger.stop(Instant::now())
    }

    /// A request that writes is sent for an operation.
    pub(super) fn sent(&self, operation: &Operation) {
        let mut shared = self.shared();
        shared.outcome.writes += 1;
        shared.ledger.sent(operation.id);
    }

    /// It was sent so often in all by the client, which tries again by itself.
    pub(super) fn retried(&self, attempts: u32) {
        let more = u64::from(attempts.saturating_sub(1));
        let mut shared = self.shared();
        shared.outcome.writes += more;
        shared.ledger.retried(more);
    }

    pub(super) fn waiting(&self, operation: &Operation, code: &str) {
        let mut shared = self.shared();
        *shared.outcome.waits.entry(code.to_owned()).or_default() += 1;
        shared.events.event(Event::OperationWaiting {
            id: operation.id,
            code: code.to_owned(),
        });
    }

    /// Notes that an operation has its effect, and the id of what it created.
    pub(super) fn done(
        &self,
        operation: &Operation,
        how: How,
        created: Option<String>,
        since: Option<Instant>,
    ) {
        let millis = since.map_or(0, |since| since.elapsed().as_millis());
        let mut shared = self.shared();
        shared.ledger.over(operation.id);
        shared.outcome.done.push(operation.id);
        if let Some(id) = &created
            && creates(operation)
        {
            let target = operation.target.clone();
            shared.made.insert(id.clone(), target.clone());
            shared.outcome.created.insert(target, id.clone());
        }
        shared.events.event(Event::OperationFinished {
            id: operation.id,
            how,
            created,
            millis: u64::try_from(millis).unwrap_or(u64::MAX),
        });
    }

    pub(super) fn failed(&self, operation: &Operation, failure: Failure) {
        let mut shared = self.shared();
        shared.ledger.over(operation.id);
        if failure.is_unsupported() {
            let name = operation.call.operation.clone();
            shared.unsupported.insert(name);
        }
        shared.events.event(Event::OperationFailed {
            id: operation.id,
            code: failure.code.clone(),
            message: failure.message.clone(),
            request_id: failure.request_id.clone(),
        });
        shared.outcome.failed.insert(operation.id, failure);
    }

    /// Notes that an operation is left, without telling of each.
    pub(super) fn leave(&self, index: usize, because: &str) {
        let id = self.operation(index).id;
        let mut shared = self.shared();
        shared.outcome.skipped.insert(id, because.to_owned());
    }

    pub(super) fn skip(&self, index: usize, because: &str) {
        let id = self.operation(index).id;
        let mut shared = self.shared();
        shared.ledger.over(id);
        shared.outcome.skipped.insert(id, because.to_owned());
        shared.events.event(Event::OperationSkipped {
            id,
            because: because.to_owned(),
        });
    }

    pub(super) fn stale(&self, component: usize, differs: Vec<String>) {
        let mut shared = self.shared();
        shared.outcome.stale.insert(component, differs.clone());
        shared
            .events
            .event(Event::ComponentStale { component, differs });
    }

    /// Notes that a component is left alone because the service evaluates rules otherwise.
    pub(super) fn doubted(&self, component: usize, differs: Vec<String>) {
        let mut shared = self.shared();
        shared.outcome.doubted.insert(component, differs.clone());
        shared
            .events
            .event(Event::ComponentDoubted { component, differs });
    }

    /// Notes what the service makes of rules that were written otherwise.
    pub(super) fn misjudged(&self, differs: Vec<String>) {
        self.shared().outcome.misjudged.extend(differs);
    }

    /// Notes that a question has no answer.
    pub(super) fn not_sampled(&self, question: &Question, error: &ApiError) {
        let operation = question.about.operation();
        let why = match &error.code {
            Some(code) => format!("{operation}: {code}"),
            None => format!("{operation}: {}", error.message),
        };
        self.untold(why);
    }

    /// Notes that something cannot be asked.
    pub(super) fn untold(&self, why: String) {
        self.shared().outcome.not_sampled.insert(why);
    }

    /// True if every one of these operations has its effect.
    pub(super) fn are_done(&self, ids: &BTreeSet<usize>) -> bool {
        let shared = self.shared();
        let done = shared.outcome.done.iter();
        done.filter(|id| ids.contains(id)).count() == ids.len()
    }

    pub(super) fn given_back(&self, operation: &Operation, address: GivenBack) {
        let mut shared = self.shared();
        let all = &mut shared.outcome.given_back;
        all.insert(operation.id, address.clone());
        shared.events.event(Event::GivenBack {
            id: operation.id,
            address,
        });
    }

    /// True if the directory refused another operation of this name: it would refuse this one too.
    pub(super) fn is_unsupported(&self, operation: &Operation) -> bool {
        let shared = self.shared();
        shared.unsupported.contains(&operation.call.operation)
    }

    pub(super) fn is_hopeless(&self, domain: &str) -> bool {
        self.shared().hopeless.contains(domain)
    }

    pub(super) fn give_up_on(&self, domain: String) {
        self.shared().hopeless.insert(domain);
    }

    fn event(&self, event: Event) {
        self.shared().events.event(event);
    }

    fn shared(&self) -> MutexGuard<'_, Shared<'a>> {
        // Nothing that holds it can panic half-way through a change that matters.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
