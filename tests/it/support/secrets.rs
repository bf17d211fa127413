//! Secrets for manifests that are applied in tests: made up, and taken by every rule of passwords.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use workmailctl::apply::Secrets;
use workmailctl::client::Secret;
use workmailctl::model::SecretSource;

/// Gives every source the same secret.
pub(crate) struct MadeUp;

impl Secrets for MadeUp {
    fn find<'a>(&'a self, _: &'a SecretSource) -> BoxFuture<'a, Result<Secret, String>> {
        async { Ok(Secret::new(&"Made-up 4 tests".to_owned().into())) }.boxed()
    }
}
