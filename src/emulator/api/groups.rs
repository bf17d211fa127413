//! Groups. Source: API reference, `CreateGroup`, `DescribeGroup`, `UpdateGroup`, `DeleteGroup`,
//! `ListGroups`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::DISABLED_UPDATES;
use super::super::refusal::Refusal;
use super::super::state::{Entity, Identified, Kind};
use super::shared::{common, described, filters, key_of, passes, registered};
use super::{Call, nothing};

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("Name").to_owned();
    super::users::reserved(&name)?;
    let hidden = call.flag("HiddenFromGlobalAddressList").unwrap_or(false);
    let mut fields = Map::new();
    fields.insert("HiddenFromGlobalAddressList".to_owned(), json!(hidden));
    let directory = &mut call.organization()?.directory;
    directory.free_name(&name)?;
    let id = Uuid::new_v4().to_string();
    let key = directory.next_key();
    directory.add(Entity::new(key, id.clone(), Kind::Group, &name, fields));
    Ok(json!({ "GroupId": id }))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("GroupId").to_owned();
    let behaviors = call.behaviors;
    let group = described(
        &call.organization()?.directory,
        &text,
        Kind::Group,
        behaviors,
    )?;
    let mut reply = group.fields.to_map();
    reply.insert("GroupId".to_owned(), json!(group.id));
    common(group, behaviors, &mut reply);
    Ok(Value::Object(reply))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("GroupId").to_owned();
    let hidden = call.flag("HiddenFromGlobalAddressList");
    let refuses = call.behaviors.is(DISABLED_UPDATES, "refuse");
    let directory = &mut call.organization()?.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::Group])?;
    if refuses {
        registered(directory.seen(key).ok_or_else(Refusal::entity_not_found)?)?;
    }
    if let Some(hidden) = hidden {
        directory.change(key, 0, |group| {
            let mut fields = group.fields.to_map();
            fields.insert("HiddenFromGlobalAddressList".to_owned(), json!(hidden));
            group.fields = fields.into();
        });
    }
    Ok(nothing())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    super::shared::delete(call, "GroupId", Kind::Group)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let filters = filters(call)?;
    let (paging, behaviors) = (call.paging(), call.behaviors);
    let after = paging.after()?;
    let directory = &call.organization()?.directory;
    let groups = directory
        .listed(Kind::Group, after)
        .filter(|group| passes(group, &filters, behaviors))
        .map(|group| {
            let mut item = Map::new();
            item.insert("Id".to_owned(), json!(group.id));
            common(group, behaviors, &mut item);
            (group.key, Value::Object(item))
        });
    paging.page("Groups", groups)
}
