//! What `migrate check` found, as text.

use std::fmt::Write as _;

use crate::migrate::{Comparison, Difference, What};

use super::{Look, Paint, counted};

/// Both sides of the difference.
pub fn check_text(found: &Comparison, look: &Look) -> String {
    let mut text = String::new();
    for one in &found.differences {
        let word = look.paint(Paint::Red, word(one.what));
        let _ = writeln!(text, "{word} {}", look.safe(&sentence(one)));
    }
    for one in &found.renamed {
        let told = format!("{} answers as {}", one.address, one.answers_as);
        let _ = writeln!(text, "note: {}", look.safe(&told));
    }
    list(&mut text, "only there", &found.only_there, look);
    list(&mut text, "ends with the service", &found.ending, look);
    list(&mut text, "given up", &found.given_up, look);
    if found.elsewhere > 0 {
        let others = counted(found.elsewhere, "address", "addresses");
        let _ = writeln!(text, "{others} there in other domains");
    }
    let checked = counted(found.checked, "address", "addresses");
    let told = match found.differences.len() {
        0 if found.checked == 1 => "it reaches the same people there".to_owned(),
        0 => "all reach the same people there".to_owned(),
        count => {
            let reach = if found.same == 1 { "reaches" } else { "reach" };
            let not = if count == 1 { "does not" } else { "do not" };
            format!(
                "{} {reach} the same people there, {count} {not}",
                found.same
            )
        }
    };
    let read = if found.whole {
        ""
    } else {
        "of those that could be read, "
    };
    let _ = writeln!(text, "{checked}: {read}{told}");
    text
}

fn word(what: What) -> &'static str {
    match what {
        What::Missing => "missing:",
        What::OtherPeople => "differs:",
        What::NoMailbox => "no mailbox:",
        What::Suspended => "refused:",
        What::MembersUntold => "not told:",
    }
}

fn sentence(one: &Difference) -> String {
    let mut text = format!("{} ({})", one.address, one.of);
    if let Some(there) = &one.looked_for {
        let _ = write!(text, ", looked for as {there}");
    }
    if one.what == What::MembersUntold {
        text.push_str(": the exports do not tell its members");
    }
    if one.what == What::NoMailbox {
        text.push_str(": it is a group, a contact or without a license there");
    }
    if one.what == What::Suspended {
        text.push_str(": who has it there is suspended");
    }
    if !one.not_reached.is_empty() {
        let _ = write!(text, ": does not reach {}", one.not_reached.join(", "));
    }
    if !one.reached_besides.is_empty() {
        let joint = if one.not_reached.is_empty() {
            ": reaches"
        } else {
            "; reaches"
        };
        let _ = write!(text, "{joint} {} besides", one.reached_besides.join(", "));
    }
    text
}

fn list(text: &mut String, word: &str, all: &[String], look: &Look) {
    for one in all {
        let _ = writeln!(text, "{word}: {}", look.safe(one));
    }
}
