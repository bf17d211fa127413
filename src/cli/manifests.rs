//! Manifests: found, read, checked, and asked for the place of what a plan speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde_json::{Value, json};
use workmailctl::diagnostic::{Diagnostics, FileId, Severity, SourceFile, Sources, Span, render};
use workmailctl::kinds::KINDS;
use workmailctl::manifest::{self, Document, Origins, load};
use workmailctl::model::{
    Desired, Evidence, FieldPath, MAIL_DOMAIN, Management, Pins, Snapshot, Target,
};
use workmailctl::plan::{ManifestStamp, Plan, PlannedChange};
use workmailctl::report::{Look, counted};

use super::failure::{Exit, Failure};
use super::files::{now, pretty};
use super::findings;
use super::output::{Printer, Product};

/// One manifest that has no errors.
pub(crate) struct Loaded {
    /// Its path as it was given.
    pub(crate) path: String,
    pub(crate) desired: Desired,
    pub(crate) stamp: ManifestStamp,
    /// The time that every `until` was compared with.
    pub(crate) at: Timestamp,
    /// The rules of management that guards hold to; none: those that it declares.
    guarded_by: Option<Management>,
    /// What is to be said beside its plan, as sentence fragments.
    pub(crate) notes: Vec<String>,
    /// What is known of exports, of a copy that has ids of its own; none: what the ledger tells.
    pub(crate) exports: Option<BTreeMap<Target, Evidence>>,
    places: Option<Places>,
}

/// Where everything stands.
struct Places {
    origins: Origins,
    /// Of each file its path and the beginnings of its lines.
    files: Vec<(String, Vec<u32>)>,
}

/// One manifest with all that was found in it.
struct Checked {
    loaded: Loaded,
    files: Vec<SourceFile>,
    findings: Diagnostics,
}

/// Reads the manifests of a command that goes on only if none has an error. Findings go to stderr.
pub(crate) fn load(paths: &[PathBuf], printer: &Printer) -> Result<Vec<Loaded>, Failure> {
    load_at(paths, now(), printer)
}

/// The same as if it were that time.
pub(crate) fn load_at(
    paths: &[PathBuf],
    at: Timestamp,
    printer: &Printer,
) -> Result<Vec<Loaded>, Failure> {
    let (all, unfound) = check(paths, at)?;
    let full = |findings: &Diagnostics, files: &[SourceFile]| {
        findings::text(findings, Sources(files), &printer.err)
    };
    let mut failed = unfound.has_errors();
    if !unfound.is_empty() {
        super::stderr(&full(&unfound, &[]));
    }
    let mut loaded = Vec::new();
    for one in all {
        let mut told = Diagnostics::default();
        for finding in one.findings.iter() {
            // A note says what is worth knowing to who validates, and nothing to who plans.
            if finding.severity != Severity::Note {
                told.push(finding.clone());
            }
        }
        let text = full(&told, &one.files);
        if one.findings.has_errors() {
            failed = true;
            super::stderr(&text);
        } else {
            printer.say(&text);
        }
        loaded.push(one.loaded);
    }
    if failed {
        return Err(
            Failure::new(Exit::BadInput, "the manifest has errors: nothing was read")
                .help("mend them, and check by `workmailctl validate`"),
        );
    }
    Ok(loaded)
}

/// Checks manifests and writes all findings as the product.
pub(crate) fn validate(paths: &[PathBuf], printer: &Printer) -> Result<Exit, Failure> {
    let (all, unfound) = check(paths, now())?;
    let failed =
        unfound.has_errors() || all.is_empty() || all.iter().any(|one| one.findings.has_errors());
    let text = |look: &Look| {
        let mut text = findings::text(&unfound, Sources(&[]), look);
        for one in &all {
            text.push_str(&findings::text(&one.findings, Sources(&one.files), look));
            text.push_str(&verdict(one, look));
        }
        text
    };
    let json = || {
        let manifests: Vec<Value> = all
            .iter()
            .map(|one| {
                json!({
                    "path": one.loaded.path,
                    "valid": !one.findings.has_errors(),
                    "digest": one.loaded.stamp.digest,
                    "findings": render::json(&one.findings, Sources(&one.files)),
                })
            })
            .collect();
        pretty(&json!({
            "formatVersion": 1,
            "valid": !failed,
            "findings": render::json(&unfound, Sources(&[])),
            "manifests": manifests,
        }))
    };
    printer.product(&Product {
        text: &text,
        json: &json,
    })?;
    Ok(if failed { Exit::BadInput } else { Exit::Done })
}

