//! Each kind by hand: a change, its undo, and the organization is as it was before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workmailctl::kinds::{KINDS, SETTINGS};
use workmailctl::model::{MAIL_DOMAIN, ORGANIZATION};

use crate::fields::{Alone, all_alone};
use crate::reference::NOT_FROM_MANIFESTS;
use crate::support::canonical::state;
use crate::support::random_settings::Pair;
use crate::support::service::World;
use crate::support::world::{now, sound};

use super::back::{Cut, Undone, begun, changes, compared, reaches, undo};
use super::changes::{ANA, CHANGES, Change, DELETE, IN_CENTER};

/// What was done, for what the changes have to cover.
#[derive(Default)]
struct Covered {
    kinds: BTreeSet<String>,
    calls: BTreeSet<String>,
}

#[tokio::test]
async fn what_a_change_of_each_kind_does_is_undone() {
    let mut failures = Vec::new();
    let mut covered = Covered::default();
    for change in CHANGES {
        if let Err(why) = Box::pin(comes_back(change, &mut covered)).await {
            failures.push(format!("{}: {why}", change.what));
        }
    }
    if let Err(why) = Box::pin(a_token_goes(&mut covered)).await {
        failures.push(format!("a token goes: {why}"));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let kinds = KINDS.iter().map(|entry| entry.name);
    let kinds = kinds.chain(SETTINGS.iter().map(|kind| kind.name));
    let kinds = kinds.chain([MAIL_DOMAIN, ORGANIZATION]);
    let missing: Vec<&str> = kinds
        .filter(|kind| !covered.kinds.contains(*kind))
        .collect();
    assert!(missing.is_empty(), "nothing of {missing:?} is undone");
    // An organization that comes or goes is not undone.
    let apart = ["CreateOrganization", "DeleteOrganization"];
    let apart = |name: &str| {
        apart.contains(&name) || NOT_FROM_MANIFESTS.iter().any(|(other, _)| *other == name)
    };
    let all: BTreeMap<String, Value> =
        serde_json::from_value(workmailctl::emulator::operations()).expect("a map");
    let writes = all.iter().filter(|(_, facts)| facts["write"] == true);
    let missing: Vec<&String> = writes
        .map(|(name, _)| name)
        .filter(|name| !covered.calls.contains(*name) && !apart(name))
        .collect();
    assert!(missing.is_empty(), "no {missing:?} is undone");
    eprintln!(
        "{} changes undone, {} calls that write among them",
        CHANGES.len() + 1,
        covered.calls.len()
    );
}

async fn comes_back(change: &Change, covered: &mut Covered) -> Result<(), String> {
    let manifest = |text: &str| format!("{}\n{}", change.both, text).replace("CENTER", IN_CENTER);
    let pair = Pair {
        before: manifest(change.before),
        wanted: manifest(change.after),
        behavior: 0,
    };
    let (world, before, wanted) = begun(&pair).await;
    reaches(&world, &before).await.ok_or("it is not reached")?;
    let start = state(&world).await;
    let folder = tempfile::tempdir().expect("a folder");
    let runs = changes(&world, &wanted, Cut::Nowhere, folder.path()).await;
    let runs = runs.ok_or("no plan leads there")?;
    if state(&world).await == start {
        return Err("it changes nothing".to_owned());
    }
    for operation in runs.iter().flat_map(|run| &run.operations) {
        covered.kinds.insert(operation.target.kind().to_owned());
        covered.calls.insert(operation.call.operation.clone());
    }
    let undone = undo(&world, &runs).await?;
    let forgiven = compared(&start, &state(&world).await, &undone)?;
    let left: Vec<&str> = forgiven.keys().copied().collect();
    if left != change.left.as_slice() {
        return Err(format!("left {left:?}"));
    }
    tells(&undone, change.note)
}

/// Rules and rooms that two runs made anew, renamed, made and removed: what the second touches first need not be older than
/// the first.
#[tokio::test]
async fn two_runs_that_make_anew_and_rename_are_undone_at_once() {
    let third = "resources: {
  lounge: {previously: hall, type: ROOM, email: room@example.com, description: last, aliases: []},
  hall: {type: ROOM, email: hall@example.com, aliases: []}}
mobileDeviceAccessRules: {all: {effect: ALLOW}, old: {effect: DENY}, \
                 newer: {previously: new, effect: DENY, deviceModels: [newer]}}";
    let first =
        "resources: {room: {type: ROOM, email: room@example.com, description: first, aliases: []}}";
    let second = "resources: {hall: {previously: room, type: ROOM, email: room@example.com, description: second, aliases: []}}";
    let change = CHANGES
        .iter()
        .find(|change| change.what.starts_with("mobile device access rules"))
        .expect("there is one");
    let pair = Pair {
        before: format!("{}\n{DELETE}{first}", change.before),
        wanted: format!("{}\n{second}", change.after),
        behavior: 0,
    };
    let (world, before, wanted) = begun(&pair).await;
    reaches(&world, &before).await.expect("it is reached");
    let start = state(&world).await;
    let mut runs = Vec::new();
    for desired in [wanted, sound(third)] {
        let folder = tempfile::tempdir().expect("a folder");
        let more = changes(&world, &desired, Cut::Nowhere, folder.path()).await;
        runs.extend(more.expect("a plan leads there"));
    }
    assert_eq!(runs.len(), 2);
    let undone = undo(&world, &runs).await.expect("it is undone");
    compared(&start, &state(&world).await, &undone).expect("all is as it was");
}

