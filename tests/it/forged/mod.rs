//! Plans from files that somebody edited, with a hash that fits again: what they hide from guards.

mod guards;

use serde_json::{Value, json};
use workmailctl::kinds::KINDS;
use workmailctl::model::{Call, MANAGEMENT_TAG, ORGANIZATION, Party, Snapshot, TAG, Target};
use workmailctl::plan::{
    Allowances, Operation, Plan, contradiction, guard_again, misdirected, outdated,
};

use crate::support::world::{self, now, sound};

const LIVE: &str = "
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: [info@example.com]}
  bob: {displayName: Bob, email: bob@example.com, aliases: []}
  ceo: {displayName: Ceo, email: ceo@example.com, aliases: []}
  joe: {displayName: Joe, email: joe@example.com}
groups: {staff: {email: staff@example.com, members: [ana, bob]}}
resources: {board: {type: ROOM, email: board@example.com, delegates: [staff]}}
";

const WATCHED: &str = "
management: {watchReaders: [ceo, board], protect: [ceo]}
users: {joe: {displayName: Joe, email: joe@example.com, jobTitle: Engineer}}
";

/// The organization, and an honest plan for it that changes a job title.
fn honest() -> (Snapshot, Plan) {
    let live = world::live(LIVE);
    let plan = world::planned(&sound(WATCHED), &live);
    assert_eq!(plan.blocked, []);
    (live, plan)
}

fn id(live: &Snapshot, target: &Target) -> Value {
    json!(live.entities[target].id)
}

fn call(operation: &str, input: Value) -> Call {
    let Value::Object(input) = input else {
        panic!("an input is a map");
    };
    Call {
        operation: operation.to_owned(),
        input,
    }
}

/// An operation of its own component that expects nothing.
fn forge(plan: &mut Plan, call: Call, target: Target, party: Option<Party>) {
    let first = plan.operations[0].clone();
    plan.operations.push(Operation {
        id: plan.operations.len() + 1,
        call,
        target,
        party,
        expects: Vec::new(),
        component: plan.operations.len() + 1,
        depends_on: Vec::new(),
        rules: Vec::new(),
        change: None,
        confirms: Vec::new(),
        give_back: Vec::new(),
        ..first
    });
}

#[test]
fn an_address_that_somebody_keeps_is_not_claimed() {
    let (live, mut plan) = honest();
    assert_eq!(contradiction(&plan, &live), None);
    let bob = Target::user("bob");
    let alias = json!({"EntityId": id(&live, &bob), "Alias": "info@example.com"});
    forge(&mut plan, call("CreateAlias", alias), bob, None);
    let told = contradiction(&plan, &live).expect("it is told");
    assert!(
        told.contains("claims info@example.com while user/ana has it"),
        "{told}"
    );
}

#[test]
fn a_name_that_somebody_keeps_is_not_given() {
    let (live, mut plan) = honest();
    let made = call("CreateGroup", json!({"Name": "ana"}));
    forge(&mut plan, made, Target::group("ana"), None);
    let told = contradiction(&plan, &live).expect("it is told");
    assert!(told.contains("while user/ana has that name"), "{told}");
}

fn full_access(live: &Snapshot, mailbox: &Target, grantee: &Target) -> Call {
    let input = json!({
        "EntityId": id(live, mailbox),
        "GranteeId": id(live, grantee),
        "PermissionValues": ["FULL_ACCESS"],
    });
    call("PutMailboxPermissions", input)
}

fn blocked(plan: &Plan, live: &Snapshot) -> Vec<String> {
    let blocked = guard_again(KINDS, plan, live, &Allowances::default(), now());
    let lines = blocked.iter();
    lines
        .map(|one| format!("{}: {}", one.guard, one.reason))
        .collect()
}

