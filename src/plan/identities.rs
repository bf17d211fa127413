//! Whom the identity provider knows is said before nothing but the provider opens mailboxes.

use crate::kinds::identity_provider::Ways;
use crate::model::{IDENTITY_PROVIDER, Part, Snapshot, USER};

use super::rules::{IDENTIFY_BEFORE_ALONE, Rule};
use super::step::Step;

/// Puts the steps that give users their ids before the step that leaves the provider alone.
pub(super) fn before_alone(live: &Snapshot, steps: &mut [Step]) {
    let is_alone = |step: &Step| {
        let provider = step.becomes.as_ref();
        step.target.kind() == IDENTITY_PROVIDER
            && provider.is_some()
            && !Ways::of(provider).directory
    };
    let Some(alone) = steps.iter().position(is_alone) else {
        return;
    };
    let all = steps.iter().enumerate();
    let gives_id = all.filter(|(_, step)| gives_id(step, live));
    let gives_id: Vec<(&'static Rule, usize)> = gives_id
        .map(|(index, _)| (&IDENTIFY_BEFORE_ALONE, index))
        .collect();
    steps[alone].after.extend(gives_id);
}

/// True for a step by which a user gets an id, or another one.
fn gives_id(step: &Step, live: &Snapshot) -> bool {
    let id = step.call.input.get("IdentityProviderUserId");
    let Some(id) = id.filter(|id| step.target.kind() == USER && id.as_str() != Some("")) else {
        return false;
    };
    let user = live.entities.get(&step.target);
    let before = user.map(|user| user.field("identityProviderUserId"));
    !matches!(before, Some(Part::Known(before)) if before == id)
}
