//! Tags of an organization. Source: API reference, `TagResource`, `UntagResource`,
//! `ListTagsForResource`. Only `TagResource` declares that the organization must be Active; for
//! `UntagResource`, which changes it as well, one that is not is not there.

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::state::Organization;
use super::{Call, nothing};

/// The most tags that an organization can have. Source: quotas.
const LIMIT: usize = 50;

pub(super) fn tag(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let tags: Vec<(String, String)> = call
        .input
        .get("Tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|tag| {
            Some((
                tag.get("Key")?.as_str()?.to_owned(),
                tag.get("Value")?.as_str()?.to_owned(),
            ))
        })
        .collect();
    let id = tagged(call)?.head.id.clone();
    let organization = call.world.active(&id)?;
    let mut after = organization.head.tags.clone();
    after.extend(tags);
    if after.len() > LIMIT {
        return Err(Refusal::new(
            "TooManyTagsException",
            format!("An organization has {LIMIT} tags at most."),
        ));
    }
    organization.head_mut().tags = after;
    Ok(nothing())
}

pub(super) fn untag(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let keys: Vec<String> = call
        .input
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|key| Some(key.as_str()?.to_owned()))
        .collect();
    let organization = tagged(call)?;
    if organization.head.state != "Active" {
        return Err(not_found(&organization.arn()));
    }
    organization
        .head_mut()
        .tags
        .retain(|key, _| !keys.contains(key));
    Ok(nothing())
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let tags: Vec<Value> = tagged(call)?
        .head
        .tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    Ok(json!({ "Tags": tags }))
}

fn tagged<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Organization, Refusal> {
    let arn = call.text("ResourceARN").to_owned();
    let id = arn.rsplit_once('/').map_or("", |(_, id)| id).to_owned();
    let organization = call.world.organization_mut(&id);
    match organization {
        Ok(organization) if organization.arn() == arn => Ok(organization),
        _ => Err(not_found(&arn)),
    }
}

fn not_found(arn: &str) -> Refusal {
    Refusal::new(
        "ResourceNotFoundException",
        format!("{arn} does not exist."),
    )
}