#[test]
fn an_id_that_is_not_the_targets_is_refused() {
    let (ana, ceo, joe) = (
        Target::user("ana"),
        Target::user("ceo"),
        Target::user("joe"),
    );
    let ghost = Target::user("ghost");
    let (live, plan) = honest();
    assert_eq!(misdirected(&plan, &live), None);
    let of = |target: &Target| id(&live, target);
    let unresolved = Party::Unresolved(live.entities[&ana].id.clone());
    let away = "DeregisterFromWorkMail";
    let forged: Vec<(&str, Call, Target, Option<Party>)> = vec![
        (
            "the id that is sent is another's",
            call(away, json!({"EntityId": of(&ceo)})),
            joe.clone(),
            None,
        ),
        (
            "a member that the operation does not have says who it is about",
            call(away, json!({"UserId": of(&joe), "EntityId": of(&ceo)})),
            joe.clone(),
            Some(Party::Entity(ceo.clone())),
        ),
        (
            "a name for an id",
            call(away, json!({"EntityId": "CEO"})),
            ghost.clone(),
            None,
        ),
        (
            "an address for an id",
            call(away, json!({"EntityId": "ceo@example.com"})),
            ghost.clone(),
            None,
        ),
        (
            "a grantee whom the plan does not name",
            full_access(&live, &ceo, &ana),
            ceo.clone(),
            Some(unresolved),
        ),
        (
            "a user who is said to be a group",
            call("CreateUser", json!({"Name": "eve", "DisplayName": "Eve"})),
            Target::group("eve"),
            None,
        ),
        (
            "an operation that no plan has",
            call(
                "ResetPassword",
                json!({"UserId": of(&ceo), "Password": "x"}),
            ),
            ceo.clone(),
            None,
        ),
        (
            "a digest of another `management`",
            call(
                "TagResource",
                json!({
                    "ResourceARN": live.organization.arn,
                    "Tags": [{"Key": MANAGEMENT_TAG, "Value": "00"}],
                }),
            ),
            Target::new(ORGANIZATION, "acme"),
            None,
        ),
    ];
    for (what, call, target, party) in forged {
        let mut plan = plan.clone();
        forge(&mut plan, call, target, party);
        assert!(misdirected(&plan, &live).is_some(), "{what}");
    }
}

#[test]
fn what_went_since_the_plan_was_made_is_no_misdirection() {
    let (mut live, plan) = honest();
    let joe = Target::user("joe");
    let anew = since(&live, &joe, Some("made-anew"));
    assert_eq!(misdirected(&plan, &anew), None);
    let told = outdated(&plan.operations, &anew).expect("outdated");
    assert!(told.starts_with("UpdateUser of user/joe"), "{told}");
    live.entities.remove(&joe);
    assert_eq!(misdirected(&plan, &live), None);
}

#[test]
fn only_what_was_released_is_given_back() {
    let live = world::live(LIVE);
    let manifest = "
users:
  ana: {displayName: Ana, email: ana@example.com, aliases: []}
  bob: {displayName: Bob, email: bob@example.com, aliases: [info@example.com]}
";
    let plan = world::planned(&sound(manifest), &live);
    assert_eq!(misdirected(&plan, &live), None);
    let claim = plan
        .operations
        .iter()
        .position(|operation| !operation.give_back.is_empty())
        .expect("an address that moves can be given back");
    let (ana, ceo) = (Target::user("ana"), Target::user("ceo"));
    let alias = |alias: &str| {
        let input = json!({"EntityId": id(&live, &ana), "Alias": alias});
        call("CreateAlias", input)
    };
    for (what, call) in [
        ("a grant", full_access(&live, &ana, &ceo)),
        ("another address", alias("ceo@example.com")),
    ] {
        let mut plan = plan.clone();
        plan.operations[claim].give_back = vec![call];
        assert!(misdirected(&plan, &live).is_some(), "{what}");
    }
    let honest_plan = plan.clone();
    let mut plan = plan.clone();
    plan.operations[claim].party = Some(Party::Entity(ceo.clone()));
    plan.operations[claim].give_back = vec![call(
        "CreateAlias",
        json!({"EntityId": id(&live, &ceo), "Alias": "info@example.com"}),
    )];
    assert!(misdirected(&plan, &live).is_some(), "to somebody else");
    let (bob, mut plan) = (Target::user("bob"), honest_plan);
    let claims = json!({"EntityId": id(&live, &bob), "Alias": "free@example.com"});
    let party = Some(Party::Entity(ana.clone()));
    forge(&mut plan, call("CreateAlias", claims), bob, party);
    let last = plan.operations.last_mut().expect("it was put there");
    last.give_back = vec![alias("free@example.com")];
    assert!(
        misdirected(&plan, &live).is_some(),
        "nobody released the address"
    );
}

