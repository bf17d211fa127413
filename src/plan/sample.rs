//! What the service's own effect calls are asked about the rules that a plan writes, and what this program
//! takes the answer to be: before the first write of a component, and after its last one.
//!
//! How rules are evaluated is in part inferred, such as that DENY wins over ALLOW among access control
//! rules. The classes that the plan changes come first, and among them those that rules of both effects
//! match. Source: behaviour notes, section 9.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use crate::model::{
    ACCESS_CONTROL_RULE, IMPERSONATION_ROLE, MOBILE_DEVICE_ACCESS_RULE, Snapshot, Target, USER,
};
pub use crate::policy::Effect;
use crate::policy::{
    AccessControlRule, Caller, Class, Device, ImpersonationRule, MobileDeviceRule, SignIn,
    access_control, impersonation, mobile_device,
};

use super::access::{Moment, device_told, devices_at_both_ends, sign_ins};
use super::document::Operation;

/// The most questions at one moment of a component.
pub const MOST_QUESTIONS: usize = 20;
/// An address of which no network has any, and which people know for an example. Source: RFC 5737.
const EXAMPLE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// What a device tells that no rule was made for.
const OTHER: &str = "workmailctl";

/// What is asked about one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Before its first write.
    pub before: Vec<Question>,
    /// After its last write.
    pub after: Vec<Question>,
    /// The operations after which it has made its last write of rules and roles.
    pub writes: BTreeSet<usize>,
    /// Why something cannot be asked, as sentence fragments.
    pub untold: BTreeSet<String>,
}

/// One question, and the answer by our own evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub about: About,
    /// What the rules come to.
    pub effect: Effect,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A sign-in of a user or a role.
    SignIn {
        /// The user or the role.
        who: Target,
        /// The protocol, and from where.
        sign_in: SignIn,
    },
    /// A role that impersonates somebody.
    Impersonation {
        /// The role.
        role: Target,
        /// Whom.
        person: Target,
    },
    /// A mobile device.
    Device(Device),
}

impl About {
    /// The operation that answers it.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::SignIn { .. } => "GetAccessControlEffect",
            Self::Impersonation { .. } => "GetImpersonationRoleEffect",
            Self::Device(_) => "GetMobileDeviceAccessEffect",
        }
    }

    /// It as a sentence fragment.
    pub fn words(&self) -> String {
        match self {
            Self::SignIn { who, sign_in } => {
                format!("{who} over {} from {}", sign_in.protocol, sign_in.address)
            }
            Self::Impersonation { role, person } => format!("{role} as {person}"),
            Self::Device(device) => device_told(device),
        }
    }
}

/// What is asked about each component that writes rules or roles, the same for the same input.
pub fn samples(operations: &[Operation], live: &Snapshot) -> BTreeMap<usize, Sample> {
    let mut samples: BTreeMap<usize, Sample> = BTreeMap::new();
    let kinds = [
        ACCESS_CONTROL_RULE,
        IMPERSONATION_ROLE,
        MOBILE_DEVICE_ACCESS_RULE,
    ];
    for operation in operations {
        if kinds.contains(&operation.target.kind()) {
            let sample = samples.entry(operation.component).or_default();
            sample.writes.insert(operation.id);
        }
    }
    let component_of = |kind: &str| {
        let mut operations = operations.iter();
        let one = operations.find(|one| one.target.kind() == kind)?;
        Some(one.component)
    };
    let people = People::of(operations, live);
    if let Some(component) = component_of(ACCESS_CONTROL_RULE) {
        let sample = samples.entry(component).or_default();
        match sign_ins(operations, live) {
            Ok(Some(found)) => {
                let ends = [found.before(), found.after()];
                sample
                    .before
                    .extend(of_sign_ins(ends, &found.classes, &people, false));
                sample
                    .after
                    .extend(of_sign_ins(ends, &found.classes, &people, true));
            }
            Ok(None) => {}
            Err(why) => {
                sample.untold.insert(why);
            }
        }
    }
    if let Some(component) = component_of(IMPERSONATION_ROLE) {
        let sample = samples.entry(component).or_default();
        for (questions, end) in [(&mut sample.before, false), (&mut sample.after, true)] {
            let found = of_roles(operations, live, &people, end).collect();
            *questions = in_turns(std::mem::take(questions), found);
        }
    }
    if let Some(component) = component_of(MOBILE_DEVICE_ACCESS_RULE) {
        let sample = samples.entry(component).or_default();
        match devices_at_both_ends(operations, live) {
            Ok(Some(((before, after), classes))) => {
                sample
                    .before
                    .extend(of_devices([&before, &after], &classes, false));
                sample
                    .after
                    .extend(of_devices([&before, &after], &classes, true));
            }
            Ok(None) => {}
            Err(why) => {
                sample.untold.insert(why);
            }
        }
    }
    for sample in samples.values_mut() {
        sample.before.truncate(MOST_QUESTIONS);
        sample.after.truncate(MOST_QUESTIONS);
    }
    samples
}

