//! What an operation expects to find, as values that can be stored and compared with a fresh read.
//!
//! Addresses stand in lower case and sets are sorted, so that equal states have equal values; a
//! text that is empty is absent.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::kinds::setting;
use crate::live::Piece;
use crate::model::{
    Address, Entity, EntityState, Grant, Member, Part, Party, Right, Snapshot, Target, Unknown,
};

use super::document::Expectation;
use super::organization;

/// What a snapshot tells of one part of one thing.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Its value; `null` for absent.
    Value(Value),
    /// It was asked for and could not be read.
    Unreadable(Unknown),
    /// Nobody asked for it.
    Nothing,
}

/// What the snapshot tells of this part: `state`, `name`, `email`, `aliases`, `members`, `delegates`,
/// `permissions`, or a plain field. A thing that is not there has no state, and so no other part.
pub fn told(snapshot: &Snapshot, target: &Target, part: &str) -> Told {
    if setting(target.kind()).is_some() {
        return told_setting(snapshot, target);
    }
    if organization::is_one(target) {
        return organization::told(snapshot, target, part);
    }
    let Some(entity) = snapshot.entities.get(target) else {
        return Told::Value(Value::Null);
    };
    match part {
        "state" => Told::Value(json!(entity.state)),
        "name" => {
            let name = entity.live_name.as_deref().unwrap_or(target.name());
            Told::Value(json!(name.to_lowercase()))
        }
        "email" => tell(&entity.email, |email| json!(email.lower())),
        "aliases" => tell(&entity.aliases, |aliases| {
            aliases.iter().map(|alias| json!(alias.lower())).collect()
        }),
        "members" | "delegates" => tell(&entity.links, |links| {
            let links = links.iter().filter(|link| !link.deleted);
            let names: BTreeSet<String> = links.map(|link| name(&link.party)).collect();
            json!(names)
        }),
        "permissions" => tell(&entity.grants, |grants| {
            let grants = grants.iter().filter(|grant| !grant.rights.is_empty());
            let rights = grants.map(|grant| (name(&grant.grantee), json!(grant.rights)));
            // The map is sorted by its keys, whatever the order of the list was.
            Value::Object(rights.collect::<Map<_, _>>())
        }),
        field => tell(entity.field(field), |value| match value {
            Value::String(text) if text.is_empty() => Value::Null,
            other => other.clone(),
        }),
    }
}

/// The part of the value of a setting that is its name, where the service can rename it.
const NAME: &str = "name";

/// The whole value of a setting, with its name where that can change; `null` if it is not there.
fn told_setting(snapshot: &Snapshot, target: &Target) -> Told {
    match snapshot.listed(target.kind()) {
        Part::Known(()) | Part::Absent => {
            let Some(found) = snapshot.settings.get(target) else {
                return Told::Value(Value::Null);
            };
            let name = found.live_name.as_deref().unwrap_or(target.name());
            Told::Value(named_value(target, name, &found.value))
        }
        Part::Unknown(unknown) => Told::Unreadable(unknown.clone()),
        Part::NotRead => Told::Nothing,
    }
}

/// The value of a setting as it is told, by the name that the service has for it.
pub fn named_value(target: &Target, name: &str, value: &Map<String, Value>) -> Value {
    let mut value = value.clone();
    if setting(target.kind()).is_some_and(|kind| kind.id.is_some()) {
        value.insert(NAME.to_owned(), Value::from(name));
    }
    Value::Object(value)
}

/// What the snapshot lets an operation expect of this part; none where it was not read.
pub fn expect(snapshot: &Snapshot, target: &Target, part: &str) -> Option<Expectation> {
    match told(snapshot, target, part) {
        Told::Value(value) => Some(Expectation {
            target: target.clone(),
            part: part.to_owned(),
            value,
        }),
        Told::Unreadable(_) | Told::Nothing => None,
    }
}

/// Changes the snapshot so that it tells what is expected. States come first: what is expected to
/// be absent is taken out, and what is expected to be there is put in.
pub fn suppose(snapshot: &mut Snapshot, expectations: &[&Expectation]) {
    for expectation in expectations.iter().filter(|wanted| wanted.part == "state") {
        let target = &expectation.target;
        match serde_json::from_value::<EntityState>(expectation.value.clone()) {
            Ok(state) => {
                let entity = snapshot.entities.entry(target.clone());
                entity.or_insert_with(|| Entity::new("", state)).state = state;
            }
            Err(_) => {
                snapshot.entities.remove(target);
            }
        }
    }
    for expectation in expectations {
        if setting(expectation.target.kind()).is_some() {
            suppose_setting(snapshot, expectation);
        }
        if organization::is_one(&expectation.target) {
            organization::suppose(&mut snapshot.organization, expectation);
        }
        if let Some(entity) = snapshot.entities.get_mut(&expectation.target) {
            put(entity, &expectation.part, &expectation.value);
        }
    }
}

fn suppose_setting(snapshot: &mut Snapshot, expectation: &Expectation) {
    let target = &expectation.target;
    match &expectation.value {
        Value::Object(value) => {
            let known = snapshot.settings.entry(target.clone()).or_default();
            known.value.clone_from(value);
            if setting(target.kind()).is_some_and(|kind| kind.id.is_some()) {
                let name = known.value.remove(NAME);
                let name = name.and_then(|name| name.as_str().map(str::to_owned));
                known.live_name = name.filter(|name| name != target.name());
            }
        }
        _ => {
            snapshot.settings.remove(target);
        }
    }
    let kind = target.kind().to_owned();
    snapshot.lists.entry(kind).or_insert(Part::Known(()));
}

