//! The organization itself and its mail domains: their steps, what they expect to find, and their effect
//! on the model.
//!
//! A domain comes first and goes last: after every address in it, and after another one is the default.
//! Source: API reference, `MailDomainInUseException`, `MailDomainStateException`.

use serde_json::{Value, json};

use crate::kinds::organization::{
    CREATE, DELETE, DEREGISTER_DOMAIN, DOMAIN, REGISTER_DOMAIN, SET_DEFAULT_DOMAIN, create, delete,
    deregister_domain, register_domain, set_default_domain,
};
use crate::model::{
    Action, Address, Call, Change, CreateOrganization, Delta, DomainLive, Globs, MAIL_DOMAIN,
    ORGANIZATION, OrganizationLive, OrganizationRemoval, Part, Snapshot, Target,
};

use super::document::{Expectation, Operation};
use super::expectation::Told;
use super::rules::EMPTY_BEFORE_DEREGISTERING;
use super::scope::Scope;
use super::step::{Fact, Step};

/// The part of the organization that its default domain is.
const DEFAULT: &str = "defaultMailDomain";
/// The part of a domain that its being there is.
const REGISTERED: &str = "registered";

/// Appends the steps of the organization and its domains, and tells which of all steps a domain waits
/// for.
pub(super) fn all(changes: &[Change], live: &Snapshot, steps: &mut Vec<Step>) {
    for (index, change) in changes.iter().enumerate() {
        let target = &change.target;
        match (target.kind(), change.action) {
            _ if !change.writable => {}
            (ORGANIZATION, Action::Create) => {
                let call = create(target, &wanted(change));
                let step = Step::new(target, Some(index), call, "state");
                // Nothing of an organization is planned for good before it is there.
                for step in steps.iter_mut() {
                    step.after.iter_mut().for_each(|(_, other)| *other += 1);
                }
                steps.insert(0, step);
            }
            (ORGANIZATION, Action::Delete) => {
                let call = delete(target, removal(change));
                steps.push(Step::new(target, Some(index), call, "state").taking_away());
            }
            (ORGANIZATION, _) => {
                steps.extend(default(change).map(|(before, after)| {
                    let call = set_default_domain(after);
                    let step = Step::new(target, Some(index), call, DEFAULT);
                    match before {
                        Some(before) => step.gives(Fact::domain_unused(before)),
                        None => step,
                    }
                }));
            }
            (MAIL_DOMAIN, Action::Create) => {
                // What needs it waits for its verification, and so for another plan.
                steps.push(Step::new(
                    target,
                    Some(index),
                    register_domain(target),
                    REGISTERED,
                ));
            }
            (MAIL_DOMAIN, _) => {
                let call = deregister_domain(target);
                let step = Step::new(target, Some(index), call, REGISTERED).taking_away();
                let unused = Fact::domain_unused(target.name());
                steps.push(step.needs(&EMPTY_BEFORE_DEREGISTERING, unused));
            }
            _ => {}
        }
    }
    if steps
        .iter()
        .any(|step| step.call.operation == DEREGISTER_DOMAIN)
    {
        for step in steps {
            let left = domains_left(step, live);
            step.gives.extend(left);
        }
    }
}

/// What is done about an organization that is not there: it is made, if it is within the scope. Nothing
/// else can be sent before, and what it has of its own is known only then.
pub(super) fn first(ordered: &[Operation], live: &Snapshot, scope: &Scope) -> Vec<Operation> {
    let creates = ordered
        .iter()
        .filter(|operation| operation.call.operation == CREATE && !live.organization.is_there())
        // Whatever is chosen needs it.
        .filter(|operation| !Globs::new(&scope.exclude).matches(&operation.target));
    creates.cloned().collect()
}

/// True if the organization goes, with all its tags.
pub(super) fn deletes(operations: &[Operation]) -> bool {
    let mut operations = operations.iter();
    operations.any(|operation| operation.call.operation == DELETE)
}

/// What a change says of an organization that is made.
fn wanted(change: &Change) -> CreateOrganization {
    let text = |name: &str| field(change, name).and_then(|(_, after)| after.as_str());
    CreateOrganization {
        directory_id: text("directoryId").map(str::to_owned),
        kms_key_arn: text("kmsKeyArn").map(str::to_owned),
    }
}

fn removal(change: &Change) -> OrganizationRemoval {
    let says = |name: &str| field(change, name).is_some_and(|(_, after)| *after == json!(true));
    OrganizationRemoval {
        delete_directory: says("deleteDirectory"),
        force: says("force"),
    }
}

fn default(change: &Change) -> Option<(Option<&str>, &str)> {
    let (before, after) = field(change, DEFAULT)?;
    Some((before.as_str(), after.as_str()?))
}

fn field<'a>(change: &'a Change, name: &str) -> Option<(&'a Value, &'a Value)> {
    change.deltas.iter().find_map(|delta| match delta {
        Delta::Field {
            field,
            before,
            after,
        } if field == name => Some((before, after)),
        _ => None,
    })
}