/// The JSON Schema of manifests.
pub(crate) fn schema() -> Value {
    manifest::schema()
}

/// Refuses a snapshot of another organization than the manifest's.
pub(crate) fn check_organization(loaded: &Loaded, live: &Snapshot) -> Result<(), Failure> {
    let wanted = &loaded.desired.organization;
    let organization = &live.organization;
    let account = organization.arn.split(':').nth(4).unwrap_or_default();
    let pins = &wanted.pins;
    let same = wanted.alias == organization.alias
        && pins.id.as_ref().is_none_or(|id| *id == organization.id)
        && pins
            .region
            .as_ref()
            .is_none_or(|region| *region == organization.region)
        && pins.account_id.as_ref().is_none_or(|pin| pin == account);
    if same {
        return Ok(());
    }
    let message = format!(
        "the snapshot is of `{}` ({}), and the manifest is for `{}`",
        organization.alias, organization.id, wanted.alias
    );
    Err(Failure::new(Exit::BadInput, message))
}

impl Loaded {
    /// The same for a copy of the organization, which has another id, with what is known of exports.
    pub(crate) fn without_pins(&self, exports: BTreeMap<Target, Evidence>) -> Self {
        let mut desired = self.desired.clone();
        desired.organization.pins = Pins::default();
        Self {
            at: self.at,
            path: self.path.clone(),
            desired,
            stamp: self.stamp.clone(),
            guarded_by: self.guarded_by.clone(),
            notes: self.notes.clone(),
            exports: Some(exports),
            places: None,
        }
    }

    /// What brings back what runs changed, in the place of a manifest, under the rules of management of the last.
    pub(crate) fn of_runs(
        path: String,
        desired: Desired,
        management: Management,
        notes: Vec<String>,
    ) -> Self {
        Self {
            at: now(),
            stamp: ManifestStamp {
                digest: String::new(),
                files: vec![path.clone()],
            },
            path,
            desired,
            guarded_by: Some(management),
            notes,
            exports: None,
            places: None,
        }
    }

    /// The command that applies it.
    pub(crate) fn verb(&self) -> &'static str {
        if self.guarded_by.is_some() {
            "undo"
        } else {
            "apply"
        }
    }

    /// The rules of management that guards hold to.
    pub(crate) fn management(&self) -> &Management {
        self.guarded_by.as_ref().unwrap_or(&self.desired.management)
    }

    /// Tells every change of a plan where it stands in the manifest.
    pub(crate) fn tell_places(&self, plan: &mut Plan) {
        let Some(places) = &self.places else {
            return;
        };
        for change in &mut plan.changes {
            change.place = places.of(change);
        }
        for problem in &mut plan.problems {
            problem.place = places.place(&problem.target, &FieldPath::from(problem.path.as_str()));
        }
    }
}

impl Places {
    fn new(origins: Origins, files: &[SourceFile]) -> Self {
        let files = files
            .iter()
            .map(|file| {
                let ends = file.text.bytes().enumerate();
                let starts = ends
                    .filter(|(_, byte)| *byte == b'\n')
                    .filter_map(|(position, _)| u32::try_from(position + 1).ok());
                (file.path.to_string(), starts.collect())
            })
            .collect();
        Self { origins, files }
    }

