//! A plan as text: one line per entity or address, in sections; nothing that stays is shown.
//!
//! Reading order: `change` (one thing), `moves` (addresses that change hands), `ending`, `words`.

mod change;
mod ending;
mod moves;
mod settings;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Action, GROUP, RESOURCE, USER};
use crate::plan::Plan;

use super::look::{Look, Paint};
use super::rows::{self, Row, Symbol};
use super::{PlanContext, Source};
use words::Words;

pub(super) use ending::seconds;

/// The whole plan as text.
pub fn text(plan: &Plan, context: &PlanContext, look: &Look) -> String {
    let mut out = String::new();
    if is_quiet(plan) {
        out.push_str(&no_changes(plan, context, look));
        return out;
    }
    out.push_str(&heading(plan, context, look));
    partial(plan, look, &mut out);
    out.push('\n');
    rows::write(&sections(plan, context, look), look, &mut out);
    out.push('\n');
    ending::holds(plan, context.details, look, &mut out);
    out.push('\n');
    partial(plan, look, &mut out);
    if plan.changes.is_empty() {
        let text = if !plan.problems.is_empty() {
            "Nothing is applied before the manifest is mended."
        } else if !plan.snapshot.unknown.is_empty() {
            "Nothing can be planned for what could not be read."
        } else {
            "No changes to make."
        };
        out.push_str(&look.paint(Paint::Bold, text));
        out.push('\n');
    } else {
        ending::count(plan, context, look, &mut out);
    }
    ending::blocked(plan, context, look, &mut out);
    out
}

/// True if there is nothing to tell but that all is as it should be.
fn is_quiet(plan: &Plan) -> bool {
    plan.changes.is_empty()
        && plan.operations.is_empty()
        && plan.held.is_empty()
        && plan.left_behind.is_empty()
        && plan.problems.is_empty()
        && plan.snapshot.unknown.is_empty()
        && plan.no_longer_declared.is_empty()
        && !plan.partial
}

fn no_changes(plan: &Plan, context: &PlanContext, look: &Look) -> String {
    let mut tail = String::new();
    ending::not_watched(plan, context.details, look, &mut tail);
    let tail = tail.trim();
    let mut line = format!(
        "{} {} is as {} says",
        look.paint(Paint::Bold, "No changes:"),
        look.safe(&plan.organization.alias),
        look.safe(&context.manifests)
    );
    if !tail.is_empty() {
        let _ = write!(line, " {} {tail}", look.dot());
    }
    line.push('\n');
    ending::notes(plan, look, &mut line);
    line
}

/// Which organization, by whom, from which manifests, read when.
fn heading(plan: &Plan, context: &PlanContext, look: &Look) -> String {
    let organization = &plan.organization;
    let source = match &context.source {
        Source::Live => "LIVE",
        Source::Emulator => "EMULATOR",
        Source::Snapshot(_) => "SNAPSHOT",
        Source::Rehearsal => "REHEARSAL",
    };
    let mut known = vec![if organization.id.is_empty() {
        "not there".to_owned()
    } else {
        shortened(&organization.id, look)
    }];
    let account = organization.arn.split(':').nth(4).unwrap_or_default();
    if !account.is_empty() {
        known.push(shortened(account, look));
    }
    if !organization.region.is_empty() {
        known.push(organization.region.clone());
    }
    let mut text = format!(
        "{} {} ({})",
        look.paint(Paint::Bold, source),
        look.paint(Paint::Bold, &look.safe(&organization.alias)),
        look.safe(&known.join(", ")),
    );
    if let Some(caller) = &context.caller {
        let short = caller
            .rsplit_once(':')
            .map_or(caller.as_str(), |(_, who)| who);
        let _ = write!(text, " as {}", look.safe(short));
    }
    let dot = look.dot();
    if let Some(at) = context.at {
        let at = at.strftime("%Y-%m-%d %H:%MZ");
        let _ = write!(
            text,
            " {dot} {}",
            look.paint(Paint::Bold, &format!("AS OF {at}"))
        );
    }
    let _ = write!(text, " {dot} manifests {}", look.safe(&context.manifests));
    let taken = plan.snapshot.taken_at.strftime("%H:%M:%SZ");
    match (&context.source, context.reading) {
        (Source::Snapshot(path), _) => {
            let day = plan.snapshot.taken_at.strftime("%Y-%m-%d");
            let _ = write!(text, " {dot} {} of {day} {taken}", look.safe(path));
        }
        (_, Some(reading)) => {
            let _ = write!(
                text,
                " {dot} read {taken} in {}, {}",
                seconds(reading),
                super::counted(
                    usize::try_from(plan.snapshot.calls).unwrap_or(usize::MAX),
                    "call",
                    "calls"
                )
            );
        }
        (_, None) => {
            let _ = write!(text, " {dot} read {taken}");
        }
    }
    text.push('\n');
    text
}

fn partial(plan: &Plan, look: &Look, out: &mut String) {
    if plan.partial {
        let text = "PARTIAL: --target or --exclude leaves out a part of the changes";
        out.push_str(&look.paint(Paint::Yellow, text));
        out.push('\n');
    }
}

