//! Rules, roles, policies and configurations: bounds, words, ranges, names, how many. From the tables of
//! the kinds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diagnostic::code::{
    WM107, WM201, WM202, WM205, WM207, WM304, WM401, WM403, WM404, WM405, WM406,
};
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::kinds::availability_configuration::DOMAIN;
use crate::kinds::setting::{Form, Member, SettingKind, split};
use crate::kinds::{KINDS, SETTINGS, setting};
use crate::model::{
    AVAILABILITY_CONFIGURATION, FieldPath, IDENTITY_CENTER_APPLICATION, RESERVED_NAME, Segment,
    TAG, Target, Unmanaged, Wanted,
};

use super::Checks;

pub(super) fn check(checks: &mut Checks<'_>) {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (target, declared) in &checks.desired.settings {
        let Some(kind) = setting(target.kind()) else {
            continue;
        };
        if !declared.absent {
            *count.entry(kind.name).or_default() += 1;
        }
        if target.name().starts_with(RESERVED_NAME) {
            let message = format!(
                "`{}` is reserved for the way between two states",
                target.name()
            );
            let wrong = Diagnostic::new(&WM304, message).help("choose another name");
            checks.tell(wrong, target, &FieldPath::root());
        }
        name(checks, kind, target);
        names(checks, kind, target, declared.previously.as_deref());
        members(
            checks,
            target,
            kind.members,
            &declared.value,
            &FieldPath::root(),
        );
        // A name is a name also where nothing shall have it.
        let has_name = !kind.nature.single;
        let wrong = kind.nature.wrong.filter(|_| has_name || !declared.absent);
        for wrong in wrong.map_or_else(Vec::new, |wrong| wrong(target.name(), &declared.value)) {
            let path = wrong.path.into_iter().map(Segment::Key).collect();
            let finding = Diagnostic::new(&WM107, wrong.message).help(wrong.help);
            checks.tell(finding, target, &path);
        }
    }
    formers(checks);
    tokens(checks);
    for kind in SETTINGS {
        let declared = count.get(kind.name).copied().unwrap_or(0);
        // The digest of `management` has a tag of its own, and so has an application.
        let ours = match kind.name {
            TAG if declared > 0 => 1 + count.get(IDENTITY_CENTER_APPLICATION).copied().unwrap_or(0),
            _ => 0,
        };
        let declared = declared + ours;
        if let Some(limit) = kind.limit.filter(|limit| declared > *limit) {
            too_many(checks, kind, declared, ours, limit);
        }
        if kind.needs_an_allow()
            && checks.is_whole
            && checks.desired.sections.contains(kind.section)
        {
            somebody_gets_in(checks, kind);
        }
    }
}

/// A name that the service does not take.
fn name(checks: &mut Checks<'_>, kind: &SettingKind, target: &Target) {
    if kind.name != AVAILABILITY_CONFIGURATION || (DOMAIN.is)(target.name()) {
        return;
    }
    let message = format!("`{}` is no domain", target.name());
    let wrong = Diagnostic::new(&WM201, message)
        .at(checks.origins.key(target), "")
        .help(format!("write {}", DOMAIN.about));
    checks.out.push(wrong);
}

/// The name, the key of what belongs to somebody, and the former name.
fn names(checks: &mut Checks<'_>, kind: &SettingKind, target: &Target, previously: Option<&str>) {
    let (word, name) = match kind.owner {
        Some(owner) => (owner.key, split(target.name()).1),
        None => ("name", target.name()),
    };
    let path = match kind.owner {
        Some(owner) => FieldPath::from(owner.key),
        None => FieldPath::root(),
    };
    let former = previously.map(|former| ("previously", former, FieldPath::from("previously")));
    for (word, text, path) in [Some((word, name, path)), former].into_iter().flatten() {
        let member = Member {
            name: word,
            member: "Name",
            form: kind.naming,
            needed: true,
            about: "what it is called",
        };
        one(checks, target, &member, &Value::from(text), &path);
    }
}

