//! A snapshot as text: the organization, its domains, and every entity on a line.

use std::fmt::Write as _;

use crate::kinds::Kinds;
use crate::model::{Part, Snapshot};

use super::counted;
use super::look::{Look, Paint, columns};

/// The widest name that addresses are aligned with.
const NAME_CAP: usize = 32;

/// The whole snapshot as text.
pub fn snapshot(kinds: Kinds, live: &Snapshot, look: &Look) -> String {
    let organization = &live.organization;
    let mut text = format!(
        "{} {} ({}, {}) {} read {} {} {} (at least {})\n",
        look.paint(Paint::Bold, "SNAPSHOT"),
        look.safe(&organization.alias),
        look.safe(&organization.id),
        look.safe(&organization.state),
        look.dot(),
        live.taken_at.strftime("%Y-%m-%d %H:%M:%SZ"),
        look.dot(),
        counted(
            usize::try_from(live.calls).unwrap_or(usize::MAX),
            "call",
            "calls"
        ),
        live.lower_bound,
    );
    match &organization.mail_domains {
        Part::Known(domains) => {
            let names: Vec<&str> = domains.keys().map(String::as_str).collect();
            let _ = writeln!(text, "  mail domains: {}", look.safe(&names.join(", ")));
        }
        part => unread(&mut text, "mail domains", part, look),
    }
    if let Some(domain) = organization.default_mail_domain.known() {
        let _ = writeln!(text, "  default mail domain: {}", look.safe(domain));
    }
    for entry in kinds {
        let things: Vec<_> = live
            .entities
            .iter()
            .filter(|(target, _)| target.kind() == entry.name)
            .collect();
        let heading = format!("{} ({})", entry.section, things.len());
        let _ = writeln!(text, "\n  {}", look.paint(Paint::Bold, &heading));
        unread(&mut text, entry.section, live.listed(entry.name), look);
        let width = things
            .iter()
            .map(|(target, _)| columns(target.name()).min(NAME_CAP))
            .max()
            .unwrap_or(0);
        for (target, entity) in things {
            let name = look.safe(target.name());
            let pad = " ".repeat(width.saturating_sub(columns(&name)));
            let email = entity
                .email
                .known()
                .map(ToString::to_string)
                .unwrap_or_default();
            let mut row = format!("    {name}{pad}  {}", look.safe(&email));
            if entity.built_in {
                row.push_str("  the service's own");
            } else if !entity.is_registered() {
                row.push_str("  deregistered");
            }
            let counts = [
                (
                    entity
                        .aliases
                        .known()
                        .map_or(0, std::collections::BTreeSet::len),
                    "alias",
                    "aliases",
                ),
                (entity.links.known().map_or(0, Vec::len), "link", "links"),
                (entity.grants.known().map_or(0, Vec::len), "grant", "grants"),
            ];
            for (count, one, many) in counts.into_iter().filter(|(count, ..)| *count > 0) {
                let (one, many) = match (one, entry.links) {
                    ("link", Some(links)) => (links.trim_end_matches('s'), links),
                    words => (words.0, many),
                };
                let text = format!("  {}", counted(count, one, many));
                row.push_str(&look.paint(Paint::Dim, &text));
            }
            text.push_str(row.trim_end());
            text.push('\n');
        }
    }
    text
}

fn unread<T>(text: &mut String, what: &str, part: &Part<T>, look: &Look) {
    match part {
        Part::Known(_) | Part::Absent => {}
        Part::NotRead => {
            let _ = writeln!(text, "    {what}: not read");
        }
        Part::Unknown(unknown) => {
            let _ = writeln!(
                text,
                "  {} {what}: {} {}",
                look.paint(Paint::Yellow, "?"),
                unknown.operation,
                look.safe(&unknown.message)
            );
        }
    }
}