fn sections(plan: &Plan, context: &PlanContext, look: &Look) -> Vec<(&'static str, Vec<Row>)> {
    let words = Words::of(plan, &context.manifests, look);
    let moves = moves::moves(plan);
    let mut users = Vec::new();
    let mut groups = Vec::new();
    let mut resources = Vec::new();
    let mut organization = Vec::new();
    let mut permissions = Vec::new();
    let mut removals = Vec::new();
    let mut settings: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for change in &plan.changes {
        if let Some(kind) = settings::kind_of(change) {
            let mut row = settings::row(change, plan, &words);
            if context.details {
                row.details = change::details(change, plan, &words);
            }
            settings.entry(kind.name).or_default().push(row);
            continue;
        }
        let only_move = moves::is_only_move(change, &moves);
        let mut row = change::row(change, &moves, &words).filter(|_| !only_move);
        let mut permission = change::permission_row(change, &words);
        if context.details {
            let first = row.as_mut().or(permission.as_mut());
            if let Some(first) = first {
                first.details = change::details(change, plan, &words);
            }
        }
        let removal = matches!(change.action, Action::Deregister | Action::Delete);
        let section = match change.kind.as_str() {
            USER | GROUP | RESOURCE if removal => &mut removals,
            USER => &mut users,
            GROUP => &mut groups,
            RESOURCE => &mut resources,
            _ => &mut organization,
        };
        section.extend(row);
        permissions.extend(permission);
    }
    if context.details {
        organization.extend(change::of_no_change(plan, &words));
    }
    let mut addresses = moves::rows(plan, &moves, &words);
    if context.details && !moves.is_empty() {
        let only = plan
            .changes
            .iter()
            .filter(|change| moves::is_only_move(change, &moves));
        let details = only.flat_map(|change| {
            let whose = std::iter::once(look.safe(&format!("{}:", change.target)).into_owned());
            let indented = |line: String| format!("  {line}");
            whose.chain(
                change::details(change, plan, &words)
                    .into_iter()
                    .map(indented),
            )
        });
        if let Some(last) = addresses.last_mut() {
            last.details = details.collect();
        }
    }
    let mut all = vec![
        ("organization", organization),
        ("users", users),
        ("groups", groups),
        ("resources", resources),
        ("mailbox permissions", permissions),
    ];
    all.extend(settings::headings().map(|(kind, heading)| {
        let rows = settings.remove(kind).unwrap_or_default();
        (heading, rows)
    }));
    all.extend([
        ("sign-ins", sign_ins(plan, look)),
        ("addresses", addresses),
        ("removals", removals),
        ("wrong in the manifest", problems(plan, &words)),
        ("held", held(plan, look)),
        ("left behind", left_behind(plan, look)),
        ("not read", unread(plan, look)),
    ]);
    all
}

/// Who is let in and who is shut out, by what all access control rules come to.
fn sign_ins(plan: &Plan, look: &Look) -> Vec<Row> {
    let rows = plan.sign_ins.iter().map(|change| {
        let (symbol, what) = if change.let_in {
            (Symbol::Attention, "let in")
        } else {
            (Symbol::Remove, "shut out")
        };
        Row::new(symbol, what, look.safe(&change.sentence()))
    });
    rows.collect()
}

fn problems(plan: &Plan, words: &Words<'_>) -> Vec<Row> {
    let look = words.look;
    let rows = plan.problems.iter().map(|problem| Row {
        place: problem.place.as_deref().map(|place| words.place(place)),
        details: vec![look.safe(&format!("help: {}", problem.help)).into_owned()],
        ..Row::new(
            Symbol::Attention,
            look.safe(problem.target.name()),
            look.safe(&problem.message),
        )
    });
    rows.collect()
}

fn held(plan: &Plan, look: &Look) -> Vec<Row> {
    let rows = plan.held.iter().map(|held| Row {
        details: held
            .details
            .iter()
            .map(|line| look.safe(line).into_owned())
            .collect(),
        ..Row::new(
            Symbol::None,
            look.safe(held.target.name()),
            look.safe(&format!("{} waits for {}", held.part, held.waits_for)),
        )
    });
    rows.collect()
}

fn left_behind(plan: &Plan, look: &Look) -> Vec<Row> {
    let rows = plan.left_behind.iter().map(|left| {
        Row::new(
            Symbol::None,
            look.safe(left.target.name()),
            look.safe(&left.what),
        )
    });
    rows.collect()
}

fn unread(plan: &Plan, look: &Look) -> Vec<Row> {
    let rows = plan.snapshot.unknown.iter().map(|gap| {
        let mut what = format!(
            "{}: {} {}",
            gap.part, gap.unknown.operation, gap.unknown.message
        );
        if let Some(request) = &gap.unknown.request_id {
            let _ = write!(what, " (request {request})");
        }
        Row::new(
            Symbol::Unknown,
            look.safe(gap.target.name()),
            look.safe(&what),
        )
    });
    rows.collect()
}

/// The first and the last characters of a long id.
fn shortened(id: &str, look: &Look) -> String {
    let characters: Vec<char> = id.chars().collect();
    if characters.len() < 12 {
        return id.to_owned();
    }
    let start: String = characters[..6].iter().collect();
    let end: String = characters[characters.len() - 3..].iter().collect();
    format!("{start}{}{end}", look.ellipsis())
}
