//! Applying a manifest: rounds of plan, ask, execute and verify.

use workmailctl::model::{Held, Snapshot};
use workmailctl::plan::Plan;
use workmailctl::report::{Record, RunSummary, plan_text};

use super::super::failure::{Exit, Failure};
use super::super::manifests::Loaded;
use super::super::output::{Printer, Product};
use super::super::plan::{context, exit_of};
use super::super::reading::{self, Reading, refuse_problems};
use super::super::scope;
use super::super::session::Session;
use super::lifecycle::{self, End, Waited};
use super::probe;
use super::round::{self, Round};
use super::verify::{self, Verdict};
use super::{Flags, Written, approve};

/// The most rounds of one apply. A second one is needed where something could only be read once the
/// first one had its effect.
const ROUNDS: usize = 3;

/// Applies one manifest to what is live.
pub(super) async fn apply(
    args: &Flags,
    loaded: &Loaded,
    printer: &Printer,
    summary: &mut RunSummary,
) -> Result<Exit, Failure> {
    let session = Session::open(&args.global, Some(&loaded.desired)).await?;
    apply_to(args, loaded, &session, printer, summary).await
}

/// Applies one manifest to the organization of a session.
pub(in crate::cli) async fn apply_to(
    args: &Flags,
    loaded: &Loaded,
    session: &Session,
    printer: &Printer,
    summary: &mut RunSummary,
) -> Result<Exit, Failure> {
    let mut reading = reading::read(session, &loaded.desired, args.temporary_age, printer).await?;
    if let Some(end) = lifecycle::under_way(&reading.live, session) {
        match lifecycle::until(end, session, printer).await? {
            Waited::Reached => {}
            Waited::Late => return Err(late(&reading.live)),
            Waited::Stopped(exit) => {
                "interrupted".clone_into(&mut summary.result);
                "interrupted: run again".clone_into(&mut summary.message);
                return Ok(exit);
            }
        }
        reading = reading::read(session, &loaded.desired, args.temporary_age, printer).await?;
    }
    scope::warn_of_unfound(&args.global.scope, loaded, &reading, printer);
    let mut allowances = args.allowances();
    let mut plan = reading::plan(loaded, &reading, &args.global, &args.evidence, &allowances)?;
    // An organization that is made takes a round of its own.
    let rounds = ROUNDS + usize::from(plan.creates_organization());
    for number in 1..=rounds {
        show(args, loaded, session, &reading, &plan, printer)?;
        summary.plan_hash = Some(plan.plan_hash.clone());
        refuse_problems(&plan)?;
        if let Some(expected) = &args.expect_plan
            && !plan.plan_hash.starts_with(expected.as_str())
        {
            let message = format!(
                "the plan is {} now, and not the expected one",
                plan.plan_hash
            );
            return Err(Failure::new(Exit::Stale, message).help("review the plan again"));
        }
        let unread = exit_of(&plan);
        if plan.is_empty() {
            "noChanges".clone_into(&mut summary.result);
            "nothing to do".clone_into(&mut summary.message);
            return Ok(unread);
        }
        let written = if number == 1 {
            Written::Nothing
        } else {
            Written::FirstRound
        };
        args.budget.refuse_too_few(&plan, summary)?;
        approve(args, &plan, written, session.asks(), printer)?;
        let mut round =
            Round::begin(args, session, (&plan, &reading.live), number, printer).await?;
        let budget = args.budget.left(summary);
        let outcome = round.execute(&plan, &reading.live, budget).await?;
        summary.add(&outcome);
        summary.journal = round.journal_path();
        probe::written(session, &plan, &outcome, printer, summary).await;
        let judged = round::judge(&outcome, round.signal());
        if judged != Exit::Done {
            summary.leave(round::left(&plan, &reading.live, &outcome, args));
            summary.left_by_budget = args.budget.record(&plan, &outcome);
            round::finish(&round, &plan, &outcome, judged, summary)?;
            return Ok(judged);
        }
        let verdict = if !outcome.misjudged.is_empty() {
            Verdict::Left(outcome.misjudged.clone(), unread)
        } else if let Some(end) = begun(&plan) {
            verify::after_waiting(end, args, loaded, session, printer).await?
        } else {
            verify::until_as_wanted(args, loaded, session, &plan, &reading, &round).await?
        };
        match verdict {
            Verdict::Converged(held) => {
                summary.remaining.clear();
                summary.held = new_ones(held, &plan);
                round::finish(&round, &plan, &outcome, unread, summary)?;
                return Ok(unread);
            }
            Verdict::Left(lines, unread) => {
                summary.remaining = lines;
                let exit = unread.or(Exit::NotConverged);
                round::finish(&round, &plan, &outcome, exit, summary)?;
                return Ok(exit);
            }
            Verdict::Stopped(exit) => {
                round::finish(&round, &plan, &outcome, exit, summary)?;
                return Ok(exit);
            }
            Verdict::More(next) if args.expect_plan.is_some() || number == rounds => {
                summary.remaining = verify::lines(&next);
                round::finish(&round, &plan, &outcome, Exit::NotConverged, summary)?;
                return Ok(Exit::NotConverged);
            }
            Verdict::More(_) => {
                printer.say(why_again(&plan));
                reading =
                    reading::read(session, &loaded.desired, args.temporary_age, printer).await?;
                allowances.registered.extend(plan.registered());
                plan = reading::plan(loaded, &reading, &args.global, &args.evidence, &allowances)?;
            }
        }
    }
    Ok(Exit::NotConverged)
}

/// Why another round follows the one of this plan.
fn why_again(plan: &Plan) -> &'static str {
    if plan.creates_organization() {
        "\nThe organization is there, and the rest is planned.\n"
    } else {
        "\nMore can be read now, and there is more to do.\n"
    }
}

/// What the plan began and the service goes on with.
pub(super) fn begun(plan: &Plan) -> Option<End> {
    if plan.creates_organization() {
        Some(End::Usable)
    } else if plan.deletes_organization() {
        Some(End::Gone)
    } else {
        None
    }
}

/// What waits now and did not when the plan was shown, such as for the records of a new domain.
fn new_ones(held: Vec<Held>, plan: &Plan) -> Vec<Held> {
    let mut held = held;
    held.retain(|one| !plan.held.contains(one));
    held
}

fn late(live: &Snapshot) -> Failure {
    let organization = &live.organization;
    let message = format!(
        "{} is still {}: it took longer than this run waits",
        organization.alias, organization.state
    );
    Failure::new(Exit::NotConverged, message).help("run again: the next run goes on")
}

fn show(
    args: &Flags,
    loaded: &Loaded,
    session: &Session,
    reading: &Reading,
    plan: &Plan,
    printer: &Printer,
) -> Result<(), Failure> {
    let context = context(
        &args.global,
        loaded,
        reading,
        session.source.clone(),
        args.details,
    );
    printer.product(&Product {
        text: &|look| plan_text(plan, &context, look),
        json: &|| format!("{}\n", Record::planned(plan).line()),
    })
}
