//! All that executing asks of the service: send a call, read afresh, and what an error means.

use std::collections::BTreeMap;

use crate::client::{self, ApiError, ApiErrorKind, Client};
use crate::kinds::api::Asked;
use crate::kinds::setting::{split, with_names};
use crate::kinds::{self, Kinds, Outgoing};
use crate::live::{self, Needs, Piece};
use crate::model::{Call, Entity, EntityState, Part, Party, Setting, Snapshot, TAG, Target};

use crate::plan::{Effect, Operation};

use super::context::Context;

/// The answer to a write call.
pub(super) type Answer = Result<Option<String>, ApiError>;

/// What executing asks of the service.
pub(super) trait Service {
    /// Waits until the pacing lets so many requests pass together. Every request that is sent was
    /// waited for here.
    async fn turns(&self, count: usize);

    /// Sends a write call. Returns the id of what it created, and how often it was sent, retries of the
    /// client included.
    async fn send(&self, call: &Outgoing<'_>) -> (Answer, u32);

    /// What it makes of the rules that stand now.
    async fn effect(&self, asked: &Asked<'_>) -> Result<Effect, ApiError>;

    /// Reads what is needed into the snapshot. Parts that cannot be read say so.
    async fn read_more(&self, fresh: &mut Snapshot, needs: &Needs);
}

/// The real service.
pub(super) struct Live<'a> {
    pub(super) client: &'a Client,
    pub(super) kinds: Kinds,
}

impl Service for Live<'_> {
    async fn turns(&self, count: usize) {
        self.client.permits(count).await;
    }

    async fn send(&self, call: &Outgoing<'_>) -> (Answer, u32) {
        // Boxed, because the SDK's futures are large, and this one is held in many places.
        let sending = Box::pin(kinds::execute(self.client, call));
        let (answer, attempts) = client::counting(sending).await;
        (answer.unwrap_or_else(|| Err(unsendable(call))), attempts)
    }

    async fn effect(&self, asked: &Asked<'_>) -> Result<Effect, ApiError> {
        Box::pin(kinds::api::effect(self.client, asked)).await
    }

    async fn read_more(&self, fresh: &mut Snapshot, needs: &Needs) {
        Box::pin(live::read_more(self.client, self.kinds, fresh, needs)).await;
    }
}

