//! A journal as text.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::apply::{Event, JournalHeader, JournalLine};

use super::counted;
use super::look::{Look, Paint};
use super::run::came_back;

/// A journal, line by line, with what never ended.
pub fn journal(header: &JournalHeader, lines: &[JournalLine], look: &Look) -> String {
    let mut text = format!(
        "{} {} of {} ({})",
        look.paint(Paint::Bold, "JOURNAL"),
        look.safe(&header.organization.alias),
        header.started_at.strftime("%Y-%m-%d %H:%M:%SZ"),
        look.safe(&header.organization.id),
    );
    if let Some(caller) = &header.caller {
        let _ = write!(text, " by {}", look.safe(caller));
    }
    let _ = writeln!(text, "\nplan {}\n", header.plan_hash);
    let mut open: std::collections::BTreeMap<usize, String> = std::collections::BTreeMap::new();
    let mut done = 0;
    for line in lines {
        let time = look.paint(Paint::Dim, &line.at.strftime("%H:%M:%S%.3f").to_string());
        let told = match &line.event {
            Event::OperationStarted {
                id,
                operation,
                target,
                party,
                input,
            } => {
                let name = written(operation, target, party.as_deref(), input);
                open.insert(*id, name);
                continue;
            }
            Event::OperationFinished { id, how, .. } => {
                done += 1;
                let name = open.remove(id).unwrap_or_else(|| format!("operation {id}"));
                format!("done {name} ({})", word(*how))
            }
            Event::OperationWaiting { id, code } => {
                let name = open
                    .get(id)
                    .cloned()
                    .unwrap_or_else(|| format!("operation {id}"));
                format!("wait {name} ({code})")
            }
            Event::OperationFailed { id, message, .. } => {
                let name = open.remove(id).unwrap_or_else(|| format!("operation {id}"));
                format!("FAILED {name}: {message}")
            }
            Event::OperationSkipped { id, because } => format!("skip operation {id}: {because}"),
            Event::GivenBack { id, address } => {
                format!("after operation {id} failed, {}", came_back(address))
            }
            Event::ComponentStale { component, differs } => {
                format!("STALE component {component}: {}", differs.join("; "))
            }
            Event::ComponentDoubted { component, differs } => {
                format!("BLOCKED component {component}: {}", differs.join("; "))
            }
        };
        let _ = writeln!(text, "{time} {}", look.safe(&told));
    }
    text.push('\n');
    for name in open.values() {
        let _ = writeln!(
            text,
            "no end of {}: it may have its effect",
            look.safe(name)
        );
    }
    let _ = writeln!(text, "{} done", counted(done, "operation", "operations"));
    text
}

/// An operation with whom it is about and what it writes. Ids say nothing to people.
fn written(
    operation: &str,
    target: &str,
    party: Option<&str>,
    input: &Map<String, Value>,
) -> String {
    let mut text = format!("{operation} {target}");
    if let Some(party) = party {
        let _ = write!(text, " ({party})");
    }
    let told = input
        .iter()
        .filter(|(member, _)| !member.ends_with("Id") && !member.ends_with("ARN"));
    for (member, value) in told {
        match value {
            Value::String(plain) => {
                let _ = write!(text, " {member}={plain}");
            }
            other => {
                let _ = write!(text, " {member}={other}");
            }
        }
    }
    text
}

fn word(how: crate::apply::How) -> &'static str {
    match how {
        crate::apply::How::Answered => "answered",
        crate::apply::How::AlreadyDone => "was already so",
        crate::apply::How::ReadBack => "shown by reading back",
    }
}
