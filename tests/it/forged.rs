//! Plans from files that somebody edited, with a hash that fits again: what they hide from guards.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use workmailctl::kinds::KINDS;
use workmailctl::live::Piece;
use workmailctl::model::{
    ACCESS_CONTROL_RULE, Approval, Call, Desired, IDENTITY_PROVIDER, IMPERSONATION_ROLE,
    MANAGEMENT_TAG, ORGANIZATION, Part, Party, Setting, Snapshot, TAG, Target,
};
use workmailctl::plan::{
    Allowance, Allowances, Operation, Plan, Reversible, contradiction, guard_again, guard_needs,
    misdirected, outdated,
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

#[test]
fn who_reads_for_a_moment_only_is_a_reader() {
    let (bob, ceo) = (Target::user("bob"), Target::user("ceo"));
    let reason = "new-reader: bob could read the mail of ceo";
    let (live, honest) = honest();
    let party = Some(Party::Entity(bob.clone()));
    let mut taken_back = honest.clone();
    let grant = full_access(&live, &ceo, &bob);
    forge(&mut taken_back, grant.clone(), ceo.clone(), party.clone());
    let mut made_over = taken_back.clone();
    let input = json!({"EntityId": id(&live, &ceo), "GranteeId": id(&live, &bob)});
    let revoke = call("DeleteMailboxPermissions", input);
    forge(&mut taken_back, revoke, ceo.clone(), party);
    assert_eq!(blocked(&taken_back, &live), [reason]);
    let input = json!({"Name": "ceo", "DisplayName": "Ceo"});
    forge(&mut made_over, call("CreateUser", input), ceo, None);
    assert_eq!(blocked(&made_over, &live), [reason]);
}

/// A role acts as everybody for a moment.
#[test]
fn whom_a_role_impersonates_for_a_moment_only_is_told() {
    let role = |users: &str| {
        format!(
            "{LIVE}impersonationRoles: {{reader: {{type: READ_ONLY, rules: [{{id: one, effect: ALLOW{users}}}]}}}}\n"
        )
    };
    let live = world::live(&role(", targetUsers: [ana, bob]"));
    let plan = world::planned(&sound(&role(", targetUsers: [bob]")), &live);
    assert_eq!(blocked(&plan, &live), [""; 0]);
    let wide = world::planned(&sound(&role("")), &live);
    let mut both = wide.clone();
    let mut narrow = plan.operations[0].clone();
    narrow.id = both.operations.len() + 1;
    narrow.component = narrow.id;
    narrow.expects[0].value = json!(both.operations[0].becomes);
    both.operations.push(narrow);
    let expected = "wider-in-between: on the way, and neither before nor after, sign-ins would be let in: role \
                    reader (it could read mailboxes: others)";
    let mut rules = live.clone();
    assert_eq!(
        blocked(&both, &rules),
        [""; 0],
        "without a rule nobody gets in"
    );
    let rule = Target::new(ACCESS_CONTROL_RULE, "all");
    let value = json!({"effect": "ALLOW"});
    let value = value.as_object().expect("a map").clone();
    rules.settings.insert(rule, Setting::new(None, value));
    assert_eq!(blocked(&both, &rules), [expected]);
    // What rules let in is not known.
    let mut unread = live;
    unread.lists.remove(ACCESS_CONTROL_RULE);
    assert_eq!(blocked(&both, &unread), [expected]);
}

/// A role acts as Ana, who gets a grant before the role stops to.
#[test]
fn whom_a_role_reaches_for_a_moment_only_is_told() {
    let role = |user: &str| {
        format!(
            "{LIVE}impersonationRoles: {{reader: {{type: READ_ONLY, rules: [{{id: one, effect: ALLOW, targetUsers: [{user}]}}]}}}}\n"
        )
    };
    let live = world::live(&role("ana, bob"));
    let grants = "permissions: [{grantee: ana, rights: [FULL_ACCESS]}], email: joe@";
    let wanted = role("bob").replace("email: joe@", grants);
    let mut plan = world::planned(&sound(&wanted), &live);
    assert_eq!(plan.blocked, []);
    let calls: Vec<&str> = plan
        .operations
        .iter()
        .map(|operation| operation.call.operation.as_str())
        .collect();
    let expected = [
        "UpdateImpersonationRole",
        "PutMailboxPermissions",
        "TagResource",
    ];
    assert_eq!(calls, expected);
    plan.operations.swap(0, 1);
    for (id, operation) in plan.operations.iter_mut().enumerate() {
        operation.id = id + 1;
        operation.depends_on.clear();
    }
    assert_eq!(
        blocked(&plan, &live),
        [
            "wider-in-between: on the way, and neither before nor after, impersonation-role/reader would reach, by \
             whom it acts as, the mail of joe"
        ]
    );
}

#[test]
fn what_a_file_does_not_expect_is_read_for_its_guards() {
    let (joe, board) = (Target::user("joe"), Target::resource("board"));
    let (mut live, mut plan) = honest();
    let everything = live.clone();
    for entity in live.entities.values_mut() {
        entity.links = Part::NotRead;
        entity.grants = Part::NotRead;
    }
    assert!(guard_needs(KINDS, &plan, &live).is_empty());
    let input = json!({"ResourceId": id(&live, &board), "EntityId": id(&live, &joe)});
    let seat = call("AssociateDelegateToResource", input);
    forge(&mut plan, seat, board.clone(), Some(Party::Entity(joe)));
    assert_eq!(misdirected(&plan, &live), None);
    let needs = guard_needs(KINDS, &plan, &live);
    assert_eq!(
        needs.pieces,
        BTreeMap::from([(board.clone(), [Piece::Links, Piece::Grants].into())])
    );
    let [why] = blocked(&plan, &live).try_into().expect("one guard");
    assert!(why.contains("cannot be told: the delegates of"), "{why}");
    live.entities
        .insert(board.clone(), everything.entities[&board].clone());
    let needs = guard_needs(KINDS, &plan, &live);
    let staff = Target::group("staff");
    assert_eq!(
        needs.pieces,
        BTreeMap::from([(staff, [Piece::Links].into())])
    );
    assert_eq!(
        blocked(&plan, &everything),
        ["new-reader: joe could read the mail of board"]
    );
}

/// What decides about sign-ins together is read together; a role is asked for where somebody comes to read.
#[test]
fn sign_ins_are_read_for_the_guards_of_a_file() {
    const PROVIDER: &str = "
users: {ana: {displayName: Ana, email: ana@example.com}}
organization:
  alias: acme
  identityProvider:
    authenticationMode: IDENTITY_PROVIDER_MODE
    identityCenter: {instanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef', applicationName: mail}
    personalAccessTokens: {status: INACTIVE}
";
    let mut live = world::live(&PROVIDER.replace("MODE", "AND_DIRECTORY"));
    let alone = world::planned(&sound(&PROVIDER.replace("MODE", "ONLY")), &live);
    let rules = "accessControlRules: {web: {effect: ALLOW, description: web, actions: [WebMail]}}";
    let rules = world::planned(&sound(rules), &live);
    for kind in [ACCESS_CONTROL_RULE, IMPERSONATION_ROLE] {
        live.lists.remove(kind);
    }
    let needs = guard_needs(KINDS, &alone, &live);
    let unread = [ACCESS_CONTROL_RULE, IMPERSONATION_ROLE].map(str::to_owned);
    assert_eq!(needs.settings, unread.into());
    assert_eq!(
        blocked(&alone, &live)[0],
        "lockout: who could sign in cannot be told: the access control rules were not read"
    );
    live.lists.remove(IDENTITY_PROVIDER);
    live.lists
        .insert(ACCESS_CONTROL_RULE.to_owned(), Part::Known(()));
    let needs = guard_needs(KINDS, &rules, &live);
    assert_eq!(needs.settings, [IDENTITY_PROVIDER.to_owned()].into());
    assert!(blocked(&rules, &live).contains(
        &"lockout: who could sign in cannot be told: the identity provider was not read".to_owned()
    ));
}

#[test]
fn what_a_later_operation_makes_up_for_counts_nevertheless() {
    let (live, mut plan) = honest();
    let (ana, bob, staff) = (
        Target::user("ana"),
        Target::user("bob"),
        Target::group("staff"),
    );
    for (operation, member) in [
        ("DisassociateMemberFromGroup", &ana),
        ("DisassociateMemberFromGroup", &bob),
        ("AssociateMemberToGroup", &ana),
    ] {
        let input = json!({"GroupId": id(&live, &staff), "MemberId": id(&live, member)});
        let party = Some(Party::Entity(member.clone()));
        forge(&mut plan, call(operation, input), staff.clone(), party);
    }
    for (operation, target) in [
        ("DeleteAlias", &ana),
        ("CreateAlias", &bob),
        ("DeleteAlias", &bob),
        ("CreateAlias", &ana),
    ] {
        let input = json!({"EntityId": id(&live, target), "Alias": "info@example.com"});
        forge(&mut plan, call(operation, input), target.clone(), None);
    }
    assert_eq!(misdirected(&plan, &live), None);
    assert_eq!(
        blocked(&plan, &live),
        [
            "empty: group/staff would lose every member",
            "address-reuse: mail to info@example.com would go to bob instead of ana",
        ]
    );
}

#[test]
fn dates_are_counted_from_now_and_a_renamed_thing_is_protected() {
    let (live, mut plan) = honest();
    let ceo = Target::user("ceo");
    let input = json!({"EntityId": id(&live, &ceo)});
    forge(&mut plan, call("DeregisterFromWorkMail", input), ceo, None);
    let last = plan.operations.last_mut().expect("it was forged");
    last.reversible = Reversible::Until("2099-01-01T00:00:00Z".parse().expect("a time"));
    assert_eq!(
        blocked(&plan, &live),
        [
            "mailbox-expiry: the mailbox of user/ceo would be deleted on 2026-12-24",
            "protect: user/ceo is under `management.protect`: take its name out there first",
        ]
    );
    let late = "2027-03-20T00:00:00Z".parse().expect("a time");
    let blocked = guard_again(KINDS, &plan, &live, &Allowances::default(), late);
    assert_eq!(
        blocked[0].reason, "the mailbox of user/ceo would be deleted on 2027-03-31",
        "not after the end of the service"
    );
}

#[test]
fn a_change_of_management_is_lifted_by_its_flag_only() {
    let (mut live, plan) = honest();
    let told = |live: &Snapshot, plan: &Plan, flags: &[Allowance]| {
        let allowances = Allowances {
            flags: flags.to_vec(),
            ..Allowances::default()
        };
        guard_again(KINDS, plan, live, &allowances, now()).len()
    };
    let allow = |guard: &str, target: Option<&str>| Allowance {
        guard: guard.to_owned(),
        target: target.map(str::to_owned),
    };
    assert_eq!(told(&live, &plan, &[]), 0, "no tag is no difference");
    let tag = |value: String| {
        let value = [("value".to_owned(), value.into())].into_iter().collect();
        Setting::new(None, value)
    };
    let key = Target::new(TAG, MANAGEMENT_TAG);
    live.settings
        .insert(key.clone(), tag(plan.management.digest()));
    assert_eq!(told(&live, &plan, &[]), 0, "the recorded one");
    let mut approved = plan.clone();
    approved.management.approvals = ["management", "removals"]
        .map(|guard| Approval {
            guard: guard.to_owned(),
            target: None,
            reason: None,
            until: None,
        })
        .to_vec();
    assert_eq!(told(&live, &approved, &[]), 0, "approvals are no change");
    live.settings.insert(key, tag("another".to_owned()));
    assert_eq!(told(&live, &plan, &[]), 1);
    assert_eq!(told(&live, &approved, &[]), 1, "no approval lifts it");
    let elsewhere = allow("management", Some("acme"));
    assert_eq!(told(&live, &plan, &[elsewhere, allow("removals", None)]), 1);
    assert_eq!(told(&live, &plan, &[allow("management", None)]), 0);
}

/// A part of all is told only with all of it, and read only where it seems too great.
#[test]
fn parts_of_all_are_read_where_they_matter() {
    let mut manifest = "users:\n".to_owned();
    for user in ["ana", "bob"] {
        let aliases: Vec<String> = (0..10).map(|n| format!("{user}{n}@example.com")).collect();
        let aliases = aliases.join(", ");
        manifest += &format!(
            "  {user}: {{displayName: X, email: {user}@example.com, aliases: [{aliases}]}}\n"
        );
    }
    let mut live = world::live(&manifest);
    let fewer: Desired =
        sound(&manifest.replace("ana0@example.com, ana1@example.com, ana2@example.com, ", ""));
    let plan = world::planned(&fewer, &live);
    assert_eq!(plan.blocked, [], "3 of 20");
    let bob = live.entities.get_mut(&Target::user("bob")).expect("bob");
    bob.aliases = Part::NotRead;
    assert_eq!(
        blocked(&plan, &live),
        ["removals: 3 of 10 aliases would be removed, and the limit is 20 or 20 percent"]
    );
    let needs = guard_needs(KINDS, &plan, &live);
    let of_bob = (Target::user("bob"), [Piece::Aliases].into());
    assert_eq!(needs.pieces, BTreeMap::from([of_bob]));
    let one = sound(&manifest.replace("ana0@example.com, ", ""));
    let plan = world::planned(&one, &live);
    assert!(guard_needs(KINDS, &plan, &live).is_empty());
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

#[test]
fn what_retention_deletes_cannot_be_hidden_from_its_guard() {
    let live = world::live("");
    let plan = world::planned(&sound(ORGANIZATION_SETTINGS), &live);
    let none = Allowances::default();
    assert_eq!(guard_again(KINDS, &plan, &live, &none, now()), []);
    let policy = "retention-policy/default";
    let mut only_sent = plan.clone();
    let put = operation(&mut only_sent, "PutRetentionPolicy", policy);
    put.call.input["FolderConfigurations"][0] =
        json!({"Name": "INBOX", "Action": "PERMANENTLY_DELETE", "Period": 1});
    assert!(
        misdirected(&only_sent, &live).is_some(),
        "it says that it keeps everything"
    );
    let mut told = only_sent;
    let put = operation(&mut told, "PutRetentionPolicy", policy);
    let becomes = put.becomes.as_mut().expect("a policy");
    becomes["folders"] = json!({"INBOX": {"action": "PERMANENTLY_DELETE", "periodInDays": 1}});
    assert_eq!(misdirected(&told, &live), None);
    let blocked = guard_again(KINDS, &told, &live, &none, now());
    let guards: Vec<&str> = blocked.iter().map(|one| one.guard.as_str()).collect();
    assert_eq!(guards, ["delete-mail"]);
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
