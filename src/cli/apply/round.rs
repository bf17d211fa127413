//! One plan, executed: its journal, its progress, its interrupts, and how it ended.
#![expect(
    clippy::disallowed_methods,
    reason = "measures time, and listens to signals while it executes"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use workmailctl::apply::{
    Budget, Interrupt, Journal, JournalHeader, Outcome, Pace, Run, UndoFile, execute,
};
use workmailctl::kinds::KINDS;
use workmailctl::live::read_more;
use workmailctl::model::{Snapshot, Target};
use workmailctl::plan::{self, Left, Plan, undo};
use workmailctl::report::{Ending, RunSummary, ending};

use super::super::failure::{Exit, Failure};
use super::super::files::now;
use super::super::output::{Printer, Product};
use super::super::progress::Progress;
use super::super::secrets::Vault;
use super::super::session::Session;
use super::super::signal::{Signal, Signals};
use super::Flags;

/// Where journals are kept.
const RUNS: &str = ".workmailctl/runs";
/// How long one operation waits for the service to catch up.
const WAIT: Duration = Duration::from_mins(2);
/// How often a name for the journal is tried: runs of one second number themselves.
const NAMES: usize = 100;

/// One plan that is being executed.
pub(super) struct Round<'a> {
    session: &'a Session,
    printer: &'a Printer,
    pace: Pace,
    vault: Vault,
    journal: Journal,
    path: PathBuf,
    begun: Instant,
    interrupt: Interrupt,
    /// 1 after SIGINT, 2 after SIGTERM.
    signal: Arc<AtomicU8>,
    listener: tokio::task::JoinHandle<()>,
}

impl<'a> Round<'a> {
    /// Opens the journal and catches signals. Where the journal cannot be written, or a secret is not
    /// there, nothing is applied.
    pub(super) async fn begin(
        args: &Flags,
        session: &'a Session,
        (plan, live): (&Plan, &Snapshot),
        number: usize,
        printer: &'a Printer,
    ) -> Result<Self, Failure> {
        let vault = session.vault(&args.secrets);
        vault.check(plan)?;
        let header = JournalHeader::of(plan, session.caller());
        let live = &last_look(session, plan, live).await;
        let (journal, path) = match (&args.journal, session.scratch()) {
            (None, None) => in_runs(Path::new(RUNS), (plan, live), &header)?,
            (None, Some(folder)) => in_runs(&folder.join("runs"), (plan, live), &header)?,
            (Some(path), _) => {
                let path = if number == 1 {
                    path.clone()
                } else {
                    path.with_added_extension(number.to_string())
                };
                let journal = journal_at(&path, (plan, live), &header)
                    .map_err(|error| unjournaled(&path, &error))?;
                (journal, path)
            }
        };
        let interrupt = Interrupt::new();
        let signal = Arc::new(AtomicU8::new(0));
        let listener = tokio::spawn(listen(
            Signals::catch()?,
            interrupt.clone(),
            Arc::clone(&signal),
        ));
        Ok(Self {
            session,
            printer,
            pace: Pace {
                write_parallelism: args.global.pace.write_parallelism,
                wait_deadline: WAIT,
                ..Pace::default()
            },
            vault,
            journal,
            path,
            begun: Instant::now(),
            interrupt,
            signal,
            listener,
        })
    }

    /// Every component is compared with a fresh read right before its first write.
    pub(super) fn comparing(mut self) -> Self {
        self.pace.compare = true;
        self
    }

