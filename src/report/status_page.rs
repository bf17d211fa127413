//! How far the way out is, as one page that needs nothing else, on screens and on paper.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::migrate::{Becomes, ExportStanding, Fate, Status};

use super::status::{days, estimate, span, word};

/// The colours are readable on white and in print; every state is a word too.
const STYLE: &str = "\
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 68rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
.lead { font-size: 1.1rem; margin: .2rem 0 0; } .muted { color: #57606a; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.2rem, 1fr)); gap: .75rem; margin: 1.4rem 0; }
.card { border: 1px solid #d0d7de; border-radius: 8px; padding: .6rem .9rem; }
.card b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #e4e8ec; overflow-wrap: break-word; }
th { font-weight: 600; border-bottom-color: #8c959f; } td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.state { white-space: nowrap; }
.good { color: #116329; } .bad { color: #a40e26; font-weight: 600; } .wait { color: #7d4e00; }
details { margin: .4rem 0; } summary { cursor: pointer; font-weight: 600; }
code { font-size: .95em; } h3 { font-size: .9rem; margin: .8rem 0 .2rem; break-after: avoid; } h3 span { font-weight: 400; } .many { columns: 19rem; column-gap: 2.5rem; margin: 0; padding-left: 1.2rem; font-size: .9rem; } .many li { break-inside: avoid; }
svg { width: 100%; height: auto; max-width: 46rem; }
svg text { font: 12px system-ui, sans-serif; fill: #1b1f24; }
@media print {
  @page { margin: 16mm; }
  body { font-size: 9pt; margin: 0; max-width: none; padding: 0; color: #000; } table, .many, h3 { font-size: 8.5pt; } h3 { margin-top: 6pt; } .card b { font-size: 14pt; }
  summary { list-style: none; break-after: avoid; } .muted, .good, .bad, .wait { color: #000; }
  h2 { break-after: avoid; } tr, .card, svg { break-inside: avoid; } thead { display: table-header-group; }
}
";

/// The page.
pub fn status_page(status: &Status) -> String {
    let alias = escaped(&status.alias);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Leaving Amazon WorkMail: {alias}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    let _ = write!(
        page,
        "<h1>Leaving Amazon WorkMail: {alias}</h1>\n<p class=\"lead\">{}</p>\n<p class=\"muted\">{} &middot; {}</p>\n",
        escaped(&days(status.days_left)),
        escaped(&status.organization_id),
        status.at.strftime("%Y-%m-%d %H:%M UTC")
    );
    cards(&mut page, status);
    page.push_str("<h2>Do the exports end in time?</h2>\n");
    let class = match (status.estimate.in_time, status.unread.is_empty()) {
        (true, true) => "good",
        (true, false) => "wait",
        (false, _) => "bad",
    };
    let _ = writeln!(
        page,
        "<p class=\"{class}\">{}</p>",
        escaped(&estimate(status))
    );
    if status.estimate.left > 0 {
        plot(&mut page, status);
    }
    mailboxes(&mut page, status);
    page.push_str("<h2>What becomes of everything</h2>\n");
    let titles = [
        (Becomes::ByHand, "Somebody has to act"),
        (Becomes::Ends, "Ends with the service"),
        (
            Becomes::TakenAlong,
            "Taken along by the files of migrate targets",
        ),
    ];
    for (becomes, title) in titles {
        let fates: Vec<&Fate> = status
            .fates
            .iter()
            .filter(|fate| fate.becomes == becomes)
            .collect();
        let tell = match becomes {
            Becomes::TakenAlong => lists_of,
            _ => fates_of,
        };
        tell(&mut page, title, &fates);
    }
    if !status.unread.is_empty() {
        page.push_str("<h2>What could not be read</h2>\n<ul>\n");
        for sentence in &status.unread {
            let _ = writeln!(page, "<li class=\"bad\">{}</li>", escaped(sentence));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn cards(page: &mut String, status: &Status) {
    let count = |states: &[ExportStanding]| -> usize {
        states
            .iter()
            .filter_map(|state| status.counts.get(state))
            .sum()
    };
    let act = status
        .fates
        .iter()
        .filter(|fate| fate.becomes == Becomes::ByHand)
        .count();
    let rows = [
        (
            status.days_left.max(0).to_string(),
            if status.days_left == 1 {
                "day left"
            } else {
                "days left"
            },
        ),
        (status.mailboxes.len().to_string(), "mailboxes"),
        (
            count(&[ExportStanding::Verified, ExportStanding::Exported]).to_string(),
            "exported",
        ),
        (
            count(&[ExportStanding::Running]).to_string(),
            "on their way",
        ),
        (
            count(&[ExportStanding::Failed, ExportStanding::NotRegistered]).to_string(),
            "in trouble",
        ),
        (
            count(&[ExportStanding::Left, ExportStanding::Unverified]).to_string(),
            "left",
        ),
        (count(&[ExportStanding::LeftOut]).to_string(), "left out"),
        (act.to_string(), "to do by hand"),
    ];
    page.push_str("<div class=\"cards\">\n");
    for (number, what) in rows {
        let _ = writeln!(page, "<div class=\"card\"><b>{number}</b>{what}</div>");
    }
    page.push_str("</div>\n");
}

fn mailboxes(page: &mut String, status: &Status) {
    page.push_str("<h2>Mailboxes</h2>\n<table>\n<thead><tr><th>whose</th><th>address</th><th class=\"n\">MB</th><th>export</th><th class=\"n\">jobs</th><th>evidence</th></tr></thead>\n<tbody>\n");
    for one in &status.mailboxes {
        let class = match one.state {
            ExportStanding::Verified | ExportStanding::Exported => "good",
            ExportStanding::Failed | ExportStanding::NotRegistered => "bad",
            _ => "wait",
        };
        let size = one
            .size_mb
            .map(|size| format!("{size:.1}"))
            .unwrap_or_default();
        let time = one
            .exported_at
            .map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string());
        let evidence: Vec<String> = time
            .into_iter()
            .chain(one.archive.clone())
            .chain(one.why.clone())
            .map(|text| broken(&text))
            .collect();
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{size}</td><td class=\"{class}\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            broken(&one.target.to_string()),
            broken(one.address.as_deref().unwrap_or_default()),
            word(one.state),
            one.attempts,
            evidence.join("<br>")
        );
    }
    page.push_str("</tbody>\n</table>\n");
    if let Some(ledger) = &status.ledger {
        let _ = writeln!(
            page,
            "<p class=\"muted\">By the ledger {}.</p>",
            escaped(ledger)
        );
    }
}

fn fates_of(page: &mut String, title: &str, fates: &[&Fate]) {
    let _ = write!(
        page,
        "<details open>\n<summary>{title} ({})</summary>\n<table>\n<thead><tr><th>kind</th><th>what</th><th>what to do</th><th>who</th></tr></thead>\n<tbody>\n",
        fates.len()
    );
    for fate in fates {
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            fate.kind,
            broken(&fate.what),
            marked(&fate.todo),
            fate.who
        );
    }
    page.push_str("</tbody>\n</table>\n</details>\n");
}

/// The same as lists, a kind each: of what is taken along there is much, and the same to do for all of it.
fn lists_of(page: &mut String, title: &str, fates: &[&Fate]) {
    let _ = writeln!(
        page,
        "<details open>\n<summary>{title} ({})</summary>",
        fates.len()
    );
    let mut kinds: BTreeMap<(&str, &str), Vec<&Fate>> = BTreeMap::new();
    for fate in fates {
        kinds.entry((fate.kind, &fate.todo)).or_default().push(fate);
    }
    for ((kind, todo), fates) in kinds {
        let _ = writeln!(
            page,
            "<h3>{kind} ({}): <span class=\"muted\">{}</span></h3>\n<ul class=\"many\">",
            fates.len(),
            marked(todo)
        );
        for fate in fates {
            let _ = writeln!(page, "<li>{}</li>", broken(&fate.what));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</details>\n");
}

/// The size of the plot, and what is left around it for words.
const SIZE: (f64, f64) = (720.0, 300.0);
const EDGE: (f64, f64, f64, f64) = (56.0, 16.0, 24.0, 48.0);

/// How many mailboxes are exported over time, by both courses; the end of the service where it is in sight.
fn plot(page: &mut String, status: &Status) {
    let estimate = &status.estimate;
    let (width, height) = SIZE;
    let (left, right, top, bottom) = EDGE;
    let longest = estimate
        .cautious
        .seconds
        .max(estimate.likely.seconds)
        .max(1);
    let end = crate::model::END_OF_SERVICE
        .duration_since(estimate.begins)
        .as_secs();
    // Far beyond the last export, the end of the service is told in words.
    let in_sight = end > 0 && end <= longest.saturating_mul(2);
    let until = if in_sight { longest.max(end) } else { longest };
    let x = |seconds: i64| left + (width - left - right) * ratio(seconds, until);
    let most = i64::try_from(estimate.left).unwrap_or(i64::MAX).max(1);
    let y = |count: i64| height - bottom - (height - top - bottom) * ratio(count, most);
    let _ = writeln!(
        page,
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
        escaped(&super::status::estimate(status))
    );
    for part in 0..=4 {
        let (seconds, count) = (until * part / 4, most * part / 4);
        let _ = writeln!(
            page,
            "<line x1=\"{left}\" x2=\"{:.1}\" y1=\"{1:.1}\" y2=\"{1:.1}\" stroke=\"#e4e8ec\"/><text x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{count}</text>",
            width - right,
            y(count),
            left - 8.0,
            y(count) + 4.0
        );
        let anchor = if part == 4 { "end" } else { "middle" };
        let _ = writeln!(
            page,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            x(seconds),
            height - bottom + 18.0,
            if part == 0 {
                "0".to_owned()
            } else {
                span(seconds)
            }
        );
    }
    if in_sight {
        let _ = writeln!(
            page,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{top}\" y2=\"{1:.1}\" stroke=\"#a40e26\" stroke-width=\"2\"/><text x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">end of the service</text>",
            x(end),
            height - bottom,
            x(end) - 6.0,
            top + 12.0
        );
    }
    let lines = [
        (&estimate.cautious, "#7d4e00", "6 4"),
        (&estimate.likely, "#0550ae", "none"),
    ];
    for (course, color, dashes) in lines {
        let mut path = format!("M{:.1} {:.1}", x(0), y(0));
        let every = course.exported.len().div_ceil(400).max(1);
        for (at, seconds) in course.exported.iter().enumerate() {
            let count = at + 1;
            if count % every == 0 || count == course.exported.len() {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                let _ = write!(path, "H{:.1}V{:.1}", x(*seconds), y(count));
            }
        }
        let _ = writeln!(
            page,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>"
        );
    }
    let _ = writeln!(
        page,
        "<line x1=\"{left}\" x2=\"{0}\" y1=\"{1}\" y2=\"{1}\" stroke=\"#0550ae\" stroke-width=\"2\"/><text x=\"{2}\" y=\"{3}\">likely</text><line x1=\"{4}\" x2=\"{5}\" y1=\"{1}\" y2=\"{1}\" stroke=\"#7d4e00\" stroke-width=\"2\" stroke-dasharray=\"6 4\"/><text x=\"{6}\" y=\"{3}\">cautious</text><text x=\"{7}\" y=\"{3}\" text-anchor=\"end\">mailboxes exported, over the time since the beginning</text>\n</svg>",
        left + 24.0,
        height - 10.0,
        left + 30.0,
        height - 6.0,
        left + 80.0,
        left + 104.0,
        left + 110.0,
        width - right
    );
}

#[expect(clippy::cast_precision_loss, reason = "a place on a plot")]
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

/// A text that is no markup, whatever is in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same with commands and files, which stand between backticks, as such.
fn marked(text: &str) -> String {
    let mut marked = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escaped(part);
        let _ = match at % 2 {
            0 => write!(marked, "{part}"),
            _ => write!(marked, "<code>{part}</code>"),
        };
    }
    marked
}

/// The same with places at which addresses and names of objects may go on in the next line.
fn broken(text: &str) -> String {
    let mut broken = String::new();
    for part in text.split_inclusive(['@', '/', '.']) {
        let _ = write!(broken, "{}<wbr>", escaped(part));
    }
    broken
}
