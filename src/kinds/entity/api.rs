//! Reads what users, groups and resources share: aliases, grants, groups, holders of addresses.

use std::collections::BTreeSet;

use aws_sdk_workmail::types::{EntityType, PermissionType};

use crate::client::{ApiError, ApiErrorKind, Client};
use crate::kinds::api::{PAGE, ToldLink, member_kind, pages, required};
use crate::model::{Address, GROUP, Lookup, RESOURCE, Right, Target, USER};

/// The aliases of an entity, and with most services its primary address among them.
/// Source: API reference, `ListAliases`; behaviour notes, section 2.
pub(crate) async fn aliases(client: &Client, id: &str) -> Result<Vec<Address>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_aliases()
            .organization_id(client.organization())
            .entity_id(id)
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let aliases = reply
            .aliases()
            .iter()
            .map(|alias| Address::listed(alias.clone()));
        Ok((aliases.collect(), reply.next_token().map(str::to_owned)))
    })
    .await
}

/// The grants on a mailbox: grantees and rights. Source: API reference, `ListMailboxPermissions`.
pub(crate) async fn grants(
    client: &Client,
    id: &str,
) -> Result<Vec<(ToldLink, BTreeSet<Right>)>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_mailbox_permissions()
            .organization_id(client.organization())
            .entity_id(id)
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let mut grants = Vec::new();
        for permission in reply.permissions() {
            let rights: Result<BTreeSet<Right>, ApiError> =
                permission.permission_values().iter().map(right).collect();
            let grantee = ToldLink {
                id: permission.grantee_id().to_owned(),
                kind: member_kind(permission.grantee_type()),
                deleted: false,
            };
            grants.push((grantee, rights?));
        }
        Ok((grants, reply.next_token().map(str::to_owned)))
    })
    .await
}

/// The ids and names of the groups that an entity is a direct member of.
/// Source: API reference, `ListGroupsForEntity`.
pub(crate) async fn groups_of(
    client: &Client,
    id: &str,
) -> Result<Vec<(String, String)>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_groups_for_entity()
            .organization_id(client.organization())
            .entity_id(id)
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let groups = reply.groups().iter().map(|group| {
            let id = required(group.group_id(), "GroupId")?;
            Ok((id, required(group.group_name(), "GroupName")?))
        });
        let groups: Result<Vec<(String, String)>, ApiError> = groups.collect();
        Ok((groups?, reply.next_token().map(str::to_owned)))
    })
    .await
}

/// Who has an address; none if nobody has. Source: API reference, `DescribeEntity`.
pub(crate) async fn holder(client: &Client, address: &Address) -> Result<Option<Lookup>, ApiError> {
    let request = client
        .workmail()
        .describe_entity()
        .organization_id(client.organization())
        .email(address.as_str());
    let reply = match client.read(request.send()).await {
        Ok(reply) => reply,
        Err(error) if error.kind == ApiErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let kind = match reply.r#type() {
        Some(EntityType::User) => USER,
        Some(EntityType::Group) => GROUP,
        Some(EntityType::Resource) => RESOURCE,
        _ => return Err(ApiError::garbled("the reply tells of no known `Type`")),
    };
    Ok(Some(Lookup {
        holder: Target::new(kind, required(reply.name(), "Name")?),
        id: required(reply.entity_id(), "EntityId")?,
    }))
}

/// A right that this version does not know must not be passed over: writing would take it away.
fn right(value: &PermissionType) -> Result<Right, ApiError> {
    match value {
        PermissionType::FullAccess => Ok(Right::FullAccess),
        PermissionType::SendAs => Ok(Right::SendAs),
        PermissionType::SendOnBehalf => Ok(Right::SendOnBehalf),
        other => Err(ApiError::garbled(format!(
            "the service told of a right that is not known here: `{}`",
            other.as_str()
        ))),
    }
}
