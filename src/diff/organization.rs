//! The organization's mail domains and default domain: compared, and not written by this version.

use crate::kinds::tag;
use crate::model::{
    Action, Change, Delta, Gap, MAIL_DOMAIN, ORGANIZATION, Part, Reason, TAG, Target,
};

use super::entities::change;
use super::{Draft, Ends, uncertain};

/// Compares the domains. The test domain never counts, and a domain that is not verified yet is no
/// difference.
pub(super) fn compare(ends: &Ends<'_>, draft: &mut Draft) {
    let desired = &ends.desired.organization;
    let live = &ends.live.organization;
    let organization = Target::new(ORGANIZATION, live.alias.clone());
    let tags_are_compared = ends.manages_setting(&tag::ENTRY);
    if let Some(unknown) = ends.live.listed(TAG).unknown()
        && !tags_are_compared
    {
        draft.gaps.push(Gap {
            target: organization.clone(),
            part: "tags".to_owned(),
            unknown: unknown.clone(),
        });
    }
    if let Some(wanted) = &desired.mail_domains {
        match &live.mail_domains {
            Part::Known(domains) => {
                let is_there = |name: &String| {
                    domains
                        .keys()
                        .any(|domain| domain.eq_ignore_ascii_case(name))
                };
                for name in wanted.iter().filter(|name| !is_there(name)) {
                    let target = Target::new(MAIL_DOMAIN, name.clone());
                    only_compared(draft, change(&target, Action::Create, Reason::Manifest));
                }
                for (name, domain) in domains {
                    let declared = wanted
                        .iter()
                        .any(|wanted| wanted.eq_ignore_ascii_case(name));
                    if !declared && !domain.is_test_domain {
                        let target = Target::new(MAIL_DOMAIN, name.clone());
                        only_compared(draft, change(&target, Action::Delete, Reason::NotDeclared));
                    }
                }
            }
            part => draft.gaps.extend(uncertain(part).map(|unknown| Gap {
                target: organization.clone(),
                part: "mailDomains".to_owned(),
                unknown,
            })),
        }
    }
    let Some(wanted) = &desired.default_mail_domain else {
        return;
    };
    match &live.default_mail_domain {
        Part::Known(domain) if domain.eq_ignore_ascii_case(wanted) => {}
        part @ (Part::Known(_) | Part::Absent) => {
            let mut update = change(&organization, Action::Update, Reason::Manifest);
            update.deltas.push(Delta::Field {
                field: "defaultMailDomain".into(),
                before: part.known().cloned().into(),
                after: wanted.clone().into(),
            });
            only_compared(draft, update);
        }
        part => draft.gaps.extend(uncertain(part).map(|unknown| Gap {
            target: organization,
            part: "defaultMailDomain".to_owned(),
            unknown,
        })),
    }
}

fn only_compared(draft: &mut Draft, change: Change) {
    draft.changes.insert(
        change.target.clone(),
        Change {
            writable: false,
            ..change
        },
    );
}
