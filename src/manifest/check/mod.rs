//! Everything that can be said of a manifest without asking the service, one concern a file.

mod addresses;
mod exports;
mod fields;
mod idle;
mod management;
mod names;
mod organization;
mod references;
mod rooms;
mod secrets;
mod settings;
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diagnostic::code::{WM203, WM209};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Span};
use crate::kinds::{Kinds, by_name, setting};
use crate::model::{Desired, FieldPath, Globs, OnRemoval, Target, Unmanaged};

use super::origins::Origins;
use super::parse::closest;

pub(super) use settings::range as no_range;
pub(super) use tests::Placed;

/// What checks look at, and where they tell.
pub(super) struct Checks<'a> {
    kinds: Kinds,
    desired: &'a Desired,
    origins: &'a Origins,
    /// False if something that the manifest declares may not be in `desired`.
    is_whole: bool,
    now: Timestamp,
    out: &'a mut Diagnostics,
}

/// Runs every check.
pub(super) fn all(
    kinds: Kinds,
    desired: &Desired,
    origins: &Origins,
    is_whole: bool,
    now: Timestamp,
    tests: (&[Placed], &BTreeMap<String, Vec<String>>),
    out: &mut Diagnostics,
) {
    let mut checks = Checks {
        kinds,
        desired,
        origins,
        is_whole,
        now,
        out,
    };
    // An organization that is missing is told as that.
    if is_whole || !desired.organization.alias.is_empty() {
        organization::check(&mut checks);
    }
    names::check(&mut checks);
    fields::check(&mut checks);
    addresses::check(&mut checks);
    references::check(&mut checks);
    secrets::check(&mut checks);
    settings::check(&mut checks);
    idle::check(&mut checks);
    // What a room lacks may stand in defaults.
    if is_whole {
        rooms::check(&mut checks);
    }
    management::check(&mut checks);
    exports::check(&mut checks);
    tests::check(&mut checks, tests.0, tests.1);
}

impl Checks<'_> {
    /// The names of what is declared.
    fn names(&self) -> Vec<String> {
        let declared = self.desired.entities.iter();
        declared
            .filter(|(_, declared)| !declared.implied)
            .map(|(target, _)| target.name().to_owned())
            .collect()
    }

    /// Tells that a name is not declared, unless it may stand in what could not be read. Of the kinds that
    /// it may name nothing stays that is not declared: that is an error, and else a note.
    fn tell_undeclared(
        &mut self,
        name: &str,
        names: &[String],
        kinds: &[&str],
        place: Option<(FileId, Span)>,
    ) {
        if !self.is_whole {
            return;
        }
        let stays = kinds.is_empty() || kinds.iter().any(|kind| self.may_stay(kind, name));
        let (code, help) = if stays {
            (&WM203, "it must be live already when this is planned")
        } else {
            (
                &WM209,
                "correct the name, or declare it; what stands under `ignore` stays too",
            )
        };
        let told = Diagnostic::new(code, format!("`{name}` is not declared here"));
        let told = match closest(name, names) {
            Some(meant) => told.help(format!("did you mean `{meant}`?")),
            None => told,
        };
        self.out.push(told.help(help).at(place, ""));
    }

    /// True if something of this kind and name that is not declared may be there once all is applied.
    fn may_stay(&self, kind: &str, name: &str) -> bool {
        let management = &self.desired.management;
        let (word, section) = if let Some(entry) = by_name(self.kinds, kind) {
            let section = management.section(entry.section);
            // Who is deregistered only is still there.
            if section.on_removal != OnRemoval::Delete {
                return true;
            }
            (entry.section, section)
        } else if let Some(kind) = setting(kind) {
            let section = management.section_or(kind.section, kind.unmanaged);
            (kind.section, section)
        } else {
            return true;
        };
        section.unmanaged != Unmanaged::Remove
            || !section.write
            || !self.desired.sections.contains(word)
            || Globs::new(&section.ignore).matches(&Target::new(kind.to_owned(), name))
    }

    /// Tells a finding at a field of something declared.
    fn tell(&mut self, diagnostic: Diagnostic, target: &Target, path: &FieldPath) {
        let place = self.origins.find(target, path);
        self.out.push(diagnostic.at(place, ""));
    }
}
