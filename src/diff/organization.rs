//! Compares the organization itself: whether it is there, and its default mail domain. Its mail domains
//! are compared in `domains`.

use serde_json::Value;

use crate::kinds::tag;

use crate::model::{
    Action, Delta, DesiredOrganization, DomainLive, Gap, Held, ORGANIZATION, OrganizationLive,
    Part, Problem, Reason, TAG, Target,
};

use super::domains::{find, is_declared};
use super::entities::change;
use super::{Draft, Ends, uncertain};

/// Compares the organization, but for its mail domains.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    let tags_are_compared = ends.manages_setting(&tag::ENTRY);
    if let Some(unknown) = ends.live.listed(TAG).unknown()
        && !tags_are_compared
    {
        draft.gaps.push(Gap {
            target: organization(ends),
            part: "tags".to_owned(),
            unknown: unknown.clone(),
        });
    }
    found(ends, draft);
    default(ends, draft);
}

/// The organization as a target.
pub(super) fn organization(ends: &Ends<'_>) -> Target {
    Target::new(ORGANIZATION, ends.live.organization.alias.clone())
}

/// An organization that is not there is made, if the manifest says so.
fn found(ends: &Ends<'_>, draft: &mut Draft) {
    let Some(wanted) = &ends.desired.organization.create else {
        return;
    };
    if ends.live.organization.is_there() {
        return;
    }
    let target = organization(ends);
    let state = &ends.live.organization.state;
    if !state.is_empty() {
        draft.held.push(Held {
            target,
            part: "state".to_owned(),
            waits_for: format!("its creation, which has begun (now {state})"),
            details: Vec::new(),
        });
        return;
    }
    let mut made = change(&target, Action::Create, Reason::Manifest);
    let given = [
        ("directoryId", &wanted.directory_id),
        ("kmsKeyArn", &wanted.kms_key_arn),
    ];
    for (field, text) in given {
        if let Some(text) = text {
            made.deltas.push(Delta::Field {
                field: field.into(),
                before: Value::Null,
                after: Value::from(text.clone()),
            });
        }
    }
    draft.changes.insert(target, made);
}

/// What the manifest says of an organization that shall not be there. Nothing else of it is looked at.
pub(super) fn remove(ends: &Ends<'_>, draft: &mut Draft) {
    let Some(removal) = ends.desired.organization.removal else {
        return;
    };
    let live = &ends.live.organization;
    if !live.is_there() {
        return;
    }
    let target = organization(ends);
    if live.state == OrganizationLive::DELETING {
        draft.held.push(Held {
            target,
            part: "state".to_owned(),
            waits_for: "its deletion, which has begun".to_owned(),
            details: Vec::new(),
        });
        return;
    }
    // One that never came to be usable tells nothing of who is in it, and nobody is.
    if live.state == OrganizationLive::ACTIVE || !ends.desired.management.protect.is_empty() {
        let lists = ends.kinds.iter();
        let unlisted = lists.filter_map(|entry| ends.unlisted(entry.name));
        draft.gaps.extend(unlisted);
    }
    if !draft.gaps.is_empty() {
        return;
    }
    let people = ends.live.entities.iter();
    let registered = people.filter(|(target, entity)| {
        target.kind() == crate::model::USER && entity.is_registered() && !entity.built_in
    });
    let count = registered.count();
    if count > 0 && !removal.force {
        draft.problems.push(Problem {
            target: target.clone(),
            path: "state".to_owned(),
            message: format!("{target} cannot be deleted while users are registered: {count}"),
            help: "deregister them first, or say `onRemoval: {force: true}`, which deletes their mailboxes"
                .to_owned(),
            place: None,
        });
        return;
    }
    let mut gone = change(&target, Action::Delete, Reason::Manifest);
    gone.deltas.push(Delta::Field {
        field: "deleteDirectory".into(),
        before: Value::Null,
        after: Value::from(removal.delete_directory),
    });
    gone.deltas.push(Delta::Field {
        field: "force".into(),
        before: Value::Null,
        after: Value::from(removal.force),
    });
    draft.changes.insert(target, gone);
}

