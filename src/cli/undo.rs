//! `workmailctl undo`: what one run or several changed, brought back.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use workmailctl::apply::{UndoFile, recorded};
use workmailctl::kinds::KINDS;
use workmailctl::live;
use workmailctl::model::{Desired, DesiredOrganization, Management, Pins, Snapshot};
use workmailctl::plan::undo::{self, Recorded, Reversal};
use workmailctl::report::{RunSummary, counted, plan_text};

use super::apply::{Flags, manifest, summed_up};
use super::failure::{Exit, Failure};
use super::files;
use super::manifests::Loaded;
use super::output::{Printer, Product};
use super::plan::context;
use super::session::Session;
use super::{logging, reading, reversible, runtime};

/// In how many rounds names that are in each other's way are brought back.
const ROUNDS: usize = 4;

/// Bring back what a run changed
///
/// Every apply writes beside its journal what undoes it. `undo` reads the organization, plans what brings it back to
/// what it was, and applies that like a manifest: shown, asked for, guarded, journaled. What somebody changed since
/// is left alone and told, and so is what nothing brings back. An undo can be undone.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:
  workmailctl undo .workmailctl/runs/20261122T140211Z-0f3c9a1b.jsonl
  workmailctl undo run.jsonl.undo --dry-run
  workmailctl undo first.jsonl second.jsonl --auto-approve --allow delete-user=kim")]
pub(crate) struct Args {
    /// The journals of runs, or the `.undo` files beside them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show the plan, and apply nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    flags: Flags,
}

/// Undoes runs, the last one first.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    if args.dry_run {
        let output = &args.flags.global.output;
        let printer = Printer::new(output)?;
        logging::begin(output.verbose, printer.err.color);
        return runtime()?.block_on(undo(args, &printer, &mut RunSummary::default()));
    }
    summed_up(&args.flags, false, |printer, summary| {
        runtime()?.block_on(undo(args, printer, summary))
    })
}

async fn undo(args: &Args, printer: &Printer, summary: &mut RunSummary) -> Result<Exit, Failure> {
    let runs = runs(&args.files)?;
    let global = &args.flags.global;
    let session = Session::open(global, Some(&organization_of(&runs))).await?;
    let names: Vec<String> = args
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let management = runs
        .last()
        .map(|run| run.management.clone())
        .unwrap_or_default();
    for _ in 1..ROUNDS {
        let (loaded, more, unread) = loaded(&session, &runs, &names, &management).await?;
        if args.dry_run {
            let shown = dry_run(args, &loaded, &session, printer).await?;
            return Ok(shown.or(unread));
        }
        let flags = &args.flags;
        let exit = manifest::apply_to(flags, &loaded, &session, printer, summary).await?;
        let exit = exit.or(unread);
        if !more || exit != Exit::Done || flags.expect_plan.is_some() {
            return Ok(exit);
        }
        printer.say("\nThere is more to bring back now.\n");
    }
    Ok(Exit::NotConverged)
}

/// What brings back what the runs changed, by what is live now; and whether there will be more.
async fn loaded(
    session: &Session,
    runs: &[Recorded],
    names: &[String],
    management: &Management,
) -> Result<(Loaded, bool, Exit), Failure> {
    let live = read(session, runs).await?;
    let Reversal {
        desired,
        notes,
        more,
        unread,
    } = undo::reversal(KINDS, runs, &live);
    let loaded = Loaded::of_runs(names.join(" "), desired, management.clone(), notes);
    let unread = if unread {
        Exit::Unreachable
    } else {
        Exit::Done
    };
    Ok((loaded, more, unread))
}

async fn dry_run(
    args: &Args,
    loaded: &Loaded,
    session: &Session,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let flags = &args.flags;
    let reading = reading::read(session, &loaded.desired, flags.temporary_age, printer).await?;
    let plan = reading::plan(
        loaded,
        &reading,
        &flags.global,
        &flags.evidence,
        &flags.allowances(),
    )?;
    let source = session.source.clone();
    let context = context(&flags.global, loaded, &reading, source, flags.details);
    printer.product(&Product {
        text: &|look| plan_text(&plan, &context, look),
        json: &|| files::pretty(&plan),
    })?;
    reading::refuse_problems(&plan)?;
    if flags.require_reversible {
        let told = reversible::irreversible(&plan);
        reversible::refuse(&told, Exit::Refused, reversible::NOTHING_WRITTEN)?;
    }
    Ok(if plan.blocked.is_empty() {
        Exit::Done
    } else {
        Exit::Refused
    })
}

/// The runs in the order in which they began.
fn runs(files: &[PathBuf]) -> Result<Vec<Recorded>, Failure> {
    let mut runs = Vec::new();
    for path in files {
        let (header, lines) = files::undo(&beside(path))?;
        runs.push((header.started_at, recorded(header, lines)));
    }
    runs.sort_by_key(|(started, _)| *started);
    let runs: Vec<Recorded> = runs.into_iter().map(|(_, run)| run).collect();
    let first = &runs[0].organization;
    if let Some(other) = runs.iter().find(|run| run.organization.id != first.id) {
        let message = format!(
            "these runs wrote {} and {}: undo them one by one",
            first.alias, other.organization.alias
        );
        return Err(Failure::new(Exit::BadInput, message));
    }
    if first.id.is_empty() {
        let message = format!("the run made the organization {}", first.alias);
        return Err(Failure::new(Exit::BadInput, message)
            .help("to delete it, apply a manifest with `organization: {state: absent}`"));
    }
    Ok(runs)
}

/// The file that undoes the run of a journal; what is one already is taken as it is.
fn beside(path: &Path) -> PathBuf {
    let file = UndoFile::beside(path);
    if path
        .extension()
        .is_some_and(|extension| extension == "undo")
        || !file.exists()
    {
        path.to_owned()
    } else {
        file
    }
}

fn organization_of(runs: &[Recorded]) -> Desired {
    let organization = &runs[0].organization;
    let region = &organization.region;
    Desired {
        organization: DesiredOrganization {
            alias: organization.alias.clone(),
            pins: Pins {
                id: Some(organization.id.clone()),
                region: (!region.is_empty()).then(|| region.clone()),
                account_id: None,
            },
            ..DesiredOrganization::default()
        },
        ..Desired::default()
    }
}

/// What is there now of what the runs touched.
async fn read(session: &Session, runs: &[Recorded]) -> Result<Snapshot, Failure> {
    let calls: usize = runs.iter().map(|run| run.operations.len()).sum();
    tracing::info!(calls = counted(calls, "call", "calls"), "undoing");
    let mut live = session.read(&undo::lists(KINDS, runs)).await?;
    let pieces = undo::pieces(KINDS, runs, &live);
    Box::pin(live::read_more(session.client(), KINDS, &mut live, &pieces)).await;
    Ok(live)
}
