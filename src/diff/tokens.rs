//! Personal access tokens: those that were not used for longer than the manifest lets them go. Nothing makes
//! one, and nothing changes one.

use jiff::Timestamp;
use serde_json::Value;

use crate::kinds::personal_access_token::{CREATED, LAST_USED, UNUSED_DAYS};
use crate::kinds::setting::SettingKind;
use crate::model::{
    Action, Change, Delta, Globs, NotWatched, Reason, Section, Setting, TokenRule, Unmanaged,
};

use super::entities::change;
use super::settings::{deltas, of_kind};
use super::{Draft, Ends};

const DAY: i64 = 24 * 60 * 60;

pub(super) fn compare(
    ends: &Ends<'_>,
    kind: &'static SettingKind,
    section: &Section,
    draft: &mut Draft,
) {
    let Some(rule) = ends.desired.tokens else {
        return;
    };
    let ignored = Globs::new(&section.ignore);
    let (mut passed_over, mut kept, mut ageless) = (0_usize, 0_usize, 0_usize);
    for (target, live) in of_kind(&ends.live.settings, kind) {
        if ignored.matches(target) {
            passed_over += 1;
            continue;
        }
        let Some(seconds) = unused(live, &rule) else {
            ageless += 1;
            continue;
        };
        if seconds <= rule.max_unused_days.saturating_mul(DAY) {
            continue;
        }
        if section.unmanaged == Unmanaged::Keep {
            kept += 1;
            continue;
        }
        let mut deltas = deltas(kind, &live.value, &serde_json::Map::new());
        deltas.push(Delta::Field {
            field: UNUSED_DAYS.into(),
            before: Value::from(seconds / DAY),
            after: Value::Null,
        });
        draft.changes.insert(
            target.clone(),
            Change {
                deltas,
                writable: section.write && section.unmanaged == Unmanaged::Remove,
                ..change(target, Action::Delete, Reason::Due)
            },
        );
    }
    for (count, what) in [
        (passed_over, "ignored"),
        (kept, "unused and kept"),
        (ageless, "of which nobody tells when they were made or used"),
    ] {
        if count > 0 {
            draft
                .not_watched
                .push(NotWatched::of(format!("{count} {} {what}", kind.plural)));
        }
    }
}

/// For how many seconds a token was not used; one that never was counts from its creation.
fn unused(live: &Setting, rule: &TokenRule) -> Option<i64> {
    let time = |field: &str| live.value.get(field)?.as_str()?.parse::<Timestamp>().ok();
    let since = time(LAST_USED).or_else(|| time(CREATED))?;
    Some(rule.now.as_second() - since.as_second())
}
