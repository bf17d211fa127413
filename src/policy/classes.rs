//! Classes of sign-ins: what several tables of access control rules cannot tell apart falls into one, so
//! that a few examples speak for every address of the Internet and everybody in the organization.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::access_control::{AccessControlRule, AddressRange, Caller, Protocol, SignIn};
use super::rules::Condition;

/// Sign-ins that no rule of the tables tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Who signs in; [`Caller::anybody_else`] and [`Caller::any_other_role`] stand for who is named
    /// nowhere.
    pub callers: Vec<Caller>,
    /// With what.
    pub protocols: Vec<Protocol>,
    /// From where: ranges with both ends, in their order.
    pub addresses: Vec<(Ipv4Addr, Ipv4Addr)>,
}

/// Every protocol, in the order of the reference.
pub const PROTOCOLS: [Protocol; 7] = [
    Protocol::ActiveSync,
    Protocol::AutoDiscover,
    Protocol::Ews,
    Protocol::Imap,
    Protocol::Smtp,
    Protocol::WindowsOutlook,
    Protocol::WebMail,
];

/// The classes of all sign-ins of these callers, and of everybody whom the tables do not name. Each
/// sign-in is in exactly one. Roles sign in over EWS only. Source: behaviour notes, section 9.
pub fn classes(tables: &[&[AccessControlRule]], callers: &BTreeSet<Caller>) -> Vec<Class> {
    let rules: Vec<&AccessControlRule> = tables.iter().copied().flatten().collect();
    let mut all = callers.clone();
    all.extend([Caller::anybody_else(), Caller::any_other_role()]);
    for rule in &rules {
        let users = rule.users.only.iter().chain(&rule.users.except);
        all.extend(users.cloned().map(Caller::User));
        let applications = rule.roles.only.iter().chain(&rule.roles.except);
        all.extend(applications.cloned().map(Caller::Role));
    }
    let callers = grouped(all, |caller| {
        let fits = rules.iter().map(|rule| rule.fits_caller(caller));
        (matches!(caller, Caller::Role(_)), fits.collect())
    });
    let protocols = grouped(PROTOCOLS, |protocol| {
        let fits = |rule: &&AccessControlRule| rule.protocols.holds(|one| one == protocol);
        let is_for_roles = *protocol == Protocol::Ews;
        (is_for_roles, rules.iter().map(fits).collect())
    });
    let addresses = addresses(&rules);
    let mut classes = Vec::new();
    for ((is_role, _), callers) in &callers {
        for ((is_for_roles, _), protocols) in &protocols {
            if *is_role && !is_for_roles {
                continue;
            }
            for addresses in addresses.values() {
                classes.push(Class {
                    callers: callers.clone(),
                    protocols: protocols.clone(),
                    addresses: addresses.clone(),
                });
            }
        }
    }
    classes
}

impl Class {
    /// One sign-in of the class, which speaks for all.
    pub fn example(&self) -> SignIn {
        SignIn {
            caller: self.callers[0].clone(),
            protocol: self.protocols[0],
            address: self.addresses[0].0,
        }
    }
}

/// Things by what every rule says of them.
type Signature = (bool, Vec<bool>);

fn grouped<T>(
    things: impl IntoIterator<Item = T>,
    signature: impl Fn(&T) -> Signature,
) -> BTreeMap<Signature, Vec<T>> {
    let mut groups: BTreeMap<Signature, Vec<T>> = BTreeMap::new();
    for thing in things {
        groups.entry(signature(&thing)).or_default().push(thing);
    }
    groups
}

/// All addresses by which conditions they meet: the ranges of each group, neighbours put together.
fn addresses(rules: &[&AccessControlRule]) -> BTreeMap<Vec<bool>, Vec<(Ipv4Addr, Ipv4Addr)>> {
    let mut conditions: Vec<&Condition<AddressRange>> = Vec::new();
    for rule in rules {
        if !conditions.contains(&&rule.addresses) {
            conditions.push(&rule.addresses);
        }
    }
    let sorted: Vec<Sorted> = conditions.iter().map(|one| Sorted::of(one)).collect();
    let mut starts = BTreeSet::from([0_u32]);
    for condition in &sorted {
        for (first, last) in condition.only.iter().chain(&condition.except) {
            starts.insert(*first);
            starts.extend(last.checked_add(1));
        }
    }
    let mut groups: BTreeMap<Vec<bool>, Vec<(Ipv4Addr, Ipv4Addr)>> = BTreeMap::new();
    let starts: Vec<u32> = starts.into_iter().collect();
    for (position, start) in starts.iter().enumerate() {
        let end = starts.get(position + 1).map_or(u32::MAX, |next| next - 1);
        let met = sorted.iter().map(|condition| condition.holds(*start));
        let group = groups.entry(met.collect()).or_default();
        match group.last_mut() {
            Some((_, last)) if last.to_bits().checked_add(1) == Some(*start) => {
                *last = Ipv4Addr::from_bits(end);
            }
            _ => group.push((Ipv4Addr::from_bits(*start), Ipv4Addr::from_bits(end))),
        }
    }
    groups
}

/// A condition whose ranges are sorted and do not overlap, so that each address is looked up fast.
struct Sorted {
    only: Vec<(u32, u32)>,
    except: Vec<(u32, u32)>,
}

