//! `Step`: one operation while its place is still being decided, with what it gives and needs.

use serde_json::{Map, Value};

use crate::model::{Call, Id, ORGANIZATION, Party, Snapshot, Target};

use super::rules::Rule;

/// A fact about the organization that one step brings about and another needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// It is made.
    Exists(Target),
    /// It is registered.
    Registered(Target),
    /// It is deregistered.
    Deregistered(Target),
    /// Nothing has to be taken from it any more before it goes.
    Cleared(Target),
    /// No setting names it any more.
    Unnamed(Target),
    /// No live thing has this name.
    NameFree(String),
    /// The step of this index has its effect: what waits for that is not coupled with it.
    Made(usize),
    /// Nothing has an address in this domain, nor is it the default one.
    DomainUnused(String),
}

impl Fact {
    /// Names are compared without case.
    pub(super) fn name_free(name: &str) -> Self {
        Self::NameFree(name.to_lowercase())
    }

    /// Domains are compared without case.
    pub(super) fn domain_unused(name: &str) -> Self {
        Self::DomainUnused(name.to_ascii_lowercase())
    }
}

/// One operation to be.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) call: Call,
    pub(super) target: Target,
    pub(super) party: Option<Party>,
    pub(super) change: Option<usize>,
    pub(super) gives: Vec<Fact>,
    pub(super) needs: Vec<(&'static Rule, Fact)>,
    /// The steps that must come before, each with the rule that says so.
    pub(super) after: Vec<(&'static Rule, usize)>,
    /// It follows the step before it at once, which released what it claims.
    pub(super) glued: bool,
    pub(super) confirms: Vec<Target>,
    pub(super) give_back: Vec<Call>,
    pub(super) missing_is_done: bool,
    /// The parts of its target that it changes, by their names in the manifest.
    pub(super) parts: Vec<&'static str>,
    /// What a setting becomes by it; none where it goes, and for entities.
    pub(super) becomes: Option<Map<String, Value>>,
}

impl Step {
    pub(super) fn new(
        target: &Target,
        change: Option<usize>,
        call: Call,
        part: &'static str,
    ) -> Self {
        Self {
            call,
            target: target.clone(),
            party: None,
            change,
            gives: Vec::new(),
            needs: Vec::new(),
            after: Vec::new(),
            glued: false,
            confirms: Vec::new(),
            give_back: Vec::new(),
            missing_is_done: false,
            parts: vec![part],
            becomes: None,
        }
    }

    pub(super) fn gives(mut self, fact: Fact) -> Self {
        self.gives.push(fact);
        self
    }

    pub(super) fn needs(mut self, rule: &'static Rule, fact: Fact) -> Self {
        self.needs.push((rule, fact));
        self
    }

    pub(super) fn about(mut self, party: &Party) -> Self {
        self.party = Some(party.clone());
        self
    }

    pub(super) fn after(mut self, step: Option<(&'static Rule, usize)>) -> Self {
        self.after.extend(step);
        self
    }

    /// What it gives when it has its effect.
    pub(super) fn made(steps: &mut [Step], index: usize) -> Fact {
        let fact = Fact::Made(index);
        if !steps[index].gives.contains(&fact) {
            steps[index].gives.push(fact.clone());
        }
        fact
    }

    pub(super) fn taking_away(mut self) -> Self {
        self.missing_is_done = true;
        self
    }
}

/// The id of a target: known if it is live, else what the plan will make.
pub(super) fn id_of(live: &Snapshot, target: &Target) -> Id {
    // Tags are written by the organization's ARN, which stands for its id.
    if target.kind() == ORGANIZATION {
        return Id::Known(live.organization.arn.clone());
    }
    let entity = live.entities.get(target).map(|entity| &entity.id);
    let setting = || live.settings.get(target)?.id.as_ref();
    let known = entity.or_else(setting);
    known.map_or_else(|| Id::of(target), |id| Id::Known(id.clone()))
}

/// The id of a member, delegate or grantee.
pub(super) fn party_id(live: &Snapshot, party: &Party) -> Id {
    match party {
        Party::Entity(target) => id_of(live, target),
        Party::Unresolved(id) => Id::Known(id.clone()),
    }
}
