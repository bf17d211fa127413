//! More aliases than there may be: an old primary that stays, aliases that come beside those that are
//! kept, or that are kept only because somebody waits for them.
//! Source: API reference, `LimitExceededException` of `CreateAlias`.

use std::collections::BTreeSet;

use crate::model::{Address, Change, Delta, Entity, Held, Problem, Target};

use super::Draft;

/// Somebody who would have too many aliases.
pub(super) struct Crowd {
    /// How many they would have.
    count: usize,
    /// How many it can have.
    limit: usize,
    /// True: less would do if what somebody waits for were taken.
    waits: bool,
    /// The claims that have to go.
    pub(super) claims: Vec<Address>,
}

/// The crowd that a change would make of something live that can have so many, if it does. `kept` tells which of its
/// releases wait, `taken` whether somebody gets its old primary.
pub(super) fn of(
    limit: usize,
    change: &Change,
    entity: &Entity,
    claims: &BTreeSet<Address>,
    kept: impl Fn(&Address) -> bool,
    taken: impl Fn(&Address) -> bool,
) -> Option<Crowd> {
    let mut aliases = entity.aliases.known()?.clone();
    let mut waiting = 0;
    let mut primary = None;
    for delta in &change.deltas {
        match delta {
            Delta::AliasAdded(alias) if !taken(alias) => {
                aliases.insert(alias.clone());
            }
            Delta::AliasRemoved(alias, _) if kept(alias) => {
                waiting += 1;
                aliases.insert(alias.clone());
            }
            Delta::AliasRemoved(alias, _) => {
                aliases.remove(alias);
            }
            Delta::Email { after, .. } => primary = Some(after),
            _ => {}
        }
    }
    if let Some(primary) = primary {
        aliases.remove(primary);
    }
    let count = aliases.len();
    let excess = count.checked_sub(limit).filter(|excess| *excess > 0)?;
    // The last aliases that come do not, and then the new primary, which leaves the old one behind.
    let mut dropped: Vec<Address> = claims
        .iter()
        .rev()
        .filter(|claim| Some(*claim) != primary)
        .take(excess)
        .cloned()
        .collect();
    if dropped.len() < excess {
        dropped.extend(primary.filter(|primary| claims.contains(*primary)).cloned());
    }
    (!dropped.is_empty()).then_some(Crowd {
        count,
        limit,
        waits: count - waiting <= limit,
        claims: dropped,
    })
}

impl Crowd {
    /// Tells what became of the claims.
    pub(super) fn tell(self, target: &Target, draft: &mut Draft) {
        let Self {
            count,
            limit,
            waits,
            claims,
        } = self;
        if waits {
            draft.held.extend(claims.into_iter().map(|address| Held {
                target: target.clone(),
                part: address.to_string(),
                waits_for: format!(
                    "room: it has {limit} aliases until those that others wait for are taken"
                ),
                details: Vec::new(),
            }));
            return;
        }
        draft.problems.push(Problem {
            target: target.clone(),
            path: "aliases".to_owned(),
            message: format!(
                "it would have {count} aliases, and the service allows {limit}; an old primary address that stays is one of them"
            ),
            help: "declare its `aliases` without some of them".to_owned(),
            place: None,
        });
    }
}
