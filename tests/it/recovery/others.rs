//! Somebody else writes the organization, too: another apply at the same time, or people between two calls.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use workmailctl::apply::Outcome;
use workmailctl::model::{
    ACCESS_CONTROL_RULE, Desired, IMPERSONATION_ROLE, Part, Snapshot, Wanted,
};
use workmailctl::plan::{Operation, Plan};

use crate::support::mishap::{At, Mishap};
use crate::support::service::World;

use super::stage::{Ran, Stage, TWINS, apply, converges, for_all, is_refused, stages, told};

/// How many worlds a run of every day has.
const WORLDS: u32 = 2;
/// The most calls of a plan.
const CALLS: usize = 40;
/// In how many orders the requests of two runs come, for each world.
const ORDERS: u64 = 4;

/// What somebody else does to the organization.
struct Edit {
    what: &'static str,
    calls: Vec<(String, Value)>,
    /// The names of what it is about.
    about: BTreeSet<String>,
}

/// The edits that this organization lends itself to.
fn edits(live: &Snapshot) -> Vec<Edit> {
    let mut all = Vec::new();
    let organization = live.organization.id.as_str();
    let mut edit = |what: &'static str, about: &[&str], operation: &str, mut input: Value| {
        input["OrganizationId"] = json!(organization);
        all.push(Edit {
            what,
            calls: vec![(operation.to_owned(), input)],
            about: about.iter().map(|&name| name.to_owned()).collect(),
        });
    };
    let entities = live.entities.iter().filter(|(_, one)| !one.built_in);
    for (target, entity) in entities {
        let (name, id) = (target.name(), entity.id.as_str());
        if target.kind() == "user" {
            let input = json!({"UserId": id, "DisplayName": "Somebody Else"});
            edit("a user is renamed", &[name], "UpdateUser", input);
        }
        if !entity.is_registered() {
            continue;
        }
        let input = json!({"EntityId": id});
        // Whoever shall have an address of theirs may have to wait until they gave it up again.
        let email = entity.email.known().into_iter();
        let aliases = entity.aliases.known().into_iter().flatten();
        let addresses: Vec<String> = email.chain(aliases).map(ToString::to_string).collect();
        let about = addresses.iter().map(String::as_str).chain([name]);
        edit(
            "somebody is deregistered",
            &about.collect::<Vec<_>>(),
            "DeregisterFromWorkMail",
            input,
        );
        for number in [0, 4] {
            let alias = format!("pool-{number}@example.com");
            let input = json!({"EntityId": id, "Alias": alias});
            edit("an address is taken", &[name, &alias], "CreateAlias", input);
        }
        if let Part::Known(links) = &entity.links {
            for link in links.iter().take(1) {
                let party = link.party.target().map_or("", |target| target.name());
                let (operation, input) = if target.kind() == "group" {
                    let input = json!({"GroupId": id, "MemberId": link.id});
                    ("DisassociateMemberFromGroup", input)
                } else {
                    let input = json!({"ResourceId": id, "EntityId": link.id});
                    ("DisassociateDelegateFromResource", input)
                };
                edit("a member is removed", &[name, party], operation, input);
            }
        }
    }
    for (target, setting) in &live.settings {
        let name = target.name();
        if target.kind() == ACCESS_CONTROL_RULE {
            let input = json!({"Name": name, "Effect": "DENY", "Description": "else",
                "Actions": ["POP3"]});
            // Rules are one chain with the roles that they name, and with who comes and goes.
            edit(
                "a rule is changed",
                &[name, "rule"],
                "PutAccessControlRule",
                input,
            );
        }
        if target.kind() == IMPERSONATION_ROLE
            && let Some(id) = &setting.id
        {
            let input = json!({"ImpersonationRoleId": id});
            edit(
                "a role is deleted",
                &[name, "rule"],
                "DeleteImpersonationRole",
                input,
            );
        }
    }
    all
}

#[test]
fn what_somebody_else_edits_is_left_alone_and_the_rest_goes_on() {
    let stages = stages("edits by others", 1, CALLS);
    let whole = std::env::var("WORKMAILCTL_EVERY").is_ok();
    let mut all = Vec::new();
    for stage in &stages {
        let edits = edits(&stage.before).len();
        for number in 0..edits {
            let step = if whole { 1 } else { stage.requests / 3 };
            let first = number % step.max(1);
            for request in (first..stage.requests).step_by(step.max(1)) {
                all.push((stage, number, request));
            }
        }
    }
    let ended = for_all(&all, 1, |_, (stage, number, request)| {
        meets_edit(stage, *number, *request)
    });
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in &ended {
        *counts.entry(*one).or_default() += 1;
    }
    for ((what, how), count) in &counts {
        eprintln!("{count:5}  {what}: {how}");
    }
    eprintln!(
        "{} edits, each followed by a run that converges",
        ended.len()
    );
    assert!(counts.len() >= 6, "too little happens");
}

