//! Secrets: found when the call that needs one is sent, and not before.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::client::Secret;
use crate::model::SecretSource;

/// What finds the secrets of a plan.
pub trait Secrets: Sync {
    /// The secret of this source, or why it cannot be had, as a sentence fragment without it.
    fn find<'a>(&'a self, source: &'a SecretSource) -> BoxFuture<'a, Result<Secret, String>>;
}

/// Where no plan needs a secret.
#[derive(Clone, Copy, Debug)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn find<'a>(&'a self, _: &'a SecretSource) -> BoxFuture<'a, Result<Secret, String>> {
        async { Err("there are no secrets here".to_owned()) }.boxed()
    }
}
