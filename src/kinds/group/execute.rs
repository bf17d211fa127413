//! Sends the write calls of groups.

use crate::client::{ApiError, Client};
use crate::kinds::entity::execute::known;
use crate::model::{Call, Request};

use super::calls::{
    AssociateMemberToGroup, CreateGroup, DeleteGroup, DisassociateMemberFromGroup, UpdateGroup,
};

/// The answer to a write call of groups, with the id of what it created; none if the call is not
/// one of theirs, or its input is not what the operation takes.
pub(crate) async fn execute(
    client: &Client,
    call: &Call,
) -> Option<Result<Option<String>, ApiError>> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        CreateGroup::OPERATION => {
            let input = call.read::<CreateGroup>()?;
            let request = workmail
                .create_group()
                .organization_id(organization)
                .name(input.name)
                .set_hidden_from_global_address_list(input.hidden_from_global_address_list);
            Some(
                client
                    .send(request.send())
                    .await
                    .map(|answer| answer.group_id),
            )
        }
        UpdateGroup::OPERATION => {
            let input = call.read::<UpdateGroup>()?;
            let request = workmail
                .update_group()
                .organization_id(organization)
                .group_id(known(input.group_id)?)
                .hidden_from_global_address_list(input.hidden_from_global_address_list);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DeleteGroup::OPERATION => {
            let input = call.read::<DeleteGroup>()?;
            let request = workmail
                .delete_group()
                .organization_id(organization)
                .group_id(known(input.group_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        AssociateMemberToGroup::OPERATION => {
            let input = call.read::<AssociateMemberToGroup>()?;
            let request = workmail
                .associate_member_to_group()
                .organization_id(organization)
                .group_id(known(input.group_id)?)
                .member_id(known(input.member_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DisassociateMemberFromGroup::OPERATION => {
            let input = call.read::<DisassociateMemberFromGroup>()?;
            let request = workmail
                .disassociate_member_from_group()
                .organization_id(organization)
                .group_id(known(input.group_id)?)
                .member_id(known(input.member_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
