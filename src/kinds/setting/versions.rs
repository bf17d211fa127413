//! Versions of secrets: the service never tells a secret, so that the version last sent is kept in tags of
//! the organization, packed.
//!
//! A tag holds 256 characters, and an organization has 50 tags that are not only ours. Each version
//! takes a short hash of what it belongs to and its number, and a tag holds as many as fit. Source: API
//! reference, `Tag`, `Value`; `TooManyTagsException`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::kinds::setting;
use crate::model::{Snapshot, Target};

use super::members::each;
use super::{Form, Member};

/// The tag of versions; a second one has `-2` at its end.
const TAG: &str = "workmailctl:secret-versions";
/// The most characters of a tag's value. Source: API reference, `Tag`, `Value`.
const TAG_LENGTH: usize = 256;
/// How many characters of a hash stand for a thing: 48 bits.
const HASH_LENGTH: usize = 8;

/// The greatest version.
pub const GREATEST_VERSION: u32 = 999_999;

/// The version of the secret in a value, where it has one.
pub fn version_of(members: &[Member], value: &Map<String, Value>) -> Option<u32> {
    members.iter().find_map(|member| {
        let value = value.get(member.name)?;
        match (member.form, value) {
            (Form::Secret, secret) => u32::try_from(secret.get("version")?.as_u64()?).ok(),
            (Form::Object(members), Value::Object(inner)) => version_of(members, inner),
            _ => None,
        }
    })
}

/// The value with this version of its secret, or with none. A value without a place for a secret has
/// none.
pub fn with_version(
    members: &[Member],
    value: &Map<String, Value>,
    version: Option<u32>,
) -> Map<String, Value> {
    let mut with = value.clone();
    for member in members {
        match member.form {
            Form::Secret => {
                with.remove(member.name);
                if let Some(version) = version {
                    with.insert(member.name.to_owned(), json!({ "version": version }));
                }
            }
            Form::Object(members) => {
                if let Some(Value::Object(inner)) = with.get_mut(member.name) {
                    *inner = with_version(members, inner, version);
                }
            }
            _ => {}
        }
    }
    with
}

/// The value as it may be shown, stored and compared: of a secret its version only.
pub fn shown(members: &[Member], value: &Map<String, Value>) -> Map<String, Value> {
    each(members, value, |member, value| match (member.form, value) {
        (Form::Secret, secret) => {
            let version = secret.get("version")?;
            Some(json!({ "version": version }))
        }
        (Form::Object(members), Value::Object(inner)) => Some(Value::Object(shown(members, inner))),
        (_, value) => Some(value.clone()),
    })
}

/// Every secret in a value, with its path.
pub fn secrets<'a>(
    members: &[Member],
    value: &'a Map<String, Value>,
) -> Vec<(Vec<&'static str>, &'a Map<String, Value>)> {
    let mut found = Vec::new();
    for member in members {
        match (member.form, value.get(member.name)) {
            (Form::Secret, Some(Value::Object(secret))) => found.push((vec![member.name], secret)),
            (Form::Object(members), Some(Value::Object(inner))) => {
                let inner = secrets(members, inner).into_iter();
                found.extend(inner.map(|(path, secret)| {
                    let path = std::iter::once(member.name).chain(path);
                    (path.collect(), secret)
                }));
            }
            _ => {}
        }
    }
    found
}

/// True for kinds of which a secret is sent.
pub fn has_secret(members: &[Member]) -> bool {
    members.iter().any(|member| match member.form {
        Form::Secret => true,
        Form::Object(members) => has_secret(members),
        _ => false,
    })
}

/// Tells every setting of a snapshot the version of its secret that the tags hold.
pub fn tell(snapshot: &mut Snapshot) {
    let Some(tags) = snapshot.tags() else {
        return;
    };
    let recorded = unpacked(&tags);
    for (target, live) in &mut snapshot.settings {
        let Some(kind) = setting(target.kind()).filter(|kind| has_secret(kind.members)) else {
            continue;
        };
        let version = recorded.get(&hash(target)).copied();
        live.value = with_version(kind.members, &live.value, version);
    }
}

/// The tags that hold these versions. Those of ours that hold none any more are empty: one call writes
/// them along with the others.
pub fn tags(
    versions: &BTreeMap<Target, u32>,
    before: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut packed: BTreeMap<String, String> = before
        .keys()
        .filter(|key| is_ours(key))
        .map(|key| (key.clone(), String::new()))
        .collect();
    let mut entries: Vec<String> = versions
        .iter()
        .map(|(target, version)| format!("{}={version}", hash(target)))
        .collect();
    entries.sort();
    entries.dedup();
    let (mut number, mut value) = (1, String::new());
    for entry in entries {
        if value.len() + 1 + entry.len() > TAG_LENGTH {
            packed.insert(key(number), std::mem::take(&mut value));
            number += 1;
        }
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(&entry);
    }
    if !value.is_empty() {
        packed.insert(key(number), value);
    }
    packed
}

fn unpacked(tags: &BTreeMap<String, String>) -> BTreeMap<String, u32> {
    let ours = tags.iter().filter(|(key, _)| is_ours(key));
    ours.flat_map(|(_, value)| value.split(' '))
        .filter_map(|entry| {
            let (hash, version) = entry.rsplit_once('=')?;
            Some((hash.to_owned(), version.parse().ok()?))
        })
        .collect()
}

fn is_ours(key: &str) -> bool {
    key.strip_prefix(TAG)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn key(number: usize) -> String {
    if number == 1 {
        TAG.to_owned()
    } else {
        format!("{TAG}-{number}")
    }
}

fn hash(target: &Target) -> String {
    let digest = Sha256::digest(target.to_string().to_lowercase());
    let mut text = URL_SAFE_NO_PAD.encode(digest);
    text.truncate(HASH_LENGTH);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: u32) -> Target {
        Target::new(
            "availability-configuration",
            format!("d{number}.example.net"),
        )
    }

    #[test]
    fn versions_come_back_from_tags_of_the_length_that_there_may_be() {
        let versions: BTreeMap<Target, u32> = (0..200)
            .map(|number| (of(number), GREATEST_VERSION - number))
            .collect();
        let other = BTreeMap::from([("owner".to_owned(), "mail-team".to_owned())]);
        let written = tags(&versions, &other);
        assert!(written.len() > 1 && written.keys().all(|key| is_ours(key)));
        assert!(written.values().all(|value| value.len() <= TAG_LENGTH));
        let found = unpacked(&written);
        assert_eq!(found.len(), versions.len());
        for (target, version) in &versions {
            assert_eq!(found.get(&hash(target)), Some(version));
        }
        assert_eq!(tags(&versions, &written), written, "nothing changed");
    }

    #[test]
    fn what_is_held_no_more_is_emptied() {
        let many: BTreeMap<Target, u32> = (0..40).map(|number| (of(number), 1)).collect();
        let before = tags(&many, &BTreeMap::new());
        let one = BTreeMap::from([(of(7), 2)]);
        let mut after = before.clone();
        after.extend(tags(&one, &before));
        assert_eq!(unpacked(&after), BTreeMap::from([(hash(&of(7)), 2)]));
        let nothing = tags(&BTreeMap::new(), &after);
        after.extend(nothing);
        assert!(after.values().all(String::is_empty));
    }

    #[test]
    fn the_case_of_a_domain_is_of_no_matter() {
        let great = Target::new("availability-configuration", "D7.Example.NET");
        assert_eq!(hash(&great), hash(&of(7)));
    }
}
