//! A copy of what is live in an emulator: its calls, made one by one.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use workmailctl::emulator::Emulator;
use workmailctl::kinds::KINDS;
use workmailctl::model::{Entity, GROUP, Part, RESOURCE, Snapshot, Target, USER};

use super::copy_settings;
use super::failure::{Exit, Failure, chain};

/// Fills an empty emulator with everything that a snapshot holds.
pub(crate) async fn fill(emulator: &Emulator, live: &Snapshot) -> Result<(), Failure> {
    if !live.organization.is_there() {
        return Ok(());
    }
    let alias = &live.organization.alias;
    let domains: Vec<String> = live
        .organization
        .mail_domains
        .known()
        .into_iter()
        .flatten()
        .filter(|(_, domain)| !domain.is_test_domain)
        .map(|(name, _)| name.clone())
        .collect();
    emulator
        .ensure_organization(alias, &domains)
        .map_err(|error| Failure::new(Exit::Error, chain(&error)))?;
    let region = match live.organization.region.as_str() {
        "" => "eu-west-1",
        region => region,
    };
    let mut copy = Copy {
        emulator,
        region,
        organization: String::new(),
        ids: BTreeMap::new(),
    };
    copy.find_organization(alias).await?;
    for (name, domain) in live.organization.mail_domains.known().into_iter().flatten() {
        if domain.ownership.known().is_some() && !domain.is_verified() {
            set_verification(emulator, name, "unverify").await?;
        }
    }
    let entities: Vec<(&Target, &Entity)> = live
        .entities
        .iter()
        .filter(|(_, entity)| !entity.built_in)
        .collect();
    for (target, entity) in &entities {
        copy.create(target, entity).await?;
    }
    for (target, entity) in &entities {
        copy.links(target, entity).await?;
        copy.update(target, entity).await?;
    }
    for (target, entity) in &entities {
        copy.grants(target, entity).await?;
    }
    copy_settings::fill(&mut copy, live).await?;
    copy.settle(live).await
}

/// Verifies a domain, as its DNS records would.
pub(crate) async fn verify(emulator: &Emulator, domain: &str) -> Result<(), Failure> {
    set_verification(emulator, domain, "verify").await
}

async fn set_verification(emulator: &Emulator, domain: &str, what: &str) -> Result<(), Failure> {
    let path = format!("/_emulator/domains/{}/{what}", domain.to_ascii_lowercase());
    let request = http::Request::post(path)
        .body(Bytes::new())
        .map_err(Failure::bug)?;
    emulator.handle(request).await.map_err(Failure::bug)?;
    Ok(())
}

/// A copy that is being made.
pub(super) struct Copy<'a> {
    emulator: &'a Emulator,
    region: &'a str,
    organization: String,
    /// The ids in the copy.
    pub(super) ids: BTreeMap<Target, String>,
}

