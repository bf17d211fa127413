//! Names under `management`: one that is misspelt would protect nobody and watch nobody's readers, so
//! it has to be declared or live. A pattern may name what comes later.

use std::collections::BTreeSet;

use crate::kinds::Kinds;
use crate::model::{Desired, Globs, ORGANIZATION, Part, Problem, Target};

use super::{Draft, Ends};

/// A name that the manifest does not declare.
struct Named<'a> {
    list: &'static str,
    pattern: &'a String,
}

/// The kinds whose lists, not read yet, may have the names that nobody was found by.
pub(super) fn lists(ends: &Ends<'_>) -> BTreeSet<String> {
    let named = undeclared(ends.desired);
    let missing = named.iter().filter(|named| !is_live(ends, named));
    missing
        .flat_map(|named| kinds_of(ends.kinds, named.pattern))
        .filter(|kind| matches!(ends.live.listed(kind), Part::NotRead))
        .map(str::to_owned)
        .collect()
}

/// Tells the names that are nobody's. What was not listed may be there.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    for named in undeclared(ends.desired) {
        let is_listed = kinds_of(ends.kinds, named.pattern)
            .all(|kind| ends.live.listed(kind).known().is_some());
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
    let mut live = ends.live.entities.iter();
    live.any(|(target, entity)| globs.match_either(target, Some(entity)))
}

fn undeclared(desired: &Desired) -> Vec<Named<'_>> {
    let management = &desired.management;
    let lists = [
        ("protect", &management.protect),
        ("watchReaders", &management.watch_readers),
    ];
    let all = lists.into_iter().flat_map(|(list, patterns)| {
        let plain = patterns
            .iter()
            .filter(|pattern| Globs::plain_name(pattern).is_some());
        plain.map(move |pattern| Named { list, pattern })
    });
    let is_declared = |named: &Named<'_>| {
        let globs = Globs::new([named.pattern]);
        desired.entities.iter().any(|(target, declared)| {
            let former = declared.previously.as_ref();
            let by_former = former.map(|name| Target::new(target.kind().to_owned(), name.clone()));
            !declared.implied
                && (globs.matches(target) || by_former.is_some_and(|former| globs.matches(&former)))
        })
    };
    all.filter(|named| !is_declared(named)).collect()
}

fn kinds_of(kinds: Kinds, pattern: &str) -> impl Iterator<Item = &'static str> {
    let named = pattern.split_once('/').map(|(kind, _)| kind);
    kinds
        .iter()
        .map(|entry| entry.name)
        .filter(move |kind| named.is_none_or(|named| named.eq_ignore_ascii_case(kind)))
}
