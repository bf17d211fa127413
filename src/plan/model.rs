//! The pure model of an organization: what a snapshot becomes when an operation has its effect.
//!
//! It is not the emulator and knows nothing of it. Plans are predicted, guarded, resumed and
//! verified with it. Source of the effects: API reference, the operations of the same names;
//! behaviour notes, sections 4 to 8.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::kinds::entity::calls::AddressArgument;
use crate::kinds::{self, Kinds, Shape};
use crate::live::{Needs, Piece};
use crate::model::{
    Call, Entity, EntityState, Grant, Id, Member, Part, Party, Right, Setting, Snapshot, TAG,
    Target,
};

use super::document::Operation;

pub use super::naming::Naming;
use super::organization;

/// A snapshot of only those entities that the operations touch, to run them on.
pub fn excerpt(live: &Snapshot, operations: &[Operation]) -> Snapshot {
    let mut touched: BTreeSet<&Target> = operations
        .iter()
        .map(|operation| &operation.target)
        .collect();
    for operation in operations {
        touched.extend(
            operation
                .expects
                .iter()
                .map(|expectation| &expectation.target),
        );
    }
    Snapshot {
        taken_at: live.taken_at,
        calls: 0,
        lower_bound: 0,
        organization: live.organization.clone(),
        lists: live.lists.clone(),
        entities: touched
            .into_iter()
            .filter_map(|target| live.entities.get_key_value(target))
            .map(|(target, entity)| (target.clone(), entity.clone()))
            .collect(),
        settings: live.settings.clone(),
        twins: live.twins.clone(),
        deleted: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

/// Changes the snapshot as the operation would. `created` is the id of what it makes, where that is
/// known; else the target stands for it.
pub fn apply_to(
    kinds: Kinds,
    snapshot: &mut Snapshot,
    operation: &Operation,
    naming: &Naming,
    created: Option<&str>,
) {
    let target = &operation.target;
    let call = &operation.call;
    if kinds::setting(target.kind()).is_some() {
        set(snapshot, operation, naming, created);
        return;
    }
    if organization::apply_to(&mut snapshot.organization, operation) {
        return;
    }
    match call.operation.as_str() {
        "CreateUser" | "CreateGroup" | "CreateResource" => {
            let entity = made(kinds, target, call, created);
            snapshot.entities.insert(target.clone(), entity);
        }
        "DeleteUser" | "DeleteGroup" | "DeleteResource" => {
            snapshot.entities.remove(target);
        }
        "TagResource" => tag(snapshot, call),
        _ => {
            let party = party_of(operation, snapshot);
            if let Some(entity) = snapshot.entities.get_mut(target) {
                if let Some(name) = call.input.get("Name").and_then(|name| naming.name(name)) {
                    entity.live_name = (!name.eq_ignore_ascii_case(target.name())).then_some(name);
                }
                change(kinds, target, entity, call, naming, party);
            }
        }
    }
}

/// What has to be read to show the effect of an operation; nothing where nothing shows it.
pub fn shown_by(operation: &Operation) -> Needs {
    let mut needs = Needs::default();
    if let Some(kind) = kinds::setting(operation.target.kind()) {
        needs.setting(kind);
        return needs;
    }
    if operation.call.operation == "TagResource" {
        return needs;
    }
    if organization::is_one(&operation.target) {
        needs.mail_domains = organization::is_shown_by_domains(operation);
        return needs;
    }
    for piece in pieces(operation) {
        needs.piece(&operation.target, piece);
    }
    needs
}

fn pieces(operation: &Operation) -> Vec<Piece> {
    match operation.call.operation.as_str() {
        "CreateAlias" | "DeleteAlias" => vec![Piece::Aliases],
        "UpdatePrimaryEmailAddress" => vec![Piece::Details, Piece::Aliases],
        "PutMailboxPermissions" | "DeleteMailboxPermissions" => vec![Piece::Grants],
        "AssociateMemberToGroup"
        | "DisassociateMemberFromGroup"
        | "AssociateDelegateToResource"
        | "DisassociateDelegateFromResource" => vec![Piece::Links],
        "UpdateMailboxQuota" => vec![Piece::Mailbox],
        _ => vec![Piece::Details],
    }
}

/// What a setting becomes: the plan says it in the manifest's words.
fn set(snapshot: &mut Snapshot, operation: &Operation, naming: &Naming, created: Option<&str>) {
    let target = &operation.target;
    let Some(value) = &operation.becomes else {
        snapshot.settings.remove(target);
        return;
    };
    let before = snapshot.settings.get(target);
    let id = created.map(str::to_owned);
    let id = id.or_else(|| before.and_then(|before| before.id.clone()));
    let known = |target: &Target| snapshot.settings.get(target)?.id.clone();
    let mut setting = Setting::new(id, with_ids(value, &known));
    if kinds::setting(target.kind()).is_some_and(|kind| kind.id.is_some()) {
        let name = operation.call.input.get("Name");
        let name = name.and_then(|name| naming.name(name));
        setting.live_name = name.filter(|name| name != target.name());
    }
    snapshot.settings.insert(target.clone(), setting);
}

/// The value with the ids of what was made before, as far as they are known.
fn with_ids(
    value: &Map<String, Value>,
    known: &dyn Fn(&Target) -> Option<String>,
) -> Map<String, Value> {
    let filled = value.iter().map(|(member, value)| {
        let id = match serde_json::from_value(value.clone()) {
            Ok(Id::Of { target }) => known(&target).map(Value::from),
            _ => None,
        };
        (member.clone(), id.unwrap_or_else(|| value.clone()))
    });
    filled.collect()
}

fn made(kinds: Kinds, target: &Target, call: &Call, created: Option<&str>) -> Entity {
    let id = created.map_or_else(|| format!("({target})"), str::to_owned);
    let mut entity = Entity::new(id, EntityState::Deregistered);
    entity.email = Part::Absent;
    entity.aliases = Part::Known(BTreeSet::new());
    entity.grants = Part::Known(Vec::new());
    entity.groups = Part::Known(Vec::new());
    if let Some(entry) = kinds::by_name(kinds, target.kind()) {
        if entry.links.is_some() {
            entity.links = Part::Known(Vec::new());
        }
        for field in entry.fields {
            let untouched = match field.shape {
                Shape::Flag => Part::Known(Value::Bool(false)),
                Shape::Choice(words) if field.name == "role" => Part::Known(Value::from(words[0])),
                Shape::Flags(_) => Part::Known(Value::Object(
                    kinds::resource::UNTOUCHED_BOOKING_OPTIONS
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), Value::Bool(*value)))
                        .collect(),
                )),
                _ => Part::Absent,
            };
            entity.fields.insert(Cow::Borrowed(field.name), untouched);
        }
    }
    set_fields(kinds, target, &mut entity, &call.input);
    entity
}

