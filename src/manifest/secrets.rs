//! How a manifest says where a secret is: one of several places.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::WM505;
use crate::model::{FieldPath, Generation, ManagedSecret, SecretSource, USUAL_LENGTH};

/// Where the first password of a user is: exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct PasswordSpec {
    /// The variable of the environment; its name begins with `WORKMAILCTL_SECRET_`.
    pub(super) from_env: Option<String>,
    /// A file below `--secrets-dir` that only its owner can read.
    pub(super) from_file: Option<String>,
    /// A secret of AWS Secrets Manager.
    pub(super) from_secrets_manager: Option<ManagedSecret>,
    /// Made by us when the user is made.
    pub(super) generate: Option<GenerateSpec>,
}

/// A password that is made.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GenerateSpec {
    /// The file below `--secrets-dir` that keeps it.
    pub(super) write_to: String,
    /// How many characters it has, 8 to 63; 24 where it is left out.
    pub(super) length: Option<u32>,
}

impl PasswordSpec {
    /// The one place that it names, or what is wrong with it and where; `at` is where it stands.
    pub(super) fn source(self, at: &FieldPath) -> Result<SecretSource, (FieldPath, Diagnostic)> {
        let mut all: Vec<SecretSource> = Vec::new();
        all.extend(self.from_env.map(SecretSource::FromEnv));
        all.extend(self.from_file.map(SecretSource::FromFile));
        let managed = self.from_secrets_manager;
        all.extend(managed.map(SecretSource::FromSecretsManager));
        let generation = self.generate.map(|generate| Generation {
            write_to: generate.write_to,
            length: generate
                .length
                .map_or(USUAL_LENGTH, |length| length as usize),
        });
        all.extend(generation.map(SecretSource::Generate));
        let Ok([source]) = <[SecretSource; 1]>::try_from(all) else {
            let help = "write one of `fromEnv`, `fromFile`, `fromSecretsManager` and `generate`";
            return Err((at.clone(), in_one_place().help(help)));
        };
        match fault(&source, at) {
            None => Ok(source),
            Some(wrong) => Err(wrong),
        }
    }
}

/// What is wrong with a secret that is nowhere, or in several places.
pub(super) fn in_one_place() -> Diagnostic {
    Diagnostic::new(&WM505, "a secret is in exactly one place")
}

/// What is wrong with a source, and where in it.
pub(super) fn fault(source: &SecretSource, at: &FieldPath) -> Option<(FieldPath, Diagnostic)> {
    let fault = source.fault()?;
    let path = fault
        .path
        .iter()
        .fold(at.clone(), |path, key| path.key(*key));
    Some((
        path,
        Diagnostic::new(&WM505, fault.message).help(fault.help),
    ))
}
