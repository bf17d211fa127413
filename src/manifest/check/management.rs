//! The section `management`: it does not contradict itself or what is declared.

use globset::Glob;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::{WM107, WM601, WM602, WM603, WM604, WM605, WM606, WM608};
use crate::kinds::access_control_rule::ACTIONS;
use crate::kinds::{SETTINGS, by_section};
use crate::model::{
    FieldPath, Globs, OnRemoval, Target, USER, Unmanaged, Wanted, is_after_the_service, until_time,
};

use super::Checks;
use crate::manifest::declare::{beyond, no_time};

/// The guards that approvals can lift.
const APPROVABLE: &[&str] = &[
    "delete-user",
    "mailbox-expiry",
    "not-exported",
    "delete-mail",
    "removals",
    "empty",
    "new-reader",
    "address-reuse",
    "weaker",
    "lockout",
    "domain",
    "create-organization",
];

pub(super) fn check(checks: &mut Checks<'_>) {
    sections(checks);
    approvals(checks);
    patterns(checks);
    names(checks);
    never_lock_out(checks);
}

fn sections(checks: &mut Checks<'_>) {
    let management = &checks.desired.management;
    for (name, section) in &management.sections {
        let path = FieldPath::from("management").key(name.clone());
        let says_how = checks.origins.holds_anywhere(&path.key("onRemoval"));
        let removes = section.unmanaged == Unmanaged::Remove;
        let absent = of_section(checks, name).any(|(_, wanted)| wanted == Wanted::Absent);
        if says_how && !removes && !absent && checks.is_whole {
            let word = if section.on_removal == OnRemoval::Delete {
                "delete"
            } else {
                "deregister"
            };
            let wrong =
                Diagnostic::new(&WM602, format!("`onRemoval: {word}` has nothing to remove"))
                    .help("add `unmanaged: remove`, or remove the line");
            tell(checks, wrong, &path.key("onRemoval"));
        }
        let of_entities = by_section(checks.kinds, name).is_some();
        if removes && !says_how && of_entities {
            let wrong = Diagnostic::new(&WM603, "`unmanaged: remove` needs `onRemoval`")
                .help("add `onRemoval: deregister` or `onRemoval: delete`");
            tell(checks, wrong, &path.key("unmanaged"));
        }
        let clashes: Vec<(Target, String)> = of_section(checks, name)
            .filter_map(|(target, _)| {
                let pattern = section
                    .ignore
                    .iter()
                    .find(|pattern| matches(pattern, target))?;
                Some((target.clone(), pattern.clone()))
            })
            .collect();
        for (target, pattern) in clashes {
            let wrong = Diagnostic::new(
                &WM604,
                format!("{target} is declared, and ignored by `{pattern}`"),
            )
            .at(checks.origins.key(&target), "declared here")
            .at(checks.origins.anywhere(&path.key("ignore")), "ignored here")
            .help("remove one of the two");
            checks.out.push(wrong);
        }
    }
    let protected: Vec<Target> = checks
        .desired
        .entities
        .iter()
        .filter(|(target, declared)| {
            declared.wanted == Wanted::Absent
                && management
                    .protect
                    .iter()
                    .any(|pattern| matches(pattern, target))
        })
        .map(|(target, _)| target.clone())
        .collect();
    for target in protected {
        let wrong = Diagnostic::new(&WM601, format!("{target} is protected and declared absent"))
            .help("take its name out of `management.protect` first");
        checks.tell(wrong, &target, &FieldPath::from("state"));
    }
}

fn approvals(checks: &mut Checks<'_>) {
    for (position, approval) in checks.desired.management.approvals.iter().enumerate() {
        let path = FieldPath::from("management")
            .key("approvals")
            .index(position);
        if !APPROVABLE.contains(&approval.guard.as_str()) {
            let wrong = Diagnostic::new(
                &WM605,
                format!("`{}` is no guard that an approval can lift", approval.guard),
            )
            .help(format!("the guards are {}", APPROVABLE.join(", ")));
            tell(checks, wrong, &path.key("guard"));
        }
        let Some(until) = &approval.until else {
            continue;
        };
        match until_time(until) {
            None => tell(checks, no_time(until), &path.key("until")),
            Some(end) if end <= checks.now => {
                let wrong = Diagnostic::new(&WM606, format!("this approval ended with {until}"))
                    .help("remove it");
                tell(checks, wrong, &path.key("until"));
            }
            Some(end) if is_after_the_service(end) => {
                tell(checks, beyond(until), &path.key("until"));
            }
            Some(_) => {}
        }
    }
}

