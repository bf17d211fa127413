//! What a file hides from guards: they are asked again, and of every moment.

use std::collections::BTreeMap;

use serde_json::json;
use workmailctl::kinds::KINDS;
use workmailctl::live::Piece;
use workmailctl::model::{
    ACCESS_CONTROL_RULE, Approval, Desired, IDENTITY_PROVIDER, IMPERSONATION_ROLE, MANAGEMENT_TAG,
    Part, Party, Setting, Snapshot, TAG, Target,
};
use workmailctl::plan::{
    Allowance, Allowances, Plan, Reversible, guard_again, guard_needs, misdirected,
};

use crate::support::world::{self, now, sound};

use super::{
    LIVE, ORGANIZATION_SETTINGS, blocked, call, forge, full_access, honest, id, operation,
};

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

/// The organization with a role that acts as these.
fn role(users: &str) -> String {
    format!(
        "{LIVE}impersonationRoles: {{reader: {{type: READ_ONLY, rules: [{{id: one, effect: ALLOW{users}}}]}}}}\n"
    )
}

/// A role acts as everybody for a moment.
#[test]
fn whom_a_role_impersonates_for_a_moment_only_is_told() {
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
    let everybody = Target::new(ACCESS_CONTROL_RULE, "all");
    let value = json!({"effect": "ALLOW"});
    let value = value.as_object().expect("a map").clone();
    rules.settings.insert(everybody, Setting::new(None, value));
    assert_eq!(blocked(&both, &rules), [expected]);
    // What rules let in is not known.
    let mut unread = live;
    unread.lists.remove(ACCESS_CONTROL_RULE);
    assert_eq!(blocked(&both, &unread), [expected]);
}

/// A role acts as Ana, who gets a grant before the role stops to.
#[test]
fn whom_a_role_reaches_for_a_moment_only_is_told() {
    let live = world::live(&role(", targetUsers: [ana, bob]"));
    let grants = "permissions: [{grantee: ana, rights: [FULL_ACCESS]}], email: joe@";
    let wanted = role(", targetUsers: [bob]").replace("email: joe@", grants);
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
