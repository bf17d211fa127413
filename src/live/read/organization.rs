//! Reads the organization itself: which it is, its domains, its tags.

use std::collections::BTreeMap;

use aws_sdk_workmail::types::OrganizationSummary;
use futures::stream::{self, StreamExt as _};

use crate::client::{ApiError, ApiErrorKind, Client};
use crate::kinds::api::{PAGE, pages, required};
use crate::kinds::{SETTINGS, setting};
use crate::live::Needs;
use crate::model::{DesiredOrganization, DomainLive, OrganizationLive, Part, Snapshot, Target};

use super::{ReadError, Tally};

/// The organization that the manifest means, with every pin checked, and the client for it.
pub(super) async fn find(
    client: &Client,
    desired: &DesiredOrganization,
    spent: &mut Tally,
) -> Result<(OrganizationLive, Client), ReadError> {
    let pins = &desired.pins;
    check("region", pins.region.as_deref(), client.region())?;
    let id = match &pins.id {
        Some(id) => id.clone(),
        None => by_alias(client, &desired.alias, spent).await?,
    };
    let client = client.for_organization(&id);
    let request = client
        .workmail()
        .describe_organization()
        .organization_id(&id);
    let told = |source| ReadError::Api {
        operation: "DescribeOrganization",
        source,
    };
    let reply = client
        .read(request.send())
        .await
        .map_err(|error| match error.kind {
            ApiErrorKind::NotFound => {
                ReadError::NoOrganization(format!("id {id}"), client.region().to_owned())
            }
            _ => told(error),
        })?;
    spent.one();
    let alias = required(reply.alias(), "Alias").map_err(told)?;
    if !desired.alias.is_empty() {
        check("alias", Some(&desired.alias), &alias)?;
    }
    let arn = reply.arn().unwrap_or_default().to_owned();
    check(
        "accountId",
        pins.account_id.as_deref(),
        arn.split(':').nth(4).unwrap_or_default(),
    )?;
    let state = required(reply.state(), "State").map_err(told)?;
    if state == "Deleted" {
        return Err(ReadError::NoOrganization(
            format!("id {id} that is not deleted"),
            client.region().to_owned(),
        ));
    }
    let organization = OrganizationLive {
        id,
        alias,
        arn,
        region: client.region().to_owned(),
        state,
        caller: None,
        default_mail_domain: reply
            .default_mail_domain()
            .map_or(Part::Absent, |domain| Part::Known(domain.to_owned())),
        mail_domains: Part::NotRead,
    };
    Ok((organization, client))
}

/// The domains, and which of them is the default one.
pub(super) struct Domains {
    all: BTreeMap<String, DomainLive>,
    default: Option<String>,
}

/// The domains, where they are needed.
pub(super) async fn domains(
    client: &Client,
    alias: String,
    needs: &Needs,
) -> Option<Result<Domains, ApiError>> {
    if !needs.mail_domains {
        return None;
    }
    let names = pages(|token| async {
        let request = client
            .workmail()
            .list_mail_domains()
            .organization_id(client.organization())
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        let names = reply.mail_domains().iter().map(|domain| {
            let name = required(domain.domain_name(), "DomainName")?;
            Ok((name, domain.default_domain()))
        });
        let names: Result<Vec<(String, bool)>, ApiError> = names.collect();
        Ok((names?, reply.next_token().map(str::to_owned)))
    });
    let test_domain = format!("{alias}.awsapps.com");
    Some(names.await.map(|names: Vec<(String, bool)>| {
        Domains {
            default: names
                .iter()
                .find(|(_, is_default)| *is_default)
                .map(|(name, _)| name.clone()),
            all: names
                .into_iter()
                .map(|(name, _)| {
                    let is_test_domain = name.eq_ignore_ascii_case(&test_domain);
                    (
                        name,
                        DomainLive {
                            is_test_domain,
                            ..DomainLive::default()
                        },
                    )
                })
                .collect(),
        }
    }))
}

pub(super) fn place_domains(
    domains: Option<Result<Domains, ApiError>>,
    snapshot: &mut Snapshot,
    spent: &mut Tally,
) {
    match domains {
        None => {}
        Some(Ok(domains)) => {
            spent.list(domains.all.len());
            if let Some(default) = domains.default {
                snapshot.organization.default_mail_domain = Part::Known(default);
            }
            snapshot.organization.mail_domains = Part::Known(domains.all);
        }
        Some(Err(error)) => {
            spent.one();
            snapshot.organization.mail_domains = Part::Unknown(error.to_unknown("ListMailDomains"));
        }
    }
}