/// One thing takes one name.
fn formers(checks: &mut Checks<'_>) {
    let mut seen: BTreeMap<Target, &Target> = BTreeMap::new();
    for (target, declared) in &checks.desired.settings {
        let Some(former) = &declared.previously else {
            continue;
        };
        let named = Target::new(target.kind().to_owned(), former.clone());
        if let Some(first) = seen.insert(named, target) {
            let path = FieldPath::from("previously");
            let message = format!("{first} and {target} were both `{former}` before");
            let wrong = Diagnostic::new(&WM202, message)
                .twice(
                    checks.origins.find(first, &path),
                    checks.origins.find(target, &path),
                )
                .help("one thing takes one name: take `previously` out of the other");
            checks.out.push(wrong);
        }
    }
}

/// How long tokens may be unused; none lives longer than so many days.
/// Source: API reference, `PersonalAccessTokenConfiguration`, `LifetimeInDays`.
const TOKEN_DAYS: std::ops::RangeInclusive<i64> = 1..=3653;

fn tokens(checks: &mut Checks<'_>) {
    let Some(rule) = checks.desired.tokens else {
        return;
    };
    let days = rule.max_unused_days;
    if TOKEN_DAYS.contains(&days) {
        return;
    }
    let (fewest, most) = (TOKEN_DAYS.start(), TOKEN_DAYS.end());
    let message = format!("`maxUnusedDays` is {days}, and must be {fewest} to {most}");
    let path = FieldPath::from("personalAccessTokens").key("maxUnusedDays");
    let wrong = Diagnostic::new(&WM401, message)
        .at(checks.origins.anywhere(&path), "")
        .help("write a number in these bounds");
    checks.out.push(wrong);
}

/// Where no undeclared rule stays, one of the declared ones has to let somebody in.
fn somebody_gets_in(checks: &mut Checks<'_>, kind: &SettingKind) {
    let management = &checks.desired.management;
    let section = management.section_or(kind.section, kind.unmanaged);
    let of_kind = |target: &Target| target.kind() == kind.name;
    let mut rules = checks.desired.settings.iter();
    let allows = rules.any(|(target, declared)| {
        of_kind(target) && declared.value.get("effect").and_then(Value::as_str) == Some("ALLOW")
    });
    if allows || section.unmanaged != Unmanaged::Remove {
        return;
    }
    let message = format!(
        "none of the {} is an ALLOW, so that nobody gets in",
        kind.plural
    );
    let wrong = Diagnostic::new(&WM406, message)
        .at(section_place(checks, kind), "")
        .help("add a rule with `effect: ALLOW`, or `unmanaged: keep` under `management`");
    checks.out.push(wrong);
}

fn section_place(checks: &Checks<'_>, kind: &SettingKind) -> Option<(FileId, Span)> {
    checks.origins.anywhere(&kind.path())
}

fn too_many(
    checks: &mut Checks<'_>,
    kind: &SettingKind,
    declared: usize,
    ours: usize,
    limit: usize,
) {
    let with_ours = match ours {
        0 => String::new(),
        ours => format!(", {ours} of them workmailctl's own"),
    };
    let message = format!(
        "{declared} {}{with_ours}, and {limit} are the most",
        kind.plural
    );
    let place = section_place(checks, kind);
    let wrong = Diagnostic::new(&WM405, message).help("put several into one, or remove some");
    checks.out.push(wrong.at(place, ""));
}

fn members(
    checks: &mut Checks<'_>,
    target: &Target,
    members: &[Member],
    value: &Map<String, Value>,
    path: &FieldPath,
) {
    for member in members {
        if let Some(value) = value.get(member.name) {
            one(checks, target, member, value, &path.key(member.name));
        }
    }
}

