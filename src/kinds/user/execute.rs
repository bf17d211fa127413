//! Sends the write calls of users.

use aws_sdk_workmail::types::UserRole;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{ApiError, Client, Secret};
use crate::kinds::Outgoing;
use crate::kinds::entity::execute::{known, typed};
use crate::model::Request;

use super::calls::{CreateUser, DeleteUser, UpdateMailboxQuota, UpdateUser};

/// The plain fields that `CreateUser` takes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateFields {
    first_name: Option<String>,
    last_name: Option<String>,
    role: Option<String>,
    identity_provider_user_id: Option<String>,
    hidden_from_global_address_list: Option<bool>,
    /// Where the password is.
    password: Option<Value>,
}

/// The plain fields that `UpdateUser` takes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateFields {
    display_name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    role: Option<String>,
    identity_provider_user_id: Option<String>,
    hidden_from_global_address_list: Option<bool>,
    initials: Option<String>,
    telephone: Option<String>,
    street: Option<String>,
    job_title: Option<String>,
    city: Option<String>,
    company: Option<String>,
    zip_code: Option<String>,
    department: Option<String>,
    country: Option<String>,
    office: Option<String>,
}

/// Gives a user another password. Source: API reference, `ResetPassword`.
pub async fn reset_password(client: &Client, id: &str, password: &Secret) -> Result<(), ApiError> {
    client.permits(1).await.take();
    let request = client
        .workmail()
        .reset_password()
        .organization_id(client.organization())
        .user_id(id)
        .password(password.reveal());
    let answer = client.send_hiding(request.send(), Some(password)).await;
    answer.map(drop)
}

/// The answer to a write call of users, with the id of what it created; none if the call is not
/// one of theirs, or its input is not what the operation takes.
pub(crate) async fn execute(
    client: &Client,
    call: &Outgoing<'_>,
) -> Option<Result<Option<String>, ApiError>> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        CreateUser::OPERATION => {
            let input = call.read::<CreateUser>()?;
            let fields: CreateFields = typed(input.fields)?;
            let password = match &fields.password {
                Some(password) => Some(call.secret_for(password)?),
                None => None,
            };
            let request = workmail
                .create_user()
                .organization_id(organization)
                .name(input.name)
                .display_name(input.display_name)
                .set_password(password)
                .set_first_name(fields.first_name)
                .set_last_name(fields.last_name)
                .set_role(fields.role.as_deref().map(UserRole::from))
                .set_identity_provider_user_id(fields.identity_provider_user_id)
                .set_hidden_from_global_address_list(fields.hidden_from_global_address_list);
            let answer = client.send_hiding(request.send(), call.secret).await;
            Some(answer.map(|answer| answer.user_id))
        }
        UpdateUser::OPERATION => {
            let input = call.read::<UpdateUser>()?;
            let fields: UpdateFields = typed(input.fields)?;
            let request = workmail
                .update_user()
                .organization_id(organization)
                .user_id(known(input.user_id)?)
                .set_display_name(fields.display_name)
                .set_first_name(fields.first_name)
                .set_last_name(fields.last_name)
                .set_role(fields.role.as_deref().map(UserRole::from))
                .set_identity_provider_user_id(fields.identity_provider_user_id)
                .set_hidden_from_global_address_list(fields.hidden_from_global_address_list)
                .set_initials(fields.initials)
                .set_telephone(fields.telephone)
                .set_street(fields.street)
                .set_job_title(fields.job_title)
                .set_city(fields.city)
                .set_company(fields.company)
                .set_zip_code(fields.zip_code)
                .set_department(fields.department)
                .set_country(fields.country)
                .set_office(fields.office);
            Some(client.send(request.send()).await.map(|_| None))
        }
        UpdateMailboxQuota::OPERATION => {
            let input = call.read::<UpdateMailboxQuota>()?;
            let request = workmail
                .update_mailbox_quota()
                .organization_id(organization)
                .user_id(known(input.user_id)?)
                .mailbox_quota(i32::try_from(input.mailbox_quota).ok()?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        DeleteUser::OPERATION => {
            let input = call.read::<DeleteUser>()?;
            let request = workmail
                .delete_user()
                .organization_id(organization)
                .user_id(known(input.user_id)?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
