//! Reads the pieces of single entities, as many at a time as reading allows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use crate::client::{ApiError, ApiErrorKind, Client};
use crate::kinds::api::{self, Told, ToldLink, name};
use crate::kinds::{Kinds, by_name, entity as shared, user};
use crate::live::{Needs, Piece};
use crate::model::{
    Address, Entity, EntityState, GROUP, Grant, Lookup, Member, Part, Party, Right, Snapshot,
    Target, USER, Unknown, UnknownCause,
};

use super::{Missing, Tally, lists};

/// How many requests are prepared at a time; the client's own turn decides how many are sent.
const PREPARED: usize = 256;

/// Reads every piece that is needed of entities that are there, and the holders of addresses.
pub(super) async fn read(
    client: &Client,
    kinds: Kinds,
    snapshot: &mut Snapshot,
    needs: &Needs,
    missing: Missing,
    spent: &mut Tally,
) {
    let mut wanted: BTreeMap<Target, BTreeSet<Piece>> = needs.pieces.clone();
    for (kind, pieces) in &needs.every {
        let all = snapshot
            .entities
            .iter()
            .filter(|(target, entity)| target.kind() == kind && !entity.built_in);
        for (target, _) in all {
            wanted.entry(target.clone()).or_default().extend(pieces);
        }
    }
    let mut kinds_of = BTreeMap::new();
    let (asked, late) = questions(kinds, snapshot, wanted, missing);
    for asked in [asked, late] {
        // What was asked for by its name has an id now, or is not there.
        let asked: Vec<Asked> = asked
            .into_iter()
            .filter_map(|asked| match &asked.id {
                Some(_) => Some(asked),
                None => asked.with_id(snapshot),
            })
            .collect();
        let answers = stream::iter(asked)
            .map(|asked| async {
                let answer = ask(client, &asked).await;
                (asked, answer)
            })
            .buffer_unordered(PREPARED);
        let mut answers = std::pin::pin!(answers);
        while let Some((asked, answer)) = answers.next().await {
            note_kinds(&answer, &mut kinds_of);
            place(snapshot, &asked, answer, spent);
        }
    }
    name_parties(snapshot, &kinds_of);
    lookups(client, snapshot, needs, spent).await;
}

/// What is to be asked, and what can be asked only when the first answers are there.
fn questions(
    kinds: Kinds,
    snapshot: &mut Snapshot,
    wanted: BTreeMap<Target, BTreeSet<Piece>>,
    missing: Missing,
) -> (Vec<Asked>, Vec<Asked>) {
    let (mut asked, mut late) = (Vec::new(), Vec::new());
    for (target, pieces) in wanted {
        let is_listed = matches!(snapshot.listed(target.kind()), Part::Known(()));
        let Some(entity) = snapshot.entities.get_mut(&target) else {
            if missing == Missing::IsAskedFor {
                asked.push(Asked::new(&target, Some(target.name()), Piece::Details));
                let others = pieces.iter().filter(|piece| **piece != Piece::Details);
                late.extend(others.map(|piece| Asked::new(&target, None, *piece)));
            }
            continue;
        };
        for piece in pieces {
            if !costs_nothing(kinds, &target, entity, is_listed, piece) {
                asked.push(Asked::new(&target, Some(&entity.id), piece));
            }
        }
    }
    (asked, late)
}

/// Puts names to the ids of members, delegates and grantees, as far as entities are known. An id that
/// a list would tell, had it been read, leaves all of its relation unknown.
fn name_parties(snapshot: &mut Snapshot, kinds_of: &BTreeMap<String, &'static str>) {
    let names: HashMap<String, Target> = snapshot
        .entities
        .iter()
        .map(|(target, entity)| (entity.id.clone(), target.clone()))
        .collect();
    let lists = &snapshot.lists;
    let name = |party: &mut Party| -> Option<Unknown> {
        let Party::Unresolved(id) = party else {
            return None;
        };
        if let Some(target) = names.get(id) {
            *party = Party::Entity(target.clone());
            return None;
        }
        let kind = *kinds_of.get(id)?;
        lists.get(kind).and_then(Part::unknown).cloned()
    };
    for entity in snapshot.entities.values_mut() {
        if let Part::Known(links) = &mut entity.links {
            let mut alive = links.iter_mut().filter(|link| !link.deleted);
            if let Some(unknown) = alive.find_map(|link| name(&mut link.party)) {
                entity.links = Part::Unknown(unknown);
            }
        }
        if let Part::Known(grants) = &mut entity.grants {
            let mut unknown = grants
                .iter_mut()
                .filter_map(|grant| name(&mut grant.grantee));
            if let Some(unknown) = unknown.next() {
                entity.grants = Part::Unknown(unknown);
            }
        }
    }
}

