//! What happens during an apply, and how it ended, as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use crate::apply::{Back, Event, GivenBack, How, Outcome};
use crate::plan::Plan;

use super::look::{Look, Paint};
use super::plan::seconds;
use super::{RunSummary, counted};

/// The most failures of which each has its line.
const SHOWN: usize = 20;

/// One event as a line; none for what only a screen shows while it lasts.
pub fn event(event: &Event, plan: &Plan, look: &Look) -> Option<String> {
    let call = |id: usize| {
        plan.operation(id).map_or_else(
            || format!("operation {id}"),
            |operation| {
                let party = operation
                    .party
                    .as_ref()
                    .map_or(String::new(), |party| format!(" ({party})"));
                let text = format!("{} {}{party}", operation.call.operation, operation.target);
                look.safe(&text).into_owned()
            },
        )
    };
    Some(match event {
        Event::OperationStarted { .. } => return None,
        Event::OperationFinished {
            id, how, millis, ..
        } => {
            let how = match how {
                How::Answered => "",
                How::AlreadyDone => ", was already so",
                How::ReadBack => ", shown by reading back",
            };
            let time = seconds(Duration::from_millis(*millis));
            format!(
                "{} {} {}",
                look.paint(Paint::Green, "done"),
                call(*id),
                look.paint(Paint::Dim, &format!("({time}{how})"))
            )
        }
        Event::OperationWaiting { id, code } => {
            format!(
                "wait {} {}",
                call(*id),
                look.paint(Paint::Dim, &format!("({code})"))
            )
        }
        Event::OperationFailed {
            id,
            code,
            message,
            request_id,
        } => {
            let code = code
                .as_ref()
                .map_or(String::new(), |code| format!("{code}: "));
            let request = request_id
                .as_ref()
                .map_or(String::new(), |id| format!(" (request {id})"));
            format!(
                "{} {}: {}",
                look.paint(Paint::Red, "FAILED"),
                call(*id),
                look.safe(&format!("{code}{message}{request}"))
            )
        }
        Event::OperationSkipped { id, because } => {
            format!("skip {}: {}", call(*id), look.safe(because))
        }
        Event::GivenBack { address, .. } => look.safe(&came_back(address)).into_owned(),
        Event::ComponentStale { component, differs } => format!(
            "{} component {component} is not as planned and is left alone: {}",
            look.paint(Paint::Yellow, "STALE"),
            look.safe(&differs.join("; "))
        ),
        Event::ComponentDoubted { component, differs } => format!(
            "{} nothing of component {component} is written, because the service does not evaluate its rules as \
             the plan does: {}",
            look.paint(Paint::Red, "BLOCKED"),
            look.safe(&differs.join("; "))
        ),
    })
}

/// How an apply ended, for the last lines.
#[derive(Clone, Debug)]
pub struct Ending<'a> {
    /// The plan that was executed last.
    pub plan: &'a Plan,
    /// What was done and what was not.
    pub outcome: &'a Outcome,
    /// The summary of the whole run.
    pub summary: &'a RunSummary,
    /// How long it took.
    pub elapsed: Duration,
}

