//! Puts the files of one manifest together and checks the whole.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diagnostic::code::{WM102, WM106, WM109, WM110, WM111};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::Kinds;
use crate::model::{
    Declared, Desired, FieldPath, ORGANIZATION, Reference, Target, TokenRule, Wanted, Wish,
};

use super::check;
use super::declare::{self, Declaration};
use super::exports::{self, MailboxExportsSpec};
use super::heads::{declared_management, declared_organization};
use super::origins::Origins;
use super::parse::Document;
use super::spec::{API_VERSION, DefaultsSpec, FileSpec};
use super::{networks, settings};

/// The desired state of one manifest, where everything stands, and what is wrong with it. Where a
/// document is not whole, nothing is told of what is missing: it may stand in what could not be read.
pub fn resolve(
    kinds: Kinds,
    documents: Vec<Document>,
    now: Timestamp,
) -> (Desired, Origins, Diagnostics) {
    let mut out = Diagnostics::default();
    let is_whole = documents.iter().all(|document| document.is_whole);
    let mut specs = Vec::new();
    let mut trees = Vec::new();
    for document in documents {
        specs.push(document.spec);
        trees.push((document.file, document.tree));
    }
    let mut origins = Origins::new(trees);
    let mut desired = Desired::default();
    let head = heads(&specs, &origins, is_whole, &mut desired, &mut out);
    if let Some(number) = head {
        let target = Target::new(ORGANIZATION, desired.organization.alias.clone());
        origins.declare_setting(&target, number, &FieldPath::from("organization"));
    }
    let defaults = defaults(&specs, &mut origins, &mut out);
    let mut tests = Vec::new();
    let networks = networks::declared(&mut specs, &origins, &mut out);
    for (number, spec) in specs.into_iter().enumerate() {
        let Some(mut spec) = spec else { continue };
        let of_file = spec.tests.take().into_iter().flatten().enumerate();
        tests.extend(of_file.map(|(position, test)| (number, position, test)));
        let (managed, settings) = settings::declared(&mut spec);
        let tokens = spec.personal_access_tokens.take();
        let exported = spec.mailbox_exports.take();
        let mut sections = Sections {
            number,
            desired: &mut desired,
            origins: &mut origins,
            out: &mut out,
        };
        if let Some(users) = spec.users {
            let default = defaults.users.as_ref();
            sections.add("users", users, Target::user, |user| {
                declare::user(user, default, now)
            });
        }
        if let Some(groups) = spec.groups {
            let default = defaults.groups.as_ref();
            sections.add("groups", groups, Target::group, |group| {
                declare::group(group, default, now)
            });
        }
        if let Some(resources) = spec.resources {
            let default = defaults.resources.as_ref();
            sections.add("resources", resources, Target::resource, |resource| {
                declare::resource(resource, default, now)
            });
        }
        if let Some(tokens) = tokens {
            sections.tokens(tokens.max_unused_days, now);
        }
        if let Some(exported) = exported {
            sections.exports(&exported);
        }
        for kind in managed {
            sections.desired.sections.insert(kind.section.to_owned());
        }
        for setting in settings {
            sections.setting(setting, &networks);
        }
    }
    join(&mut desired);
    desired.tests = tests.len();
    check::all(
        kinds,
        &desired,
        &origins,
        is_whole,
        now,
        (&tests, &networks),
        &mut out,
    );
    out.sort();
    (desired, origins, out)
}

struct Sections<'a> {
    number: usize,
    desired: &'a mut Desired,
    origins: &'a mut Origins,
    out: &'a mut Diagnostics,
}

impl Sections<'_> {
    fn add<S>(
        &mut self,
        section: &str,
        specs: BTreeMap<String, S>,
        target: impl Fn(String) -> Target,
        mut declare: impl FnMut(S) -> Declaration,
    ) {
        self.desired.sections.insert(section.to_owned());
        for (name, spec) in specs {
            let target = target(name.clone());
            let declaration = declare(spec);
            if self.desired.entities.contains_key(&target) {
                let again = self
                    .origins
                    .key_in_document(self.number, &FieldPath::from(section).key(name.clone()));
                let wrong = Diagnostic::new(&WM102, format!("{target} is declared twice"))
                    .twice(self.origins.key(&target), again)
                    .help("remove one of them, or put their fields together");
                self.out.push(wrong);
                continue;
            }
            self.origins.declare(&target, self.number, section, &name);
            for (path, finding) in declaration.findings {
                self.out
                    .push(finding.at(self.origins.find(&target, &path), ""));
            }
            for (list, positions) in declaration.kept {
                self.origins.keep(&target, list, positions);
            }
            let next = [self.desired.next_until, declaration.next_until];
            self.desired.next_until = next.into_iter().flatten().min();
            self.desired.entities.insert(target, declaration.declared);
        }
    }
}

