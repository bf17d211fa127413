//! What holds for every pair of organizations where something has to wait: domains that are not
//! verified, parts that cannot be read, holders that are deregistered or not declared.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use workmailctl::model::{Address, Desired, Entity, Snapshot, Target, Wanted};
use workmailctl::plan::Plan;

use crate::support::exceptions::{blur, deregister, except, unreadable};
use crate::support::random::{self, organization, style};
use crate::support::world::{after, live, planned, sound};

/// One thing that is odd about a world; numbers count through what is live.
#[derive(Clone, Debug)]
enum Oddity {
    Unverified,
    Deregistered(usize),
    Unreadable(usize, &'static str),
    Unlisted(&'static str),
    Unanswered(u8),
    Elsewhere(u8),
}

fn oddity() -> impl Strategy<Value = Oddity> {
    let part = prop::sample::select(vec!["aliases", "email", "links", "permissions", "groups"]);
    let kind = prop::sample::select(vec!["user", "group", "resource"]);
    prop_oneof![
        4 => Just(Oddity::Unverified),
        3 => any::<usize>().prop_map(Oddity::Deregistered),
        3 => (any::<usize>(), part).prop_map(|(whom, part)| Oddity::Unreadable(whom, part)),
        1 => kind.prop_map(Oddity::Unlisted),
        1 => (0..9_u8).prop_map(Oddity::Unanswered),
        1 => (0..9_u8).prop_map(Oddity::Elsewhere),
    ]
}

fn strike(live: &mut Snapshot, oddity: &Oddity) {
    let pick = |live: &Snapshot, number: usize| -> Option<Target> {
        let count = live.entities.len();
        (count > 0).then(|| live.entities.keys().nth(number % count).cloned())?
    };
    match oddity {
        Oddity::Unverified => except(live, "example.org is not verified"),
        Oddity::Deregistered(number) => {
            if let Some(target) = pick(live, *number) {
                deregister(live.entities.get_mut(&target).expect("it was picked"));
            }
        }
        Oddity::Unreadable(number, part) => {
            if let Some(target) = pick(live, *number) {
                let part = if *part == "links" { "members" } else { part };
                blur(live.entities.get_mut(&target).expect("it was picked"), part);
            }
        }
        Oddity::Unlisted(kind) => except(live, &format!("the list of {kind}s is unreadable")),
        Oddity::Unanswered(number) => {
            let address = Address::listed(format!("pool-{number}@example.com"));
            live.lookups.insert(address, unreadable());
        }
        Oddity::Elsewhere(number) => {
            except(
                live,
                &format!("pool-{number}@example.com belongs to user/stranger"),
            );
        }
    }
}

#[test]
fn what_waits_takes_with_it_what_counts_on_it_and_nothing_else_is_lost() {
    let worlds = (
        (organization(), any::<bool>()),
        (organization(), style()),
        prop::collection::vec(oddity(), 0..5),
    );
    let (sound_ones, with_held) = (Cell::new(0), Cell::new(0));
    random::check(
        "waiting",
        192,
        worlds,
        |((before, two_domains), (wanted, style), oddities)| {
            let whole = random::Style {
                two_domains,
                ..random::WHOLE
            };
            let before = before.manifest_as(&whole);
            let wanted = wanted.manifest_as(&style);
            let mut live = live(&before);
            for oddity in &oddities {
                strike(&mut live, oddity);
            }
            let desired = sound(&wanted);
            let plan = planned(&desired, &live);
            let told = format!(
                "--- before\n{before}\n{oddities:?}\n--- wanted\n{wanted}\n{}",
                listed(&plan)
            );
            if !plan.problems.is_empty() {
                return Ok(());
            }
            sound_ones.set(sound_ones.get() + 1);
            with_held.set(with_held.get() + usize::from(!plan.held.is_empty()));
            let result = after(&plan, &live);
            let again = planned(&desired, &result);
            let waits: BTreeSet<&Target> = plan
                .held
                .iter()
                .map(|held| &held.target)
                .chain(plan.snapshot.unknown.iter().map(|gap| &gap.target))
                .collect();
            for operation in &again.operations {
                let target = &operation.target;
                prop_assert!(
                    waits.contains(target),
                    "{told}{target} did not wait --- again\n{}",
                    listed(&again)
                );
            }
            let holders = holders(&live);
            for (address, taker) in takers(&desired, &live) {
                if let Some(holder) = holders.get(&address) {
                    prop_assert!(
                        !is_lost(&plan, &address, holder),
                        "{told}{address} of {holder}, wanted by {taker}, is nobody's in the end"
                    );
                }
            }
            Ok(())
        },
    );
    let (all, held) = (sound_ones.get(), with_held.get());
    eprintln!("{all} planned, {held} of them hold something");
    assert!(held >= 20, "in too few random worlds something waits");
}

/// Who is declared to have which address.
fn takers(desired: &Desired, live: &Snapshot) -> BTreeMap<Address, Target> {
    let registered = |target: &Target| {
        let entity = live.entities.get(target);
        entity.is_some_and(Entity::is_registered)
    };
    desired
        .entities
        .iter()
        .filter(|(target, declared)| match declared.wanted {
            Wanted::Registered => true,
            Wanted::Unsaid => registered(target),
            Wanted::Absent | Wanted::Deregistered => false,
        })
        .flat_map(|(target, declared)| {
            let aliases = declared.aliases.iter().flat_map(|wish| &wish.items);
            let addresses = declared.email.iter().chain(aliases);
            addresses.map(|address| (address.clone(), target.clone()))
        })
        .collect()
}

/// True if a plan takes an address away, and nobody gets it.
fn is_lost(plan: &Plan, address: &Address, holder: &Target) -> bool {
    let mut holder = Some(holder);
    for operation in &plan.operations {
        let input = &operation.call.input;
        let touches = [input.get("Alias"), input.get("Email")]
            .into_iter()
            .flatten()
            .any(|text| text.as_str().map(Address::listed).as_ref() == Some(address));
        match operation.call.operation.as_str() {
            "CreateAlias" | "UpdatePrimaryEmailAddress" | "RegisterToWorkMail" if touches => {
                holder = Some(&operation.target);
            }
            "DeleteAlias" if touches => holder = None,
            "DeregisterFromWorkMail" if holder == Some(&operation.target) => holder = None,
            _ => {}
        }
    }
    holder.is_none()
}

fn holders(live: &Snapshot) -> BTreeMap<Address, Target> {
    let registered = live.entities.iter();
    registered
        .filter(|(_, entity)| entity.is_registered())
        .flat_map(|(target, entity)| {
            let aliases = entity.aliases.known().into_iter().flatten();
            let addresses = aliases.chain(entity.email.known());
            addresses.map(move |address| (address.clone(), target.clone()))
        })
        .collect()
}

fn listed(plan: &Plan) -> String {
    let operations = plan.operations.iter().map(|operation| {
        let input = serde_json::to_string(&operation.call.input).unwrap_or_default();
        format!(
            "{} {} {input}\n",
            operation.call.operation, operation.target
        )
    });
    let held = plan.held.iter().map(|held| {
        format!(
            "held {} {} waits for {}\n",
            held.target, held.part, held.waits_for
        )
    });
    let gaps = plan.snapshot.unknown.iter();
    let gaps = gaps.map(|gap| format!("unknown {} {}\n", gap.target, gap.part));
    operations.chain(held).chain(gaps).collect()
}
