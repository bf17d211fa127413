//! `workmailctl plan`: read, compare, show.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use jiff::Timestamp;
use workmailctl::kinds::KINDS;
use workmailctl::plan::{Allowances, Plan, no_longer_declared};
use workmailctl::report::{PlanContext, Source, plan_text};

use super::base;
use super::failure::{Exit, Failure};
use super::files::{self, now, pretty, write_private};
use super::global::{EvidenceFlags, Global};
use super::manifests::{self, Loaded};
use super::output::{Printer, Product};
use super::reading::{self, Reading};
use super::scope;
use super::session::Session;
use super::{logging, reversible, runtime};

/// Show what an apply would do
///
/// Reads what comparing and writing need, writes nothing, and shows the changes in the words of the
/// manifest. With `--format json` one plan is one document, and several are a line each.
#[derive(ClapArgs, Debug)]
#[command(visible_aliases = ["diff", "preview"], after_help = "Examples:
  workmailctl plan acme/
  workmailctl plan acme/ --out plan.json
  workmailctl plan acme/ --against snapshot.json
  workmailctl plan acme/ --base origin/main
  workmailctl plan acme/ --at 2027-01-01
  workmailctl plan acme/ --require-reversible
  workmailctl plan acme/ --emulator --details --format json")]
pub(crate) struct Args {
    /// Manifests: folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show what an apply would do at this time: a date (from its beginning, UTC) or an RFC 3339 time
    #[arg(long, value_name = "DATE", value_parser = time, conflicts_with_all = ["out", "detailed_exitcode"])]
    at: Option<Timestamp>,
    /// Save the plan to this file, for `apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Compare with this snapshot instead of what is live
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Name what this folder or Git revision declares and the manifest no longer does
    #[arg(long, value_name = "REF|DIR")]
    base: Option<String>,
    /// End with 2 where there are changes, with 3 where a guard blocks them
    #[arg(long, alias = "expect-no-changes")]
    detailed_exitcode: bool,
    /// End with 3 where something cannot be undone, or not for ever, and name it
    #[arg(long)]
    require_reversible: bool,
    /// Show fields and calls
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    evidence: EvidenceFlags,
    #[command(flatten)]
    global: Global,
}

/// Plans each manifest.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let printer = Printer::new(&args.global.output)?;
    logging::begin(args.global.output.verbose, printer.err.color);
    if args.out.is_some() && args.paths.len() > 1 {
        return Err(Failure::usage("--out takes the plan of one manifest only")
            .help("plan the manifests one by one"));
    }
    if let Some(base) = args.base.as_ref().filter(|_| args.paths.len() > 1)
        && std::path::Path::new(base).is_dir()
    {
        return Err(
            Failure::usage("a folder as --base is the base of one manifest only")
                .help("plan the manifests one by one, or give a revision"),
        );
    }
    let against = args.against.as_deref().map(files::snapshot).transpose()?;
    let all = manifests::load_at(&args.paths, args.at.unwrap_or_else(now), &printer)?;
    let bases = all
        .iter()
        .map(|loaded| {
            args.base
                .as_ref()
                .map(|base| base::load(base, &loaded.path))
        })
        .map(Option::transpose)
        .collect::<Result<Vec<_>, _>>()?;
    let mut exit = Exit::Done;
    let mut irreversible = Vec::new();
    for (loaded, base) in all.iter().zip(&bases) {
        let (reading, source) = match &against {
            Some(live) => {
                let path = args.against.as_ref().expect("it was read from there");
                manifests::check_organization(loaded, live)?;
                let reading = Reading::of(&loaded.desired, live.clone(), reading::TEMPORARY_AGE);
                (reading, Source::Snapshot(path.display().to_string()))
            }
            None => runtime()?.block_on(async {
                let session = Session::open(&args.global, Some(&loaded.desired)).await?;
                let reading =
                    reading::read(&session, &loaded.desired, reading::TEMPORARY_AGE, &printer)
                        .await?;
                Ok::<_, Failure>((reading, session.source.clone()))
            })?,
        };
        let mut plan = reading::plan(
            loaded,
            &reading,
            &args.global,
            &args.evidence,
            &Allowances::default(),
        )?;
        if let Some(base) = base {
            plan.no_longer_declared =
                no_longer_declared(KINDS, base, &loaded.desired, &reading.live, &plan);
        }
        let context = PlanContext {
            at: args.at,
            ..context(&args.global, loaded, &reading, source, args.details)
        };
        scope::warn_of_unfound(&args.global.scope, loaded, &reading, &printer);
        show(
            &printer,
            &plan,
            &context,
            Layout::of(&all),
            &hash_line(&plan),
        )?;
        if let Some(path) = &args.out {
            write_private(path, &pretty(&plan))?;
            printer.say(&format!("saved the plan to {}\n", path.display()));
        }
        exit = exit.or(exit_of(&plan));
        if args.require_reversible {
            irreversible.extend(reversible::irreversible(&plan));
        }
        if args.detailed_exitcode {
            exit = exit.or(drift_of(&plan));
            if !plan.blocked.is_empty() {
                exit = exit.or(Exit::Refused);
            }
        }
    }
    reversible::refuse(
        &irreversible,
        exit.or(Exit::Refused),
        reversible::NOTHING_WRITTEN,
    )?;
    Ok(exit)
}

