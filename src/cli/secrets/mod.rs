//! `Vault`: where the secrets of an apply are had from. Nothing of it is shown: errors name the place.

mod files;
mod password;

use std::path::{Path, PathBuf};

use clap::Args;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::zeroize::Zeroizing;
use workmailctl::apply::Secrets;
use workmailctl::client::{Connect, ManagedSecretError, Secret, managed_secret};
use workmailctl::model::{Generation, SecretSource, USUAL_LENGTH};
use workmailctl::plan::Plan;

use super::failure::{Exit, Failure, chain};

pub(crate) use files::{Kept, is_taken, keep, remove};
pub(crate) use password::generate;

/// Where files of secrets are.
#[derive(Args, Debug, Clone)]
pub(crate) struct SecretFlags {
    /// Read and write files of secrets below this folder, and nowhere else
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".workmailctl/secrets",
        env = "WORKMAILCTL_SECRETS_DIR"
    )]
    pub(crate) secrets_dir: PathBuf,
}

/// Where the secrets of an apply are had from.
pub(crate) enum Vault {
    /// From where the manifest says.
    Real {
        /// The folder of files.
        folder: PathBuf,
        /// How Secrets Manager is asked.
        connect: Box<Connect>,
    },
    /// Made up, for a copy that is thrown away: nothing is read, and nothing is kept.
    MadeUp,
}

impl Vault {
    /// What a plan needs and is not there, told before anything is written. The values themselves are
    /// had later, each for the call that sends it.
    pub(crate) fn check(&self, plan: &Plan) -> Result<(), Failure> {
        let Self::Real { folder, .. } = self else {
            return Ok(());
        };
        for operation in &plan.operations {
            for source in operation.call.secrets().into_iter().flatten() {
                is_there(folder, &source).map_err(|why| {
                    let target = &operation.target;
                    let message =
                        format!("the password of {target} ({source}) cannot be had: {why}");
                    Failure::new(Exit::Error, message).help("nothing of this plan was written")
                })?;
            }
        }
        Ok(())
    }
}

impl Secrets for Vault {
    fn find<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<Secret, String>> {
        async move {
            let text = match self {
                Self::Real { folder, connect } => real(folder, connect, source).await?,
                Self::MadeUp => generate(USUAL_LENGTH)?,
            };
            Ok(Secret::new(&text))
        }
        .boxed()
    }
}

/// Why a secret cannot be had, as far as that can be told without having it.
fn is_there(folder: &Path, source: &SecretSource) -> Result<(), String> {
    refuse_fault(source)?;
    match source {
        SecretSource::FromEnv(name) => variable(name).map(drop),
        SecretSource::FromFile(path) => files::is_readable(folder, path),
        SecretSource::Generate(generation) => files::is_sink(folder, &generation.write_to),
        SecretSource::FromSecretsManager(_) => Ok(()),
    }
}

/// The text of a secret.
async fn real(
    folder: &Path,
    connect: &Connect,
    source: &SecretSource,
) -> Result<Zeroizing<String>, String> {
    refuse_fault(source)?;
    let text = match source {
        SecretSource::FromEnv(name) => variable(name)?,
        SecretSource::FromFile(path) => files::read(folder, path)?,
        SecretSource::FromSecretsManager(managed) => {
            let found = Box::pin(managed_secret(connect, managed)).await;
            found.map_err(|error: ManagedSecretError| chain(&error))?
        }
        SecretSource::Generate(generation) => made(folder, generation)?,
    };
    password::refuse_unsendable(&text)?;
    Ok(text)
}

/// The password of a sink; made where there is none yet. One that is there is of an attempt that did
/// not end: the call that sets it may have had its effect, so that no other one may take its place.
fn made(folder: &Path, generation: &Generation) -> Result<Zeroizing<String>, String> {
    match files::keep(folder, &generation.write_to, || generate(generation.length))? {
        Kept::Written(text) => Ok(text),
        Kept::Found(text) => {
            password::refuse_weak(&text)
                .map_err(|why| format!("what is in it is no password that was made: {why}"))?;
            Ok(text)
        }
    }
}

fn refuse_fault(source: &SecretSource) -> Result<(), String> {
    match source.fault() {
        Some(fault) => Err(format!("{}; {}", fault.message, fault.help)),
        None => Ok(()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment holds secrets, and is asked for one that a manifest names"
)]
fn variable(name: &str) -> Result<Zeroizing<String>, String> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Err("it is empty".to_owned()),
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(std::env::VarError::NotPresent) => Err("it is not set".to_owned()),
        Err(std::env::VarError::NotUnicode(_)) => Err("it is not UTF-8".to_owned()),
    }
}
