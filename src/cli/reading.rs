//! Reading an organization and planning a manifest: the pipeline from both ends to a plan.
#![expect(clippy::disallowed_methods, reason = "measures how long reading takes")]

use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use jiff::SignedDuration;
use workmailctl::diff;
use workmailctl::kinds::KINDS;
use workmailctl::live;
use workmailctl::model::{ChangeSet, Desired, Snapshot};
use workmailctl::plan::{self, Allowance, Allowances, GUARDS, Plan, PlanError, Planning, Scope};

use super::failure::{Exit, Failure};
use super::files::now;
use super::global::{EvidenceFlags, Global};
use super::ledger;
use super::manifests::Loaded;
use super::output::Printer;
use super::session::Session;

/// How old a temporary address is before it is taken for a leftover, unless told otherwise.
pub(crate) const TEMPORARY_AGE: Duration = Duration::from_mins(15);

/// How often what writing needs is asked again. Each round reads more; none reads anything twice.
pub(super) const ROUNDS: usize = 8;

/// What was read, and how it differs from the manifest.
pub(crate) struct Reading {
    pub(crate) live: Snapshot,
    pub(crate) changes: ChangeSet,
    /// How long reading took; none: it was not read now.
    pub(crate) elapsed: Option<Duration>,
}

impl Reading {
    /// The comparison with a snapshot that is there already.
    pub(crate) fn of(desired: &Desired, live: Snapshot, temporary_age: Duration) -> Self {
        let live = diff::under_declared_names(desired, live);
        Self {
            changes: compare(desired, &live, temporary_age),
            live,
            elapsed: None,
        }
    }
}

/// Reads what comparing needs, then what writing the differences needs.
pub(crate) async fn read(
    session: &Session,
    desired: &Desired,
    temporary_age: Duration,
    printer: &Printer,
) -> Result<Reading, Failure> {
    let begun = Instant::now();
    let spinner = printer.redraws.then(|| {
        let spinner = ProgressBar::new_spinner()
            .with_message(format!("reading {}", desired.organization.alias));
        spinner.enable_steady_tick(Duration::from_millis(120));
        spinner
    });
    let needs = diff::needs(KINDS, desired);
    let mut live = diff::under_declared_names(desired, session.read(&needs).await?);
    tell_read(session, &live, begun);
    let mut changes = compare(desired, &live, temporary_age);
    for _ in 0..ROUNDS {
        let more = diff::more_needs(KINDS, desired, &changes, &live);
        if more.is_empty() {
            break;
        }
        tracing::info!(
            things = more.pieces.len(),
            "reading more, which writing the differences needs"
        );
        Box::pin(live::read_more(session.client(), KINDS, &mut live, &more)).await;
        tell_read(session, &live, begun);
        changes = compare(desired, &live, temporary_age);
    }
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    Ok(Reading {
        live,
        changes,
        elapsed: Some(begun.elapsed()),
    })
}

fn tell_read(session: &Session, live: &Snapshot, begun: Instant) {
    tracing::info!(
        organization = live.organization.alias,
        entities = live.entities.len(),
        requests = session.client().calls(),
        elapsed = ?begun.elapsed(),
        "read the organization"
    );
}

/// The differences, young leftovers held.
fn compare(desired: &Desired, live: &Snapshot, temporary_age: Duration) -> ChangeSet {
    let age = SignedDuration::try_from(temporary_age).unwrap_or(SignedDuration::MAX);
    let changes = diff::hold_leftovers(diff::diff(KINDS, desired, live), now(), age);
    tracing::info!(changes = changes.changes.len(), "compared");
    changes
}

/// The plan of a manifest, with the places of its changes.
pub(crate) fn plan(
    loaded: &Loaded,
    reading: &Reading,
    global: &Global,
    evidence: &EvidenceFlags,
    allowances: &Allowances,
) -> Result<Plan, Failure> {
    let scope = Scope {
        include: global.scope.target.clone(),
        exclude: global.scope.exclude.clone(),
    };
    let allowances = Allowances {
        exports: match &loaded.exports {
            Some(exports) => exports.clone(),
            None => ledger::evidence(
                evidence.ledger.as_deref(),
                loaded.management(),
                &loaded.stamp.files,
                &reading.live,
            )?,
        },
        ..allowances.clone()
    };
    let planning = Planning {
        management: loaded.management(),
        allowances: &allowances,
        scope: &scope,
        manifest: loaded.stamp.clone(),
        now: loaded.at,
        nonce: uuid::Uuid::new_v4().simple().to_string(),
    };
    let mut plan = plan::plan(KINDS, &reading.changes, &reading.live, &planning)
        .map_err(|PlanError::Bug(why)| Failure::bug(why))?;
    loaded.tell_places(&mut plan);
    plan.notes.extend(loaded.notes.iter().cloned());
    plan.plan_hash = plan::hash_of(&plan);
    tracing::info!(
        changes = plan.changes.len(),
        operations = plan.operations.len(),
        blocked = plan.blocked.len(),
        hash = plan.plan_hash,
        "planned"
    );
    Ok(plan)
}

/// `--allow GUARD[=TARGET]`.
pub(crate) fn allowance(text: &str) -> Result<Allowance, String> {
    let (guard, target) = match text.split_once('=') {
        Some((guard, target)) => (guard, Some(target.to_owned())),
        None => (text, None),
    };
    if !GUARDS.iter().any(|known| known.name == guard) {
        let names: Vec<&str> = GUARDS.iter().map(|known| known.name).collect();
        return Err(format!(
            "there is no guard `{guard}`; there are {}",
            names.join(", ")
        ));
    }
    if guard == "protect" {
        return Err(
            "`protect` is never lifted by a flag: take the name out of `protect`".to_owned(),
        );
    }
    if target.as_deref() == Some("") {
        return Err("write GUARD or GUARD=TARGET".to_owned());
    }
    Ok(Allowance {
        guard: guard.to_owned(),
        target,
    })
}

/// What is wrong in a manifest as live shows it; none: nothing.
pub(crate) fn refuse_problems(plan: &Plan) -> Result<(), Failure> {
    match plan.problems.as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let more = match rest.len() {
                0 => String::new(),
                count => format!(", and {count} more"),
            };
            let place = match &first.place {
                Some(place) => format!(" ({place})"),
                None => String::new(),
            };
            let message = format!("{}: {}{place}{more}", first.target, first.message);
            Err(Failure::new(Exit::BadInput, message).help(first.help.clone()))
        }
    }
}
