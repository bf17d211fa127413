//! Who holds which right on the way, through grants, nested groups, delegate seats and roles that act as
//! somebody: nobody holds what neither end gives, and what both ends give and somebody is without for a
//! moment is counted.
//!
//! A relation counts until what it is about is deregistered. What was deregistered before and comes back brings
//! its own: nothing of them can be taken away while nobody can use them. Source: behaviour notes, sections 7 to 9.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::model::{Entity, GROUP, IMPERSONATION_ROLE, Party, RESOURCE, Snapshot, Target, USER};
use crate::policy::{Effect, Hold, ImpersonationRule, Rights, impersonation};

use super::super::document::Operation;
use super::state::State;
use super::{Invariant, Refused};

/// More pairs of somebody and what they hold than this are not looked at.
const MOST: usize = 1_000_000;

/// From whom, to what it gives, and which hold; none for a membership, and for acting as somebody.
pub(super) type Relation = (Target, Target, Option<Hold>);

/// Somebody and what they hold.
type Held = (Target, (Target, Hold));

/// Who holds what at a moment of a plan, beside both ends.
#[derive(Clone)]
pub(super) struct Holding {
    now: Rights,
    ends: Rc<(Rights, Rights)>,
    /// What both ends give, and somebody is without for a moment.
    missing: BTreeSet<Held>,
    /// What a role could do for a moment by whom it acts as, and at neither end.
    by_roles: BTreeSet<Held>,
    looked_at: usize,
}

impl Holding {
    /// At the start.
    pub(super) fn of(operations: &[Operation], live: &Snapshot, end: &State<'_>) -> Self {
        let changes = operations.iter().any(is_about_rights);
        if !changes {
            return Self::from(Rights::default(), Rights::default());
        }
        let mut before = Rights::default();
        let mut after = Rights::default();
        for (target, entity) in &live.entities {
            relations(target, entity, &mut |relation| add(&mut before, &relation));
            if !end.touches(target) {
                relations(target, entity, &mut |relation| add(&mut after, &relation));
            }
        }
        for (target, entity) in &end.now.entities {
            if end.touches(target) && counts(target, entity, live) {
                relations(target, entity, &mut |relation| add(&mut after, &relation));
            }
        }
        let users = users(end);
        for (of, rights) in [(live, &mut before), (&end.now, &mut after)] {
            for (target, role) in &of.settings {
                if target.kind() == IMPERSONATION_ROLE {
                    let rules = ImpersonationRule::all_of(&role.value);
                    for relation in acts_as(target, &rules, &users) {
                        add(rights, &relation);
                    }
                }
            }
        }
        Self::from(before, after)
    }

    fn from(before: Rights, after: Rights) -> Self {
        Self {
            now: before.clone(),
            ends: Rc::new((before, after)),
            missing: BTreeSet::new(),
            by_roles: BTreeSet::new(),
            looked_at: 0,
        }
    }

    /// Takes in what a call has changed, all of it at once.
    pub(super) fn moved(
        &mut self,
        before: &BTreeSet<Relation>,
        after: &BTreeSet<Relation>,
    ) -> Result<(), Refused> {
        let gone: Vec<&Relation> = before.difference(after).collect();
        let come: Vec<&Relation> = after.difference(before).collect();
        let lost: Vec<Held> = gone.iter().flat_map(|one| self.given_by(one)).collect();
        for relation in &gone {
            take(&mut self.now, relation);
        }
        for relation in &come {
            add(&mut self.now, relation);
        }
        for (who, held) in lost {
            if self.at_ends(&who, &held) == (true, true) && !self.now.held_by(&who).contains(&held)
            {
                self.missing.insert((who, held));
            }
        }
        let given: Vec<Held> = come.iter().flat_map(|one| self.given_by(one)).collect();
        let given = given
            .into_iter()
            .filter(|(who, held)| self.at_ends(who, held) == (false, false) && *who != held.0);
        let (by_roles, by_people): (Vec<Held>, Vec<Held>) =
            given.partition(|(who, _)| who.kind() == IMPERSONATION_ROLE);
        self.by_roles.extend(by_roles);
        let Some((who, (mailbox, hold))) = by_people.first() else {
            return Ok(());
        };
        let what = match hold {
            Hold::Granted(right) => right.as_str(),
            Hold::Delegate => "a seat",
        };
        let text = format!("{who} holds {what} of {mailbox}, and at neither end");
        Err((Invariant::Rights, text))
    }

    /// How many rights were missing for a moment.
    pub(super) fn missing(&self) -> usize {
        self.missing.len()
    }

    /// What a role could do for a moment, and at neither end.
    pub(super) fn by_roles(&self) -> &BTreeSet<Held> {
        &self.by_roles
    }