impl<S: Service> Context<'_, S> {
    /// Sends a write call of an operation, and counts what was sent.
    pub(super) async fn send(&self, operation: &Operation, call: &Outgoing<'_>) -> Answer {
        self.sent(operation);
        let (answer, attempts) = self.service.send(call).await;
        self.retried(attempts);
        answer
    }

    /// What is there now of what is needed. Parts that could not be read say so.
    pub(super) async fn read(&self, needs: &Needs) -> Snapshot {
        let mut fresh = Snapshot {
            taken_at: self.snapshot.taken_at,
            calls: 0,
            lower_bound: 0,
            organization: self.snapshot.organization.clone(),
            lists: [(TAG.to_owned(), self.snapshot.listed(TAG).clone())].into(),
            entities: [].into(),
            settings: self.tags(),
            twins: Vec::new(),
            deleted: Vec::new(),
            lookups: [].into(),
        };
        let mut needs = needs.clone();
        for (target, pieces) in &mut needs.pieces {
            if pieces.contains(&Piece::Aliases) {
                // The list of aliases tells the primary address too, and not which one it is.
                // Source: behaviour notes, section 2.
                pieces.insert(Piece::Details);
            }
            if let Some(id) = self.id_of(target) {
                // A mailbox is asked for only where there may be one.
                let state = if pieces.contains(&Piece::Mailbox) {
                    EntityState::Registered
                } else {
                    EntityState::Deregistered
                };
                let blank = Entity::new(id, state);
                fresh.entities.insert(target.clone(), blank);
            }
        }
        self.service.read_more(&mut fresh, &needs).await;
        for entity in fresh.entities.values_mut() {
            if let (Part::Known(aliases), Part::Known(email)) = (&mut entity.aliases, &entity.email)
            {
                aliases.remove(email);
            }
        }
        self.name_parties(&mut fresh);
        fresh
    }

    /// The tags as they were: they tell what was sent of what the service does not tell. Where tags are
    /// needed themselves, they are read afresh.
    fn tags(&self) -> BTreeMap<Target, Setting> {
        let settings = self.snapshot.settings.iter();
        let tags = settings.filter(|(target, _)| target.kind() == TAG);
        tags.map(|(target, tag)| (target.clone(), tag.clone()))
            .collect()
    }

    /// A fresh read of what is needed; none if a part of it could not be read.
    pub(super) async fn read_all(&self, needs: &Needs) -> Option<Snapshot> {
        let fresh = self.read(needs).await;
        let pieces = needs.pieces.iter().all(|(target, pieces)| {
            let entity = fresh.entities.get(target);
            entity.is_none_or(|entity| pieces.iter().all(|piece| is_told(entity, *piece)))
        });
        let mut settings = needs.settings.iter();
        let settings = settings.all(|kind| matches!(fresh.listed(kind), Part::Known(())));
        let domains =
            !needs.mail_domains || matches!(fresh.organization.mail_domains, Part::Known(_));
        (pieces && settings && domains).then_some(fresh)
    }

    /// Names the owners of settings of which a fresh read knows the id only.
    fn name_owners(&self, fresh: &mut Snapshot) {
        let named = std::mem::take(&mut fresh.settings).into_iter();
        let named = named.map(|(target, found)| {
            let kind = kinds::setting(target.kind()).filter(|kind| kind.owner.is_some());
            let (id, key) = split(target.name());
            let owner = kind.and_then(|_| self.target_of(id));
            let target = match owner {
                Some(owner) => {
                    Target::new(target.kind().to_owned(), format!("{}/{key}", owner.name()))
                }
                None => target,
            };
            (target, found)
        });
        fresh.settings = named.collect();
    }

    /// Names the members, delegates and grantees of which a fresh read knows the id only.
    fn name_parties(&self, fresh: &mut Snapshot) {
        let name = |party: &mut Party, id: &str| {
            if matches!(party, Party::Unresolved(_))
                && let Some(target) = self.target_of(id)
            {
                *party = Party::Entity(target);
            }
        };
        let known = self.snapshot.settings.iter();
        let by_id = known.filter_map(|(target, known)| Some((known.id.clone()?, target.clone())));
        live::under_names(fresh, &by_id.collect());
        self.name_owners(fresh);
        for (target, setting) in &mut fresh.settings {
            if let Some(kind) = kinds::setting(target.kind()) {
                let target_of = |id: &str| self.target_of(id);
                setting.value = with_names(kind.members, &setting.value, &target_of);
            }
        }
        for entity in fresh.entities.values_mut() {
            if let Part::Known(links) = &mut entity.links {
                for link in links {
                    name(&mut link.party, &link.id);
                }
            }
            if let Part::Known(grants) = &mut entity.grants {
                for grant in grants {
                    name(&mut grant.grantee, &grant.id);
                }
            }
        }
    }
}

/// True if nobody knows whether the request has its effect.
pub(super) fn is_lost(error: &ApiError) -> bool {
    matches!(
        error.kind,
        ApiErrorKind::Unreachable | ApiErrorKind::Garbled
    )
}

/// True if the service still had no room after all that the client's own pacing did.
pub(super) fn is_throttled(error: &ApiError) -> bool {
    error.kind == ApiErrorKind::Throttled
}

/// True if something that the call names is not there.
pub(super) fn is_missing(code: &str) -> bool {
    matches!(
        code,
        "EntityNotFoundException"
            | "ResourceNotFoundException"
            | "MailDomainNotFoundException"
            | "OrganizationNotFoundException"
    )
}

/// True if what the call would bring about is there already, perhaps by an earlier request of ours.
pub(super) fn is_conflict(code: &str) -> bool {
    matches!(
        code,
        "NameAvailabilityException"
            | "EmailAddressInUseException"
            | "EntityAlreadyRegisteredException"
            | "EntityStateException"
    )
}

fn is_told(entity: &Entity, piece: Piece) -> bool {
    match piece {
        Piece::Details => entity.email.is_certain(),
        Piece::Aliases => matches!(entity.aliases, Part::Known(_)),
        Piece::Links => matches!(entity.links, Part::Known(_)),
        Piece::Grants => matches!(entity.grants, Part::Known(_)),
        Piece::Mailbox => entity.field("mailboxQuotaMb").is_certain(),
        Piece::Groups => matches!(entity.groups, Part::Known(_)),
    }
}

fn unsendable(call: &Call) -> ApiError {
    ApiError {
        kind: ApiErrorKind::Refused,
        code: None,
        message: format!(
            "the plan's input of `{}` is not what it takes",
            call.operation
        ),
        request_id: None,
        attempts: 0,
    }
}
