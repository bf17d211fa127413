//! Classes of sign-ins as people read them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::{Caller, Class, PROTOCOLS, Protocol};

/// The most ranges that one line lists.
const RANGES_SHOWN: usize = 4;

/// Sign-ins that a plan lets in, or no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInChange {
    /// Who: names of users, `role NAME`, `everybody`, `everybody but NAME`, and the same of roles.
    pub who: Vec<String>,
    /// With what: protocols by their API names; empty for all.
    pub protocols: Vec<String>,
    /// From where: IPv4 ranges in CIDR notation; empty for anywhere but `notFrom`.
    pub from: Vec<String>,
    /// From where not, where that is told in fewer ranges.
    pub not_from: Vec<String>,
    /// True: let in; false: shut out.
    pub let_in: bool,
}

impl SignInChange {
    /// The change as a sentence fragment, such as `ana over IMAP from 203.0.113.0/24`.
    pub fn sentence(&self) -> String {
        let mut text = self.who.join(", ");
        if !self.protocols.is_empty() {
            text.push_str(" over ");
            text.push_str(&self.protocols.join(", "));
        }
        text.push_str(" from ");
        match (self.from.as_slice(), self.not_from.as_slice()) {
            ([], []) => text.push_str("anywhere"),
            ([], not_from) => {
                let _ = write!(text, "anywhere but {}", some(not_from));
            }
            (from, _) => text.push_str(&some(from)),
        }
        text
    }
}

fn some(ranges: &[String]) -> String {
    match ranges.get(RANGES_SHOWN..) {
        Some(more) if !more.is_empty() => format!(
            "{} and {} more ranges",
            ranges[..RANGES_SHOWN].join(", "),
            more.len()
        ),
        _ => ranges.join(", "),
    }
}

/// The classes as changes, as few as say the same. `all` are those who count.
pub(super) fn told(classes: Vec<Class>, all: &BTreeSet<Caller>, let_in: bool) -> Vec<SignInChange> {
    let by_callers = merged(
        classes,
        |one, two| one.protocols == two.protocols && one.addresses == two.addresses,
        |into, from| {
            into.callers.extend(from.callers);
            into.callers.sort();
        },
    );
    let by_protocols = merged(
        by_callers,
        |one, two| one.callers == two.callers && one.addresses == two.addresses,
        |into, from| {
            into.protocols.extend(from.protocols);
            into.protocols.sort();
        },
    );
    let by_addresses = merged(
        by_protocols,
        |one, two| one.callers == two.callers && one.protocols == two.protocols,
        |into, from| into.addresses = joined(&into.addresses, &from.addresses),
    );
    let changes = by_addresses.iter().map(|class| {
        let from = ranges(&class.addresses);
        let not_from = ranges(&complement(&class.addresses));
        let is_shorter = !not_from.is_empty() && not_from.len() < from.len();
        SignInChange {
            who: who(&class.callers, all),
            protocols: protocols(&class.callers, &class.protocols),
            from: if is_shorter { Vec::new() } else { from },
            not_from: if is_shorter { not_from } else { Vec::new() },
            let_in,
        }
    });
    changes.collect()
}

fn merged(
    classes: Vec<Class>,
    alike: impl Fn(&Class, &Class) -> bool,
    join: impl Fn(&mut Class, Class),
) -> Vec<Class> {
    let mut merged: Vec<Class> = Vec::new();
    for class in classes {
        match merged.iter_mut().find(|other| alike(other, &class)) {
            Some(other) => join(other, class),
            None => merged.push(class),
        }
    }
    merged
}