/// The domains that a step leaves by taking an address out of them.
fn domains_left(step: &Step, live: &Snapshot) -> Vec<Fact> {
    let call = &step.call;
    let domains: Vec<String> = match call.operation.as_str() {
        "DeleteAlias" => match call.input.get("Alias") {
            Some(Value::String(alias)) => vec![Address::listed(alias.clone()).domain()],
            Some(temporary) => temporary["domain"]
                .as_str()
                .map(str::to_owned)
                .into_iter()
                .collect(),
            None => Vec::new(),
        },
        "DeleteUser" | "DeleteGroup" | "DeleteResource" => {
            let entity = live.entities.get(&step.target);
            let aliases = entity
                .iter()
                .filter_map(|entity| entity.aliases.known())
                .flatten();
            let email = entity.iter().filter_map(|entity| entity.email.known());
            email.chain(aliases).map(Address::domain).collect()
        }
        _ => Vec::new(),
    };
    let facts = domains.iter().map(|domain| Fact::domain_unused(domain));
    facts.collect()
}

/// True for the organization and its domains.
pub(super) fn is_one(target: &Target) -> bool {
    matches!(target.kind(), ORGANIZATION | MAIL_DOMAIN)
}

/// What a snapshot tells of a part of the organization or of one of its domains.
pub(super) fn told(snapshot: &Snapshot, target: &Target, part: &str) -> Told {
    let organization = &snapshot.organization;
    match part {
        REGISTERED => tell(&organization.mail_domains, |domains| {
            if domains.contains_key(target.name()) {
                json!(true)
            } else {
                Value::Null
            }
        }),
        DEFAULT => tell(&organization.default_mail_domain, |name| {
            json!(name.to_ascii_lowercase())
        }),
        _ => Told::Nothing,
    }
}

fn tell<T>(part: &Part<T>, value: impl FnOnce(&T) -> Value) -> Told {
    match part {
        Part::Known(known) => Told::Value(value(known)),
        Part::Absent => Told::Value(Value::Null),
        Part::Unknown(unknown) => Told::Unreadable(unknown.clone()),
        Part::NotRead => Told::Nothing,
    }
}

/// Changes the snapshot so that it tells what is expected.
pub(super) fn suppose(organization: &mut OrganizationLive, expectation: &Expectation) {
    match (expectation.part.as_str(), &expectation.value) {
        (REGISTERED, value) => {
            if !matches!(organization.mail_domains, Part::Known(_)) {
                organization.mail_domains = Part::Known([].into());
            }
            put(organization, expectation.target.name(), !value.is_null());
        }
        (DEFAULT, Value::String(name)) => {
            organization.default_mail_domain = Part::Known(name.clone());
        }
        (DEFAULT, _) => organization.default_mail_domain = Part::Absent,
        _ => {}
    }
}

/// Changes the organization as the operation would; false if it is not one of these.
pub(super) fn apply_to(organization: &mut OrganizationLive, operation: &Operation) -> bool {
    let name = operation.target.name();
    match operation.call.operation.as_str() {
        REGISTER_DOMAIN => put(organization, name, true),
        DEREGISTER_DOMAIN => put(organization, name, false),
        SET_DEFAULT_DOMAIN => {
            let domain = operation.call.input.get(DOMAIN).and_then(Value::as_str);
            organization.default_mail_domain =
                domain.map_or(Part::NotRead, |name| Part::Known(name.to_owned()));
        }
        CREATE => OrganizationLive::ACTIVE.clone_into(&mut organization.state),
        DELETE => OrganizationLive::DELETING.clone_into(&mut organization.state),
        _ => return false,
    }
    true
}

fn put(organization: &mut OrganizationLive, name: &str, there: bool) {
    let Part::Known(domains) = &mut organization.mail_domains else {
        return;
    };
    if there {
        let pending = || DomainLive {
            ownership: Part::Known("PENDING".to_owned()),
            ..DomainLive::default()
        };
        domains.entry(name.to_owned()).or_insert_with(pending);
    } else {
        domains.remove(name);
    }
}

/// True if a fresh list of domains shows the effect of an operation.
pub(super) fn is_shown_by_domains(operation: &Operation) -> bool {
    matches!(
        operation.call.operation.as_str(),
        REGISTER_DOMAIN | DEREGISTER_DOMAIN | SET_DEFAULT_DOMAIN
    )
}

/// True if a call of the organization or a domain is what its target stands for; none for other calls.
pub(super) fn goes_there(target: &Target, call: &Call, live: &Snapshot) -> Option<bool> {
    let is_it = target.kind() == ORGANIZATION && target.name() == live.organization.alias;
    let names =
        |member: &str| call.input.get(member).and_then(Value::as_str) == Some(target.name());
    Some(match call.operation.as_str() {
        REGISTER_DOMAIN | DEREGISTER_DOMAIN => target.kind() == MAIL_DOMAIN && names(DOMAIN),
        SET_DEFAULT_DOMAIN | DELETE => is_it,
        CREATE => is_it && names("Alias"),
        _ => return None,
    })
}