/// What stands in the way of a domain as the default one.
enum Obstacle {
    Wait(Held),
    Unknown(Gap),
    Wrong(Problem),
}

/// A domain becomes the default one once it is verified.
/// Source: API reference, `UpdateDefaultMailDomain`, `MailDomainStateException`.
fn default(ends: &Ends<'_>, draft: &mut Draft) {
    let Some(wanted) = &ends.desired.organization.default_mail_domain else {
        return;
    };
    let live = &ends.live.organization;
    let target = organization(ends);
    let before = match &live.default_mail_domain {
        Part::Known(domain) if domain.eq_ignore_ascii_case(wanted) => return,
        Part::Known(domain) => Value::from(domain.clone()),
        Part::Absent => Value::Null,
        part => {
            draft.gaps.extend(uncertain(part).map(|unknown| Gap {
                target,
                part: DEFAULT.to_owned(),
                unknown,
            }));
            return;
        }
    };
    match obstacle(ends, &target, wanted) {
        Some(Obstacle::Wait(held)) => draft.held.push(held),
        Some(Obstacle::Unknown(gap)) => draft.gaps.push(gap),
        Some(Obstacle::Wrong(problem)) => draft.problems.push(problem),
        None => {
            let mut update = draft
                .changes
                .remove(&target)
                .unwrap_or_else(|| change(&target, Action::Update, Reason::Manifest));
            update.deltas.push(Delta::Field {
                field: DEFAULT.into(),
                before,
                after: Value::from(wanted.clone()),
            });
            draft.changes.insert(target, update);
        }
    }
}

/// The field of the manifest.
pub(super) const DEFAULT: &str = "defaultMailDomain";

fn obstacle(ends: &Ends<'_>, target: &Target, wanted: &str) -> Option<Obstacle> {
    let domains = match &ends.live.organization.mail_domains {
        Part::Known(domains) => domains,
        // It is read before anything is written.
        Part::Absent | Part::NotRead => return None,
        Part::Unknown(unknown) => {
            return Some(Obstacle::Unknown(Gap {
                target: target.clone(),
                part: format!("whether {wanted} can be the default: the list of mail domains"),
                unknown: unknown.clone(),
            }));
        }
    };
    let hold = |waits_for: String, details: Vec<String>| {
        Obstacle::Wait(Held {
            target: target.clone(),
            part: DEFAULT.to_owned(),
            waits_for,
            details,
        })
    };
    let Some((name, domain)) = find(domains, wanted) else {
        let desired: &DesiredOrganization = &ends.desired.organization;
        return Some(if is_declared(desired, wanted) {
            hold(
                format!("mail domain {wanted}, which is not registered yet"),
                Vec::new(),
            )
        } else {
            Obstacle::Wrong(Problem {
                target: target.clone(),
                path: DEFAULT.to_owned(),
                message: format!("{wanted} is no mail domain of this organization"),
                help: format!("register {wanted} by `mailDomains`, or choose one of its domains"),
                place: None,
            })
        });
    };
    match &domain.ownership {
        Part::Unknown(unknown) => Some(Obstacle::Unknown(Gap {
            target: target.clone(),
            part: format!("whether {name} can be the default: its verification"),
            unknown: unknown.clone(),
        })),
        Part::Known(_) if !domain.is_verified() => Some(hold(
            format!("the verification of mail domain {name}"),
            told_here(ends, name, domain),
        )),
        _ => None,
    }
}

/// The records of a domain, where it is not told by itself.
pub(super) fn told_here(ends: &Ends<'_>, name: &str, domain: &DomainLive) -> Vec<String> {
    if is_declared(&ends.desired.organization, name) {
        Vec::new()
    } else {
        domain.records.clone()
    }
}