fn change(
    kinds: Kinds,
    target: &Target,
    entity: &mut Entity,
    call: &Call,
    naming: &Naming,
    party: Option<(Party, String)>,
) {
    let address = |member: &str| {
        call.input
            .get(member)
            .and_then(|value| serde_json::from_value::<AddressArgument>(value.clone()).ok())
            .map(|argument| naming.address(&argument))
    };
    match call.operation.as_str() {
        "RegisterToWorkMail" => {
            entity.state = EntityState::Registered;
            if let Some(email) = address("Email") {
                entity.email = Part::Known(email);
            }
            if target.kind() == crate::model::USER
                && !matches!(entity.field("mailboxQuotaMb"), Part::Known(_))
            {
                entity
                    .fields
                    .insert(Cow::Borrowed("mailboxQuotaMb"), Part::NotRead);
            }
        }
        "DeregisterFromWorkMail" => entity.state = EntityState::Deregistered,
        "CreateAlias" => {
            if let (Part::Known(aliases), Some(alias)) = (&mut entity.aliases, address("Alias")) {
                aliases.insert(alias);
            }
        }
        "DeleteAlias" => {
            if let (Part::Known(aliases), Some(alias)) = (&mut entity.aliases, address("Alias")) {
                aliases.remove(&alias);
            }
        }
        "UpdatePrimaryEmailAddress" => {
            let Some(email) = address("Email") else {
                return;
            };
            if let Part::Known(aliases) = &mut entity.aliases {
                aliases.remove(&email);
                if let Part::Known(old) = &entity.email
                    && *old != email
                {
                    aliases.insert(old.clone());
                }
            }
            entity.email = Part::Known(email);
        }
        "AssociateMemberToGroup" | "AssociateDelegateToResource" => {
            if let (Part::Known(links), Some((party, id))) = (&mut entity.links, party)
                && !links.iter().any(|link| link.party == party)
            {
                links.push(Member {
                    party,
                    id,
                    deleted: false,
                });
            }
        }
        "DisassociateMemberFromGroup" | "DisassociateDelegateFromResource" => {
            if let (Part::Known(links), Some((party, _))) = (&mut entity.links, party) {
                links.retain(|link| link.party != party);
            }
        }
        "PutMailboxPermissions" => {
            let rights: BTreeSet<Right> = call
                .input
                .get("PermissionValues")
                .and_then(|value| serde_json::from_value(value.clone()).ok())
                .unwrap_or_default();
            if let (Part::Known(grants), Some((grantee, id))) = (&mut entity.grants, party) {
                grants.retain(|grant| grant.grantee != grantee);
                grants.push(Grant {
                    grantee,
                    id,
                    rights,
                });
            }
        }
        "DeleteMailboxPermissions" => {
            if let (Part::Known(grants), Some((grantee, _))) = (&mut entity.grants, party) {
                grants.retain(|grant| grant.grantee != grantee);
            }
        }
        _ => set_fields(kinds, target, entity, &call.input),
    }
}

