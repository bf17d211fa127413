//! Moments in which an address is nobody's, counted; and the check that no call takes an address that
//! somebody still has.

use std::collections::BTreeMap;

use crate::model::{Address, Call, Snapshot, Target};

use super::document::{AddressGap, Operation, Plan};

/// Every address that is released and claimed within a plan, with the calls of its component between
/// the two, the claim counted.
pub(super) fn gaps(operations: &[Operation]) -> Vec<AddressGap> {
    let mut released: BTreeMap<Address, usize> = BTreeMap::new();
    let mut gaps = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        match touched(&operation.call) {
            Some((Touch::Release, address)) => {
                released.insert(address, index);
            }
            Some((Touch::Claim, address)) => {
                if let Some(start) = released.remove(&address) {
                    let component = operation.component;
                    let between = operations[start + 1..=index]
                        .iter()
                        .filter(|other| other.component == component);
                    gaps.push(AddressGap {
                        address: address.to_string(),
                        calls: between.count(),
                    });
                }
            }
            None => {}
        }
    }
    gaps
}

/// Follows every address through the plan: nobody claims what somebody else still has.
pub(super) fn verify(plan: &Plan, live: &Snapshot) -> Result<(), String> {
    let mut holders: BTreeMap<Address, Target> = BTreeMap::new();
    let touched_by_plan: std::collections::BTreeSet<Address> = plan
        .operations
        .iter()
        .filter_map(|operation| Some(touched(&operation.call)?.1))
        .collect();
    for (target, entity) in live
        .entities
        .iter()
        .filter(|(_, entity)| entity.is_registered())
    {
        for address in entity
            .aliases
            .known()
            .into_iter()
            .flatten()
            .chain(entity.email.known())
        {
            if touched_by_plan.contains(address) {
                holders.insert(address.clone(), target.clone());
            }
        }
    }
    for operation in &plan.operations {
        let Some((touch, address)) = touched(&operation.call) else {
            continue;
        };
        let holder = holders.get(&address);
        match touch {
            Touch::Claim if holder.is_some_and(|holder| *holder != operation.target) => {
                return Err(format!(
                    "operation {} claims {address} while {} has it",
                    operation.id, holders[&address]
                ));
            }
            Touch::Claim => {
                holders.insert(address, operation.target.clone());
            }
            Touch::Release => {
                holders.remove(&address);
            }
        }
    }
    Ok(())
}

enum Touch {
    Claim,
    Release,
}

/// The address that a call claims or releases; temporary ones are their plan's own.
fn touched(call: &Call) -> Option<(Touch, Address)> {
    let (touch, member) = match call.operation.as_str() {
        "CreateAlias" => (Touch::Claim, "Alias"),
        "UpdatePrimaryEmailAddress" | "RegisterToWorkMail" => (Touch::Claim, "Email"),
        "DeleteAlias" => (Touch::Release, "Alias"),
        _ => return None,
    };
    Some((touch, Address::listed(call.input.get(member)?.as_str()?)))
}
