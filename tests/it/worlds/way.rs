//! What holds on the way from one world to the next, told by the emulator's own log of effects and by
//! what was read at both ends, not by the model that plans are checked with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use workmailctl::model::{ACCESS_CONTROL_RULE, Address, Entity, GROUP, RESOURCE, Snapshot, Target};
use workmailctl::plan::Plan;
use workmailctl::policy::{AccessControlRule, Caller, Condition, Effect, access_control, classes};

use super::met::Met;

/// Somebody, a mailbox, and what they may with it.
type Held = (String, String, String);

/// Looks at every moment between what was read before and after, and counts what it saw. Errors with what
/// does not hold.
pub(crate) fn holds(
    before: &Snapshot,
    after: &Snapshot,
    effects: &[(String, Value)],
    plan: &Plan,
    met: &mut Met,
) -> Result<(), String> {
    addresses(before, after, effects, plan, met)?;
    rights(before, after, effects, met)?;
    sign_ins(before, after, effects, plan, met)
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input[member].as_str().unwrap_or_default()
}

fn ids(snapshot: &Snapshot) -> BTreeMap<&str, &Target> {
    let all = snapshot.entities.iter();
    all.map(|(target, entity)| (entity.id.as_str(), target))
        .collect()
}

/// Whose each address is.
fn holders(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let registered = snapshot.entities.values().filter(|one| one.is_registered());
    registered
        .flat_map(|entity| {
            let aliases = entity.aliases.known().into_iter().flatten();
            let all = aliases.chain(entity.email.known());
            all.map(|address| (address.to_string().to_ascii_lowercase(), entity.id.clone()))
        })
        .collect()
}

/// An address goes from who has it before to who has it after, and is nobody's only where the plan says so.
fn addresses(
    before: &Snapshot,
    after: &Snapshot,
    effects: &[(String, Value)],
    plan: &Plan,
    met: &mut Met,
) -> Result<(), String> {
    let told: BTreeSet<String> = plan
        .invariants
        .address_gaps
        .iter()
        .map(|gap| gap.address.to_ascii_lowercase())
        .collect();
    let (first, last) = (holders(before), holders(after));
    let mut now = first.clone();
    for (operation, input) in effects {
        let who = text(input, "EntityId").to_owned();
        let address = match operation.as_str() {
            "CreateAlias" | "DeleteAlias" => text(input, "Alias"),
            "UpdatePrimaryEmailAddress" | "RegisterToWorkMail" => text(input, "Email"),
            "DeregisterFromWorkMail" => {
                now.retain(|_, holder| *holder != who);
                continue;
            }
            _ => continue,
        }
        .to_ascii_lowercase();
        if operation == "DeleteAlias" {
            now.remove(&address);
            if first.contains_key(&address) && last.contains_key(&address) {
                met.add("way: an address was nobody's for a moment".to_owned());
                if !told.contains(&address) {
                    return Err(format!(
                        "{address} is nobody's, and the plan does not say so"
                    ));
                }
            }
            continue;
        }
        let is_reserved = Address::listed(address.clone()).is_reserved();
        let is_one_of = |ends: &BTreeMap<String, String>| ends.get(&address) == Some(&who);
        if !is_reserved && !is_one_of(&first) && !is_one_of(&last) {
            return Err(format!(
                "{address} goes to {who}, who has it at neither end"
            ));
        }
        now.insert(address, who);
    }
    Ok(())
}

