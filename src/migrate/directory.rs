//! `Directory`: everybody of an organization with every address, in plain words that other programs read.
//! It is what import files are made of, and what the other side is checked against.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{
    Entity, GROUP, Part, Party, RESOURCE, Right, Snapshot, Target, USER, test_domain,
};

/// The version of the format.
pub const DIRECTORY_VERSION: u32 = 1;

/// Everybody of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// The version of this format, `1`.
    pub directory_version: u32,
    /// The id of the organization.
    pub organization_id: String,
    /// Its alias.
    pub alias: String,
    /// Its region.
    pub region: String,
    /// When it was read.
    pub taken_at: Timestamp,
    /// The mail domains.
    pub domains: Vec<Domain>,
    /// The users, groups and resources, in the order of their targets.
    pub recipients: Vec<Recipient>,
    /// The settings, such as `access-control-rule/office`.
    pub settings: Vec<Target>,
    /// What could not be read, as sentences. Where there is any, the directory is not whole.
    pub unread: Vec<String>,
}

/// A mail domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// True for the domain that belongs to the service, and ends with it.
    pub is_test_domain: bool,
    /// True for the domain of new addresses.
    pub is_default: bool,
    /// The DNS records that the service asks for, as `TYPE HOSTNAME VALUE`.
    pub records: Vec<String>,
}

/// A user, a group or a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// `user`, `group` or `resource`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The service's id.
    pub id: String,
    /// False: it was never registered, or is not any more, and gets no mail.
    pub registered: bool,
    /// The primary address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The other addresses.
    pub aliases: Vec<String>,
    /// The plain fields that are set.
    pub fields: BTreeMap<String, Value>,
    /// The members of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Reference>,
    /// The delegates of a resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegates: Vec<Reference>,
    /// Who may do what with its mailbox.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantRow>,
}

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// `user`, `group` or `resource`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The primary address; none: nobody is registered there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The rights of one grantee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantRow {
    /// Who may.
    pub grantee: Reference,
    /// What they may.
    pub rights: BTreeSet<Right>,
}

impl Directory {
    /// What a snapshot tells. What the service made for itself is left out.
    pub fn of(live: &Snapshot) -> Self {
        let organization = &live.organization;
        let mut unread = Vec::new();
        for kind in [USER, GROUP, RESOURCE] {
            told(
                live.listed(kind),
                &format!("the list of {kind}s"),
                &mut unread,
            );
        }
        let default = organization.default_mail_domain.known();
        told(&organization.mail_domains, "the mail domains", &mut unread);
        let domains = organization.mail_domains.known().into_iter().flatten();
        let domains = domains.map(|(name, domain)| Domain {
            name: name.clone(),
            is_test_domain: domain.is_test_domain,
            is_default: default == Some(name),
            records: domain.records.clone(),
        });
        let domains = domains.collect();
        let shown = live.entities.iter().filter(|(_, entity)| !entity.built_in);
        let recipients = shown
            .map(|(target, entity)| recipient(target, entity, live, &mut unread))
            .collect();
        Self {
            directory_version: DIRECTORY_VERSION,
            organization_id: organization.id.clone(),
            alias: organization.alias.clone(),
            region: organization.region.clone(),
            taken_at: live.taken_at,
            domains,
            recipients,
            settings: live.settings.keys().cloned().collect(),
            unread,
        }
    }

    /// The recipients of a kind that get mail.
    pub fn registered<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Recipient> {
        let all = self.recipients.iter();
        all.filter(move |one| one.kind == kind && one.registered && one.email.is_some())
    }

    /// True if the address is in a domain of the service's own, which ends with it. Such a domain is known by
    /// its name, too, where the domains could not be read. Source: API reference,
    /// `CreateOrganization`, `Alias`.
    pub fn ends_with_the_service(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let mut tests = self.domains.iter().filter(|one| one.is_test_domain);
        domain.eq_ignore_ascii_case(&test_domain(&self.alias))
            || tests.any(|one| one.name.eq_ignore_ascii_case(domain))
    }

