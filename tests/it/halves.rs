//! A manifest of which files are missing never empties an organization: whichever they are.

use workmailctl::diagnostic::SourceFile;
use workmailctl::model::{Desired, OnRemoval, Target};
use workmailctl::plan::Plan;

use crate::support::world;

/// The file that says which organization it is, and how it is managed: both stand together (WM111), so that
/// nobody has the one without the other.
const HEAD: (&str, &str) = (
    "organization.yaml",
    "organization: {alias: acme}
management:
  users: {unmanaged: remove, onRemoval: delete}
  groups: {unmanaged: remove, onRemoval: delete}
  resources: {unmanaged: remove, onRemoval: delete}
  accessControlRules: {unmanaged: remove}
  impersonationRoles: {unmanaged: remove}
  mobileDeviceAccessRules: {unmanaged: remove}
",
);

/// The other files. Every section takes away what is not declared.
const FILES: &[(&str, &str)] = &[
    (
        "people-a.yaml",
        "users:
  ana: {displayName: Ana, email: ana@example.com}
  bob: {displayName: Bob, email: bob@example.com}
",
    ),
    (
        "people-b.yaml",
        "users:
  eve: {displayName: Eve, email: eve@example.com}
  joe: {displayName: Joe, email: joe@example.com}
",
    ),
    (
        "groups.yaml",
        "groups: {staff: {email: staff@example.com}, board: {email: board@example.com}}
",
    ),
    (
        "rooms.yaml",
        "resources: {room: {type: ROOM, email: room@example.com}}
",
    ),
    (
        "rules.yaml",
        "accessControlRules:
  all: {effect: ALLOW, description: everything}
  imap: {effect: DENY, description: imap, actions: [IMAP]}
mobileDeviceAccessRules: {all: {effect: ALLOW}}
",
    ),
    (
        "roles.yaml",
        "impersonationRoles: {archive: {type: READ_ONLY, rules: [{id: a, effect: ALLOW}]}}
",
    ),
];

/// What some of the files mean; none if it is refused before anything is read.
fn meaning(head: bool, chosen: impl Fn(usize) -> bool) -> Option<Desired> {
    let all = FILES.iter().enumerate().filter(|(index, _)| chosen(*index));
    let all = all.map(|(_, file)| *file).chain(head.then_some(HEAD));
    let files = all.map(|(path, text)| SourceFile {
        path: path.into(),
        text: format!("apiVersion: workmailctl/v1\n{text}"),
    });
    let (desired, diagnostics, _) = world::resolved(files.collect());
    (!diagnostics.has_errors()).then_some(desired)
}

/// What a plan takes away as a whole.
fn removed(plan: &Plan) -> Vec<&Target> {
    let operations = plan.operations.iter().filter(|operation| {
        let name = operation.call.operation.as_str();
        OnRemoval::of_operation(name).is_some()
            || operation.becomes.is_none() && name.starts_with("Delete")
    });
    operations.map(|operation| &operation.target).collect()
}

#[test]
fn no_part_of_a_manifest_takes_away_what_the_rest_declares() {
    let whole = (1_usize << FILES.len()) - 1;
    let everything = meaning(true, |_| true).expect("it is sound");
    let live = world::after(
        &world::planned(&everything, &world::empty()),
        &world::empty(),
    );
    let (mut refused, mut blocked, mut harmless) = (0, 0, 0);
    for subset in 0..=whole {
        let chosen = |index: usize| subset & (1 << index) != 0;
        assert!(meaning(false, chosen).is_none(), "nothing says whose it is");
        let Some(desired) = meaning(true, chosen) else {
            refused += 1;
            continue;
        };
        let plan = world::planned(&desired, &live);
        let gone = removed(&plan);
        let files = FILES.iter().enumerate();
        let names: Vec<&str> = files
            .filter(|(index, _)| chosen(*index))
            .map(|(_, (path, _))| *path)
            .collect();
        if subset == whole {
            assert!(plan.is_empty(), "all of them is what is live");
        }
        if gone.is_empty() {
            harmless += 1;
        } else {
            blocked += 1;
            assert!(!plan.blocked.is_empty(), "{names:?} takes away {gone:?}");
        }
    }
    eprintln!(
        "parts of a manifest: {refused} refused, {blocked} blocked, {harmless} take nothing away"
    );
    assert!(blocked >= 10, "{blocked} parts would take something away");
}
