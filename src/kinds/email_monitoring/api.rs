//! Reads and sends e-mail monitoring.

use futures::FutureExt as _;
use serde_json::Value;

use crate::client::Client;
use crate::kinds::api::required;
use crate::kinds::setting::SINGLE;
use crate::kinds::setting::api::{
    Answer, Api, ToldSetting, ToldSettings, one, text, told, told_text,
};
use crate::model::Call;

use super::{DELETE, PUT};

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// The configuration, if there is one. Source: API reference, `DescribeEmailMonitoringConfiguration`,
/// `ResourceNotFoundException`.
async fn read(client: &Client) -> ToldSettings {
    let request = client
        .workmail()
        .describe_email_monitoring_configuration()
        .organization_id(client.organization());
    let reply = client.read(request.send()).await;
    let told = reply.and_then(|reply| {
        let group = required(reply.log_group_arn(), "LogGroupArn")?;
        Ok(ToldSetting {
            owner: None,
            name: SINGLE.to_owned(),
            id: None,
            members: told([
                ("LogGroupArn", Some(Value::from(group))),
                ("RoleArn", told_text(reply.role_arn())),
            ]),
        })
    });
    one("DescribeEmailMonitoringConfiguration", told)
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    let organization = client.organization();
    match call.operation.as_str() {
        PUT => {
            let request = workmail
                .put_email_monitoring_configuration()
                .organization_id(organization)
                .log_group_arn(text(call, "LogGroupArn")?)
                .set_role_arn(text(call, "RoleArn"));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .delete_email_monitoring_configuration()
                .organization_id(organization);
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
