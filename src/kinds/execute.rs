//! Sends a write call, whatever kind it belongs to.

use crate::client::{ApiError, Client};
use crate::model::Call;

use super::{SETTINGS, entity, group, resource, user};

/// The answer to a write call, with the id of what it created; none if no kind has such a call, or
/// its input is not what the operation takes.
pub(crate) async fn execute(
    client: &Client,
    call: &Call,
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
    for kind in SETTINGS {
        if let Some(answer) = (kind.api.execute)(client, call).await {
            return Some(answer);
        }
    }
    Box::pin(entity::execute::execute(client, call)).await
}
