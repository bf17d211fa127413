//! What the service tells only once is written down at once: the ARN of an application that a plan makes
//! goes into a tag of the organization, before anything names the application, and out of it when the
//! application is gone. Both are one component: nothing that stops between components stops there.

use serde_json::{Map, Value, json};

use crate::kinds::identity_center_application::{CREATE, DELETE, tag_of};
use crate::kinds::tag::{VALUE, tagging, untagging};
use crate::model::{Snapshot, TAG, Target};

use super::rules::{CREATE_BEFORE_NAMING, DELETE_BEFORE_FORGETTING, KEEP_BEFORE_NAMING};
use super::step::{Fact, Step};

/// Appends the steps that keep tags, for every step that makes or removes an application.
pub(super) fn remember(live: &Snapshot, steps: &mut Vec<Step>) {
    let organization = || Value::from(live.organization.arn.clone());
    for index in 0..steps.len() {
        let (application, change) = (steps[index].target.clone(), steps[index].change);
        let key = tag_of(application.name());
        let tag = Target::new(TAG, key.clone());
        match steps[index].call.operation.as_str() {
            CREATE => {
                let arn = json!({ "$id": application });
                let call = tagging(organization(), &key, &arn);
                let mut step = Step::new(&tag, change, call, VALUE)
                    .after(Some((&CREATE_BEFORE_NAMING, index)));
                step.becomes = Some(Map::from_iter([(VALUE.to_owned(), arn)]));
                let kept = steps.len();
                for naming in steps.iter_mut().filter(|step| names(step, &application)) {
                    naming.after.push((&KEEP_BEFORE_NAMING, kept));
                }
                steps.push(step);
            }
            DELETE => {
                let call = untagging(organization(), &key);
                let step = Step::new(&tag, change, call, VALUE)
                    .after(Some((&DELETE_BEFORE_FORGETTING, index)));
                steps.push(step.taking_away());
            }
            _ => {}
        }
    }
}

fn names(step: &Step, application: &Target) -> bool {
    let wanted = Fact::Exists(application.clone());
    step.needs.iter().any(|(_, fact)| *fact == wanted)
}
