//! Sends the write calls of resources.

use aws_sdk_workmail::types::{self, ResourceType};
use serde::Deserialize;

use crate::client::{ApiError, Client};
use crate::kinds::entity::execute::{known, typed};
use crate::model::{Call, Request};

use super::calls::{
    AssociateDelegateToResource, CreateResource, DeleteResource, DisassociateDelegateFromResource,
    UpdateResource,
};

/// The plain fields that `CreateResource` takes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateFields {
    description: Option<String>,
    hidden_from_global_address_list: Option<bool>,
}

/// The plain fields that `UpdateResource` takes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateFields {
    name: Option<String>,
    r#type: Option<String>,
    description: Option<String>,
    hidden_from_global_address_list: Option<bool>,
    booking_options: Option<BookingOptions>,
}

/// All three flags: the service takes a flag that is left out for false.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BookingOptions {
    auto_accept_requests: bool,
    auto_decline_conflicting_requests: bool,
    auto_decline_recurring_requests: bool,
}

/// The answer to a write call of resources, with the id of what it created; none if the call is
/// not one of theirs, or its input is not what the operation takes.
pub(crate) async fn execute(
    client: &Client,
    call: &Call,
) -> Option<Result<Option<String>, ApiError>> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        CreateResource::OPERATION => {
            let input = call.read::<CreateResource>()?;
            let fields: CreateFields = typed(input.fields)?;
            let request = workmail
                .create_resource()
                .organization_id(organization)
                .name(input.name)
                .r#type(ResourceType::from(input.r#type.as_str()))
                .set_description(fields.description)
                .set_hidden_from_global_address_list(fields.hidden_from_global_address_list);
            Some(
                client
                    .send(request.send())
                    .await
                    .map(|answer| answer.resource_id),
            )
        }
        UpdateResource::OPERATION => {
            let input = call.read::<UpdateResource>()?;
            let fields: UpdateFields = typed(input.fields)?;
            let request = workmail
                .update_resource()
                .organization_id(organization)
                .resource_id(known(input.resource_id)?)
                .set_name(fields.name)
                .set_type(fields.r#type.as_deref().map(ResourceType::from))
                .set_description(fields.description)
                .set_hidden_from_global_address_list(fields.hidden_from_global_address_list)
                .set_booking_options(fields.booking_options.map(Into::into));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DeleteResource::OPERATION => {
            let input = call.read::<DeleteResource>()?;
            let request = workmail
                .delete_resource()
                .organization_id(organization)
                .resource_id(known(input.resource_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        AssociateDelegateToResource::OPERATION => {
            let input = call.read::<AssociateDelegateToResource>()?;
            let request = workmail
                .associate_delegate_to_resource()
                .organization_id(organization)
                .resource_id(known(input.resource_id)?)
                .entity_id(known(input.entity_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DisassociateDelegateFromResource::OPERATION => {
            let input = call.read::<DisassociateDelegateFromResource>()?;
            let request = workmail
                .disassociate_delegate_from_resource()
                .organization_id(organization)
                .resource_id(known(input.resource_id)?)
                .entity_id(known(input.entity_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

impl From<BookingOptions> for types::BookingOptions {
    fn from(options: BookingOptions) -> Self {
        Self::builder()
            .auto_accept_requests(options.auto_accept_requests)
            .auto_decline_conflicting_requests(options.auto_decline_conflicting_requests)
            .auto_decline_recurring_requests(options.auto_decline_recurring_requests)
            .build()
    }
}