fn patterns(checks: &mut Checks<'_>) {
    let management = &checks.desired.management;
    let root = FieldPath::from("management");
    let lists = management.lists().into_iter();
    let mut lists: Vec<_> = lists
        .map(|(word, patterns, _)| (root.key(word), patterns))
        .collect();
    for (name, section) in &management.sections {
        let ignored = section.ignore.as_slice();
        lists.push((root.key(name.clone()).key("ignore"), ignored));
    }
    for (path, patterns) in lists {
        for (position, pattern) in patterns.iter().enumerate() {
            if pattern.is_empty() {
                let wrong = Diagnostic::new(&WM608, "a pattern is empty and names nothing");
                let wrong = wrong.help("write a name or a pattern, or remove it");
                tell(checks, wrong, &path.index(position));
            } else if let Err(error) = Glob::new(pattern) {
                let wrong = Diagnostic::new(
                    &WM608,
                    format!("`{pattern}` is no pattern: {}", error.kind()),
                );
                tell(checks, wrong, &path.index(position));
            }
        }
    }
}

/// A name that is misspelt would take away what `protect` and `watchReaders` give. A pattern may name
/// what comes later.
fn names(checks: &mut Checks<'_>) {
    let desired = checks.desired;
    let known = checks.names();
    for (word, patterns, or_settings) in desired.management.lists() {
        let mut known = known.clone();
        if or_settings {
            let settings = desired.settings.keys();
            // Either way of naming one is meant by its like only.
            known
                .extend(settings.flat_map(|target| [target.name().to_owned(), target.to_string()]));
        }
        let path = FieldPath::from("management").key(word);
        for (position, pattern) in patterns.iter().enumerate() {
            if Globs::plain_name(pattern).is_some() && !desired.declares(pattern, or_settings) {
                let place = checks.origins.anywhere(&path.index(position));
                checks.tell_undeclared(pattern, &known, &[], place);
            }
        }
    }
}

/// Users that are there, protocols and addresses that exist: else nobody would be kept from anything.
fn never_lock_out(checks: &mut Checks<'_>) {
    let Some(wanted) = checks.desired.management.never_lock_out.clone() else {
        return;
    };
    let path = FieldPath::from("management").key("neverLockOut");
    let known = checks.names();
    for (position, user) in wanted.users.iter().enumerate() {
        if !checks.desired.entities.contains_key(&Target::user(user)) {
            let place = checks.origins.anywhere(&path.key("users").index(position));
            checks.tell_undeclared(user, &known, &[USER], place);
        }
    }
    if wanted.users.is_empty() {
        let wrong = Diagnostic::new(&WM107, "`neverLockOut` names nobody");
        tell(
            checks,
            wrong.help("name users under `users`, or remove it"),
            &path,
        );
    }
    for (position, action) in wanted.actions.iter().enumerate() {
        if !ACTIONS.contains(&action.as_str()) {
            let message = format!("`actions` cannot be `{action}`");
            let wrong = Diagnostic::new(&WM107, message);
            let help = format!("it is one of {}", ACTIONS.join(", "));
            tell(
                checks,
                wrong.help(help),
                &path.key("actions").index(position),
            );
        }
    }
    for (position, ip) in wanted.ips.iter().enumerate() {
        if ip.parse::<std::net::Ipv4Addr>().is_err() {
            let wrong = Diagnostic::new(&WM107, format!("`{ip}` is no IPv4 address"));
            let help = "write one address, such as 203.0.113.10";
            tell(checks, wrong.help(help), &path.key("ips").index(position));
        }
    }
}

fn of_section<'a>(
    checks: &'a Checks<'_>,
    section: &'a str,
) -> impl Iterator<Item = (&'a Target, Wanted)> {
    let kind = crate::kinds::by_section(checks.kinds, section).map_or("", |entry| entry.name);
    checks
        .desired
        .entities
        .iter()
        .filter(move |(target, _)| target.kind() == kind)
        .map(|(target, declared)| (target, declared.wanted))
        .chain(settings_of_section(checks, section))
}

/// Settings are there, or not declared at all.
fn settings_of_section<'a>(
    checks: &'a Checks<'_>,
    section: &str,
) -> impl Iterator<Item = (&'a Target, Wanted)> + use<'a> {
    let kind = SETTINGS.iter().find(|kind| kind.section == section);
    let declared = checks.desired.settings.keys();
    declared
        .filter(move |target| kind.is_some_and(|kind| kind.name == target.kind()))
        .map(|target| (target, Wanted::Registered))
}

fn matches(pattern: &String, target: &Target) -> bool {
    Globs::new([pattern]).matches(target)
}

fn tell(checks: &mut Checks<'_>, diagnostic: Diagnostic, path: &FieldPath) {
    let place = checks.origins.anywhere(path);
    checks.out.push(diagnostic.at(place, ""));
}