/// Both in turns, so that neither leaves no room for the other.
fn in_turns(one: Vec<Question>, two: Vec<Question>) -> Vec<Question> {
    let (mut one, mut two) = (one.into_iter(), two.into_iter());
    let mut all = Vec::new();
    loop {
        let next = [one.next(), two.next()];
        if next.iter().all(Option::is_none) {
            return all;
        }
        all.extend(next.into_iter().flatten());
    }
}

/// Who can be asked about at each end. Of who goes nobody can tell when, and who comes may not be registered yet.
struct People {
    before: BTreeSet<Target>,
    after: BTreeSet<Target>,
    coming: BTreeSet<Target>,
}

impl People {
    fn of(operations: &[Operation], live: &Snapshot) -> Self {
        let registered = live.entities.iter().filter(|(target, entity)| {
            target.kind() == USER && entity.is_registered() && !entity.built_in
        });
        let users = registered.map(|(target, _)| target.clone());
        let roles = live.settings.keys().cloned();
        let roles = roles.filter(|target| target.kind() == IMPERSONATION_ROLE);
        let mut before: BTreeSet<Target> = users.chain(roles).collect();
        let mut after = before.clone();
        let mut coming = BTreeSet::new();
        for operation in operations {
            let target = &operation.target;
            match (operation.call.operation.as_str(), target.kind()) {
                ("RegisterToWorkMail", USER) => {
                    coming.insert(target.clone());
                    after.insert(target.clone());
                }
                ("DeregisterFromWorkMail" | "DeleteUser", USER) => {
                    before.remove(target);
                    after.remove(target);
                }
                (_, IMPERSONATION_ROLE) if operation.becomes.is_some() => {
                    after.insert(target.clone());
                }
                (_, IMPERSONATION_ROLE) => {
                    after.remove(target);
                }
                _ => {}
            }
        }
        Self {
            before,
            after,
            coming,
        }
    }

    fn at(&self, end: bool) -> &BTreeSet<Target> {
        if end { &self.after } else { &self.before }
    }

    /// One of these, rather somebody who is registered already.
    fn rather<'a>(&self, all: impl Iterator<Item = &'a Target>) -> Option<&'a Target> {
        all.min_by_key(|target| self.coming.contains(*target))
    }
}

/// What comes first: classes that change, and those that rules of both effects match.
type Rank = (bool, bool);

fn sorted(mut found: Vec<(Rank, Question)>) -> impl Iterator<Item = Question> {
    found.sort_by_key(|(rank, _)| *rank);
    let found = found.into_iter().map(|(_, question)| question);
    found.take(MOST_QUESTIONS)
}

fn of_sign_ins(
    [before, after]: [&Moment; 2],
    classes: &[Class],
    people: &People,
    end: bool,
) -> impl Iterator<Item = Question> {
    let now = if end { after } else { before };
    let named: BTreeSet<&Caller> = classes.iter().flat_map(|class| &class.callers).collect();
    let mut found = Vec::new();
    for class in classes {
        let mut callers = class.callers.iter();
        let Some(who) = callers.find_map(|caller| somebody(caller, people, end, &named)) else {
            continue;
        };
        let sign_in = SignIn {
            address: address(class),
            ..class.example()
        };
        let matching = now.rules().iter().filter(|rule| matches(rule, &sign_in));
        let rank = (
            before.allows(&sign_in) == after.allows(&sign_in),
            effects(matching.map(|rule| rule.effect)) < 2,
        );
        let effect = if now.allows(&sign_in) {
            Effect::Allow
        } else {
            Effect::Deny
        };
        let about = About::SignIn { who, sign_in };
        found.push((rank, Question { about, effect }));
    }
    sorted(found)
}

