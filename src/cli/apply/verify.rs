//! After an apply: what it touched is read until it is as wanted, or a deadline passes.
#![expect(clippy::disallowed_methods, reason = "waits for the service")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use workmailctl::diff;
use workmailctl::kinds::KINDS;
use workmailctl::model::{Desired, Held, MAIL_DOMAIN, Part, Snapshot, Target, UnknownCause};
use workmailctl::plan::{Plan, PlannedChange};

use super::super::failure::{Exit, Failure};
use super::super::manifests::Loaded;
use super::super::output::Printer;
use super::super::plan::exit_of;
use super::super::reading::{self, Reading};
use super::super::session::Session;
use super::super::signal::Signal;
use super::Flags;
use super::lifecycle::{self, End, Waited};
use super::round::Round;

/// The first pause between two reads; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What reading again showed.
pub(super) enum Verdict {
    /// Everything is as wanted, but for what waits.
    Converged(Vec<Held>),
    /// There is more to do, which could not be known before.
    More(Box<Plan>),
    /// These are not as wanted after the deadline, or could not be read.
    Left(Vec<String>, Exit),
    /// Somebody asked to stop while it was read.
    Stopped(Exit),
}

/// Pauses that get longer, until a deadline.
pub(super) struct Patience {
    begun: Instant,
    longest: Duration,
    pause: Duration,
}

impl Patience {
    /// No longer than this in all.
    pub(super) fn of(longest: Duration) -> Self {
        Self {
            begun: Instant::now(),
            longest,
            pause: FIRST_PAUSE,
        }
    }

    /// Waits; false if the deadline has passed, or somebody asked to stop.
    pub(super) async fn wait(&mut self, round: &Round<'_>) -> bool {
        if self.begun.elapsed() >= self.longest {
            return false;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = round.asked_to_stop() => false,
        }
    }
}

/// Reads what the plan touched until it is as the manifest says.
pub(super) async fn until_as_wanted(
    args: &Flags,
    loaded: &Loaded,
    session: &Session,
    plan: &Plan,
    before: &Reading,
    round: &Round<'_>,
) -> Result<Verdict, Failure> {
    let touched: BTreeSet<&Target> = plan
        .operations
        .iter()
        .map(|operation| &operation.target)
        .collect();
    let mut patience = Patience::of(args.wait);
    loop {
        let live = read_again(session, &loaded.desired, &before.live, &touched).await?;
        let reading = Reading::of(&loaded.desired, live, args.temporary_age);
        let now = reading::plan(
            loaded,
            &reading,
            &args.global,
            &args.evidence,
            &args.allowances(),
        )?;
        let left = lines(&now);
        if left.is_empty() {
            return Ok(Verdict::Converged(now.held));
        }
        if has_news(&now, plan) {
            return Ok(Verdict::More(Box::new(now)));
        }
        if !patience.wait(round).await {
            return Ok(match round.signal() {
                Some(signal) => Verdict::Stopped(Signal::exit(signal)),
                None => Verdict::Left(left, exit_of(&now)),
            });
        }
    }
}

/// Waits for an organization that was begun to be made or deleted, then compares it afresh.
pub(super) async fn after_waiting(
    end: End,
    args: &Flags,
    loaded: &Loaded,
    session: &Session,
    printer: &Printer,
) -> Result<Verdict, Failure> {
    let waited = lifecycle::until(end, session, printer).await;
    // The organization was begun: whatever fails from here on leaves a part.
    let waited = waited.map_err(|mut failure| {
        failure.exit = Exit::Partial;
        failure
    });
    match waited? {
        Waited::Reached => {}
        Waited::Late => {
            let line =
                "the organization is still not as wanted: it took longer than this run waits";
            return Ok(Verdict::Left(vec![line.to_owned()], Exit::Done));
        }
        Waited::Stopped(exit) => return Ok(Verdict::Stopped(exit)),
    }
    let reading = reading::read(session, &loaded.desired, args.temporary_age, printer).await?;
    let now = reading::plan(
        loaded,
        &reading,
        &args.global,
        &args.evidence,
        &args.allowances(),
    )?;
    Ok(if lines(&now).is_empty() {
        Verdict::Converged(now.held)
    } else {
        Verdict::More(Box::new(now))
    })
}

