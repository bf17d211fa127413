//! What the service tells once, or never, and whom the identity provider knows: nothing of it is lost where a
//! run ends early.
//!
//! The ARN of an application is kept in a tag while there is the application; the version of a secret is
//! remembered only of what was sent; and who gets an id at the identity provider has it before nothing else
//! opens their mailbox.

use serde_json::{Map, Value};

use crate::kinds::identity_center_application::{name_in, tag_of};
use crate::kinds::identity_provider::Ways;
use crate::kinds::setting;
use crate::kinds::setting::{has_secret, references, tell_versions, version_of};
use crate::model::{
    IDENTITY_CENTER_APPLICATION, IDENTITY_PROVIDER, ORGANIZATION, Part, TAG, Target, USER,
};

use super::super::document::Operation;
use super::state::State;
use super::{Invariant, Refused};

/// Looks whether something would be lost by a call; `end` is what is there when all is done.
pub(super) fn can_be_made(
    state: &State<'_>,
    end: &State<'_>,
    operation: &Operation,
) -> Result<(), Refused> {
    let target = &operation.target;
    match (target.kind(), &operation.becomes) {
        (IDENTITY_PROVIDER, Some(provider)) => {
            applications_are_kept(state, provider)?;
            everybody_is_known(state, end, provider)
        }
        (TAG, None) => {
            let application = name_in(target.name());
            let application =
                application.map(|name| Target::new(IDENTITY_CENTER_APPLICATION, name));
            match application.filter(|one| state.now.settings.contains_key(one)) {
                Some(application) => Err((
                    Invariant::Remembered,
                    format!("{target} goes while {application} is there"),
                )),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn applications_are_kept(state: &State<'_>, provider: &Map<String, Value>) -> Result<(), Refused> {
    let members = setting(IDENTITY_PROVIDER).map(|kind| kind.members);
    let named = members.map(|members| references(members, provider));
    for application in named.into_iter().flatten() {
        let tag = Target::new(TAG, tag_of(application.target.name()));
        let is_made = application.target.kind() == IDENTITY_CENTER_APPLICATION;
        if is_made && !state.now.settings.contains_key(&tag) {
            let text = format!("{tag} does not keep the ARN of what is named");
            return Err((Invariant::Remembered, text));
        }
    }
    Ok(())
}

fn everybody_is_known(
    state: &State<'_>,
    end: &State<'_>,
    provider: &Map<String, Value>,
) -> Result<(), Refused> {
    if Ways::of(Some(provider)).directory {
        return Ok(());
    }
    for (target, after) in &end.now.entities {
        let id = after.field("identityProviderUserId");
        let now = state.now.entities.get(target);
        let now = now.filter(|now| target.kind() == USER && now.is_registered());
        let is_known = now.is_none_or(|now| now.field("identityProviderUserId") == id);
        if matches!(id, Part::Known(_)) && !is_known {
            let text = format!("the identity provider does not know {target} yet");
            return Err((Invariant::Identified, text));
        }
    }
    Ok(())
}

/// Looks whether the version of a secret is remembered that was not sent.
pub(super) fn is_sent(state: &State<'_>, operation: &Operation) -> Result<(), Refused> {
    if operation.target.kind() != ORGANIZATION || operation.call.operation != "TagResource" {
        return Ok(());
    }
    let secret = |target: &Target| {
        let kind = setting(target.kind()).filter(|kind| has_secret(kind.members));
        kind.filter(|_| state.touches(target))
    };
    if !state
        .now
        .settings
        .keys()
        .any(|target| secret(target).is_some())
    {
        return Ok(());
    }
    let mut told = state.now.clone();
    tell_versions(&mut told);
    for (target, setting) in &state.now.settings {
        let Some(kind) = secret(target) else { continue };
        let version = |value: &Map<String, Value>| version_of(kind.members, value);
        let remembered = told.settings.get(target);
        let remembered = remembered.and_then(|setting| version(&setting.value));
        let before = state.live.settings.get(target);
        let before = before.and_then(|setting| version(&setting.value));
        if remembered != before && remembered != version(&setting.value) {
            let text = format!("a version of {target} is remembered that was not sent");
            return Err((Invariant::Remembered, text));
        }
    }
    Ok(())
}
