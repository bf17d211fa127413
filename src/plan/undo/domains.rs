//! Mail domains and the default one turned back.

use std::collections::BTreeSet;

use crate::model::{OrganizationLive, Snapshot};

use super::Draft;

/// Says which domains there were, as far as others are there now.
pub(super) fn turn_back(states: &[OrganizationLive], live: &Snapshot, draft: &mut Draft) {
    let Some(before) = states.first() else {
        return;
    };
    let now = &live.organization;
    let seen: Vec<&str> = states
        .iter()
        .filter_map(|state| state.default_mail_domain.known())
        .map(String::as_str)
        .collect();
    if let (Some(was), Some(is)) = (
        before.default_mail_domain.known(),
        now.default_mail_domain.known(),
    ) && seen.iter().any(|name| !name.eq_ignore_ascii_case(was))
        && !is.eq_ignore_ascii_case(was)
    {
        if seen.iter().any(|name| name.eq_ignore_ascii_case(is)) {
            draft.desired.organization.default_mail_domain = Some(was.clone());
        } else {
            draft.note("the default mail domain was changed since: left alone".to_owned());
        }
    }
    let Some((was, is)) = names(before).zip(names(now)) else {
        return;
    };
    let mut wanted = is.clone();
    for state in states.iter().filter_map(names) {
        for came in state.difference(&was) {
            wanted.remove(came);
        }
        for went in was.difference(&state) {
            if wanted.insert(went.clone()) {
                draft.note(format!(
                    "mail-domain/{went} has to be verified again: then undo once more, for what is in it"
                ));
            }
        }
    }
    if wanted != is {
        draft.desired.organization.mail_domains = Some(wanted);
    }
}

/// The domains by name, without the test domain.
fn names(organization: &OrganizationLive) -> Option<BTreeSet<String>> {
    let test = format!("{}.awsapps.com", organization.alias);
    let domains = organization.mail_domains.known()?.iter();
    let others = domains.filter(|(name, domain)| !domain.is_test_domain && **name != test);
    Some(others.map(|(name, _)| name.clone()).collect())
}
