//! Sends tags; what a read tells of them is told to all kinds at once.

use aws_sdk_workmail::types::Tag;
use futures::FutureExt as _;

use crate::client::Client;
use crate::kinds::setting::api::{Answer, Api, TOLD_BY_TAGS, text, texts};
use crate::model::Call;

use super::{DELETE, PUT};

pub(super) const API: Api = Api {
    read: TOLD_BY_TAGS,
    execute: |client, call| execute(client, call).boxed(),
};

async fn execute(client: &Client, call: &Call) -> Option<Answer> {
    let workmail = client.workmail();
    match call.operation.as_str() {
        PUT => {
            let tags = call.input.get("Tags")?.as_array()?.iter();
            let tags: Option<Vec<Tag>> = tags
                .map(|tag| {
                    let text = |member: &str| Some(tag.get(member)?.as_str()?.to_owned());
                    let tag = Tag::builder().key(text("Key")?).value(text("Value")?);
                    tag.build().ok()
                })
                .collect();
            let request = workmail
                .tag_resource()
                .resource_arn(text(call, "ResourceARN")?)
                .set_tags(Some(tags?));
            Some(client.send(request.send()).await.map(|_| None))
        }
        DELETE => {
            let request = workmail
                .untag_resource()
                .resource_arn(text(call, "ResourceARN")?)
                .set_tag_keys(Some(texts(&call.input, "TagKeys")?));
            Some(client.send(request.send()).await.map(|_| None))
        }
        _ => None,
    }
}
