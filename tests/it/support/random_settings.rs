//! Random worlds: an organization with settings of every kind that a manifest declares. Values come from
//! the tables of the kinds, so that a new member is tried without a line here.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use workmailctl::kinds::setting::{Form, Member, SettingKind};
use workmailctl::kinds::{SETTINGS, impersonation_role, mobile_device_access_rule, tag};
use workmailctl::model::{
    ACCESS_CONTROL_RULE, AVAILABILITY_CONFIGURATION, IDENTITY_CENTER_APPLICATION,
    IDENTITY_PROVIDER, IMPERSONATION_ROLE, MOBILE_DEVICE_ACCESS_RULE, TAG, USER,
};

use super::random::{Organization, Style, WHOLE, organization};

/// The manifests of two worlds, the second of which may rename what is in the first.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) before: String,
    pub(crate) wanted: String,
    /// Chooses how the service behaves.
    pub(crate) behavior: u64,
}

/// Any pair of worlds. What is rare in any two of them is put there now and then.
pub(crate) fn pairs() -> impl Strategy<Value = Pair> {
    (organization(), organization(), any::<u64>()).prop_map(|(mut first, mut second, seed)| {
        let mut dice = Dice(seed);
        if dice.percent(50) {
            (first, second) = (first.entwined(), second.entwined());
        }
        if dice.percent(8) {
            first = first.full();
        }
        if dice.percent(10) {
            (first, second) = (first.with_rooms(), second.with_rooms_swapped());
        }
        let mut before = Settings::any(&mut dice, &first);
        let mut wanted = Settings::any(&mut dice, &second);
        if dice.percent(15) {
            wanted.leave_a_domain();
        }
        if dice.percent(6) {
            before.crowd_tags(0);
            wanted.crowd_tags(1 + dice.below(4));
        }
        if dice.percent(6) {
            before.crowd_roles(0);
            wanted.crowd_roles(1 + dice.below(4));
        }
        if dice.percent(6) {
            before.crowd_devices(true);
            wanted.crowd_devices(false);
        }
        wanted.rename(&mut dice, &before);
        Pair {
            before: before.manifest(&first),
            wanted: wanted.manifest(&second),
            behavior: dice.next(),
        }
    })
}

/// Pairs of worlds of which so much is the same, in percent, so that a plan has few calls.
pub(crate) fn near_pairs(same: usize) -> impl Strategy<Value = Pair> {
    let managed = (100 - same).max(20);
    (organization(), organization(), any::<u64>()).prop_map(move |(mut first, mut second, seed)| {
        let mut dice = Dice(seed);
        if dice.percent(50) {
            (first, second) = (first.entwined(), second.entwined());
        }
        second = second.near(&first, || dice.percent(same));
        let before = Settings::some(&mut dice, &first, managed);
        let mut wanted = Settings::some(&mut dice, &second, managed);
        wanted.two_domains = before.two_domains;
        wanted.rename(&mut dice, &before);
        Pair {
            before: before.manifest(&first),
            wanted: wanted.manifest(&second),
            behavior: dice.next(),
        }
    })
}

/// Texts that members without a form of their own have, as far as their bounds and patterns take them.
const TEXTS: &[&str] = &[
    "first",
    "second one",
    "Drittes & Größeres",
    "a: b, [c] # d",
    "no",
    "2026-01-01",
    "line\nline",
    "two  spaces",
];

/// Stands for the ARN of an application that is there before, and that no world made.
pub(crate) const THERE: &str =
    "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-there00000000000";
/// The instance that it belongs to.
pub(crate) const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-0123456789abcdef";

