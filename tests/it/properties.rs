//! What holds for every pair of organizations, with the planner's own model in the service's place.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use workmailctl::kinds::KINDS;
use workmailctl::model::{Address, Entity, Snapshot, Target};
use workmailctl::plan::{ALIAS_LIMIT, Operation, Plan, model};

use crate::support::random::{self, all_registered, organization};
use crate::support::world::{after, live, planned, sound};

#[test]
fn who_is_registered_at_both_ends_is_never_deleted_or_deregistered() {
    let pairs = (all_registered(), all_registered());
    random::check("same keys", 48, pairs, |(before, wanted)| {
        let live = live(&before.manifest());
        let plan = planned(&sound(&wanted.manifest()), &live);
        prop_assert!(plan.problems.is_empty(), "{:?}", plan.problems);
        for operation in &plan.operations {
            let forbidden = [
                "DeleteUser",
                "DeleteGroup",
                "DeleteResource",
                "DeregisterFromWorkMail",
            ];
            let name = operation.call.operation.as_str();
            prop_assert!(!forbidden.contains(&name), "{name} {}", operation.target);
        }
        Ok(())
    });
}

#[test]
fn a_plan_arrives_and_nothing_is_lost_on_the_way() {
    let pairs = (organization(), organization());
    let (planned_through, with_gaps) = (Cell::new(0), Cell::new(0));
    random::check("pairs", 96, pairs, |(before, wanted)| {
        let (before, wanted) = (before.manifest(), wanted.manifest());
        let live = live(&before);
        let desired = sound(&wanted);
        let plan = planned(&desired, &live);
        let told = format!(
            "--- before\n{before}\n--- wanted\n{wanted}\n{}",
            listed(&plan)
        );
        if !plan.problems.is_empty() {
            return Ok(());
        }
        planned_through.set(planned_through.get() + 1);
        with_gaps.set(with_gaps.get() + usize::from(!plan.invariants.address_gaps.is_empty()));
        let result = after(&plan, &live);
        let again = planned(&desired, &result);
        prop_assert!(again.problems.is_empty(), "{told}{:?}", again.problems);
        prop_assert!(again.is_empty(), "{told}--- again\n{}", listed(&again));
        replay(&plan, &live).map_err(|why| TestCaseError::fail(format!("{told}{why}")))
    });
    let (all, gaps) = (planned_through.get(), with_gaps.get());
    eprintln!("{all} planned, {gaps} of them move addresses");
    assert!(gaps >= 10, "the random pairs move too few addresses");
}

#[test]
fn somebody_new_with_every_alias_there_may_be_takes_a_primary_address() {
    let live = live("users: {lee: {displayName: Lee, email: info@example.com, aliases: []}}");
    let aliases: Vec<String> = (0..ALIAS_LIMIT)
        .map(|number| format!("alias-{number}@example.com"))
        .collect();
    let desired = sound(&format!(
        "
users:
  ana: {{displayName: Ana, email: info@example.com, aliases: [{}]}}
  lee: {{displayName: Lee, email: lee@example.com, aliases: []}}
",
        aliases.join(", ")
    ));
    let plan = planned(&desired, &live);
    let again = planned(&desired, &after(&plan, &live));
    assert!(again.is_empty(), "{}", listed(&again));
    assert_eq!(replay(&plan, &live), Ok(()));
}

#[test]
fn who_has_every_alias_there_may_be_gets_a_new_primary_only_with_room_for_the_old_one() {
    let aliases: Vec<String> = (0..ALIAS_LIMIT)
        .map(|number| format!("alias-{number}@example.com"))
        .collect();
    let live = live(&format!(
        "
users:
  ana: {{displayName: Ana, email: ana@example.com, aliases: [{}]}}
  lee: {{displayName: Lee, email: info@example.com, aliases: []}}
",
        aliases.join(", ")
    ));
    let wanted = |ana: &str| {
        let text = format!(
            "users:\n  ana: {{displayName: Ana, {ana}}}\n  lee: {{displayName: Lee, email: lee@example.com, aliases: []}}\n"
        );
        planned(&sound(&text), &live)
    };
    let plan = wanted("email: info@example.com");
    assert_eq!(plan.problems.len(), 1);
    let message = &plan.problems[0].message;
    assert!(message.contains("it would have 101 aliases"), "{message}");
    assert!(!listed(&plan).contains("DeleteAlias"), "{}", listed(&plan));
    let plan = wanted("email: info@example.com, aliases: [alias-0@example.com]");
    assert_eq!(plan.problems, []);
    assert_eq!(replay(&plan, &live), Ok(()));
    let plan = wanted("email: ana@example.com, aliases: {add: [new@example.com]}");
    assert_eq!(plan.problems.len(), 1);
}