const ORGANIZATION_SETTINGS: &str = "
organization:
  alias: acme
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_ONLY
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: mail}
    personalAccessTokens: {status: INACTIVE}
  tags: {owner: it}
retentionPolicy: {name: a, folders: {INBOX: {action: NONE}}}
";

/// The operation of this name that writes this, for changes.
fn operation<'a>(plan: &'a mut Plan, name: &str, target: &str) -> &'a mut Operation {
    let mut operations = plan.operations.iter_mut();
    operations
        .find(|one| one.call.operation == name && one.target.to_string() == target)
        .expect("the plan has it")
}

#[test]
fn tags_of_our_own_hold_nothing_but_what_the_plan_makes() {
    let live = world::live("");
    let plan = world::planned(&sound(ORGANIZATION_SETTINGS), &live);
    assert_eq!(misdirected(&plan, &live), None);
    let kept = "tag/workmailctl:application:mail";
    let foreign =
        "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-theirs0123456789";
    let mut elsewhere = plan.clone();
    let tag = operation(&mut elsewhere, "TagResource", kept);
    tag.call.input["Tags"][0]["Value"] = json!(foreign);
    let becomes = tag.becomes.as_mut().expect("it holds an ARN");
    becomes.insert("value".to_owned(), json!(foreign));
    assert!(
        misdirected(&elsewhere, &live).is_some(),
        "an application of others"
    );
    let mut digest = plan.clone();
    let tag = operation(&mut digest, "TagResource", "tag/owner");
    tag.target = Target::new(TAG, MANAGEMENT_TAG);
    tag.call.input["Tags"][0]["Key"] = json!(MANAGEMENT_TAG);
    assert!(
        misdirected(&digest, &live).is_some(),
        "a digest of another `management`"
    );
    let mut other_key = plan.clone();
    let tag = operation(&mut other_key, "TagResource", "tag/owner");
    tag.call.input["Tags"][0]["Key"] = json!("other");
    assert!(misdirected(&other_key, &live).is_some(), "another key");
    let mut other_resource = plan;
    let tag = operation(&mut other_resource, "TagResource", "tag/owner");
    tag.call.input["ResourceARN"] =
        json!("arn:aws:workmail:eu-west-1:123456789012:organization/m-1");
    assert!(
        misdirected(&other_resource, &live).is_some(),
        "another organization"
    );
}

const RULES: &str = "
users: {bob: {displayName: Bob, email: bob@example.com}}
impersonationRoles: {archiver: {type: READ_ONLY, rules: [{id: all, effect: ALLOW}]}}
mobileDeviceAccessRules: {tablets: {effect: ALLOW}, phones: {effect: ALLOW}}
accessControlRules: {default: {effect: ALLOW, description: d}}
";

const OTHER_RULES: &str = "
users: {bob: {displayName: Bob, email: bob@example.com}}
impersonationRoles: {archiver: {type: READ_ONLY, rules: [{id: all, effect: ALLOW, notTargetUsers: [bob]}]}}
mobileDeviceAccessRules: {tablets: {effect: ALLOW, deviceTypes: [iPad]}}
accessControlRules:
  default: {effect: ALLOW, description: d}
  archiver: {effect: DENY, description: d, users: [bob], impersonationRoles: [archiver]}
";

/// The organization without what has this id, or with another id for it.
fn since(live: &Snapshot, target: &Target, id: Option<&str>) -> Snapshot {
    let mut since = live.clone();
    match (id, target.is_entity()) {
        (None, true) => drop(since.entities.remove(target)),
        (None, false) => drop(since.settings.remove(target)),
        (Some(id), true) => {
            let entity = since.entities.get_mut(target).expect("it is live");
            id.clone_into(&mut entity.id);
        }
        (Some(id), false) => {
            let found = since.settings.get_mut(target).expect("it is live");
            found.id = Some(id.to_owned());
        }
    }
    since
}