fn one(checks: &mut Checks<'_>, target: &Target, member: &Member, value: &Value, path: &FieldPath) {
    let name = member.name;
    match (member.form, value) {
        (Form::Text { min, max, pattern }, Value::String(text)) => {
            if let Some(wrong) = length(name, text, min, max) {
                checks.tell(wrong, target, path);
            } else if let Some(pattern) = pattern.filter(|pattern| !(pattern.is)(text)) {
                let message = format!("`{name}` cannot be `{text}`");
                let help = format!("it is {}", pattern.about);
                checks.tell(Diagnostic::new(&WM107, message).help(help), target, path);
            }
        }
        (Form::Choice(words), Value::String(word)) => {
            word_of(checks, target, name, words, word, path);
        }
        (Form::Number { min, max }, Value::Number(number)) => {
            let number = number.as_i64().unwrap_or(i64::MAX);
            if !(min..=max).contains(&number) {
                let message = format!("`{name}` is {number}, and must be {min} to {max}");
                let wrong = Diagnostic::new(&WM401, message).help("write a number in these bounds");
                checks.tell(wrong, target, path);
            }
        }
        (form, Value::Array(items)) if form.is_set() => set(checks, target, member, items, path),
        (Form::Name { kind }, Value::String(name)) => named(checks, target, kind, name, path),
        (Form::Object(inner), Value::Object(value)) => members(checks, target, inner, value, path),
        (
            Form::Entries {
                members: inner,
                most,
                ..
            },
            Value::Object(entries),
        ) => {
            if entries.len() > most {
                let message = format!("{} {name}, and {most} are the most", entries.len());
                checks.tell(
                    Diagnostic::new(&WM405, message).help("remove some"),
                    target,
                    path,
                );
            }
            for (position, (key, entry)) in entries.iter().enumerate() {
                let Some(entry) = entry.as_object() else {
                    continue;
                };
                let is_list = checks.origins.is_list(target, path);
                let place = if is_list {
                    path.index(position)
                } else {
                    path.key(key.clone())
                };
                members(checks, target, inner, entry, &place);
            }
        }
        _ => {}
    }
}

fn set(
    checks: &mut Checks<'_>,
    target: &Target,
    member: &Member,
    items: &[Value],
    path: &FieldPath,
) {
    let name = member.name;
    if items.is_empty() {
        let wrong = Diagnostic::new(&WM403, format!("`{name}` is an empty list"));
        let help = "to the service an empty condition is none, and fits everything: remove the line to mean that";
        checks.tell(wrong.help(help), target, path);
        return;
    }
    let most = match member.form {
        Form::Texts { most, .. }
        | Form::Prefixes { most, .. }
        | Form::Ranges { most }
        | Form::Names { most, .. } => most,
        _ => usize::MAX,
    };
    if items.len() > most {
        let message = format!(
            "`{name}` has {} elements, and {most} are the most",
            items.len()
        );
        checks.tell(
            Diagnostic::new(&WM405, message).help("remove some"),
            target,
            path,
        );
    }
    for (position, item) in items.iter().enumerate() {
        let Some(text) = item.as_str() else { continue };
        let path = path.index(position);
        match member.form {
            Form::Words(words) => word_of(checks, target, name, words, text, &path),
            Form::Texts { min, max, .. } => {
                if let Some(wrong) = length(name, text, min, max) {
                    checks.tell(wrong, target, &path);
                }
            }
            Form::Prefixes { max, .. } => {
                if let Some(wrong) = length(name, text, 1, max).or_else(|| prefix(name, text)) {
                    checks.tell(wrong, target, &path);
                }
            }
            Form::Ranges { .. } => {
                if let Some(wrong) = range(text) {
                    checks.tell(wrong, target, &path);
                }
            }
            Form::Names { kind, .. } => named(checks, target, kind, text, &path),
            _ => {}
        }
    }
}