/// Follows the plan call by call: what is unassigned is so for no longer than the plan says, nobody
/// has more aliases than there may be, and a claim follows its release at once.
fn replay(plan: &Plan, live: &Snapshot) -> Result<(), String> {
    let naming = model::Naming::of(plan);
    let finally = holders(&after(plan, live));
    let lasting: Vec<Address> = holders(live)
        .into_keys()
        .filter(|address| finally.contains_key(address))
        .collect();
    let mut counted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for gap in &plan.invariants.address_gaps {
        counted
            .entry(gap.address.clone())
            .or_default()
            .push(gap.calls);
    }
    let mut now = live.clone();
    let mut unassigned: BTreeMap<Address, (usize, usize)> = BTreeMap::new();
    for (index, operation) in plan.operations.iter().enumerate() {
        model::apply_to(KINDS, &mut now, operation, &naming, None);
        for (target, entity) in &now.entities {
            let aliases = entity
                .aliases
                .known()
                .map_or(0, std::collections::BTreeSet::len);
            if aliases > ALIAS_LIMIT {
                return Err(format!(
                    "{target} has {aliases} aliases after {}",
                    operation.id
                ));
            }
        }
        let assigned = holders(&now);
        for address in &lasting {
            if !assigned.contains_key(address) {
                unassigned
                    .entry(address.clone())
                    .or_insert((index, operation.component));
            } else if let Some((released, component)) = unassigned.remove(address) {
                let between = plan.operations[released + 1..=index]
                    .iter()
                    .filter(|other| other.component == component);
                let calls = between.count();
                let known = counted.get(&address.to_string());
                if !known.is_some_and(|known| known.contains(&calls)) {
                    return Err(format!(
                        "{address} is nobody's for {calls} calls, and the plan says {known:?}"
                    ));
                }
            }
        }
        if operation.glued {
            follows_at_once(plan, index, operation)?;
        }
    }
    match unassigned.keys().next() {
        None => Ok(()),
        Some(address) => Err(format!("{address} is nobody's in the end")),
    }
}

fn follows_at_once(plan: &Plan, index: usize, claim: &Operation) -> Result<(), String> {
    let release = index.checked_sub(1).map(|before| &plan.operations[before]);
    let address = claim
        .call
        .input
        .get("Alias")
        .or(claim.call.input.get("Email"));
    let follows = release.is_some_and(|release| {
        release.call.operation == "DeleteAlias"
            && release.call.input.get("Alias") == address
            && release.component == claim.component
            && claim.depends_on.contains(&release.id)
    });
    if follows {
        return Ok(());
    }
    Err(format!("{} does not follow its release", claim.id))
}

/// Who has each address.
fn holders(live: &Snapshot) -> BTreeMap<Address, Target> {
    let registered = live.entities.iter();
    registered
        .filter(|(_, entity)| entity.is_registered())
        .flat_map(|(target, entity)| {
            addresses(entity).map(move |address| (address.clone(), target.clone()))
        })
        .collect()
}

fn addresses(entity: &Entity) -> impl Iterator<Item = &Address> {
    let aliases = entity.aliases.known().into_iter().flatten();
    aliases.chain(entity.email.known())
}

fn listed(plan: &Plan) -> String {
    let lines = plan.operations.iter().map(|operation| {
        let Operation {
            id, call, target, ..
        } = operation;
        let input = serde_json::to_string(&call.input).unwrap_or_default();
        format!("{id} {} {target} {input}\n", call.operation)
    });
    lines.collect()
}
