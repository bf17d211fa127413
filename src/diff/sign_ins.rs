//! What has to be read so that it can be told who can sign in after a plan.
//!
//! Access control rules and the identity provider decide together: where one is written, the other is
//! read. Where passwords of the directory open nothing any more, it counts whom the provider knows, which
//! the list of users tells.

use crate::kinds::identity_provider::Ways;
use crate::kinds::setting;
use crate::kinds::setting::{SINGLE, kinds_named};
use crate::live::Needs;
use crate::model::{
    ACCESS_CONTROL_RULE, Change, Delta, IDENTITY_PROVIDER, Part, Snapshot, Target, USER,
};

/// What in a plan decides about sign-ins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInWrites {
    /// It writes access control rules.
    pub rules: bool,
    /// It writes an identity provider by which somebody may lose a way in.
    pub ways: bool,
    /// It takes from a user what the identity provider knows them by.
    pub ids: bool,
}

impl SignInWrites {
    /// What in these changes decides about sign-ins.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>, live: &Snapshot) -> Self {
        let provider = live.settings.get(&Target::new(IDENTITY_PROVIDER, SINGLE));
        let ways = Ways::of(provider.map(|provider| &provider.value));
        let mut writes = Self::default();
        for change in changes.into_iter().filter(|change| change.writable) {
            let mut deltas = change.deltas.iter();
            match change.target.kind() {
                ACCESS_CONTROL_RULE => writes.rules = true,
                IDENTITY_PROVIDER => writes.ways |= deltas.any(|delta| closes(delta, ways)),
                USER => writes.ids |= deltas.any(forgets),
                _ => {}
            }
        }
        writes
    }
}

/// True for a difference by which the provider leaves fewer ways in than it did.
fn closes(delta: &Delta, before: Ways) -> bool {
    let Delta::Field { field, after, .. } = delta else {
        return false;
    };
    match field.as_ref() {
        "authenticationMode" => after.as_str() == Some("IDENTITY_PROVIDER_ONLY"),
        "personalAccessTokens.status" => !before.directory && after.as_str() != Some("ACTIVE"),
        _ => false,
    }
}

fn forgets(delta: &Delta) -> bool {
    matches!(delta, Delta::Field { field, after, .. }
        if field == "identityProviderUserId" && after.as_str().unwrap_or_default().is_empty())
}

/// What is still to be read so that it can be told who can sign in.
pub fn sign_in_needs(writes: SignInWrites, live: &Snapshot) -> Needs {
    let mut needs = Needs::default();
    let mut read = |kind: &str| {
        if matches!(live.listed(kind), Part::NotRead) {
            match setting(kind) {
                Some(_) => needs.settings.insert(kind.to_owned()),
                None => needs.lists.insert(kind.to_owned()),
            };
        }
    };
    if writes.rules || writes.ids {
        read(IDENTITY_PROVIDER);
    }
    if writes.ways {
        read(ACCESS_CONTROL_RULE);
        read(USER);
        // Rules tell users and roles by ids.
        let rules = setting(ACCESS_CONTROL_RULE);
        let named = rules.map(|rules| kinds_named(rules.members));
        named.into_iter().flatten().for_each(read);
    }
    needs
}
