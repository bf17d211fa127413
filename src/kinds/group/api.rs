//! Reads groups and their members.

use aws_sdk_workmail::types::EntityState;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::kinds::api::{
    PAGE, Told, ToldLink, address, member_kind, pages, registered, required, time,
};
use crate::model::Part;

/// Every group. Source: API reference, `ListGroups`.
pub(crate) async fn list(client: &Client) -> Result<Vec<Told>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_groups()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let groups = reply.groups().iter().map(|group| {
            Ok(Told {
                id: required(group.id(), "Id")?,
                name: required(group.name(), "Name")?,
                registered: registered(group.state())?,
                built_in: false,
                email: address(group.email()),
                enabled_at: time(group.enabled_date()),
                disabled_at: time(group.disabled_date()),
                fields: Vec::new(),
            })
        });
        let groups: Result<Vec<Told>, ApiError> = groups.collect();
        Ok((groups?, reply.next_token().map(str::to_owned)))
    })
    .await
}

/// One group. Source: API reference, `DescribeGroup`.
pub(crate) async fn describe(client: &Client, id: &str) -> Result<Told, ApiError> {
    let request = client
        .workmail()
        .describe_group()
        .organization_id(client.organization())
        .group_id(id);
    let group = client.read(request.send()).await?;
    Ok(Told {
        id: required(group.group_id(), "GroupId")?,
        name: required(group.name(), "Name")?,
        registered: registered(group.state())?,
        built_in: false,
        email: address(group.email()),
        enabled_at: time(group.enabled_date()),
        disabled_at: time(group.disabled_date()),
        fields: vec![(
            "hiddenFromGlobalAddressList",
            Part::Known(Value::from(group.hidden_from_global_address_list())),
        )],
    })
}

/// The members of a group. Source: API reference, `ListGroupMembers`.
pub(crate) async fn members(client: &Client, id: &str) -> Result<Vec<ToldLink>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_group_members()
            .organization_id(client.organization())
            .group_id(id)
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let members = reply.members().iter().map(|member| {
            Ok(ToldLink {
                id: required(member.id(), "Id")?,
                kind: member.r#type().and_then(member_kind),
                deleted: member.state() == Some(&EntityState::Deleted),
            })
        });
        let members: Result<Vec<ToldLink>, ApiError> = members.collect();
        Ok((members?, reply.next_token().map(str::to_owned)))
    })
    .await
}
