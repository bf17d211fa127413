//! `workmailctl apply`: plan, ask, execute, verify.
//!
//! `manifest` applies manifests, `saved` a saved plan, `rehearsal` manifests on a copy of what is
//! live. `round` executes one plan within what is left of the `budget`, `verify` reads until all is as wanted, `probe` tries what was
//! written, `lifecycle` waits for an organization that is being made or deleted.

mod budget;
mod lifecycle;
pub(super) mod manifest;
mod probe;
mod rehearsal;
mod round;
mod saved;
mod verify;

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use workmailctl::model::Snapshot;
use workmailctl::plan::{Allowance, Allowances, DELETE_GUARD, Plan};
use workmailctl::report::{Record, RunSummary, counted};

use super::failure::{Exit, Failure};
use super::files::looks_like_plan;
use super::global::{EvidenceFlags, Format, Global, duration};
use super::output::Printer;
use super::reading::allowance;
use super::secrets::SecretFlags;
use super::{ledger, logging, manifests, reversible, runtime};
use budget::BudgetFlags;

/// Make the organization as declared
///
/// Shows the plan, asks, makes the calls, and reads until everything is as wanted.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl apply acme/
  workmailctl apply acme/ --auto-approve --allow mailbox-expiry=joe
  workmailctl apply plan.json --auto-approve
  workmailctl apply acme/ --rehearse
  workmailctl apply acme/ --auto-approve --require-reversible
  workmailctl apply acme/ --auto-approve --max-calls 500 --max-duration 10m
  workmailctl apply acme/ --auto-approve --expect-plan 1f0c93ab52d7e604")]
pub(crate) struct Args {
    /// Manifests: folders or files; or one saved plan
    #[arg(required = true, value_name = "PATH|PLAN")]
    paths: Vec<PathBuf>,
    /// Apply to an emulator filled from what is live, and throw it away
    #[arg(long, conflicts_with = "expect_plan")]
    rehearse: bool,
    #[command(flatten)]
    flags: Flags,
}

/// How a plan is applied, wherever it comes from.
#[derive(ClapArgs, Debug)]
pub(crate) struct Flags {
    /// Do not ask
    #[arg(long, alias = "yes")]
    pub(super) auto_approve: bool,
    /// Lift a guard, best for one target
    #[arg(long, value_name = "GUARD[=TARGET]", value_parser = allowance)]
    allow: Vec<Allowance>,
    /// Go on only if the plan is the reviewed one, by the hash that `plan` tells or its beginning
    #[arg(long, value_name = "HASH", value_parser = plan_hash)]
    pub(super) expect_plan: Option<String>,
    /// Refuse a plan of which something cannot be undone, or not for ever
    #[arg(long)]
    pub(super) require_reversible: bool,
    /// Write the journal to this file, and what undoes the run beside it
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Take a temporary address for a leftover of a crash when it is this old
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(super) temporary_age: Duration,
    /// Read for so long at most until what was written is seen everywhere
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    wait: Duration,
    #[command(flatten)]
    budget: BudgetFlags,
    /// Show fields and calls
    #[arg(long)]
    pub(super) details: bool,
    #[command(flatten)]
    secrets: SecretFlags,
    #[command(flatten)]
    pub(super) evidence: EvidenceFlags,
    #[command(flatten)]
    pub(super) global: Global,
}

/// Applies manifests, or a saved plan.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    summed_up(&args.flags, args.rehearse, |printer, summary| {
        apply(args, printer, summary)
    })
}

/// Applies something, and ends what programs read with a summary, whatever comes of it.
pub(super) fn summed_up(
    flags: &Flags,
    unasked: bool,
    apply: impl FnOnce(&Printer, &mut RunSummary) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let printer = Printer::new(&flags.global.output)?;
    logging::begin(flags.global.output.verbose, printer.err.color);
    if !flags.auto_approve && !unasked && !may_ask(&printer) {
        return Err(Failure::usage("there is no terminal to ask on").help(
            "pass --auto-approve, or review a plan first: `workmailctl plan PATH --out FILE`",
        ));
    }
    printer.record(&Record::version())?;
    let mut summary = RunSummary::default();
    let done = apply(&printer, &mut summary);
    let exit = match &done {
        Ok(exit) => *exit,
        Err(failure) => {
            "failed".clone_into(&mut summary.result);
            failure.sentence().clone_into(&mut summary.message);
            failure.exit
        }
    };
    summary.exit_code = exit.code();
    printer.record(&Record::summary(summary))?;
    done
}