/// Values of members whose patterns take no simple text.
const SPECIAL: &[(&str, &[&str])] = &[
    (
        "logGroupArn",
        &[
            "arn:aws:logs:eu-west-1:123456789012:log-group:/mail/one:*",
            "arn:aws:logs:eu-west-1:123456789012:log-group:/mail/two:*",
        ],
    ),
    (
        "roleArn",
        &[
            "arn:aws:iam::123456789012:role/one",
            "arn:aws:iam::123456789012:role/two",
            "arn:aws:iam::123456789012:role/aws-service-role/events.workmail.amazonaws.com/AWSServiceRoleForAmazonWorkMailEvents",
        ],
    ),
    ("instanceArn", &[INSTANCE]),
    ("applicationArn", &[THERE]),
    (
        "endpoint",
        &[
            "https://mail.example.net/EWS/Exchange.asmx",
            "https://calendars.example.net:8443/ews",
        ],
    ),
    (
        "arn",
        &[
            "arn:aws:lambda:eu-west-1:123456789012:function:calendars",
            "arn:aws:lambda:eu-west-1:123456789012:function:calendars:live",
        ],
    ),
];

/// Members of which a value has exactly one.
const ONE_OF: &[[&str; 2]] = &[["ews", "lambda"], ["applicationName", "applicationArn"]];

const RANGES: &[&str] = &["203.0.113.0/24", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32"];
const PREFIXES: &[&str] = &["iPhone", "ANDROID", "Android 9", "$NONE", "é"];

/// Random choices; the same seed makes the same ones.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// The next number of `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).expect("it is below a number of things")
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn one<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// One of them at least, and each once.
    fn some<T: Clone>(&mut self, all: &[T], most: usize) -> Vec<T> {
        let mut left = all.to_vec();
        let count = 1 + self.below(left.len().min(most).min(3));
        (0..count)
            .map(|_| left.remove(self.below(left.len())))
            .collect()
    }
}

/// All settings of one world.
struct Settings {
    /// By kind and name; a kind that is missing is not managed.
    values: BTreeMap<&'static str, BTreeMap<String, Value>>,
    /// By user: all overrides; who is missing manages none.
    overrides: BTreeMap<&'static str, Vec<Value>>,
    domains: Vec<&'static str>,
    default_domain: &'static str,
    /// True: addresses are in both domains.
    two_domains: bool,
    /// Users whom the identity provider knows, each with another id.
    identified: Vec<&'static str>,
    /// Lines of `management`.
    management: Vec<String>,
}

impl Settings {
    fn any(dice: &mut Dice, organization: &Organization) -> Self {
        Self::some(dice, organization, 85)
    }

    /// The same in which each kind is managed by this chance.
    fn some(dice: &mut Dice, organization: &Organization, percent: usize) -> Self {
        let users = organization.registered_users();
        let mut settings = Self {
            values: BTreeMap::new(),
            overrides: BTreeMap::new(),
            domains: vec!["example.com", "example.org"],
            default_domain: *dice.one(&["acme.awsapps.com", "example.com", "example.org"]),
            two_domains: dice.percent(30),
            identified: Vec::new(),
            management: Vec::new(),
        };
        if dice.percent(50) && !users.is_empty() {
            settings.identified = dice.some(&users, users.len());
        }
        let names = organization.names();
        for key in ["protect", "watchReaders"] {
            if dice.percent(40) && !names.is_empty() {
                let names = json!(dice.some(&names, names.len()));
                settings.management.push(format!("{key}: {names}"));
            }
        }
        // Roles come first: rules name them.
        let declared = SETTINGS
            .iter()
            .filter(|kind| kind.is_declared() && !kind.nature.implied);
        let mut kinds: Vec<&SettingKind> = declared.copied().collect();
        kinds.sort_by_key(|kind| kind.name != IMPERSONATION_ROLE);
        for kind in kinds {
            if kind.owner.is_some() {
                settings.own(dice, kind, &users);
            } else if dice.percent(percent) {
                let all = settings.section(dice, kind, &users);
                settings.values.insert(kind.name, all);
            }
        }
        settings
    }

    /// The same with one domain less.
    fn leave_a_domain(&mut self) {
        self.domains.pop();
        self.two_domains = false;
        if !self.domains.contains(&self.default_domain) {
            self.default_domain = "acme.awsapps.com";
        }
    }

