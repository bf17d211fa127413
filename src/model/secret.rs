//! `SecretSource`: where a secret is, never the secret itself. Plans hold it as `{"$secret": {…}}`.

use std::fmt;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;

/// How the names of variables begin that may be read for secrets: no other one may be, so that a
/// manifest cannot send out what the environment holds for others.
pub const SECRET_VARIABLE: &str = "WORKMAILCTL_SECRET_";

/// How many characters a password of a `WorkMail` directory has. Source: behaviour notes, section 15.
pub const PASSWORD_LENGTH: RangeInclusive<usize> = 8..=63;

/// How many characters a made password has unless it is said.
pub const USUAL_LENGTH: usize = 24;

const SECRET: &str = "$secret";

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum SecretSource {
    /// In this variable of the environment.
    FromEnv(String),
    /// In this file below the folder of secrets.
    FromFile(String),
    /// In AWS Secrets Manager.
    FromSecretsManager(ManagedSecret),
    /// Nowhere yet: it is made, and kept in a file.
    Generate(Generation),
}

/// A secret of AWS Secrets Manager.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedSecret {
    /// Its name or ARN.
    pub secret_id: String,
    /// Of a secret that is a JSON map, whose value is meant; none: the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Which version; none: the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_stage: Option<String>,
}

/// A password that is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Generation {
    /// The file below the folder of secrets that keeps it.
    pub write_to: String,
    /// How many characters it has.
    pub length: usize,
}

/// What is wrong with a source as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFault {
    /// Where in it.
    pub path: &'static [&'static str],
    /// What, as a sentence fragment.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl SecretSource {
    /// What is wrong with it as it is written. It is asked of manifests, and again right before it is
    /// used, because a plan from a file is trusted no further.
    pub fn fault(&self) -> Option<SourceFault> {
        let fault = |path, message: String, help: &str| {
            Some(SourceFault {
                path,
                message,
                help: help.to_owned(),
            })
        };
        match self {
            Self::FromEnv(name) => {
                let rest = name.strip_prefix(SECRET_VARIABLE).unwrap_or_default();
                let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                if !rest.is_empty() && rest.bytes().all(is_word) {
                    return None;
                }
                // Not repeated: it may be the secret itself.
                let message = "`fromEnv` names no variable that secrets are read from".to_owned();
                let help = format!("its name has to begin with `{SECRET_VARIABLE}`");
                fault(&["fromEnv"], message, &help)
            }
            Self::FromFile(path) => below_fault(path, &["fromFile"]),
            Self::FromSecretsManager(managed) => {
                let length = managed.secret_id.chars().count();
                // Source: Secrets Manager API reference, `GetSecretValue`, `SecretId`.
                (!(1..=2048).contains(&length)).then(|| SourceFault {
                    path: &["fromSecretsManager", "secretId"],
                    message: format!("`secretId` has {length} characters, and must have 1 to 2048"),
                    help: "write the name or the ARN of the secret".to_owned(),
                })
            }
            Self::Generate(generation) => {
                if !PASSWORD_LENGTH.contains(&generation.length) {
                    let message = format!(
                        "`length` is {}, and must be {} to {}",
                        generation.length,
                        PASSWORD_LENGTH.start(),
                        PASSWORD_LENGTH.end()
                    );
                    let help = "write a number in these bounds, or remove the line";
                    return fault(&["generate", "length"], message, help);
                }
                below_fault(&generation.write_to, &["generate", "writeTo"])
            }
        }
    }

    /// How it stands in the input of a call.
    pub fn argument(&self) -> Value {
        json!({ SECRET: self })
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromEnv(name) => write!(f, "from the variable {name}"),
            Self::FromFile(path) => write!(f, "from the file {path}"),
            Self::FromSecretsManager(managed) => {
                write!(f, "from Secrets Manager: {}", managed.secret_id)?;
                match &managed.key {
                    Some(key) => write!(f, ", {key}"),
                    None => Ok(()),
                }
            }
            Self::Generate(generation) => write!(f, "made into {}", generation.write_to),
        }
    }
}

impl Call {
    /// Where the secrets are that it sends; none for one that cannot be read as that.
    pub fn secrets(&self) -> Vec<Option<SecretSource>> {
        let mut found = Vec::new();
        self.input
            .values()
            .for_each(|value| collect(value, &mut found));
        found
    }
}

/// Where a secret is, for a value that stands for one.
pub fn secret_argument(map: &Map<String, Value>) -> Option<&Value> {
    map.get(SECRET)
}

fn collect(value: &Value, found: &mut Vec<Option<SecretSource>>) {
    match value {
        Value::Object(map) => match secret_argument(map) {
            Some(source) => found.push(serde_json::from_value(source.clone()).ok()),
            None => map.values().for_each(|value| collect(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// What is wrong with a path that has to lie below a folder.
fn below_fault(text: &str, path: &'static [&'static str]) -> Option<SourceFault> {
    let is_name = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part
                .chars()
                .any(|c| matches!(c, '\\' | ':') || c.is_control())
    };
    (!text.split('/').all(is_name)).then(|| SourceFault {
        path,
        message: format!(
            "`{}` names no file below the folder of secrets",
            path.last().copied().unwrap_or_default()
        ),
        help: "write a relative path without `..`, such as `partner/mail.txt`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(value: Value) -> SecretSource {
        serde_json::from_value(value).expect("a source")
    }

    #[test]
    fn only_variables_that_are_meant_for_secrets_are_read() {
        for (name, fits) in [
            ("WORKMAILCTL_SECRET_PARTNER", true),
            ("WORKMAILCTL_SECRET_", false),
            ("AWS_SECRET_ACCESS_KEY", false),
            ("WORKMAILCTL_SECRET_A=B", false),
        ] {
            let fault = source(json!({ "fromEnv": name })).fault();
            assert_eq!(fault.is_none(), fits, "{name}: {fault:?}");
        }
    }

    #[test]
    fn only_files_below_the_folder_are_meant() {
        for (path, fits) in [
            ("ana.txt", true),
            ("people/ana.txt", true),
            ("", false),
            ("/etc/passwd", false),
            ("../ana.txt", false),
            ("people/../../ana.txt", false),
            ("./ana.txt", false),
            ("people//ana.txt", false),
            ("c:ana", false),
            ("a\\b", false),
            ("a\0b", false),
        ] {
            let made = json!({ "generate": { "writeTo": path, "length": 8 } });
            for source in [source(json!({ "fromFile": path })), source(made)] {
                let fault = source.fault();
                assert_eq!(fault.is_none(), fits, "{path}: {fault:?}");
            }
        }
    }

    #[test]
    fn what_a_call_sends_is_found_wherever_it_stands() {
        let input = json!({
            "Name": "ana",
            "EwsProvider": { "EwsPassword": { "$secret": { "fromFile": "x" } } },
            "Odd": [{ "$secret": { "fromNowhere": "x" } }],
        });
        let call = Call {
            operation: "CreateAvailabilityConfiguration".to_owned(),
            input: input.as_object().cloned().expect("a map"),
        };
        let known = SecretSource::FromFile("x".to_owned());
        assert_eq!(call.secrets(), [Some(known.clone()), None]);
        assert_eq!(known.argument(), json!({ "$secret": { "fromFile": "x" } }));
    }
}
