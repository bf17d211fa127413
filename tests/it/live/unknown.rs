//! Each read denied in turn: exactly what it would have told is unknown, and all else is as ever.

use serde_json::{Value, json};
use workmailctl::kinds::KINDS;
use workmailctl::live::{Needs, Piece};
use workmailctl::model::{Address, Target, UnknownCause};

use super::world::{World, lists};

/// An organization with something of everything that can be read.
async fn world() -> World {
    let world = World::new().await;
    let ana = world.user("ana").await;
    let bo = world.user("bo").await;
    let staff = world.group("staff").await;
    let room = world.room("room").await;
    let asks = [
        ("UpdateUser", json!({"UserId": ana, "City": "Oslo"})),
        (
            "CreateAlias",
            json!({"EntityId": ana, "Alias": "a@example.com"}),
        ),
        (
            "PutMailboxPermissions",
            json!({"EntityId": ana, "GranteeId": bo, "PermissionValues": ["SEND_AS"]}),
        ),
        (
            "PutMailboxPermissions",
            json!({"EntityId": bo, "GranteeId": staff, "PermissionValues": ["SEND_AS"]}),
        ),
        (
            "AssociateMemberToGroup",
            json!({"GroupId": staff, "MemberId": ana}),
        ),
        (
            "AssociateDelegateToResource",
            json!({"ResourceId": room, "EntityId": bo}),
        ),
    ];
    for (operation, input) in asks {
        world.ask(operation, input).await;
    }
    world
}

fn everything() -> Needs {
    let mut needs = Needs {
        lookups: [Address::listed("a@example.com")].into(),
        domain_details: ["example.com".to_owned()].into(),
        ..Needs::everything(KINDS)
    };
    needs.piece(&Target::user("ana"), Piece::Groups);
    needs
}

/// The snapshot as one text a value, by path, without what counts requests.
fn flat(value: &Value) -> Vec<(String, String)> {
    fn walk(path: &str, value: &Value, all: &mut Vec<(String, String)>) {
        let is_part = |map: &serde_json::Map<String, Value>| {
            map.len() == 1 && (map.contains_key("known") || map.contains_key("unknown"))
        };
        match value {
            // A part is compared as a whole, but for the domains, which are parts of a part.
            Value::Object(map)
                if !is_part(map)
                    || (path.ends_with("mailDomains") && map.contains_key("known")) =>
            {
                for (key, value) in map {
                    walk(&format!("{path}/{key}"), value, all);
                }
            }
            other => all.push((path.to_owned(), other.to_string())),
        }
    }
    let mut all = Vec::new();
    walk("", value, &mut all);
    all.retain(|(path, _)| !matches!(path.as_str(), "/calls" | "/lowerBound"));
    all
}

#[tokio::test]
async fn what_one_operation_would_tell_is_unknown_and_nothing_else() {
    let world = world().await;
    let needs = everything();
    let clean = world.snapshot(&needs).await;
    let clean = flat(&serde_json::to_value(clean).expect("JSON"));
    let operations = [
        // The operation, and the kind that it lists.
        ("ListUsers", Some("user")),
        ("ListGroups", Some("group")),
        ("ListResources", Some("resource")),
        ("DescribeUser", None),
        ("DescribeGroup", None),
        ("DescribeResource", None),
        ("ListAliases", None),
        ("ListGroupMembers", None),
        ("ListResourceDelegates", None),
        ("ListMailboxPermissions", None),
        ("GetMailboxDetails", None),
        ("ListGroupsForEntity", None),
        ("DescribeEntity", None),
        ("ListMailDomains", None),
        ("GetMailDomain", None),
        ("ListTagsForResource", None),
    ];
    for (operation, list) in operations {
        world.faults(&[&format!("{operation}:deny")]).await;
        let snapshot = world.snapshot(&needs).await;
        let denied = flat(&serde_json::to_value(snapshot).expect("JSON"));
        let changed: Vec<_> = denied.iter().filter(|part| !clean.contains(part)).collect();
        assert!(!changed.is_empty(), "{operation} tells nothing");
        for (path, value) in &changed {
            let unknown: Value = serde_json::from_str(value).expect("JSON");
            let unknown = &unknown["unknown"];
            assert_eq!(unknown["operation"], operation, "{path}: {value}");
            assert_eq!(unknown["cause"], "denied", "{path}: {value}");
            assert!(unknown["requestId"].is_string(), "{path}: {value}");
        }
        let lost = clean
            .iter()
            .filter(|(path, _)| !denied.iter().any(|(other, _)| other == path));
        for (path, value) in lost {
            // What only a list tells of is not there without it.
            let of_list = list.is_some_and(|kind| path.starts_with(&format!("/entities/{kind}/")));
            let of_domains =
                operation.ends_with("MailDomain") || operation.ends_with("MailDomains");
            let of_domains = of_domains && path.starts_with("/organization/mailDomains/");
            assert!(of_list || of_domains, "{operation}: {path} {value} is lost");
        }
    }
}

