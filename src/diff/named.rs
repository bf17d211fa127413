//! Names under `management`: one that is misspelt would protect nobody and watch nobody's readers, so
//! it has to be declared or live. A pattern may name what comes later.

use crate::kinds::{SETTINGS, setting};
use crate::live::Needs;
use crate::model::{Desired, Globs, ORGANIZATION, Part, Problem, Target};

use super::needs::setting_needs;
use super::{Draft, Ends};

/// A name that the manifest does not declare.
struct Named<'a> {
    list: &'static str,
    pattern: &'a String,
    /// True where it may name a setting.
    or_settings: bool,
}

/// The kinds, not read yet, that may have the names that nobody was found by: users, groups and resources
/// first, and settings once it is none of these.
pub(super) fn needs(ends: &Ends<'_>) -> Needs {
    let mut needs = Needs::default();
    let named = undeclared(ends.desired);
    let missing = named.iter().filter(|named| !is_live(ends, named));
    let is_unread = |kind: &str| matches!(ends.live.listed(kind), Part::NotRead);
    for named in missing {
        let unread: Vec<&str> = kinds_of(ends, named)
            .filter(|kind| is_unread(kind))
            .collect();
        let (settings, lists): (Vec<&str>, Vec<&str>) =
            unread.into_iter().partition(|kind| setting(kind).is_some());
        if lists.is_empty() {
            for kind in settings.into_iter().filter_map(setting) {
                setting_needs(&mut needs, kind);
            }
        }
        needs.lists.extend(lists.into_iter().map(str::to_owned));
    }
    needs.lists.retain(|kind| is_unread(kind));
    needs.settings.retain(|kind| is_unread(kind));
    needs
}

/// Tells the names that are nobody's. What was not listed may be there.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    for named in undeclared(ends.desired) {
        let mut kinds = kinds_of(ends, &named);
        let is_listed = kinds.all(|kind| ends.live.listed(kind).known().is_some());
        if is_live(ends, &named) || !is_listed {
            continue;
        }
        draft.problems.push(Problem {
            target: Target::new(ORGANIZATION, ends.live.organization.alias.clone()),
            path: format!("management.{}", named.list),
            message: format!(
                "`{}` under `{}` is neither declared nor in the organization",
                named.pattern, named.list
            ),
            help: "correct the name, or take it out there".to_owned(),
            place: None,
        });
    }
}

fn is_live(ends: &Ends<'_>, named: &Named<'_>) -> bool {
    let globs = Globs::new([named.pattern]);
    let mut entities = ends.live.entities.iter();
    let mut settings = ends.live.settings.iter();
    entities.any(|(target, entity)| globs.match_either(target, Some(entity)))
        || named.or_settings
            && settings.any(|(target, found)| {
                let name = found.live_name.clone();
                let by_live_name = name.map(|name| Target::new(target.kind().to_owned(), name));
                globs.matches(target) || by_live_name.is_some_and(|live| globs.matches(&live))
            })
}

fn undeclared(desired: &Desired) -> Vec<Named<'_>> {
    let lists = desired.management.lists().into_iter();
    let all = lists.flat_map(|(list, patterns, or_settings)| {
        let plain = patterns
            .iter()
            .filter(|pattern| Globs::plain_name(pattern).is_some());
        plain.map(move |pattern| Named {
            list,
            pattern,
            or_settings,
        })
    });
    all.filter(|named| !desired.declares(named.pattern, named.or_settings))
        .collect()
}

/// The kinds of which it may name something. What stands before a slash may be a part of the name:
/// groups and what belongs to somebody have such names.
fn kinds_of<'a>(ends: &'a Ends<'_>, named: &'a Named<'_>) -> impl Iterator<Item = &'static str> {
    let settings = SETTINGS.iter().filter(|_| named.or_settings);
    let entities = ends.kinds.iter().map(|entry| entry.name);
    let all: Vec<&'static str> = entities.chain(settings.map(|kind| kind.name)).collect();
    let before = named.pattern.split_once('/').map(|(kind, _)| kind);
    let is_it = move |kind: &str| before.is_some_and(|word| word.eq_ignore_ascii_case(kind));
    let says_it = all.iter().any(|kind| is_it(kind));
    all.into_iter().filter(move |kind| !says_it || is_it(kind))
}