/// Members, delegates and grants by the ids of both.
#[derive(Clone, Default)]
struct Relations {
    members: BTreeMap<String, BTreeSet<String>>,
    seats: BTreeMap<String, BTreeSet<String>>,
    grants: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Relations {
    /// Those that were read, also of what is not registered: they may come back.
    fn of(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        for (target, entity) in &snapshot.entities {
            let links = entity.links.known().into_iter().flatten();
            let links = links
                .filter(|link| !link.deleted)
                .map(|link| link.id.clone());
            match target.kind() {
                GROUP => all.members.insert(entity.id.clone(), links.collect()),
                RESOURCE => all.seats.insert(entity.id.clone(), links.collect()),
                _ => None,
            };
            for grant in entity.grants.known().into_iter().flatten() {
                let rights = grant.rights.iter().map(|right| right.as_str().to_owned());
                let pair = (entity.id.clone(), grant.id.clone());
                all.grants.insert(pair, rights.collect());
            }
        }
        all
    }

    fn effect(&mut self, operation: &str, input: &Value) {
        let one = |member: &str| text(input, member).to_owned();
        match operation {
            "AssociateMemberToGroup" => {
                let group = self.members.entry(one("GroupId")).or_default();
                group.insert(one("MemberId"));
            }
            "DisassociateMemberFromGroup" => {
                let group = self.members.entry(one("GroupId")).or_default();
                group.remove(text(input, "MemberId"));
            }
            "AssociateDelegateToResource" => {
                let room = self.seats.entry(one("ResourceId")).or_default();
                room.insert(one("EntityId"));
            }
            "DisassociateDelegateFromResource" => {
                let room = self.seats.entry(one("ResourceId")).or_default();
                room.remove(text(input, "EntityId"));
            }
            "PutMailboxPermissions" => {
                let rights = input["PermissionValues"].as_array().into_iter().flatten();
                let rights = rights.filter_map(|right| right.as_str().map(str::to_owned));
                let pair = (one("EntityId"), one("GranteeId"));
                self.grants.insert(pair, rights.collect());
            }
            "DeleteMailboxPermissions" => {
                self.grants.remove(&(one("EntityId"), one("GranteeId")));
            }
            "DeregisterFromWorkMail" => {
                let gone = one("EntityId");
                self.members.remove(&gone);
                self.seats.remove(&gone);
                self.grants.retain(|(mailbox, _), _| *mailbox != gone);
            }
            _ => {}
        }
    }

    /// Everybody and everything in a group, directly or not, and itself.
    fn people(&self, id: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![id.to_owned()];
        while let Some(one) = todo.pop() {
            if seen.insert(one.clone()) {
                todo.extend(self.members.get(&one).into_iter().flatten().cloned());
            }
        }
        seen
    }

    /// What people hold, but for what is their own; groups are nobody.
    fn held(&self, groups: &BTreeSet<&str>) -> BTreeSet<Held> {
        let mut all = BTreeSet::new();
        let seats = self.seats.iter().flat_map(|(room, who)| {
            let who = who.iter();
            who.map(move |one| (room, one, "seat"))
        });
        let grants = self.grants.iter().flat_map(|((mailbox, who), rights)| {
            let rights = rights.iter();
            rights.map(move |right| (mailbox, who, right.as_str()))
        });
        for (mailbox, who, what) in seats.chain(grants) {
            for person in self.people(who) {
                all.insert((person, mailbox.clone(), what.to_owned()));
            }
        }
        all.retain(|(person, mailbox, _)| person != mailbox && !groups.contains(person.as_str()));
        all
    }
}

/// Nobody holds what neither end gives.
fn rights(
    before: &Snapshot,
    after: &Snapshot,
    effects: &[(String, Value)],
    met: &mut Met,
) -> Result<(), String> {
    let entities = before.entities.iter().chain(&after.entities);
    let groups: BTreeSet<&str> = entities
        .filter(|(target, _)| target.kind() == GROUP)
        .map(|(_, entity)| entity.id.as_str())
        .collect();
    let mut now = Relations::of(before);
    let first = now.held(&groups);
    let mut moments = Vec::new();
    for (operation, input) in effects {
        now.effect(operation, input);
        moments.push((operation, now.held(&groups)));
    }
    let last = now.held(&groups);
    // What could not be read before, or comes back, may be anything.
    let read = |entity: &Entity| entity.links.known().is_some() || entity.grants.known().is_some();
    let known: BTreeSet<&str> = before
        .entities
        .values()
        .filter(|entity| entity.is_registered() && read(entity))
        .map(|entity| entity.id.as_str())
        .collect();
    let (old, new) = (ids(before), ids(after));
    let name = |id: &str| {
        let target = old.get(id).or_else(|| new.get(id));
        target.map_or_else(|| id.to_owned(), ToString::to_string)
    };
    for (operation, held) in moments {
        for one in held.difference(&first).filter(|one| !last.contains(*one)) {
            let (person, mailbox, what) = one;
            if known.contains(mailbox.as_str()) || !old.contains_key(mailbox.as_str()) {
                let (person, mailbox) = (name(person), name(mailbox));
                return Err(format!(
                    "after {operation} {person} holds {what} of {mailbox}, and at neither end"
                ));
            }
        }
        if first.intersection(&last).any(|one| !held.contains(one)) {
            met.add("way: a right of both ends is missing for a moment".to_owned());
        }
    }
    Ok(())
}

/// Who gets in, on the way, does so at one of the ends, and so does who does not; but for what a guard says.
fn sign_ins(
    before: &Snapshot,
    after: &Snapshot,
    effects: &[(String, Value)],
    plan: &Plan,
    met: &mut Met,
) -> Result<(), String> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for snapshot in [before, after] {
        for (target, entity) in &snapshot.entities {
            names.insert(entity.id.clone(), target.name().to_owned());
        }
        for (target, setting) in &snapshot.settings {
            if let Some(id) = &setting.id {
                names.insert(id.clone(), target.name().to_owned());
            }
        }
    }
    let mut table: BTreeMap<String, AccessControlRule> = BTreeMap::new();
    for (target, rule) in &before.settings {
        if target.kind() == ACCESS_CONTROL_RULE {
            let name = target.name().to_owned();
            table.insert(name.clone(), rule_of(name, &rule.value)?);
        }
    }
    let mut moments = vec![table.clone()];
    for (operation, input) in effects {
        let name = text(input, "Name").to_owned();
        match operation.as_str() {
            "PutAccessControlRule" => {
                let rule = rule_of(name.clone(), &in_words(input, &names))?;
                table.insert(name, rule);
            }
            "DeleteAccessControlRule" => {
                table.remove(&name);
            }
            _ => continue,
        }
        moments.push(table.clone());
    }
    if moments.len() < 3 {
        return Ok(());
    }
    met.add("way: access control rules were written one by one".to_owned());
    let tables: Vec<Vec<AccessControlRule>> = moments
        .into_iter()
        .map(|table| table.into_values().collect())
        .collect();
    let slices: Vec<&[AccessControlRule]> = tables.iter().map(Vec::as_slice).collect();
    let is_told = |guard: &str| plan.blocked.iter().any(|blocked| blocked.guard == guard);
    for class in classes(&slices, &BTreeSet::new()) {
        let there = |caller: &Caller| match caller {
            Caller::User(name) if !name.is_empty() => {
                let user = Target::user(name);
                let is_there =
                    |of: &Snapshot| of.entities.get(&user).is_some_and(Entity::is_registered);
                is_there(before) && is_there(after)
            }
            _ => false,
        };
        if !class.callers.iter().any(there) {
            continue;
        }
        let sign_in = class.example();
        let allowed: Vec<bool> = tables
            .iter()
            .map(|table| access_control(table, &sign_in).effect == Effect::Allow)
            .collect();
        let (first, last) = (allowed[0], allowed[allowed.len() - 1]);
        let wrong = allowed.iter().any(|now| *now != first && *now != last);
        let guard = if first {
            "narrower-in-between"
        } else {
            "wider-in-between"
        };
        if wrong && !is_told(guard) {
            return Err(format!(
                "{sign_in:?} is {first} at both ends and otherwise on the way"
            ));
        }
    }
    Ok(())
}

