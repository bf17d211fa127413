//! Sends a write call, whatever kind it belongs to.

use std::ops::Deref;

use serde_json::Value;

use crate::client::{ApiError, Client, Secret};
use crate::model::{Call, secret_argument};

use super::{SETTINGS, entity, group, organization, resource, user};

/// A call on its way, with the secret that it names. The secret is no part of the call, so that nothing
/// which shows or keeps calls has it.
pub(crate) struct Outgoing<'a> {
    pub(crate) call: &'a Call,
    pub(crate) secret: Option<&'a Secret>,
}

impl Deref for Outgoing<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

impl Outgoing<'_> {
    /// The text of the secret for a member that names one; none for one that does not, for a secret
    /// is never sent from a plan itself.
    pub(crate) fn secret_for(&self, member: &Value) -> Option<String> {
        secret_argument(member.as_object()?)?;
        Some(self.secret?.reveal().to_owned())
    }
}

/// The answer to a write call, with the id of what it created; none if no kind has such a call, or
/// its input is not what the operation takes.
pub(crate) async fn execute(
    client: &Client,
    call: &Outgoing<'_>,
) -> Option<Result<Option<String>, ApiError>> {
    if let Some(answer) = Box::pin(user::execute::execute(client, call)).await {
        return Some(answer);
    }
    if let Some(answer) = Box::pin(group::execute::execute(client, call)).await {
        return Some(answer);
    }
    if let Some(answer) = Box::pin(resource::execute::execute(client, call)).await {
        return Some(answer);
    }
    if let Some(answer) = Box::pin(organization::execute::execute(client, call)).await {
        return Some(answer);
    }
    for kind in SETTINGS {
        if let Some(answer) = (kind.api.execute)(client, call).await {
            return Some(answer);
        }
    }
    Box::pin(entity::execute::execute(client, call)).await
}
