//! What is odd about a world, beyond what a manifest can say: domains that are not verified, parts
//! that could not be read, addresses of things that are not managed. One sentence each.

use serde_json::{Map, Value, json};
use workmailctl::kinds::KINDS;
use workmailctl::live::of_nothing;
use workmailctl::model::{
    Address, Entity, Lookup, Member, Part, Party, Setting, Snapshot, TAG, Target, Unknown,
    UnknownCause,
};

/// Changes the snapshot as each line says:
///
/// - `example.org is not verified`
/// - `the list of groups is unreadable`
/// - `aliases of user/joe are unreadable` (also `email`, `members`, `permissions`, a plain field)
/// - `who has joe@example.com is unreadable`
/// - `joe@example.com belongs to group/other`
/// - `the tags are unreadable`
/// - `members of group/staff were not asked` (also `aliases`, `permissions`, `groups`, a plain field)
/// - `the list of resources was not asked` (also of a kind of settings)
/// - `the verification of example.com was not asked` (also `is unreadable`)
/// - `user/joe is not registered`
/// - `resource/room has a delegate that no list tells`
/// - `user/joe has 99 more aliases`: `filler-0@example.com` and so on
/// - `there is no organization`
/// - `the organization is Deleting`
/// - `another mobile-device-access-rule/default is the same`, or `… is a DENY`
/// - `personal-access-token/t1 of ana made 2026-01-01 used 2026-02-01`, or `… used never`, or `made unknown`
/// - `mobile-device-access-override/S-1-1-12-9/ABC is nobody's`
#[expect(clippy::too_many_lines, reason = "one arm for each word")]
pub(crate) fn except(live: &mut Snapshot, lines: &str) {
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["there", "is", "no", "organization"] => {
                *live = of_nothing(KINDS, "acme", "eu-west-1", "", live.taken_at);
            }
            ["the", "organization", "is", state] => {
                (*state).clone_into(&mut live.organization.state);
            }
            [domain, "is", "not", "verified"] => {
                let Part::Known(domains) = &mut live.organization.mail_domains else {
                    panic!("mail domains are known in every world");
                };
                let domain = domains.get_mut(*domain).expect("a mail domain");
                domain.ownership = Part::Known("PENDING".to_owned());
            }
            ["the", "list", "of", kinds, "is", "unreadable"] => {
                let kind = kinds.trim_end_matches('s');
                live.lists.insert(kind.to_owned(), unreadable());
                live.entities.retain(|target, _| target.kind() != kind);
            }
            ["the", "tags", "are", "unreadable"] => {
                live.lists.insert(TAG.to_owned(), unreadable());
                live.settings.retain(|target, _| target.kind() != TAG);
            }
            ["the", "list", "of", kinds, "was", "not", "asked"] => {
                let kind = kinds.trim_end_matches('s');
                live.lists.insert(kind.to_owned(), Part::NotRead);
                live.entities.retain(|target, _| target.kind() != kind);
                live.settings.retain(|target, _| target.kind() != kind);
            }
            ["the", "verification", "of", domain, how @ ..] => {
                let Part::Known(domains) = &mut live.organization.mail_domains else {
                    panic!("mail domains are known in every world");
                };
                let domain = domains.get_mut(*domain).expect("a mail domain");
                domain.ownership = match how {
                    ["was", "not", "asked"] => Part::NotRead,
                    ["is", "unreadable"] => unreadable(),
                    _ => panic!("`{line}` is no exception"),
                };
            }
            [part, "of", target, "were" | "was", "not", "asked"] => {
                let target: Target = target.parse().expect("a target");
                let entity = live.entities.get_mut(&target).expect("something live");
                match *part {
                    "aliases" => entity.aliases = Part::NotRead,
                    "members" | "delegates" => entity.links = Part::NotRead,
                    "permissions" => entity.grants = Part::NotRead,
                    "groups" => entity.groups = Part::NotRead,
                    field => {
                        let part = entity.fields.get_mut(field).expect("a field");
                        *part = Part::NotRead;
                    }
                }
            }
            [part, "of", target, "are" | "is", "unreadable"] => {
                let target: Target = target.parse().expect("a target");
                let entity = live.entities.get_mut(&target).expect("something live");
                blur(entity, part);
            }
            ["who", "has", address, "is", "unreadable"] => {
                live.lookups.insert(Address::listed(*address), unreadable());
            }
            [address, "belongs", "to", target] => {
                let lookup = Lookup {
                    holder: target.parse().expect("a target"),
                    id: "ffffffff-0000-0000-0000-000000000000".to_owned(),
                };
                live.lookups
                    .insert(Address::listed(*address), Part::Known(lookup));
            }
            [
                target,
                "has",
                "a",
                "delegate",
                "that",
                "no",
                "list",
                "tells",
            ] => {
                let target: Target = target.parse().expect("a target");
                let entity = live.entities.get_mut(&target).expect("something live");
                let Part::Known(seats) = &mut entity.links else {
                    panic!("delegates are known in every world");
                };
                let id = "99999999-0000-0000-0000-000000000000".to_owned();
                seats.push(Member {
                    party: Party::Unresolved(id.clone()),
                    id,
                    deleted: false,
                });
            }
            [target, "has", count, "more", "aliases"] => {
                let target: Target = target.parse().expect("a target");
                let entity = live.entities.get_mut(&target).expect("something live");
                let Part::Known(aliases) = &mut entity.aliases else {
                    panic!("aliases are known in every world");
                };
                let count: usize = count.parse().expect("a number");
                let filler = |number| Address::listed(format!("filler-{number}@example.com"));
                aliases.extend((0..count).map(filler));
            }
            [target, "is", "not", "registered"] => {
                let target: Target = target.parse().expect("a target");
                deregister(live.entities.get_mut(&target).expect("something live"));
            }
            ["another", target, "is", rest @ ..] => {
                let target: Target = target.parse().expect("a target");
                let mut twin = live.settings[&target].clone();
                twin.id = Some(format!("twin-{}", live.twins.len() + 1));
                if rest == ["a", "DENY"] {
                    let effect = Value::from("DENY");
                    twin.value.insert("effect".to_owned(), effect);
                }
                live.twins.push((target, twin));
            }
            [target, "of", owner, "made", made, "used", used] => {
                let target: Target = target.parse().expect("a target");
                let mut value = Map::new();
                value.insert("user".to_owned(), json!([owner]));
                value.insert("name".to_owned(), Value::from("phone"));
                if *made != "unknown" {
                    value.insert("created".to_owned(), json!(format!("{made}T00:00:00Z")));
                }
                if *used != "never" {
                    value.insert("lastUsed".to_owned(), json!(format!("{used}T00:00:00Z")));
                }
                live.settings.insert(target, Setting::new(None, value));
            }
            [target, "is", "nobody's"] => {
                let target: Target = target.parse().expect("a target");
                let mut value = Map::new();
                value.insert("effect".to_owned(), Value::from("ALLOW"));
                live.settings.insert(target, Setting::new(None, value));
            }
            _ => panic!("`{line}` is no exception"),
        }
    }
}

/// What reading shows of something that was registered once.
pub(crate) fn deregister(entity: &mut Entity) {
    let hidden = Unknown {
        operation: "ListAliases".to_owned(),
        cause: UnknownCause::Deregistered,
        message: "the entity is not registered".to_owned(),
        request_id: None,
    };
    entity.state = workmailctl::model::EntityState::Deregistered;
    entity.aliases = Part::Unknown(hidden);
}

/// Makes one part of an entity unreadable.
pub(crate) fn blur(entity: &mut Entity, part: &str) {
    match part {
        "aliases" => entity.aliases = unreadable(),
        "email" => entity.email = unreadable(),
        "members" | "delegates" => entity.links = unreadable(),
        "permissions" => entity.grants = unreadable(),
        "groups" => entity.groups = unreadable(),
        field => {
            let part = entity.fields.get_mut(field).expect("a field");
            *part = unreadable();
        }
    }
}

/// A part that the service would not tell.
pub(crate) fn unreadable<T>() -> Part<T> {
    Part::Unknown(Unknown {
        operation: "DescribeUser".to_owned(),
        cause: UnknownCause::Denied,
        message: "not authorised".to_owned(),
        request_id: None,
    })
}