/// A rule as it was sent, in the words of a manifest.
fn in_words(input: &Value, names: &BTreeMap<String, String>) -> Map<String, Value> {
    let members = [
        ("Effect", "effect"),
        ("IpRanges", "ipRanges"),
        ("NotIpRanges", "notIpRanges"),
        ("Actions", "actions"),
        ("NotActions", "notActions"),
        ("UserIds", "users"),
        ("NotUserIds", "notUsers"),
        ("ImpersonationRoleIds", "impersonationRoles"),
        ("NotImpersonationRoleIds", "notImpersonationRoles"),
    ];
    let said = members.into_iter().filter_map(|(member, word)| {
        let value = match input.get(member)? {
            Value::Array(items) if items.is_empty() => return None,
            Value::Array(items) => {
                let items = items.iter().filter_map(Value::as_str);
                let told = |item: &str| {
                    names
                        .get(item)
                        .map_or_else(|| item.to_owned(), Clone::clone)
                };
                json!(items.map(told).collect::<Vec<String>>())
            }
            other => other.clone(),
        };
        Some((word.to_owned(), value))
    });
    said.collect()
}

fn rule_of(name: String, value: &Map<String, Value>) -> Result<AccessControlRule, String> {
    let wrong = |error: workmailctl::policy::RuleTextError| error.to_string();
    let same = |text: &str| Ok::<_, String>(text.to_owned());
    Ok(AccessControlRule {
        name,
        effect: Effect::of(value),
        addresses: Condition::of(value, "ipRanges", "notIpRanges", |text| {
            text.parse().map_err(wrong)
        })?,
        protocols: Condition::of(value, "actions", "notActions", |text| {
            text.parse().map_err(wrong)
        })?,
        users: Condition::of(value, "users", "notUsers", same)?,
        roles: Condition::of(value, "impersonationRoles", "notImpersonationRoles", same)?,
    })
}