    /// Makes the calls of the plan.
    pub(super) async fn execute(
        &mut self,
        plan: &Plan,
        live: &Snapshot,
        budget: Budget,
    ) -> Result<Outcome, Failure> {
        let client = self.session.client_for(plan);
        tracing::info!(
            operations = plan.operations.len(),
            journal = %self.path.display(),
            "executing"
        );
        let begun = Instant::now();
        let mut progress = Progress::begin(plan, &mut self.journal, self.printer);
        let with = Run {
            pace: &self.pace,
            interrupt: &self.interrupt,
            secrets: &self.vault,
            budget,
        };
        let outcome = execute(&client, KINDS, plan, live, &with, &mut progress).await;
        tracing::info!(
            requests = client.calls(),
            elapsed = ?begun.elapsed(),
            "executed"
        );
        if let Some(failure) = progress.end() {
            super::super::stderr(&failure.text(&self.printer.err));
        }
        if let Some(error) = self.journal.failure() {
            super::super::stderr(&format!(
                "warning: the journal {} is not whole: {error}\n",
                self.path.display()
            ));
        }
        Ok(outcome)
    }

    /// The journal's path; none where it is thrown away.
    pub(super) fn journal_path(&self) -> Option<String> {
        self.session
            .scratch()
            .is_none()
            .then(|| self.path.display().to_string())
    }

