//! What waits, and what waits for that: claims of addresses and names are taken out of the draft until
//! nothing is left that counts on something taken out.
//!
//! A claim that is held, unknown or refused leaves its claimer with the old primary, or outside
//! altogether; who counted on that address or that name then waits too. An address that somebody
//! declared shall have is not released before they can take it, and a leaver does not go with it.
//! Nothing that was taken out comes back, so this ends; the end is the same in whatever order it is
//! reached.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::by_name;
use crate::model::{Action, Address, Cause, Change, Declared, Delta, Held, Target, Wanted};

use super::claims::{self, Verdict, registers};
use super::{Draft, Ends, crowd, names, successors};

/// Takes what must wait, what is not known and what contradicts out of the draft.
pub(super) fn settle(ends: &Ends<'_>, draft: &mut Draft) {
    if draft.changes.is_empty() {
        return;
    }
    claims::claim_from_others(ends, draft);
    let mut table = Table::new(ends, draft);
    for namer in table.succeeding.keys().cloned().collect::<Vec<_>>() {
        table.judge_name(ends, draft, &namer);
    }
    for (target, address) in claims::claims(draft) {
        table.judge_claim(ends, draft, &target, &address);
    }
    loop {
        while let Some(target) = table.disturbed.pop_first() {
            table.judge_again(ends, draft, &target);
        }
        table.keep_leavers(ends, draft);
        table.refuse_crowds(ends, draft);
        if table.disturbed.is_empty() {
            table.refuse_a_successor(draft);
        }
        if table.disturbed.is_empty() {
            break;
        }
    }
    table.settle_releases(ends, draft);
}

/// What is claimed of whom.
struct Table<'a> {
    /// Who has which address, and which name.
    holders: BTreeMap<Address, Target>,
    names: BTreeMap<String, Target>,
    /// The addresses of somebody that others claim.
    claimed_of: BTreeMap<Target, Vec<(Target, Address)>>,
    /// Who gets a name that somebody has, with who has it.
    succeeding: BTreeMap<Target, Target>,
    /// The same the other way round.
    named_after: BTreeMap<Target, Vec<Target>>,
    /// Who the manifest wants to have which address.
    wanted: BTreeMap<&'a Address, &'a Target>,
    /// The claims that stand, by claimer.
    standing: BTreeMap<Target, BTreeSet<Address>>,
    /// Whose change has lost something, so that claims on what they have must be judged again.
    disturbed: BTreeSet<Target>,
}

impl<'a> Table<'a> {
    fn new(ends: &Ends<'a>, draft: &Draft) -> Self {
        let holders = claims::holders(ends);
        let names = names::holders(ends);
        let mut standing: BTreeMap<Target, BTreeSet<Address>> = BTreeMap::new();
        let mut claimed_of: BTreeMap<Target, Vec<(Target, Address)>> = BTreeMap::new();
        for (target, address) in claims::claims(draft) {
            let claims = standing.entry(target.clone()).or_default();
            claims.insert(address.clone());
            if let Some(holder) = holders.get(&address).filter(|holder| **holder != target) {
                let claims = claimed_of.entry(holder.clone()).or_default();
                claims.push((target, address));
            }
        }
        let mut succeeding = BTreeMap::new();
        let mut named_after: BTreeMap<Target, Vec<Target>> = BTreeMap::new();
        for target in names::namers(draft) {
            if let Some(holder) = names.get(&target.name().to_lowercase()) {
                let after = named_after.entry(holder.clone()).or_default();
                after.push(target.clone());
                succeeding.insert(target, holder.clone());
            }
        }
        let wanted = ends
            .desired
            .entities
            .iter()
            .filter(|(target, declared)| shall_have_addresses(ends, target, declared))
            .flat_map(|(target, declared)| {
                let aliases = declared.aliases.iter().flat_map(|wish| &wish.items);
                let addresses = declared.email.iter().chain(aliases);
                addresses.map(move |address| (address, target))
            })
            .collect();
        Self {
            holders,
            names,
            claimed_of,
            succeeding,
            named_after,
            wanted,
            standing,
            disturbed: BTreeSet::new(),
        }
    }

    fn judge_name(&mut self, ends: &Ends<'_>, draft: &mut Draft, target: &Target) {
        match names::judge(ends, draft, &self.names, target) {
            names::Verdict::Take => return,
            names::Verdict::Hold(held) => draft.held.push(held),
            names::Verdict::Refuse(problem) => draft.problems.push(problem),
        }
        self.take_out_name(draft, target);
    }