#[tokio::test]
async fn without_the_organization_itself_nothing_can_be_read() {
    let world = world().await;
    for operation in ["ListOrganizations", "DescribeOrganization"] {
        for (fault, code) in [("deny", 77), ("garbage", 1)] {
            world.faults(&[&format!("{operation}:{fault}")]).await;
            let error = world.read(&everything()).await.expect_err(operation);
            assert_eq!(error.exit_code(), code);
            let text = error.to_string();
            assert!(text.contains("nothing could be read"), "{text}");
            assert!(text.contains(operation), "{text}");
        }
    }
}

#[tokio::test]
async fn nonsense_about_one_thing_leaves_the_rest_known() {
    let world = world().await;
    let needs = everything();
    for fault in ["garbage", "truncate"] {
        world.faults(&[&format!("ListAliases:{fault}")]).await;
        let snapshot = world.snapshot(&needs).await;
        let user = &snapshot.entities[&Target::user("ana")];
        let unknown = user.aliases.unknown().expect("they are not known");
        assert_eq!(unknown.operation, "ListAliases");
        let message = &unknown.message;
        assert!(message.contains("cannot be understood"), "{message}");
        assert!(user.grants.is_certain() && user.email.is_certain());
    }
}

#[tokio::test]
async fn a_list_that_makes_no_sense_is_not_believed() {
    let world = World::new().await;
    let user = |id: &str, name: &str, state: &str| json!({"Id": id, "Name": name, "State": state});
    let replies = [
        json!({"Users": [user("1", "ana", "ENABLED"), user("2", "Ana", "DISABLED")]}),
        json!({"Users": [user("1", "ana", "ASLEEP")]}),
        json!({"Users": [{"Id": "1", "Name": "ana"}]}),
        json!({"Users": [user("", "ana", "ENABLED")]}),
        json!({"Users": [user("1", "ana", "ENABLED")], "NextToken": "again"}),
    ];
    for reply in replies {
        let needs = lists(&["user"]);
        let snapshot = world
            .snapshot_with(&needs, "ListUsers", reply.clone())
            .await;
        let unknown = snapshot.listed("user").unknown();
        let unknown = unknown.unwrap_or_else(|| panic!("{reply} was believed"));
        assert_eq!(unknown.cause, UnknownCause::Garbled);
        assert_eq!(unknown.operation, "ListUsers");
    }
}

#[tokio::test]
async fn what_pages_tell_twice_is_one() {
    let world = World::new().await;
    let ana = json!({"Id": "1", "Name": "ana", "State": "ENABLED"});
    let reply = json!({"Users": [ana, ana], "NextToken": ""});
    let snapshot = world
        .snapshot_with(&lists(&["user"]), "ListUsers", reply)
        .await;
    assert!(snapshot.listed("user").is_certain());
    assert_eq!(snapshot.entities.len(), 1);
}

#[tokio::test]
async fn a_description_without_a_state_tells_nothing() {
    let world = world().await;
    let ana = Target::user("ana");
    let snapshot = world
        .snapshot_with(&everything(), "DescribeUser", json!({}))
        .await;
    let user = &snapshot.entities[&ana];
    let unknown = user.field("city").unknown().expect("it is not known");
    assert_eq!(unknown.cause, UnknownCause::Garbled);
    // What the list told is as certain as before.
    assert!(user.is_registered() && user.email.is_certain());
    assert!(user.field("displayName").is_certain());
}

#[tokio::test]
async fn a_right_that_nobody_knows_is_not_passed_over() {
    let world = world().await;
    let grant = json!({"GranteeId": "1", "GranteeType": "USER", "PermissionValues": ["READ"]});
    let reply = json!({"Permissions": [grant]});
    let snapshot = world
        .snapshot_with(&everything(), "ListMailboxPermissions", reply)
        .await;
    let user = &snapshot.entities[&Target::user("ana")];
    let unknown = user.grants.unknown().expect("they are not known");
    assert!(unknown.message.contains("READ"), "{}", unknown.message);
}

#[tokio::test]
async fn a_holder_of_an_unknown_type_is_somebody() {
    let world = world().await;
    let reply = json!({"EntityId": "1", "Name": "ana", "Type": "ROBOT"});
    let snapshot = world
        .snapshot_with(&everything(), "DescribeEntity", reply)
        .await;
    let holder = &snapshot.lookups[&Address::listed("a@example.com")];
    assert!(holder.unknown().is_some(), "{holder:?}");
}
