//! Worlds without a service: manifests to snapshots by the planner's own model, plans from both.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use workmailctl::diagnostic::{Diagnostics, Severity, SourceFile, Sources, render};
use workmailctl::kinds::setting::SINGLE;
use workmailctl::kinds::{KINDS, SETTINGS, setting};
use workmailctl::manifest;
use workmailctl::model::{
    Desired, DomainLive, INBOUND_DMARC, MANAGEMENT_TAG, OrganizationLive, Part, RESERVED_NAME,
    Setting, Snapshot, TAG, Target, USER,
};
use workmailctl::plan::{self, Allowances, ManifestStamp, Operation, Plan, Planning, Scope, model};

/// The application that is made in IAM Identity Center.
pub(crate) const APPLICATION: &str =
    "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef";

/// The time of every test.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a time")
}

/// What a manifest in one text means. The heads that every manifest has are added where they are
/// missing.
pub(crate) fn desired(text: &str) -> (Desired, Diagnostics, Vec<SourceFile>) {
    resolved(vec![SourceFile {
        path: "manifest.yaml".into(),
        text: with_heads(text),
    }])
}

/// What the files of an example mean, by its path in `examples`; they must be without errors.
pub(crate) fn example(path: &str) -> Desired {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(path);
    let mut paths = vec![root];
    let mut files = Vec::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            let text = fs::read_to_string(&path).expect("a text");
            let path = path.to_string_lossy().into_owned().into();
            files.push(SourceFile { path, text });
        }
    }
    assert!(!files.is_empty(), "there is no example {path}");
    let (desired, diagnostics, files) = resolved(files);
    assert!(
        !diagnostics.has_errors(),
        "{}",
        render::concise(&diagnostics, Sources(&files))
    );
    desired
}

/// What several files mean.
pub(crate) fn resolved(files: Vec<SourceFile>) -> (Desired, Diagnostics, Vec<SourceFile>) {
    let (documents, mut diagnostics) = manifest::parse(&files);
    let (desired, _, more) = manifest::resolve(KINDS, documents, now());
    diagnostics.extend(more);
    diagnostics.sort();
    (desired, diagnostics, files)
}

/// The manifest that must be without errors.
pub(crate) fn sound(text: &str) -> Desired {
    let (desired, diagnostics, files) = desired(text);
    assert!(
        !diagnostics.has_errors(),
        "{}",
        render::concise(&diagnostics, Sources(&files))
    );
    desired
}

/// Adds `apiVersion` and `organization` where they are missing.
pub(crate) fn with_heads(text: &str) -> String {
    let mut whole = String::new();
    if !text.contains("apiVersion:") {
        whole.push_str("apiVersion: workmailctl/v1\n");
    }
    if !text.lines().any(|line| line.starts_with("organization:")) {
        whole.push_str("organization: {alias: acme}\n");
    }
    whole + text
}