fn apply(args: &Args, printer: &Printer, summary: &mut RunSummary) -> Result<Exit, Failure> {
    let flags = &args.flags;
    let saved = args.paths.iter().find(|path| looks_like_plan(path));
    if let Some(path) = saved {
        if args.paths.len() > 1 {
            return Err(Failure::usage("a saved plan is applied alone"));
        }
        if args.rehearse {
            return Err(Failure::usage(
                "only manifests can be rehearsed, not a saved plan",
            ));
        }
        return runtime()?.block_on(saved::apply(flags, path, printer, summary));
    }
    let all = manifests::load(&args.paths, printer)?;
    if flags.expect_plan.is_some() && all.len() > 1 {
        return Err(Failure::usage(
            "--expect-plan is about the plan of one manifest",
        ));
    }
    let mut exit = Exit::Done;
    for loaded in &all {
        exit = exit.or(if args.rehearse {
            runtime()?.block_on(rehearsal::apply(flags, loaded, printer, summary))?
        } else {
            runtime()?.block_on(manifest::apply(flags, loaded, printer, summary))?
        });
        if exit.stops() {
            break;
        }
    }
    Ok(exit)
}

impl Flags {
    pub(super) fn allowances(&self) -> Allowances {
        Allowances {
            flags: self.allow.clone(),
            ..Allowances::default()
        }
    }

    /// The same for a plan that is there, with what the ledger tells of exports.
    fn allowances_for(&self, plan: &Plan, live: &Snapshot) -> Result<Allowances, Failure> {
        let flag = self.evidence.ledger.as_deref();
        Ok(Allowances {
            exports: ledger::evidence(flag, &plan.management, &plan.manifest.files, live)?,
            ..self.allowances()
        })
    }
}

/// What was written before a guard stood in the way.
#[derive(Clone, Copy, Debug)]
enum Written {
    Nothing,
    FirstRound,
}

impl Written {
    fn told(self) -> (Exit, &'static str) {
        match self {
            Self::Nothing => (Exit::Refused, reversible::NOTHING_WRITTEN),
            Self::FirstRound => (Exit::Partial, "the first round is written, the rest is not"),
        }
    }
}

/// A plan that guards block, with the flags that lift them.
fn blocked(plan: &Plan, written: Written) -> Failure {
    let guards: BTreeSet<&str> = plan.blocked.iter().map(|one| one.guard.as_str()).collect();
    let guards: Vec<&str> = guards.into_iter().collect();
    let (exit, what) = written.told();
    let mut flags: Vec<&str> = Vec::new();
    for flag in plan.blocked.iter().filter_map(|one| one.allow.as_deref()) {
        // One flag may lift several.
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    let failure = Failure::new(exit, format!("blocked by {}: {what}", guards.join(", ")));
    if flags.is_empty() {
        failure.help("no flag lifts this: change the manifest")
    } else {
        failure.help(format!("approve with {}", flags.join(" ")))
    }
}

/// The hash of a plan, or enough of its beginning that no other plan is meant by mistake.
fn plan_hash(text: &str) -> Result<String, String> {
    let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && (8..=64).contains(&text.len()) {
        Ok(text.to_lowercase())
    } else {
        Err("write 8 to 64 hexadecimal digits, as `workmailctl plan` tells them".to_owned())
    }
}

pub(super) fn may_ask(printer: &Printer) -> bool {
    printer.format == Format::Text && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for what the plan needs before it is applied: a yes, or the alias of an organization that is
/// deleted. A guard that nobody lifted ends it.
fn approve(
    args: &Flags,
    plan: &Plan,
    written: Written,
    asks: bool,
    printer: &Printer,
) -> Result<(), Failure> {
    if args.require_reversible {
        let (exit, what) = written.told();
        reversible::refuse(&reversible::irreversible(plan), exit, what)?;
    }
    let asks = asks && !args.auto_approve;
    let only_alias = matches!(plan.blocked.as_slice(), [one] if one.guard == DELETE_GUARD);
    if only_alias && asks && may_ask(printer) {
        let alias = printer.err.safe(&plan.organization.alias).into_owned();
        let question =
            format!("\nDelete {alias} with all its mail? Only its alias, typed whole, goes on: ");
        return answered(&question, &plan.organization.alias);
    }
    if !plan.blocked.is_empty() {
        return Err(blocked(plan, written));
    }
    if asks { ask(plan, printer) } else { Ok(()) }
}

/// Asks whether the plan shall be applied. Only a whole `yes` is a yes.
fn ask(plan: &Plan, printer: &Printer) -> Result<(), Failure> {
    let question = format!(
        "\nMake {} in {}? Only `yes` goes on: ",
        counted(plan.operations.len(), "call", "calls"),
        printer.err.safe(&plan.organization.alias)
    );
    answered(&question, "yes")
}

/// Goes on if this is the answer.
pub(super) fn answered(question: &str, wanted: &str) -> Result<(), Failure> {
    super::stderr(question);
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && answer.trim() == wanted {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "not approved: nothing was written",
    ))
}
