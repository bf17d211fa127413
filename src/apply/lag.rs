//! Which refusals only mean that the service has not caught up with this plan yet: a table.
//!
//! The service is eventually consistent: what was created, registered, deregistered or released a
//! moment ago may not be seen everywhere. A refusal is waited out only where a row says so and the
//! plan itself did, before, what the row names. Every other refusal is final.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::setting;
use crate::model::{Address, Party, Snapshot, Target};
use crate::plan::Operation;

use super::effect::creates;
use super::references::open_ids;

/// One row: these operations may be refused with these codes for a while.
struct Lag {
    operations: &'static [&'static str],
    codes: &'static [&'static str],
    because: Because,
}

/// What the plan did before, so that the refusal can be lag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Because {
    /// Something that the call names was created or registered.
    MadeOrRegistered,
    /// The target was deregistered.
    Deregistered,
    /// The name was freed.
    NameFreed,
    /// The address was released.
    AddressReleased,
    /// A delegate was added to the target.
    DelegateAdded,
    /// The target was given another primary address.
    PrimaryMoved,
    /// Something was taken out of the domain, which the operation waits for.
    DomainLeft,
    /// Nothing: whatever went before, the snapshot says that it must work.
    Snapshot,
}

const NOT_SEEN_YET: &[&str] = &[
    "EntityNotFoundException",
    "EntityStateException",
    "ResourceNotFoundException",
];

static LAGS: &[Lag] = &[
    // Right after a create the entity may not be found by other calls, and right after a
    // registration it may still count as disabled.
    // Source: behaviour notes, sections 5 and 7.
    Lag {
        operations: &[
            "RegisterToWorkMail",
            "DeregisterFromWorkMail",
            "UpdateUser",
            "UpdateGroup",
            "UpdateResource",
            "UpdateMailboxQuota",
            "CreateAlias",
            "DeleteAlias",
            "UpdatePrimaryEmailAddress",
            "AssociateMemberToGroup",
            "DisassociateMemberFromGroup",
            "AssociateDelegateToResource",
            "DisassociateDelegateFromResource",
            "PutMailboxPermissions",
            "DeleteMailboxPermissions",
        ],
        codes: NOT_SEEN_YET,
        because: Because::MadeOrRegistered,
    },
    // What a rule or a role names may not be seen yet either. Source: behaviour notes, section 5.
    Lag {
        operations: &[
            "PutAccessControlRule",
            "PutIdentityProviderConfiguration",
            "UpdateImpersonationRole",
            "PutMobileDeviceAccessOverride",
        ],
        codes: NOT_SEEN_YET,
        because: Because::MadeOrRegistered,
    },
    // A domain that reads as verified may not be usable yet, the test domain of a new organization
    // included. Source: behaviour notes, section 5.
    Lag {
        operations: &[
            "RegisterToWorkMail",
            "CreateAlias",
            "UpdatePrimaryEmailAddress",
            "UpdateDefaultMailDomain",
        ],
        codes: &["MailDomainStateException"],
        because: Because::Snapshot,
    },
    // What was taken out of a domain a moment ago may still count as being in it.
    // Inferred from: behaviour notes, section 4.
    Lag {
        operations: &["DeregisterMailDomain"],
        codes: &["MailDomainInUseException"],
        because: Because::DomainLeft,
    },
    // A deregistration is not visible to the delete at once. Source: behaviour notes, section 4.
    Lag {
        operations: &["DeleteUser", "DeleteGroup", "DeleteResource"],
        codes: &["EntityStateException"],
        because: Because::Deregistered,
    },
    // Source: API reference, CreateUser, NameAvailabilityException; behaviour notes, section 4.
    Lag {
        operations: &[
            "CreateUser",
            "CreateGroup",
            "CreateResource",
            "UpdateResource",
        ],
        codes: &["NameAvailabilityException"],
        because: Because::NameFreed,
    },
    // Whether a freed address can be used at once is not documented.
    // Source: behaviour notes, section 4.
    Lag {
        operations: &[
            "RegisterToWorkMail",
            "CreateAlias",
            "UpdatePrimaryEmailAddress",
        ],
        codes: &["EmailAddressInUseException"],
        because: Because::AddressReleased,
    },
    // Auto-accept may go off once there is a delegate, who may not be seen yet.
    // Source: API reference, UpdateResource; behaviour notes, section 8.
    Lag {
        operations: &["UpdateResource"],
        codes: &["InvalidConfigurationException"],
        because: Because::DelegateAdded,
    },
    // The former primary address may count as the primary one for a while, and a primary address
    // cannot be deleted. Inferred from: behaviour notes, sections 2 and 6.
    Lag {
        operations: &["DeleteAlias"],
        codes: &["InvalidParameterException"],
        because: Because::PrimaryMoved,
    },
];

/// What a plan does, in which order: what lag can come from.
pub(crate) struct Lags {
    made_or_registered: BTreeMap<Target, usize>,
    deregistered: BTreeMap<Target, usize>,
    delegates_added: BTreeMap<Target, usize>,
    primaries_moved: BTreeMap<Target, usize>,
    names_freed: BTreeMap<String, usize>,
    addresses_released: BTreeMap<String, usize>,
}