impl Sections<'_> {
    fn tokens(&mut self, max_unused_days: i64, now: Timestamp) {
        if self.desired.tokens.is_some() {
            self.stands_twice("personalAccessTokens");
            return;
        }
        self.desired.tokens = Some(TokenRule {
            max_unused_days,
            now,
        });
    }

    fn exports(&mut self, spec: &MailboxExportsSpec) {
        if self.desired.exports.is_some() {
            self.stands_twice("mailboxExports");
            return;
        }
        let declared = exports::declared(spec, self.origins, self.out);
        self.desired.management.exports = Some(declared.scope.clone());
        self.desired.exports = Some(declared);
    }

    /// Tells that a section that stands once in a manifest stands in two of its files.
    fn stands_twice(&mut self, section: &str) {
        let path = FieldPath::from(section);
        let wrong = Diagnostic::new(&WM102, format!("`{section}` stands in two files"))
            .twice(
                self.origins.anywhere(&path),
                self.origins.key_in_document(self.number, &path),
            )
            .help("remove one of them");
        self.out.push(wrong);
    }

    fn setting(
        &mut self,
        setting: settings::Declaration,
        networks: &BTreeMap<String, Vec<String>>,
    ) {
        let settings::Declaration {
            kind,
            name,
            path,
            mut declared,
            twice,
        } = setting;
        let target = Target::new(kind.name, name);
        if self.desired.settings.contains_key(&target) {
            let again = self.origins.key_in_document(self.number, &path);
            let wrong = Diagnostic::new(&WM102, format!("{target} is declared twice"))
                .twice(self.origins.key(&target), again)
                .help("remove one of them");
            self.out.push(wrong);
            return;
        }
        self.origins.declare_setting(&target, self.number, &path);
        for settings::Twice { key, first, again } in twice {
            let message = format!("`{key}` stands twice in a list of {target}");
            let wrong = Diagnostic::new(&WM102, message)
                .twice(
                    self.origins.find(&target, &first),
                    self.origins.find(&target, &again),
                )
                .help("give it another one, or put the two together");
            self.out.push(wrong);
        }
        networks::expand(kind.members, &mut declared.value, networks);
        self.desired.settings.insert(target, declared);
    }
}