#[test]
fn a_setting_that_was_removed_or_made_anew_is_outdated_and_no_misdirection() {
    let live = world::live(RULES);
    let plan = world::planned(&sound(OTHER_RULES), &live);
    assert_eq!(misdirected(&plan, &live), None);
    assert_eq!(outdated(&plan.operations, &live), None);
    let naming = [
        "PutAccessControlRule of access-control-rule/archiver",
        "UpdateImpersonationRole of impersonation-role/archiver",
    ];
    for (target, writes) in [
        (
            "mobile-device-access-rule/tablets",
            &["UpdateMobileDeviceAccessRule of mobile-device-access-rule/tablets"][..],
        ),
        (
            "mobile-device-access-rule/phones",
            &["DeleteMobileDeviceAccessRule of mobile-device-access-rule/phones"][..],
        ),
        ("impersonation-role/archiver", &naming[..]),
        ("user/bob", &naming[..]),
    ] {
        let target: Target = target.parse().expect("a target");
        for id in [None, Some("made-anew")] {
            let since = since(&live, &target, id);
            assert_eq!(misdirected(&plan, &since), None, "{target} {id:?}");
            let told = plan.operations.iter().filter_map(|one| {
                let told = outdated([one], &since)?;
                told.split_once(" has an id")
                    .map(|(what, _)| what.to_owned())
            });
            let mut told: Vec<String> = told.collect();
            told.sort();
            assert_eq!(told, writes, "{target} {id:?}");
        }
    }
}

#[test]
fn an_id_of_another_setting_is_a_misdirection_whatever_went_since() {
    let live = world::live(RULES);
    let plan = world::planned(&sound(OTHER_RULES), &live);
    let tablets: Target = "mobile-device-access-rule/tablets".parse().expect("one");
    let phones: Target = "mobile-device-access-rule/phones".parse().expect("one");
    let of = |target: &Target| json!(live.settings[target].id);
    for (name, target, member, id) in [
        (
            "UpdateMobileDeviceAccessRule",
            &tablets,
            "MobileDeviceAccessRuleId",
            of(&phones),
        ),
        (
            "DeleteMobileDeviceAccessRule",
            &phones,
            "MobileDeviceAccessRuleId",
            of(&tablets),
        ),
    ] {
        let mut plan = plan.clone();
        let forged = operation(&mut plan, name, &target.to_string());
        forged.call.input.insert(member.to_owned(), id);
        assert!(misdirected(&plan, &live).is_some(), "{name}");
        let since = since(&live, target, None);
        assert!(misdirected(&plan, &since).is_some(), "{name}, and it went");
    }
    // What went since is no leave to change the rest.
    let mut wider = plan.clone();
    let forged = operation(
        &mut wider,
        "UpdateMobileDeviceAccessRule",
        &tablets.to_string(),
    );
    forged.call.input.remove("DeviceTypes");
    assert!(misdirected(&wider, &since(&live, &tablets, None)).is_some());
    // Applications are told by tags, which know our own only.
    let live = world::live(ORGANIZATION_SETTINGS);
    let gone = sound(
        "organization: {alias: acme, identityProvider: null, tags: {owner: it}}\nretentionPolicy: null",
    );
    let mut plan = world::planned(&gone, &live);
    assert_eq!(misdirected(&plan, &live), None);
    let application = "identity-center-application/mail";
    let forged = operation(&mut plan, "DeleteIdentityCenterApplication", application);
    let foreign =
        "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-theirs0123456789";
    forged.call.input["ApplicationArn"] = json!(foreign);
    assert!(misdirected(&plan, &live).is_some(), "of somebody else");
    let went = since(&live, &application.parse().expect("one"), None);
    assert!(misdirected(&plan, &went).is_some(), "and ours went");
}