    fn take_out_name(&mut self, draft: &mut Draft, target: &Target) {
        self.succeeding.remove(target);
        names::drop_name(draft, target);
        self.forget_if_gone(draft, target);
        self.disturbed.insert(target.clone());
    }

    fn judge_claim(
        &mut self,
        ends: &Ends<'_>,
        draft: &mut Draft,
        target: &Target,
        address: &Address,
    ) {
        match claims::judge(ends, draft, &self.holders, target, address) {
            Verdict::Take => return,
            Verdict::Hold(held) => draft.held.push(held),
            Verdict::Unknown(gap) => draft.gaps.push(gap),
            Verdict::Refuse(problem) => draft.problems.push(problem),
        }
        self.take_out_claim(draft, target, address);
    }

    fn take_out_claim(&mut self, draft: &mut Draft, target: &Target, address: &Address) {
        if let Some(claims) = self.standing.get_mut(target) {
            claims.remove(address);
        }
        drop_claim(draft, target, address);
        self.forget_if_gone(draft, target);
        self.disturbed.insert(target.clone());
    }

    /// Judges what counts on somebody whose change has lost something.
    fn judge_again(&mut self, ends: &Ends<'_>, draft: &mut Draft, target: &Target) {
        for (claimer, address) in self.claimed_of.get(target).cloned().unwrap_or_default() {
            if self.stands(&claimer, &address) {
                self.judge_claim(ends, draft, &claimer, &address);
            }
        }
        for namer in self.named_after.get(target).cloned().unwrap_or_default() {
            if self.succeeding.contains_key(&namer) {
                self.judge_name(ends, draft, &namer);
            }
        }
    }

    /// With a whole change all its claims go.
    fn forget_if_gone(&mut self, draft: &Draft, target: &Target) {
        if !draft.changes.contains_key(target) {
            self.standing.remove(target);
            self.succeeding.remove(target);
        }
    }

    /// Who leaves stays registered while somebody who shall have one of their addresses waits: nobody
    /// could take it from there afterwards.
    /// Source: API reference, `EntityStateException` of `DeleteAlias`.
    fn keep_leavers(&mut self, ends: &Ends<'_>, draft: &mut Draft) {
        let leavers: Vec<Target> = draft
            .changes
            .values()
            .filter(|change| change.writable && is_removal(change))
            .map(|change| change.target.clone())
            .collect();
        for target in leavers {
            let Some(entity) = ends.live.entities.get(&target) else {
                continue;
            };
            if !entity.is_registered() {
                continue;
            }
            let aliases = entity.aliases.known().into_iter().flatten();
            let waiting = entity
                .email
                .known()
                .into_iter()
                .chain(aliases)
                .find_map(|address| Some((address, self.waits_for(&target, address)?)));
            let Some((address, taker)) = waiting else {
                continue;
            };
            draft.held.push(Held {
                target: target.clone(),
                part: "state".to_owned(),
                waits_for: format!("{taker} to take {address}, which waits itself"),
                details: Vec::new(),
            });
            draft.changes.remove(&target);
            self.disturbed.insert(target);
        }
    }

    /// Nobody gets more aliases than there may be, counted with what is kept for somebody who waits.
    /// Source: API reference, `LimitExceededException` of `CreateAlias`.
    fn refuse_crowds(&mut self, ends: &Ends<'_>, draft: &mut Draft) {
        let crowded: Vec<(Target, crowd::Crowd)> = draft
            .changes
            .values()
            .filter(|change| change.writable)
            .filter_map(|change| {
                let target = &change.target;
                let entity = ends.live.entities.get(target)?;
                let kept = |address: &Address| self.waits_for(target, address).is_some();
                let taken = |address: &Address| self.is_taken(target, address);
                let claims = self.standing.get(target)?;
                let limit = by_name(ends.kinds, target.kind())?.alias_limit;
                let found = crowd::of(limit, change, entity, claims, kept, taken)?;
                Some((target.clone(), found))
            })
            .collect();
        for (target, found) in crowded {
            for address in &found.claims {
                self.take_out_claim(draft, &target, address);
            }
            found.tell(&target, draft);
        }
    }

    /// Refuses the first newcomer who would wait for its own name.
    fn refuse_a_successor(&mut self, draft: &mut Draft) {
        let found = successors::first(&self.succeeding, &self.standing, &self.holders, draft);
        let Some((newcomer, leaver)) = found else {
            return;
        };
        draft.problems.push(successors::problem(&newcomer, &leaver));
        self.take_out_name(draft, &newcomer);
    }

