//! From a change of a resource to its calls.

use serde_json::{Map, Value};

use super::UNTOUCHED_BOOKING_OPTIONS;
use super::calls::{
    AssociateDelegateToResource, CreateResource, DeleteResource, DisassociateDelegateFromResource,
    UpdateResource,
};
use crate::kinds::kind::{Profile, data_set, settable};
use crate::kinds::member_of_flag;
use crate::model::{Call, Id};

/// The call that makes the resource. It takes no booking options and no empty description.
pub(super) fn create(profile: &Profile<'_>) -> Call {
    let mut fields = settable(profile, "CreateResource");
    let r#type = match fields.remove("Type") {
        Some(Value::String(kind)) => kind,
        _ => String::new(),
    };
    fields.retain(|_, value| value.as_str() != Some(""));
    Call::new(&CreateResource {
        name: profile.target.name().to_owned(),
        r#type,
        fields,
    })
}

/// The call that brings the rest: the whole data set, the new name included.
pub(super) fn update(profile: &Profile<'_>) -> Vec<Call> {
    let mut fields: Map<String, Value> = data_set(profile, "UpdateResource");
    if let Some(name) = profile.renamed {
        if fields.is_empty() {
            fields = data_set(
                &Profile {
                    complete: true,
                    ..profile.clone()
                },
                "UpdateResource",
            );
        }
        fields.insert("Name".to_owned(), Value::from(name));
    }
    if fields.is_empty() {
        return Vec::new();
    }
    if let Some(Value::Object(options)) = fields.get_mut("BookingOptions") {
        // The API takes the three flags as one: what is left out is off, not kept.
        for (flag, untouched) in UNTOUCHED_BOOKING_OPTIONS {
            options
                .entry(member_of_flag(flag))
                .or_insert(Value::Bool(untouched));
        }
    }
    vec![Call::new(&UpdateResource {
        resource_id: profile.id.clone(),
        fields,
    })]
}

/// The call that deletes the resource.
pub(super) fn delete(id: Id) -> Call {
    Call::new(&DeleteResource { resource_id: id })
}

/// The call that adds a delegate.
pub(super) fn link(resource_id: Id, entity_id: Id) -> Call {
    Call::new(&AssociateDelegateToResource {
        resource_id,
        entity_id,
    })
}

/// The call that takes a delegate away.
pub(super) fn unlink(resource_id: Id, entity_id: Id) -> Call {
    Call::new(&DisassociateDelegateFromResource {
        resource_id,
        entity_id,
    })
}
