//! Reads what users, groups and resources share: aliases, grants, groups, holders of addresses.

use std::collections::BTreeSet;

use aws_sdk_workmail::types::{EntityType, PermissionType};

use crate::client::{ApiError, ApiErrorKind, Client};
use crate::kinds::api::{PAGE, pages};
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

/// The grants on a mailbox: grantee ids and rights. Source: API reference, `ListMailboxPermissions`.
pub(crate) async fn grants(
    client: &Client,
    id: &str,
) -> Result<Vec<(String, BTreeSet<Right>)>, ApiError> {
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
            grants.push((permission.grantee_id().to_owned(), rights?));
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
        let groups = reply.groups().iter().filter_map(|group| {
            Some((group.group_id()?.to_owned(), group.group_name()?.to_owned()))
        });
        Ok((groups.collect(), reply.next_token().map(str::to_owned)))
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
        Some(EntityType::Group) => GROUP,
        Some(EntityType::Resource) => RESOURCE,
        _ => USER,
    };
    let (Some(id), Some(name)) = (reply.entity_id(), reply.name()) else {
        return Ok(None);
    };
    Ok(Some(Lookup {
        holder: Target::new(kind, name),
        id: id.to_owned(),
    }))
}

/// A right that this version does not know must not be passed over: writing would take it away.
fn right(value: &PermissionType) -> Result<Right, ApiError> {
    match value {
        PermissionType::FullAccess => Ok(Right::FullAccess),
        PermissionType::SendAs => Ok(Right::SendAs),
        PermissionType::SendOnBehalf => Ok(Right::SendOnBehalf),
        other => Err(ApiError {
            kind: ApiErrorKind::Garbled,
            code: None,
            message: format!(
                "the service told of a right that is not known here: `{}`",
                other.as_str()
            ),
            request_id: None,
            attempts: 1,
        }),
    }
}
