//! Sends the write calls of the organization and its mail domains.

use crate::client::Client;
use crate::kinds::setting::api::{Answer, text};
use crate::model::Call;

use super::{CREATE, DELETE, DEREGISTER_DOMAIN, DOMAIN, REGISTER_DOMAIN, SET_DEFAULT_DOMAIN};

/// The answer to a write call of the organization, with the id of one that was made; none if the call is
/// not one of these, or its input is not what the operation takes.
pub(crate) async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    let token = text(call, "ClientToken");
    let flag = |member: &str| call.input.get(member)?.as_bool();
    match call.operation.as_str() {
        CREATE => {
            let request = workmail
                .create_organization()
                .alias(text(call, "Alias")?)
                .set_client_token(token)
                .set_directory_id(text(call, "DirectoryId"))
                .set_kms_key_arn(text(call, "KmsKeyArn"));
            let made = client.send(request.send()).await;
            Some(made.map(|made| made.organization_id().map(str::to_owned)))
        }
        DELETE => {
            let request = workmail
                .delete_organization()
                .organization_id(organization)
                .set_client_token(token)
                .delete_directory(flag("DeleteDirectory")?)
                .force_delete(flag("ForceDelete")?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        REGISTER_DOMAIN => {
            let request = workmail
                .register_mail_domain()
                .organization_id(organization)
                .set_client_token(token)
                .domain_name(text(call, DOMAIN)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DEREGISTER_DOMAIN => {
            let request = workmail
                .deregister_mail_domain()
                .organization_id(organization)
                .domain_name(text(call, DOMAIN)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        SET_DEFAULT_DOMAIN => {
            let request = workmail
                .update_default_mail_domain()
                .organization_id(organization)
                .domain_name(text(call, DOMAIN)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