impl Copy<'_> {
    async fn find_organization(&mut self, alias: &str) -> Result<(), Failure> {
        let listed = self.call("ListOrganizations", json!({})).await?;
        let all = listed["OrganizationSummaries"].as_array();
        let found = all.into_iter().flatten().find(|one| one["Alias"] == alias);
        let id = found
            .and_then(|one| one["OrganizationId"].as_str())
            .ok_or_else(|| Failure::bug("the copy has no organization"))?;
        id.clone_into(&mut self.organization);
        Ok(())
    }

    /// Creates an entity and registers it with its addresses.
    async fn create(&mut self, target: &Target, entity: &Entity) -> Result<(), Failure> {
        let known = |name: &str| entity.field(name).known().cloned();
        let (operation, reply, mut input) = match target.kind() {
            USER => {
                let name = known("displayName").filter(|name| *name != "");
                let display = name.unwrap_or_else(|| json!(target.name()));
                ("CreateUser", "UserId", json!({ "DisplayName": display }))
            }
            GROUP => ("CreateGroup", "GroupId", json!({})),
            _ => {
                let kind = known("type").unwrap_or_else(|| json!("ROOM"));
                ("CreateResource", "ResourceId", json!({ "Type": kind }))
            }
        };
        input["Name"] = json!(target.name());
        let created = self.organized(operation, input).await?;
        let id = created[reply].as_str().unwrap_or_default().to_owned();
        self.ids.insert(target.clone(), id.clone());
        if !entity.is_registered() {
            return Ok(());
        }
        let Some(email) = entity.email.known() else {
            return Ok(());
        };
        let input = json!({ "EntityId": id, "Email": email.as_str() });
        self.organized("RegisterToWorkMail", input).await?;
        for alias in entity.aliases.known().into_iter().flatten() {
            let input = json!({ "EntityId": id, "Alias": alias.as_str() });
            self.organized("CreateAlias", input).await?;
        }
        Ok(())
    }

    /// Makes members and delegates.
    async fn links(&self, target: &Target, entity: &Entity) -> Result<(), Failure> {
        for link in entity.links.known().into_iter().flatten() {
            let Some(member) = link.party.target().and_then(|party| self.ids.get(party)) else {
                continue;
            };
            let id = &self.ids[target];
            let (operation, input) = if target.kind() == GROUP {
                let input = json!({ "GroupId": id, "MemberId": member });
                ("AssociateMemberToGroup", input)
            } else {
                let input = json!({ "ResourceId": id, "EntityId": member });
                ("AssociateDelegateToResource", input)
            };
            // What the service keeps of a deregistered thing cannot always be made anew.
            let made = self.organized(operation, input).await;
            if entity.is_registered() && !link.deleted {
                made.or_else(forgive_unregistered)?;
            }
        }
        Ok(())
    }

    /// Sets every plain field.
    async fn update(&self, target: &Target, entity: &Entity) -> Result<(), Failure> {
        if !entity.is_registered() {
            return Ok(());
        }
        let Some(entry) = KINDS.iter().find(|entry| entry.name == target.kind()) else {
            return Ok(());
        };
        let mut input = Map::new();
        for field in entry.fields {
            let Part::Known(value) = entity.field(field.name) else {
                continue;
            };
            if field.name == "mailboxQuotaMb" {
                let input = json!({ "UserId": self.ids[target], "MailboxQuota": value });
                self.organized("UpdateMailboxQuota", input).await?;
            } else {
                input.insert(field.member.to_owned(), in_api_words(value));
            }
        }
        if input.is_empty() {
            return Ok(());
        }
        let (operation, id) = match target.kind() {
            USER => ("UpdateUser", "UserId"),
            GROUP => ("UpdateGroup", "GroupId"),
            _ => ("UpdateResource", "ResourceId"),
        };
        input.insert(id.to_owned(), json!(self.ids[target]));
        if target.kind() == RESOURCE {
            input.insert("Name".to_owned(), json!(target.name()));
        }
        self.organized(operation, Value::Object(input)).await?;
        Ok(())
    }

    async fn grants(&self, target: &Target, entity: &Entity) -> Result<(), Failure> {
        for grant in entity.grants.known().into_iter().flatten() {
            let Some(grantee) = grant.grantee.target().and_then(|party| self.ids.get(party)) else {
                continue;
            };
            let input = json!({
                "EntityId": self.ids[target],
                "GranteeId": grantee,
                "PermissionValues": grant.rights,
            });
            let made = self.organized("PutMailboxPermissions", input).await;
            if entity.is_registered() {
                made.or_else(forgive_unregistered)?;
            }
        }
        Ok(())
    }

    /// The default domain.
    async fn settle(&self, live: &Snapshot) -> Result<(), Failure> {
        if let Some(domain) = live.organization.default_mail_domain.known() {
            let input = json!({ "DomainName": domain });
            self.organized("UpdateDefaultMailDomain", input).await?;
        }
        Ok(())
    }

    pub(super) async fn organized(
        &self,
        operation: &str,
        mut input: Value,
    ) -> Result<Value, Failure> {
        input["OrganizationId"] = json!(self.organization);
        self.call(operation, input).await
    }

    pub(super) async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        let scope = format!("copy/20260101/{}/workmail/aws4_request", self.region);
        let request = http::Request::post("/")
            .header("x-amz-target", format!("WorkMailService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
            )
            .body(Bytes::from(input.to_string()))
            .map_err(Failure::bug)?;
        let reply = self.emulator.handle(request).await.map_err(Failure::bug)?;
        let body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
        if reply.status().is_success() {
            return Ok(body);
        }
        let message = format!(
            "the copy refused {operation}: {} {}",
            body["__type"].as_str().unwrap_or_default(),
            body["Message"].as_str().unwrap_or_default()
        );
        Err(Failure::new(Exit::Error, message))
    }
}

/// A member, delegate or grantee that is not registered can stay with the service, and be refused
/// when it is made anew: the copy goes without it.
fn forgive_unregistered(failure: Failure) -> Result<Value, Failure> {
    if failure.sentence().contains("EntityStateException") {
        Ok(Value::Null)
    } else {
        Err(failure)
    }
}

/// Names of flags in a map as the API writes them.
fn in_api_words(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let renamed = members.iter().map(|(name, value)| {
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        (first.into_iter().chain(letters).collect(), value.clone())
    });
    Value::Object(renamed.collect())
}
