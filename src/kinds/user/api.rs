//! Reads users and the sizes of their mailboxes.

use aws_sdk_workmail::types::UserRole;
use serde_json::Value;

use crate::client::{ApiError, Client};
use crate::kinds::api::{PAGE, Told, address, pages, registered, required, text, time};
use crate::model::Part;

/// Every user. Source: API reference, `ListUsers`.
pub(crate) async fn list(client: &Client) -> Result<Vec<Told>, ApiError> {
    pages(|token| async {
        let request = client
            .workmail()
            .list_users()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let users = reply.users().iter().map(|user| {
            Ok(Told {
                id: required(user.id(), "Id")?,
                name: required(user.name(), "Name")?,
                registered: registered(user.state())?,
                built_in: built_in(user.user_role()),
                email: address(user.email()),
                enabled_at: time(user.enabled_date()),
                disabled_at: time(user.disabled_date()),
                fields: vec![
                    ("displayName", text(user.display_name())),
                    ("role", text(user.user_role().map(UserRole::as_str))),
                    (
                        "identityProviderUserId",
                        text(user.identity_provider_user_id()),
                    ),
                ],
            })
        });
        let users: Result<Vec<Told>, ApiError> = users.collect();
        Ok((users?, reply.next_token().map(str::to_owned)))
    })
    .await
}

/// One user. Source: API reference, `DescribeUser`.
pub(crate) async fn describe(client: &Client, id: &str) -> Result<Told, ApiError> {
    let request = client
        .workmail()
        .describe_user()
        .organization_id(client.organization())
        .user_id(id);
    let user = client.read(request.send()).await?;
    Ok(Told {
        id: required(user.user_id(), "UserId")?,
        name: required(user.name(), "Name")?,
        registered: registered(user.state())?,
        built_in: built_in(user.user_role()),
        email: address(user.email()),
        enabled_at: time(user.enabled_date()),
        disabled_at: time(user.disabled_date()),
        fields: vec![
            ("displayName", text(user.display_name())),
            ("firstName", text(user.first_name())),
            ("lastName", text(user.last_name())),
            ("initials", text(user.initials())),
            ("telephone", text(user.telephone())),
            ("street", text(user.street())),
            ("jobTitle", text(user.job_title())),
            ("city", text(user.city())),
            ("company", text(user.company())),
            ("zipCode", text(user.zip_code())),
            ("department", text(user.department())),
            ("country", text(user.country())),
            ("office", text(user.office())),
            ("role", text(user.user_role().map(UserRole::as_str))),
            (
                "identityProviderUserId",
                text(user.identity_provider_user_id()),
            ),
            (
                "hiddenFromGlobalAddressList",
                Part::Known(Value::from(user.hidden_from_global_address_list())),
            ),
        ],
    })
}

/// The size of a mailbox in MB. Source: API reference, `GetMailboxDetails`.
pub(crate) async fn quota(client: &Client, id: &str) -> Result<Part<Value>, ApiError> {
    let request = client
        .workmail()
        .get_mailbox_details()
        .organization_id(client.organization())
        .user_id(id);
    let details = client.read(request.send()).await?;
    Ok(details
        .mailbox_quota()
        .map_or(Part::Absent, |quota| Part::Known(Value::from(quota))))
}

/// What the service keeps among users for itself: never touched. Source: behaviour notes, section 1.
fn built_in(role: Option<&UserRole>) -> bool {
    matches!(role, Some(UserRole::SystemUser | UserRole::Resource))
}