fn note_kinds(answer: &Answer, kinds_of: &mut BTreeMap<String, &'static str>) {
    let mut note = |link: &ToldLink| {
        if let Some(kind) = link.kind {
            kinds_of.insert(link.id.clone(), kind);
        }
    };
    match answer {
        Answer::Links(Ok(links)) => links.iter().for_each(note),
        Answer::Grants(Ok(grants)) => grants.iter().for_each(|(grantee, _)| note(grantee)),
        _ => {}
    }
}

struct Asked {
    target: Target,
    /// The id, or the name where the id is not known; none where it is asked for at the same time.
    id: Option<String>,
    piece: Piece,
}

impl Asked {
    fn new(target: &Target, id: Option<&str>, piece: Piece) -> Self {
        Self {
            target: target.clone(),
            id: id.map(str::to_owned),
            piece,
        }
    }

    /// The same with the id that the snapshot tells by now.
    fn with_id(self, snapshot: &Snapshot) -> Option<Self> {
        let entity = snapshot.entities.get(&self.target)?;
        let id = Some(entity.id.clone()).filter(|id| !id.is_empty())?;
        Some(Self {
            id: Some(id),
            ..self
        })
    }
}

enum Answer {
    Details(Result<Told, ApiError>),
    Aliases(Result<Vec<Address>, ApiError>),
    Links(Result<Vec<ToldLink>, ApiError>),
    Grants(Result<Vec<(ToldLink, BTreeSet<Right>)>, ApiError>),
    Mailbox(Result<Part<Value>, ApiError>),
    Groups(Result<Vec<(String, String)>, ApiError>),
}

/// Answers without a request what the kind does not have, and the mailbox of who is listed as not
/// registered.
fn costs_nothing(
    kinds: Kinds,
    target: &Target,
    entity: &mut Entity,
    is_listed: bool,
    piece: Piece,
) -> bool {
    let links = by_name(kinds, target.kind()).is_some_and(|entry| entry.links.is_some());
    match piece {
        Piece::Mailbox if target.kind() != USER => true,
        Piece::Mailbox if is_listed && !entity.is_registered() => {
            entity.fields.insert(name("mailboxQuotaMb"), Part::Absent);
            true
        }
        Piece::Links => !links,
        _ => false,
    }
}

async fn ask(client: &Client, asked: &Asked) -> Answer {
    let (kind, id) = (asked.target.kind(), asked.id.as_deref().unwrap_or_default());
    match asked.piece {
        Piece::Details => Answer::Details(api::describe(client, kind, id).await),
        Piece::Aliases => Answer::Aliases(shared::api::aliases(client, id).await),
        Piece::Links => Answer::Links(api::links(client, kind, id).await),
        Piece::Grants => Answer::Grants(shared::api::grants(client, id).await),
        Piece::Mailbox => Answer::Mailbox(user::api::quota(client, id).await),
        Piece::Groups => Answer::Groups(shared::api::groups_of(client, id).await),
    }
}

fn place(snapshot: &mut Snapshot, asked: &Asked, answer: Answer, spent: &mut Tally) {
    let target = &asked.target;
    if let Answer::Details(details) = answer {
        spent.one();
        place_details(snapshot, target, details);
        return;
    }
    let Some(entity) = snapshot.entities.get_mut(target) else {
        return;
    };
    let state = entity.state;
    match answer {
        Answer::Details(_) => {}
        Answer::Aliases(aliases) => {
            spent.list(aliases.as_ref().map_or(0, Vec::len));
            entity.aliases = match aliases {
                Ok(aliases) => {
                    let primary = entity.email.known();
                    Part::Known(
                        aliases
                            .into_iter()
                            .filter(|alias| Some(alias) != primary)
                            .collect(),
                    )
                }
                Err(error) => unlisted(&error, "ListAliases", state),
            };
        }
        Answer::Links(links) => {
            spent.list(links.as_ref().map_or(0, Vec::len));
            let operation = if target.kind() == GROUP {
                "ListGroupMembers"
            } else {
                "ListResourceDelegates"
            };
            entity.links = match links {
                Ok(links) => Part::Known(links.into_iter().map(member).collect()),
                Err(error) => unlisted(&error, operation, state),
            };
        }
        Answer::Grants(grants) => {
            spent.list(grants.as_ref().map_or(0, Vec::len));
            entity.grants = match grants {
                Ok(grants) => Part::Known(
                    grants
                        .into_iter()
                        .filter(|(_, rights)| !rights.is_empty())
                        .map(|(grantee, rights)| Grant {
                            grantee: Party::Unresolved(grantee.id.clone()),
                            id: grantee.id,
                            rights,
                        })
                        .collect(),
                ),
                Err(error) => unlisted(&error, "ListMailboxPermissions", state),
            };
        }
        Answer::Mailbox(quota) => {
            spent.one();
            let quota = quota.unwrap_or_else(|error| failed(&error, "GetMailboxDetails"));
            entity.fields.insert(name("mailboxQuotaMb"), quota);
        }
        Answer::Groups(groups) => {
            spent.list(groups.as_ref().map_or(0, Vec::len));
            entity.groups = match groups {
                Ok(groups) => Part::Known(
                    groups
                        .into_iter()
                        .map(|(_, name)| Party::Entity(Target::group(name)))
                        .collect(),
                ),
                Err(error) => failed(&error, "ListGroupsForEntity"),
            };
        }
    }
}

