//! Reads and sends inbound DMARC.

use futures::FutureExt as _;
use serde_json::Value;

use crate::client::Client;
use crate::kinds::setting::SINGLE;
use crate::kinds::setting::api::{Answer, Api, ToldSetting, ToldSettings, told};
use crate::model::Call;

use super::PUT;

pub(super) const API: Api = Api {
    read: |client| read(client).boxed(),
    execute: |client, call| execute(client, call).boxed(),
};

/// The setting, which is always there. Source: API reference, `DescribeInboundDmarcSettings`.
async fn read(client: &Client) -> ToldSettings {
    let request = client
        .workmail()
        .describe_inbound_dmarc_settings()
        .organization_id(client.organization());
    let reply = client.read(request.send()).await;
    let settings = reply.map(|reply| {
        vec![ToldSetting {
            owner: None,
            name: SINGLE.to_owned(),
            id: None,
            members: told([("Enforced", Some(Value::Bool(reply.enforced())))]),
        }]
    });
    ToldSettings::listed("DescribeInboundDmarcSettings", settings, 1)
}

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    if call.operation != PUT {
        return None;
    }
    let request = client
        .workmail()
        .put_inbound_dmarc_settings()
        .organization_id(client.organization())
        .enforced(call.input.get("Enforced")?.as_bool()?);
    Some(client.send(request.send()).await.map(|_| None))
}
