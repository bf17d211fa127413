//! The cases in Markdown that need no runtime: what is wrong with manifests, and plans.

use std::collections::BTreeMap;

use workmailctl::diagnostic::{CODES, SourceFile, Sources, render};
use workmailctl::diff::{self, under_declared_names};
use workmailctl::kinds::KINDS;
use workmailctl::live::Needs;
use workmailctl::model::{Desired, Evidence, ORGANIZATION, Snapshot, Target};
use workmailctl::plan::model::shown_by;
use workmailctl::plan::{
    Allowance, Allowances, NoLongerDeclared, Operation, Plan, Question, Scope, guard_again,
    misdirected, no_longer_declared, samples,
};
use workmailctl::report::{Look, PlanContext, Source, plan_text};

use crate::support::exceptions::except;
use crate::support::markdown::{self, Case};
use crate::support::world;

#[test]
fn manifests() {
    markdown::run("manifest", &["diagnostics", "shown"], |case| {
        let text = case.block("manifest").expect("a manifest");
        let mut files = vec![SourceFile::new("manifest.yaml", world::with_heads(text))];
        if let Some(second) = case.block("second") {
            files.push(SourceFile::new("second.yaml", format!("{second}\n")));
        }
        let (_, diagnostics, files) = world::resolved(files);
        let sources = Sources(&files);
        vec![
            (
                "diagnostics".to_owned(),
                render::concise(&diagnostics, sources),
            ),
            // With the lines that are meant.
            (
                "shown".to_owned(),
                render::full(&diagnostics, sources, false, 100),
            ),
        ]
    });
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "the blocks of a case, one after the other"
)]
fn plans() {
    markdown::run(
        "plan",
        &[
            "plan",
            "next round",
            "held",
            "problems",
            "blocked",
            "left behind",
            "not written",
            "unknown",
            "risks",
            "text",
            "details",
            "reasons",
            "drift",
            "reads",
            "places",
            "questions",
            "no longer declared",
            "shown by",
            "partial",
            "valid until",
        ],
        |case| {
            let desired = world::sound(case.block("manifest").expect("a manifest"));
            let live = under_declared_names(&desired, live_of(case));
            let plan = world::planned_within(&desired, &live, &allowances(case), &scope(case));
            assert_eq!(misdirected(&plan, &live), None, "{}", case.title);
            let blocked = guard_again(KINDS, &plan, &live, &allowances(case), world::now());
            assert_eq!(blocked, plan.blocked, "{}: guarded again", case.title);
            let has = |call: &str| plan.operations.iter().any(|one| one.call.operation == call);
            assert_eq!(plan.creates_organization(), has("CreateOrganization"));
            assert_eq!(plan.deletes_organization(), has("DeleteOrganization"));
            let is_whole = case.block("scope").is_none();
            let next = if is_whole && plan.problems.is_empty() && plan.snapshot.unknown.is_empty() {
                again(case, &desired, &plan, &live)
            } else {
                String::new()
            };
            vec![
                ("reads".to_owned(), reads(&desired, &live)),
                ("questions".to_owned(), questions(&plan, &live)),
                ("partial".to_owned(), plan.partial.to_string()),
                (
                    "valid until".to_owned(),
                    lines(plan.valid_until.iter().map(ToString::to_string)),
                ),
                (
                    "no longer declared".to_owned(),
                    lines(
                        base(case, &desired, &live, &plan)
                            .iter()
                            .map(|one| format!("{} {}", one.target, one.becomes)),
                    ),
                ),
                (
                    "shown by".to_owned(),
                    lines(plan.operations.iter().map(|operation| {
                        let shown = needed(&shown_by(operation)).replace('\n', ", ");
                        format!("{} {}: {shown}", operation.id, operation.call.operation)
                    })),
                ),
                (
                    "places".to_owned(),
                    lines(
                        plan.problems
                            .iter()
                            .map(|problem| format!("{}.{}", problem.target, problem.path)),
                    ),
                ),
                ("next round".to_owned(), next),
                ("plan".to_owned(), operations(&plan)),
                (
                    "held".to_owned(),
                    lines(plan.held.iter().map(|held| {
                        format!("{} {} waits for {}", held.target, held.part, held.waits_for)
                    })),
                ),
                (
                    "problems".to_owned(),
                    lines(
                        plan.problems
                            .iter()
                            .map(|problem| format!("{}: {}", problem.target, problem.message)),
                    ),
                ),
                (
                    "unknown".to_owned(),
                    lines(
                        plan.snapshot
                            .unknown
                            .iter()
                            .map(|gap| format!("{} {}", gap.target, gap.part)),
                    ),
                ),
                (
                    "blocked".to_owned(),
                    lines(
                        plan.blocked
                            .iter()
                            .map(|blocked| format!("{}: {}", blocked.guard, blocked.reason)),
                    ),
                ),
                (
                    "left behind".to_owned(),
                    lines(
                        plan.left_behind
                            .iter()
                            .map(|left| format!("{}: {}", left.target, left.what)),
                    ),
                ),
                (
                    "not written".to_owned(),
                    lines(
                        plan.changes
                            .iter()
                            .filter(|change| !change.writable)
                            .map(|change| format!("{} {:?}", change.target, change.action)),
                    ),
                ),
                ("text".to_owned(), text_of(&plan, false)),
                ("details".to_owned(), text_of(&plan, true)),
                (
                    "reasons".to_owned(),
                    lines(plan.changes.iter().map(|change| {
                        let reasons = serde_json::to_string(&change.reasons);
                        format!("{}: {}", change.target, reasons.expect("plain data"))
                    })),
                ),
                ("drift".to_owned(), plan.is_drift().to_string()),
                (
                    "risks".to_owned(),
                    lines(plan.changes.iter().flat_map(|change| {
                        let risks = change.risks.iter();
                        risks.map(|risk| format!("{}: {}", change.target, risk.text))
                    })),
                ),
            ]
        },
    );
}