/// The piece whose reading tells this part of a user, group or resource.
pub fn piece_of(part: &str) -> Piece {
    match part {
        "aliases" => Piece::Aliases,
        "members" | "delegates" => Piece::Links,
        "permissions" => Piece::Grants,
        "mailboxQuotaMb" => Piece::Mailbox,
        _ => Piece::Details,
    }
}

fn tell<T>(part: &Part<T>, value: impl FnOnce(&T) -> Value) -> Told {
    match part {
        Part::Known(known) => Told::Value(value(known)),
        Part::Absent => Told::Value(Value::Null),
        Part::Unknown(unknown) => Told::Unreadable(unknown.clone()),
        Part::NotRead => Told::Nothing,
    }
}

fn name(party: &Party) -> String {
    match party {
        Party::Entity(target) => target.to_string().to_ascii_lowercase(),
        Party::Unresolved(id) => id.clone(),
    }
}

fn party(name: &str) -> Party {
    name.parse()
        .map_or_else(|_| Party::Unresolved(name.to_owned()), Party::Entity)
}

fn put(entity: &mut Entity, part: &str, value: &Value) {
    match part {
        "state" => {}
        "name" => entity.live_name = value.as_str().map(str::to_owned),
        "email" => entity.email = put_part(value, |value| value.as_str().map(Address::listed)),
        "aliases" => {
            entity.aliases = put_part(value, |value| {
                let items = value.as_array()?.iter();
                items
                    .map(|item| item.as_str().map(Address::listed))
                    .collect()
            });
        }
        "members" | "delegates" => {
            entity.links = put_part(value, |value| {
                let items = value.as_array()?.iter();
                items.map(|item| item.as_str().map(member)).collect()
            });
        }
        "permissions" => {
            entity.grants = put_part(value, |value| {
                let items = value.as_object()?.iter();
                items.map(|(name, rights)| grant(name, rights)).collect()
            });
        }
        field => {
            let part = put_part(value, |value| Some(value.clone()));
            entity.fields.insert(Cow::Owned(field.to_owned()), part);
        }
    }
}

fn put_part<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Part<T> {
    match value {
        Value::Null => Part::Absent,
        value => read(value).map_or(Part::NotRead, Part::Known),
    }
}

fn member(name: &str) -> Member {
    Member {
        party: party(name),
        id: String::new(),
        deleted: false,
    }
}

fn grant(name: &str, rights: &Value) -> Option<Grant> {
    Some(Grant {
        grantee: party(name),
        id: String::new(),
        rights: serde_json::from_value::<BTreeSet<Right>>(rights.clone()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::model::OrganizationLive;

    fn snapshot(entities: BTreeMap<Target, Entity>) -> Snapshot {
        Snapshot {
            taken_at: Timestamp::UNIX_EPOCH,
            calls: 0,
            lower_bound: 0,
            organization: OrganizationLive {
                id: "m-1".to_owned(),
                alias: "acme".to_owned(),
                arn: String::new(),
                region: String::new(),
                state: "Active".to_owned(),
                caller: None,
                default_mail_domain: Part::NotRead,
                mail_domains: Part::NotRead,
            },
            lists: BTreeMap::new(),
            entities,
            settings: BTreeMap::new(),
            twins: Vec::new(),
            deleted: Vec::new(),
            lookups: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_supposed_is_told() {
        let ana = Target::user("ana");
        let mut entity = Entity::new("id-ana", EntityState::Registered);
        entity.email = Part::Known(Address::listed("Ana@example.com"));
        entity.aliases =
            Part::Known([Address::listed("B@x.org"), Address::listed("a@x.org")].into());
        entity.grants = Part::Known(vec![Grant {
            grantee: Party::Entity(Target::group("Staff")),
            id: "id-staff".to_owned(),
            rights: [Right::SendAs].into(),
        }]);
        entity.fields.insert("city".into(), Part::Known(json!("")));
        let live = snapshot([(ana.clone(), entity)].into());
        let parts = ["state", "email", "aliases", "permissions", "city"];
        let expected: Vec<Expectation> = parts
            .iter()
            .map(|part| expect(&live, &ana, part).expect("it was read"))
            .collect();
        assert_eq!(expected[1].value, json!("ana@example.com"));
        assert_eq!(expected[2].value, json!(["a@x.org", "b@x.org"]));
        assert_eq!(expected[3].value, json!({"group/staff": ["SEND_AS"]}));
        assert_eq!(expected[4].value, Value::Null);
        assert_eq!(expect(&live, &ana, "members"), None);

        let mut supposed = snapshot(BTreeMap::new());
        suppose(&mut supposed, &expected.iter().collect::<Vec<_>>());
        for expectation in &expected {
            assert_eq!(
                told(&supposed, &ana, &expectation.part),
                Told::Value(expectation.value.clone())
            );
        }
    }

    #[test]
    fn what_is_expected_to_be_absent_is_taken_out() {
        let ana = Target::user("ana");
        let gone = expect(&snapshot(BTreeMap::new()), &ana, "state").expect("known to be absent");
        let entity = Entity::new("id-ana", EntityState::Registered);
        let mut live = snapshot([(ana.clone(), entity)].into());
        suppose(&mut live, &[&gone]);
        assert!(live.entities.is_empty());
    }
}