/// Somebody or something that a setting names: there, and of the right kind.
fn named(checks: &mut Checks<'_>, target: &Target, kind: &str, name: &str, path: &FieldPath) {
    let wanted = Target::new(kind.to_owned(), name);
    if let Some(declared) = checks.desired.entities.get(&wanted) {
        if declared.wanted == Wanted::Absent {
            let wrong = Diagnostic::new(&WM207, format!("{wanted} is declared absent"))
                .help("remove it here, or declare it present");
            checks.tell(wrong, target, path);
        }
        return;
    }
    if checks.desired.settings.contains_key(&wanted) {
        return;
    }
    let other = KINDS
        .iter()
        .map(|entry| Target::new(entry.name, name))
        .find(|other| wanted.is_entity() && checks.desired.entities.contains_key(other));
    if let Some(other) = other {
        let message = format!("{target} takes a {kind} here, and {other} is none");
        checks.tell(
            Diagnostic::new(&WM205, message).help("name another"),
            target,
            path,
        );
        return;
    }
    let place = checks.origins.find(target, path);
    let names = if wanted.is_entity() {
        checks.names()
    } else {
        let settings = checks.desired.settings.keys();
        let of_kind = settings.filter(|setting| setting.kind() == kind);
        of_kind.map(|setting| setting.name().to_owned()).collect()
    };
    checks.tell_undeclared(name, &names, &[kind], place);
}

fn word_of(
    checks: &mut Checks<'_>,
    target: &Target,
    name: &str,
    words: &[&str],
    word: &str,
    path: &FieldPath,
) {
    if words.contains(&word) {
        return;
    }
    let wrong = Diagnostic::new(&WM107, format!("`{name}` cannot be `{word}`"));
    let help = match words.iter().find(|known| known.eq_ignore_ascii_case(word)) {
        Some(known) => format!("write it as `{known}`"),
        None => format!("it is one of {}", words.join(", ")),
    };
    checks.tell(wrong.help(help), target, path);
}

/// What is wrong with the beginning of what a device tells. Source: API reference, `DeviceType`, `Pattern`.
fn prefix(name: &str, text: &str) -> Option<Diagnostic> {
    let is_taken = |c: char| ('\u{20}'..='\u{ff}').contains(&c);
    if !text.chars().all(is_taken) {
        let wrong = Diagnostic::new(&WM107, format!("`{name}` cannot have `{text}`"));
        return Some(wrong.help("it is one line of letters, digits and signs of Latin-1"));
    }
    None
}

fn length(name: &str, text: &str, min: usize, max: usize) -> Option<Diagnostic> {
    let length = text.chars().count();
    if length > max {
        let message = format!("`{name}` has {length} characters, and {max} are the most");
        Some(Diagnostic::new(&WM401, message).help("shorten it"))
    } else if length < min {
        let message = format!("`{name}` has {length} characters, and {min} are the fewest");
        Some(Diagnostic::new(&WM401, message).help("write more, or remove the line"))
    } else {
        None
    }
}

/// What is wrong with a range: names of `networks` were replaced by theirs before.
pub(in crate::manifest) fn range(text: &str) -> Option<Diagnostic> {
    let wrong = |help: String| {
        let message =
            format!("`{text}` is neither a range of IPv4 addresses nor one of `networks`");
        Some(Diagnostic::new(&WM404, message).help(help))
    };
    let Some((network, length)) = text.split_once('/') else {
        return wrong(match text.parse::<std::net::Ipv4Addr>() {
            Ok(_) => format!("write `{text}/32` for this one address"),
            Err(_) => "write it as 203.0.113.0/24, or declare it under `networks`".to_owned(),
        });
    };
    let (Ok(network), Ok(length)) = (network.parse::<std::net::Ipv4Addr>(), length.parse::<u32>())
    else {
        return wrong("write it as 203.0.113.0/24; IPv6 is not known to the service".to_owned());
    };
    if length > 32 {
        return wrong("the number behind the slash is 0 to 32".to_owned());
    }
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    let begins = std::net::Ipv4Addr::from_bits(network.to_bits() & mask);
    (begins != network).then(|| {
        let message = format!("`{text}` has bits behind its prefix");
        Diagnostic::new(&WM404, message).help(format!(
            "did you mean `{begins}/{length}`, or `{network}/32`?"
        ))
    })
}
