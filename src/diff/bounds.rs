//! What the service does not take whatever the order of calls is: more settings of a kind than it has
//! room for, and changes of what cannot be changed.

use crate::kinds::setting::SettingKind;
use crate::model::{
    Action, Delta, IDENTITY_CENTER_APPLICATION, MANAGEMENT_TAG, ORGANIZATION, Problem, TAG, Target,
};

use super::{Draft, Ends};

/// What the service cannot change is not made anew under its name: the old one is in use until then.
pub(super) fn unchangeable(target: &Target, deltas: &[Delta]) -> Problem {
    let fields: Vec<String> = deltas
        .iter()
        .map(|delta| format!("`{}`", delta.path()))
        .collect();
    Problem {
        target: target.clone(),
        path: String::new(),
        message: format!(
            "{target} cannot be changed, and {} differs",
            fields.join(", ")
        ),
        help: "give it another name: it is made anew, and the old one goes".to_owned(),
        place: None,
    }
}

/// A table that is full when the plan has ended cannot be written.
pub(super) fn too_many(ends: &Ends<'_>, kind: &SettingKind, draft: &mut Draft) {
    let Some(limit) = kind.limit else { return };
    let written = |action: Action, kind: &str| {
        let changes = draft.changes.values();
        let of_kind = changes.filter(|change| change.writable && change.target.kind() == kind);
        of_kind.filter(|change| change.action == action).count()
    };
    let comes = written(Action::Create, kind.name);
    if comes == 0 {
        return;
    }
    let twins = ends.live.twins.iter().map(|(target, _)| target);
    let there = ends.live.settings.keys().chain(twins);
    let there = there.filter(|target| target.kind() == kind.name).count();
    let ours = match kind.name {
        TAG => {
            let digest = usize::from(ends.live.tag(MANAGEMENT_TAG).is_none());
            digest + written(Action::Create, IDENTITY_CENTER_APPLICATION)
        }
        _ => 0,
    };
    let after = (there + comes + ours).saturating_sub(written(Action::Delete, kind.name));
    if after > limit {
        let with_ours = match ours {
            0 => String::new(),
            ours => format!(", {ours} of them workmailctl's own"),
        };
        draft.problems.push(Problem {
            target: Target::new(ORGANIZATION, ends.live.organization.alias.clone()),
            path: String::new(),
            message: format!(
                "there would be {after} {}{with_ours}, and {limit} are the most",
                kind.plural
            ),
            help: "remove some, or declare fewer".to_owned(),
            place: None,
        });
    }
}
