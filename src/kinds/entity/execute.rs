//! Sends the write calls that users, groups and resources share.

use aws_sdk_workmail::types::PermissionType;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::client::{ApiError, Client};
use crate::model::{Call, Id, Request};

use super::calls::{
    AddressArgument, CreateAlias, DeleteAlias, DeleteMailboxPermissions, DeregisterFromWorkMail,
    PutMailboxPermissions, RegisterToWorkMail, UpdatePrimaryEmailAddress,
};

/// The answer to a write call that kinds share; none if the call is not one of these, or its input
/// is not what the operation takes.
pub(crate) async fn execute(
    client: &Client,
    call: &Call,
) -> Option<Result<Option<String>, ApiError>> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        RegisterToWorkMail::OPERATION => {
            let input = call.read::<RegisterToWorkMail>()?;
            let request = workmail
                .register_to_work_mail()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?)
                .email(text(input.email)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DeregisterFromWorkMail::OPERATION => {
            let input = call.read::<DeregisterFromWorkMail>()?;
            let request = workmail
                .deregister_from_work_mail()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        CreateAlias::OPERATION => {
            let input = call.read::<CreateAlias>()?;
            let request = workmail
                .create_alias()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?)
                .alias(text(input.alias)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DeleteAlias::OPERATION => {
            let input = call.read::<DeleteAlias>()?;
            let request = workmail
                .delete_alias()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?)
                .alias(text(input.alias)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        UpdatePrimaryEmailAddress::OPERATION => {
            let input = call.read::<UpdatePrimaryEmailAddress>()?;
            let request = workmail
                .update_primary_email_address()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?)
                .email(text(input.email)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        PutMailboxPermissions::OPERATION => {
            let input = call.read::<PutMailboxPermissions>()?;
            let rights = input.permission_values.iter();
            let request = workmail
                .put_mailbox_permissions()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?)
                .grantee_id(known(input.grantee_id)?)
                .set_permission_values(Some(
                    rights
                        .map(|right| PermissionType::from(right.as_str()))
                        .collect(),
                ));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DeleteMailboxPermissions::OPERATION => {
            let input = call.read::<DeleteMailboxPermissions>()?;
            let request = workmail
                .delete_mailbox_permissions()
                .organization_id(organization)
                .entity_id(known(input.entity_id)?)
                .grantee_id(known(input.grantee_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}

/// The id, if nothing is left to fill in.
pub(crate) fn known(id: Id) -> Option<String> {
    match id {
        Id::Known(id) => Some(id),
        Id::Of { .. } => None,
    }
}

/// The further members of an input with their types; none if there is one that the operation does
/// not take, or a value of the wrong type.
pub(crate) fn typed<T: DeserializeOwned>(members: Map<String, Value>) -> Option<T> {
    serde_json::from_value(Value::Object(members)).ok()
}

fn text(address: AddressArgument) -> Option<String> {
    match address {
        AddressArgument::Text(text) => Some(text),
        AddressArgument::Temporary { .. } => None,
    }
}
