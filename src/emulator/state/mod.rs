//! The state of the emulated service: organizations, and what is in them.
//!
//! Everything that is changed is marked, so that the store writes exactly what changed.

mod directory;
mod entity;
mod fields;
mod kept;
mod lifecycle;
mod rows;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use directory::{Directory, Identified};
pub(super) use entity::{Entity, Kind, State};
pub(super) use fields::Fields;
pub(super) use lifecycle::{DirectoryState, Pending, Step};
pub(super) use rows::{Lag, Sort, Tables};

use super::refusal::Refusal;
use super::secret::{Held, is_same, salted};

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct World {
    organizations: BTreeMap<String, Organization>,
    /// Organization ids in the order of creation.
    order: BTreeMap<u64, String>,
    /// Answers by operation and client token, with the input they belong to: salted and hashed, as there
    /// may be secrets in it.
    tokens: BTreeMap<String, (String, Value)>,
    /// The keys of the tokens, the oldest first; after a restart in the order of the keys.
    token_order: VecDeque<String>,
    changed_tokens: BTreeSet<String>,
    /// Rows of the account.
    pub(super) tables: Tables,
    /// When the first mailbox export job that runs ends, or an earlier time where nobody has looked.
    pub(super) jobs_due: f64,
    /// The jobs whose archives are being written.
    pub(super) exporting: BTreeSet<String>,
    next_order: u64,
}

/// One organization.
#[derive(Debug)]
pub(super) struct Organization {
    pub(super) head: Head,
    pub(super) directory: Directory,
    /// Its rows.
    pub(super) tables: Tables,
    /// Passwords that have to be sent on, by the key of what they belong to. They are no part of what
    /// is kept or told.
    pub(super) secrets: BTreeMap<String, Held>,
    head_changed: bool,
}

/// An organization without its entities.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) order: u64,
    pub(super) alias: String,
    pub(super) state: String,
    pub(super) directory_id: String,
    #[serde(default, skip_serializing_if = "DirectoryState::is_writable")]
    pub(super) directory_state: DirectoryState,
    /// The directory went with the organization.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) directory_deleted: bool,
    /// It is never told. Source: behaviour notes, section 13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kms_key_arn: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) interoperability: bool,
    pub(super) region: String,
    /// When it became Active, or will.
    pub(super) completed_at: f64,
    /// What becomes of it by itself, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) pending: Vec<Pending>,
    pub(super) default_domain: String,
    pub(super) domains: BTreeMap<String, Domain>,
    pub(super) tags: BTreeMap<String, String>,
}

/// One mail domain of an organization.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Domain {
    pub(super) order: u64,
    pub(super) test: bool,
    pub(super) ownership: String,
    pub(super) dkim: String,
}

/// How many client tokens are remembered. How long the service remembers them is not documented.
const TOKENS: usize = 20_000;

/// The emulated account.
pub(super) const ACCOUNT: &str = "123456789012";

impl World {
    /// Adds an organization.
    pub(super) fn add(&mut self, head: Head) {
        let id = head.id.clone();
        self.insert(head);
        if let Some(organization) = self.organizations.get_mut(&id) {
            organization.head_changed = true;
        }
    }

    /// The next place in the order of creation.
    pub(super) fn next_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }

    /// Every organization in the order of creation.
    pub(super) fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.order
            .values()
            .filter_map(|id| self.organizations.get(id))
    }

    /// Every organization, to change it.
    pub(super) fn organizations_mut(&mut self) -> impl Iterator<Item = &mut Organization> {
        self.organizations.values_mut()
    }

    /// The organization of this id, whatever its state.
    pub(super) fn organization(&self, id: &str) -> Result<&Organization, Refusal> {
        self.organizations.get(id).ok_or_else(|| not_found(id))
    }

    /// The organization of this id, to change it.
    pub(super) fn organization_mut(&mut self, id: &str) -> Result<&mut Organization, Refusal> {
        self.organizations.get_mut(id).ok_or_else(|| not_found(id))
    }

    /// The organization of this id, if it is Active. Source of the message: behaviour notes, section 17.
    pub(super) fn active(&mut self, id: &str) -> Result<&mut Organization, Refusal> {
        let organization = self.organization_mut(id)?;
        if organization.head.state == "Active" {
            return Ok(organization);
        }
        let message = format!(
            "Organization {id} is not Active, state: {}",
            organization.head.state
        );
        Err(Refusal::new("OrganizationStateException", message))
    }

    /// The Active organization of this alias or id, for endpoints that put something in place.
    pub(super) fn active_called(&mut self, text: &str) -> Result<&mut Organization, String> {
        self.organizations
            .values_mut()
            .find(|found| {
                found.head.state == "Active"
                    && [&*found.head.id, &*found.head.alias].contains(&text)
            })
            .ok_or_else(|| format!("no Active organization is called {text}"))
    }

    /// The answer that a client token got before; refused if the input was another.
    pub(super) fn answered(&self, key: &str, input: &str) -> Result<Option<Value>, Refusal> {
        match self.tokens.get(key) {
            None => Ok(None),
            Some((known, answer)) if is_same(input, known) => Ok(Some(answer.clone())),
            Some(_) => Err(Refusal::invalid(
                "The ClientToken was used before with another input.",
            )),
        }
    }

    /// Remembers the answer of a client token; the oldest ones are forgotten when there are too many.
    pub(super) fn remember(&mut self, key: String, input: &str, answer: Value) {
        while self.token_order.len() >= TOKENS {
            if let Some(oldest) = self.token_order.pop_front() {
                self.tokens.remove(&oldest);
                self.changed_tokens.insert(oldest);
            }
        }
        self.changed_tokens.insert(key.clone());
        self.token_order.push_back(key.clone());
        self.tokens.insert(key, (salted(input), answer));
    }

    fn insert(&mut self, head: Head) {
        self.next_order = self.next_order.max(head.order);
        self.order.insert(head.order, head.id.clone());
        let id = head.id.clone();
        self.organizations.insert(
            id,
            Organization {
                head,
                directory: Directory::default(),
                tables: Tables::default(),
                secrets: BTreeMap::new(),
                head_changed: false,
            },
        );
    }
}

impl Organization {
    /// Its head, to change it.
    pub(super) fn head_mut(&mut self) -> &mut Head {
        self.head_changed = true;
        &mut self.head
    }

    /// Its ARN.
    pub(super) fn arn(&self) -> String {
        format!(
            "arn:aws:workmail:{}:{ACCOUNT}:organization/{}",
            self.head.region, self.head.id
        )
    }

    /// Refuses an address whose domain may not be used. Source: API reference, `RegisterToWorkMail`.
    pub(super) fn usable_domain(&self, address: &str) -> Result<(), Refusal> {
        let name = address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_ascii_lowercase();
        match self.head.domains.get(&name) {
            None => Err(Refusal::new(
                "MailDomainNotFoundException",
                format!("The domain {name} is not registered with this organization."),
            )),
            Some(domain) if domain.ownership != "VERIFIED" => Err(Refusal::new(
                "MailDomainStateException",
                format!("The domain {name} is not verified: {}.", domain.ownership),
            )),
            Some(_) => Ok(()),
        }
    }

    /// The number of the present call, and how long reads see what was before.
    pub(super) fn lag(&self) -> Lag {
        Lag {
            call: self.directory.call,
            calls: self.directory.lag,
        }
    }
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(
        "OrganizationNotFoundException",
        format!("The organization {id} does not exist."),
    )
}