/// An organization with two verified domains and nobody in it.
pub(crate) fn empty() -> Snapshot {
    let domain = |test: bool| DomainLive {
        is_test_domain: test,
        ownership: Part::Known("VERIFIED".to_owned()),
        records: Vec::new(),
    };
    // Every organization has it, and a new one enforces it.
    let dmarc = Target::new(INBOUND_DMARC, SINGLE);
    let enforced = [("enforced".to_owned(), Value::Bool(true))]
        .into_iter()
        .collect();
    Snapshot {
        taken_at: now(),
        calls: 0,
        lower_bound: 0,
        organization: OrganizationLive {
            id: format!("m-{}", "0".repeat(32)),
            alias: "acme".to_owned(),
            arn: format!(
                "arn:aws:workmail:eu-west-1:123456789012:organization/m-{}",
                "0".repeat(32)
            ),
            region: "eu-west-1".to_owned(),
            state: "Active".to_owned(),
            caller: None,
            default_mail_domain: Part::Known("acme.awsapps.com".to_owned()),
            mail_domains: Part::Known(BTreeMap::from([
                ("acme.awsapps.com".to_owned(), domain(true)),
                ("example.com".to_owned(), domain(false)),
                ("example.org".to_owned(), domain(false)),
            ])),
        },
        lists: KINDS
            .iter()
            .map(|entry| entry.name)
            .chain(SETTINGS.iter().map(|kind| kind.name))
            .map(|kind| (kind.to_owned(), Part::Known(())))
            .collect(),
        entities: BTreeMap::new(),
        settings: BTreeMap::from([(dmarc, Setting::new(None, enforced))]),
        twins: Vec::new(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

/// The organization that a manifest makes out of nothing. It may have names that no manifest may use,
/// which an interrupted plan leaves.
pub(crate) fn live(text: &str) -> Snapshot {
    let (desired, diagnostics, files) = desired(text);
    assert!(
        diagnostics
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .all(|found| found.message.contains(RESERVED_NAME)),
        "{}",
        render::concise(&diagnostics, Sources(&files))
    );
    let nothing = empty();
    let plan = planned(&desired, &nothing);
    let mut live = after(&plan, &nothing);
    // Nobody has applied a manifest to it yet.
    forget_management(&mut live);
    live
}

/// Takes the tag away that an apply leaves.
pub(crate) fn forget_management(live: &mut Snapshot) {
    live.settings.remove(&Target::new(TAG, MANAGEMENT_TAG));
}

/// What a plan makes of an organization, as the model says.
pub(crate) fn after(plan: &Plan, live: &Snapshot) -> Snapshot {
    let mut after = live.clone();
    let naming = model::Naming::of(plan);
    for operation in &plan.operations {
        let things = match setting(operation.target.kind()) {
            Some(_) => after.settings.len(),
            None => after.entities.len(),
        };
        let id = id_of(operation, operation.id + things * 1000);
        model::apply_to(KINDS, &mut after, operation, &naming, id.as_deref());
    }
    with_quotas(&mut after);
    after
}

/// The id of what a call makes, of this number; none if it makes nothing.
pub(crate) fn id_of(operation: &Operation, number: usize) -> Option<String> {
    match operation.call.operation.as_str() {
        "CreateUser" | "CreateGroup" => Some(format!("00000000-0000-0000-0000-{number:012}")),
        "PutRetentionPolicy" => Some("default-policy".to_owned()),
        "CreateIdentityCenterApplication" => Some(APPLICATION.to_owned()),
        "CreateResource" => Some(format!("r-{number:032}")),
        name => setting(operation.target.kind())
            .filter(|kind| kind.id.is_some() && kind.write.create == name)
            .map(|_| format!("{number:08}-made")),
    }
}

/// Gives each mailbox that has no quota the one that a new one has.
pub(crate) fn with_quotas(live: &mut Snapshot) {
    for (target, entity) in &mut live.entities {
        if target.kind() == USER && entity.is_registered() {
            let quota = entity
                .fields
                .entry(Cow::Borrowed("mailboxQuotaMb"))
                .or_default();
            if matches!(quota, Part::NotRead | Part::Absent) {
                *quota = Part::Known(Value::from(51_200));
            }
        }
    }
}

/// The plan from an organization to a manifest, with every guard lifted that can be.
pub(crate) fn planned(desired: &Desired, live: &Snapshot) -> Plan {
    planned_with(desired, live, &Allowances::default())
}

/// The plan from an organization to a manifest.
pub(crate) fn planned_with(desired: &Desired, live: &Snapshot, allowances: &Allowances) -> Plan {
    planned_within(desired, live, allowances, &Scope::default())
}

/// The plan of a part.
pub(crate) fn planned_within(
    desired: &Desired,
    live: &Snapshot,
    allowances: &Allowances,
    scope: &Scope,
) -> Plan {
    tried(desired, live, allowances, scope, "0123456789abcdef")
        .expect("the planner does not contradict itself")
}

/// The plan whose temporary names are made of this nonce, or how the planner contradicts itself.
pub(crate) fn tried(
    desired: &Desired,
    live: &Snapshot,
    allowances: &Allowances,
    scope: &Scope,
    nonce: &str,
) -> Result<Plan, plan::PlanError> {
    let live = &workmailctl::diff::under_declared_names(desired, live.clone());
    let changes = workmailctl::diff::diff(KINDS, desired, live);
    let planning = Planning {
        management: &desired.management,
        allowances,
        scope,
        manifest: ManifestStamp::default(),
        now: now(),
        nonce: nonce.to_owned(),
    };
    plan::plan(KINDS, &changes, live, &planning)
}
