//! Grants on mailboxes. Source: API reference, `PutMailboxPermissions`, `DeleteMailboxPermissions`,
//! `ListMailboxPermissions`; behaviour notes, sections 7 and 11.

use serde_json::{Value, json};

use super::super::behavior::{
    EMPTY_PERMISSIONS, FULL_ACCESS_GROUP, GRANTEE_RESOURCE, MEMBER_STATE, PERMISSIONS_DISABLED,
    PERMISSIONS_OTHERS,
};
use super::super::refusal::Refusal;
use super::super::state::{Identified, Kind, State};
use super::shared::{key_of, registered};
use super::{Call, nothing};

const ALL: &[Kind] = &[Kind::User, Kind::Group, Kind::Resource];

pub(super) fn put(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (entity, grantee) = (
        call.text("EntityId").to_owned(),
        call.text("GranteeId").to_owned(),
    );
    let mut rights: Vec<String> = Vec::new();
    for right in call
        .input
        .get("PermissionValues")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(right) = right
            .as_str()
            .filter(|right| !rights.iter().any(|known| known == right))
        {
            rights.push(right.to_owned());
        }
    }
    let behaviors = call.behaviors;
    let grantees = if behaviors.is(GRANTEE_RESOURCE, "allow") {
        ALL
    } else {
        &[Kind::User, Kind::Group]
    };
    let directory = &mut call.organization()?.directory;
    let entity = key_of(directory, &entity, Identified::Anyhow, ALL)?;
    let grantee = key_of(directory, &grantee, Identified::Anyhow, grantees)?;
    if behaviors.is(MEMBER_STATE, "refuse") {
        for key in [entity, grantee] {
            registered(directory.seen(key).ok_or_else(Refusal::entity_not_found)?)?;
        }
    }
    let of_group = [entity, grantee].iter().any(|key| {
        directory
            .get(*key)
            .is_some_and(|entity| entity.kind == Kind::Group)
    });
    if of_group && rights.iter().any(|right| right == "FULL_ACCESS") {
        let message = "FULL_ACCESS cannot be given to a group, nor on one.";
        return Err(if behaviors.is(FULL_ACCESS_GROUP, "state") {
            Refusal::entity_state(message)
        } else {
            Refusal::invalid(message)
        });
    }
    if entity == grantee {
        return Err(Refusal::invalid(
            "Nobody can be given rights on their own mailbox.",
        ));
    }
    let keeps_empty = match (rights.is_empty(), behaviors.get(EMPTY_PERMISSIONS)) {
        (true, "refuse") => return Err(Refusal::invalid("PermissionValues must not be empty.")),
        (true, "delete") => false,
        _ => true,
    };
    if keeps_empty {
        directory.grant(entity, grantee, rights);
    } else {
        directory.revoke(entity, grantee);
    }
    Ok(nothing())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let (entity, grantee) = (
        call.text("EntityId").to_owned(),
        call.text("GranteeId").to_owned(),
    );
    let directory = &mut call.organization()?.directory;
    let entity = key_of(directory, &entity, Identified::Anyhow, ALL)?;
    let grantee = directory
        .find(&grantee, Identified::Anyhow)
        .ok_or_else(Refusal::entity_not_found)?
        .key;
    directory.revoke(entity, grantee);
    Ok(nothing())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let entity = call.text("EntityId").to_owned();
    let refuses = call.behaviors.is(PERMISSIONS_DISABLED, "refuse");
    let kinds = if call.behaviors.is(PERMISSIONS_OTHERS, "refuse") {
        &[Kind::User]
    } else {
        ALL
    };
    let directory = &call.organization()?.directory;
    let key = key_of(directory, &entity, Identified::Anyhow, kinds)?;
    let entity = directory.seen(key).ok_or_else(Refusal::entity_not_found)?;
    if refuses && entity.state != State::Enabled {
        return Err(Refusal::entity_not_found());
    }
    let grants = entity.grants().iter().filter_map(|(key, rights)| {
        let grantee = directory.get(*key)?;
        Some((
            *key,
            json!({ "GranteeId": grantee.id, "GranteeType": grantee.kind, "PermissionValues": rights }),
        ))
    });
    paging.page("Permissions", grants)
}