    /// Fills the table of tags, of which one is the program's own, with others in the place of so many.
    fn crowd_tags(&mut self, others: usize) {
        // What else has a tag of the program's own.
        self.values.remove(IDENTITY_PROVIDER);
        self.values.remove(AVAILABILITY_CONFIGURATION);
        let most = tag::ENTRY.limit.expect("tags have a limit") - 1;
        let gone = (0..others).map(|number| (number, Value::Null));
        let there = (others..most + others).map(|number| (number, json!("2026")));
        let tags = gone.chain(there);
        let tags = tags.map(|(number, value)| (format!("key-{number:02}"), value));
        self.values.insert(TAG, tags.collect());
    }

    /// Fills the table of mobile device access rules, of which one loses a condition: it is made anew, and
    /// there is no room for both.
    fn crowd_devices(&mut self, narrow: bool) {
        let most = mobile_device_access_rule::ENTRY.limit;
        let rules = (0..most.expect("rules have a limit")).map(|number| {
            let value = match number {
                0 => json!({"effect": "ALLOW"}),
                1 if narrow => {
                    json!({"effect": "DENY", "deviceTypes": ["iPhone"], "deviceModels": ["old"]})
                }
                1 => json!({"effect": "DENY", "deviceTypes": ["iPhone"]}),
                _ => json!({"effect": "DENY", "deviceTypes": [format!("type-{number}")]}),
            };
            (format!("rule-{number}"), value)
        });
        self.values
            .insert(MOBILE_DEVICE_ACCESS_RULE, rules.collect());
    }

    /// Fills the table of impersonation roles, with others in the place of so many. Who goes from a full
    /// table goes first, so that nothing names them and they have no rules.
    fn crowd_roles(&mut self, others: usize) {
        let most = impersonation_role::ENTRY.limit.expect("roles have a limit");
        let roles = (others..most + others).map(|number| {
            (
                format!("rule-{number}"),
                json!({"type": "READ_ONLY", "rules": []}),
            )
        });
        self.values.insert(IMPERSONATION_ROLE, roles.collect());
        let naming = self.values.get_mut(ACCESS_CONTROL_RULE);
        for rule in naming.into_iter().flat_map(BTreeMap::values_mut) {
            let members = rule.as_object_mut().expect("a rule is a map");
            members.retain(|member, _| !member.to_lowercase().contains("impersonationroles"));
        }
    }