/// The verification of the domains that addresses are claimed in.
pub(super) async fn domain_details(
    client: &Client,
    snapshot: &mut Snapshot,
    needs: &Needs,
    spent: &mut Tally,
) {
    let Part::Known(domains) = &mut snapshot.organization.mail_domains else {
        return;
    };
    let wanted: Vec<String> = domains
        .keys()
        .filter(|name| {
            let mut wanted = needs.domain_details.iter();
            needs.every_domain || wanted.any(|wanted| wanted.eq_ignore_ascii_case(name))
        })
        .cloned()
        .collect();
    let replies: Vec<_> = stream::iter(wanted)
        .map(|name| async {
            let request = client
                .workmail()
                .get_mail_domain()
                .organization_id(client.organization())
                .domain_name(&name);
            let reply = client.read(request.send()).await;
            (name, reply)
        })
        .buffer_unordered(16)
        .collect()
        .await;
    for (name, reply) in replies {
        spent.one();
        let Some(domain) = domains.get_mut(&name) else {
            continue;
        };
        match reply {
            Ok(reply) => {
                domain.is_test_domain |= reply.is_test_domain();
                domain.ownership = reply
                    .ownership_verification_status()
                    .map_or(Part::Absent, |status| {
                        Part::Known(status.as_str().to_owned())
                    });
                domain.records = reply
                    .records()
                    .iter()
                    .map(|record| {
                        let [kind, host, value] =
                            [record.r#type(), record.hostname(), record.value()];
                        let told = [kind, host, value].map(Option::unwrap_or_default);
                        told.join(" ")
                    })
                    .collect();
            }
            Err(error) => domain.ownership = Part::Unknown(error.to_unknown("GetMailDomain")),
        }
    }
}

/// The tags, where something that only they tell is needed.
pub(super) async fn tags(
    client: &Client,
    arn: String,
    needs: &Needs,
) -> Option<Result<BTreeMap<String, String>, ApiError>> {
    let of_tags = |kind: &String| setting(kind).is_some_and(|kind| kind.nature.from_tags.is_some());
    if !needs.settings.iter().any(of_tags) {
        return None;
    }
    let request = client.workmail().list_tags_for_resource().resource_arn(arn);
    Some(client.read(request.send()).await.map(|reply| {
        reply
            .tags()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect()
    }))
}

/// Puts what tags tell into the snapshot, in the place of all that it had of the kinds that they tell.
pub(super) fn place_tags(
    tags: Option<Result<BTreeMap<String, String>, ApiError>>,
    snapshot: &mut Snapshot,
    spent: &mut Tally,
) {
    let Some(tags) = tags else { return };
    spent.one();
    for kind in SETTINGS {
        let Some(from_tags) = kind.nature.from_tags else {
            continue;
        };
        snapshot
            .settings
            .retain(|target, _| target.kind() != kind.name);
        let known = match &tags {
            Ok(tags) => {
                let told = from_tags(tags).into_iter();
                let told = told.map(|(name, setting)| (Target::new(kind.name, name), setting));
                snapshot.settings.extend(told);
                Part::Known(())
            }
            Err(error) => Part::Unknown(error.to_unknown("ListTagsForResource")),
        };
        snapshot.lists.insert(kind.name.to_owned(), known);
    }
}

/// The id behind an alias. Organizations in state Deleted are not seen.
async fn by_alias(client: &Client, alias: &str, spent: &mut Tally) -> Result<String, ReadError> {
    let summaries: Vec<OrganizationSummary> = pages(|token| async {
        let request = client
            .workmail()
            .list_organizations()
            .max_results(PAGE)
            .set_next_token(token);
        let reply = client.read(request.send()).await?;
        Ok((
            reply.organization_summaries().to_vec(),
            reply.next_token().map(str::to_owned),
        ))
    })
    .await
    .map_err(|source| ReadError::Api {
        operation: "ListOrganizations",
        source,
    })?;
    spent.list(summaries.len());
    let alive = |summary: &&OrganizationSummary| summary.state() != Some("Deleted");
    summaries
        .iter()
        .filter(alive)
        .find(|summary| summary.alias() == Some(alias))
        .and_then(|summary| summary.organization_id())
        .map(str::to_owned)
        .ok_or_else(|| {
            ReadError::NoOrganization(format!("alias `{alias}`"), client.region().to_owned())
        })
}

fn check(pin: &str, wanted: Option<&str>, found: &str) -> Result<(), ReadError> {
    match wanted {
        Some(wanted) if wanted != found => Err(ReadError::Pin(format!(
            "`organization.{pin}` is `{wanted}`, and the live one is `{found}`"
        ))),
        _ => Ok(()),
    }
}