impl Lags {
    /// What these operations do. The snapshot tells which addresses go with an entity.
    pub(crate) fn of(operations: &[Operation], snapshot: &Snapshot) -> Self {
        let mut lags = Self {
            made_or_registered: BTreeMap::new(),
            deregistered: BTreeMap::new(),
            delegates_added: BTreeMap::new(),
            primaries_moved: BTreeMap::new(),
            names_freed: BTreeMap::new(),
            addresses_released: BTreeMap::new(),
        };
        for (index, operation) in operations.iter().enumerate() {
            lags.note(index, operation, snapshot);
        }
        lags
    }

    /// True if this refusal of the operation at `index` may pass.
    pub(crate) fn may_pass(&self, index: usize, operation: &Operation, code: &str) -> bool {
        let name = operation.call.operation.as_str();
        LAGS.iter().any(|lag| {
            lag.operations.contains(&name)
                && lag.codes.contains(&code)
                && self.did(index, operation, lag.because)
        })
    }

    /// True if the plan gave the target another primary address before the operation at `index`.
    pub(crate) fn follows_new_primary(&self, index: usize, operation: &Operation) -> bool {
        self.did(index, operation, Because::PrimaryMoved)
    }

    fn did(&self, index: usize, operation: &Operation, because: Because) -> bool {
        let before = |first: Option<&usize>| first.is_some_and(|first| *first < index);
        match because {
            Because::MadeOrRegistered => named(operation)
                .iter()
                .any(|target| before(self.made_or_registered.get(target))),
            Because::Deregistered => before(self.deregistered.get(&operation.target)),
            Because::DelegateAdded => before(self.delegates_added.get(&operation.target)),
            Because::PrimaryMoved => before(self.primaries_moved.get(&operation.target)),
            Because::NameFreed => {
                name_wanted(operation).is_some_and(|name| before(self.names_freed.get(&name)))
            }
            Because::AddressReleased => address_named(operation)
                .is_some_and(|address| before(self.addresses_released.get(&address))),
            Because::DomainLeft => !operation.depends_on.is_empty(),
            Because::Snapshot => true,
        }
    }

    fn note(&mut self, index: usize, operation: &Operation, snapshot: &Snapshot) {
        let target = &operation.target;
        match operation.call.operation.as_str() {
            "CreateUser" | "CreateGroup" | "CreateResource" | "RegisterToWorkMail" => {
                first(&mut self.made_or_registered, target.clone(), index);
            }
            "DeregisterFromWorkMail" => {
                first(&mut self.deregistered, target.clone(), index);
                self.note_addresses(index, target, snapshot);
            }
            "DeleteUser" | "DeleteGroup" | "DeleteResource" => {
                first(&mut self.names_freed, live_name(target, snapshot), index);
                self.note_addresses(index, target, snapshot);
            }
            "UpdateResource" if operation.call.input.contains_key("Name") => {
                first(&mut self.names_freed, live_name(target, snapshot), index);
            }
            "DeleteAlias" => {
                if let Some(address) = address_named(operation) {
                    first(&mut self.addresses_released, address, index);
                }
            }
            "UpdatePrimaryEmailAddress" => {
                first(&mut self.primaries_moved, target.clone(), index);
            }
            "AssociateDelegateToResource" => {
                first(&mut self.delegates_added, target.clone(), index);
            }
            _ if creates(operation) => {
                first(&mut self.made_or_registered, target.clone(), index);
            }
            _ => {}
        }
    }

    fn note_addresses(&mut self, index: usize, target: &Target, snapshot: &Snapshot) {
        let Some(entity) = snapshot.entities.get(target) else {
            return;
        };
        let aliases = entity.aliases.known().into_iter().flatten();
        for address in entity.email.known().into_iter().chain(aliases) {
            first(
                &mut self.addresses_released,
                folded(address.as_str()),
                index,
            );
        }
    }
}

/// The domain that a refusal of this code speaks of, where that is what it speaks of: when it was
/// waited for in vain once, it is not waited for again.
pub(crate) fn domain_waited_for(operation: &Operation, code: &str) -> Option<String> {
    if code != "MailDomainStateException" {
        return None;
    }
    let address = address_argument(operation)?;
    match address {
        Value::String(text) => Some(Address::listed(text.clone()).domain()),
        other => other.get("domain")?.as_str().map(str::to_ascii_lowercase),
    }
}

fn first<K: Ord>(facts: &mut BTreeMap<K, usize>, key: K, index: usize) {
    facts.entry(key).or_insert(index);
}

/// Everything that an operation names: its target, its party, and what its open ids stand for.
fn named(operation: &Operation) -> BTreeSet<Target> {
    let mut named = open_ids(&operation.call);
    let owner = setting(operation.target.kind()).and_then(|kind| kind.owner_of(&operation.target));
    named.extend(owner);
    named.insert(operation.target.clone());
    named.extend(operation.party.as_ref().and_then(Party::target).cloned());
    named
}

/// The name that the service has for something when the apply begins.
fn live_name(target: &Target, snapshot: &Snapshot) -> String {
    let entity = snapshot.entities.get(target);
    let name = entity.and_then(|entity| entity.live_name.as_deref());
    folded(name.unwrap_or(target.name()))
}

fn name_wanted(operation: &Operation) -> Option<String> {
    operation
        .call
        .input
        .get("Name")
        .and_then(Value::as_str)
        .map(folded)
}

fn address_named(operation: &Operation) -> Option<String> {
    address_argument(operation).map(|argument| match argument {
        Value::String(text) => folded(text),
        other => other.to_string(),
    })
}

fn address_argument(operation: &Operation) -> Option<&Value> {
    let input = &operation.call.input;
    input.get("Email").or_else(|| input.get("Alias"))
}

fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}