/// What becomes of what an earlier manifest declares and this one does not.
fn base(case: &Case, desired: &Desired, live: &Snapshot, plan: &Plan) -> Vec<NoLongerDeclared> {
    let base = case.block("base").map(world::sound);
    let told = base.map(|base| no_longer_declared(KINDS, &base, desired, live, plan));
    told.unwrap_or_default()
}

/// What the service is asked about each component before its first write and after its last one, and what the rules
/// come to.
fn questions(plan: &Plan, live: &Snapshot) -> String {
    let told = samples(&plan.operations, live);
    let told = told.iter().flat_map(|(component, sample)| {
        let asked = |when: &'static str, questions: &[Question]| {
            let asked = questions.iter().map(move |question| {
                let Question { about, effect } = question;
                format!("{when}: {} {} {effect:?}", about.operation(), about.words())
            });
            asked.collect::<Vec<_>>()
        };
        let writes: Vec<String> = sample.writes.iter().map(ToString::to_string).collect();
        let head = format!("[{component}] writes {}", writes.join(" "));
        let untold = sample.untold.iter().map(|why| format!("not asked: {why}"));
        let mut all = vec![head];
        all.extend(asked("before", &sample.before));
        all.extend(asked("after", &sample.after));
        all.extend(untold);
        all
    });
    lines(told)
}

/// The plan as people read it, without its heading, which tells when and by whom it was read.
fn text_of(plan: &Plan, details: bool) -> String {
    let context = PlanContext {
        source: Source::Live,
        caller: None,
        manifests: "acme".to_owned(),
        reading: None,
        parallelism: (10, 4),
        details,
        at: None,
        apply_command: "workmailctl apply acme".to_owned(),
    };
    let text = plan_text(plan, &context, &Look::default());
    let shown = text.lines().skip(1).map(str::to_owned);
    lines(shown).trim_matches('\n').to_owned()
}

/// Every code of the reference is shown by its wrong example, and not by its right one.
#[test]
fn every_code_has_a_wrong_and_a_right_example() {
    for code in CODES {
        if code.wrong.is_empty() {
            continue;
        }
        let codes = |text: &str| {
            let (_, diagnostics, _) = world::desired(text);
            diagnostics
                .iter()
                .map(|diagnostic| diagnostic.code.id)
                .collect::<Vec<_>>()
        };
        assert!(
            codes(code.wrong).contains(&code.id),
            "{}: the wrong example shows {:?}",
            code.id,
            codes(code.wrong)
        );
        let (_, right, files) = world::desired(code.right);
        assert!(
            !right.has_errors(),
            "{}: the right example: {}",
            code.id,
            render::concise(&right, Sources(&files))
        );
        assert!(
            !codes(code.right).contains(&code.id),
            "{}: the right example shows it",
            code.id
        );
    }
}

/// The organization that `live` makes, changed by `then`, with what is odd about it by `except`.
pub(crate) fn live_of(case: &Case) -> Snapshot {
    let mut live = case.block("live").map_or_else(world::empty, world::live);
    if let Some(then) = case.block("then") {
        let plan = world::planned(&world::sound(then), &live);
        live = world::after(&plan, &live);
        world::forget_management(&mut live);
    }
    if let Some(lines) = case.block("except") {
        except(&mut live, lines);
    }
    live
}

/// The flags of a case, one a line: `GUARD` or `GUARD=TARGET`.
fn allowances(case: &Case) -> Allowances {
    let flags = case.block("allow").unwrap_or_default().lines();
    Allowances {
        flags: flags
            .map(|line| match line.split_once('=') {
                Some((guard, target)) => Allowance {
                    guard: guard.to_owned(),
                    target: Some(target.to_owned()),
                },
                None => Allowance {
                    guard: line.to_owned(),
                    target: None,
                },
            })
            .collect(),
        exports: exports(case),
        ..Allowances::default()
    }
}