fn joined(one: &[(Ipv4Addr, Ipv4Addr)], two: &[(Ipv4Addr, Ipv4Addr)]) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let mut all: Vec<(Ipv4Addr, Ipv4Addr)> = one.iter().chain(two).copied().collect();
    all.sort_unstable();
    let mut joined: Vec<(Ipv4Addr, Ipv4Addr)> = Vec::new();
    for (first, last) in all {
        match joined.last_mut() {
            Some((_, end)) if end.to_bits().checked_add(1) == Some(first.to_bits()) => *end = last,
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// Who, with as few names as say it.
fn who(callers: &[Caller], all: &BTreeSet<Caller>) -> Vec<String> {
    let mut told = Vec::new();
    let sorts = [
        (Caller::anybody_else(), "everybody", ""),
        (Caller::any_other_role(), "every role", "role "),
    ];
    for (others, everybody, prefix) in sorts {
        let of_sort = |caller: &&Caller| {
            matches!(caller, Caller::Role(_)) == matches!(others, Caller::Role(_))
        };
        let name = |caller: &Caller| match caller {
            Caller::User(name) | Caller::Role(name) => name.clone(),
        };
        if callers.contains(&others) {
            let missing = all.iter().filter(of_sort);
            let missing = missing.filter(|caller| !callers.contains(caller));
            let missing: Vec<String> = missing.map(name).collect();
            told.push(match missing.as_slice() {
                [] => everybody.to_owned(),
                missing => format!("{everybody} but {}", missing.join(" and ")),
            });
        } else {
            let named = callers.iter().filter(of_sort);
            told.extend(named.map(|caller| format!("{prefix}{}", name(caller))));
        }
    }
    told
}

/// All addresses that are in none of the ranges.
fn complement(addresses: &[(Ipv4Addr, Ipv4Addr)]) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let mut gaps = Vec::new();
    let mut next = Some(0_u32);
    for (first, last) in addresses {
        if let Some(start) = next.filter(|start| *start < first.to_bits()) {
            let end = first.to_bits() - 1;
            gaps.push((Ipv4Addr::from_bits(start), Ipv4Addr::from_bits(end)));
        }
        next = last.to_bits().checked_add(1);
    }
    if let Some(start) = next {
        gaps.push((Ipv4Addr::from_bits(start), Ipv4Addr::BROADCAST));
    }
    gaps
}

/// The names of protocols; none where it is all that the callers have.
fn protocols(callers: &[Caller], protocols: &[Protocol]) -> Vec<String> {
    let only_roles = callers
        .iter()
        .all(|caller| matches!(caller, Caller::Role(_)));
    if protocols.len() == PROTOCOLS.len() || only_roles {
        return Vec::new();
    }
    protocols.iter().map(ToString::to_string).collect()
}

/// Ranges in CIDR notation; none for every address.
fn ranges(addresses: &[(Ipv4Addr, Ipv4Addr)]) -> Vec<String> {
    let mut texts = Vec::new();
    for (first, last) in addresses {
        let (mut first, last) = (first.to_bits(), last.to_bits());
        if first == 0 && last == u32::MAX {
            return Vec::new();
        }
        loop {
            // The widest block that begins here and does not reach beyond the end.
            let mut bits = first.trailing_zeros().min(32);
            while bits > 0 && block_end(first, bits) > last {
                bits -= 1;
            }
            texts.push(format!("{}/{}", Ipv4Addr::from_bits(first), 32 - bits));
            let end = block_end(first, bits);
            if end >= last {
                break;
            }
            first = end + 1;
        }
    }
    texts
}

fn block_end(first: u32, bits: u32) -> u32 {
    first | u32::MAX.checked_shr(32 - bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_told_as_few_blocks() {
        let range = |first: &str, last: &str| {
            let parse = |text: &str| text.parse::<Ipv4Addr>().expect("an address");
            ranges(&[(parse(first), parse(last))])
        };
        assert_eq!(range("0.0.0.0", "255.255.255.255"), Vec::<String>::new());
        assert_eq!(range("10.0.0.0", "10.255.255.255"), ["10.0.0.0/8"]);
        assert_eq!(
            range("10.0.0.1", "10.0.0.4"),
            ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"]
        );
        assert_eq!(range("0.0.0.0", "127.255.255.255"), ["0.0.0.0/1"]);
        assert_eq!(
            range("255.255.255.255", "255.255.255.255"),
            ["255.255.255.255/32"]
        );
    }
}