/// The last lines of an apply.
pub fn ending(ending: &Ending<'_>, look: &Look) -> String {
    let Ending {
        plan,
        outcome,
        summary,
        elapsed,
    } = ending;
    let mut text = String::new();
    for (id, failure) in outcome.failed.iter().take(SHOWN) {
        let failed = Event::OperationFailed {
            id: *id,
            code: failure.code.clone(),
            message: failure.message.clone(),
            request_id: failure.request_id.clone(),
        };
        push(&mut text, event(&failed, plan, look));
    }
    if outcome.failed.len() > SHOWN {
        let more = outcome.failed.len() - SHOWN;
        push(
            &mut text,
            Some(format!("and {more} more failed; the journal has them all")),
        );
    }
    push(&mut text, not_manageable(plan, outcome));
    for left_alone in left_alone(outcome) {
        push(&mut text, event(&left_alone, plan, look));
    }
    for why in &summary.not_sampled {
        let line = format!("not sampled: {why}");
        push(&mut text, Some(look.paint(Paint::Dim, &look.safe(&line))));
    }
    for address in outcome.given_back.values() {
        let what = came_back(address);
        push(&mut text, Some(look.safe(&what).into_owned()));
    }
    for line in &summary.temporary {
        push(&mut text, Some(look.safe(line).into_owned()));
    }
    if !summary.waits.is_empty() {
        let waits: Vec<String> = summary
            .waits
            .iter()
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        let line = format!("waited for the service: {}", waits.join(", "));
        push(&mut text, Some(look.paint(Paint::Dim, &line)));
    }
    for line in &summary.remaining {
        push(
            &mut text,
            Some(look.safe(&format!("  {line}")).into_owned()),
        );
    }
    for held in &summary.held {
        let line = format!("{} {} waits for {}", held.target, held.part, held.waits_for);
        push(&mut text, Some(look.safe(&line).into_owned()));
        for detail in &held.details {
            push(
                &mut text,
                Some(look.safe(&format!("  {detail}")).into_owned()),
            );
        }
    }
    for blocked in &summary.next_blocked {
        let flag = match &blocked.allow {
            Some(flag) => format!("needs {flag}"),
            None => format!("is blocked by {}", blocked.guard),
        };
        let line = format!(
            "the next run {flag}, unless another comes first: {}",
            blocked.reason
        );
        push(&mut text, Some(look.safe(&line).into_owned()));
    }
    let paint = if summary.exit_code == 0 {
        Paint::Green
    } else {
        Paint::Red
    };
    let counts = &summary.operations;
    let mut counted_text = counted(counts.done, "operation", "operations");
    if counts.failed > 0 {
        let _ = write!(counted_text, ", {} failed", counts.failed);
    }
    if counts.skipped > 0 {
        let _ = write!(counted_text, ", {} not sent", counts.skipped);
    }
    text.push_str(&look.paint(paint, &summary.message));
    let _ = writeln!(text, " ({counted_text}, {})", seconds(*elapsed));
    if let Some(journal) = &summary.journal {
        push(
            &mut text,
            Some(look.safe(&format!("journal: {journal}")).into_owned()),
        );
    }
    text
}

/// The components that were left alone.
fn left_alone(outcome: &Outcome) -> impl Iterator<Item = Event> {
    let stale = outcome.stale.iter();
    let stale = stale.map(|(component, differs)| Event::ComponentStale {
        component: *component,
        differs: differs.clone(),
    });
    let doubted = outcome.doubted.iter();
    stale.chain(doubted.map(|(component, differs)| Event::ComponentDoubted {
        component: *component,
        differs: differs.clone(),
    }))
}

/// What the organization's directory does not take, and what to do about it.
fn not_manageable(plan: &Plan, outcome: &Outcome) -> Option<String> {
    let failed = outcome.failed.iter();
    let refused = failed.filter(|(_, failure)| failure.is_unsupported());
    let names: BTreeSet<&str> = refused
        .filter_map(|(id, _)| Some(plan.operation(*id)?.call.operation.as_str()))
        .collect();
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.into_iter().collect();
    Some(format!(
        "not manageable: the directory of the organization does not take {} through WorkMail\n  \
         help: make these changes in the directory itself, and take them out of the manifest",
        names.join(", ")
    ))
}

/// Where an address is that was released and not claimed.
pub(super) fn came_back(address: &GivenBack) -> String {
    let GivenBack {
        address,
        holder,
        claimer,
        back,
        ..
    } = address;
    let what = match back {
        Back::Whole => format!("is back with {holder}, as it was"),
        Back::AsAlias => {
            format!("is back with {holder} as an alias, and could NOT be made primary again")
        }
        Back::Not => format!("could NOT be given back to {holder}, and is nobody's"),
    };
    format!("{address}, which {claimer} could not claim, {what}")
}

fn push(text: &mut String, line: Option<String>) {
    if let Some(line) = line {
        text.push_str(&line);
        text.push('\n');
    }
}
