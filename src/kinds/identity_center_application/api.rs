//! Makes and removes applications in IAM Identity Center.

use futures::FutureExt as _;

use crate::client::Client;
use crate::kinds::setting::api::{Answer, Api, TOLD_BY_TAGS, text};
use crate::model::Call;

use super::{CREATE, DELETE};

pub(super) const API: Api = Api {
    read: TOLD_BY_TAGS,
    execute: |client, call| execute(client, call).boxed(),
};

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    match call.operation.as_str() {
        CREATE => {
            let request = workmail
                .create_identity_center_application()
                .client_token(text(call, "ClientToken")?)
                .name(text(call, "Name")?)
                .instance_arn(text(call, "InstanceArn")?);
            let answer = client.send(request.send()).await;
            Some(answer.map(|answer| answer.application_arn))
        }
        DELETE => {
            let request = workmail
                .delete_identity_center_application()
                .application_arn(text(call, "ApplicationArn")?);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