    /// Lets old primaries go that somebody claims, and keeps what somebody waits for.
    fn settle_releases(&self, ends: &Ends<'_>, draft: &mut Draft) {
        let mut held = Vec::new();
        for change in draft.changes.values_mut().filter(|change| change.writable) {
            let target = change.target.clone();
            let old = old_primary(change).cloned();
            if let Some(old) = &old
                && self.is_taken(&target, old)
            {
                let keeps = |delta: &Delta| matches!(delta, Delta::AliasAdded(a) if a == old);
                change.deltas.retain(|delta| !keeps(delta));
                let goes = |delta: &Delta| matches!(delta, Delta::AliasRemoved(a, _) if a == old);
                if !change.deltas.iter().any(goes) {
                    let goes = Delta::AliasRemoved(old.clone(), Cause::Consequence);
                    change.deltas.push(goes);
                }
            }
            let released: Vec<Address> = change
                .deltas
                .iter()
                .filter_map(|delta| match delta {
                    Delta::AliasRemoved(address, _) => Some(address.clone()),
                    _ => None,
                })
                .collect();
            for address in released {
                let Some(taker) = self.waits_for(&target, &address) else {
                    continue;
                };
                held.push(Held {
                    target: target.clone(),
                    part: address.to_string(),
                    waits_for: format!("{taker} to take it{}", why(ends, taker)),
                    details: Vec::new(),
                });
                keep(change, &address, old.as_ref());
            }
        }
        draft.held.extend(held);
    }

    fn stands(&self, claimer: &Target, address: &Address) -> bool {
        let claims = self.standing.get(claimer);
        claims.is_some_and(|claims| claims.contains(address))
    }

    /// True if somebody else's claim of this address stands.
    fn is_taken(&self, from: &Target, address: &Address) -> bool {
        self.claimed_of.get(from).is_some_and(|claims| {
            let mut claims = claims.iter();
            claims.any(|(claimer, claimed)| claimed == address && self.stands(claimer, claimed))
        })
    }

    /// Who else shall have an address of somebody, and cannot take it now.
    fn waits_for(&self, from: &Target, address: &Address) -> Option<&'a Target> {
        let taker = self.wanted.get(address).copied()?;
        let elsewhere = self.holders.get(address) != Some(from);
        (taker != from && !elsewhere && !self.is_taken(from, address)).then_some(taker)
    }
}

/// True if the manifest wants it registered, so that the addresses it declares shall be its own.
fn shall_have_addresses(ends: &Ends<'_>, target: &Target, declared: &Declared) -> bool {
    match declared.wanted {
        Wanted::Registered => true,
        Wanted::Absent | Wanted::Deregistered => false,
        Wanted::Unsaid => {
            let entity = ends.live.entities.get(target);
            entity.is_some_and(crate::model::Entity::is_registered)
        }
    }
}

/// Why somebody cannot take an address.
fn why(ends: &Ends<'_>, taker: &Target) -> &'static str {
    let section = by_name(ends.kinds, taker.kind())
        .map(|entry| ends.desired.management.section(entry.section));
    if section.is_some_and(|section| !section.write) {
        ", whose section is not written"
    } else {
        ", which waits itself"
    }
}

/// Keeps an address: an alias as it is, an old primary as an alias.
fn keep(change: &mut Change, address: &Address, old_primary: Option<&Address>) {
    let goes = |delta: &Delta| matches!(delta, Delta::AliasRemoved(alias, _) if alias == address);
    change.deltas.retain(|delta| !goes(delta));
    if old_primary == Some(address) {
        change.deltas.push(Delta::AliasAdded(address.clone()));
    }
}

/// The primary address that a change replaces.
fn old_primary(change: &Change) -> Option<&Address> {
    change.deltas.iter().find_map(|delta| match delta {
        Delta::Email {
            before: Some(before),
            after,
        } if before != after => Some(before),
        _ => None,
    })
}

fn drop_claim(draft: &mut Draft, target: &Target, address: &Address) {
    let Some(change) = draft.changes.get_mut(target) else {
        return;
    };
    let email = change
        .deltas
        .iter()
        .any(|delta| matches!(delta, Delta::Email { after, .. } if after == address));
    if !email {
        change
            .deltas
            .retain(|delta| !matches!(delta, Delta::AliasAdded(alias) if alias == address));
        return;
    }
    if registers(change) {
        draft.changes.remove(target);
        draft.waiting.insert(target.clone());
        return;
    }
    let old = old_primary(change).cloned();
    change.deltas.retain(|delta| match delta {
        Delta::Email { .. } => false,
        Delta::AliasAdded(alias) | Delta::AliasRemoved(alias, _) => Some(alias) != old.as_ref(),
        _ => true,
    });
}

fn is_removal(change: &Change) -> bool {
    matches!(change.action, Action::Delete | Action::Deregister)
}
