//! Random manifests over one small cast that shares a pool of addresses, and the budget of properties.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Who there can be: four users, three groups, two rooms. Of two with one name only the first is
/// declared where both could be.
const CAST: &[(&str, &str)] = &[
    ("users", "ana"),
    ("users", "bob"),
    ("users", "kim"),
    ("users", "lee"),
    ("groups", "staff"),
    ("groups", "guests"),
    ("groups", "lee"),
    ("resources", "room"),
    ("resources", "hall"),
];

/// Which of the cast are rooms.
const ROOMS: [usize; 2] = [7, 8];

/// How many addresses go around.
const POOL: usize = 9;

/// A random organization, to be written as a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    cast: Vec<Part>,
    /// By address of the pool: whose it is, as an index into the cast; past its end it is nobody's.
    owners: Vec<usize>,
    /// True: the first of the cast has as many aliases as there may be.
    full: bool,
    /// True: groups are members, delegates and grantees like people, and a grant may be of everything.
    entwined: bool,
    /// True: the two rooms have each other's names and addresses.
    swapped: bool,
}

/// How an organization is written as a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// What happens to what is not declared, by section.
    pub(crate) management: [&'static str; 3],
    /// Sections that are left out.
    pub(crate) unmanaged: Vec<&'static str>,
    /// A mask of the cast: whose aliases are left out.
    pub(crate) silent: u16,
    /// True: every third address of the pool is in `example.org`.
    pub(crate) two_domains: bool,
}

/// All of it is declared, and nothing else is to be there.
pub(crate) const WHOLE: Style = Style {
    management: ["{unmanaged: remove, onRemoval: delete}"; 3],
    unmanaged: Vec::new(),
    silent: 0,
    two_domains: false,
};

/// Any style.
pub(crate) fn style() -> impl Strategy<Value = Style> {
    let management = prop::sample::select(vec![
        "{unmanaged: remove, onRemoval: delete}",
        "{unmanaged: remove, onRemoval: deregister}",
        "{unmanaged: keep}",
        "{unmanaged: keep, write: false}",
    ]);
    let unmanaged = prop::sample::subsequence(vec!["users", "groups", "resources"], 0..=1);
    (
        prop::array::uniform3(management),
        prop_oneof![3 => Just(Vec::new()), 1 => unmanaged],
        prop_oneof![Just(0), any::<u16>()],
        any::<bool>(),
    )
        .prop_map(|(management, unmanaged, silent, two_domains)| Style {
            management,
            unmanaged,
            silent,
            two_domains,
        })
}

#[derive(Clone, Debug)]
struct Part {
    state: State,
    /// True: its primary address is its own name, whatever it has of the pool.
    own_primary: bool,
    field: u8,
    links: u8,
    grants: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Deregistered,
    Registered,
}

/// Any organization.
pub(crate) fn organization() -> impl Strategy<Value = Organization> {
    with_states(prop_oneof![
        1 => Just(State::Missing),
        1 => Just(State::Deregistered),
        5 => Just(State::Registered),
    ])
}

/// An organization in which the whole cast is registered.
pub(crate) fn all_registered() -> impl Strategy<Value = Organization> {
    with_states(Just(State::Registered))
}

fn with_states(
    states: impl Strategy<Value = State> + Clone,
) -> impl Strategy<Value = Organization> {
    let part = (states, any::<bool>(), 0..4_u8, any::<u8>(), any::<u8>()).prop_map(
        |(state, own_primary, field, links, grants)| Part {
            state,
            own_primary,
            field,
            links,
            grants,
        },
    );
    (
        prop::collection::vec(part, CAST.len()),
        prop::collection::vec(0..CAST.len() + 1, POOL),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(cast, owners, full)| Organization {
            cast,
            owners,
            full,
            entwined: false,
            swapped: false,
        })
}

