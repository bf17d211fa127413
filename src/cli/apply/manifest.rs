//! Applying a manifest: rounds of plan, ask, execute and verify.

use workmailctl::plan::Plan;
use workmailctl::report::{Record, RunSummary, plan_text};

use super::super::failure::{Exit, Failure};
use super::super::manifests::Loaded;
use super::super::output::{Printer, Product};
use super::super::plan::{context, exit_of};
use super::super::reading::{self, Reading, refuse_problems};
use super::super::scope;
use super::super::session::Session;
use super::probe;
use super::round::{self, Round};
use super::verify::{self, Verdict};
use super::{Args, Written, ask, blocked};

/// The most rounds of one apply. A second one is needed where something could only be read once the
/// first one had its effect.
const ROUNDS: usize = 3;

/// Applies one manifest to what is live.
pub(super) async fn apply(
    args: &Args,
    loaded: &Loaded,
    printer: &Printer,
    summary: &mut RunSummary,
) -> Result<Exit, Failure> {
    let session = Session::open(&args.global, Some(&loaded.desired)).await?;
    apply_to(args, loaded, &session, printer, summary).await
}

/// Applies one manifest to the organization of a session.
pub(super) async fn apply_to(
    args: &Args,
    loaded: &Loaded,
    session: &Session,
    printer: &Printer,
    summary: &mut RunSummary,
) -> Result<Exit, Failure> {
    let mut reading = reading::read(session, &loaded.desired, args.temporary_age, printer).await?;
    scope::warn_of_unfound(&args.global.scope, loaded, &reading, printer);
    let mut plan = reading::plan(loaded, &reading, &args.global, &args.allowances())?;
    for number in 1..=ROUNDS {
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
        if !plan.blocked.is_empty() {
            let written = if number == 1 {
                Written::Nothing
            } else {
                Written::FirstRound
            };
            return Err(blocked(&plan, written));
        }
        if !args.auto_approve && session.asks() {
            ask(&plan, printer)?;
        }
        let mut round = Round::begin(args, session, &plan, number, printer)?;
        let outcome = round.execute(&plan, &reading.live).await?;
        summary.add(&outcome);
        summary.journal = round.journal_path();
        probe::written(session, &plan, &outcome, printer, summary).await;
        let judged = round::judge(&outcome, round.signal());
        if judged != Exit::Done {
            summary.leave(round::left(&plan, &reading.live, &outcome, args));
            round::finish(&round, &plan, &outcome, judged, summary)?;
            return Ok(judged);
        }
        let verdict =
            verify::until_as_wanted(args, loaded, session, &plan, &reading, &round).await?;
        match verdict {
            Verdict::Converged => {
                summary.remaining.clear();
                round::finish(&round, &plan, &outcome, unread, summary)?;
                return Ok(unread);
            }
            Verdict::Left(lines) => {
                summary.remaining = lines;
                let exit = unread.or(Exit::NotConverged);
                round::finish(&round, &plan, &outcome, exit, summary)?;
                return Ok(exit);
            }
            Verdict::Stopped(exit) => {
                round::finish(&round, &plan, &outcome, exit, summary)?;
                return Ok(exit);
            }
            Verdict::More(next) if args.expect_plan.is_some() || number == ROUNDS => {
                summary.remaining = verify::lines(&next);
                round::finish(&round, &plan, &outcome, Exit::NotConverged, summary)?;
                return Ok(Exit::NotConverged);
            }
            Verdict::More(_) => {
                printer.say("\nMore can be read now, and there is more to do.\n");
                reading =
                    reading::read(session, &loaded.desired, args.temporary_age, printer).await?;
                plan = reading::plan(loaded, &reading, &args.global, &args.allowances())?;
            }
        }
    }
    Ok(Exit::NotConverged)
}

fn show(
    args: &Args,
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