/// A run in which somebody else makes one edit right before one of its requests.
async fn meets_edit(
    stage: &Stage,
    number: usize,
    request: usize,
) -> Result<(&'static str, &'static str), String> {
    let edit = edits(&stage.before).remove(number);
    let world = stage.world().await;
    let else_ = Mishap::Else(edit.calls.clone());
    world.way.meets(At::Request(request), else_, 1);
    let mut begun = Vec::new();
    let ran = Box::pin(apply(&world, &stage.desired, &mut begun)).await;
    let hit = world.way.hit().unwrap_or_default();
    let point = |why: String| {
        format!(
            "pair {}, {} {:?}, request {request} ({hit}): {why}\n{}",
            stage.number,
            edit.what,
            edit.calls,
            stage.manifests()
        )
    };
    let how = match &ran {
        Ok(ran) if ran.converged() => "converged",
        Ok(ran) => match (&ran.outcome, begun.last()) {
            (Some(outcome), Some(plan)) if ran.after.is_none() => {
                others_go_on(&edit, plan, outcome).map_err(point)?;
                if outcome.stale.is_empty() {
                    "a call failed"
                } else {
                    "left alone as stale"
                }
            }
            _ => return Err(point(format!("left {:?}", ran.left))),
        },
        // What is seen before planning may be what no plan does.
        Err(why) if is_refused(why) => return Ok((edit.what, "refused, with the reason")),
        Err(why) => return Err(point(why.clone())),
    };
    world.way.mend();
    let next = converges(&world, &stage.desired, &mut begun).await;
    let next = match next {
        // Who comes back brings addresses along that nobody could see until then.
        Err(why) if brings_along(&begun, &why) => {
            converges(&world, &stage.desired, &mut begun).await
        }
        next => next,
    };
    next.map_err(|why| point(format!("the next run: {why}")))?;
    Ok((edit.what, how))
}

/// True if somebody came back, and an address was not free any more.
fn brings_along(begun: &[Plan], why: &str) -> bool {
    let comes_back = |plan: &Plan| {
        let mut operations = plan.operations.iter();
        operations.any(|operation| operation.call.operation == "RegisterToWorkMail")
    };
    why.contains("EmailAddressInUseException") && begun.last().is_some_and(comes_back)
}

/// Whatever was not done is about what was edited, or waits for it, and says why.
fn others_go_on(edit: &Edit, plan: &Plan, outcome: &Outcome) -> Result<(), String> {
    let open: Vec<&Operation> = plan
        .operations
        .iter()
        .filter(|operation| !outcome.done.contains(&operation.id))
        .collect();
    // Components that name what was edited, and all that wait for them.
    let mut touched: BTreeSet<usize> = plan
        .operations
        .iter()
        .filter(|operation| {
            let text = serde_json::to_string(operation).unwrap_or_default();
            edit.about
                .iter()
                .any(|name| !name.is_empty() && text.contains(name.as_str()))
        })
        .map(|operation| operation.component)
        .collect();
    loop {
        let ids: BTreeSet<usize> = plan
            .operations
            .iter()
            .filter(|operation| touched.contains(&operation.component))
            .map(|operation| operation.id)
            .collect();
        let more: BTreeSet<usize> = plan
            .operations
            .iter()
            .filter(|operation| operation.depends_on.iter().any(|id| ids.contains(id)))
            .map(|operation| operation.component)
            .collect();
        let before = touched.len();
        touched.extend(more);
        if touched.len() == before {
            break;
        }
    }
    for operation in open {
        if !touched.contains(&operation.component) {
            return Err(format!(
                "{} {} is not done, and has nothing to do with it: {}",
                operation.call.operation,
                operation.target,
                told(Some(plan), Some(outcome))
            ));
        }
    }
    let silent = outcome.stale.values().any(Vec::is_empty)
        || outcome.failed.values().any(|one| one.message.is_empty());
    if silent {
        return Err(format!("no reason is told: {outcome:?}"));
    }
    Ok(())
}

#[test]
fn two_applies_at_the_same_time_are_followed_by_one_that_converges() {
    let stages = stages("two applies", WORLDS, CALLS);
    let mut all: Vec<(&Stage, Option<&Stage>, u64)> = Vec::new();
    for (position, stage) in stages.iter().enumerate() {
        let other = &stages[(position + 1) % stages.len()];
        for order in 0..ORDERS {
            all.extend([(stage, None, order), (stage, Some(other), order)]);
        }
    }
    let ended = for_all(&all, 1, |_, (stage, other, order)| {
        meet(stage, *other, *order)
    });
    let mut counts: BTreeMap<(bool, End, End), usize> = BTreeMap::new();
    for one in &ended {
        *counts.entry(*one).or_default() += 1;
    }
    for ((same, first, second), count) in &counts {
        let which = if *same {
            "the same manifest"
        } else {
            "two manifests"
        };
        eprintln!("{count:5}  {which}: {first:?}, {second:?}");
    }
    eprintln!(
        "{} pairs of runs, each followed by one that converges",
        ended.len()
    );
    for same in [true, false] {
        let meets = |(one, first, second): &&(bool, End, End)| {
            *one == same && [first, second].contains(&&End::InPart)
        };
        assert!(
            counts.keys().any(|ends| meets(&ends)),
            "no run meets another one"
        );
    }
}