impl Organization {
    /// The same with most of it as in another one.
    pub(crate) fn near(mut self, other: &Self, mut same: impl FnMut() -> bool) -> Self {
        for (part, others) in self.cast.iter_mut().zip(&other.cast) {
            if same() {
                part.clone_from(others);
            }
        }
        for (owner, others) in self.owners.iter_mut().zip(&other.owners) {
            if same() {
                *owner = *others;
            }
        }
        self
    }

    /// The same in which groups are members, delegates and grantees like people.
    pub(crate) fn entwined(mut self) -> Self {
        self.entwined = true;
        self
    }

    /// The same in which the first of the cast has as many aliases as there may be.
    pub(crate) fn full(mut self) -> Self {
        self.cast[0].state = State::Registered;
        self.full = true;
        self
    }

    /// The same with both rooms, whose primary addresses are their names.
    pub(crate) fn with_rooms(mut self) -> Self {
        for room in ROOMS {
            self.cast[room].state = State::Registered;
            self.cast[room].own_primary = true;
        }
        self
    }

    /// The same in which the two rooms took each other's names, and their addresses along.
    pub(crate) fn with_rooms_swapped(self) -> Self {
        Self {
            swapped: true,
            ..self.with_rooms()
        }
    }

    /// The manifest that declares all of it, and that nothing else is to be there.
    pub(crate) fn manifest(&self) -> String {
        self.manifest_as(&WHOLE)
    }

    /// The manifest that declares it in this style.
    pub(crate) fn manifest_as(&self, style: &Style) -> String {
        self.manifest_with(style, |_| None::<String>)
    }