/// The part that a case plans, one a line: `target GLOB` or `exclude GLOB`.
fn scope(case: &Case) -> Scope {
    let lines = case.block("scope").unwrap_or_default().lines();
    let mut scope = Scope::default();
    for line in lines {
        match line.split_once(' ') {
            Some(("target", glob)) => scope.include.push(glob.to_owned()),
            Some(("exclude", glob)) => scope.exclude.push(glob.to_owned()),
            _ => panic!("{}: `{line}` is no part", case.title),
        }
    }
    scope
}

/// What the ledger of a case tells, one a line: `TARGET verified`, `finished`, `running` or `failed WHY`.
fn exports(case: &Case) -> BTreeMap<Target, Evidence> {
    let lines = case.block("ledger").unwrap_or_default().lines();
    lines
        .map(|line| {
            let (target, state) = line.split_once(' ').expect("a target and a state");
            let evidence = match state.split_once(' ') {
                Some(("failed", why)) => Evidence::Failed(why.to_owned()),
                _ if state == "verified" => Evidence::Verified,
                _ if state == "finished" => Evidence::Finished,
                _ if state == "running" => Evidence::Running,
                _ => panic!("{}: `{state}` is no state of an export", case.title),
            };
            (target.parse().expect("a target"), evidence)
        })
        .collect()
}

/// The plan of what a plan makes is empty, but where a case says what can only be done then.
fn again(case: &Case, desired: &Desired, plan: &Plan, live: &Snapshot) -> String {
    let after = world::after(plan, live);
    let rest = operations(&world::planned(desired, &after));
    assert!(
        rest.is_empty() || case.block("next round").is_some(),
        "{}: planned again:\n{rest}",
        case.title,
    );
    rest
}

/// What more is read before the differences are written, one a line.
fn reads(desired: &Desired, live: &Snapshot) -> String {
    let changes = diff::diff(KINDS, desired, live);
    needed(&diff::more_needs(KINDS, desired, &changes, live))
}

/// What is to be read, one a line.
pub(crate) fn needed(needs: &Needs) -> String {
    let mut told: Vec<String> = Vec::new();
    told.extend(needs.lists.iter().map(|kind| format!("list {kind}")));
    told.extend(needs.settings.iter().map(|kind| format!("settings {kind}")));
    for (target, pieces) in &needs.pieces {
        told.extend(pieces.iter().map(|piece| format!("{piece:?} of {target}")));
    }
    for (kind, pieces) in &needs.every {
        told.extend(
            pieces
                .iter()
                .map(|piece| format!("{piece:?} of every {kind}")),
        );
    }
    told.extend(
        needs
            .lookups
            .iter()
            .map(|address| format!("who has {address}")),
    );
    told.extend(needs.mail_domains.then(|| "mail domains".to_owned()));
    told.extend(
        needs
            .domain_details
            .iter()
            .map(|name| format!("verification of {name}")),
    );
    told.extend(
        needs
            .every_domain
            .then(|| "verification of every domain".to_owned()),
    );
    told.join("\n")
}

/// One line an operation: its number, component, what it does, and what it waits for.
pub(crate) fn operations(plan: &Plan) -> String {
    lines(
        plan.operations
            .iter()
            .filter(|operation| operation.target.kind() != ORGANIZATION)
            .map(one),
    )
}

fn one(operation: &Operation) -> String {
    let mut line = format!(
        "{} [{}] {} {}",
        operation.id, operation.component, operation.call.operation, operation.target
    );
    if let Some(party) = &operation.party {
        line.push_str(&format!(" {party}"));
    }
    for member in [
        "Email",
        "Alias",
        "PermissionValues",
        "MailboxQuota",
        "BookingOptions",
        "Name",
    ] {
        match operation.call.input.get(member) {
            Some(serde_json::Value::String(text))
                if member != "Name" || operation.call.operation.starts_with("Update") =>
            {
                line.push_str(&format!(" {text}"));
            }
            Some(serde_json::Value::Object(map)) if map.contains_key("$temporary") => {
                line.push_str(&format!(" temporary {}", map["$temporary"]));
            }
            Some(value) if !value.is_string() => line.push_str(&format!(" {value}")),
            _ => {}
        }
    }
    if operation.glued {
        line.push_str(" at once");
    }
    if !operation.depends_on.is_empty() {
        let ids: Vec<String> = operation
            .depends_on
            .iter()
            .map(ToString::to_string)
            .collect();
        line.push_str(&format!("  after {}", ids.join(" ")));
    }
    line
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
