//! Reads resources and their delegates.

use aws_sdk_workmail::types::ResourceType;
use serde_json::{Value, json};

use crate::client::{ApiError, Client};
use crate::kinds::api::{
    PAGE, Told, ToldLink, address, member_kind, pages, registered, required, text, time,
};
use crate::model::Part;

/// Every resource. Source: API reference, `ListResources`.
pub(crate) async fn list(client: &Client) -> Result<Vec<Told>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_resources()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let resources = reply.resources().iter().map(|resource| {
            Ok(Told {
                id: required(resource.id(), "Id")?,
                name: required(resource.name(), "Name")?,
                registered: registered(resource.state())?,
                built_in: false,
                email: address(resource.email()),
                enabled_at: time(resource.enabled_date()),
                disabled_at: time(resource.disabled_date()),
                fields: vec![
                    ("type", text(resource.r#type().map(ResourceType::as_str))),
                    ("description", text(resource.description())),
                ],
            })
        });
        let resources: Result<Vec<Told>, ApiError> = resources.collect();
        Ok((resources?, reply.next_token().map(str::to_owned)))
    })
    .await
}

/// One resource. Source: API reference, `DescribeResource`.
pub(crate) async fn describe(client: &Client, id: &str) -> Result<Told, ApiError> {
    let request = client
        .workmail()
        .describe_resource()
        .organization_id(client.organization())
        .resource_id(id);
    let resource = client.read(request.send()).await?;
    let booking = resource.booking_options().map_or(Part::Absent, |options| {
        Part::Known(json!({
            "autoAcceptRequests": options.auto_accept_requests(),
            "autoDeclineConflictingRequests": options.auto_decline_conflicting_requests(),
            "autoDeclineRecurringRequests": options.auto_decline_recurring_requests(),
        }))
    });
    Ok(Told {
        id: required(resource.resource_id(), "ResourceId")?,
        name: required(resource.name(), "Name")?,
        registered: registered(resource.state())?,
        built_in: false,
        email: address(resource.email()),
        enabled_at: time(resource.enabled_date()),
        disabled_at: time(resource.disabled_date()),
        fields: vec![
            ("type", text(resource.r#type().map(ResourceType::as_str))),
            ("description", text(resource.description())),
            ("bookingOptions", booking),
            (
                "hiddenFromGlobalAddressList",
                Part::Known(Value::from(resource.hidden_from_global_address_list())),
            ),
        ],
    })
}

/// The delegates of a resource. Source: API reference, `ListResourceDelegates`.
pub(crate) async fn delegates(client: &Client, id: &str) -> Result<Vec<ToldLink>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_resource_delegates()
            .organization_id(client.organization())
            .resource_id(id)
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let delegates = reply.delegates().iter().map(|delegate| ToldLink {
            id: delegate.id().to_owned(),
            kind: member_kind(delegate.r#type()),
            deleted: false,
        });
        Ok((delegates.collect(), reply.next_token().map(str::to_owned)))
    })
    .await
}