    /// The names of those that are declared.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let there = (0..CAST.len()).filter(|index| self.is_there(*index));
        there.map(|index| CAST[index].1).collect()
    }

    /// The users that are registered.
    pub(crate) fn registered_users(&self) -> Vec<&'static str> {
        let cast = CAST.iter().enumerate();
        cast.filter(|(index, (kind, _))| {
            *kind == "users"
                && self.is_there(*index)
                && self.cast[*index].state == State::Registered
        })
        .map(|(_, (_, name))| *name)
        .collect()
    }

    /// The manifest that declares it in this style, with more keys for some users.
    pub(crate) fn manifest_with<M: IntoIterator<Item = String>>(
        &self,
        style: &Style,
        more: impl Fn(&str) -> M,
    ) -> String {
        let mut text =
            "organization: {alias: acme, mailDomains: [example.com, example.org]}\nmanagement:\n"
                .to_owned();
        for (section, rule) in ["users", "groups", "resources"]
            .iter()
            .zip(style.management)
        {
            if !style.unmanaged.contains(section) {
                writeln!(text, "  {section}: {rule}").expect("a text takes all");
            }
        }
        let mut section = "";
        for (index, (kind, name)) in CAST.iter().enumerate() {
            if style.unmanaged.contains(kind) {
                continue;
            }
            if *kind != section {
                section = kind;
                writeln!(text, "{kind}:").expect("a text takes all");
                if !self.any_of(kind) {
                    text.truncate(text.trim_end().len());
                    text.push_str(" {}\n");
                }
            }
            if self.is_there(index) {
                let mut told = self.told(index, style);
                if *kind == "users" {
                    told.extend(more(name));
                }
                let told = told.join(", ");
                writeln!(text, "  {name}: {{{told}}}").expect("a text takes all");
            }
        }
        text
    }

    /// True if this one of the cast is declared.
    fn is_there(&self, index: usize) -> bool {
        let namesake = CAST[..index]
            .iter()
            .position(|other| other.1 == CAST[index].1);
        self.cast[index].state != State::Missing
            && namesake.is_none_or(|other| self.cast[other].state == State::Missing)
    }

    fn any_of(&self, kind: &str) -> bool {
        let mut there = (0..CAST.len()).filter(|index| self.is_there(*index));
        there.any(|index| CAST[index].0 == kind)
    }

    /// What is said of one of the cast, key by key.
    fn told(&self, index: usize, style: &Style) -> Vec<String> {
        let (kind, name) = CAST[index];
        let part = &self.cast[index];
        let registered = part.state == State::Registered;
        let mut told = Vec::new();
        match kind {
            "users" => told.push(format!("displayName: {name} {}", part.field)),
            "resources" => told.push("type: ROOM".to_owned()),
            _ => {}
        }
        if let Some(other) = self.other_room(index) {
            told.push(format!("previously: {other}"));
        }
        if !registered {
            told.push("state: deregistered".to_owned());
            return told;
        }
        let (primary, aliases) = self.addresses(index);
        let domain = |local: &str| {
            let third = |digit: char| digit.to_digit(10).is_some_and(|digit| digit % 3 == 2);
            let elsewhere = style.two_domains && local.starts_with("pool-");
            if elsewhere && local.ends_with(third) {
                "example.org"
            } else {
                "example.com"
            }
        };
        told.push(format!("email: {primary}@{}", domain(&primary)));
        if style.silent & (1 << index) == 0 {
            let aliases: Vec<String> = aliases
                .iter()
                .map(|alias| format!("{alias}@{}", domain(alias)))
                .collect();
            told.push(format!("aliases: [{}]", aliases.join(", ")));
        }
        let hidden = part.field % 2 == 1;
        told.push(format!("hiddenFromGlobalAddressList: {hidden}"));
        match kind {
            "users" => {
                told.push(format!(
                    "jobTitle: '{}'",
                    ["", "Clerk", "", "Chief"][usize::from(part.field)]
                ));
                told.push(format!("mailboxQuotaMb: {}", 1000 + u32::from(part.field)));
            }
            "groups" => told.push(format!("members: [{}]", self.chosen(part.links, index))),
            _ => {
                let delegates = self.chosen(part.links, index);
                let accepts = delegates.is_empty() || part.field < 2;
                told.push(format!("delegates: [{delegates}]"));
                // Which option needs a delegate is open, so that without one all are on.
                // Source: behaviour notes, section 8.
                told.push(if delegates.is_empty() {
                    let all_on = "autoAcceptRequests: true, autoDeclineRecurringRequests: true, \
                                  autoDeclineConflictingRequests: true";
                    format!("bookingOptions: {{{all_on}}}")
                } else {
                    format!("bookingOptions: {{autoAcceptRequests: {accepts}}}")
                });
            }
        }
        if kind != "resources" {
            let grantees = self.chosen(part.grants, index);
            let grants: Vec<String> = grantees
                .split(", ")
                .filter(|grantee| !grantee.is_empty())
                .map(|grantee| {
                    let rights = ["SEND_AS", "SEND_ON_BEHALF", "SEND_AS, SEND_ON_BEHALF"];
                    let rights = match usize::from(part.grants) % 7 {
                        // Of people by people alone.
                        0 if self.entwined && [kind, kind_of(grantee)] == ["users"; 2] => {
                            "FULL_ACCESS"
                        }
                        _ => rights[usize::from(part.grants) % 3],
                    };
                    format!("{{grantee: {grantee}, rights: [{rights}]}}")
                })
                .collect();
            told.push(format!("permissions: [{}]", grants.join(", ")));
        }
        told
    }

    /// The primary address and the aliases, without their domain.
    fn addresses(&self, index: usize) -> (String, Vec<String>) {
        let mine = self.owners.iter().enumerate();
        let mut mine: Vec<String> = mine
            .filter(|(_, owner)| **owner == index)
            .map(|(address, _)| format!("pool-{address}"))
            .collect();
        let primary = if self.cast[index].own_primary || mine.is_empty() {
            self.other_room(index).unwrap_or(CAST[index].1).to_owned()
        } else {
            mine.remove(0)
        };
        if index == 0 && self.full {
            let fillers = 100 - mine.len();
            mine.extend((0..fillers).map(|number| format!("filler-{number}")));
        }
        (primary, mine)
    }

    /// The room of which this one has the name.
    fn other_room(&self, index: usize) -> Option<&'static str> {
        let [room, hall] = ROOMS;
        match index {
            _ if !self.swapped => None,
            _ if index == room => Some(CAST[hall].1),
            _ if index == hall => Some(CAST[room].1),
            _ => None,
        }
    }

    /// Users, and groups where they take part, that a mask picks, are there, and are not the one. Of two
    /// groups only the first has the other, so that none is in itself.
    fn chosen(&self, mask: u8, one: usize) -> String {
        let among = if self.entwined { 6 } else { 4 };
        let names: Vec<&str> = (0..among)
            .filter(|index| *index != one && mask & (1 << index) != 0)
            .filter(|index| CAST[one].0 != "groups" || CAST[*index].0 == "users" || *index > one)
            .filter(|index| self.cast[*index].state == State::Registered)
            .map(|index| CAST[index].1)
            .collect();
        names.join(", ")
    }
}

