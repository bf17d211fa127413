//! What the service makes of rules is asked before they are written and after: where it evaluates them
//! otherwise than this program, nothing of them is written, or it is said.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use workmailctl::plan::{About, Question, samples};

use crate::support::shop::{Shop, ends, err, out};
use crate::support::world;

const HEAD: &str = "apiVersion: workmailctl/v1
organization: {alias: acme}
users:
  ana: {displayName: Ana, email: ana@example.com}
  bob: {displayName: Bob, email: bob@example.com}
";

const BEFORE: &str = "accessControlRules:
  default: {effect: ALLOW, description: all}
  ana: {effect: DENY, description: not ana, users: [ana]}
";

const AFTER: &str = "accessControlRules:
  default: {effect: ALLOW, description: all}
  ana: {effect: DENY, description: neither, users: [ana, bob]}
";

/// Two people, and a rule for one of them beside the one that lets in everybody, put there past this
/// program by a service in which one that allows wins.
fn turned_around() -> Shop {
    let shop = Shop::with(&["--behavior", "rule-precedence=allow"]);
    shop.manifest(HEAD);
    ends(&shop.run(&["apply", "acme", "--yes", "-q"]), 0);
    let ana = shop.id("ListUsers", "Users", "ana");
    let rule = json!({
        "OrganizationId": shop.organization(), "Name": "ana", "Effect": "DENY",
        "Description": "not ana", "UserIds": [ana],
    });
    shop.call("PutAccessControlRule", &rule);
    shop
}

/// Who goes may be gone before the question is asked, and of who comes nobody is asked before they are there.
#[test]
fn nobody_who_goes_is_asked_about() {
    let live = world::live(&format!(
        "{}{BEFORE}",
        &HEAD[HEAD.find("users").expect("users")..]
    ));
    let wanted = "management: {users: {onRemoval: delete}}
users: {ana: {state: absent}, bob: {displayName: Bob, email: bob@example.com}, cy: {displayName: Cy, email: cy@example.com}}
accessControlRules:
  default: {effect: ALLOW, description: all}
  ana: {effect: DENY, description: not cy, users: [cy]}
";
    let plan = world::planned(&world::sound(wanted), &live);
    let asked = |questions: &[Question]| -> BTreeSet<String> {
        let about = questions.iter().map(|question| &question.about);
        about
            .filter_map(|about| match about {
                About::SignIn { who, .. } => Some(who.name().to_owned()),
                _ => None,
            })
            .collect()
    };
    let samples = samples(&plan.operations, &live);
    let sample = samples.values().next().expect("rules are written");
    assert_eq!(asked(&sample.before), ["bob".to_owned()].into());
    assert_eq!(
        asked(&sample.after),
        ["bob".to_owned(), "cy".to_owned()].into()
    );
}

/// How often an operation was asked for.
fn calls(shop: &Shop, operation: &str) -> u64 {
    let request = b"GET /_emulator/stats HTTP/1.1\r\nhost: emulator\r\n\r\n";
    let mut connection =
        crate::support::served::Connection::open(&shop.address).expect("the emulator listens");
    let (_, body) = connection.send(request).expect("a reply");
    let told: Value = serde_json::from_slice(&body).expect("JSON");
    told["calls"][operation].as_u64().unwrap_or(0)
}

#[test]
fn rules_that_the_service_evaluates_otherwise_are_not_written() {
    let shop = turned_around();
    shop.manifest(&format!("{HEAD}{AFTER}"));
    let before = shop.writes();
    let run = shop.run(&["apply", "acme", "--yes", "--allow=lockout"]);
    ends(&run, 3);
    assert_eq!(shop.writes(), before);
    let told = out(&run);
    assert!(
        told.contains("BLOCKED nothing of component 1 is written")
            && told.contains("user/ana over ActiveSync from 198.51.100.1: GetAccessControlEffect says ALLOW, and the rules as they were read come to DENY")
            && told.contains("blocked: the service does not evaluate rules as planned, nothing was written"),
        "{told}"
    );

    ends(&shop.run(&["plan", "acme", "--out", "plan.json", "-q"]), 0);
    ends(
        &shop.run(&["apply", "plan.json", "--yes", "--allow=lockout"]),
        3,
    );
    assert_eq!(shop.writes(), before);
}

