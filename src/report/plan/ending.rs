//! The end of a plan: what holds on the way, what can be undone, what was not looked at, the count,
//! and what stands in the way with the flags that lift it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::model::NotWatched;
use crate::plan::reversibility::loss;
use crate::plan::{Plan, Reversible};
use crate::report::look::{Look, Paint};
use crate::report::{PlanContext, counted};

use super::words::possessive;

/// The most names that one line lists.
const SHOWN: usize = 5;

/// What holds on the way, what can be undone, and what was not looked at.
pub(super) fn holds(plan: &Plan, details: bool, look: &Look, out: &mut String) {
    if !plan.operations.is_empty() {
        line(out, &invariants(plan, look));
        line(out, &undone(plan, look));
    }
    for gone in &plan.no_longer_declared {
        let text = format!("{} is no longer declared: {}", gone.target, gone.becomes);
        line(out, &look.safe(&text));
    }
    notes(plan, look, out);
    not_watched(plan, details, look, out);
}

/// What the manifest says in vain.
pub(super) fn notes(plan: &Plan, look: &Look, out: &mut String) {
    for note in &plan.notes {
        line(out, &look.safe(&format!("note: {note}")));
    }
}

/// What was not looked at, if there is something.
pub(super) fn not_watched(plan: &Plan, details: bool, look: &Look, out: &mut String) {
    if !plan.not_watched.is_empty() {
        let told = |one: &NotWatched| match one.names.as_slice() {
            [_, ..] if details => format!("{} ({})", one.what, one.names.join("; ")),
            _ => one.what.clone(),
        };
        let all: Vec<String> = plan.not_watched.iter().map(told).collect();
        line(out, &look.safe(&format!("not watched: {}", all.join(", "))));
    }
}

/// The count, and how long it may take.
pub(super) fn count(plan: &Plan, context: &PlanContext, look: &Look, out: &mut String) {
    let summary = &plan.summary;
    let mut text = format!(
        "Plan: {} to add, {} to change, {} to remove, {}",
        summary.add,
        summary.change,
        summary.remove,
        counted(summary.calls, "call", "calls"),
    );
    if summary.not_written > 0 {
        let _ = write!(text, ", {} only reported", summary.not_written);
    }
    if summary.refused > 0 {
        let _ = write!(text, ", {} refused", summary.refused);
    }
    if let Some(estimate) = context.estimate(plan) {
        let _ = write!(text, ", about {}", seconds(estimate));
    }
    out.push_str(&look.paint(Paint::Bold, &text));
    out.push('\n');
}

/// What stands in the way, and the command with the flags that lift it.
pub(super) fn blocked(plan: &Plan, context: &PlanContext, look: &Look, out: &mut String) {
    if plan.blocked.is_empty() {
        return;
    }
    let all: Vec<String> = plan
        .blocked
        .iter()
        .map(|one| format!("{} ({})", one.guard, look.safe(&one.reason)))
        .collect();
    out.push_str(&look.paint(Paint::Yellow, "! blocked: "));
    out.push_str(&all.join(", "));
    out.push('\n');
    let mut flags: Vec<&str> = Vec::new();
    for flag in plan.blocked.iter().filter_map(|one| one.allow.as_deref()) {
        // One flag may lift several.
        if !flags.contains(&flag) {
            flags.push(flag);
        }
    }
    if !flags.is_empty() {
        out.push_str("  approve with: ");
        out.push_str(&look.safe(&format!("{} {}", context.apply_command, flags.join(" "))));
        out.push('\n');
    }
    let never: Vec<&str> = plan
        .blocked
        .iter()
        .filter(|one| one.allow.is_none())
        .map(|one| one.guard.as_str())
        .collect();
    if !never.is_empty() {
        let _ = writeln!(
            out,
            "  no flag lifts {}: change the manifest",
            never.join(", ")
        );
    }
}

/// A time in seconds, for people.
pub(in crate::report) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

fn invariants(plan: &Plan, look: &Look) -> String {
    let invariants = &plan.invariants;
    let mut parts = Vec::new();
    let gaps = &invariants.address_gaps;
    if gaps.is_empty() {
        parts.push("no address is unassigned on the way".to_owned());
    } else {
        let longest = gaps.iter().map(|gap| gap.calls).max().unwrap_or(1);
        let names: Vec<&str> = gaps
            .iter()
            .take(SHOWN)
            .map(|gap| gap.address.as_str())
            .collect();
        let more = if gaps.len() > SHOWN { ", and more" } else { "" };
        parts.push(format!(
            "{} may bounce for {} ({}{more})",
            counted(gaps.len(), "address", "addresses"),
            counted(longest, "call", "calls"),
            names.join(", "),
        ));
    }
    if invariants.temporary_addresses > 0 {
        parts.push(format!(
            "{} used on the way",
            counted(
                invariants.temporary_addresses,
                "temporary address",
                "temporary addresses"
            )
        ));
    }
    let shown = &invariants.shown;
    if shown.rights_missing > 0 {
        let rights = counted(shown.rights_missing, "right", "rights");
        parts.push(format!("{rights} missing for a moment"));
    }
    if shown.orders > 0 {
        let orders = counted(shown.orders, "order of the calls", "orders of the calls");
        parts.push(format!("checked in {orders}"));
    }
    if !shown.not_shown.is_empty() {
        parts.push(format!("not shown: {}", shown.not_shown.join("; ")));
    }
    look.safe(&parts.join(&format!(" {} ", look.dot())))
        .into_owned()
}

fn undone(plan: &Plan, look: &Look) -> String {
    let mut exceptions = Vec::new();
    for (index, change) in plan.changes.iter().enumerate() {
        // A setting may be called anything, so that its kind is told too.
        let whole = change.target.to_string();
        let name = look.safe(match super::settings::kind_of(change) {
            Some(_) => &whole,
            None => &change.name,
        });
        match change.reversible {
            Reversible::Free => {}
            Reversible::Until(time) => exceptions.push(format!(
                "{} mailbox after {}",
                possessive(&name),
                time.strftime("%Y-%m-%d")
            )),
            Reversible::No => {
                let mut operations = plan.operations.iter();
                let lost = operations.find_map(|operation| {
                    let is_it = operation.change == Some(index);
                    let is_lost = is_it && operation.reversible == Reversible::No;
                    is_lost.then(|| loss(&operation.call.operation))?
                });
                let what = lost.map_or("what happens to", |lost| lost.what);
                exceptions.push(format!("{what} {name}"));
            }
        }
    }
    match exceptions.len() {
        0 => "can be undone: all".to_owned(),
        count if count > SHOWN => format!(
            "can be undone: all but {}, and {} more",
            exceptions[..SHOWN].join(", "),
            count - SHOWN
        ),
        _ => format!("can be undone: all but {}", exceptions.join(", ")),
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str("  ");
    out.push_str(text);
    out.push('\n');
}