/// What one of the cast is, the first of the name.
fn kind_of(name: &str) -> &'static str {
    let found = CAST.iter().find(|(_, other)| *other == name);
    found.map_or("", |(kind, _)| kind)
}

/// Runs a property over as many random values as `WORKMAILCTL_CASES` says, from the seed that
/// `WORKMAILCTL_SEED` says; both are printed.
pub(crate) fn check<V: Debug>(
    name: &str,
    cases: u32,
    strategy: impl Strategy<Value = V>,
    property: impl Fn(V) -> Result<(), TestCaseError>,
) {
    let Budget { cases, seed } = Budget::of(name, cases);
    let mut runner = runner(cases, seed);
    if let Err(error) = runner.run(&strategy, property) {
        panic!("{name}, WORKMAILCTL_SEED={seed}: {error}");
    }
}

/// So many random values as `WORKMAILCTL_CASES` says, from the seed that `WORKMAILCTL_SEED` says, for
/// what cannot be a property because it waits for a service.
pub(crate) fn values<V>(
    name: &str,
    cases: u32,
    strategy: &impl Strategy<Value = V>,
) -> impl Iterator<Item = V> {
    let Budget { cases, seed } = Budget::of(name, cases);
    let mut runner = runner(cases, seed);
    (0..cases).map(move |_| {
        let tree = strategy.new_tree(&mut runner);
        tree.expect("no value is refused").current()
    })
}

/// Random values without end, from the seed that `WORKMAILCTL_SEED` says, and how many of them are wanted:
/// for those of which not all fit.
pub(crate) fn stream<V>(
    name: &str,
    cases: u32,
    strategy: &impl Strategy<Value = V>,
) -> (usize, impl Iterator<Item = V>) {
    let Budget { cases, seed } = Budget::of(name, cases);
    let mut runner = runner(cases, seed);
    let values = std::iter::repeat_with(move || {
        let tree = strategy.new_tree(&mut runner);
        tree.expect("no value is refused").current()
    });
    (cases as usize, values)
}

/// The pairs that `WORKMAILCTL_PAIRS` chooses by their numbers, from 1, such as `7,12`; none if it does not.
pub(crate) fn chosen() -> Option<BTreeSet<usize>> {
    let only = std::env::var("WORKMAILCTL_PAIRS").ok()?;
    let number = |number: &str| number.parse().expect("numbers of pairs, such as `7,12`");
    Some(only.split(',').map(number).collect())
}

struct Budget {
    cases: u32,
    seed: u64,
}

impl Budget {
    /// What the environment says; it is printed.
    fn of(name: &str, cases: u32) -> Self {
        let number = |variable: &str| std::env::var(variable).ok()?.parse::<u64>().ok();
        let cases = number("WORKMAILCTL_CASES").map_or(cases, |cases| {
            u32::try_from(cases).expect("a number of cases")
        });
        let seed = number("WORKMAILCTL_SEED").unwrap_or(1);
        eprintln!("{name}: {cases} cases, WORKMAILCTL_SEED={seed}");
        Self { cases, seed }
    }
}

fn runner(cases: u32, seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