    /// What users have of their own.
    fn own(&mut self, dice: &mut Dice, kind: &SettingKind, users: &[&'static str]) {
        let owner = kind.owner.expect("it belongs to somebody");
        for user in users {
            if dice.percent(30) {
                continue;
            }
            let keys = ["ABC123", "def456", "0789"];
            let mut all = Vec::new();
            for key in &keys[..dice.below(keys.len() + 1)] {
                let mut value = self.value(dice, kind.members, users);
                value.insert(owner.key.to_owned(), json!(key));
                all.push(Value::Object(value));
            }
            self.overrides.insert(user, all);
        }
    }

    fn section(
        &self,
        dice: &mut Dice,
        kind: &'static SettingKind,
        users: &[&str],
    ) -> BTreeMap<String, Value> {
        let mut names = names(dice, kind);
        if kind.needs_an_allow() && names.is_empty() {
            names.push("rule-0".to_owned());
        }
        let mut all = BTreeMap::new();
        for name in names {
            let value = if kind.nature.nullable && dice.percent(20) {
                Value::Null
            } else if kind.nature.scalar {
                json!(dice.one(&["", "mail-team", "2026", "a=b"]))
            } else {
                Value::Object(self.value(dice, kind.members, users))
            };
            all.insert(name, value);
        }
        if kind.needs_an_allow() && !all.values().any(allows) {
            let first = all.values_mut().next().expect("there is a rule");
            first["effect"] = json!("ALLOW");
        }
        all
    }

    /// A random value: what is needed, and some of the rest.
    fn value(&self, dice: &mut Dice, members: &[Member], users: &[&str]) -> Map<String, Value> {
        let mut value = Map::new();
        for member in members {
            let one_of = ONE_OF.iter().any(|names| names.contains(&member.name));
            if !member.needed && !one_of && !dice.percent(35) {
                continue;
            }
            if let Some(one) = self.one(dice, member, users) {
                value.insert(member.name.to_owned(), one);
            }
        }
        for names in ONE_OF {
            if names.iter().all(|name| value.contains_key(*name)) {
                value.remove(*dice.one(names));
            }
        }
        value
    }

    /// None if there is nobody to name.
    fn one(&self, dice: &mut Dice, member: &Member, users: &[&str]) -> Option<Value> {
        if let Some((_, texts)) = SPECIAL.iter().find(|(name, _)| *name == member.name) {
            return Some(json!(dice.one(texts)));
        }
        Some(match member.form {
            Form::Text { min, max, pattern } => {
                let longest = "x".repeat(max);
                let fits = |text: &&str| {
                    let length = text.chars().count();
                    let is = pattern.is_none_or(|pattern| (pattern.is)(text));
                    is && (min..=max).contains(&length)
                };
                let texts = TEXTS.iter().copied().chain([longest.as_str()]);
                let texts: Vec<&str> = texts.filter(fits).collect();
                json!(dice.one(&texts))
            }
            Form::Choice(words) => json!(dice.one(words)),
            Form::Flag => json!(dice.percent(50)),
            Form::Number { min, max } => json!(dice.one(&[min, i64::midpoint(min, max), max])),
            Form::Words(words) => json!(dice.some(words, words.len())),
            Form::Texts { most, min, max } => {
                let texts = ["one", "two", "three"].map(|text| format!("{text:x<min$.max$}"));
                json!(dice.some(&texts, most))
            }
            Form::Prefixes { most, .. } => json!(dice.some(PREFIXES, most)),
            Form::Ranges { most } => json!(dice.some(RANGES, most)),
            Form::Names { kind: USER, most } => {
                if users.is_empty() {
                    return None;
                }
                json!(dice.some(users, most))
            }
            Form::Names { kind, most } => {
                let named = self.values.get(kind).filter(|named| !named.is_empty())?;
                let named: Vec<&String> = named.keys().collect();
                json!(dice.some(&named, most))
            }
            Form::Name { .. } => json!(dice.one(&["mail", "post"])),
            Form::Object(members) => Value::Object(self.value(dice, members, users)),
            Form::Entries {
                id, members, most, ..
            } => self.entries(dice, id, members, most, users),
            Form::Secret => {
                let source = json!({"fromEnv": "WORKMAILCTL_SECRET_PARTNER"});
                let mut source = source.as_object().cloned()?;
                if dice.percent(70) {
                    source.insert("version".to_owned(), json!(dice.one(&[1, 2, 3])));
                }
                Value::Object(source)
            }
        })
    }

    /// Entries as a manifest writes them: a map by words, or a list with keys.
    fn entries(
        &self,
        dice: &mut Dice,
        id: &str,
        members: &[Member],
        most: usize,
        users: &[&str],
    ) -> Value {
        let count = dice.below(most.min(4) + 1);
        if id.is_empty() {
            let keys = ["INBOX", "DELETED_ITEMS", "DRAFTS", "JUNK_EMAIL"];
            let entries = keys[..count].iter().map(|key| {
                let entry = self.value(dice, members, users);
                ((*key).to_owned(), Value::Object(entry))
            });
            return Value::Object(entries.collect());
        }
        let count = if dice.percent(10) { most } else { count };
        let entries = (0..count).map(|number| {
            let mut entry = self.value(dice, members, users);
            entry.insert(id.to_owned(), json!(format!("entry-{number}")));
            Value::Object(entry)
        });
        entries.collect()
    }

    /// Declares renames from what was there before, where what is to become of it can be told: into a
    /// name that was not there, or of two that take each other's names.
    fn rename(&mut self, dice: &mut Dice, before: &Self) {
        let renamed = SETTINGS
            .iter()
            .filter(|kind| kind.id.is_some() && kind.is_declared() && kind.owner.is_none());
        for kind in renamed.filter(|kind| !kind.nature.implied) {
            let (Some(old), Some(new)) =
                (before.values.get(kind.name), self.values.get_mut(kind.name))
            else {
                continue;
            };
            let mut formers: Vec<&String> = old.keys().collect();
            for (name, value) in new.iter_mut() {
                if !old.contains_key(name) && !formers.is_empty() && dice.percent(50) {
                    let former = formers.remove(dice.below(formers.len()));
                    value["previously"] = json!(former);
                }
            }
            // Those that trade names take their values along, so that it can be told what was done. Who
            // stands in them need not be in the other world.
            let is_free = |name: &&String| formers.contains(name) && new.contains_key(*name);
            let names_nobody = |value: &Value| !value.to_string().contains("sers\"");
            let both: Vec<&String> = old.keys().filter(is_free).collect();
            if let [one, .., two] = both.as_slice()
                && old[*one] != old[*two]
                && [*one, *two].iter().all(|name| names_nobody(&old[*name]))
                && dice.percent(60)
            {
                let (one, two) = ((*one).clone(), (*two).clone());
                let otherwise = new.clone();
                for (name, former) in [(&one, &two), (&two, &one)] {
                    let mut value = old[former].clone();
                    value["previously"] = json!(former);
                    new.insert(name.clone(), value);
                }
                if kind.needs_an_allow() && !new.values().any(allows) {
                    *new = otherwise;
                }
            }
        }
    }

    /// The manifest of an organization with these settings.
    fn manifest(&self, organization: &Organization) -> String {
        let style = Style {
            two_domains: self.two_domains,
            ..WHOLE
        };
        let of_users = organization.manifest_with(&style, |user| {
            let own = self.overrides.get(user).map(|own| json!(own));
            let own = own.map(|own| format!("mobileDeviceAccessOverrides: {own}"));
            let mut identified = self.identified.iter();
            let number = identified.position(|other| *other == user);
            let id = number.map(|number| format!("{number}1111111-2222-3333-4444-555555555555"));
            let id = id.map(|id| format!("identityProviderUserId: {id}"));
            own.into_iter().chain(id)
        });
        let (_, rest) = of_users
            .split_once("\nmanagement:\n")
            .expect("a line of the organization, then of management");
        let mut head = json!({
            "alias": "acme",
            "mailDomains": self.domains,
            "defaultMailDomain": self.default_domain,
        });
        let mut sections = String::new();
        for kind in SETTINGS {
            let Some(all) = self.values.get(kind.name) else {
                continue;
            };
            let value = if kind.nature.single {
                all.values().next().cloned().unwrap_or_default()
            } else {
                json!(all)
            };
            match kind.section.split_once('.') {
                Some((_, key)) => head[key] = value,
                None => sections.push_str(&format!("{}: {value}\n", kind.section)),
            }
        }
        let lines = self.management.iter();
        let lines = lines.flat_map(|line| ["  ", line, "\n"]);
        let management: String = lines.collect();
        format!("organization: {head}\nmanagement:\n{management}{rest}{sections}")
    }
}

fn allows(rule: &Value) -> bool {
    rule["effect"] == "ALLOW"
}

/// Whose settings a section has; some tables are full.
fn names(dice: &mut Dice, kind: &SettingKind) -> Vec<String> {
    if kind.nature.single {
        return vec!["default".to_owned()];
    }
    assert_ne!(
        kind.name, IDENTITY_CENTER_APPLICATION,
        "nobody declares one"
    );
    assert_ne!(kind.name, IDENTITY_PROVIDER, "there is one");
    let (pool, name): (usize, fn(usize) -> String) = match kind.name {
        AVAILABILITY_CONFIGURATION => (4, |number| format!("partner-{number}.example.net")),
        // Some are kept that are not declared, and the program has its own.
        TAG => (40, |number| format!("key-{number:02}")),
        _ => (14, |number| format!("rule-{number}")),
    };
    let limit = kind.limit.unwrap_or(pool).min(pool);
    let count = if dice.percent(25) {
        limit
    } else {
        dice.below(limit.min(6) + 1)
    };
    let mut left: Vec<String> = (0..pool).map(name).collect();
    (0..count)
        .map(|_| left.remove(dice.below(left.len())))
        .collect()
}