/// The rest of the plan has nothing to do with them, and goes on.
#[test]
fn the_rest_goes_on_beside_rules_that_are_doubted() {
    let shop = turned_around();
    let head = HEAD.replace("displayName: Bob", "displayName: Robert");
    shop.manifest(&format!("{head}{AFTER}"));
    let run = shop.run(&[
        "apply",
        "acme",
        "--yes",
        "--allow=lockout",
        "--format",
        "json",
    ]);
    ends(&run, 5);
    let text = out(&run);
    let last = text.lines().last().expect("a summary");
    let summary: Value = serde_json::from_str(last).expect("JSON");
    let doubted = summary["doubted"].as_object().expect("a component");
    assert_eq!(doubted.len(), 1, "{summary}");
    let bob = json!({"OrganizationId": shop.organization(), "UserId": shop.id("ListUsers", "Users", "bob")});
    assert_eq!(shop.call("DescribeUser", &bob)["DisplayName"], "Robert");
    let rules = json!({"OrganizationId": shop.organization()});
    let rules = shop.call("ListAccessControlRules", &rules);
    assert_eq!(rules["Rules"].as_array().map(Vec::len), Some(2), "{rules}");
}

/// Where nothing shows it before, the end does.
#[test]
fn an_end_that_the_service_evaluates_otherwise_is_told() {
    let shop = Shop::with(&["--behavior", "rule-precedence=allow"]);
    shop.manifest(&format!("{HEAD}{BEFORE}"));
    let run = shop.run(&["apply", "acme", "--yes"]);
    ends(&run, 6);
    let told = out(&run);
    assert!(
        told.contains("user/ana over ActiveSync from 198.51.100.1: GetAccessControlEffect says ALLOW, and the rules as they were written come to DENY"),
        "{told}"
    );
}

/// Who may not ask writes all the same, and is told that nothing was asked.
#[test]
fn what_cannot_be_asked_is_said_and_does_not_block() {
    let shop = Shop::with(&["--fault", "GetAccessControlEffect:deny"]);
    shop.manifest(&format!("{HEAD}{BEFORE}"));
    let run = shop.run(&["apply", "acme", "--yes"]);
    ends(&run, 0);
    let told = out(&run);
    assert!(
        told.contains("not sampled: GetAccessControlEffect: AccessDeniedException"),
        "{told}"
    );
    // Once before and once after.
    assert!(calls(&shop, "GetAccessControlEffect") <= 2);
}

/// Rules of every sort are asked about, no more than twenty times before and twenty times after, and by
/// applies that write them only.
#[test]
fn every_sort_of_rules_is_asked_about_and_not_for_ever() {
    let shop = Shop::open();
    let mut text = HEAD.to_owned();
    for number in 0..30 {
        text.push_str(&format!(
            "  u{number}: {{displayName: U, email: u{number}@example.com}}\n"
        ));
    }
    let people: Vec<String> = (0..10).map(|number| format!("u{number}")).collect();
    text.push_str("accessControlRules:\n  default: {effect: ALLOW, description: all}\n");
    for (number, person) in people.iter().enumerate().take(8) {
        text.push_str(&format!(
            "  r{number}: {{effect: DENY, description: none, users: [{person}], actions: [IMAP], ipRanges: [10.{number}.0.0/16]}}\n"
        ));
    }
    text.push_str(
        "impersonationRoles:\n  reader: {type: READ_ONLY, rules: [{id: all, effect: ALLOW, notTargetUsers: [ana]}]}\n\
         mobileDeviceAccessRules:\n  all: {effect: ALLOW}\n  old: {effect: DENY, deviceTypes: [Old], deviceModels: [A, B]}\n",
    );
    shop.manifest(&text);
    let lifted = ["--allow", "weaker", "--allow", "lockout"];
    ends(&shop.run(&[&["plan", "acme", "-q"][..]].concat()), 0);
    let asked = |shop: &Shop| {
        let sign_ins = calls(shop, "GetAccessControlEffect");
        let roles = calls(shop, "GetImpersonationRoleEffect");
        (sign_ins, roles, calls(shop, "GetMobileDeviceAccessEffect"))
    };
    assert_eq!(asked(&shop), (0, 0, 0));
    let run = shop.run(&[&["apply", "acme", "--yes", "-q"][..], &lifted].concat());
    ends(&run, 0);
    let (sign_ins, roles, devices) = asked(&shop);
    assert!(
        sign_ins > 2 && roles > 0 && devices > 2,
        "{sign_ins} {roles} {devices}"
    );
    assert!(
        sign_ins + roles <= 40 && devices <= 40,
        "{sign_ins} {roles} {devices}"
    );
    ends(&shop.run(&["apply", "acme", "--yes", "-q"]), 0);
    assert_eq!(asked(&shop), (sign_ins, roles, devices));
    assert_eq!(err(&run), "");
}