    /// Why not everything was looked at, if so.
    pub(super) fn untold(&self) -> Option<String> {
        (self.looked_at > MOST).then(|| "who holds which right on the way".to_owned())
    }

    /// What a relation gives to whom, as everything stands now.
    fn given_by(&mut self, (from, to, hold): &Relation) -> Vec<Held> {
        if self.looked_at > MOST {
            return Vec::new();
        }
        let given = match hold {
            Some(hold) => BTreeSet::from([(to.clone(), *hold)]),
            None => self.now.held_by(to),
        };
        if given.is_empty() {
            return Vec::new();
        }
        let people = self.now.downwards(from);
        let people = people.iter().filter(|one| one.kind() != GROUP);
        let all: Vec<Held> = people
            .flat_map(|who| given.iter().map(|held| (who.clone(), held.clone())))
            .collect();
        self.looked_at += all.len();
        all
    }

    fn at_ends(&self, who: &Target, held: &(Target, Hold)) -> (bool, bool) {
        let (before, after) = &*self.ends;
        (
            before.held_by(who).contains(held),
            after.held_by(who).contains(held),
        )
    }
}

/// The relations that an operation may change, as they stand now.
pub(super) fn concerned(operation: &Operation, state: &State<'_>) -> BTreeSet<Relation> {
    let target = &operation.target;
    let mut found = BTreeSet::new();
    if target.kind() == IMPERSONATION_ROLE {
        if let Some(role) = state.now.settings.get(target) {
            let rules = ImpersonationRule::all_of(&role.value);
            found.extend(acts_as(target, &rules, &users(state)));
        }
        return found;
    }
    let entity = state
        .entity(target)
        .filter(|entity| is_about_rights(operation) && counts(target, entity, state.live));
    let Some(entity) = entity else {
        return found;
    };
    let party = operation.party.as_ref().and_then(Party::target);
    relations(target, entity, &mut |relation| {
        if party.is_none_or(|party| *party == relation.0) {
            found.insert(relation);
        }
    });
    found
}

/// True if what somebody holds may be more or less after it.
fn is_about_rights(operation: &Operation) -> bool {
    let name = operation.call.operation.as_str();
    gives_rights(operation)
        || operation.target.kind() == IMPERSONATION_ROLE
        || matches!(
            name,
            "DeregisterFromWorkMail" | "DeleteUser" | "DeleteGroup" | "DeleteResource"
        )
        || name.starts_with("Disassociate")
        || name == "DeleteMailboxPermissions"
}

fn gives_rights(operation: &Operation) -> bool {
    matches!(
        operation.call.operation.as_str(),
        "RegisterToWorkMail"
            | "AssociateMemberToGroup"
            | "AssociateDelegateToResource"
            | "PutMailboxPermissions"
    )
}

/// False if the plan has deregistered it.
fn counts(target: &Target, entity: &Entity, live: &Snapshot) -> bool {
    let before = live.entities.get(target);
    entity.is_registered() || !before.is_some_and(Entity::is_registered)
}

fn relations(target: &Target, entity: &Entity, found: &mut dyn FnMut(Relation)) {
    let hold = (target.kind() == RESOURCE).then_some(Hold::Delegate);
    let links = entity.links.known().into_iter().flatten();
    let links = links.filter(|link| !link.deleted);
    for party in links.filter_map(|link| link.party.target()) {
        found((party.clone(), target.clone(), hold));
    }
    for grant in entity.grants.known().into_iter().flatten() {
        if let Some(grantee) = grant.grantee.target() {
            for right in &grant.rights {
                let hold = Some(Hold::Granted(*right));
                found((grantee.clone(), target.clone(), hold));
            }
        }
    }
}

fn acts_as<'a>(
    role: &'a Target,
    rules: &'a [ImpersonationRule],
    users: &'a BTreeSet<&Target>,
) -> impl Iterator<Item = Relation> + 'a {
    let may = |user: &&&Target| impersonation(rules, user.name()).effect == Effect::Allow;
    let users = users.iter().filter(may);
    users.map(move |user| (role.clone(), (*user).clone(), None))
}

fn users<'a>(state: &'a State<'_>) -> BTreeSet<&'a Target> {
    let all = state.live.entities.keys().chain(state.now.entities.keys());
    all.filter(|target| target.kind() == USER).collect()
}

fn add(rights: &mut Rights, (from, to, hold): &Relation) {
    match hold {
        None => rights.link(to, from),
        Some(hold) => rights.give(from, to, *hold),
    }
}

fn take(rights: &mut Rights, (from, to, hold): &Relation) {
    match hold {
        None => rights.unlink(to, from),
        Some(hold) => rights.take(from, to, *hold),
    }
}
