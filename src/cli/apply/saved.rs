//! Applying a saved plan: exactly it, trusted no further than a manifest.

use std::collections::BTreeSet;
use std::path::Path;

use workmailctl::kinds::setting::kinds_named;
use workmailctl::kinds::{KINDS, Kinds, setting};
use workmailctl::live::{self, Needs, Piece};
use workmailctl::model::{Limit, MANAGEMENT_TAG, Snapshot, TAG, Target};
use workmailctl::plan::model::{Naming, apply_to, excerpt};
use workmailctl::plan::{
    Plan, contradiction, guard_again, guard_needs, misdirected, part_value, piece_of, renamed,
    renamed_settings, reversibility,
};
use workmailctl::report::{PlanContext, Record, RunSummary, plan_text};

use super::super::failure::{Exit, Failure};
use super::super::files::{self, now};
use super::super::output::{Printer, Product};
use super::super::plan::exit_of;
use super::super::reading::{ROUNDS, refuse_problems};
use super::super::session::Session;
use super::super::signal::Signal;
use super::lifecycle::{self, End, Waited};
use super::probe;
use super::round::{self, Round};
use super::verify::Patience;
use super::{Flags, Written, approve, manifest};

/// Applies the plan of a file.
pub(super) async fn apply(
    args: &Flags,
    path: &Path,
    printer: &Printer,
    summary: &mut RunSummary,
) -> Result<Exit, Failure> {
    let mut plan = files::plan(path)?;
    refuse_unfit(args, &plan)?;
    let session = Session::open_saved(&args.global, &plan).await?;
    let mut live = read(&plan, &session).await?;
    let organization = &live.organization;
    if plan.creates_organization() && (organization.is_there() || !organization.state.is_empty()) {
        let message = format!("{} is there already", plan.organization.alias);
        return Err(Failure::new(Exit::Stale, message).help("plan again"));
    }
    if plan.deletes_organization() && !organization.is_there() {
        let alias = &plan.organization.alias;
        printer.say(&format!("nothing to do: {alias} is gone already\n"));
        "noChanges".clone_into(&mut summary.result);
        "nothing to do".clone_into(&mut summary.message);
        return Ok(Exit::Done);
    }
    if let Some(why) = misdirected(&plan, &live).or_else(|| contradiction(&plan, &live)) {
        let message = format!("`{}` is no plan to trust: {why}", path.display());
        return Err(Failure::new(Exit::BadInput, message).help("plan again"));
    }
    let guarded = guarded(&plan, &live);
    read_for_guards(&guarded, &session, &mut live).await;
    plan.blocked = guard_again(
        KINDS,
        &guarded,
        &live,
        &args.allowances_for(&guarded, &live)?,
        now(),
    );
    reversibility::judge(&mut plan, &live, now());
    summary.plan_hash = Some(plan.plan_hash.clone());
    show(args, path, &plan, &session, printer)?;
    refuse_problems(&plan)?;
    let unread = exit_of(&plan);
    if plan.is_empty() {
        "noChanges".clone_into(&mut summary.result);
        "nothing to do".clone_into(&mut summary.message);
        return Ok(unread);
    }
    args.budget.refuse_too_few(&plan, summary)?;
    approve(args, &plan, Written::Nothing, true, printer)?;
    let mut round = Round::begin(args, &session, (&plan, &live), 1, printer)
        .await?
        .comparing();
    let budget = args.budget.left(summary);
    let outcome = round.execute(&plan, &live, budget).await?;
    summary.add(&outcome);
    summary.journal = round.journal_path();
    probe::written(&session, &plan, &outcome, printer, summary).await;
    let mut exit = round::judge(&outcome, round.signal());
    if exit != Exit::Done {
        summary.leave(round::left(&guarded, &live, &outcome, args));
        summary.left_by_budget = args.budget.record(&plan, &outcome);
    }
    if exit == Exit::Done {
        summary.remaining = match manifest::begun(&plan) {
            Some(end) => until(end, &session, printer).await?,
            None => until_as_planned(args, &plan, &live, &session, &round).await?,
        };
        summary.remaining.extend(outcome.misjudged.iter().cloned());
        if !summary.remaining.is_empty() {
            exit = round.signal().map_or(Exit::NotConverged, Signal::exit);
        }
        exit = exit.or(unread);
    }
    round::finish(&round, &plan, &outcome, exit, summary)?;
    Ok(exit)
}