    /// The signal that asked to stop, if one did.
    pub(super) fn signal(&self) -> Option<Signal> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Signal::Interrupt),
            _ => Some(Signal::Terminate),
        }
    }

    /// Ends once somebody asks to stop.
    pub(super) async fn asked_to_stop(&self) {
        self.interrupt.reached(1).await;
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// How an apply ends by what its operations did; Done where all have their effect.
pub(super) fn judge(outcome: &Outcome, signal: Option<Signal>) -> Exit {
    if outcome.is_complete() {
        return Exit::Done;
    }
    if let Some(stop) = outcome.stopped {
        return match signal {
            None if stop.is_budget() => Exit::Partial,
            None => Exit::Interrupted,
            Some(signal) => Signal::exit(signal),
        };
    }
    if !outcome.done.is_empty() {
        return Exit::Partial;
    }
    let failed = outcome
        .failed
        .values()
        .map(|failure| Exit::of_code(failure.exit_code))
        .fold(Exit::Done, Exit::or);
    if failed != Exit::Done {
        return failed;
    }
    if !outcome.doubted.is_empty() {
        Exit::Refused
    } else if outcome.stale.is_empty() {
        Exit::Partial
    } else {
        Exit::Stale
    }
}

/// What a plan that ended early leaves, by what its operations did.
pub(super) fn left(plan: &Plan, live: &Snapshot, outcome: &Outcome, args: &Flags) -> Left {
    if outcome.done.is_empty() {
        return Left::default();
    }
    let is_taken = |id: &usize| {
        outcome
            .failed
            .get(id)
            .is_some_and(|failure| failure.code.as_deref() == Some("NameAvailabilityException"))
    };
    let taken = plan
        .operations
        .iter()
        .filter(|operation| is_taken(&operation.id))
        .map(|operation| operation.target.clone());
    let given_back = outcome.given_back.values().flat_map(|address| {
        let holder: Option<Target> = address.holder.parse().ok();
        let calls = address.calls.iter();
        calls.filter_map(move |call| Some((holder.clone()?, call.clone())))
    });
    let progress = plan::Progress {
        done: outcome.done.iter().copied().collect(),
        taken: taken.collect(),
        given_back: given_back.collect(),
    };
    // A ledger that cannot be read any more was told when this run planned by it.
    let allowances = args
        .allowances_for(plan, live)
        .unwrap_or_else(|_| args.allowances());
    plan::left(KINDS, plan, live, &progress, &allowances, now())
}

/// Tells how it ended.
pub(super) fn finish(
    round: &Round<'_>,
    plan: &Plan,
    outcome: &Outcome,
    exit: Exit,
    summary: &mut RunSummary,
) -> Result<(), Failure> {
    let (result, message) = match exit {
        Exit::Done if plan.partial => (
            "converged",
            "converged: what was chosen is as declared, the rest was left out",
        ),
        Exit::Done if !summary.held.is_empty() || !plan.held.is_empty() => (
            "converged",
            "converged: everything is as declared, but for what waits",
        ),
        Exit::Done => ("converged", "converged: everything is as declared"),
        Exit::NotConverged => (
            "notConverged",
            "applied, not converged: this is not as wanted yet",
        ),
        Exit::Interrupted | Exit::Terminated => ("interrupted", "interrupted: run again"),
        Exit::Partial if outcome.is_only_unsupported() => (
            "partial",
            "partly applied: the rest is not manageable through WorkMail",
        ),
        Exit::Partial => ("partial", "partly applied: run again"),
        Exit::Stale => (
            "stale",
            "stale: the organization is not as planned, nothing was written",
        ),
        Exit::Refused => (
            "blocked",
            "blocked: the service does not evaluate rules as planned, nothing was written",
        ),
        _ if outcome.is_complete() => (
            "converged",
            "converged in all that could be read; some of it could not",
        ),
        _ => ("failed", "failed: nothing was written"),
    };
    result.clone_into(&mut summary.result);
    summary.message = match &summary.left_by_budget {
        Some(left) => left.sentence(),
        None => message.to_owned(),
    };
    summary.exit_code = exit.code();
    let end = Ending {
        plan,
        outcome,
        summary,
        elapsed: round.begun.elapsed(),
    };
    round.printer.product(&Product {
        text: &|look| format!("\n{}", ending(&end, look)),
        json: &String::new,
    })
}

/// A new journal in the folder of runs, named by time and plan.
fn in_runs(
    folder: &Path,
    (plan, live): (&Plan, &Snapshot),
    header: &JournalHeader,
) -> Result<(Journal, PathBuf), Failure> {
    let time = now().strftime("%Y%m%dT%H%M%SZ");
    let hash = plan.plan_hash.get(..8).unwrap_or(&plan.plan_hash);
    for number in 1..=NAMES {
        let name = if number == 1 {
            format!("{time}-{hash}.jsonl")
        } else {
            format!("{time}-{hash}-{number}.jsonl")
        };
        let path = folder.join(name);
        match journal_at(&path, (plan, live), header) {
            Ok(journal) => return Ok((journal, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unjournaled(&path, &error)),
        }
    }
    Err(Failure::new(
        Exit::Error,
        format!("the folder `{}` is full of journals", folder.display()),
    ))
}

/// A new journal, with the file that undoes the run beside it. Neither is there already.
fn journal_at(
    path: &Path,
    (plan, live): (&Plan, &Snapshot),
    header: &JournalHeader,
) -> std::io::Result<Journal> {
    let journal = Journal::create(path, header)?;
    match UndoFile::create(&UndoFile::beside(path), plan, live) {
        Ok(undo) => Ok(journal.with(undo)),
        Err(error) => {
            // Nothing happened that it could tell.
            std::fs::remove_file(path)?;
            Err(error)
        }
    }
}

/// All of what the plan takes away, as it is right before: nothing tells it afterwards.
async fn last_look(session: &Session, plan: &Plan, live: &Snapshot) -> Snapshot {
    let mut live = live.clone();
    let needs = undo::last_look(KINDS, &plan.operations);
    if !needs.is_empty() {
        Box::pin(read_more(session.client(), KINDS, &mut live, &needs)).await;
    }
    live
}

fn unjournaled(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("failed to write the journal `{}`: {error}", path.display());
    Failure::new(Exit::Error, message).help("nothing was applied; name another file by --journal")
}

/// Raises the interrupt with every signal, and remembers the first.
async fn listen(mut signals: Signals, interrupt: Interrupt, first: Arc<AtomicU8>) {
    loop {
        let number = match signals.next().await {
            Signal::Interrupt => 1,
            Signal::Terminate => 2,
        };
        let _ = first.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
        interrupt.raise();
        let what = match interrupt.level() {
            1 => "stopping: what is in flight is finished; once more aborts it",
            _ => "aborting",
        };
        super::super::stderr(&format!("{what}\n"));
    }
}
