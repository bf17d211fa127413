//! How far the way out is, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::migrate::{Becomes, ExportStanding, Status};

use super::{Look, Paint, counted};

/// The whole status.
pub fn status_text(status: &Status, look: &Look) -> String {
    let mut text = format!(
        "{} {} ({}): {}\n",
        look.paint(Paint::Bold, "LEAVING"),
        look.safe(&status.alias),
        look.safe(&status.organization_id),
        days(status.days_left)
    );
    let total = status.mailboxes.len();
    let counts = status.counts.iter();
    let counts: Vec<String> = counts
        .map(|(state, count)| format!("{count} {}", word(*state)))
        .collect();
    let _ = writeln!(
        text,
        "\n{}: {}",
        counted(total, "mailbox", "mailboxes"),
        if counts.is_empty() {
            "none".to_owned()
        } else {
            counts.join(", ")
        }
    );
    for one in &status.mailboxes {
        let mut line = format!("  {} {}", one.target, word(one.state));
        if let Some(size) = one.size_mb {
            let _ = write!(line, ", {size:.1} MB");
        }
        if let Some(time) = one.exported_at {
            let _ = write!(line, ", {}", time.strftime("%Y-%m-%d %H:%MZ"));
        }
        for more in one.archive.iter().chain(&one.why) {
            let _ = write!(line, ", {more}");
        }
        let _ = writeln!(text, "{}", look.safe(&line));
    }
    let _ = writeln!(text, "\n{}", look.safe(&estimate(status)));
    for (becomes, title) in [
        (Becomes::TakenAlong, "taken along by `migrate targets`"),
        (Becomes::ByHand, "by hand"),
        (Becomes::Ends, "ends"),
    ] {
        let mut kinds: BTreeMap<&str, Vec<&crate::migrate::Fate>> = BTreeMap::new();
        for fate in status.fates.iter().filter(|fate| fate.becomes == becomes) {
            kinds.entry(fate.kind).or_default().push(fate);
        }
        let _ = writeln!(text, "\n{}", look.paint(Paint::Bold, title));
        for (kind, fates) in kinds {
            let _ = writeln!(text, "  {}: {kind}", fates.len());
            // What is taken along in files needs no line of its own here: JSON and HTML have it.
            for fate in fates.iter().filter(|_| becomes != Becomes::TakenAlong) {
                let line = format!("    {} ({}): {}", fate.what, fate.who, fate.todo);
                let _ = writeln!(text, "{}", look.safe(&line));
            }
        }
    }
    for sentence in &status.unread {
        let _ = writeln!(
            text,
            "{} {}",
            look.paint(Paint::Yellow, "not read:"),
            look.safe(sentence)
        );
    }
    text
}

pub(super) fn days(left: i64) -> String {
    match left {
        0 => "today is the last day of Amazon WorkMail".to_owned(),
        1.. => format!(
            "{} until Amazon WorkMail ends on 2027-03-31",
            counted(usize::try_from(left).unwrap_or_default(), "day", "days")
        ),
        _ => "Amazon WorkMail ended on 2027-03-31".to_owned(),
    }
}

pub(super) fn word(state: ExportStanding) -> &'static str {
    match state {
        ExportStanding::Verified => "exported and verified",
        ExportStanding::Exported => "exported",
        ExportStanding::Unverified => "exported, to be verified",
        ExportStanding::Running => "on the way",
        ExportStanding::Failed => "failed",
        ExportStanding::Left => "not exported",
        ExportStanding::LeftOut => "left out",
        ExportStanding::NotRegistered => "not registered",
    }
}

/// The estimate as sentences.
pub(super) fn estimate(status: &Status) -> String {
    let estimate = &status.estimate;
    let is_whole = status.unread.is_empty();
    if estimate.left == 0 && !is_whole {
        return "Estimate: of the mailboxes that could be read none is left to export; not everything could be read.".to_owned();
    }
    if estimate.left == 0 {
        return "Estimate: no mailbox is left to export.".to_owned();
    }
    let pace = match estimate.measured_by {
        0 => "no job is measured yet: taken for an hour each, four to be cautious".to_owned(),
        count => format!(
            "{} measured: {} each in the middle, {} in the slowest tenth",
            counted(count, "job", "jobs"),
            span(estimate.likely.job_seconds),
            span(estimate.cautious.job_seconds)
        ),
    };
    let verdict = if estimate.in_time {
        format!(
            "{}; they have to begin by {}",
            if is_whole {
                "In time"
            } else {
                "In time for what could be read, which is not everything"
            },
            estimate.begin_by.strftime("%Y-%m-%d %H:%MZ")
        )
    } else {
        "NOT IN TIME by the cautious course".to_owned()
    };
    format!(
        "Estimate for {}: about {}, {} to be cautious ({pace}). {verdict}.",
        counted(estimate.left, "mailbox", "mailboxes"),
        span(estimate.likely.seconds),
        span(estimate.cautious.seconds)
    )
}

/// A time in minutes, hours or days.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        ..7200 => format!("{} min", (seconds + 59) / 60),
        7200..172_800 => format!("{} h", (seconds + 3599) / 3600),
        _ => format!("{} days", (seconds + 86_399) / 86_400),
    }
}
