//! Messages in transit: the Amazon `WorkMail` Message Flow API. Source: API reference,
//! `GetRawMessageContent`, `PutRawMessageContent`, `RawMessageContent`, `S3Reference`.
//!
//! An endpoint under `/_emulator` puts messages in transit; they belong to the account and stay. The
//! order of the errors is open: the message is looked up first, then whether it may be changed, then
//! its new content, then what is in it. Buckets have no versions, so that of the versions only `null`,
//! which Amazon S3 gives to objects of such buckets, is there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::mime;
use super::super::refusal::Refusal;
use super::super::state::{Lag, Sort, World};
use super::mail::encoded;
use super::{Call, nothing};

pub(super) const MESSAGES: Sort<Message> = Sort::new("messageInTransit");

/// The most characters of an id. Source: API reference, `GetRawMessageContent`.
const ID_LENGTH: usize = 120;

/// A message; its id is its key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    /// MIME, in base64.
    content: String,
    /// True: it cannot be changed.
    frozen: bool,
}

/// What `POST /_emulator/messages` sends where it is no message itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewMessage {
    message_id: Option<String>,
    #[serde(default)]
    frozen: bool,
    content: Option<String>,
    content_base64: Option<String>,
}

/// The members of that.
const MEMBERS: &[&str] = &["messageId", "frozen", "content", "contentBase64"];

/// Where the new content is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Reference {
    bucket: String,
    key: String,
    object_version: Option<String>,
}

/// The content in base64, which the wire writes as it is.
pub(super) fn get(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let message = message(call)?;
    Ok(Value::String(message.content))
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Value, Refusal> {
    let mut message = message(call)?;
    let reference = &call.input["content"]["s3Reference"];
    let reference = S3Reference::deserialize(reference)
        .map_err(|error| Refusal::new("SerializationException", format!("{error}.")))?;
    if message.frozen {
        return Err(Refusal::new(
            "MessageFrozen",
            "The message cannot be changed.",
        ));
    }
    let location = |why: String| Refusal::new("InvalidContentLocation", why);
    if let Some(version) = reference.object_version.filter(|version| version != "null") {
        return Err(location(format!("The version {version} does not exist.")));
    }
    let content = call
        .buckets
        .read(&reference.bucket, &reference.key)
        .map_err(|error| location(format!("The content cannot be read: {error}.")))?;
    let before = STANDARD.decode(&message.content).unwrap_or_default();
    mime::check(&content, &before).map_err(|why| Refusal::new("MessageRejected", why))?;
    message.content = STANDARD.encode(content);
    let id = call.text("messageId").to_owned();
    call.world.tables.put(&MESSAGES, &id, &message, Lag::NONE);
    Ok(nothing())
}

/// Puts a message in transit: the body itself, or an object that names it. Returns its id, or why that
/// cannot be.
pub(in super::super) fn add(world: &mut World, body: &Bytes) -> Result<String, String> {
    let object = serde_json::from_slice::<Map<String, Value>>(body);
    // A message may be anything, an object too: only one that names it is about another one.
    let about = object
        .ok()
        .filter(|object| MEMBERS.iter().any(|member| object.contains_key(*member)));
    let new = match about {
        Some(object) => {
            NewMessage::deserialize(Value::Object(object)).map_err(|error| error.to_string())?
        }
        None => NewMessage {
            content_base64: Some(STANDARD.encode(body)),
            ..NewMessage::default()
        },
    };
    let id = new.message_id.unwrap_or_else(|| Uuid::new_v4().to_string());
    let is_id = (1..=ID_LENGTH).contains(&id.len())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_id {
        return Err(format!(
            "an id is 1 to {ID_LENGTH} small letters, digits and -"
        ));
    }
    let message = Message {
        content: encoded(new.content, new.content_base64)?,
        frozen: new.frozen,
    };
    world.tables.put(&MESSAGES, &id, &message, Lag::NONE);
    Ok(id)
}

/// Takes a message out of transit; false if it is not there.
pub(in super::super) fn take(world: &mut World, id: &str) -> bool {
    world.tables.remove(&MESSAGES, id, Lag::NONE)
}

fn message(call: &Call<'_>) -> Result<Message, Refusal> {
    let id = call.text("messageId");
    call.world.tables.get(&MESSAGES, id).ok_or_else(|| {
        Refusal::new(
            "ResourceNotFoundException",
            format!("The message {id} is not in transit."),
        )
    })
}