/// Sets the plain fields that an input names by their API members.
fn set_fields(kinds: Kinds, target: &Target, entity: &mut Entity, input: &Map<String, Value>) {
    let Some(entry) = kinds::by_name(kinds, target.kind()) else {
        return;
    };
    for field in entry.fields {
        let Some(value) = input.get(field.member) else {
            continue;
        };
        let part = match (field.shape, value) {
            (Shape::Text { .. }, Value::String(text)) if text.is_empty() => Part::Absent,
            (Shape::Flags(names), Value::Object(flags)) => {
                let mut all = match entity.field(field.name) {
                    Part::Known(Value::Object(known)) => known.clone(),
                    _ => Map::new(),
                };
                for name in names {
                    if let Some(value) = flags.get(&kinds::member_of_flag(name)) {
                        all.insert((*name).to_owned(), value.clone());
                    }
                }
                Part::Known(Value::Object(all))
            }
            _ => Part::Known(value.clone()),
        };
        entity.fields.insert(Cow::Borrowed(field.name), part);
    }
}

fn tag(snapshot: &mut Snapshot, call: &Call) {
    let Some(Value::Array(tags)) = call.input.get("Tags") else {
        return;
    };
    if matches!(snapshot.listed(TAG), Part::Known(())) {
        for tag in tags {
            if let (Some(key), Some(value)) = (
                tag.get("Key").and_then(Value::as_str),
                tag.get("Value").and_then(Value::as_str),
            ) {
                let value = [("value".to_owned(), Value::from(value))]
                    .into_iter()
                    .collect();
                let target = Target::new(TAG, key);
                snapshot.settings.insert(target, Setting::new(None, value));
            }
        }
    }
}

/// The member, delegate or grantee of an operation, with its id.
fn party_of(operation: &Operation, snapshot: &Snapshot) -> Option<(Party, String)> {
    let party = operation.party.clone()?;
    let member = match operation.call.operation.as_str() {
        "AssociateMemberToGroup" | "DisassociateMemberFromGroup" => "MemberId",
        "AssociateDelegateToResource" | "DisassociateDelegateFromResource" => "EntityId",
        _ => "GranteeId",
    };
    let id = match serde_json::from_value::<Id>(operation.call.input.get(member)?.clone()).ok()? {
        Id::Known(id) => id,
        Id::Of { target } => snapshot
            .entities
            .get(&target)
            .map_or_else(|| format!("({target})"), |entity| entity.id.clone()),
    };
    Some((party, id))
}
