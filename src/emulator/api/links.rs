//! Members of groups and delegates of resources. Source: API reference, `AssociateMemberToGroup`,
//! `DisassociateMemberFromGroup`, `ListGroupMembers`, `ListGroupsForEntity`,
//! `AssociateDelegateToResource`, `DisassociateDelegateFromResource`, `ListResourceDelegates`.

use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::super::behavior::{LAST_DELEGATE, MEMBER_CYCLES, MEMBER_STATE};
use super::super::refusal::Refusal;
use super::super::state::{Directory, Entity, Identified, Kind};
use super::resources::needs_delegate;
use super::shared::{key_of, registered};
use super::{Call, nothing};

pub(super) fn associate_member(call: &mut Call<'_>) -> Result<Value, Refusal> {
    associate(call, "GroupId", Kind::Group, "MemberId")
}

pub(super) fn disassociate_member(call: &mut Call<'_>) -> Result<Value, Refusal> {
    disassociate(call, "GroupId", Kind::Group, "MemberId")
}

pub(super) fn associate_delegate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    associate(call, "ResourceId", Kind::Resource, "EntityId")
}

pub(super) fn disassociate_delegate(call: &mut Call<'_>) -> Result<Value, Refusal> {
    disassociate(call, "ResourceId", Kind::Resource, "EntityId")
}

pub(super) fn list_members(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let text = call.text("GroupId").to_owned();
    let after = paging.after()?;
    let directory = &call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::Group])?;
    let group = directory.seen(key).ok_or_else(Refusal::entity_not_found)?;
    registered(group)?;
    let members = behind(group, after)
        .filter_map(|key| directory.seen(key))
        .map(|member| {
            let mut item = Map::new();
            item.insert("Id".to_owned(), json!(member.id));
            item.insert("Name".to_owned(), json!(member.name));
            item.insert("Type".to_owned(), json!(member.kind));
            item.insert("State".to_owned(), json!(member.state));
            if let Some(time) = member.enabled_at {
                item.insert("EnabledDate".to_owned(), json!(time));
            }
            if let Some(time) = member.disabled_at {
                item.insert("DisabledDate".to_owned(), json!(time));
            }
            (member.key, Value::Object(item))
        });
    paging.page("Members", members)
}

pub(super) fn list_delegates(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let text = call.text("ResourceId").to_owned();
    let after = paging.after()?;
    let directory = &call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::Resource])?;
    let resource = directory.seen(key).ok_or_else(Refusal::entity_not_found)?;
    registered(resource)?;
    let delegates = behind(resource, after)
        .filter_map(|key| directory.seen(key))
        .map(|delegate| {
            (
                delegate.key,
                json!({ "Id": delegate.id, "Type": delegate.kind }),
            )
        });
    paging.page("Delegates", delegates)
}

pub(super) fn groups_of(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let paging = call.paging();
    let text = call.text("EntityId").to_owned();
    let prefix = call
        .input
        .get("Filters")
        .and_then(|filters| filters.get("GroupNamePrefix"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    let directory = &call.organization()?.directory;
    let key = key_of(
        directory,
        &text,
        Identified::Anyhow,
        &[Kind::User, Kind::Group],
    )?;
    let groups = directory
        .referring_to(key)
        .into_iter()
        .filter_map(|group| directory.seen(group))
        .filter(|group| group.kind == Kind::Group && group.links().contains(&key))
        .filter(|group| group.name.to_lowercase().starts_with(&prefix))
        .map(|group| {
            (
                group.key,
                json!({ "GroupId": group.id, "GroupName": group.name }),
            )
        });
    paging.page("Groups", groups)
}

fn associate(call: &mut Call<'_>, member: &str, kind: Kind, other: &str) -> Result<Value, Refusal> {
    let (holder, party) = (call.text(member).to_owned(), call.text(other).to_owned());
    let refuses = call.behaviors.is(MEMBER_STATE, "refuse");
    let refuses_cycles = call.behaviors.is(MEMBER_CYCLES, "refuse");
    let directory = &mut call.organization()?.directory;
    let holder = key_of(directory, &holder, Identified::Anyhow, &[kind])?;
    let party = key_of(
        directory,
        &party,
        Identified::Anyhow,
        &[Kind::User, Kind::Group],
    )?;
    if refuses {
        both_registered(directory, holder, party)?;
    }
    let is_cycle = || refuses_cycles && kind == Kind::Group && reaches(directory, party, holder);
    if holder == party || is_cycle() {
        return Err(Refusal::invalid("A group cannot be a member of itself."));
    }
    directory.link(holder, party);
    Ok(nothing())
}

fn disassociate(
    call: &mut Call<'_>,
    member: &str,
    kind: Kind,
    other: &str,
) -> Result<Value, Refusal> {
    let (holder, party) = (call.text(member).to_owned(), call.text(other).to_owned());
    let behaviors = call.behaviors;
    let directory = &mut call.organization()?.directory;
    let holder = key_of(directory, &holder, Identified::Anyhow, &[kind])?;
    let party = key_of(
        directory,
        &party,
        Identified::Anyhow,
        &[Kind::User, Kind::Group],
    )?;
    if behaviors.is(MEMBER_STATE, "refuse") {
        both_registered(directory, holder, party)?;
    }
    let entity = directory
        .get(holder)
        .ok_or_else(Refusal::entity_not_found)?;
    let last = entity.links().len() == 1 && entity.links().contains(&party);
    if kind == Kind::Resource
        && last
        && needs_delegate(&entity.fields, behaviors)
        && behaviors.is(LAST_DELEGATE, "refuse")
    {
        return Err(Refusal::entity_state("The resource needs a delegate."));
    }
    directory.unlink(holder, party);
    Ok(nothing())
}

fn both_registered(directory: &Directory, holder: u64, party: u64) -> Result<(), Refusal> {
    for key in [holder, party] {
        registered(directory.seen(key).ok_or_else(Refusal::entity_not_found)?)?;
    }
    Ok(())
}

/// The keys of members or delegates behind one.
fn behind(holder: &Entity, after: Option<u64>) -> impl Iterator<Item = u64> {
    let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
    holder.links().range((begin, Bound::Unbounded)).copied()
}

/// True if `from` has `to` among its members, directly or not.
fn reaches(directory: &Directory, from: u64, to: u64) -> bool {
    let mut todo = vec![from];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(key) = todo.pop() {
        if key == to {
            return true;
        }
        if seen.insert(key)
            && let Some(entity) = directory.get(key)
        {
            todo.extend(entity.links());
        }
    }
    false
}
