//! How a manifest writes an availability configuration.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::ManagedSecret;

/// Where the calendars of a domain are asked for: one of two.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AvailabilityConfigurationSpec {
    /// Exchange Web Services.
    Ews(EwsSpec),
    /// An AWS Lambda function.
    Lambda(LambdaSpec),
}

/// YAML writes the variant of an enumeration as a tag, so that a map with one key is read by hand.
impl<'de> Deserialize<'de> for AvailabilityConfigurationSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Either {
            ews: Option<EwsSpec>,
            lambda: Option<LambdaSpec>,
        }
        match Either::deserialize(deserializer)? {
            Either {
                ews: Some(ews),
                lambda: None,
            } => Ok(Self::Ews(ews)),
            Either {
                ews: None,
                lambda: Some(lambda),
            } => Ok(Self::Lambda(lambda)),
            _ => Err(D::Error::custom("write one of `ews` and `lambda`")),
        }
    }
}

/// Exchange Web Services, with who asks there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EwsSpec {
    /// The URL that is asked.
    pub endpoint: String,
    /// Who asks there.
    pub username: String,
    /// The password of who asks.
    pub password: EwsPasswordSpec,
}

/// Where the password is: exactly one of these; and which version of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EwsPasswordSpec {
    /// The variable of the environment; its name begins with `WORKMAILCTL_SECRET_`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_env: Option<String>,
    /// A file below `--secrets-dir` that only its owner can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_file: Option<String>,
    /// A secret of AWS Secrets Manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_secrets_manager: Option<ManagedSecret>,
    /// Another number sends the password again. Without it the password is sent only along with another
    /// change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// An AWS Lambda function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LambdaSpec {
    /// Its ARN.
    pub arn: String,
}