/// What stands once in a manifest: the version in every file, the organization and management. Returns
/// which file holds the organization.
fn heads(
    specs: &[Option<FileSpec>],
    origins: &Origins,
    is_whole: bool,
    desired: &mut Desired,
    out: &mut Diagnostics,
) -> Option<usize> {
    let mut organization: Option<usize> = None;
    for (number, spec) in specs.iter().enumerate() {
        let Some(spec) = spec else { continue };
        let place = |key: &str| origins.in_document(number, &FieldPath::from(key));
        // One that is wrong is told as such, and is then not in the content.
        let told =
            spec.api_version.is_none() && origins.holds(number, &FieldPath::from("apiVersion"));
        if spec.api_version.as_deref() != Some(API_VERSION) && !told {
            let message = match &spec.api_version {
                None => "the file has no `apiVersion`".to_owned(),
                Some(other) => format!("`apiVersion: {other}` is not known"),
            };
            let wrong = Diagnostic::new(&WM109, message);
            out.push(
                wrong
                    .at(place("apiVersion"), "")
                    .help(format!("begin the file with `apiVersion: {API_VERSION}`")),
            );
        }
        match (&spec.organization, organization) {
            (Some(_), Some(first)) => {
                let wrong =
                    Diagnostic::new(&WM110, "`organization` stands in two files of one manifest")
                        .twice(
                            origins.in_document(first, &FieldPath::from("organization")),
                            place("organization"),
                        )
                        .help("give each organization a folder of its own");
                out.push(wrong);
            }
            (Some(found), None) => {
                organization = Some(number);
                desired.organization = declared_organization(found);
                if found.alias.is_empty() {
                    let wrong = Diagnostic::new(&WM110, "the organization has no `alias`");
                    let path = FieldPath::from("organization").key("alias");
                    out.push(
                        wrong
                            .at(origins.in_document(number, &path), "")
                            .help("write the alias of the live organization"),
                    );
                }
            }
            (None, _) => {}
        }
    }
    if organization.is_none() && is_whole {
        let wrong = Diagnostic::new(&WM110, "no file of the manifest holds `organization`");
        out.push(
            wrong
                .at(origins.in_document(0, &FieldPath::root()), "")
                .help("give the whole folder of the manifest; half a manifest is not a manifest"),
        );
    }
    for (number, spec) in specs.iter().enumerate() {
        let Some(management) = spec.as_ref().and_then(|spec| spec.management.as_ref()) else {
            continue;
        };
        if organization != Some(number) && is_whole {
            let place = origins.in_document(number, &FieldPath::from("management"));
            let wrong = Diagnostic::new(
                &WM111,
                "`management` stands in another file than `organization`",
            );
            out.push(
                wrong
                    .at(place, "")
                    .help("move it into the file that holds `organization`"),
            );
            continue;
        }
        desired.management = declared_management(management);
    }
    organization
}

fn defaults(
    specs: &[Option<FileSpec>],
    origins: &mut Origins,
    out: &mut Diagnostics,
) -> DefaultsSpec {
    let mut all = DefaultsSpec::default();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, spec) in specs.iter().enumerate() {
        let Some(defaults) = spec.as_ref().and_then(|spec| spec.defaults.clone()) else {
            continue;
        };
        let there = [
            ("users", defaults.users.is_some()),
            ("groups", defaults.groups.is_some()),
            ("resources", defaults.resources.is_some()),
        ];
        for (section, _) in there.into_iter().filter(|(_, there)| *there) {
            let path = FieldPath::from("defaults").key(section);
            if let Some(first) = first.get(section) {
                let message = format!("`defaults.{section}` stands in two files");
                let wrong = Diagnostic::new(&WM102, message)
                    .twice(
                        origins.in_document(*first, &path),
                        origins.in_document(number, &path),
                    )
                    .help("put them together in one of the two");
                out.push(wrong);
                continue;
            }
            first.insert(section, number);
            origins.defaults(section, number);
            for key in [
                "email",
                "state",
                "initialPassword",
                "mobileDeviceAccessOverrides",
                "groups",
                "previously",
                "defaults",
            ] {
                if origins.holds(number, &path.key(key)) {
                    let wrong = Diagnostic::new(
                        &WM106,
                        format!("`{key}` cannot stand in `defaults.{section}`"),
                    )
                    .at(origins.key_in_document(number, &path.key(key)), "")
                    .help("it belongs to one: write it there, and remove it here");
                    out.push(wrong);
                }
            }
        }
        all.users = all.users.or(defaults.users);
        all.groups = all.groups.or(defaults.groups);
        all.resources = all.resources.or(defaults.resources);
    }
    all
}

/// Adds the groups that users name to the groups' own members. A group that nobody declares is implied:
/// it has to be live, is compared in nothing else, and makes no managed section of groups.
fn join(desired: &mut Desired) {
    let memberships: Vec<(Target, Target)> = desired
        .entities
        .iter()
        .filter(|(_, user)| !matches!(user.wanted, Wanted::Absent | Wanted::Deregistered))
        .flat_map(|(user, declared)| {
            let groups = declared.groups.iter();
            groups.map(|group| (user.clone(), Target::group(group.name())))
        })
        .collect();
    for (user, group) in memberships {
        let declared = desired.entities.entry(group).or_insert_with(|| Declared {
            implied: true,
            ..Declared::default()
        });
        let links = declared.links.get_or_insert_with(|| Wish::at_least([]));
        let there = links
            .items
            .iter()
            .any(|member| member.name().eq_ignore_ascii_case(user.name()));
        if !there {
            links.items.push(Reference(user.to_string()));
        }
    }
}