impl Sorted {
    fn of(condition: &Condition<AddressRange>) -> Self {
        Self {
            only: merged(&condition.only),
            except: merged(&condition.except),
        }
    }

    fn holds(&self, address: u32) -> bool {
        !within(&self.except, address) && (self.only.is_empty() || within(&self.only, address))
    }
}

fn merged(ranges: &[AddressRange]) -> Vec<(u32, u32)> {
    let mut bounds: Vec<(u32, u32)> = ranges.iter().map(|range| range.bounds()).collect();
    bounds.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (first, last) in bounds {
        match merged.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged
}

fn within(ranges: &[(u32, u32)], address: u32) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= address);
    after
        .checked_sub(1)
        .is_some_and(|index| address <= ranges[index].1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;
    use crate::policy::{Effect, access_control};

    fn condition<T: Clone + std::fmt::Debug + 'static>(
        all: Vec<T>,
    ) -> impl Strategy<Value = Condition<T>> {
        let most = all.len().min(3);
        (
            subsequence(all.clone(), 0..=most),
            subsequence(all, 0..=most),
        )
            .prop_map(|(only, except)| Condition { only, except })
    }

    #[test]
    fn neighbours_of_one_group_are_one_range() {
        let ranges = |all: &[&str]| {
            let all = all.iter().map(|text| text.parse().expect("a range"));
            all.collect::<Vec<AddressRange>>()
        };
        let none = || Condition {
            only: Vec::new(),
            except: Vec::new(),
        };
        let rule = AccessControlRule {
            name: "office".to_owned(),
            effect: Effect::Allow,
            // What is left out besides makes borders at which nothing changes.
            addresses: Condition {
                only: ranges(&["10.0.0.0/24"]),
                except: ranges(&["192.168.0.0/16"]),
            },
            protocols: Condition {
                only: Vec::new(),
                except: Vec::new(),
            },
            users: none(),
            roles: none(),
        };
        let found: Vec<String> = addresses(&[&rule])
            .into_values()
            .map(|ranges| {
                let told = ranges.iter().map(|(from, to)| format!("{from}-{to}"));
                told.collect::<Vec<_>>().join(" ")
            })
            .collect();
        let outside = "0.0.0.0-9.255.255.255 10.0.1.0-255.255.255.255";
        assert_eq!(found, [outside, "10.0.0.0-10.0.0.255"]);
    }

    fn rule() -> impl Strategy<Value = AccessControlRule> {
        let ranges = [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.255.255/32",
            "203.0.113.0/24",
            "255.255.255.255/32",
        ];
        let ranges = ranges.map(|text| text.parse::<AddressRange>().expect("a range"));
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        (
            select(vec![Effect::Allow, Effect::Deny]),
            condition(ranges.to_vec()),
            condition(vec![Protocol::Imap, Protocol::Ews, Protocol::WebMail]),
            condition(names(["ana", "bob"])),
            condition(names(["app", "sync"])),
        )
            .prop_map(
                |(effect, addresses, protocols, users, roles)| AccessControlRule {
                    name: "rule".to_owned(),
                    effect,
                    addresses,
                    protocols,
                    users,
                    roles,
                },
            )
    }

    fn sign_in() -> impl Strategy<Value = SignIn> {
        let caller = select(vec![
            Caller::User("ana".to_owned()),
            Caller::User("bob".to_owned()),
            Caller::anybody_else(),
            Caller::Role("app".to_owned()),
            Caller::any_other_role(),
        ]);
        let address = prop_oneof![
            any::<u32>(),
            select(vec![
                0x0a00_0000,
                0x0a01_ffff,
                0x0a02_0000,
                0xcb00_7100,
                u32::MAX,
                0
            ]),
        ];
        (caller, select(PROTOCOLS.to_vec()), address).prop_map(|(caller, protocol, address)| {
            let protocol = match caller {
                Caller::Role(_) => Protocol::Ews,
                Caller::User(_) => protocol,
            };
            SignIn {
                caller,
                protocol,
                address: Ipv4Addr::from_bits(address),
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn every_sign_in_is_in_one_class_and_the_example_speaks_for_it(
            one in prop::collection::vec(rule(), 0..4),
            two in prop::collection::vec(rule(), 0..4),
            sign_ins in prop::collection::vec(sign_in(), 32),
        ) {
            let callers = BTreeSet::from(["ana", "bob"].map(|name| Caller::User(name.to_owned())));
            let classes = classes(&[&one, &two], &callers);
            for sign_in in &sign_ins {
                let is_in = |class: &&Class| {
                    let caller = class.callers.contains(&sign_in.caller)
                        || sign_in.caller == Caller::Role("app".to_owned())
                            && !classes.iter().any(|other| other.callers.contains(&sign_in.caller))
                            && class.callers.contains(&Caller::any_other_role());
                    caller
                        && class.protocols.contains(&sign_in.protocol)
                        && class.addresses.iter().any(|(first, last)| {
                            (*first..=*last).contains(&sign_in.address)
                        })
                };
                let of: Vec<&Class> = classes.iter().filter(is_in).collect();
                prop_assert_eq!(of.len(), 1, "{:?}", sign_in);
                for table in [&one, &two] {
                    prop_assert_eq!(
                        access_control(table, sign_in).effect,
                        access_control(table, &of[0].example()).effect
                    );
                }
            }
        }
    }
}