/// The user or the role that speaks for a caller: themselves, or somebody whom no rule names.
fn somebody(
    caller: &Caller,
    people: &People,
    end: bool,
    named: &BTreeSet<&Caller>,
) -> Option<Target> {
    let (kind, name) = match caller {
        Caller::User(name) => (USER, name),
        Caller::Role(name) => (IMPERSONATION_ROLE, name),
    };
    if !name.is_empty() {
        let target = Target::new(kind, name.clone());
        return people.at(end).get(&target).cloned();
    }
    let others = people.at(end).iter();
    let others = others.filter(|target| target.kind() == kind);
    let others = others.filter(|target| {
        let name = target.name().to_owned();
        let caller = match caller {
            Caller::User(_) => Caller::User(name),
            Caller::Role(_) => Caller::Role(name),
        };
        !named.contains(&caller)
    });
    people.rather(others).cloned()
}

fn matches(rule: &AccessControlRule, sign_in: &SignIn) -> bool {
    let verdict = access_control(std::slice::from_ref(rule), sign_in);
    !verdict.deciding.is_empty()
}

fn effects(all: impl Iterator<Item = Effect>) -> usize {
    all.collect::<BTreeSet<Effect>>().len()
}

/// An address of the class: a well-known one, else one from the middle of a range.
fn address(class: &Class) -> Ipv4Addr {
    let mut ranges = class.addresses.iter();
    if ranges.any(|(first, last)| (*first..=*last).contains(&EXAMPLE)) {
        return EXAMPLE;
    }
    let (first, last) = class.addresses[0];
    let (first, last) = (first.to_bits(), last.to_bits());
    Ipv4Addr::from_bits(first + (last - first) / 2)
}

fn of_roles(
    operations: &[Operation],
    live: &Snapshot,
    people: &People,
    end: bool,
) -> impl Iterator<Item = Question> {
    let there = people.at(end);
    let mut roles: BTreeMap<&Target, Option<&Map<String, Value>>> = BTreeMap::new();
    for operation in operations {
        if operation.target.kind() == IMPERSONATION_ROLE {
            roles.insert(&operation.target, operation.becomes.as_ref());
        }
    }
    let mut found = Vec::new();
    for (role, after) in roles {
        let before = live.settings.get(role).map(|role| &role.value);
        let rules_of = |value: Option<&Map<String, Value>>| {
            value.map(ImpersonationRule::all_of).unwrap_or_default()
        };
        let (before, after) = (rules_of(before), rules_of(after));
        let now = if end { &after } else { &before };
        if !there.contains(role) {
            continue;
        }
        let both = before.iter().chain(&after);
        let names = both.flat_map(|rule| rule.targets.only.iter().chain(&rule.targets.except));
        let names: BTreeSet<Target> = names.map(Target::user).collect();
        let users = there.iter().filter(|target| target.kind() == USER);
        let other = people.rather(users.filter(|target| !names.contains(target)));
        let persons = names.iter().filter(|target| there.contains(target));
        for person in persons.chain(other) {
            let effect = |rules: &[ImpersonationRule]| impersonation(rules, person.name()).effect;
            let one = |rule: &&ImpersonationRule| {
                let verdict = impersonation(std::slice::from_ref(*rule), person.name());
                !verdict.deciding.is_empty()
            };
            let matching = now.iter().filter(one).map(|rule| rule.effect);
            let rank = (effect(&before) == effect(&after), effects(matching) < 2);
            let about = About::Impersonation {
                role: role.clone(),
                person: person.clone(),
            };
            found.push((
                rank,
                Question {
                    about,
                    effect: effect(now),
                },
            ));
        }
    }
    sorted(found)
}

fn of_devices(
    [before, after]: [&[MobileDeviceRule]; 2],
    classes: &[Device],
    end: bool,
) -> impl Iterator<Item = Question> {
    let now = if end { after } else { before };
    let found = classes.iter().map(|class| {
        let device = sendable(class);
        let effect = |rules: &[MobileDeviceRule]| mobile_device(rules, &device).effect;
        let one = |rule: &&MobileDeviceRule| {
            let verdict = mobile_device(std::slice::from_ref(*rule), &device);
            !verdict.deciding.is_empty()
        };
        let matching = now.iter().filter(one).map(|rule| rule.effect);
        let rank = (effect(before) == effect(after), effects(matching) < 2);
        let effect = effect(now);
        let about = About::Device(device);
        (rank, Question { about, effect })
    });
    sorted(found.collect())
}

/// The device, with something in place of what no text of a request can be.
fn sendable(device: &Device) -> Device {
    let text = |told: &Option<String>| match told.as_deref() {
        Some("\u{0}") => Some(OTHER.to_owned()),
        _ => told.clone(),
    };
    Device {
        r#type: text(&device.r#type),
        model: text(&device.model),
        operating_system: text(&device.operating_system),
        user_agent: text(&device.user_agent),
    }
}