fn place_details(snapshot: &mut Snapshot, target: &Target, details: Result<Told, ApiError>) {
    match details {
        // DELETED ones are told with success or with an error: both mean that it is not there.
        // Source: behaviour notes, section 1.
        Ok(told) if told.registered.is_none() => {
            snapshot.entities.remove(target);
        }
        // Asked for by its name, and something else answers to that name.
        Ok(told)
            if !snapshot.entities.contains_key(target)
                && !told.name.eq_ignore_ascii_case(target.name()) => {}
        Ok(told) => {
            let new = Entity::new(told.id.clone(), EntityState::Deregistered);
            let entity = snapshot.entities.entry(target.clone()).or_insert(new);
            let other_name = !told.name.eq_ignore_ascii_case(target.name());
            entity.live_name = other_name.then(|| told.name.clone());
            lists::tell(entity, told);
            if let (Part::Known(aliases), Part::Known(primary)) =
                (&mut entity.aliases, &entity.email)
            {
                aliases.remove(primary);
            }
        }
        Err(error) if error.kind == ApiErrorKind::NotFound => {
            snapshot.entities.remove(target);
        }
        Err(error) => {
            let operation = match target.kind() {
                USER => "DescribeUser",
                GROUP => "DescribeGroup",
                _ => "DescribeResource",
            };
            let unknown = error.to_unknown(operation);
            let entity = snapshot
                .entities
                .entry(target.clone())
                .or_insert_with(|| Entity::new(String::new(), EntityState::Deregistered));
            forget_details(entity, &unknown, target);
        }
    }
}

/// What only the describe call tells is not known. What the list told stays.
fn forget_details(entity: &mut Entity, unknown: &Unknown, target: &Target) {
    let Some(entry) = by_name(crate::kinds::KINDS, target.kind()) else {
        return;
    };
    for field in entry
        .fields
        .iter()
        .filter(|field| field.told_by == crate::kinds::ToldBy::Describe)
    {
        entity
            .fields
            .insert(name(field.name), Part::Unknown(unknown.clone()));
    }
    if matches!(entity.email, Part::NotRead) {
        entity.email = Part::Unknown(unknown.clone());
    }
}

/// The holders of addresses that are asked for.
async fn lookups(client: &Client, snapshot: &mut Snapshot, needs: &Needs, spent: &mut Tally) {
    let answers: Vec<(Address, Result<Option<Lookup>, ApiError>)> =
        stream::iter(needs.lookups.iter().cloned())
            .map(|address| async {
                let answer = shared::api::holder(client, &address).await;
                (address, answer)
            })
            .buffer_unordered(PREPARED)
            .collect()
            .await;
    for (address, answer) in answers {
        spent.one();
        let part = match answer {
            Ok(Some(lookup)) => Part::Known(lookup),
            Ok(None) => Part::Absent,
            Err(error) => Part::Unknown(error.to_unknown("DescribeEntity")),
        };
        snapshot.lookups.insert(address, part);
    }
}

fn member(link: ToldLink) -> Member {
    Member {
        party: Party::Unresolved(link.id.clone()),
        id: link.id,
        deleted: link.deleted,
    }
}

/// What a failed list of somebody leaves. That somebody registered is not there does not say that the
/// list is empty: the service does not tell it, or they are just leaving.
fn unlisted<T>(error: &ApiError, operation: &str, of: EntityState) -> Part<T> {
    if error.kind == ApiErrorKind::NotFound && of == EntityState::Registered {
        return Part::Unknown(error.to_unknown(operation));
    }
    failed(error, operation)
}

/// What a failed read leaves: Absent where the API says that exactly this is not there.
fn failed<T>(error: &ApiError, operation: &str) -> Part<T> {
    if error.kind == ApiErrorKind::NotFound {
        return Part::Absent;
    }
    let mut unknown = error.to_unknown(operation);
    if error.is("EntityStateException") {
        unknown.cause = UnknownCause::Deregistered;
    }
    Part::Unknown(unknown)
}