fn tells(undone: &Undone, note: Option<&str>) -> Result<(), String> {
    let told = |note: &str| undone.notes.iter().any(|other| other.starts_with(note));
    match note.filter(|note| !told(note)) {
        Some(note) => Err(format!("`{note}` is not told: {:?}", undone.notes)),
        None => Ok(()),
    }
}

/// Nobody but whose it is can make a token.
async fn a_token_goes(covered: &mut Covered) -> Result<(), String> {
    let pair = Pair {
        before: ANA.to_owned(),
        wanted: format!("{ANA}personalAccessTokens: {{maxUnusedDays: 90}}"),
        behavior: 0,
    };
    let (world, before, wanted) = begun(&pair).await;
    reaches(&world, &before).await.ok_or("it is not reached")?;
    let used = now().as_second() - 100 * 24 * 60 * 60;
    let token = json!({"organization": "acme", "user": "ana", "name": "old", "scopes": ["ews"], "lastUsed": used});
    world
        .control("POST", "/_emulator/personal-access-tokens", token)
        .await;
    let folder = tempfile::tempdir().expect("a folder");
    let runs = changes(&world, &wanted, Cut::Nowhere, folder.path()).await;
    let runs = runs.ok_or("no plan leads there")?;
    for operation in runs.iter().flat_map(|run| &run.operations) {
        covered.kinds.insert(operation.target.kind().to_owned());
        covered.calls.insert(operation.call.operation.clone());
    }
    let undone = undo(&world, &runs).await?;
    let note = undone
        .notes
        .iter()
        .find(|note| note.starts_with("personal-access-token/"));
    match note {
        Some(note) if note.ends_with("cannot be made again") => Ok(()),
        _ => Err(format!("it is not told: {:?}", undone.notes)),
    }
}

#[tokio::test]
async fn every_field_and_every_member_alone_is_undone() {
    let mut failures = Vec::new();
    let mut count = 0;
    let mut of = None;
    let mut world = World::new(&[]).await;
    for Alone {
        kind,
        what,
        before,
        after,
        ..
    } in all_alone()
    {
        if of.replace(kind) != Some(kind) {
            // What another kind left would be in the way.
            world = World::new(&[]).await;
        }
        let one = async {
            reaches(&world, &before).await.ok_or("it is not reached")?;
            let start = state(&world).await;
            let folder = tempfile::tempdir().expect("a folder");
            let runs = changes(&world, &after, Cut::Nowhere, folder.path()).await;
            let runs = runs.ok_or("no plan leads there")?;
            if state(&world).await == start {
                return Err("it changes nothing".to_owned());
            }
            let undone = undo(&world, &runs).await?;
            compared(&start, &state(&world).await, &undone)?;
            Ok::<(), String>(())
        };
        match Box::pin(one).await {
            Ok(()) => count += 1,
            Err(why) => failures.push(format!("{what}: {why}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    eprintln!("{count} changes of one field or member undone");
    assert!(count > 80, "{count} are too few");
}