/// `--at`: what becomes due in the meantime is due then.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let begins = text
        .parse::<jiff::civil::Date>()
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC));
    begins.map(|zoned| zoned.timestamp()).map_err(|_| {
        "write a date such as 2026-12-31, or an RFC 3339 time such as 2026-12-31T18:00:00Z"
            .to_owned()
    })
}

/// How plans are laid out as JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    /// One plan: a document for eyes as well.
    Document,
    /// One of several: a line each, so that programs can tell them apart while they come.
    Line,
}

impl Layout {
    /// The layout of the plans of these manifests.
    pub(crate) fn of(all: &[Loaded]) -> Self {
        if all.len() > 1 {
            Self::Line
        } else {
            Self::Document
        }
    }

    fn text(self, plan: &Plan) -> String {
        match self {
            Self::Document => pretty(plan),
            Self::Line => {
                let line = serde_json::to_string(plan).expect("what is written is plain data");
                line + "\n"
            }
        }
    }
}

/// Writes a plan as the product, as text with this line at the end.
pub(crate) fn show(
    printer: &Printer,
    plan: &Plan,
    context: &PlanContext,
    layout: Layout,
    last_line: &str,
) -> Result<(), Failure> {
    printer.product(&Product {
        text: &|look| plan_text(plan, context, look) + last_line,
        json: &|| layout.text(plan),
    })
}

/// The beginning of the hash of a plan that can be applied, as `--expect-plan` takes it and as
/// `CloudTrail` tells it of every call.
fn hash_line(plan: &Plan) -> String {
    if plan.operations.is_empty() {
        return String::new();
    }
    let hash = plan.plan_hash.get(..16).unwrap_or(&plan.plan_hash);
    format!("plan hash: {hash}\n")
}

/// What a plan's text tells besides the plan.
pub(crate) fn context(
    global: &Global,
    loaded: &Loaded,
    reading: &Reading,
    source: Source,
    details: bool,
) -> PlanContext {
    let mut apply_command = format!("workmailctl {} {}", loaded.verb(), loaded.path);
    if let Some(file) = &global.connection.emulator {
        apply_command.push_str(" --emulator");
        if file.as_os_str() != super::global::EMULATOR_FILE {
            let _ = write!(apply_command, "={}", file.display());
        }
    }
    PlanContext {
        source,
        caller: reading.live.organization.caller.clone(),
        manifests: loaded.path.clone(),
        reading: reading.elapsed,
        parallelism: (global.pace.read_parallelism, global.pace.write_parallelism),
        details,
        at: None,
        apply_command,
    }
}

/// How a plan ends that was only made: what could not be read, and what is wrong in the manifest.
pub(crate) fn exit_of(plan: &Plan) -> Exit {
    let unread = plan
        .snapshot
        .unknown
        .iter()
        .filter_map(|gap| Exit::of_unread(gap.unknown.cause))
        .fold(Exit::Done, Exit::or);
    if plan.problems.is_empty() {
        unread
    } else {
        unread.or(Exit::BadInput)
    }
}

/// Whether a plan is drift. What is held alone is none, nor what became due less than a day ago.
pub(crate) fn drift_of(plan: &Plan) -> Exit {
    if plan.is_drift() {
        Exit::Changes
    } else {
        Exit::Done
    }
}