fn refuse_unfit(args: &Flags, plan: &Plan) -> Result<(), Failure> {
    let scope = &args.global.scope;
    if !scope.target.is_empty() || !scope.exclude.is_empty() {
        return Err(Failure::usage("a saved plan is applied whole")
            .help("plan again with --target or --exclude"));
    }
    if let Some(expected) = &args.expect_plan
        && !plan.plan_hash.starts_with(expected.as_str())
    {
        let message = format!("the plan is {}, and not the expected one", plan.plan_hash);
        return Err(Failure::new(Exit::Stale, message));
    }
    if let Some(until) = plan.valid_until.filter(|until| *until <= now()) {
        let message = format!("an `until` of the plan has passed at {until}");
        return Err(Failure::new(Exit::Stale, message).help("plan again"));
    }
    Ok(())
}

/// Everything there is by name, under the names that the plan gives, then what guards and the
/// comparison need of it.
async fn read(plan: &Plan, session: &Session) -> Result<Snapshot, Failure> {
    let lists = Needs {
        mail_domains: true,
        lists: KINDS.iter().map(|entry| entry.name.to_owned()).collect(),
        settings: settings_of(plan),
        ..Needs::default()
    };
    let mut live = session.read(&lists).await?;
    live.rename(&renamed(plan, &live));
    let names = renamed_settings(plan, &live);
    live::under_names(&mut live, &names);
    let mut needs = needs(plan);
    needs
        .pieces
        .retain(|target, _| live.entities.contains_key(target));
    Box::pin(live::read_more(session.client(), KINDS, &mut live, &needs)).await;
    Ok(live)
}

/// What guards have to know beyond what the plan touches, a round of reading at a time: a list tells
/// whom to ask for next. What is still missing then, guards take for not known.
async fn read_for_guards(plan: &Plan, session: &Session, live: &mut Snapshot) {
    for _ in 0..ROUNDS {
        let needs = guard_needs(KINDS, plan, live);
        if needs.is_empty() {
            break;
        }
        Box::pin(live::read_more(session.client(), KINDS, live, &needs)).await;
    }
}

/// What is needed beside the lists: more than the plan itself, which is not trusted.
fn needs(plan: &Plan) -> Needs {
    let mut needs = Needs::default();
    for operation in &plan.operations {
        let target = &operation.target;
        if !target.is_entity() {
            continue;
        }
        for piece in [
            Piece::Details,
            Piece::Aliases,
            Piece::Links,
            Piece::Grants,
            Piece::Groups,
        ] {
            needs.piece(target, piece);
        }
        for expectation in operation
            .expects
            .iter()
            .filter(|one| one.target.is_entity())
        {
            needs.piece(&expectation.target, piece_of(&expectation.part));
        }
    }
    needs
}

/// The plan as guards see it: where no apply has recorded `management` yet, the built-in limits hold
/// beside those of the file.
fn guarded(plan: &Plan, live: &Snapshot) -> Plan {
    let mut guarded = plan.clone();
    if live.tag(MANAGEMENT_TAG).is_none() {
        let built_in = Limit::default();
        let removals = &mut guarded.management.limits.removals;
        removals.max = removals.max.min(built_in.max);
        removals.percent = removals.percent.min(built_in.percent);
    }
    guarded
}

fn show(
    args: &Flags,
    path: &Path,
    plan: &Plan,
    session: &Session,
    printer: &Printer,
) -> Result<(), Failure> {
    let context = PlanContext {
        source: session.source.clone(),
        caller: session.caller(),
        manifests: path.display().to_string(),
        reading: None,
        parallelism: (
            args.global.pace.read_parallelism,
            args.global.pace.write_parallelism,
        ),
        details: args.details,
        at: None,
        apply_command: format!("workmailctl apply {}", path.display()),
    };
    printer.product(&Product {
        text: &|look| plan_text(plan, &context, look),
        json: &|| format!("{}\n", Record::planned(plan).line()),
    })
}

