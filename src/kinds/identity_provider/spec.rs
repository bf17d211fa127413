//! How a manifest writes the identity provider.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How users sign in through IAM Identity Center, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityProviderSpec {
    /// `IDENTITY_PROVIDER_ONLY` or `IDENTITY_PROVIDER_AND_DIRECTORY`.
    pub authentication_mode: String,
    /// The instance and the application.
    pub identity_center: IdentityCenterSpec,
    /// What clients sign in with that know no identity provider.
    pub personal_access_tokens: PersonalAccessTokensSpec,
}

/// The instance of IAM Identity Center, and the application in it: by name or by ARN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdentityCenterSpec {
    /// The ARN of the instance.
    pub instance_arn: String,
    /// The ARN of an application that is there.
    pub application_arn: Option<String>,
    /// The name of one that is made for this.
    pub application_name: Option<String>,
}

/// Whether there may be personal access tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalAccessTokensSpec {
    /// `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// How many days they are good for, 1 to 3653.
    pub lifetime_in_days: Option<i64>,
}
