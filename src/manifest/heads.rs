//! What stands once in a manifest, as it is desired: the organization and how it is managed.

use std::collections::BTreeSet;

use crate::model::{
    CreateOrganization, DesiredOrganization, Management, OrganizationRemoval, Pins, Section,
};

use super::settings;
use super::spec::{ManagementSpec, OrganizationSpec, OrganizationStateSpec, SectionSpec};

/// The section `organization`.
pub(super) fn declared_organization(spec: &OrganizationSpec) -> DesiredOrganization {
    DesiredOrganization {
        alias: spec.alias.clone(),
        pins: Pins {
            region: spec.region.clone(),
            id: spec.id.clone(),
            account_id: spec.account_id.clone(),
        },
        mail_domains: spec.mail_domains.as_ref().map(|domains| {
            domains
                .iter()
                .map(|domain| domain.to_ascii_lowercase())
                .collect::<BTreeSet<_>>()
        }),
        listed_domains: spec.mail_domains.clone().unwrap_or_default(),
        default_mail_domain: spec
            .default_mail_domain
            .as_ref()
            .map(|domain| domain.to_ascii_lowercase()),
        create: spec.create.as_ref().map(|create| CreateOrganization {
            directory_id: create.directory_id.clone(),
            kms_key_arn: create.kms_key_arn.clone(),
        }),
        removal: spec.state.map(|OrganizationStateSpec::Absent| {
            let says = spec.on_removal.unwrap_or_default();
            OrganizationRemoval {
                delete_directory: says.delete_directory,
                force: says.force,
            }
        }),
    }
}

/// The section `management`.
pub(super) fn declared_management(spec: &ManagementSpec) -> Management {
    let section = |spec: &SectionSpec| Section {
        unmanaged: spec.unmanaged.unwrap_or_default(),
        on_removal: spec.on_removal.unwrap_or_default(),
        ignore: spec.ignore.clone(),
        write: spec.write.unwrap_or(true),
    };
    let sections = [
        ("users", &spec.users),
        ("groups", &spec.groups),
        ("resources", &spec.resources),
    ];
    let sections = sections
        .into_iter()
        .filter_map(|(name, found)| Some((name.to_owned(), section(found.as_ref()?))));
    let of_settings = settings::managed(spec)
        .into_iter()
        .map(|(kind, section)| (kind.section.to_owned(), section));
    Management {
        sections: sections.chain(of_settings).collect(),
        limits: spec.limits.unwrap_or_default(),
        protect: spec.protect.clone(),
        watch_readers: spec.watch_readers.clone(),
        never_lock_out: spec.never_lock_out.clone(),
        approvals: spec.approvals.clone(),
        exports: None,
    }
}