/// Waits for an organization that is being made or deleted, and returns what is left to do then.
async fn until(end: End, session: &Session, printer: &Printer) -> Result<Vec<String>, Failure> {
    let waited = lifecycle::until(end, session, printer).await?;
    Ok(match (end, waited) {
        (End::Gone, Waited::Reached) => Vec::new(),
        (End::Usable, Waited::Reached) => {
            vec!["the organization is there: apply its manifest, which does the rest".to_owned()]
        }
        (_, Waited::Late | Waited::Stopped(_)) => {
            vec!["the organization is still not as wanted: apply its manifest".to_owned()]
        }
    })
}

/// Reads what the plan touched until it is as the plan leads to, and returns what is not.
async fn until_as_planned(
    args: &Flags,
    plan: &Plan,
    live: &Snapshot,
    session: &Session,
    round: &Round<'_>,
) -> Result<Vec<String>, Failure> {
    let expected = expected(KINDS, plan, live);
    let parts: BTreeSet<(&Target, &str)> = plan
        .operations
        .iter()
        .flat_map(|operation| &operation.expects)
        .map(|expectation| (&expectation.target, expectation.part.as_str()))
        .collect();
    let is_of_organization =
        |target: &Target| !target.is_entity() && setting(target.kind()).is_none();
    let mut needs = Needs {
        settings: settings_of(plan),
        mail_domains: parts.iter().any(|(target, _)| is_of_organization(target)),
        ..Needs::default()
    };
    if !needs.settings.is_empty() {
        // They name users by id.
        let kinds = KINDS.iter().map(|entry| entry.name.to_owned());
        needs.lists.extend(kinds);
    }
    for (target, part) in parts.iter().filter(|(target, _)| target.is_entity()) {
        needs.lists.insert(target.kind().to_owned());
        let piece = piece_of(part);
        // Members and grantees are told by id; only lists tell who they are.
        if matches!(piece, Piece::Links | Piece::Grants | Piece::Groups) {
            let kinds = KINDS.iter().map(|entry| entry.name.to_owned());
            needs.lists.extend(kinds);
        }
        needs.piece(target, piece);
    }
    let mut patience = Patience::of(args.wait);
    loop {
        let fresh = session.read(&needs).await?;
        let left: Vec<String> = parts
            .iter()
            .filter_map(|(target, part)| {
                let wanted = part_value(&expected, target, part);
                let found = part_value(&fresh, target, part);
                let is_gone = wanted.is_null()
                    && setting(target.kind()).is_some_and(|kind| kind.means_none(&found));
                (wanted != found && !is_gone)
                    .then(|| format!("{target} {part}: wanted {wanted}, found {found}"))
            })
            .collect();
        if left.is_empty() || !patience.wait(round).await {
            return Ok(left);
        }
    }
}

/// The kinds of settings that the plan writes, those that they name, and tags.
fn settings_of(plan: &Plan) -> BTreeSet<String> {
    let written = plan
        .operations
        .iter()
        .filter_map(|operation| setting(operation.target.kind()));
    let kinds = written.flat_map(|kind| {
        let named = kinds_named(kind.members).into_iter();
        let settings = named.filter(|named| setting(named).is_some());
        settings.chain([kind.name])
    });
    // Tags remember `management`, and what the service does not tell.
    kinds.chain([TAG]).map(str::to_owned).collect()
}

/// What the touched things become by the plan.
fn expected(kinds: Kinds, plan: &Plan, live: &Snapshot) -> Snapshot {
    let naming = Naming::of(plan);
    let mut expected = excerpt(live, &plan.operations);
    for operation in &plan.operations {
        apply_to(kinds, &mut expected, operation, &naming, None);
    }
    expected
}