/// How one of two runs ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Complete,
    /// Some of it was not done, and all of that is told.
    InPart,
    /// It saw what no plan does, said so, and wrote no more.
    Refused,
    /// It did all of its plans, and sees that more is to be done than before.
    MoreToDo,
    /// After what the other one made, the next run says what no plan does from there.
    NextRefused,
}

/// Two runs whose requests come in an order of this seed: of the same manifest, or one of another stage.
/// Returns whether it was the same, and how they ended.
async fn meet(
    stage: &Stage,
    other_stage: Option<&Stage>,
    order: u64,
) -> Result<(bool, End, End), String> {
    let same = other_stage.is_none();
    let world = stage.world().await;
    let other = world.another().await;
    world.way.shuffle(2 * order + 1);
    other.way.shuffle(2 * order + 2);
    let theirs = stage.manifest(&other_stage.unwrap_or(stage).pair.wanted);
    let (mut our_plans, mut their_plans) = (Vec::new(), Vec::new());
    let (our_run, their_run) = tokio::join!(
        Box::pin(apply(&world, &stage.desired, &mut our_plans)),
        Box::pin(apply(&other, &theirs, &mut their_plans)),
    );
    let point = |why: String| {
        let wanted = other_stage.map_or("", |other| &other.pair.wanted);
        format!(
            "pair {}, order {order}: {why}\n{}\n{wanted}",
            stage.number,
            stage.manifests()
        )
    };
    let mut ends = Vec::new();
    for (ran, plans) in [(our_run, &our_plans), (their_run, &their_plans)] {
        ends.push(end(ran, plans).map_err(point)?);
    }
    nobody_lost(&world, &[&stage.desired, &theirs], &stage.before)
        .await
        .map_err(point)?;
    let next = if same {
        stage.recovers_after(&world).await
    } else {
        let next = converges(&world, &stage.desired, &mut our_plans).await;
        next.map(|_| ())
            .map_err(|why| format!("the next run: {why}"))
    };
    match next {
        // What the other one made may be what no plan goes on from: two of one name, where rules name one.
        Err(why) if is_refused(&why) && (!same || why.contains(TWINS)) => {
            Ok((same, End::NextRefused, ends[1]))
        }
        Err(why) => Err(point(why)),
        Ok(()) => Ok((same, ends[0], ends[1])),
    }
}

/// How a run ended; it has to tell all that it did not do.
fn end(ran: Result<Ran, String>, plans: &[Plan]) -> Result<End, String> {
    let ran = match ran {
        Ok(ran) => ran,
        Err(why) if is_refused(&why) => return Ok(End::Refused),
        Err(why) => return Err(why),
    };
    if ran.converged() {
        return Ok(End::Complete);
    }
    let (Some(outcome), Some(plan), None) = (&ran.outcome, plans.last(), &ran.after) else {
        return Ok(End::MoreToDo);
    };
    let silent = outcome.stale.values().any(Vec::is_empty)
        || outcome.failed.values().any(|one| one.message.is_empty());
    let is_told = |operation: &&Operation| {
        let id = operation.id;
        outcome.done.contains(&id)
            || outcome.failed.contains_key(&id)
            || outcome.skipped.contains_key(&id)
            || outcome.stale.contains_key(&operation.component)
    };
    if silent || !plan.operations.iter().all(|one| is_told(&one)) {
        return Err(format!("not all of it is told: {outcome:?}"));
    }
    Ok(End::InPart)
}

/// Nobody whom both manifests want to be registered was deregistered or deleted.
async fn nobody_lost(
    world: &World,
    manifests: &[&Desired],
    before: &Snapshot,
) -> Result<(), String> {
    let kept: BTreeMap<&str, String> = before
        .entities
        .iter()
        .filter(|(target, entity)| {
            entity.is_registered()
                && manifests.iter().all(|desired| {
                    let declared = desired.entities.get(target);
                    declared.is_some_and(|one| one.wanted == Wanted::Registered)
                })
        })
        .map(|(target, entity)| (entity.id.as_str(), target.to_string()))
        .collect();
    for (operation, input) in world.effects().await {
        let goes = operation == "DeregisterFromWorkMail"
            || ["DeleteUser", "DeleteGroup", "DeleteResource"].contains(&operation.as_str());
        let ids = ["EntityId", "UserId", "GroupId", "ResourceId"];
        let id = ids.iter().find_map(|member| input[*member].as_str());
        if goes && let Some(name) = id.and_then(|id| kept.get(id)) {
            return Err(format!("{operation} of {name}, whom both want"));
        }
    }
    Ok(())
}
