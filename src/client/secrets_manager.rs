//! AWS Secrets Manager: the text of one secret. It is asked with the caller's own credentials, also
//! where mail goes to an endpoint of one's own.

use aws_config::Region;
use aws_sdk_secretsmanager::Client;
use secrecy::zeroize::Zeroizing;

use crate::model::ManagedSecret;

use super::config::{self, Connect, ConnectError};
use super::error::ApiError;
use super::flight::Seen;

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ManagedSecretError {
    /// Something is missing on this side.
    #[error("Secrets Manager could not be asked")]
    Connect(#[from] ConnectError),
    /// The service refused.
    #[error("Secrets Manager refused")]
    Api(#[from] ApiError),
    /// It is there, and is no text.
    #[error("it is binary, and a text is needed")]
    Binary,
    /// It is no JSON map with this key, or not with a text there.
    #[error("it is no JSON map with a text at `{0}`")]
    NoSuchKey(String),
}

/// The text of a secret. Its region is the one of its ARN, where it is named by that.
pub async fn managed_secret(
    connect: &Connect,
    managed: &ManagedSecret,
) -> Result<Zeroizing<String>, ManagedSecretError> {
    let region = match region_of(&managed.secret_id) {
        Some(region) => region.to_owned(),
        None => config::region(connect).await?,
    };
    let own = Connect {
        test_credentials: false,
        ..connect.clone()
    };
    let shared = config::loader(&own, Region::new(region)).load().await;
    let request = Client::new(&shared)
        .get_secret_value()
        .secret_id(&managed.secret_id)
        .set_version_stage(managed.version_stage.clone());
    let reply = Box::pin(request.send())
        .await
        .map_err(|error| ApiError::new(&error, Seen::default()))?;
    let text = reply.secret_string.map(Zeroizing::new);
    let text = text.ok_or(ManagedSecretError::Binary)?;
    match &managed.key {
        None => Ok(text),
        Some(key) => at_key(&text, key),
    }
}

/// The region of an ARN.
fn region_of(secret_id: &str) -> Option<&str> {
    let mut parts = secret_id.split(':');
    (parts.next() == Some("arn"))
        .then(|| parts.nth(2))
        .flatten()
}

/// The text at a key of a JSON map. No other value of the map is kept.
fn at_key(text: &str, key: &str) -> Result<Zeroizing<String>, ManagedSecretError> {
    let no_such_key = || ManagedSecretError::NoSuchKey(key.to_owned());
    let map: std::collections::BTreeMap<String, Zeroized> =
        serde_json::from_str(text).map_err(|_| no_such_key())?;
    let found = map.into_iter().find(|(known, _)| known == key);
    match found {
        Some((_, Zeroized(Some(text)))) => Ok(text),
        _ => Err(no_such_key()),
    }
}

/// A value of a JSON map, of which only texts are kept, and zeroed.
struct Zeroized(Option<Zeroizing<String>>);

impl<'de> serde::Deserialize<'de> for Zeroized {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(match value {
            serde_json::Value::String(text) => Some(Zeroizing::new(text)),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_its_region() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mail-AbCdEf";
        assert_eq!(region_of(arn), Some("eu-central-1"));
        assert_eq!(region_of("mail/partner"), None);
    }

    #[test]
    fn a_key_of_a_json_map_is_taken_out_of_it() {
        let text = r#"{"user": "svc", "password": "hunter2hunter2", "port": 1}"#;
        let found = at_key(text, "password").expect("it is there");
        assert_eq!(found.as_str(), "hunter2hunter2");
        for key in ["port", "nothing"] {
            assert!(at_key(text, key).is_err(), "{key}");
        }
        let error = at_key("hunter2", "password").expect_err("no JSON");
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}