/// What is not as wanted, each as a sentence with what is wanted and what was found.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter().filter(|change| change.writable);
    let mut lines: Vec<String> = changes.flat_map(differences).collect();
    let unread = plan
        .snapshot
        .unknown
        .iter()
        .filter(|gap| gap.unknown.cause != UnknownCause::Deregistered);
    for gap in unread {
        lines.push(format!(
            "{} {} could not be read: {}",
            gap.target, gap.part, gap.unknown.message
        ));
    }
    lines
}

fn differences(change: &PlannedChange) -> Vec<String> {
    let fields = change.fields.iter().map(|field| {
        format!(
            "{} {}: wanted {}, found {}",
            change.target, field.path, field.after, field.before
        )
    });
    let lines: Vec<String> = fields.collect();
    if lines.is_empty() {
        vec![format!("{} is still to be changed", change.target)]
    } else {
        lines
    }
}

/// True if there is a difference that the executed plan did not know of.
fn has_news(now: &Plan, executed: &Plan) -> bool {
    let mut known: BTreeMap<&Target, BTreeSet<(&str, String)>> = BTreeMap::new();
    for change in &executed.changes {
        let fields = change
            .fields
            .iter()
            .map(|field| (field.path.as_str(), field.after.to_string()));
        known.entry(&change.target).or_default().extend(fields);
    }
    now.changes
        .iter()
        .filter(|change| change.writable)
        .any(|change| {
            known.get(&change.target).is_none_or(|known| {
                change
                    .fields
                    .iter()
                    .any(|field| !known.contains(&(field.path.as_str(), field.after.to_string())))
            })
        })
}

/// What comparing needs, read afresh for what was touched and carried over for all else.
async fn read_again(
    session: &Session,
    desired: &Desired,
    before: &Snapshot,
    touched: &BTreeSet<&Target>,
) -> Result<Snapshot, Failure> {
    let mut needs = diff::needs(KINDS, desired);
    needs.pieces.retain(|target, _| touched.contains(target));
    needs.mail_domains = touched.iter().any(|target| target.kind() == MAIL_DOMAIN);
    if needs.mail_domains {
        let declared = desired.organization.mail_domains.iter().flatten();
        needs.domain_details.extend(declared.cloned());
    }
    let mut live = diff::under_declared_names(desired, session.read(&needs).await?);
    carry_over(before, &mut live, touched);
    Ok(live)
}

fn carry_over(before: &Snapshot, live: &mut Snapshot, touched: &BTreeSet<&Target>) {
    keep(
        &mut live.organization.mail_domains,
        &before.organization.mail_domains,
    );
    if let (Part::Known(domains), Part::Known(known)) = (
        &mut live.organization.mail_domains,
        &before.organization.mail_domains,
    ) {
        for (name, domain) in domains {
            if let Some(known) = known.get(name) {
                keep(&mut domain.ownership, &known.ownership);
            }
        }
    }
    for (address, lookup) in &before.lookups {
        live.lookups
            .entry(address.clone())
            .or_insert_with(|| lookup.clone());
    }
    for (target, entity) in &mut live.entities {
        let Some(old) = before.entities.get(target) else {
            continue;
        };
        if touched.contains(target) || old.id != entity.id {
            continue;
        }
        keep(&mut entity.email, &old.email);
        keep(&mut entity.aliases, &old.aliases);
        keep(&mut entity.links, &old.links);
        keep(&mut entity.grants, &old.grants);
        keep(&mut entity.groups, &old.groups);
        for (name, part) in &old.fields {
            keep(entity.fields.entry(name.clone()).or_default(), part);
        }
    }
}

/// Takes the old part where the new one was not read.
fn keep<T: Clone>(part: &mut Part<T>, old: &Part<T>) {
    if matches!(part, Part::NotRead) {
        part.clone_from(old);
    }
}
