//! `Progress`: what happens during an apply, as it happens: a redrawn block on a terminal, a line for
//! each operation elsewhere with a line every ten seconds on how far it is, a record for programs. It
//! passes everything on to the journal.
#![expect(
    clippy::disallowed_methods,
    reason = "tells time, and that the work still goes on"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use workmailctl::apply::{Event, Journal, Sink};
use workmailctl::plan::Plan;
use workmailctl::report::{Look, Record, counted, event_text};

use super::failure::Failure;
use super::forecast::{Forecast, about};
use super::output::Printer;
use super::stderr;

/// How often it is told how far it is.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The most operations in flight that the block shows.
const SHOWN: usize = 8;

/// Takes the events of one apply.
pub(crate) struct Progress<'a> {
    plan: &'a Plan,
    journal: &'a mut Journal,
    printer: &'a Printer,
    unwritten: Option<Failure>,
    bar: Option<ProgressBar>,
    state: Arc<Mutex<State>>,
    beat: Option<tokio::task::JoinHandle<()>>,
}

struct State {
    total: usize,
    ended: usize,
    running: BTreeMap<usize, String>,
    forecast: Forecast,
}

impl<'a> Progress<'a> {
    /// The progress of an apply that begins now. Needs a runtime.
    pub(crate) fn begin(plan: &'a Plan, journal: &'a mut Journal, printer: &'a Printer) -> Self {
        let state = Arc::new(Mutex::new(State {
            total: plan.operations.len(),
            ended: 0,
            running: BTreeMap::new(),
            forecast: Forecast::begin(Instant::now()),
        }));
        let bar = printer.redraws.then(|| bar(plan.operations.len()));
        let talks = bar.is_none() && !printer.is_quiet();
        Self {
            plan,
            journal,
            printer,
            unwritten: None,
            bar,
            beat: talks.then(|| tokio::spawn(beat(Arc::clone(&state)))),
            state,
        }
    }

    /// Takes the block away and falls silent. Returns the failure to write a file, if there was one.
    pub(crate) fn end(mut self) -> Option<Failure> {
        if let Some(beat) = self.beat.take() {
            beat.abort();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.unwritten
    }

    fn tell(&self, event: &Event) {
        if self.printer.is_quiet() {
            return;
        }
        let Some(line) = event_text(event, self.plan, &self.printer.err) else {
            return;
        };
        match &self.bar {
            // On a terminal only what went wrong stays to be read.
            Some(bar) if went_wrong(event) => bar.println(line),
            Some(_) => {}
            None => stderr(&format!("{line}\n")),
        }
    }
}

impl Sink for Progress<'_> {
    fn event(&mut self, event: Event) {
        if let Err(failure) = self.printer.record(&Record::Event(Box::new(event.clone()))) {
            self.unwritten.get_or_insert(failure);
        }
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.note(&event);
            if let Some(bar) = &self.bar {
                bar.set_position(u64::try_from(state.ended).unwrap_or(u64::MAX));
                bar.set_message(state.block(&self.printer.err));
            }
        }
        self.tell(&event);
        self.journal.event(event);
    }
}

impl State {
    fn note(&mut self, event: &Event) {
        match event {
            Event::OperationStarted {
                id,
                operation,
                target,
                party,
                ..
            } => {
                let party = party
                    .as_ref()
                    .map_or(String::new(), |party| format!(" ({party})"));
                let text = format!("{operation} {target}{party}");
                self.running.insert(*id, text);
            }
            Event::OperationWaiting { id, code } => {
                if let Some(text) = self.running.get_mut(id)
                    && !text.contains(" (waits: ")
                {
                    let _ = write!(text, " (waits: {code})");
                }
            }
            Event::OperationFinished { id, .. }
            | Event::OperationFailed { id, .. }
            | Event::OperationSkipped { id, .. } => {
                self.running.remove(id);
                self.ended += 1;
                self.forecast.note(self.ended, Instant::now());
            }
            Event::GivenBack { .. }
            | Event::ComponentStale { .. }
            | Event::ComponentDoubted { .. } => {}
        }
    }

    /// How long it still takes, with what goes before it; empty where nobody can tell yet.
    fn left(&self) -> String {
        let left = self.forecast.left(self.ended, self.total, Instant::now());
        left.filter(|_| self.ended < self.total)
            .map_or_else(String::new, |left| format!(", {}", about(left)))
    }

    /// How long it still takes, and the operations in flight, a line each.
    fn block(&self, look: &Look) -> String {
        let mut block = self.left();
        for text in self.running.values().take(SHOWN) {
            block.push_str("\n  ");
            block.push_str(&look.safe(text));
        }
        block
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} operations, {elapsed}{msg}")
        .expect("the template names known keys");
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Says every ten seconds how far it is, and how long it still takes.
async fn beat(state: Arc<Mutex<State>>) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = format!(
            "working: {} of {} done{}",
            state.ended,
            counted(state.total, "operation", "operations"),
            state.left()
        );
        let flying: Vec<&str> = state.running.values().map(String::as_str).collect();
        if let Some((first, rest)) = flying.split_first() {
            let _ = write!(line, ", in flight: {first}");
            if !rest.is_empty() {
                let _ = write!(line, " and {} more", rest.len());
            }
        }
        stderr(&format!("{line}\n"));
    }
}

fn went_wrong(event: &Event) -> bool {
    match event {
        Event::OperationFailed { .. }
        | Event::OperationSkipped { .. }
        | Event::GivenBack { .. }
        | Event::ComponentStale { .. }
        | Event::ComponentDoubted { .. } => true,
        Event::OperationStarted { .. }
        | Event::OperationFinished { .. }
        | Event::OperationWaiting { .. } => false,
    }
}