    /// The place of the only field that differs, or of the thing. Members of a group that only users
    /// name stand with the first of these.
    fn of(&self, change: &PlannedChange) -> Option<String> {
        let names: BTreeSet<&str> = change
            .fields
            .iter()
            .filter_map(|field| field.path.split('[').next())
            .collect();
        let path = match names.first() {
            Some(only) if names.len() == 1 => FieldPath::from(*only),
            _ => FieldPath::root(),
        };
        let listed = || {
            let is_domain = change.kind == MAIL_DOMAIN;
            let path = FieldPath::from("organization").key("mailDomains");
            self.line(self.origins.anywhere(&path).filter(|_| is_domain)?)
        };
        self.place(&change.target, &path)
            .or_else(listed)
            .or_else(|| {
                let members = change.fields.iter();
                let members = members.filter(|field| field.path == "members[+]");
                let mut users =
                    members.filter_map(|field| Some(Target::user(field.after.as_str()?)));
                users.find_map(|user| self.place(&user, &FieldPath::from("groups")))
            })
    }

    /// The place of a field of a thing, or of the thing.
    fn place(&self, target: &Target, path: &FieldPath) -> Option<String> {
        let found = self.origins.find(target, path);
        self.line(found.or_else(|| self.origins.key(target))?)
    }

    fn line(&self, (FileId(file), span): (FileId, Span)) -> Option<String> {
        let (name, starts) = self.files.get(file as usize)?;
        let line = starts.partition_point(|start| *start <= span.start) + 1;
        Some(format!("{name}:{line}"))
    }
}

/// What files mean, and all that was found in them.
pub(crate) fn resolved(files: &[SourceFile]) -> (Desired, Diagnostics) {
    let (documents, mut findings) = manifest::parse(files);
    let (desired, _, more) = manifest::resolve(KINDS, documents, now());
    findings.extend(more);
    findings.sort();
    (desired, findings)
}

/// Finds, reads and checks manifests.
fn check(paths: &[PathBuf], at: Timestamp) -> Result<(Vec<Checked>, Diagnostics), Failure> {
    let mut utf8 = Vec::with_capacity(paths.len());
    for path in paths {
        let path = Utf8PathBuf::from_path_buf(path.clone()).map_err(|path| {
            Failure::usage(format!("the path `{}` is not UTF-8", path.display()))
        })?;
        utf8.push(path);
    }
    let (roots, unfound) = load::find(&utf8);
    let all = roots
        .into_iter()
        .map(|root| {
            let (mut documents, mut findings) = manifest::parse(&root.files);
            if root.findings.has_errors() {
                documents.push(Document::unread());
            }
            findings.extend(root.findings);
            let (desired, origins, more) = manifest::resolve(KINDS, documents, at);
            findings.extend(more);
            findings.sort();
            tracing::info!(
                path = %root.path,
                files = root.files.len(),
                entities = desired.entities.len(),
                errors = findings.count(Severity::Error),
                warnings = findings.count(Severity::Warning),
                "checked the manifest"
            );
            let stamp = ManifestStamp {
                digest: manifest::digest(&root.files),
                files: root
                    .files
                    .iter()
                    .map(|file| file.path.to_string())
                    .collect(),
            };
            Checked {
                loaded: Loaded {
                    path: root.path.to_string(),
                    desired,
                    stamp,
                    at,
                    guarded_by: None,
                    notes: Vec::new(),
                    exports: None,
                    places: Some(Places::new(origins, &root.files)),
                },
                files: root.files,
                findings,
            }
        })
        .collect();
    Ok((all, unfound))
}

fn verdict(one: &Checked, look: &Look) -> String {
    let path = look.safe(&one.loaded.path).into_owned();
    let errors = one.findings.count(Severity::Error);
    if errors > 0 {
        return format!("{path}: {}\n", counted(errors, "error", "errors"));
    }
    let warnings = one.findings.count(Severity::Warning);
    let mut text = format!(
        "{path}: valid, {}",
        counted(one.loaded.desired.entities.len(), "entity", "entities")
    );
    if warnings > 0 {
        let _ = write!(text, ", {}", counted(warnings, "warning", "warnings"));
    }
    text.push('\n');
    text
}