    /// The address by which somebody is known elsewhere: the first one that does not end with the service.
    pub fn address_elsewhere<'a>(&self, one: &'a Recipient) -> Option<&'a str> {
        let mut all = one.addresses();
        all.find(|address| !self.ends_with_the_service(address))
    }

    /// The same without the addresses that end with the service: whoever has such a primary address has the
    /// first other one instead, or none.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        let mut known: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
        let mut moved = self.clone();
        for one in &mut moved.recipients {
            let email = self.address_elsewhere(one).map(str::to_owned);
            one.aliases.retain(|alias| {
                !self.ends_with_the_service(alias) && Some(alias) != email.as_ref()
            });
            known.insert((one.kind.clone(), one.name.clone()), email.clone());
            one.email = email;
        }
        for one in &mut moved.recipients {
            let grantees = one.grants.iter_mut().map(|grant| &mut grant.grantee);
            let linked = one.members.iter_mut().chain(&mut one.delegates);
            for named in linked.chain(grantees).filter(|named| named.email.is_some()) {
                let key = (named.kind.clone(), named.name.clone());
                let own = named.email.take();
                // Who is left out of a snapshot is named by it all the same.
                named.email = known
                    .get(&key)
                    .cloned()
                    .unwrap_or_else(|| own.filter(|address| !self.ends_with_the_service(address)));
            }
        }
        moved
    }
}

impl Recipient {
    /// The primary address, then the others.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let all = self.email.iter().chain(&self.aliases);
        all.map(String::as_str)
    }

    /// A plain field that is a text; empty: it is not set.
    pub fn text(&self, field: &str) -> &str {
        let value = self.fields.get(field).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// The name that people see.
    pub fn shown_name(&self) -> &str {
        match self.text("displayName") {
            name if name.trim().is_empty() => &self.name,
            name => name,
        }
    }

    /// `user/ana`.
    pub fn target(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// True if it is not shown in the global address list.
    pub fn is_hidden(&self) -> bool {
        self.fields.get("hiddenFromGlobalAddressList") == Some(&Value::Bool(true))
    }
}

fn recipient(
    target: &Target,
    entity: &Entity,
    live: &Snapshot,
    unread: &mut Vec<String>,
) -> Recipient {
    let is_group = target.kind() == GROUP;
    let links = if is_group { "members" } else { "delegates" };
    told(&entity.email, &format!("the address of {target}"), unread);
    told(&entity.aliases, &format!("the aliases of {target}"), unread);
    told(&entity.links, &format!("the {links} of {target}"), unread);
    told(
        &entity.grants,
        &format!("the permissions of {target}"),
        unread,
    );
    let mut fields = BTreeMap::new();
    for (name, part) in &entity.fields {
        told(part, &format!("{name} of {target}"), unread);
        if let Part::Known(value) = part
            && value.as_str() != Some("")
        {
            fields.insert(name.to_string(), value.clone());
        }
    }
    let mut linked = Vec::new();
    for link in entity.links.known().into_iter().flatten() {
        if !link.deleted {
            linked.extend(reference(&link.party, live));
        }
    }
    let grants = entity.grants.known().into_iter().flatten();
    let grants = grants.filter_map(|grant| {
        let grantee = reference(&grant.grantee, live)?;
        let rights = grant.rights.clone();
        Some(GrantRow { grantee, rights })
    });
    let (members, delegates) = if is_group {
        (linked, Vec::new())
    } else {
        (Vec::new(), linked)
    };
    let aliases = entity.aliases.known().into_iter().flatten();
    Recipient {
        kind: target.kind().to_owned(),
        name: target.name().to_owned(),
        id: entity.id.clone(),
        registered: entity.is_registered(),
        email: entity.email.known().map(ToString::to_string),
        aliases: aliases.map(ToString::to_string).collect(),
        fields,
        members,
        delegates,
        grants: grants.collect(),
    }
}

/// Who is meant; none: an id that no list tells of any more, or somebody of the service's own.
fn reference(party: &Party, live: &Snapshot) -> Option<Reference> {
    let target = party.target()?;
    let entity = live.entities.get(target);
    if entity.is_some_and(|entity| entity.built_in) {
        return None;
    }
    let registered = entity.filter(|entity| entity.is_registered());
    let email = registered.and_then(|entity| entity.email.known());
    Some(Reference {
        kind: target.kind().to_owned(),
        name: target.name().to_owned(),
        email: email.map(ToString::to_string),
    })
}

/// Notes what could not be read. What the service does not tell of who is deregistered is none of it.
fn told<T>(part: &Part<T>, what: &str, unread: &mut Vec<String>) {
    use crate::model::UnknownCause::Deregistered;
    if let Some(unknown) = part.unknown()
        && unknown.cause != Deregistered
    {
        unread.push(format!("{what} could not be read: {}", unknown.message));
    }
}
