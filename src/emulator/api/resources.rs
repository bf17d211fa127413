//! Resources. Source: API reference, `CreateResource`, `DescribeResource`, `UpdateResource`,
//! `DeleteResource`, `ListResources`; behaviour notes, section 8.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::behavior::{BOOKING_NEEDS_DELEGATE, DISABLED_UPDATES, RESOURCE_RENAME};
use super::super::refusal::Refusal;
use super::super::state::{Entity, Fields, Identified, Kind};
use super::shared::{common, described, filters, key_of, passes, registered, updated};
use super::{Call, nothing};

pub(super) fn create(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let name = call.text("Name").to_owned();
    super::users::reserved(&name)?;
    let hidden = call.flag("HiddenFromGlobalAddressList").unwrap_or(false);
    let mut fields = Map::new();
    fields.insert("Type".to_owned(), json!(call.text("Type")));
    if let Some(description) = call.optional("Description") {
        fields.insert("Description".to_owned(), json!(description));
    }
    fields.insert("HiddenFromGlobalAddressList".to_owned(), json!(hidden));
    // Source: AWS CLI examples, `describe-resource`.
    fields.insert(
        "BookingOptions".to_owned(),
        json!({
            "AutoAcceptRequests": true,
            "AutoDeclineRecurringRequests": false,
            "AutoDeclineConflictingRequests": true,
        }),
    );
    let directory = &mut call.organization()?.directory;
    directory.free_name(&name)?;
    let id = format!("r-{}", Uuid::new_v4().simple());
    let key = directory.next_key();
    directory.add(Entity::new(key, id.clone(), Kind::Resource, &name, fields));
    Ok(json!({ "ResourceId": id }))
}

pub(super) fn describe(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("ResourceId").to_owned();
    let behaviors = call.behaviors;
    let resource = described(
        &call.organization()?.directory,
        &text,
        Kind::Resource,
        behaviors,
    )?;
    let mut reply = resource.fields.to_map();
    reply.insert("ResourceId".to_owned(), json!(resource.id));
    common(resource, behaviors, &mut reply);
    Ok(Value::Object(reply))
}

pub(super) fn update(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let text = call.text("ResourceId").to_owned();
    let (behaviors, input, rest) = (call.behaviors, call.input, call.rest());
    let organization = call.organization()?;
    let directory = &organization.directory;
    let key = key_of(directory, &text, Identified::Anyhow, &[Kind::Resource])?;
    let seen = directory.seen(key).ok_or_else(Refusal::entity_not_found)?;
    if behaviors.is(DISABLED_UPDATES, "refuse") {
        registered(seen)?;
    }
    let resource = directory.get(key).ok_or_else(Refusal::entity_not_found)?;
    let members = ["Description", "Type", "HiddenFromGlobalAddressList"];
    let mut fields = updated(
        &resource.fields,
        input,
        &members,
        &["Description"],
        behaviors,
    );
    if let Some(Value::Object(wanted)) = input.get("BookingOptions") {
        // The flags are no optional members: clients leave out those that are false.
        let flag = |name: &str| wanted.get(name).and_then(Value::as_bool).unwrap_or(false);
        let options = json!({
            "AutoAcceptRequests": flag("AutoAcceptRequests"),
            "AutoDeclineRecurringRequests": flag("AutoDeclineRecurringRequests"),
            "AutoDeclineConflictingRequests": flag("AutoDeclineConflictingRequests"),
        });
        fields.insert("BookingOptions".to_owned(), options);
    }
    let fields = Fields::from(fields);
    if resource.links().is_empty() && needs_delegate(&fields, behaviors) {
        return Err(Refusal::new(
            "InvalidConfigurationException",
            "A resource that does not respond by itself needs a delegate.",
        ));
    }
    let name = input
        .get("Name")
        .and_then(Value::as_str)
        .unwrap_or(&resource.name)
        .to_owned();
    let mut email = resource.email.clone();
    if !name.eq_ignore_ascii_case(&resource.name) {
        directory.free_name(&name)?;
        if let Some(old) = email
            .as_ref()
            .filter(|_| behaviors.is(RESOURCE_RENAME, "move-address"))
        {
            let domain = old.rsplit_once('@').map_or("", |(_, domain)| domain);
            let moved = format!("{}@{domain}", name.to_lowercase());
            directory.free_address(&moved, key)?;
            organization.usable_domain(&moved)?;
            email = Some(moved);
        }
    }
    organization.directory.change(key, rest, |resource| {
        resource.fields = fields;
        resource.name = name;
        resource.email = email;
    });
    Ok(nothing())
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Value, Refusal> {
    super::shared::delete(call, "ResourceId", Kind::Resource)
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let filters = filters(call)?;
    let (paging, behaviors) = (call.paging(), call.behaviors);
    let after = paging.after()?;
    let directory = &call.organization()?.directory;
    let resources = directory
        .listed(Kind::Resource, after)
        .filter(|resource| passes(resource, &filters, behaviors))
        .map(|resource| {
            let mut item = Map::new();
            item.insert("Id".to_owned(), json!(resource.id));
            common(resource, behaviors, &mut item);
            for member in ["Type", "Description"] {
                if let Some(value) = resource.field(member) {
                    item.insert(member.to_owned(), value.clone());
                }
            }
            (resource.key, Value::Object(item))
        });
    paging.page("Resources", resources)
}

/// True if booking options demand a delegate: which of them does is a switch.
pub(super) fn needs_delegate(
    fields: &Fields,
    behaviors: &super::super::behavior::Behaviors,
) -> bool {
    let off = |name: &str| {
        fields
            .get("BookingOptions")
            .and_then(|options| options.get(name))
            .and_then(Value::as_bool)
            == Some(false)
    };
    if behaviors.is(BOOKING_NEEDS_DELEGATE, "any") {
        return off("AutoAcceptRequests")
            || off("AutoDeclineConflictingRequests")
            || off("AutoDeclineRecurringRequests");
    }
    off("AutoAcceptRequests")
}
